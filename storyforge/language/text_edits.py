"""Changes a storyboard's text where it must and nowhere else: splices, and one value set."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterable

from storyforge.language.source_map import Source
from storyforge.language.text_file import LINE_END, Page
from storyforge.language.yaml_spans import Entry, Piece, read_outline
from storyforge.language.yaml_tree import resolve_scalar
from storyforge.model.diagnostics import Fix, Path
from storyforge.model.storyboard import noun_at

PLAIN = re.compile(r"(?:[0-9]+(?=[^\W\d_]))?[^\W\d_](?:[\w -]*[\w-])?")
"""Text that needs no quotes anywhere, unless it is a word that YAML takes for something else."""

HEADER_COMMENT = re.compile(r"[|>][-+0-9]*([ \t]+#[^\r\n]*)")


def splice_fixes(text: str, fixes: Iterable[Fix]) -> str:
    """The text with the fixes made; of two that overlap, the first is."""
    pieces: list[str] = []
    done = 0
    for fix in sorted(fixes, key=lambda fix: (fix.start, fix.end, fix.text)):
        if done <= fix.start <= fix.end <= len(text):
            pieces += [text[done : fix.start], fix.text]
            done = fix.end
    return "".join([*pieces, text[done:]])


def format_scalar(value: str | int | float | bool, like: str = "") -> str:
    """A value as YAML, in the quotes of the text `like` if it has any, else without quotes where it can be."""
    if not isinstance(value, str):
        return json.dumps(value)
    if PLAIN.fullmatch(value) and resolve_scalar(value) == value:
        return f"{like[0]}{value}{like[0]}" if like[:1] in ("'", '"') else value
    # Every JSON string is the same text in YAML's double quotes.
    return json.dumps(value, ensure_ascii=False)


def set_value(source: Source, path: Path, value: str | int | float | bool) -> Fix:
    """The change of one file that sets a field of a noun, whether it is written already or not.

    A new field takes its place among the others in the order of the language. An alias of the value changes with it.
    ValueError where there is no noun, or for a field that it does not have.
    """
    *around, field = path
    noun = noun_at(tuple(around))
    if noun is None:
        raise ValueError(f"there is no noun at {around}")
    page = source.pages[source.extent(tuple(around)).file]
    entry, piece = _at(page, tuple(around))
    found = piece.find(field)
    if found is not None:
        written = page.text[found.value.content : found.value.end]
        return _replaced(page, found, format_scalar(value, written))
    text = f"{field}: {format_scalar(value)}"
    if piece.kind != "mapping":
        assert entry is not None
        return _replaced(page, entry, f"{{{text}}}")
    order = list(noun.model_fields)
    earlier = order[: order.index(str(field))]
    before = [one for one in piece.entries if one.key in earlier]
    return _beside(page, entry, piece, before[-1] if before else None, text)


def _at(page: Page, path: Path) -> tuple[Entry | None, Piece]:
    """What is written at a path, or what the alias there means, and the entry that holds it."""
    piece = read_outline(page)
    entry: Entry | None = None
    for part in path:
        entry = piece.find(part) if piece else None
        piece = (entry.value.meant or entry.value) if entry else None
    if piece is None:
        raise ValueError(f"nothing is written at {path}")
    return entry, piece


def _replaced(page: Page, entry: Entry, text: str) -> Fix:
    """The change of an entry's value; an anchor before it stays, and so does a comment behind its `|` or `>`."""
    value = entry.value
    if value.content < value.end:
        comment = HEADER_COMMENT.match(page.text, value.content)
        return Fix(page.file, value.content, value.end, text + (comment[1] if comment else ""))
    colon = "" if ":" in page.text[entry.head : value.end] or entry.key is None else ":"
    return Fix(page.file, value.end, value.end, f"{colon} {text}")


def _beside(page: Page, entry: Entry | None, piece: Piece, before: Entry | None, text: str) -> Fix:
    """The change that puts a new entry into a mapping, behind another or before all."""
    if not piece.block:
        if before is not None:
            at = before.value.end
            text = f" , {text}" if page.text[at - 1] == ":" else f", {text}"  # a colon is none without a space
        else:
            at, text = piece.content + 1, f"{text}, " if piece.entries else text
        return Fix(page.file, at, at, text)
    first = piece.entries[0]
    newline = detect_newline(page.text)
    indent = " " * column(page, first.start)
    if before is not None and not _unfinished(page, before):
        ending = LINE_END.search(page.text, before.value.end)
        at = ending.start() if ending else len(page.text)
        return Fix(page.file, at, at, f"{newline}{indent}{text}")
    if before is not None or entry is None or line_number(page, entry.head) == line_number(page, first.start):
        at = (before or first).start
        return Fix(page.file, at, at, f"{text}{newline}{indent}")
    at = page.starts[line_number(page, piece.start if piece.start < piece.content else entry.head) + 1]
    return Fix(page.file, at, at, f"{indent}{text}{newline}")


def _unfinished(page: Page, entry: Entry) -> bool:
    """Whether an entry ends in text by indentation and with the file, so that a line behind it would be a change."""
    return entry.value.last.style in ("|", ">") and entry.value.end == len(page.text)


def line_number(page: Page, at: int) -> int:
    """The number of a line, counted from 0."""
    return max(bisect_right(page.starts, at) - 1, 0)


def column(page: Page, at: int) -> int:
    """How many characters stand before a place in its line."""
    return at - page.starts[line_number(page, at)]


def detect_newline(text: str) -> str:
    """How lines end in a text: as the first one does."""
    found = LINE_END.search(text)
    return found[0] if found else "\n"
