"""Counts how often functions are called, by any caller and by whatever name they were imported, and what runs in them."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def counted(*functions: Callable[..., Any]) -> Iterator[Counter[str]]:
    """Calls by the function's name, of this thread, while the block runs."""
    names = {function.__code__: function.__name__ for function in functions}
    calls: Counter[str] = Counter()

    def look(frame: Any, event: str, _: Any) -> None:
        if event == "call" and frame.f_code in names:
            calls[names[frame.f_code]] += 1

    before = sys.getprofile()
    sys.setprofile(look)
    try:
        yield calls
    finally:
        sys.setprofile(before)


class Steps:
    """How many lines of our code ran; a line that runs in a loop or a comprehension counts each time."""

    def __init__(self) -> None:
        self.number = 0

    def total(self) -> int:
        """All of them so far."""
        return self.number


@contextmanager
def counted_steps(package: str = "storyforge") -> Iterator[Steps]:
    """The lines of a package that run in this thread meanwhile. Unlike seconds they are the same on every machine."""
    steps, folder = Steps(), f"/{package}/"

    def step(frame: Any, event: str, _: Any) -> Any:
        steps.number += event == "line"
        return step

    def enter(frame: Any, event: str, _: Any) -> Any:
        return step(frame, "line", None) if folder in frame.f_code.co_filename else None

    before = sys.gettrace()
    sys.settrace(enter)
    try:
        yield steps
    finally:
        sys.settrace(before)
