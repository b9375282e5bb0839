"""Finds the known name that a misspelt one most likely means."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known name at the smallest edit distance from `word`, whatever its case; None if all are too far off."""
    meant = _plain(word)
    best: str | None = None
    # Among short names nearly all are near: what is one letter away there is most likely another name.
    limit = 0 if len(meant) < 2 else 1 if len(meant) < 4 else 2
    for name in known:
        away = _distance(meant, _plain(name), limit)
        if away <= limit:
            if away == 0:
                return name
            # From here on only a nearer one counts: of equally near names the first stays.
            best, limit = name, away - 1
    return best


def _plain(word: str) -> str:
    return unicodedata.normalize("NFC", word).casefold()


def _distance(a: str, b: str, limit: int) -> int:
    """Letters added, left out, changed or swapped with their neighbour; any number above `limit` means too many."""
    if a == b:
        return 0
    # An edit changes the length by one at most and the set of letters by two, which rules out most names at once.
    if abs(len(a) - len(b)) > limit or len(set(a) ^ set(b)) > 2 * limit:
        return limit + 1
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, letter in enumerate(a):
        older, before, row = before, row, [i + 1]
        for j, other in enumerate(b):
            row.append(min(before[j + 1] + 1, row[j] + 1, before[j] + (letter != other)))
            if i and j and letter == b[j - 1] and a[i - 1] == other:
                row[-1] = min(row[-1], older[j - 1] + 1)
        if min(row) > limit:
            return limit + 1
    return row[-1]
