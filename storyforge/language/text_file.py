"""One file of text, and how a place in it is shown to people."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property

from storyforge.model.diagnostics import Diagnostic, Fix, Location

# Not `str.splitlines`: it also breaks at U+0085 and U+2028, which are text in YAML 1.2.
LINE_END = re.compile(r"\r\n|\n|\r")

LONG = 1_000
"""Characters from which on a line is kept when it was asked for."""


@dataclass(frozen=True)
class Page:
    """A file as it was read: offsets count its characters, a byte order mark and carriage returns among them."""

    file: str
    """Relative to the main storyboard's folder, with forward slashes."""
    text: str

    @cached_property
    def starts(self) -> list[int]:
        """Where each line begins; a byte order mark is no part of the first."""
        return [int(self.text.startswith("\ufeff")), *(found.end() for found in LINE_END.finditer(self.text))]

    def line(self, number: int) -> str:
        """The text of a line, counted from 1, without its end; empty where there is none."""
        if not 1 <= number <= len(self.starts):
            return ""
        start, end = self.starts[number - 1], self._line_end(number)
        if end - start < LONG:
            return self.text[start:end]
        # The same text each time, not a copy for each of the findings in it.
        if number not in self._long_lines:
            self._long_lines[number] = self.text[start:end]
        return self._long_lines[number]

    @cached_property
    def _long_lines(self) -> dict[int, str]:
        """Long lines that were asked for."""
        return {}

    def _line_end(self, number: int) -> int:
        """Where a line ends, before what ends it."""
        if number == len(self.starts):
            return len(self.text)
        end = self.starts[number] - 1
        return end - 1 if self.text.startswith("\r\n", end - 1) else end

    def location(self, start: int, end: int) -> Location:
        """The part of `[start, end)` that is on its first line."""
        # Offset 0 is before the first line where a byte order mark leads.
        number = max(bisect_right(self.starts, start), 1)
        first = self.starts[number - 1]
        length = min(end, self._line_end(number)) - start
        return Location(self.file, number, max(start - first, 0) + 1, max(length, 1))

    def error(
        self, name: str, start: int, end: int, message: str, hint: str | None, instead: str | None = None
    ) -> Diagnostic:
        """An error at `[start, end)`; `instead` is the text that fixes it there, None where none is certain."""
        fix = None if instead is None else Fix(self.file, start, end, instead)
        return Diagnostic(name, "error", message, hint, location=self.location(start, end), fix=fix)
