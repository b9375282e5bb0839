"""Knows where everything in a storyboard is written: turns a path of keys and indexes into file, line and column."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any, NamedTuple

from storyforge.language.text_file import LINE_END, Page
from storyforge.language.yaml_tree import Node
from storyforge.model.diagnostics import Location, Path
from storyforge.model.manners import JOINT, read_manners
from storyforge.model.storyboard import LINE_KEY

Span = tuple[int, int]

UNITS = {
    '"': re.compile(r"\\(?:x..|u.{4}|U.{8}|(?:\r\n|\n|\r)[ \t]*|.)|.", re.DOTALL),
    "'": re.compile(r"''|.", re.DOTALL),
    "": re.compile(r".", re.DOTALL),
}
"""How one character is written in quotes of each kind, and without."""


class Extent(NamedTuple):
    """The text of a key or a value in its file, quotes and all: the characters `[start, end)`."""

    file: str
    start: int
    end: int


@dataclass
class Source:
    """The files a storyboard was read from, and where each part of it is written in them."""

    folder: FilePath
    """The main storyboard's folder; files are named relative to it."""
    pages: dict[str, Page]
    """Every file that was read, by name, the main one first."""
    root: Node | None = None
    """The storyboard as it is in force, with what it takes from used files."""
    _spreads: dict[tuple[str, int], _Spread] = field(default_factory=dict, compare=False, repr=False)
    """Where the characters of texts are, by where the text begins, for those that were asked for."""

    def text(self, file: str) -> str:
        """All of a file as it was read; empty for one that was not."""
        return self.pages[file].text if file in self.pages else ""

    def path(self, file: str) -> FilePath:
        """Where the file lies on this machine."""
        return self.folder / file

    def line(self, file: str, number: int) -> str:
        """A line of a file, counted from 1, without its end."""
        return self.pages[file].line(number) if file in self.pages else ""

    def order(self, file: str) -> int:
        """The main file is 0, used ones follow as they were first read, unread ones come last."""
        return next((place for place, name in enumerate(self.pages) if name == file), len(self.pages))

    def locate(self, path: Path, span: Span | None = None, key: bool = False) -> Location:
        """Where a path is written, or else the nearest thing around it that is.

        A mapping or a list is pointed at by its key.
        """
        file, start, end = self.part(path, span, key)
        return self.pages[file].location(start, end)

    def part(self, path: Path, span: Span | None = None, key: bool = False) -> Extent:
        """The text that `locate` points at, over all its lines.

        `span` is a part of the text there, as the models hold it. In a line of dialogue `who`, `look`, `how` and
        `text` can be asked for, and `span` alone is a part of its words.
        """
        if self.root is None:
            return Extent(next(iter(self.pages)), 0, 0)
        node, name, rest = self._find(path)
        if _is_line(path[: len(path) - len(rest)], node):
            ((said, (start, end, words)),) = (node.entries or {}).items()
            if rest and rest[0] in ("who", "look", "how"):
                inside = self._find_how(said, span) if rest[0] == "how" else _part(said, str(rest[0]))
                return Extent(node.page.file, *_inside(node.page, start, end, said, inside))
            if rest == ("text",) or (span and not key):
                node, name, rest = words, (start, end), ()
            elif key:
                name = start, end
        if key and name:
            return Extent(node.page.file, *(_inside(node.page, *name, None, span) if span else name))
        container = node.entries is not None or node.items is not None
        if rest or container or node.value is None:
            first = name or next((entry[:2] for entry in (node.entries or {}).values()), None)
            return Extent(node.page.file, *(first or (node.start, node.start + 1)))
        if span:
            return Extent(node.page.file, *self._find_span(node, span))
        return Extent(node.page.file, *_inside(node.page, node.start, node.end, node.value, None, node.style))

    def _find_how(self, said: str, span: Span | None) -> Span | None:
        """Where the manner of a line, or a part of it, is in the key of the line."""
        found = LINE_KEY.match(said.strip())
        if found is None or not found["how"]:
            return None
        film = self.root.value.get("language") if self.root else None
        manners = read_manners(found["how"], film if isinstance(film, str) else "en").spans
        first = found.start("how")
        if not manners:
            return first + 1, found.end("how") - 1
        if span is None:
            return first + manners[0][0], first + manners[-1][1]
        begin = 0
        for start, end in manners:
            if span[0] < begin + end - start:
                return first + start + span[0] - begin, first + min(end, start + span[1] - begin)
            begin += end - start + len(JOINT)
        return None

    def _find_span(self, node: Node, span: Span) -> Span:
        """Where a part of a text is. Many findings may be about one text, which is looked through once."""
        key = node.page.file, node.start
        if key not in self._spreads:
            self._spreads[key] = _spread_text(node.page, node.start, node.end, node.value, node.style)
        return self._spreads[key].part(span) or (node.start, node.end)

    def find_written(self, path: Path) -> Path:
        """The path as it is in the files, where refused items still count."""
        node, parts = self.root, []
        for part in path:
            listed = node is not None and node.items is not None and isinstance(part, int)
            parts.append(node.find_index(int(part)) if node and listed else part)
            node = node.child(part) if node else None
        return tuple(parts)

    def extent(self, path: Path, key: bool = False) -> Extent:
        """The whole text of the value at a path or of its key, or else of the nearest thing around it."""
        if self.root is None:
            return Extent(next(iter(self.pages)), 0, 0)
        node, name, _ = self._find(path)
        start, end = name if key and name else (node.start, node.end)
        return Extent(node.page.file, start, end)

    def raw(self, path: Path) -> str:
        """The value at a path as it is written."""
        file, start, end = self.extent(path)
        return self.text(file)[start:end]

    def has(self, path: Path) -> bool:
        """Whether a path is written, be it with an empty value."""
        return self.root is not None and not self._find(path)[2]

    def _find(self, path: Path) -> tuple[Node, Span | None, Path]:
        """The nearest node on the way to a path, where its key is written, and the rest of the way."""
        assert self.root is not None
        node = self.root
        name: Span | None = None
        for step, part in enumerate(path):
            child = node.child(part)
            if child is None:
                return node, name, path[step:]
            entry = node.entry(part)
            name = entry[:2] if entry else None
            node = child
        return node, name, ()


def _is_line(path: Path, node: Node) -> bool:
    return len(path) == 4 and path[2] == "dialogue" and node.entries is not None and len(node.entries) == 1


def _part(said: str, part: str) -> Span | None:
    found = LINE_KEY.match(said.strip())
    return found.span(part) if found and found[part] else None


def _inside(page: Page, start: int, end: int, value: Any, span: Span | None, style: str | None = None) -> Span:
    """Where `span` of a text is within `[start, end)`; all of it without a span."""
    if span is not None:
        return _spread_text(page, start, end, value, style).part(span) or (start, end)
    start, raw, _ = _content(page, start, end, style)
    return start + len(raw) - len(raw.lstrip()), start + len(raw.rstrip())


def _content(page: Page, start: int, end: int, style: str | None) -> tuple[int, str, str]:
    """Where a text begins in `[start, end)`, how it is written, and in which quotes."""
    raw = page.text[start:end]
    if style is None:
        style = raw[:1] if raw[:1] in ("'", '"') else ""
    if style not in ("|", ">"):
        return start, raw, style
    header = LINE_END.search(raw)
    # The header (`|`, `>-`) is no part of the text, and neither is a comment after it.
    return start + (header.end() if header else 0), raw[header.end() :] if header else "", ""


@dataclass(frozen=True)
class _Spread:
    """Where each character of a text is in its file."""

    lead: int
    """White space at the beginning, which the models drop: spans count without it."""
    starts: Sequence[int]
    ends: Sequence[int]

    def part(self, span: Span) -> Span | None:
        """Where a part of the text is, of one character at least; None where the text has no such part."""
        first, last = self.lead + span[0], min(self.lead + max(span[1], span[0] + 1), len(self.ends)) - 1
        return (self.starts[first], self.ends[last]) if first <= last else None


def _spread_text(page: Page, start: int, end: int, value: Any, style: str | None) -> _Spread:
    """Where each character of a text in `[start, end)` is, as it is written there."""
    start, raw, style = _content(page, start, end, style)
    if not isinstance(value, str):
        value = raw.strip("'\"")
    lead, quotes = len(value) - len(value.lstrip()), 1 if style else 0
    if raw[quotes : len(raw) - quotes] == value:
        begin = start + quotes
        return _Spread(lead, range(begin, begin + len(value)), range(begin + 1, begin + len(value) + 1))
    starts, ends = array("Q"), array("Q")
    for place in _spread(raw, style, value):
        starts.append(start + place[0])
        ends.append(start + place[1])
    return _Spread(lead, starts, ends)


def _spread(raw: str, style: str, value: str) -> Iterator[Span]:
    """Where each character of a text is in what is written, as far as they agree.

    Folding and indenting only ever add white space, so the characters of the text come in the same order in both.
    """
    quotes = 1 if style else 0
    units = UNITS[style].finditer(raw, quotes, len(raw) - quotes)
    for char in value:
        unit = next((unit for unit in units if _writes(unit[0], char)), None)
        if unit is None:
            return
        yield unit.span()


def _writes(unit: str, char: str) -> bool:
    if unit[0] == "\\" and len(unit) > 1:
        return unit[1] not in "\r\n"
    # What is no text at all is U+FFFD in the tree, and in the file it is still what it was.
    return unit.isspace() if char.isspace() else unit[0] == char or char == "\ufffd"
