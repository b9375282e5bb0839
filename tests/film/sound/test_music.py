"""Music under the clips: to the end of the film, and out of the way of speech."""

from __future__ import annotations

import asyncio
import math
from pathlib import Path

import ffmpeg
import pytest

from film.tones import floats
from storyforge.film.sound.levelling import FLOATS
from storyforge.film.sound.music import Bed, lay_music, unpack_music
from storyforge.model.errors import MediaError
from storyforge.system.ffmpeg import run_ffmpeg


def source(tmp_path: Path, name: str, expression: str, seconds: float, rate: int = 44100) -> Path:
    path = tmp_path / name
    told = ["-f", "lavfi", "-i", f"aevalsrc='{expression}|{expression}':s={rate}:d={seconds}", "-f"]
    form = {"wav": "wav", "flac": "flac", "mp3": "mp3", "ogg": "ogg", "m4a": "mp4", "f32": FLOATS}
    asyncio.run(run_ffmpeg([*told, form[path.suffix[1:]], str(path)]))
    return path


def laid(tmp_path: Path, clips: str, bed: Bed, seconds: int = 6, name: str = "under.f32") -> list[float]:
    """Music as it lies under clips."""
    out = tmp_path / name

    async def lay() -> None:
        music = await unpack_music(bed.file, tmp_path, seconds * 48000)
        raw = source_path
        heard = ffmpeg.input(str(raw), format=FLOATS, ar=48000, ch_layout="stereo")["a:0"]
        over, under = lay_music(heard, music, bed, seconds * 48000)
        both = (ffmpeg.output(under, str(out), format=FLOATS), ffmpeg.output(over, "-", format="null"))
        await run_ffmpeg(ffmpeg.merge_outputs(*both))

    source_path = source(tmp_path, "clips.f32", clips, seconds, 48000)
    asyncio.run(lay())
    values = floats(out)
    assert len(values) == seconds * 48000
    return values


def power(values: list[float], begin: float, end: float) -> float:
    part = values[int(begin * 48000) : int(end * 48000)]
    return math.sqrt(sum(value * value for value in part) / len(part))


@pytest.mark.parametrize("name", ["music.wav", "music.flac", "music.mp3", "music.ogg", "music.m4a"])
def test_music_is_looped_to_the_end_and_leaves_gently(tmp_path, name):
    music = source(tmp_path, name, "0.5*sin(440*2*PI*t)", 0.7)
    values = laid(tmp_path, "0", Bed(music, gain=-6, duck=False))
    level = 0.5 / math.sqrt(2) * 10 ** (-6 / 20)
    for at in (0.1, 1.0, 2.0, 3.5):
        assert power(values, at, at + 0.4) == pytest.approx(level, rel=0.1)
    assert power(values, 5.0, 5.2) == pytest.approx(level / 2, rel=0.2)
    assert power(values, 5.95, 6.0) < level / 20


def test_music_steps_back_while_the_clips_are_heard_and_comes_back(tmp_path):
    music = source(tmp_path, "music.wav", "0.5*sin(440*2*PI*t)", 3)
    speaking = "0.3*sin(200*2*PI*t)*between(t,2,4)"
    ducked = laid(tmp_path, speaking, Bed(music, -12, True), 8)
    plain = laid(tmp_path, speaking, Bed(music, -12, False), 8)
    assert power(ducked, 2.6, 3.8) < power(plain, 2.6, 3.8) / 2
    for begin, end in ((1.0, 1.8), (5.2, 5.9)):
        assert power(ducked, begin, end) == pytest.approx(power(plain, begin, end), rel=0.1)


def test_ducked_music_is_the_same_every_time(tmp_path):
    music = source(tmp_path, "music.wav", "0.5*sin(440*2*PI*t)", 0.7)
    told = {tuple(laid(tmp_path, "0.3*sin(200*2*PI*t)", Bed(music), 4, f"{number}.f32")) for number in range(6)}
    assert len(told) == 1


def test_music_that_holds_no_sound_is_refused(tmp_path):
    (tmp_path / "music.wav").write_text("no music at all")
    with pytest.raises(MediaError, match="is not sound of a known form"):
        asyncio.run(unpack_music(tmp_path / "music.wav", tmp_path, 48000))
