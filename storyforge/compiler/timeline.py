"""A film in frames: when each of its clips plays and how long, and how it follows the one before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from storyforge.compiler.jobs import Planned
from storyforge.compiler.transitions import FrameTransition, make_transitions, measure_margins
from storyforge.model.clip import beat_ends
from storyforge.model.storyboard import Format


@dataclass(frozen=True, slots=True)
class Placed:
    """A clip in its place."""

    one: Planned
    begins: int
    """The frame of the film on which it begins."""
    frames: int
    """That are played of it."""
    join: FrameTransition
    margin: tuple[int, int]
    """Frames at its head and at its tail that joins change."""

    @property
    def end(self) -> int:
        """The frame of the film behind its last."""
        return self.begins + self.frames


@dataclass(frozen=True, slots=True)
class Timeline:
    """The clips of a film in their order."""

    clips: tuple[Placed, ...]
    fps: int

    @property
    def joins(self) -> list[FrameTransition]:
        """How each clip follows the one before it, in the order of the film."""
        return [placed.join for placed in self.clips]

    @property
    def frames(self) -> int:
        """Length of the film: its clips' less the overlaps."""
        return self.clips[-1].end if self.clips else 0

    @property
    def seconds(self) -> float:
        """Length of the film, to a millisecond."""
        return round(self.frames / self.fps, 3)

    def shots(self) -> Iterator[tuple[Planned, int, int, int]]:
        """Each shot as the film plays it: its clip, its number there, its first frame and the one behind its last.

        Where two clips overlap, it is the later one that counts.
        """
        for placed, after in zip(self.clips, [*self.clips[1:], None], strict=False):
            stop = after.begins if after else placed.end
            ends = [min(placed.begins + end, stop) for end in beat_ends(placed.one.clip, self.fps)]
            for number, (start, end) in enumerate(zip([placed.begins, *ends], ends, strict=False)):
                # A shot may lie under the overlap as a whole, and is not seen then.
                if start < end:
                    yield placed.one, number, start, end


def make_timeline(planned: Sequence[Planned], form: Format, lengths: Mapping[str, int] | None = None) -> Timeline:
    """The clips of a film as the storyboard has them; `lengths` are those in frames of clips that play otherwise."""
    joins, begins, placed = make_transitions([one.clip for one in planned], form), 0, []
    for one, join, margin in zip(planned, joins, measure_margins(joins), strict=True):
        begins -= join.overlap
        frames = (lengths or {}).get(one.clip.id, one.clip.seconds * form.fps)
        placed.append(Placed(one, begins, frames, join, margin))
        begins += frames
    return Timeline(tuple(placed), form.fps)
