"""Finds the known name that a misspelt one most likely means."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import lru_cache


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known name at the smallest edit distance from `word`, whatever its case; None if all are too far off."""
    meant, letters = _plain(word)
    best: str | None = None
    # Among short names nearly all are near: what is one letter away there is most likely another name.
    limit = 0 if len(meant) < 2 else 1 if len(meant) < 4 else 2
    for name in known:
        plain, others = _plain(name)
        # An edit changes the length by one at most and the set of letters by two, which rules out most names at once.
        if abs(len(meant) - len(plain)) > limit or len(letters ^ others) > 2 * limit:
            continue
        away = _distance(meant, plain, limit)
        if away <= limit:
            if away == 0:
                return name
            # From here on only a nearer one counts: of equally near names the first stays.
            best, limit = name, away - 1
    return best


@lru_cache(maxsize=4096)
def _plain(word: str) -> tuple[str, frozenset[str]]:
    """A word as it is compared, whatever its case, and its letters."""
    plain = unicodedata.normalize("NFC", word).casefold()
    return plain, frozenset(plain)


def _distance(a: str, b: str, limit: int) -> int:
    """Letters added, left out, changed or swapped with their neighbour; any number above `limit` means too many."""
    if a == b:
        return 0
    far = limit + 1
    # What both begin and end with changes no distance, and a name may be as long as a file.
    same = _count_same(a, b)
    a, b = a[same:], b[same:]
    same = _count_same(a[::-1], b[::-1])
    a, b = a[: len(a) - same], b[: len(b) - same]
    # Of each row only what is at most `limit` off the diagonal: what is further off takes more edits than that.
    before: dict[int, int] = {}
    row = {j: j for j in range(limit + 1)}
    for i, letter in enumerate(a):
        older, before, row = before, row, {0: i + 1} if i < limit else {}
        for j in range(max(i - limit, 0), min(i + limit + 1, len(b))):
            other = b[j]
            least = min(before.get(j + 1, far) + 1, row.get(j, far) + 1, before.get(j, far) + (letter != other))
            if i and j and letter == b[j - 1] and a[i - 1] == other:
                least = min(least, older.get(j - 1, far) + 1)
            row[j + 1] = least
        if min(row.values(), default=far) > limit:
            return far
    return row.get(len(b), far)


def _count_same(a: str, b: str) -> int:
    """How many letters two words begin with together."""
    return next((at for at, (one, other) in enumerate(zip(a, b, strict=False)) if one != other), min(len(a), len(b)))
