"""A line of dialogue in quotation marks, and the quotes inside it."""

from __future__ import annotations

import re
from functools import lru_cache

from storyforge.compiler.grammar import HAN, end_sentence
from storyforge.compiler.language_names import read_language

_TRADITIONAL = re.compile(r"[-_](?:hant|tw|hk|mo)(?:[-_]|$)", re.IGNORECASE)
_SIMPLIFIED = re.compile(r"[-_]hans(?:[-_]|$)", re.IGNORECASE)
_HAN = re.compile(f"[{HAN}]")
_BEFORE_OPENING = " :：(（[—–‘“「"
_EAST = ("zh", "yue", "ja")


@lru_cache(maxsize=4096)
def quote_line(text: str, language: str) -> str:
    """A line with its full stop in quotation marks: “…”, or 「…」 for Chinese in the script of Taiwan and Hong Kong.

    Marks of the same kind inside become those of the next: ‘…’, 『…』. So a model reads where the line ends."""
    known = read_language(language)
    said = end_sentence(" ".join(text.split()), "。" if known in _EAST else ".")
    corners = _HAN.search(said) is not None and (
        (known == "yue" and not _SIMPLIFIED.search(language)) or (known == "zh" and bool(_TRADITIONAL.search(language)))
    )
    if corners:
        return f"「{_turn_straight(said, '『', '』').translate(_CORNERS)}」"
    return f"“{_turn_straight(said, '‘', '’').translate(_SINGLE)}”"


def _turn_straight(text: str, opening: str, closing: str) -> str:
    """A text with its straight quotation marks turned to where they open and close."""
    pieces = text.split('"')
    said = pieces[0]
    is_open = False
    for piece in pieces[1:]:
        # Where a space or nothing is before it, a mark opens; where no spaces are written, every other one does.
        before = said[-1:]
        is_open = not before or before in _BEFORE_OPENING or (not before.isascii() and not is_open)
        said += (opening if is_open else closing) + piece
    return said


_CORNERS = str.maketrans("「」“”", "『』『』")
_SINGLE = str.maketrans("“”„", "‘’‚")
