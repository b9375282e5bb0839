import array
import hashlib
import json
import math
import subprocess
import sys
from pathlib import Path

import av
import pytest
from PIL import Image, ImageChops, ImageStat

from animatic.bodies import body, line, panel, person, render
from storyforge.animatic import sound
from storyforge.animatic.pictures import cover, open_picture
from storyforge.animatic.voice import MISSING, find_library
from storyforge.system.ffmpeg import find_ffmpeg

needs_voice = pytest.mark.skipif(find_library() is None, reason="the scratch voice is not installed")


def frames_of(film):
    with av.open(str(film)) as container:
        return [frame.to_image() for frame in container.decode(video=0)]


def samples_of(film):
    """Of both channels mixed, as they are played, from -1 to 1."""
    command = [find_ffmpeg().path, "-v", "error", "-i", str(film), "-f", "s16le", "-ac", "1", "-ar", "48000", "-"]
    played = subprocess.run(command, capture_output=True, check=True).stdout
    return [value / 32768 for value in array.array("h", played)]


def loudness(samples):
    return math.sqrt(sum(value * value for value in samples) / max(1, len(samples)))


def difference(one, other):
    return sum(ImageStat.Stat(ImageChops.difference(one, other)).mean) / 3


@pytest.mark.parametrize(("fps", "size"), [(24, (320, 180)), (25, (180, 320)), (30, (420, 180))])
def test_a_film_has_exactly_the_frames_the_size_and_the_sound_that_were_asked_for(tmp_path, fps, size):
    film, notes = render(body(panel(fps + 1), panel(fps), fps=fps, size=size), tmp_path / "film.mp4")
    assert notes == ()
    with av.open(str(film)) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        assert (video.codec_context.name, video.profile, video.pix_fmt) == ("h264", "High", "yuv420p")
        assert (video.width, video.height, video.average_rate) == (*size, fps)
        assert (audio.codec_context.name, audio.rate, audio.layout.name) == ("aac", 48_000, "stereo")
        assert audio.duration * audio.time_base == video.duration * video.time_base
    assert len(frames_of(film)) == 2 * fps + 1
    assert len(samples_of(film)) == (2 * fps + 1) * 48_000 // fps


def test_the_same_body_gives_the_same_bytes_in_another_process(tmp_path, picture):
    asked = body(panel(36, lines=[line(how="whispering")], cast=[person("the keeper", "face"), person("Otto")]))
    film, _ = render(asked, tmp_path / "one.mp4", {"face": picture("face.png")})
    again = (
        "import sys, json, asyncio, pathlib; from storyforge.animatic.render import render_animatic;"
        "face = {'face': pathlib.Path(sys.argv[1])};"
        "asyncio.run(render_animatic(json.load(sys.stdin), face, pathlib.Path(sys.argv[2])))"
    )
    elsewhere = {"LC_ALL": "C", "TZ": "Asia/Tokyo", "PYTHONHASHSEED": "5", "PYTHONPATH": str(Path.cwd())}
    command = [sys.executable, "-c", again, str(picture("other.png")), str(tmp_path / "two.mp4")]
    subprocess.run(command, input=json.dumps(asked).encode(), check=True, env=elsewhere)
    first, second = (hashlib.sha256(path.read_bytes()).digest() for path in (film, tmp_path / "two.mp4"))
    assert first == second


@pytest.mark.parametrize("crowded", [False, True])
def test_the_first_frame_is_the_picture_that_was_given(tmp_path, picture, crowded):
    given = picture("door.png", (40, 120, 190), (500, 400))
    cast = [person("Otto", "otto")] if crowded else []
    asked = body(panel(30, cast=cast), first_frame="door")
    film, _ = render(asked, tmp_path / "film.mp4", {"door": given, "otto": picture("otto.png", (60, 160, 60))})
    frames = frames_of(film)
    door = cover(open_picture(given), (320, 180))
    assert difference(frames[0], door) < 4
    assert difference(frames[1], door) < 12
    assert (difference(frames[-1], door) > 25) is crowded


def test_the_last_frame_of_another_animatic_gives_way_to_the_panel(tmp_path, picture):
    token = "sf:last-frame:door"
    film, _ = render(body(panel(30), first_frame=token), tmp_path / "film.mp4", {token: picture()})
    frames = frames_of(film)
    assert difference(frames[0], cover(open_picture(picture()), (320, 180))) < 4
    assert difference(frames[0], frames[-1]) > 25


def test_no_stretch_is_frozen_or_black(tmp_path):
    asked = body(
        panel(48, camera="static"), panel(48, camera=None), panel(48, camera="pan left", cast=[person("Otto")])
    )
    frames = frames_of(render(asked, tmp_path / "film.mp4")[0])
    for earlier, later in zip(frames[:-24], frames[24:], strict=True):
        assert ImageChops.difference(earlier, later).getbbox() is not None
    assert min(ImageStat.Stat(frame.convert("L")).mean[0] for frame in frames) > 20


@needs_voice
def test_speech_is_heard_where_a_line_is_and_nowhere_else(tmp_path):
    asked = body(panel(36), panel(60, lines=[line(text="The road is gone.")]), panel(24))
    film, notes = render(asked, tmp_path / "film.mp4")
    samples = samples_of(film)
    silent, spoken, after = samples[:70_000], samples[72_000 + 14_400 :][:40_000], samples[194_000:]
    assert loudness(spoken) > 0.03
    assert max(map(abs, silent)) < 0.002
    assert loudness(after) < 0.002
    assert 0.2 < max(map(abs, samples)) < 0.72
    assert notes == ()


def test_without_the_library_a_clip_is_silent_and_a_note_says_why(tmp_path, monkeypatch):
    monkeypatch.setattr(sound, "find_library", lambda: None)
    film, notes = render(body(panel(36, lines=[line()])), tmp_path / "film.mp4")
    assert notes == (MISSING,)
    assert max(map(abs, samples_of(film))) == 0


def test_letters_that_no_font_has_are_noted(tmp_path):
    _, notes = render(body(panel(6, action="เธอจุดตะเกียง 🔥")), tmp_path / "film.mp4")
    assert notes == ("the captions have no letters for THAI: boxes stand in their place",)


def test_a_picture_that_is_not_on_this_machine_becomes_a_card_with_initials(tmp_path, picture):
    asked = body(panel(6, cast=[person("the lighthouse keeper", "https://example.com/a.png")]))
    film, _ = render(asked, tmp_path / "film.mp4")
    assert isinstance(frames_of(film)[0], Image.Image)


def test_progress_ends_at_one(tmp_path):
    import asyncio

    from storyforge.animatic.render import render_animatic

    told = []
    asyncio.run(render_animatic(body(panel(6)), {}, tmp_path / "film.mp4", progress=told.append))
    assert told[-1] == 1.0
    assert told == sorted(told)
