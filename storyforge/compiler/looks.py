"""Who is dressed in which way: two looks of one character share a clip only where one of its shots shows both."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

from storyforge.language.mentions import Face


class Other(NamedTuple):
    """A character in two looks that no shot shows together."""

    who: str
    earlier: int
    """The last shot before the later of them that shows the other look."""


class Looks:
    """The looks of some shots, by who is seen in each. A voice that is not seen is no look."""

    def __init__(self, shots: Sequence[Sequence[Face]]) -> None:
        worn: dict[str, set[str | None]] = {}
        for faces in shots:
            for who, look in faces:
                worn.setdefault(who, set()).add(look)
        several = {who for who, looks in worn.items() if len(looks) > 1}
        self._shots = [[face for face in faces if face[0] in several] for faces in shots] if several else []
        self._found: dict[tuple[int, int], Other | None] = {}

    def find_other(self, begin: int, end: int) -> Other | None:
        """Who must not be seen in one clip of the shots from one number up to another; None where nobody is dressed in
        two ways there, or a shot shows both."""
        if not self._shots or end - begin < 2:
            return None
        if (begin, end) not in self._found:
            self._found[begin, end] = self._find(begin, end)
        return self._found[begin, end]

    def _find(self, begin: int, end: int) -> Other | None:
        places: dict[Face, int] = {}
        together: set[frozenset[Face]] = set()
        for at in range(begin, end):
            faces = self._shots[at]
            together |= {frozenset(pair) for pair in combinations(faces, 2)}
            places |= dict.fromkeys(faces, at)
        for one, other in combinations(places, 2):
            if one[0] == other[0] and frozenset((one, other)) not in together:
                return Other(one[0], min(places[one], places[other]))
        return None
