"""Where a line of text may be broken, in whatever script."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from itertools import pairwise

# By the Japanese rules of line breaking (kinsoku) none of these begins a line; no category of Unicode holds them.
_NOT_FIRST = frozenset("ーｰ々〻ゝゞヽヾぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ～〜")


def atoms(text: str) -> Iterator[str]:
    """Parts between which a line may break, spaces at their ends."""
    start = 0
    for at, (before, after) in enumerate(pairwise(text), 1):
        if _may_break(before, after):
            yield text[start:at]
            start = at
    if text[start:]:
        yield text[start:]


def _may_break(before: str, after: str) -> bool:
    kind_before, kind_after = unicodedata.category(before), unicodedata.category(after)
    if after.isspace() or kind_after.startswith("M"):
        return False
    if before.isspace():
        return True
    if before == "-" and kind_after.startswith("L"):
        return True
    if not (_breaks_anywhere(before) or _breaks_anywhere(after)):
        return False
    if after in _NOT_FIRST or kind_after in ("Pe", "Pf", "Po") or kind_before in ("Ps", "Pi"):
        return False
    return not (before == after and kind_after == "Pd")


def _breaks_anywhere(letter: str) -> bool:
    """Scripts without spaces: Chinese, Japanese, and Thai to Khmer, where breaking between words needs a dictionary."""
    return (
        # Hangul is as wide as Chinese, but Korean has spaces between its words.
        (is_wide(letter) and not "가" <= letter <= "힣")
        or "\u0e00" <= letter <= "\u0eff"
        or "\u1000" <= letter <= "\u109f"
        or "\u1780" <= letter <= "\u17ff"
    )


def is_wide(letter: str) -> bool:
    """Whether a letter takes the place of two Latin ones."""
    return unicodedata.east_asian_width(letter) in ("W", "F")
