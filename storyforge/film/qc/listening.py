"""What is heard in a take: where it is quiet, and where its sound was clipped."""

from __future__ import annotations

from array import array
from dataclasses import asdict, dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any, cast

from storyforge.system.decode import open_media

QUIET = 33
"""Of 32767: -60 dB, as ffmpeg's `silencedetect` has it."""

FULL, FLAT = 32767, 3
"""Samples at full scale that follow each other in sound that was clipped; fewer are the tip of a wave."""

Stretch = tuple[float, float]
"""Seconds from the start: its beginning and its end."""


@dataclass(frozen=True, slots=True)
class Sound:
    """What is heard."""

    seconds: float = 0.0
    quiet: tuple[Stretch, ...] = ()
    """Where nothing is."""
    clipped: float = 0.0
    """Seconds that stand at full scale, of all channels."""
    clips_at: float = 0.0
    """Where that begins."""

    @property
    def is_silent(self) -> bool:
        """Whether nothing is heard from beginning to end; true where there is no sound at all."""
        return not self.seconds or self.quiet == ((0.0, self.seconds),)


@dataclass
class Runs:
    """Gathers the stretches in which something holds."""

    found: list[Stretch] = field(default_factory=list)
    since: float | None = None

    def add(self, time: float, holds: bool) -> None:
        """Whether it holds from this second on."""
        if holds and self.since is None:
            self.since = time
        elif not holds and self.since is not None:
            self.found.append((round(self.since, 4), round(time, 4)))
            self.since = None

    def finish(self, time: float) -> tuple[Stretch, ...]:
        """All stretches; the last of them ends at this second."""
        self.add(time, False)
        return tuple(self.found)


class Ear:
    """Hears a take, a block of samples at a time."""

    def __init__(self) -> None:
        self._plain: Any = None
        self._shape: Any = None
        self._quiet = Runs()
        self._heard = self._clipped = self._clips_at = 0.0

    def hear(self, frame: Any) -> None:
        """Hears the next block, as libav decoded it."""
        from av import AudioResampler

        # sound may change its shape on the way, which one resampler does not take
        if (shape := (frame.format.name, frame.layout.name, frame.sample_rate)) != self._shape:
            self._shape, self._plain = shape, AudioResampler(format="s16")
        for part in self._plain.resample(frame):
            # All channels in one block: PyAV ends the process where more than eight, or eight, are in one each.
            count = part.layout.nb_channels
            samples = bytes(part.planes[0])[: 2 * part.samples * count]
            loudest = _loudest(samples)
            self._quiet.add(self._heard, loudest <= QUIET)
            if loudest >= FULL and (flat := sum(_flat(array("h", samples)[one::count]) for one in range(count))):
                self._clips_at = self._clips_at if self._clipped else round(self._heard, 4)
                self._clipped += flat / part.sample_rate
            self._heard += part.samples / part.sample_rate

    def finish(self) -> Sound:
        """All that was heard."""
        seconds = round(self._heard, 4)
        return Sound(seconds, self._quiet.finish(seconds), round(self._clipped, 6), self._clips_at)


def _loudest(samples: bytes) -> int:
    """The sample that is farthest from zero, of 16 bits each as this machine counts."""
    from PIL import Image

    # as a picture of one row, since Pillow is seven times as fast at that as Python is
    row = Image.frombytes("I", (len(samples) // 2, 1), samples, "raw", "I;16NS")
    lowest, highest = cast("tuple[int, int]", row.getextrema())
    return max(-lowest, highest)


def _flat(samples: array[int]) -> int:
    """Samples that stand at full scale, several in a row."""
    runs = (sum(1 for _ in run) for full, run in groupby(samples, lambda sample: abs(sample) >= FULL) if full)
    return sum(length for length in runs if length >= FLAT)


def hear_film(film: str) -> dict[str, Any]:
    """What is heard in a film, as JSON holds it, read by this process: the one apart."""
    ear = Ear()
    with open_media(Path(film), "sound") as container:
        for frame in container.decode(audio=0):
            ear.hear(frame)
    return asdict(ear.finish())
