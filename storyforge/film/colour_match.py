"""The colours of a chain of clips, kept as its first clip has them: what each clip changed is measured and taken back.

A clip that goes on from a last frame should begin with that very picture. Where its first frame has other colours, the
whole clip has them, and a fixed change to each of Y', Cb and Cr brings mean and deviation back to the handoff frame's.
"""

from __future__ import annotations

import base64
from array import array
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

from storyforge.model.clip import Clip, LastFrame
from storyforge.model.dependencies import collect_dependencies

if TYPE_CHECKING:
    from storyforge.film.qc.measure import Measures

GAIN = 1.25
"""By how much a deviation is raised at the most, and lowered by as much: beyond it lies another picture, no drift."""

SHIFT = 24.0
"""Levels by which a mean is moved at the most: a tenth of the range."""

FLAT = 2.0
"""Levels of deviation below which a channel has too little contrast to be matched."""

RED, GREEN, BLUE = 0.2126, 0.7152, 0.0722
"""Shares of light, by BT.709."""

Channel = tuple[float, float]
"""A gain and a shift: a level is multiplied by the one, and the other is added."""


@dataclass(frozen=True, slots=True)
class Grade:
    """What is done to the levels of each channel, in BT.709 of 8 bits with 16 for black."""

    light: Channel = (1.0, 0.0)
    blue: Channel = (1.0, 0.0)
    red: Channel = (1.0, 0.0)

    @property
    def channels(self) -> tuple[Channel, Channel, Channel]:
        """Light, blue and red: the order of the planes in a frame."""
        return self.light, self.blue, self.red


NONE = Grade()


class Grader:
    """Grades the clips of a film, each by the one that it continues; `look` gives what was measured in a clip's take,
    or None where there is nothing to go by."""

    def __init__(self, clips: Iterable[Clip], look: Callable[[str], Measures | None]) -> None:
        self.before = {clip.id: clip.first_frame.clip for clip in clips if isinstance(clip.first_frame, LastFrame)}
        self.look = look
        self._known: dict[str, Grade] = {}

    def chain(self, clip: str) -> list[str]:
        """A clip and those that it continues, the first of them last."""
        return collect_dependencies([clip], {name: (before,) for name, before in self.before.items()})

    def grade(self, clip: str) -> Grade:
        """How a clip is brought to the colours of the first of its chain."""
        names = self.chain(clip)
        # From the first of the chain on: each is graded to the one before as that looks when it is graded itself.
        for name in reversed(names):
            if name not in self._known:
                self._known[name] = NONE if name == names[-1] else self._matched(name)
        return self._known[clip]

    def _matched(self, clip: str) -> Grade:
        before = self.before[clip]
        ends, begins = self.look(before), self.look(clip)
        if ends is None or begins is None:
            return NONE
        return match_colours(begins.first, apply_grade(ends.last, self._known[before]))


def match_colours(first: str, handed: str) -> Grade:
    """What brings a first frame to the picture that it was to begin with, both in small; nothing where that would not
    bring it nearer."""
    from storyforge.film.qc.measure import picture_distance

    channels = [_channel(one, other) for one, other in zip(_levels(first), _levels(handed), strict=True)]
    grade = Grade(*channels)
    # A take that opens on another picture has other means as well, and no grade would bring that back.
    return grade if picture_distance(apply_grade(first, grade), handed) < picture_distance(first, handed) else NONE


def _channel(first: Sequence[float], handed: Sequence[float]) -> Channel:
    (mean, deviation), (due, wide) = _spread(first), _spread(handed)
    gain = min(max(wide / deviation, 1 / GAIN), GAIN) if min(deviation, wide) >= FLAT else 1.0
    due = min(max(due, mean - SHIFT), mean + SHIFT)
    return round(gain, 3), round(due - gain * mean, 2)


def _spread(levels: Sequence[float]) -> tuple[float, float]:
    """Mean and deviation."""
    mean = sum(levels) / len(levels)
    return mean, sqrt(sum((level - mean) ** 2 for level in levels) / len(levels))


def apply_grade(small: str, grade: Grade) -> str:
    """A picture in small, as `Measures` keep one, in other colours."""
    if grade == NONE:
        return small
    rows = [
        [level * gain + shift for level in levels]
        for levels, (gain, shift) in zip(_levels(small), grade.channels, strict=True)
    ]
    pixels = array("B")
    for light, blue, red in zip(*rows, strict=True):
        grey = (light - 16) / 219
        r, b = grey + (red - 128) / 224 * 2 * (1 - RED), grey + (blue - 128) / 224 * 2 * (1 - BLUE)
        g = (grey - RED * r - BLUE * b) / GREEN
        pixels.extend(min(max(int(255 * part + 0.5), 0), 255) for part in (r, g, b))
    return base64.b64encode(pixels.tobytes()).decode()


def _levels(small: str) -> tuple[list[float], list[float], list[float]]:
    """Y', Cb and Cr of a picture in small."""
    pixels = base64.b64decode(small)
    rgb = [[value / 255 for value in pixels[part::3]] for part in range(3)]
    greys = [RED * r + GREEN * g + BLUE * b for r, g, b in zip(*rgb, strict=True)]
    blue = [128 + 224 * (b - grey) / (2 * (1 - BLUE)) for b, grey in zip(rgb[2], greys, strict=True)]
    red = [128 + 224 * (r - grey) / (2 * (1 - RED)) for r, grey in zip(rgb[0], greys, strict=True)]
    return [16 + 219 * grey for grey in greys], blue, red
