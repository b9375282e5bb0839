"""How two pieces meet, counted in frames."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil

from storyforge.model.clip import Clip, LastFrame
from storyforge.model.storyboard import OVERLAPS, Format, Transition

SEAM = "seam"
"""A join at which a clip goes on from the last frame of the one before, and its own first frame is left out."""


@dataclass(frozen=True, slots=True)
class FrameTransition:
    """How a piece follows the one before."""

    kind: str = "cut"
    """As a transition has it, or `SEAM`."""
    frames: int = 0
    """Frames at the end of the one before, and as many at the start of this one, that the join changes."""

    @property
    def overlap(self) -> int:
        """Frames by which the film gets shorter; a fade goes through black and shortens nothing."""
        return self.frames if self.kind in (*OVERLAPS, SEAM) else 0


def frame_transition(transition: Transition, fps: int) -> FrameTransition:
    """A transition in whole frames; one that is shorter than a frame is a cut."""
    # A fade is half out and half in, one on either side of the cut.
    share = 0.5 if transition.kind == "fade" else 1.0
    # Not `round`, which takes a half down or up, whichever is even.
    frames = int(transition.seconds * share * fps + 0.5)
    return FrameTransition(transition.kind, frames) if frames else FrameTransition()


def opening_transition(first: FrameTransition) -> FrameTransition:
    """The join of the first piece: it can only come from black, since nothing is there to overlap with."""
    return first if first.kind == "fade" else FrameTransition()


def make_transitions(clips: Sequence[Clip], form: Format) -> list[FrameTransition]:
    """How each clip of a film follows the one before. Under `seam: drop`, a clip that is cut to and opens on the last
    frame of the one before overlaps it by that frame."""
    joins = [frame_transition(clip.transition, form.fps) for clip in clips]
    for number, (before, clip) in enumerate(pairwise(clips), 1):
        goes_on = isinstance(clip.first_frame, LastFrame) and clip.first_frame.clip == before.id
        if form.seam == "drop" and joins[number].kind == "cut" and goes_on:
            joins[number] = FrameTransition(SEAM, 1)
    return [opening_transition(joins[0]), *joins[1:]] if joins else []


def measure_margins(joins: Sequence[FrameTransition]) -> list[tuple[int, int]]:
    """For each piece, the frames at its head and at its tail that joins change."""
    heads = [(opening_transition(one) if index == 0 else one).frames for index, one in enumerate(joins)]
    return list(zip(heads, [*heads[1:], 0], strict=False))


def timecode(frame: int, fps: int) -> str:
    """HH:MM:SS:FF, counting every frame."""
    seconds, rest = divmod(frame, fps)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}:{rest:02}"


HALF = 0.5
"""Seconds before the end of a take among whose frames the sharpest is looked for."""


def find_anchored(clips: Iterable[Clip]) -> set[str]:
    """The clips that end on their sharpest frame, since another goes on from that."""
    opened = (clip.first_frame for clip in clips)
    return {frame.clip for frame in opened if isinstance(frame, LastFrame) and frame.sharpest}


def max_anchor_loss(fps: int) -> int:
    """Frames that a clip may lose by ending on its sharpest frame."""
    return ceil(HALF * fps)
