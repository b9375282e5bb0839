"""How a command that renders tells of its progress."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

from storyforge.cli.options import Console
from storyforge.cli.printer import move_bar, print_above, print_line, start_bar
from storyforge.model.progress import Work

if TYPE_CHECKING:
    from rich.progress import Progress


class Meter:
    """Progress of a render: a bar with the time left on a terminal, elsewhere a line for each change of state."""

    def __init__(self, console: Console) -> None:
        self.voice = console
        self.steps: dict[str, Work] = {}
        self.shares: dict[str, float] = {}
        self.doing: dict[str, str] = {}
        self.bar: Progress | None = None

    def __enter__(self) -> Meter:
        return self

    def __exit__(self, *_: object) -> None:
        if self.bar:
            self.bar.stop()

    def begin(self, steps: Mapping[str, Work]) -> None:
        """Adds steps to those shown; the bar grows by their weights."""
        self.steps.update(steps)
        total = max(sum(work.weight for work in self.steps.values()), 1)
        if self.bar:
            self.bar.update(self.bar.task_ids[0], total=total)
        elif self.voice.animated:
            # Not before there are steps, since a person may be asked something until then.
            self.bar = start_bar(total, self.voice.has_colour(sys.stderr))

    def start(self, step: str, doing: str) -> None:
        """Says on a line of its own that a step has begun, or names it in the bar."""
        self.doing[step] = doing
        self._say(f"{self.steps[step].name}: {doing}")

    def advance(self, step: str, share: float) -> None:
        """Moves the bar; a share below one that was shown is ignored, so that it never goes back."""
        self.shares[step] = max(self.shares.get(step, 0.0), share)
        if self.bar:
            done = sum(self.steps[name].weight * part for name, part in self.shares.items())
            doing = [f"{doing} {self.steps[name].name}" for name, doing in list(self.doing.items())[:3]]
            now = ", ".join(doing) or ("conforming" if done < (self.bar.tasks[0].total or 0) else "finishing")
            move_bar(self.bar, now, done)

    def note(self, text: str) -> None:
        """Something a person should know at once."""
        if self.bar:
            print_above(self.bar, text)
        else:
            self.voice.say(text)

    def finish(self, step: str, done: str) -> None:
        """Says on a line of its own that a step is done; the bar names it no longer."""
        self.doing.pop(step, None)
        self._say(f"{self.steps[step].name}: {done}")

    def fail(self, step: str, message: str) -> None:
        """Says why a step failed, on stderr even with `--quiet`."""
        self.doing.pop(step, None)
        print_line(f"{self.steps[step].name}: failed: {message}", err=True)

    def _say(self, line: str) -> None:
        if not self.bar:
            self.voice.say(line)
