"""Texts and amounts as they may be printed: control characters of a text from outside as escapes."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from pathlib import Path


def displayed_folder(file: Path) -> str:
    """The storyboard's folder as the user named it, to print file names a reader can click on."""
    return "" if file.parent == Path() else file.parent.as_posix()


def format_usd(usd: float | None) -> str:
    """US dollars as a person reads them; None is an unknown price."""
    return "price unknown" if usd is None else "free" if usd == 0 else f"${usd:,.2f}"


# Azure Pipelines obeys `##vso[task.complete]` wherever it is printed, so also in a title or in a host's words.
ORDERS = re.compile(r"##(?=\w*\[)")
"""How build servers mark an order in the middle of a line."""


def escape_text(text: str) -> str:
    """The text on one line, with whatever is not to be seen as an escape."""
    return "".join(escape_character(char) for char in ORDERS.sub("#\\\\x23", text))


@lru_cache(maxsize=4096)
def escape_character(char: str) -> str:
    """A control, format or line-separator character as an escape; any other character as it is."""
    if char.isascii() and char.isprintable():
        return char
    # Two format characters stay: Persian, Indic scripts and emoji are joined and parted by U+200C and U+200D.
    if unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Zl", "Zp") or char in "\u200c\u200d":
        return char
    code = ord(char)
    if char in "\t\n\r":
        return repr(char)[1:-1]
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
