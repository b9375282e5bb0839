"""What a take shows and lets hear, measured in one pass: where it is black, still or quiet, how its light jumps.

Pictures are looked at in small, a frame at a time, and only numbers are kept: how long is too long is decided by those
who judge them (`rules.py`). What counts as black, still or quiet at all is fixed here, each by its source.
"""

from __future__ import annotations

import base64
import json
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

from storyforge.film.qc.listening import Ear, Runs, Sound, Stretch, hear_film
from storyforge.model.errors import MediaError
from storyforge.system.decode import MAX_FRAMES, Probe, open_media, picture, probe, probe_from_json, understand
from storyforge.system.files import write_atomically
from storyforge.system.media import form
from storyforge.system.whole import is_unchanged, note_made
from storyforge.system.workers import read_apart

if TYPE_CHECKING:
    from PIL.Image import Image

RECIPE = 2
"""Raised when this module finds other numbers in the same takes."""

SIZE = (128, 72)
"""Pixels of the pictures that are looked at, whatever their shape was."""

THUMB = (64, 36)
"""Pixels of the first and the last frame, as they are kept."""

BLACK, BLACK_SHARE = 26, 0.98
"""A pixel is black up to a tenth of full light, a frame with 98 % of such pixels: as ffmpeg's `blackdetect` has it."""

STILL = 0.255
"""Mean change in levels of 255 below which a picture is still: -60 dB, as ffmpeg's `freezedetect` has it. It is
measured against the frame at which it became still, so that slow motion adds up."""

MOTION = 0.5
"""Mean change from frame to frame, in levels, from which on a picture moves: twice what counts as still."""

REPEATED = 1 / 8
"""Share of the motion around it up to which a change is what an encoder leaves of none. Measured: 0.02 in clean
pictures, 0.1 in noisy ones."""

AROUND = 4
"""Frames before and after one in which the picture must move for that one to be missed."""

CELLS = (16, 9)
"""The parts of a picture in which light is followed."""

AREA = 0.25
"""Share of the picture that must change together: a quarter of the screen, by ITU-R BT.1702."""

TURN, BRIGHT = 0.1, 0.8
"""A change of relative luminance by 0.1 or more counts if the darker side is below 0.8: WCAG 2.2, general flash
threshold, which are the 20 and 160 cd/m² of ITU-R BT.1702 on a screen of 200."""

RED_TURN, RED_SHARE = 20 / 320, 0.8
"""A change of R - G - B by 20/320 counts where red is four fifths of the light: WCAG 2.1, red flash threshold."""

TOGETHER = 3
"""Frames within which the parts of a picture change together."""

BAR = 24
"""Brightest pixel of a bar, of 255: as ffmpeg's `cropdetect` has it."""

LINEAR = tuple(v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in (n / 255 for n in range(256)))
"""Light of each 8-bit level: sRGB, by WCAG's relative luminance."""

Turn = tuple[float, int]
"""When a large part of the picture became lighter (1) or darker (-1)."""


@dataclass(frozen=True, slots=True)
class Measures:
    """What was found in a take; times in seconds from its first frame."""

    shape: Probe
    frames: int
    """As they came out of the decoder."""
    black: tuple[Stretch, ...]
    still: tuple[Stretch, ...]
    doubled: tuple[float, ...]
    """Frames that repeat the one before, where the picture moves."""
    light: tuple[Turn, ...]
    red: tuple[Turn, ...]
    """The same of saturated red."""
    bars: tuple[float, float, float, float]
    """Shares of the picture that are never lit: left, top, right, bottom."""
    first: str
    last: str
    """The first and the last frame in small: RGB, in base64."""
    sound: Sound | None
    """None where there is none."""


def load_measures(take: Path, kept: Path, stop: Event | None = None) -> Measures:
    """What is in a take, from the file `kept` or measured and kept there. MediaError if it cannot be decoded, and when
    `stop` is set."""
    if known := read_measures(kept):
        return known
    found = measure(take, stop)
    write_atomically(kept, json.dumps({"recipe": RECIPE, **asdict(found)}, default=str) + "\n")
    note_made(kept)
    return found


def read_measures(kept: Path) -> Measures | None:
    """What a file holds of what was measured in a take; None where it does not."""
    if not is_unchanged(kept):
        return None
    try:
        told = json.loads(kept.read_text(encoding="utf-8"))
        return _read(told) if told.pop("recipe") == RECIPE else None
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def _read(document: dict[str, Any]) -> Measures:
    shape, sound = probe_from_json(document.pop("shape")), document.pop("sound")
    values = {name: _tupled(value) for name, value in document.items()}
    return Measures(shape, **values, sound=sound and _read_sound(sound))


def _read_sound(document: dict[str, Any]) -> Sound:
    return Sound(**{name: _tupled(value) for name, value in document.items()})


def _tupled(value: Any) -> Any:
    return tuple(_tupled(item) for item in value) if isinstance(value, list) else value


def measure(take: Path, stop: Event | None = None) -> Measures:
    """Decodes a take once, in a process apart, and measures it. MediaError if it cannot be decoded, and when `stop` is
    set."""
    answer = read_apart(measure_film, take, asdict(probe(take)), stop=stop)
    return understand(take, lambda told: _read(told.found), answer)


def measure_film(film: str, probed: dict[str, Any]) -> dict[str, Any]:
    """What is in a take that was probed, as JSON holds it, read by this process: the one apart."""
    from av import AudioFrame, VideoFrame

    take, shape = Path(film), probe_from_json(probed)
    eye, ear = _Eye(), Ear()
    with open_media(take) as container:
        video = container.streams.video[0]
        video.thread_type = "AUTO"
        heard = container.streams.audio[:1]
        start: float | None = None
        for frame in container.decode(video, *heard):
            if isinstance(frame, AudioFrame):
                ear.hear(frame)
                continue
            assert isinstance(frame, VideoFrame)
            time = float(eye.frames / (shape.fps or 1)) if frame.time is None else frame.time
            start = time if start is None else start
            eye.see(time - start, picture(frame, SIZE))
            if eye.frames > MAX_FRAMES:
                raise MediaError(f"`{take.name}` is longer than {MAX_FRAMES} frames")
    if eye.first is None or eye.last is None:
        raise MediaError(f"`{take.name}` shows no frame")
    found = Measures(
        shape,
        eye.frames,
        black=eye.black.finish(shape.seconds),
        still=eye.still.finish(shape.seconds),
        doubled=tuple(eye.find_doubled()),
        light=tuple(eye.light.turns),
        red=tuple(eye.red.turns),
        bars=eye.bars(),
        first=small_text(eye.first),
        last=small_text(eye.last),
        sound=ear.finish() if heard else None,
    )
    return asdict(found)


def measure_sound(film: Path) -> Sound:
    """What is heard in a film; its pictures are not decoded. MediaError if it cannot be read."""
    form(film, "sound")
    return understand(film, lambda told: _read_sound(told.found), read_apart(hear_film, film))


def small_text(picture: Image) -> str:
    """A picture in small, as `Measures` keep one."""
    from PIL import Image

    small = picture.convert("RGB").resize(THUMB, Image.Resampling.BOX)
    return base64.b64encode(small.tobytes()).decode()


def picture_distance(one: str, other: str) -> float:
    """How far two pictures in small differ: 0 for the same, 1 for black and white."""
    from PIL import Image

    pictures = [Image.frombytes("RGB", THUMB, base64.b64decode(text)) for text in (one, other)]
    return _change(*pictures) / 255


def _change(one: Image, other: Image) -> float:
    """The mean change from one picture to another, in levels."""
    from PIL import ImageChops, ImageStat

    means = ImageStat.Stat(ImageChops.difference(one, other)).mean
    return float(sum(means) / len(means))


class _Eye:
    """Sees a take, frame by frame."""

    def __init__(self) -> None:
        self.black, self.still = Runs(), Runs()
        self.light, self.red = _Light(TURN), _Light(RED_TURN)
        self.times: list[float] = []
        self.changes: list[float] = []
        self.first: Image | None = None
        self.last: Image | None = None
        self._grey: Image | None = None
        self._stands_on: Image | None = None
        self._lightest: Image | None = None

    @property
    def frames(self) -> int:
        return len(self.times)

    def see(self, time: float, picture: Image) -> None:
        from PIL import Image, ImageChops

        grey = picture.convert("L")
        before, self._grey = self._grey, grey
        self.first, self.last = self.first or picture, picture
        self.times.append(round(time, 4))
        self.changes.append(_change(grey, before) if before else 0.0)
        dark = sum(grey.histogram()[:BLACK])
        self.black.add(time, dark >= BLACK_SHARE * SIZE[0] * SIZE[1])
        stands = self._stands_on is not None and _change(grey, self._stands_on) < STILL
        self.still.add(time, stands)
        self._stands_on = self._stands_on if stands else grey
        self._lightest = ImageChops.lighter(self._lightest, grey) if self._lightest else grey
        # BOX is a plain mean: the light of a cell, without the overshoot that sharper filters have.
        cells = picture.resize(CELLS, Image.Resampling.BOX).tobytes()
        lit = [tuple(LINEAR[level] for level in cells[at : at + 3]) for at in range(0, len(cells), 3)]
        self.light.add(time, [0.2126 * red + 0.7152 * green + 0.0722 * blue for red, green, blue in lit])
        self.red.add(time, [_redness(*one) for one in lit])

    def find_doubled(self) -> Iterator[float]:
        """Frames that repeat the one before, though the picture moves before and after."""
        for number in range(2, self.frames - 1):
            before = max(self.changes[max(1, number - AROUND) : number])
            motion = min(before, max(self.changes[number + 1 : number + 1 + AROUND]))
            if motion >= MOTION and self.changes[number] <= motion * REPEATED:
                yield self.times[number]

    def bars(self) -> tuple[float, float, float, float]:
        if self._lightest is None:
            return 0.0, 0.0, 0.0, 0.0
        lit = self._lightest.point([255 * (level > BAR) for level in range(256)]).getbbox()
        (width, height), (left, top, right, bottom) = SIZE, lit or (0, 0, *SIZE)
        shares = left / width, top / height, 1 - right / width, 1 - bottom / height
        return tuple(round(share, 4) for share in shares)  # type: ignore[return-value]  # there are four


def _redness(red: float, green: float, blue: float) -> float:
    return max(0.0, red - green - blue) if red >= RED_SHARE * (red + green + blue) else 0.0


class _Light:
    """Follows the light in each part of a picture, and tells when a large part of it turned lighter or darker."""

    def __init__(self, turn: float) -> None:
        self.turn = turn
        self.turns: list[Turn] = []
        self._extremes: list[float] = []
        self._ways: list[int] = []
        self._lately: deque[tuple[int, int]] = deque(maxlen=TOGETHER)

    def add(self, time: float, cells: Sequence[float]) -> None:
        if not self._extremes:
            self._extremes, self._ways = list(cells), [0] * len(cells)
        up = down = 0
        for number, value in enumerate(cells):
            change, way = value - self._extremes[number], self._ways[number]
            if change * way > 0:
                self._extremes[number] = value
            elif abs(change) >= self.turn and min(value, self._extremes[number]) < BRIGHT:
                self._ways[number], self._extremes[number] = (1 if change > 0 else -1), value
                up, down = up + (change > 0), down + (change < 0)
        self._lately.append((up, down))
        for way, count in ((1, sum(one for one, _ in self._lately)), (-1, sum(one for _, one in self._lately))):
            if count >= AREA * len(cells):
                self.turns.append((round(time, 4), way))
                # So that the same change, spread over some frames, is counted once.
                self._lately.clear()
                break
