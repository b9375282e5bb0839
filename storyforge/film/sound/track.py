"""Sounds one after another as one line of samples, exact to the sample, with no step where two of them meet."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from operator import add
from pathlib import Path
from typing import BinaryIO

from storyforge.film.conform import RATE, PlacedPiece
from storyforge.model.errors import MediaError

RAMP = RATE * 5 // 1000
"""Samples of the crossfade at a cut, and of coming in and going out at the ends of the film: 5 ms."""

BLOCK = RATE
"""Samples that are held at a time."""

SAMPLE = 8
"""Bytes of both channels of a sample."""


def read_track(pieces: Sequence[PlacedPiece], sounds: Sequence[Path | None]) -> Iterator[bytes]:
    """Raw stereo floats in blocks, from files that hold the same, one for each piece; None is silence.

    Sound is crossfaded at equal power as long as the pictures overlap, and follows a fade out and in. At a cut it is
    crossfaded for 5 ms, in which the sound before goes out on its own last samples, played backwards: there is no more.
    """
    held = array("f")
    for one, sound, after in zip(pieces, sounds, [*pieces[1:], None], strict=True):
        piece, (head, tail) = one.piece, one.margin
        scale = RATE // piece.fps
        left, first, last = (count * scale or RAMP for count in (piece.frames, head, tail))
        with ExitStack() as files:
            file = files.enter_context(sound.open("rb")) if sound else None
            # a clip of which its joins leave nothing is held as a whole
            part = _read(file, left if first + last > left else first)
            _rise(part, first)
            part[: len(held)] = array("f", map(add, part, held))
            left -= _length(part)
            while left > 0:
                yield part.tobytes()
                part = _read(file, min(left - last, BLOCK) or last)
                left -= _length(part)
        held = array("f")
        if after and not tail:
            held = _mirrored(part[-2 * RAMP :])
            _fall(held, RAMP)
        else:
            _fall(part, last)
        if after and after.join.overlap:
            part, held = part[: -2 * last], part[-2 * last :]
        yield part.tobytes()


def _length(part: array[float]) -> int:
    return len(part) // 2


def _read(file: BinaryIO | None, samples: int) -> array[float]:
    content = file.read(samples * SAMPLE) if file else bytes(samples * SAMPLE)
    if len(content) < samples * SAMPLE:
        raise MediaError("the sound of a clip is shorter than its picture", "delete `.storyforge/pieces` and run again")
    return array("f", content)


def _mirrored(part: array[float]) -> array[float]:
    """Backwards, each channel still in its place."""
    turned = part[::-1]
    turned[::2], turned[1::2] = turned[1::2], turned[::2]
    return turned


def _rise(part: array[float], samples: int) -> None:
    """Let both channels come in along a quarter of a sine: with `_fall`, their powers always sum to one."""
    for index in range(samples):
        factor = math.sin((index + 0.5) / samples * math.pi / 2)
        part[2 * index] *= factor
        part[2 * index + 1] *= factor


def _fall(part: array[float], samples: int) -> None:
    """Let both channels go out over the last so many samples."""
    first = _length(part) - samples
    for index in range(samples):
        factor = math.cos((index + 0.5) / samples * math.pi / 2)
        part[2 * (first + index)] *= factor
        part[2 * (first + index) + 1] *= factor
