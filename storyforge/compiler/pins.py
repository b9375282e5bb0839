"""Finds what clips keep of how they were cut when their takes were rendered, where they would be cut otherwise today.

How long lines take to say is an estimate, which a later release may better, and so is the way that a long shot is
parted. Where the lock names a take of the same words, its clip keeps its seconds and its lines, until one of its shots
is edited or the film is packed again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from storyforge.compiler.authored import collect_authored, digest_first, record_line
from storyforge.compiler.links import Links, Pins, share_lines
from storyforge.compiler.pack import Cutter
from storyforge.model.clip import Clip
from storyforge.model.storyboard import Line
from storyforge.system.lock import Block, Lock, part_digest, part_digests

FEW = 200
"""Lines of a shot up to which it is tried where each of its parts ended."""

LINES = "shots.0.dialogue"


def find_pins(cutter: Cutter, lock: Lock) -> Pins:
    """What the shots of a film keep for the sake of takes that its lock names; `cutter` cuts it as it is cut today."""
    finder = _Finder(cutter, lock)
    links = finder.find_links()
    milliseconds: dict[int, int] = {}
    for start, stop, seconds in finder.find_spans():
        if not any(at in milliseconds or at in links for at in range(start, stop)):
            milliseconds |= _share(cutter, start, stop, seconds)
    return Pins(milliseconds, links)


class _Finder:
    def __init__(self, cutter: Cutter, lock: Lock) -> None:
        self.cutter, self.lock = cutter, lock
        self.ids = {beat.shot.id: at for at, beat in enumerate(cutter.beats)}
        self.actions = [part_digest(beat.shot.action) for beat in cutter.beats]
        self.chains: dict[str, dict[int, Block]] = {}
        """Blocks of one shot each, by the clip that they begin with and their number in its chain."""
        for name, block in lock.blocks.items():
            base, _, number = name.partition(".")
            if len(block.actions) == 1 and (not number or number.isdecimal()):
                self.chains.setdefault(base, {})[int(number or 1)] = block

    def find_spans(self) -> Iterator[tuple[int, int, int]]:
        """Shots of a clip whose take the lock names, from one to another, and the seconds that it lasts, where an
        estimate makes it last otherwise today; those that begin under the name of their block first."""
        places: dict[tuple[str, ...], list[int]] = {}
        rows = {block.actions for block in self.lock.blocks.values()}
        for length in {len(row) for row in rows if row}:
            for at in range(len(self.actions) - length + 1):
                row = tuple(self.actions[at : at + length])
                if row in rows:
                    places.setdefault(row, []).append(at)
        others = []
        for name, block in self.lock.blocks.items():
            for at in places.get(block.actions, ()):
                span = at, at + len(block.actions), block.seconds
                if not self._is_kept(span, block):
                    continue
                if self.cutter.beats[at].shot.id == name:
                    yield span
                else:
                    others.append(span)
        yield from others

    def _is_kept(self, span: tuple[int, int, int], block: Block) -> bool:
        start, stop, seconds = span
        beats = self.cutter.beats[start:stop]
        limits = beats[0].provider.limits
        if not limits.min_seconds <= seconds <= limits.max_seconds:
            return False
        if all(beat.shot.seconds is not None for beat in beats) or any(beat.kind != beats[0].kind for beat in beats):
            return False
        clip = self.cutter.join(start, stop)
        return clip.seconds != seconds and self._digest(clip, block, "seconds") == _without(block.parts, "seconds")

    def find_links(self) -> dict[int, Links]:
        """Long shots whose parts the lock names takes of, and that would be parted otherwise today."""
        found = {}
        of_action: dict[str, list[str]] = {}
        for base, chain in self.chains.items():
            if 1 in chain and 2 in chain:
                of_action.setdefault(chain[1].actions[0], []).append(base)
        for at, beat in enumerate(self.cutter.beats):
            bases = of_action.get(self.actions[at], ()) if of_action else ()
            for base in sorted(bases, key=lambda base, own=beat.shot.id: base != own):
                links = self._match_links(at, self.chains[base])
                if links:
                    found[at] = links
                    break
        return found

    def _match_links(self, at: int, chain: Mapping[int, Block]) -> Links | None:
        """The parts that a chain of blocks gives a shot; None where they are those of today, or of other words. Blocks
        that an edit left behind may follow them."""
        length = next(number for number in range(1, len(chain) + 2) if number not in chain) - 1
        today = tuple((clip.seconds, clip.beats[0].lines) for clip in self.cutter.split(at))
        for count in range(length, 1, -1):
            blocks = [chain[number] for number in range(1, count + 1)]
            seconds = [block.seconds for block in blocks]
            if seconds[0] - seconds[-1] > 1 or any(one < other for one, other in pairwise(seconds)):
                continue
            shared = self._share_lines(at, blocks, seconds)
            if shared is None:
                continue
            links = tuple(zip(seconds, shared, strict=True))
            clips = self.cutter.split(at, links)
            if all(self._digest(clip, block) == block.parts for clip, block in zip(clips, blocks, strict=True)):
                return None if links == today else links
        return None

    def _share_lines(self, at: int, blocks: Sequence[Block], seconds: Sequence[int]) -> list[tuple[Line, ...]] | None:
        """The lines of a shot, dealt out to its parts as the blocks say; None where they say something else."""
        lines = self.cutter.beats[at].shot.dialogue
        shared = share_lines(lines, seconds, self.cutter.storyboard.language)
        if len(lines) > FEW or all(
            _record_lines(part, block) == block.parts.get(LINES) for part, block in zip(shared, blocks, strict=True)
        ):
            return shared
        dealt, begin = [], 0
        for block in blocks:
            ends = range(begin, len(lines) + 1)
            end = next((end for end in ends if _record_lines(lines[begin:end], block) == block.parts.get(LINES)), None)
            if end is None:
                return None
            dealt.append(tuple(lines[begin:end]))
            begin = end
        return dealt if begin == len(lines) else None

    def _digest(self, clip: Clip, block: Block, *but: str) -> dict[str, str]:
        written = collect_authored(self.cutter.storyboard, clip, self.cutter.names)
        return _without(digest_first(written, clip) if block.is_first else part_digests(written), *but)


def _record_lines(lines: Sequence[Line], block: Block) -> str | None:
    return part_digest([record_line(line, block.is_first) for line in lines]) if lines else None


def _without(parts: Mapping[str, str], *but: str) -> dict[str, str]:
    return {path: digest for path, digest in parts.items() if path not in but}


def _share(cutter: Cutter, start: int, stop: int, seconds: int) -> dict[int, int]:
    """Milliseconds of the shots of a clip that lasts so many seconds: those that the author gave, and of the others as
    much as they had of the rest. Nothing where there is no rest."""
    beats = cutter.beats[start:stop]
    rest = seconds * 1000 - sum(beat.milliseconds for beat in beats if beat.shot.seconds is not None)
    loose = [at for at in range(start, stop) if cutter.beats[at].shot.seconds is None]
    estimated = sum(cutter.beats[at].milliseconds for at in loose)
    if rest < len(loose) or not estimated:
        return {}
    shared = {at: max(rest * cutter.beats[at].milliseconds // estimated, 1) for at in loose}
    shared[loose[-1]] += rest - sum(shared.values())
    return shared if shared[loose[-1]] > 0 else {}
