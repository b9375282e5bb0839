"""Texts and amounts as they may be printed: what a text from outside would do to a screen is shown as an escape."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any


def displayed_folder(file: Path) -> str:
    """The storyboard's folder as the user named it, to print file names a reader can click on."""
    return "" if file.parent == Path() else file.parent.as_posix()


def format_usd(usd: float | None) -> str:
    """US dollars as a person reads them; None is an unknown price."""
    return "price unknown" if usd is None else "free" if usd == 0 else f"${usd:,.2f}"


# Azure Pipelines obeys `##vso[task.complete]` wherever it is printed, so also in a title or in a host's words.
ORDERS = re.compile(r"##(?=\w*\[)")
"""How build servers mark an order in the middle of a line."""

MARKS = 8
"""Marks on one letter that are shown; Tibetan and Burmese have up to six."""

STACKED = 3
"""Marks that are piled up over or under one letter; more would be drawn over the lines next to theirs."""

JOINERS = ("\u200c", "\u200d")
"""Format characters by which Persian, Indic scripts and emoji part and join letters."""

INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0")
"""Letters and marks that show nothing."""


def escape_text(text: str) -> str:
    """The text on one line, with whatever is not to be seen as an escape."""
    return text if _is_harmless(text) else "".join(escape_parts(text))


def escape_parts(text: str) -> list[str]:
    """What is shown of a text on one line, for each of its characters."""
    return _escape(text, escape_character)


def escape_lines(text: str) -> str:
    """A text whose line ends and tabs are its own, such as a prompt, with whatever else is not to be seen as an
    escape."""
    if _is_harmless(text.replace("\n", "")):
        return text
    return "\n".join(_escape_line(line) for line in text.split("\n"))


def _escape_line(line: str) -> str:
    shown = "\t".join(map(escape_text, line.removesuffix("\r").split("\t")))
    return f"{shown}\r" if line.endswith("\r") else shown


def join_lines(lines: Iterable[str]) -> str:
    """Lines of a report as one text; what is in a line cannot end it."""
    return "\n".join(map(escape_text, lines))


def escape_character(char: str) -> str:
    """A character as an escape."""
    code = ord(char)
    if char in "\t\n\r":
        return repr(char)[1:-1]
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def format_json(document: Any) -> str:
    """A document as JSON with a line end, indented by 2: letters of all scripts as they are, and what would be an order
    to a terminal or a build server as an escape of JSON, which is the same to a program."""
    import json

    text = json.dumps(document, ensure_ascii=False, indent=2)
    if not _is_harmless(text.replace("\n", "")):
        text = "\n".join(
            line if _is_harmless(line) else "".join(_escape(line, as_json_escape)) for line in text.split("\n")
        )
    return text + "\n"


def as_json_escape(char: str) -> str:
    """A character as JSON writes it in ASCII."""
    units = char.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))


def count_columns(text: str) -> int:
    """Columns that a terminal gives to a text that is shown."""
    return len(text) if text.isascii() else sum(map(columns_of, text))


def pad_text(text: str, width: int) -> str:
    """A text on one line, filled up to a width in columns of a terminal."""
    shown = escape_text(text)
    return shown + " " * (width - count_columns(shown))


@lru_cache(maxsize=4096)
def columns_of(char: str) -> int:
    """Columns that a terminal gives a visible character."""
    if (_is_mark(char) and unicodedata.category(char) != "Mc") or unicodedata.category(char) == "Cf":
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def _is_harmless(text: str) -> bool:
    return text.isascii() and text.isprintable() and "##" not in text


def _escape(text: str, escape: Callable[[str], str]) -> list[str]:
    """What is shown for each character: itself, or its escape."""
    # Of an order's `##` the second is no longer one, and nothing is obeyed.
    orders = {found.start() + 1 for found in ORDERS.finditer(text)} if "##" in text else ()
    if not orders and all(kind == "plain" for kind in set(map(_kind, text))):
        return list(text)  # nearly every text, at a fraction of the time
    parts: list[str] = []
    before, marks, stacked = "", 0, 0
    for at, char in enumerate(text):
        kind = _kind(char)
        if kind == "plain":
            marks = stacked = 0
            kept = at not in orders
        elif kind == "mark":
            marks, stacked = marks + 1, stacked + (unicodedata.combining(char) in (1, 220, 230))
            kept = marks <= MARKS and stacked <= STACKED and _is_carrier(before, char)
        else:
            behind = text[at + 1 : at + 2]
            fits = {"joiner": _is_joined, "selector": _is_selected}.get(kind)
            kept = bool(fits and fits(before, behind))
        parts.append(char if kept else escape(char))
        # What is escaped ends in a letter or a digit of ours, on which nothing may be drawn.
        before = char if kept else ""
    return parts


@lru_cache(maxsize=4096)
def _kind(char: str) -> str:
    """What a character is to a line: plain, a mark on what is before it, a joiner, a selector, or hidden."""
    if char.isascii():
        return "plain" if char.isprintable() else "hidden"
    if char in JOINERS:
        return "joiner"
    code = ord(char)
    if 0xFE00 <= code <= 0xFE0F or 0x180B <= code <= 0x180F or 0xE0100 <= code <= 0xE01EF:
        return "selector"
    # The last of these are not assigned yet, and are to show nothing when they are.
    if char in INVISIBLE or 0xFFF0 <= code <= 0xFFF8 or 0xE0000 <= code <= 0xE0FFF or code & 0xFFFE == 0xFFFE:
        return "hidden"
    if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp"):
        return "hidden"
    return "mark" if _is_mark(char) else "plain"


def _is_mark(char: str) -> bool:
    """Whether a character is drawn on the one before it; vowels and ends of Hangul syllables are too."""
    return unicodedata.category(char)[0] == "M" or "\u1160" <= char <= "\u11ff" or "\ud7b0" <= char <= "\ud7ff"


def _is_letter(char: str) -> bool:
    return bool(char) and (unicodedata.category(char)[0] in "LM" or char in JOINERS)


def _is_symbol(char: str) -> bool:
    return bool(char) and not char.isascii() and (unicodedata.category(char)[0] == "S" or char in "‼⁉〰")


def _is_carrier(before: str, mark: str) -> bool:
    """Whether a mark belongs to what is before it. Of a quote or a figure of ours it would make another sign."""
    return _is_letter(before) or _is_symbol(before) or (mark == "\u20e3" and before == "\ufe0f")


def _is_joined(before: str, behind: str) -> bool:
    """Whether a joiner is between letters or emoji, or behind a letter that is cut, as at the end of a word."""
    if not before or before in JOINERS or behind in JOINERS or not (_is_letter(before) or _is_symbol(before)):
        return False
    return _is_letter(behind) or _is_symbol(behind) or unicodedata.combining(before) == 9


def _is_selected(before: str, behind: str) -> bool:
    """Whether a variation selector has a sign whose form it selects: an emoji, a letter, or a figure on a key."""
    if not before or _kind(before) == "selector":
        return False
    figure = before in "0123456789#*" and behind == "\u20e3"
    return figure or _is_symbol(before) or (not before.isascii() and _is_letter(before))
