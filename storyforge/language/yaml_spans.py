"""Finds where everything is written in a page: each value with its anchor, each entry of a mapping or list."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    StreamStartEvent,
)

from storyforge.language.text_file import LINE_END, Page
from storyforge.language.yaml_recovery import make_readable, mask_error
from storyforge.language.yaml_tree import PROPERTIES

BETWEEN = re.compile(r"(?:[\s,]|#[^\r\n]*)*")
"""What may stand between two entries."""

COLON = re.compile(r"\s*:")


@dataclass(frozen=True, slots=True)
class Piece:
    """A value as it is written: the characters `[start, end)`, without the white space and comments behind it."""

    kind: Literal["text", "alias", "mapping", "list"]
    start: int
    content: int
    """Where it begins behind its anchor."""
    end: int
    style: str
    """Of text: its quote, `|` or `>`; of a mapping or list in brackets: the bracket; else empty."""
    block: bool
    """A mapping or list by indentation, or text behind `|` or `>`."""
    entries: tuple[Entry, ...] = ()
    meant: Piece | None = None
    """Of an alias: the value with that anchor."""

    @property
    def last(self) -> Piece:
        """The value that it ends with."""
        return self.entries[-1].value.last if self.entries else self

    def find(self, key: str | int) -> Entry | None:
        """The entry with a key, or at an index."""
        if self.kind == "list":
            return self.entries[int(key)] if isinstance(key, int) and key < len(self.entries) else None
        return next((entry for entry in self.entries if entry.key == key), None)


@dataclass(frozen=True, slots=True)
class Entry:
    """A key with its value, or an item of a list; it begins with its key or its dash."""

    start: int
    head: int
    """Where its key or dash ends."""
    key: str | None
    """None for an item, and for a key that is an alias."""
    value: Piece


def read_outline(page: Page) -> Piece | None:
    """The one value of a page that YAML can read, or None for an empty one."""
    shift = int(page.text.startswith("\ufeff"))
    text, _ = make_readable(page.text[shift:])
    while True:
        try:
            events = list(YAML(typ="safe").parse(text))
            break
        except YAMLError as error:
            mended = mask_error(text, error)
            if mended == text:
                raise
            text = mended
    reader = _Reader(page.text, shift, iter(events), {})
    first = next(event for event in reader.events if type(event) not in (StreamStartEvent, DocumentStartEvent))
    return reader.piece(first, 0) if isinstance(first, MappingStartEvent) else None


@dataclass
class _Reader:
    text: str
    shift: int
    events: Iterator[Any]
    anchors: dict[str, Piece]

    def piece(self, event: Any, at: int) -> Piece:
        """The value that begins with an event; what comes before it ends at `at`."""
        start, end = event.start_mark.index + self.shift, event.end_mark.index + self.shift
        if type(event) is AliasEvent:
            return Piece("alias", start, start, end, "", False, meant=self.anchors.get(event.anchor))
        found = PROPERTIES.match(self.text, start, end)
        content = found.end() if found else start
        if type(event) is ScalarEvent:
            piece = self.scalar(event, start, content, end, at)
        else:
            piece = self.collection(event, start, content)
        if event.anchor:
            self.anchors[event.anchor] = piece
        return piece

    def scalar(self, event: Any, start: int, content: int, end: int, at: int) -> Piece:
        style = event.style or ""
        if start == end:  # the parser puts what is not there before what comes next
            colon = COLON.match(self.text, at)
            start = content = end = colon.end() if colon else at
        if style in ("|", ">"):
            end = content + _length(self.text[content:end])
        return Piece("text", start, content, end, style, style in ("|", ">"))

    def collection(self, event: Any, start: int, content: int) -> Piece:
        mapping, block = type(event) is MappingStartEvent, not event.flow_style
        style = self.text[content] if self.text[content] in "{[" else ""
        at = content + len(style)
        entries: list[Entry] = []
        for inner in self.events:
            if type(inner) in (MappingEndEvent, SequenceEndEvent):
                end = inner.end_mark.index + self.shift if style else at
                return Piece("mapping" if mapping else "list", start, content, end, style, block, tuple(entries))
            first, key = self.next(at), None
            if mapping:
                key, head = inner.value if type(inner) is ScalarEvent else None, self.piece(inner, first).end
                value = self.piece(next(self.events), head)
            else:
                head = first + block
                value = self.piece(inner, head)
            entries.append(Entry(first, head, key, value))
            at = value.end
        raise AssertionError("the parser closes what it opens")

    def next(self, at: int) -> int:
        """Where the next entry begins."""
        found = BETWEEN.match(self.text, at)
        assert found is not None, "it may be empty"
        return found.end()


def _length(raw: str) -> int:
    """How many characters of a text behind `|` or `>` count: not the empty lines below it, unless it keeps them."""
    header, *lines = LINE_END.split(raw)
    if "+" in header.split("#")[0]:
        return len(re.sub(r"(?:\r\n|\n|\r)\Z", "", raw))
    set_in = re.search("[1-9]", header.split("#")[0])  # then the lines do not tell how far, and spaces may be text
    indents = [0 if set_in else len(line) - len(line.lstrip(" ")) for line in lines if line.strip(" ")]
    empty = rf"(?:(?:\r\n|\n|\r) {{0,{min(indents, default=0)}}})+\Z"
    return len(re.sub(empty, "", raw))
