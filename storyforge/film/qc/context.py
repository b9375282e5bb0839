"""What the rules about takes are given: what was measured in each, and how the film plays it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from storyforge.compiler.transitions import timecode
from storyforge.film.qc.listening import Sound, Stretch
from storyforge.film.qc.measure import Measures
from storyforge.model.diagnostics import Path
from storyforge.system.decode import Probe


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From which value on something is reported. `[inspect]` in `storyforge.toml` sets each by its name."""

    black: float = 0.5
    """Seconds. ffmpeg's `blackdetect` takes 2 for hours of television; of a clip of 3 seconds that would be most."""
    frozen: float = 2.0
    """Seconds: what ffmpeg's `freezedetect` takes."""
    doubled: float = 0.02
    """Share of a take's frames. Where 24 frames are made from fewer, at least one in 25 is repeated: 0.04."""
    flashes: float = 3.0
    """In any one second: WCAG 2.2, success criterion 2.3.1, and ITU-R BT.1702."""
    silent: float = 2.0
    """Seconds: what ffmpeg's `silencedetect` takes."""
    clipped: float = 0.001
    """Share of the sound that is at full scale, three samples or more in a row. Measured: what was cut off by a
    third of its height still has 0.002 after AAC, and half of itself in PCM; what peaks at 0.8 has none."""
    bars: float = 0.03
    """Share of the height, or width, on either side. 1.85:1 inside 16:9 has bars of 0.02, which nobody sees;
    2.39:1 of 0.13."""
    length: float = 0.1
    """Seconds: two frames of 24 a second, and a packet of sound."""
    anchor: float = 0.12
    """Difference from the picture that a take was to open on: 0 is the same, 1 black for white. Measured: a crop by a
    tenth makes at most 0.1 of it, another picture mostly 0.15 and more."""
    seam: float = 0.05
    """Difference between the frame that a take goes on from and its first. Measured: encoding makes less than 0.01 of
    it, a fast pan 0.01 to 0.04 from frame to frame; all colours brighter by a tenth make 0.05."""


@dataclass(frozen=True, slots=True)
class Opening:
    """What a take was to open on."""

    picture: str
    """In small, as `Measures` keep one."""
    source: str
    """The picture by its name, or the clip that it goes on from."""
    goes_on: bool


@dataclass(frozen=True, slots=True)
class Played:
    """A take in its place."""

    clip: str
    found: Measures
    seconds: int
    """As ordered, like `size`."""
    size: tuple[int, int]
    drawn: bool
    """An animatic: its picture is still where nobody moves, and it is silent where nobody speaks."""
    speaks: bool
    """Whether it was to hold lines."""
    begins: int
    """The frame on which it begins, and how many are shown of it."""
    frames: int
    shots: tuple[tuple[int, Path], ...]
    """Its shots: the frame on which each begins, and where that is written."""
    opening: Opening | None = None


@dataclass(frozen=True, slots=True)
class Film:
    """The film that plays the takes."""

    sound: Sound
    found: Probe
    frames: int
    """As they are due, like `size`."""
    size: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Cut:
    """What is judged: a film, or takes by themselves."""

    played: tuple[Played, ...]
    fps: int
    limits: Thresholds
    film: Film | None = None
    """None where takes stand by themselves, each beginning on frame 0."""

    @property
    def whole(self) -> tuple[tuple[Played, ...], ...]:
        """What plays without a break: the film, or each take."""
        return (self.played,) if self.film else tuple((one,) for one in self.played)

    def frame(self, one: Played, seconds: float) -> int:
        """The frame of the film, or of a take by itself, at some seconds into a take."""
        return one.begins + round(seconds * self.fps)

    def list_shown(self, one: Played, stretches: Iterable[Stretch]) -> Iterator[Stretch]:
        """Stretches of a take, as far as it is played."""
        last = one.frames / self.fps
        yield from ((begin, min(end, last)) for begin, end in stretches)

    def at(self, frame: int) -> str:
        """A frame as findings name it: its time code, and whether it counts in the film or in the take."""
        return f"{timecode(frame, self.fps)} of the {'film' if self.film else 'take'}"


def place(one: Played, frame: int) -> Path:
    """Where the shot is written that a take shows on a frame."""
    return [path for begins, path in one.shots if begins <= max(frame, one.shots[0][0])][-1]
