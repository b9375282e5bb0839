"""Which clips are paid for: those whose take the lock names, found without writing the prompt of every possible clip.

Whether the lock names a clip's take is known from its fingerprint, and so from its prompt, which is dear. So only clips
are looked at that may be those of a block: they begin with the shot that it is named for, or they are shots with the
same actions. Ids and the way that a text is written change no fingerprint, and both may change at once; a block that
has neither its shot nor its actions left in the film is tried on every clip of as many shots. What was rendered before
an edit is known by its name alone.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Sequence

from storyforge.model.clip import Clip
from storyforge.model.storyboard import Shot
from storyforge.system.lock import Block, Lock, make_former, part_digest

Row = tuple[str, ...]
"""Digests of the actions of consecutive shots."""

Key = Row | tuple[str, int] | int
"""What a block and a clip may have in common: the actions of the shots; the id of the first with the number of shots,
0 for any; that number alone."""

Sign = tuple[str, int, int | None]
"""What a clip of the same slate has too, known without its prompt: provider, seconds and seed."""


class LockedTakes:
    """The takes that a lock names for clips of some shots.

    `played_of` gives the fingerprint of the slate whose take a clip plays by the lock, None where that names none; by
    that of the slate played by the clip that it continues.
    """

    def __init__(self, lock: Lock, shots: Sequence[Shot], played_of: Callable[[Clip, str | None], str | None]) -> None:
        self.lock, self.played_of = lock, played_of
        self.digests = {shot.id: part_digest(shot.action) for shot in shots}
        self.signs: dict[Key, set[Sign | None]] = {}
        told = {clip: block.actions for clip, block in lock.blocks.items()}
        here = _rows(tuple(self.digests.values()), {len(actions) for actions in told.values()})
        for clip, block in lock.blocks.items():
            # A take that was accepted or chosen among several may be of another seed, or for a clip of another length.
            sign = None if block.accepted or block.rendered else (block.provider, block.seconds, block.seed)
            for key in self._keys_of(clip, block, told[clip], here):
                self.signs.setdefault(key, set()).add(sign)
        self.former = {clip: block.former for clip, block in lock.blocks.items() if block.former}
        # `may` is asked by the first shot, and `shot.2` is a link of `shot`.
        self.remembered = {clip.partition(".")[0] for clip in self.former}

    def _keys_of(self, clip: str, block: Block, actions: Row, here: Container[Row]) -> Iterator[Key]:
        number = 0 if block.accepted else len(actions)
        shot = clip.partition(".")[0]
        if shot in self.digests:
            yield shot, number
        if actions and actions in here:
            yield actions
        elif shot not in self.digests:
            yield number

    def _keys(self, shots: Sequence[Shot]) -> tuple[Key, ...]:
        number = len(shots)
        actions = tuple(self.digests[shot.id] for shot in shots)
        return (shots[0].id, number), (shots[0].id, 0), actions, number, 0

    def may(self, shots: Sequence[Shot]) -> bool:
        """Whether a block may be that of one clip with these shots."""
        return shots[0].id in self.remembered or any(key in self.signs for key in self._keys(shots))

    def find_slate(self, clip: Clip, before: str | None) -> str | None:
        """Fingerprint of the slate whose take a clip plays; None where the lock names no take for it, and remembers
        none."""
        signs = {sign for key in self._keys(clip.shots) for sign in self.signs.get(key, ())}
        named = None in signs or (clip.provider, clip.seconds, clip.seed) in signs
        former = self.former.get(clip.id, "")
        if not named and not former.startswith(make_former(clip.seconds, "")):
            return None
        return self.played_of(clip, before)


def _rows(film: Row, lengths: Iterable[int]) -> set[Row]:
    """All rows of these lengths in a film."""
    return {film[begin : begin + length] for length in lengths for begin in range(len(film) - length + 1)}
