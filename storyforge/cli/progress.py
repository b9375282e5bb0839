"""How a command that renders tells of its progress."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from typing import Any

import click

from storyforge.cli.options import Console


class Meter:
    """Progress of a render: a bar with the time left on a terminal, elsewhere a line for each change of state."""

    def __init__(self, console: Console) -> None:
        self.voice = console
        self.weights: Mapping[str, int] = {}
        self.shares: dict[str, float] = {}
        self.doing: dict[str, str] = {}
        self.bar: Any = None
        self.started_at = time.monotonic()

    def __enter__(self) -> Meter:
        if self.voice.animated:
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

            columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
            console = Console(stderr=True, no_color=not self.voice.coloured(sys.stderr))
            self.bar = Progress(*columns, console=console, transient=True)
            self.bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.bar:
            self.bar.stop()

    def begin(self, steps: Mapping[str, int]) -> None:
        self.weights = steps
        if self.bar:
            self.bar.add_task("", total=max(sum(steps.values()), 1))

    def started(self, step: str, doing: str) -> None:
        self.doing[step] = doing
        self._told(f"{step}: {doing}")

    def moved(self, step: str, share: float) -> None:
        self.shares[step] = max(self.shares.get(step, 0.0), share)
        if self.bar:
            done = sum(self.weights.get(name, 0) * part for name, part in self.shares.items())
            now = ", ".join(f"{doing} {name}" for name, doing in list(self.doing.items())[:3]) or "conforming"
            self.bar.update(self.bar.task_ids[0], completed=done, description=now)

    def note(self, text: str) -> None:
        """Something a person should know at once."""
        if self.bar:
            self.bar.console.print(text, markup=False, highlight=False)
        else:
            self.voice.say(text)

    def ended(self, step: str, done: str) -> None:
        self.doing.pop(step, None)
        self._told(f"{step}: {done}")

    def failed(self, step: str, message: str) -> None:
        self.doing.pop(step, None)
        click.echo(f"{step}: failed: {message}", err=True)

    def _told(self, line: str) -> None:
        if not self.bar:
            self.voice.say(line)
