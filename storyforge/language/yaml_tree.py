"""Reads a page of YAML into a tree of values that know where they stand, and says what is wrong with the text.

The events come from ruamel.yaml's C parser, 25 times as fast as its composer in Python. The tree is built here because
a storyboard wants a place for every key and value, a bound on aliases, and the few scalars of YAML 1.2 (`no`, `on` and
`1:30` are text).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from storyforge.language.text_file import Page
from storyforge.language.yaml_recovery import (
    COLON,
    LOUD,
    MANY,
    MASKED,
    UNMASK,
    describe_error,
    error_offset,
    make_readable,
    mask_error,
    no_text,
    quote_text,
    several_documents,
    too_many,
)
from storyforge.model.diagnostics import Diagnostic

MAX_DEPTH = 64
"""Levels of nesting, aliases unfolded. The language needs 8; only `extra` may hold more."""

MAX_VALUES = 400_000
"""Values in one file, aliases unfolded: room for more than 15,000 shots."""

MAX_PARSED = 3_000_000
"""Characters to parse in search of more findings, or four times a long file; each round of masks parses the text once
more."""

ID_KEYS = ("id", "scene", "cast", "continues", "provider")
"""Keys under which ids stand, where a mention only wants its `@` taken away."""

PROPERTIES = re.compile(r"(?:[&!]\S*\s*)+")
NUMBERLIKE = frozenset("0123456789+-.")
WORDS = {"": None, "~": None, "null": None, "Null": None, "NULL": None, "true": True, "True": True, "TRUE": True}
WORDS |= {"false": False, "False": False, "FALSE": False}
WHOLE = re.compile(r"[-+]?[0-9]+$")
OTHER_BASE = re.compile(r"0o[0-7]+$|0x[0-9a-fA-F]+$")
FRACTION = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$")
BEYOND = re.compile(r"[-+]?(?:\.inf|\.Inf|\.INF)$|(?:\.nan|\.NaN|\.NAN)$")


class Node:
    """A value and where it is written; a mapping or a list also holds the nodes in it."""

    __slots__ = ("composed", "end", "entries", "gone", "items", "page", "start", "style", "value")

    def __init__(self, page: Page, start: int, end: int, value: Any, style: str = "") -> None:
        self.page, self.start, self.end, self.value, self.style = page, start, end, value, style
        self.entries: dict[str, tuple[int, int, Node]] | None = None
        """Of a mapping: where each key begins and ends, and its value."""
        self.composed: dict[str, str] | None = None
        """Of a mapping: its keys by how they read with their accents composed; made when it is asked for."""
        self.items: list[Node] | None = None
        """Of a list."""
        self.gone: list[int] = []
        """Of a list: the indexes, as written, of items that were taken out."""

    @classmethod
    def mapping(cls, place: Node, entries: dict[str, tuple[int, int, Node]]) -> Node:
        """A mapping of these entries, in the place of another."""
        node = cls(place.page, place.start, place.end, {key: entry[2].value for key, entry in entries.items()})
        node.entries = entries
        return node

    def without(self, keys: Iterable[str]) -> Node:
        """The same mapping without some of its keys."""
        return Node.mapping(self, {key: entry for key, entry in (self.entries or {}).items() if key not in keys})

    def entry(self, key: str | int) -> tuple[int, int, Node] | None:
        """Where a key of a mapping begins and ends, and its value; an accent may be written as a letter of its own."""
        if self.entries is None or not isinstance(key, str):
            return None
        if key in self.entries or key.isascii():
            return self.entries.get(key)
        if self.composed is None:
            # Of several the first counts.
            self.composed = {unicodedata.normalize("NFC", name): name for name in reversed(self.entries)}
        return self.entries.get(self.composed.get(key, key))

    def child(self, part: str | int) -> Node | None:
        """What it holds under a key or at an index; None where that is nothing."""
        if (entry := self.entry(part)) is not None:
            return entry[2]
        inside = self.items is not None and isinstance(part, int) and part < len(self.items)
        return self.items[int(part)] if self.items is not None and inside else None

    def drop(self, part: str | int) -> None:
        """Take out what it holds under a key or at an index."""
        if self.entries is not None:
            self.entries.pop(str(part), None)
            self.composed = None
            self.value.pop(part, None)
        elif self.items is not None and isinstance(part, int):
            self.gone.append(self.find_index(part))
            del self.items[part], self.value[part]

    def find_index(self, part: int) -> int:
        """The index at which an item of the list is written: items before it may have been taken out."""
        for index in sorted(self.gone):
            part += index <= part
        return part


def read_tree(page: Page) -> tuple[Node | None, list[Diagnostic]]:
    """The one value of the page, None where it is empty or too broken, and all findings about its YAML."""
    shift = int(page.text.startswith("\ufeff"))
    text, refused = make_readable(page.text[shift:])
    parsed, most = 0, max(MAX_PARSED, 4 * len(text))
    while True:
        builder = _Builder(page, shift, MASKED.search(text) is not None)
        parsed += len(text)
        try:
            root = builder.build(_events(text))
            break
        except _Refused:
            root = None
            break
        except YAMLError as error:
            mended = mask_error(text, error) if parsed < most else text
            if mended == text:
                root = None
                broken = describe_error(page, shift, error)
                builder.findings = [
                    _unless_torn(found, error_offset(error) + shift) for found in builder.findings
                ] + broken
                break
            text = mended
    if refused:
        builder.findings.append(no_text(page, [at + shift for at in refused]))
    return root, builder.findings


def _unless_torn(found: Diagnostic, broken: int) -> Diagnostic:
    """The finding, without its fix if that reaches to where the text is broken: what ends there is uncertain."""
    return replace(found, fix=None) if found.fix and found.fix.end >= broken else found


def _events(text: str) -> Iterator[Any]:
    """YAML events, from the parser in Python where the one in C is not installed."""
    yield from YAML(typ="safe").parse(text)


@lru_cache(maxsize=4096)
def resolve_scalar(text: str) -> Any:
    """What an unquoted scalar means in YAML 1.2's core schema."""
    if text in WORDS:
        return WORDS[text]
    if text[0] not in NUMBERLIKE:
        return text
    if WHOLE.match(text):
        # Python raises on whole numbers of thousands of digits; as a float it is out of a field's range like any other.
        return int(text) if len(text) < 300 else float(text)
    if OTHER_BASE.match(text):
        return int(text, 0) if len(text) < 300 else float("inf")
    if FRACTION.match(text):
        return float(text)
    return float(text.replace(".", "")) if BEYOND.match(text) else text


class _Refused(Exception):
    """The text is YAML, but not to be read further; a finding says why."""


@dataclass(slots=True)
class _Open:
    """A mapping or list whose end is not reached."""

    node: Node
    key: tuple[str, int, int] | None = None
    """The key that waits for its value, and where it is."""
    skip: bool = False
    """The value to come belongs to no key."""
    anchor: str | None = None
    before: int = 0
    """How many values were counted before it."""
    height: int = 0
    """Levels inside it."""

    def awaits_key(self) -> bool:
        return self.key is None and not self.skip and self.node.entries is not None


@dataclass
class _Builder:
    """Builds the tree event by event, with its own stack: a deep file is a finding, not a crash."""

    page: Page
    shift: int
    masked: bool
    findings: list[Diagnostic] = field(default_factory=list)
    open: list[_Open] = field(default_factory=list)
    anchors: dict[str, tuple[Node, int, int] | None] = field(default_factory=dict)
    """What an alias means, how many values that is, and how many levels; None while it is open."""
    count: int = 0
    root: Node | None = None

    def build(self, events: Iterator[Any]) -> Node | None:
        shift, documents = self.shift, 0
        for event in events:
            kind = type(event)
            start, end = event.start_mark.index + shift, event.end_mark.index + shift
            if kind is ScalarEvent:
                self.scalar(event, start, end)
            elif kind is MappingStartEvent or kind is SequenceStartEvent:
                self.begin(event, start, end)
            elif kind is MappingEndEvent or kind is SequenceEndEvent:
                self.close(end)
            elif kind is AliasEvent:
                self.alias(event.anchor, start, end)
            elif kind is DocumentStartEvent:
                documents += 1
                if documents > 1:
                    self.findings.append(several_documents(self.page, start))
                    break
        return self.root

    def scalar(self, event: Any, start: int, end: int) -> None:
        value, style = event.value, event.style or ""
        if event.anchor is not None or event.tag is not None:
            start = self.after_properties(event, start, end)
        if self.masked and MASKED.search(value):
            value = value.translate(UNMASK) if style else self.check_unquoted(value, start, end)
        # A key is a name, also where it looks like a number or a switch.
        elif not style and event.tag is None and not (self.open and self.open[-1].awaits_key()):
            value = resolve_scalar(value)
        node = Node(self.page, start, end, value, style)
        if event.anchor is not None:
            self.anchors[event.anchor] = node, 1, 0
        self.place(node, 1, 0)

    def begin(self, event: Any, start: int, end: int) -> None:
        if event.tag is not None:
            self.after_properties(event, start, end)
        node = Node(self.page, start, end, None)
        if type(event) is MappingStartEvent:
            node.value, node.entries = {}, {}
        else:
            node.value, node.items = [], []
        if event.anchor is not None:
            self.anchors[event.anchor] = None
        self.open.append(_Open(node, anchor=event.anchor, before=self.count))
        if len(self.open) > MAX_DEPTH:
            self.refuse("too-deep", start, f"values are nested more than {MAX_DEPTH} levels deep")

    def close(self, end: int) -> None:
        done = self.open.pop()
        done.node.end = end
        if done.anchor is not None:
            self.anchors[done.anchor] = done.node, self.count - done.before + 1, done.height + 1
        self.place(done.node, 1, done.height + 1)

    def alias(self, name: str, start: int, end: int) -> None:
        meant = self.anchors.get(name)
        if meant is None:
            what = "holds itself" if name in self.anchors else "means nothing"
            hint = f"put text that begins with `*` in quotes, or write `&{name}` before the value that is meant"
            self.error("bad-alias", start, end, f"the alias `*{name}` {what}", hint)
            meant = Node(self.page, start, end, None), 1, 0
        if len(self.open) + meant[2] > MAX_DEPTH:
            self.refuse("too-deep", start, f"values are nested more than {MAX_DEPTH} levels deep")
        self.place(*meant, alias=(start, end))

    def place(self, node: Node, size: int, height: int, alias: tuple[int, int] | None = None) -> None:
        """Put a finished value where it belongs: in its list, under its key, at the top, or down as the next key."""
        self.count += size
        if self.count > MAX_VALUES:
            start = alias[0] if alias else node.start
            self.refuse("too-many-values", start, f"the file unfolds to more than {MAX_VALUES} values")
        if not self.open:
            self.root = node
            return
        around = self.open[-1]
        around.height = max(around.height, height)
        if around.node.items is not None:
            around.node.items.append(node)
            around.node.value.append(node.value)
        elif around.awaits_key():
            self.take_key(around, node, *(alias or (node.start, node.end)))
        elif around.key is not None and around.node.entries is not None:
            around.node.entries[around.key[0]] = (around.key[1], around.key[2], node)
            around.node.value[around.key[0]] = node.value
            around.key = None
        else:
            around.skip = False

    def take_key(self, around: _Open, node: Node, start: int, end: int) -> None:
        """The next key: a number too is a name here, and the second of a name is left out."""
        known = around.node.entries or {}
        if not isinstance(node.value, str) or not node.value:
            hint = "write a name before the `:`, and put text that holds braces or brackets in quotes"
            self.error("bad-key", start, end, "a key is not a name", hint)
        elif node.value in known:
            line = self.page.location(*known[node.value][:2]).line
            message, hint = f"`{node.value}` is written twice", f"keep one of the two; the first is in line {line}"
            self.error("duplicate-key", start, end, message, hint)
        else:
            around.key = node.value, start, end
            return
        around.skip = True

    def after_properties(self, event: Any, start: int, end: int) -> int:
        """Where a value begins behind its anchor and tag; a tag is a finding."""
        if event.tag is not None:
            hint = (
                "take the tag away; text that looks like a number goes in quotes, and so does text that begins with `!`"
            )
            self.findings.append(
                self.page.error("yaml-tag", start, end, "a YAML tag means nothing in a storyboard", hint)
            )
        found = PROPERTIES.match(self.page.text, start, end)
        return found.end() if found else start

    def check_unquoted(self, value: str, start: int, end: int) -> str:
        """The text that its author meant, with a finding if YAML wants it in quotes."""
        shown, raw = value.translate(UNMASK), self.page.text[start:end]
        char = next((LOUD[mask] for mask in (value[0], COLON) if mask in LOUD and mask in value), None)
        if char == "@" and self.wants_id():
            message, hint, instead, shown = f"`{shown}` begins with `@`", "write an id without `@`", raw[1:], shown[1:]
            self.error("unquoted-mention", start, end, message, hint, instead)
        elif char is not None:
            name = "unquoted-mention" if char == "@" else "unquoted-text"
            what = {":": "holds a colon", "`": "begins with a backtick"}.get(char, f"begins with `{char}`")
            self.error(name, start, end, f"text that {what} is not in quotes", "put it in quotes", quote_text(raw))
        return shown

    def wants_id(self) -> bool:
        """Whether a key comes next, or a value under a key that takes ids."""
        if not self.open or self.open[-1].awaits_key():
            return bool(self.open)
        keys = [around.key[0] for around in self.open[-2:] if around.key]
        return bool(keys) and keys[-1] in ID_KEYS

    def error(self, name: str, start: int, end: int, message: str, hint: str, instead: str | None = None) -> None:
        found = self.page.error(name, start, end, message, hint, instead)
        self.findings.append(replace(found, path=tuple(self.path())))
        if len(self.findings) == MANY:
            self.findings.append(too_many(self.page, end))
            raise _Refused

    def path(self) -> Iterator[str | int]:
        """The way to what comes next; a key that comes next is not on it."""
        for around in self.open:
            if around.node.items is not None:
                yield len(around.node.items)
            elif around.key is not None:
                yield around.key[0]

    def refuse(self, name: str, at: int, message: str) -> None:
        self.findings.append(
            self.page.error(name, at, at + 1, message, "write less, or split the film into several files")
        )
        raise _Refused
