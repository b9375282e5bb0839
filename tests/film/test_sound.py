"""One line of samples under the film, exact to the sample."""

from __future__ import annotations

import asyncio
import itertools
import math
import wave
from array import array
from pathlib import Path

import pytest

from film.cards import samples
from storyforge import media
from storyforge.errors import MediaError
from storyforge.film.conform import Piece
from storyforge.film.joins import Join, film_frames
from storyforge.film.sound import RAMP, Bed, mix_sound, timeline

FRAME = 2000


def flat(folder: Path, value: int, frames: int = 24, name: str | None = None) -> Piece:
    """A piece whose sound stands still at one value (or at silence)."""
    path = folder / f"{name or value}.wav"
    with wave.open(str(path), "wb") as sound:
        sound.setparams((2, 2, 48000, 0, "NONE", ""))
        sound.writeframes(array("h", [value, value] * frames * FRAME).tobytes())
    return Piece(str(value), Path("none.mp4"), path, frames, 24)


def line(pieces: list[Piece], joins: list[Join]) -> array[int]:
    values = array("h", b"".join(timeline(pieces, joins)))
    assert values[::2] == values[1::2]
    return values[::2]


@pytest.mark.parametrize("kind", ["cut", "dissolve", "wipe", "fade"])
@pytest.mark.parametrize("frames", [1, 7, 12])
def test_the_line_is_as_long_as_the_picture(tmp_path, kind, frames):
    joins = [Join(), Join(kind, frames if kind != "cut" else 0), Join(), Join(kind, frames if kind != "cut" else 0)]
    pieces = [flat(tmp_path, value) for value in (1000, 2000, 3000, 4000)]
    assert len(line(pieces, joins)) == film_frames([24] * 4, joins) * FRAME


def test_sound_comes_and_goes_in_five_milliseconds_at_a_cut(tmp_path):
    values = line([flat(tmp_path, 10000), flat(tmp_path, -10000)], [Join(), Join()])
    edge = 24 * FRAME
    assert RAMP == 240
    assert abs(values[edge - 1]) < 100 > abs(values[edge])
    assert values[edge - RAMP - 1] == 10000
    assert values[edge + RAMP] == -10000
    assert max(abs(a - b) for a, b in itertools.pairwise(values)) < 150


def test_a_dissolve_is_an_equal_power_crossfade_as_long_as_the_pictures(tmp_path):
    values = line([flat(tmp_path, 10000), flat(tmp_path, 0, name="silence")], [Join(), Join("dissolve", 12)])
    others = line([flat(tmp_path, 0, name="silence"), flat(tmp_path, 10000)], [Join(), Join("dissolve", 12)])
    start, end = 12 * FRAME, 24 * FRAME
    for at in range(start, end, 997):
        assert math.hypot(values[at], others[at]) == pytest.approx(10000, abs=2)
    assert (values[start - 1], values[end]) == (10000, 0)
    assert (others[start - 1], others[end]) == (0, 10000)


def test_a_fade_goes_to_silence_and_comes_back(tmp_path):
    values = line([flat(tmp_path, 10000), flat(tmp_path, 10000)], [Join("fade", 6), Join("fade", 6)])
    assert values[0] < 10
    assert abs(values[24 * FRAME]) < 10 > abs(values[24 * FRAME - 1])
    assert values[24 * FRAME - 6 * FRAME - 1] == 10000 == values[24 * FRAME + 6 * FRAME]


def test_loud_crossfades_do_not_wrap_around(tmp_path):
    assert min(line([flat(tmp_path, 32767), flat(tmp_path, 32767)], [Join(), Join("wipe", 12)])) >= 0


def test_a_sound_of_another_length_is_refused(tmp_path):
    piece = flat(tmp_path, 1)
    wrong = Piece("k", piece.video, piece.sound, 25, 24)
    with pytest.raises(MediaError, match="is not that of 25 frames"):
        list(timeline([wrong], [Join()]))


def mixed(tmp_path: Path, pieces: list[Piece], bed: Bed | None, name: str = "out.mp4") -> list[int]:
    asyncio.run(mix_sound(pieces, [Join()] * len(pieces), tmp_path / name, bed))
    return samples(tmp_path / name)


def tone(tmp_path: Path, name: str, expression: str, seconds: float) -> Path:
    path = tmp_path / name
    asyncio.run(
        media.run(["-f", "lavfi", "-i", f"aevalsrc='{expression}|{expression}':s=44100:d={seconds}", str(path)])
    )
    return path


def power(values: list[int], begin: float, end: float) -> float:
    part = values[int(begin * 48000) : int(end * 48000)]
    return math.sqrt(sum(value * value for value in part) / len(part))


@pytest.mark.parametrize("name", ["music.wav", "music.flac", "music.mp3", "music.ogg", "music.m4a"])
def test_music_is_looped_to_the_end_and_leaves_gently(tmp_path, name):
    music = tone(tmp_path, name, "0.5*sin(440*2*PI*t)", 0.7)
    values = mixed(tmp_path, [flat(tmp_path, 0, 144, "silence")], Bed(music, gain=-6, duck=False))
    assert abs(len(values) - 6 * 48000) < 2000
    level = 0.5 * 32768 / math.sqrt(2) * 10 ** (-6 / 20)
    for at in (0.1, 1.0, 2.0, 3.5):
        assert power(values, at, at + 0.4) == pytest.approx(level, rel=0.1)
    assert power(values, 5.0, 5.2) == pytest.approx(level / 2, rel=0.2)
    assert power(values, 5.95, 6.0) < level / 20


def test_music_steps_back_while_the_clips_are_heard(tmp_path):
    music = tone(tmp_path, "music.wav", "0.5*sin(440*2*PI*t)", 3)
    loud = flat(tmp_path, 12000, 48)
    pieces = [flat(tmp_path, 0, 48, "one"), loud, flat(tmp_path, 0, 48, "two")]

    def swing(values: list[int], begin: float, end: float) -> float:
        part = values[int(begin * 48000) : int(end * 48000)]
        mean = sum(part) / len(part)
        return math.sqrt(sum((value - mean) ** 2 for value in part) / len(part))

    ducked = mixed(tmp_path, pieces, Bed(music, -12, True))
    plain = mixed(tmp_path, pieces, Bed(music, -12, False), "plain.mp4")
    assert swing(ducked, 2.6, 3.8) < swing(plain, 2.6, 3.8) / 2
    assert swing(ducked, 1.0, 1.8) == pytest.approx(swing(plain, 1.0, 1.8), rel=0.1)


def test_a_ducked_mix_is_the_same_bytes_every_time(tmp_path):
    music = tone(tmp_path, "music.wav", "0.5*sin(440*2*PI*t)", 0.7)
    mixes = set()
    for number in range(6):
        mixed(tmp_path, [flat(tmp_path, 9000, 100)], Bed(music), f"{number}.mp4")
        mixes.add((tmp_path / f"{number}.mp4").read_bytes())
    assert len(mixes) == 1


def test_music_that_holds_no_sound_is_refused(tmp_path):
    (tmp_path / "music.wav").write_text("no music at all")
    with pytest.raises(MediaError, match="is not sound of a known form"):
        mixed(tmp_path, [flat(tmp_path, 0)], Bed(tmp_path / "music.wav"))
