"""One type for every finding; `reports/findings.py` prints a list of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal, Protocol

Severity = Literal["error", "warning", "hint"]
Path = tuple[str | int, ...]
"""Keys and indexes from the top of the storyboard, the same that pydantic reports."""


@dataclass(frozen=True, slots=True)
class Location:
    """A place in a file: line and column from 1, length in characters of what is meant there."""

    file: str
    """Relative to the storyboard's folder, with forward slashes."""
    line: int
    column: int
    length: int = 1


@dataclass(frozen=True, slots=True)
class Fix:
    """The one safe fix of a finding: text that replaces `[start, end)` (character offsets) in `file`."""

    file: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding about a storyboard."""

    name: str
    """Kebab-case and permanent."""
    severity: Severity
    message: str
    """One lower-case sentence without a full stop, saying what is."""
    hint: str | None = None
    """What to do."""
    path: Path = ()
    span: tuple[int, int] | None = None
    """Where it begins and ends in the text at `path`, if the finding is about a part of it."""
    key: bool = False
    """The finding is about the key at `path`, not its value."""
    location: Location | None = None
    """Filled in by `located`; given at once only where there is no path (a file that cannot be read)."""
    fix: Fix | None = None
    instead: str | None = None
    """What the place pointed at would say if it were fixed: the same name in its true case, never another."""


class Locates(Protocol):
    """Anything that knows where a path is written: `Source` of `language/source_map.py`."""

    def locate(self, path: Path, span: tuple[int, int] | None = None, key: bool = False) -> Location:
        """File, line and column of the value at `path`, of its key, or of the offsets `span` in its text."""

    def find_written(self, path: Path) -> Path:
        """The path as it is in the files, where refused items of lists still count."""

    def line(self, file: str, number: int) -> str:
        """A line of a file, counted from 1, without its end; empty for a file that was not read."""

    def order(self, file: str) -> int:
        """Where a file comes among those read: the main file is 0, an unread one comes last."""


def locate_findings(diagnostics: Iterable[Diagnostic], source: Locates) -> list[Diagnostic]:
    """The same findings with their places filled in, in file order, each said once."""
    placed = dict.fromkeys(found if found.location else _located(found, source) for found in diagnostics)

    def place(found: Diagnostic) -> tuple[int, int, int, str]:
        assert found.location is not None
        # The name last, so that findings about one place come in the same order each time.
        return source.order(found.location.file), found.location.line, found.location.column, found.name

    return sorted(placed, key=place)


def _located(found: Diagnostic, source: Locates) -> Diagnostic:
    where = source.locate(found.path, found.span, found.key)
    return replace(found, location=where, path=source.find_written(found.path))


def has_errors(diagnostics: Iterable[Diagnostic]) -> bool:
    """Whether at least one is an error; warnings and hints do not count."""
    return any(found.severity == "error" for found in diagnostics)


def as_json(found: Diagnostic) -> dict[str, Any]:
    """The finding as the commands print it: name, severity, message, hint, file, line, column, path."""
    place = found.location
    return {
        "name": found.name,
        "severity": found.severity,
        "message": found.message,
        "hint": found.hint,
        "file": place.file if place else None,
        "line": place.line if place else None,
        "column": place.column if place else None,
        "path": list(found.path),
    }
