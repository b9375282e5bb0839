"""How a command that renders tells of its progress."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import click

from storyforge.cli.options import Console
from storyforge.model.progress import Work


class Meter:
    """Progress of a render: a bar with the time left on a terminal, elsewhere a line for each change of state."""

    def __init__(self, console: Console) -> None:
        self.voice = console
        self.steps: dict[str, Work] = {}
        self.shares: dict[str, float] = {}
        self.doing: dict[str, str] = {}
        self.bar: Any = None

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
            self._start_bar(total)

    def _start_bar(self, total: int) -> None:
        """Shows the bar: not before there are steps, since a person may be asked something until then."""
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

        columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
        console = Console(stderr=True, no_color=not self.voice.has_colour(sys.stderr))
        self.bar = Progress(*columns, console=console, transient=True)
        self.bar.add_task("", total=total)
        self.bar.start()

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
            (task,) = self.bar.tasks
            now = ", ".join(doing) or ("conforming" if done < task.total else "finishing")
            self.bar.update(task.id, completed=done, description=now)

    def note(self, text: str) -> None:
        """Something a person should know at once."""
        if self.bar:
            # Words of a host or a storyboard may hold brackets, which rich would take for markup.
            self.bar.console.print(text, markup=False, highlight=False)
        else:
            self.voice.say(text)

    def finish(self, step: str, done: str) -> None:
        """Says on a line of its own that a step is done; the bar names it no longer."""
        self.doing.pop(step, None)
        self._say(f"{self.steps[step].name}: {done}")

    def fail(self, step: str, message: str) -> None:
        """Says why a step failed, on stderr even with `--quiet`."""
        self.doing.pop(step, None)
        click.echo(f"{self.steps[step].name}: failed: {message}", err=True)

    def _say(self, line: str) -> None:
        if not self.bar:
            self.voice.say(line)
