"""Prints findings: as text with an excerpt and a caret, as JSON, as GitHub annotations, as SARIF.

What a storyboard says ends up in messages and excerpts, and it is untrusted: control characters are shown as
escapes, so that it can neither move a terminal's cursor nor give a build server orders.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import PurePath
from posixpath import join, normpath
from typing import Any
from urllib.parse import quote

from storyforge.model.diagnostics import Diagnostic, Locates, Location, Severity, as_json
from storyforge.model.printable import columns_of, escape_parts, escape_text
from storyforge.version import __version__

Found = tuple[Sequence[Diagnostic], Locates, str]
"""Located findings of one storyboard, where its text is, and the folder of the storyboard as the user named it."""

WIDTH = 100
"""Columns of an excerpt; a longer line is cut around the caret."""

MOST = 4 * WIDTH
"""Characters of an excerpt: accents that lie over one another take no columns, and there may be thousands."""

TAB = 4
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "hint")

Span = tuple[str, str]
"""A part of a text and its role: a severity, `gutter`, `message`, or nothing where it has none."""


def as_text(diagnostics: Sequence[Diagnostic], source: Locates, prefix: str = "") -> str:
    """Each finding with its place, the line, a caret under what is meant and the hint; then how many there are."""
    return "".join(text for text, _ in as_spans(diagnostics, source, prefix))


def as_spans(diagnostics: Sequence[Diagnostic], source: Locates, prefix: str = "") -> list[Span]:
    """The same in parts, each of which may be given the colour of its role."""
    if not diagnostics:
        return []
    spans = [span for found in diagnostics for span in (*_block(found, source, prefix), ("\n", ""))]
    return [*spans, (f"{count_findings(diagnostics)}\n", "")]


def count_findings(diagnostics: Sequence[Diagnostic]) -> str:
    """`2 errors, 1 warning`."""
    numbers = [(kind, sum(found.severity == kind for found in diagnostics)) for kind in SEVERITIES]
    return ", ".join(f"{number} {kind}{'s' * (number > 1)}" for kind, number in numbers if number)


def _block(found: Diagnostic, source: Locates, prefix: str) -> Iterator[Span]:
    yield f"{found.severity}[{found.name}]", found.severity
    yield f": {escape_text(found.message)}", "message"
    yield "\n", ""
    place, gutter = found.location, 1
    if place:
        number = str(place.line)
        gutter = len(number)
        file = escape_text(file_name(place.file, prefix))
        yield " " * gutter, ""
        yield "-->", "gutter"
        yield f" {file}:{number}:{place.column}\n", ""
        line = source.line(place.file, place.line)
        if line.strip():
            excerpt, before, length = _excerpt(line, place.column - 1, place.length)
            bar = f"{' ' * gutter} |"
            yield from ((bar, "gutter"), ("\n", ""), (f"{number} |", "gutter"))
            yield f" {excerpt}".rstrip() + "\n", ""
            yield from ((bar, "gutter"), (f" {' ' * before}", ""), ("^" * length, found.severity), ("\n", ""))
    if found.hint:
        yield " " * (gutter + 1), ""
        yield "=", "gutter"
        yield f" hint: {escape_text(found.hint)}\n", ""


def file_name(file: str, prefix: str) -> str:
    """A file's name, which is relative to the storyboard's folder, as seen from the working folder."""
    return normpath(join(PurePath(prefix).as_posix(), file)) if prefix else file


@dataclass(frozen=True)
class _Row:
    """A line as it is shown: what for each character, and in how many columns up to it."""

    shown: Sequence[str]
    columns: Sequence[int]
    """One more than characters: the last is the width of all."""

    def width(self, start: int, stop: int) -> int:
        """Columns of some of its characters."""
        return self.columns[stop] - self.columns[start]


def _excerpt(line: str, start: int, length: int) -> tuple[str, int, int]:
    """A line as it is shown, the columns before the caret, and the columns under it; cut where it is too long."""
    row = _row(line)
    # A place may be behind the end of its line, and gets one caret there.
    start = min(max(start, 0), len(row.shown))
    stop = min(start + max(length, 1), len(row.shown))
    first, last = _window(row, start, stop)
    head, tail = "…" * (first > 0), "…" * (last < len(row.shown))
    before = len(head) + row.width(first, start)
    under = row.width(start, max(min(stop, last), start))
    return head + "".join(row.shown[first:last]) + tail, before, max(under, 1)


# Of one line there may be thousands of findings, one after another, and it may be as long as a file.
@lru_cache(maxsize=4)
def _row(line: str) -> _Row:
    """What is shown for each character of a line, and in how many columns."""
    if line.isascii() and line.isprintable() and "#" not in line:
        return _Row(line, range(len(line) + 1))
    shown_all: list[str] = []
    columns = [0]
    column = 0
    for char, shown in zip(line, escape_parts(line), strict=True):
        if char == "\t":
            width = TAB - column % TAB
            shown = " " * width
        else:
            width = columns_of(char) if shown == char else len(shown)
        shown_all.append(shown)
        column += width
        columns.append(column)
    return _Row(shown_all, columns)


def _window(row: _Row, start: int, stop: int) -> tuple[int, int]:
    """Which characters of a long line are shown: a third of the room before what is meant, the rest behind."""
    every = len(row.shown)
    if row.columns[-1] <= WIDTH and every <= MOST:
        return 0, every
    first = _reach(row, start, -1, max(WIDTH - row.width(start, stop), WIDTH // 3) // 3)
    last = _reach(row, first, 1, WIDTH)
    if last == every:
        # A line that ends soon leaves room, which goes to what is before.
        first = _reach(row, last, -1, WIDTH)
    return first, last


def _reach(row: _Row, at: int, step: int, room: int) -> int:
    """How far one comes from an offset before the room is used up."""
    end = at
    for _ in range(MOST):
        index = end if step > 0 else end - 1
        if not 0 <= index < len(row.shown):
            break
        room -= row.width(index, index + 1)
        if room < 0:
            break
        end += step
    return end


def as_document(found: Sequence[Found]) -> dict[str, Any]:
    """The findings of several storyboards as `check --format json` prints them."""
    return {"storyforge": 1, "diagnostics": [as_json(one) for one in _together(found)]}


def _together(found: Sequence[Found]) -> list[Diagnostic]:
    """All findings under the names that the user knows; one about a file that two storyboards use is said once."""
    return list(
        dict.fromkeys(
            replace(one, location=one.location and replace(one.location, file=file_name(one.location.file, prefix)))
            for diagnostics, _, prefix in found
            for one in diagnostics
        )
    )


def as_github(found: Sequence[Found]) -> str:
    """Findings as annotations of a GitHub workflow: worst first, for GitHub shows ten of a kind and drops the rest."""
    worst_first = sorted(_together(found), key=lambda one: SEVERITIES.index(one.severity))
    return "".join(f"{_annotation(one)}\n" for one in worst_first)


def _annotation(found: Diagnostic) -> str:
    kind = "notice" if found.severity == "hint" else found.severity
    said = found.message, *([f"hint: {found.hint}"] if found.hint else [])
    return annotation(kind, f"storyforge ({found.name})", said, found.location)


def annotation(kind: str, title: str, said: Sequence[str], place: Location | None = None) -> str:
    """Some lines as an annotation of a GitHub workflow (`notice`, `warning` or `error`), at a place if they have one;
    nothing in them is an order to GitHub."""
    properties = {"title": title}
    if place:
        ends = place.column + place.length
        properties |= {"file": place.file, "line": str(place.line), "col": str(place.column), "endColumn": str(ends)}
    lines = "%0A".join(_command_text(escape_text(line)) for line in said)
    return f"::{kind} {','.join(f'{name}={_property(value)}' for name, value in properties.items())}::{lines}"


def _command_text(text: str) -> str:
    # The percent sign first, or the escapes of the others would be escaped once more.
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    # Among properties a colon and a comma part one from the next, which they do not in the message.
    return _command_text(escape_text(text)).replace(":", "%3A").replace(",", "%2C")


def as_sarif(found: Sequence[Found]) -> dict[str, Any]:
    """Findings as a SARIF 2.1.0 log with one run."""
    together = _together(found)
    names = sorted({one.name for one in together})
    driver = {"name": "storyforge", "version": __version__, "rules": [_rule(name) for name in names]}
    results = [_result(one, names.index(one.name)) for one in together]
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}],
    }


def _rule(name: str) -> dict[str, Any]:
    from storyforge.reports.explain import explain

    words = explain(name)
    if words is None:
        return {"id": name}
    return {"id": name, "shortDescription": {"text": words.splitlines()[0]}, "help": {"text": words, "markdown": words}}


def _result(found: Diagnostic, rule: int) -> dict[str, Any]:
    said = escape_text(found.message) + (f"\nhint: {escape_text(found.hint)}" if found.hint else "")
    result: dict[str, Any] = {
        "ruleId": found.name,
        "ruleIndex": rule,
        "level": "note" if found.severity == "hint" else found.severity,
        "message": {"text": said},
    }
    if place := found.location:
        region = {"startLine": place.line, "startColumn": place.column, "endColumn": place.column + place.length}
        result["locations"] = [{"physicalLocation": {"artifactLocation": {"uri": _uri(place.file)}, "region": region}}]
    return result


def _uri(file: str) -> str:
    """A relative file's name as a relative URI, as code scanning wants it."""
    written = quote(PurePath(file).as_posix(), errors="surrogatepass")
    return f"file:///{written.lstrip('/')}" if PurePath(file).is_absolute() else written
