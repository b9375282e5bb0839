"""Untrusted films: counted and not believed, refused where they break off, their last frames exact."""

from __future__ import annotations

import asyncio
from fractions import Fraction

import pytest
from film.cards import card, codes, read
from PIL import Image, ImageChops

from storyforge.model.errors import MediaError
from storyforge.system import decode
from storyforge.system.ffmpeg import (
    run_ffmpeg,
)


def run(*args, **kwargs):
    return asyncio.run(run_ffmpeg(*args, **{"timeout": 60, **kwargs}))


def test_a_missing_file_is_an_error_of_media(tmp_path):
    with pytest.raises(MediaError, match=r"^`none.mp4` cannot be read$"):
        decode.probe(tmp_path / "none.mp4")


@pytest.mark.parametrize("flags", ["+faststart", "0", "frag_keyframe+empty_moov"])
@pytest.mark.parametrize("share", [0.5, 0.97])
def test_a_film_that_breaks_off_is_refused(tmp_path, flags, share):
    whole = card(tmp_path / "whole.mp4", frames=96, video={"movflags": flags, "g": 12})
    assert asyncio.run(decode.check_whole(whole, 96)).frames == 96
    content = whole.read_bytes()
    (tmp_path / "half.mp4").write_bytes(content[: int(len(content) * share)])
    with pytest.raises(MediaError, match=r"breaks off|damaged"):
        asyncio.run(decode.check_whole(tmp_path / "half.mp4"))


def test_a_film_in_matroska_that_breaks_off_is_refused(tmp_path):
    whole = card(tmp_path / "whole.mkv", frames=96)
    assert asyncio.run(decode.check_whole(whole, 96)).frames == 96
    (tmp_path / "half.mkv").write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    with pytest.raises(MediaError, match=r"breaks off|damaged"):
        asyncio.run(decode.check_whole(tmp_path / "half.mkv"))


def test_a_film_with_wrong_bytes_is_refused(tmp_path):
    whole = card(tmp_path / "whole.mp4", frames=48)
    content = bytearray(whole.read_bytes())
    with decode.open_media(whole) as film:
        places = [(packet.pos, packet.size) for packet in film.demux(video=0) if packet.size]
    start, size = max(places[10:], key=lambda place: place[1])
    for at in range(start + 8, start + size):
        content[at] ^= 0x5A
    (tmp_path / "wrong.mp4").write_bytes(content)
    with pytest.raises(MediaError, match=r"^the file is damaged$"):
        asyncio.run(decode.check_whole(tmp_path / "wrong.mp4"))


def test_a_film_of_another_length_is_refused(tmp_path):
    with pytest.raises(MediaError, match=r"^`card.mp4` has 48 frames where 49 are due$"):
        asyncio.run(decode.check_whole(card(tmp_path / "card.mp4", frames=48), 49))


def test_a_probe_counts_and_measures(tmp_path):
    found = decode.probe(card(tmp_path / "a.mp4", frames=60, fps=25, sar="4/3", rate=44100, layout="mono"))
    assert (found.width, found.height, found.frames, found.fps) == (320, 180, 60, 25)
    assert found.aspect == Fraction(64, 27)
    assert found.seconds == pytest.approx(2.4)
    assert (found.video_codec, found.audio_codec, found.sample_rate, found.channels) == ("h264", "aac", 44100, 1)


def test_a_probe_of_a_silent_film_and_of_sound_alone(tmp_path):
    assert not decode.probe(card(tmp_path / "a.mp4", sound=None)).has_audio
    run(["-f", "lavfi", "-i", "sine=d=2", str(tmp_path / "a.wav")])
    heard = decode.probe(tmp_path / "a.wav", "sound")
    assert (heard.width, heard.frames, heard.seconds) == (0, 0, pytest.approx(2))
    with pytest.raises(MediaError, match="not a film"):
        decode.probe(tmp_path / "a.wav")


VARIABLE = "if(lt(N,20),N*40,800+(N-20)*100)"


@pytest.mark.parametrize(
    "shape",
    [
        {"frames": 48},
        {"frames": 1},
        {"frames": 97, "fps": 30, "video": {"bf": 3, "g": 250}},
        {"frames": 50, "vfr": VARIABLE},
        {"frames": 61, "video": {"movflags": "frag_keyframe+empty_moov"}},
        {"frames": 48, "video": {"x264-params": "open-gop=1:keyint=13"}},
        {"frames": 40, "sound_seconds": 5},
    ],
    ids=["plain", "single", "deep", "variable", "fragments", "open", "long-sound"],
)
def test_the_last_frame_is_exact(tmp_path, shape):
    film = card(tmp_path / "card.mp4", take=9, **shape)
    decode.last_frame(film, tmp_path / "last.png")
    with Image.open(tmp_path / "last.png") as last:
        assert last.size == (320, 180)
        assert read(last.convert("L").tobytes(), 320, 180) == (9, shape["frames"] - 1)


def test_the_first_frame_is_exact_and_a_file_without_one_is_said(tmp_path):
    decode.first_frame(card(tmp_path / "card.mp4", take=9), tmp_path / "first.png")
    with Image.open(tmp_path / "first.png") as first:
        assert read(first.convert("L").tobytes(), 320, 180) == (9, 0)
    (tmp_path / "none.mp4").write_bytes(b"no film")
    with pytest.raises(MediaError):
        decode.first_frame(tmp_path / "none.mp4", tmp_path / "none.png")
    assert not (tmp_path / "none.png").exists()


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_the_last_frame_of_a_rotated_film_is_upright(tmp_path, turn):
    plain, film = str(card(tmp_path / "card.mp4", take=9)), tmp_path / "turned.mp4"
    run(["-display_rotation", str(turn), "-i", plain, "-c", "copy", str(film)])
    decode.last_frame(film, tmp_path / "last.png")
    run(["-i", str(film), "-vf", "select=eq(n\\,47)", "-frames:v", "1", str(tmp_path / "shown.png")])
    with Image.open(tmp_path / "last.png") as last, Image.open(tmp_path / "shown.png") as shown:
        assert last.size == shown.size
        assert ImageChops.difference(last.convert("L"), shown.convert("L")).getextrema()[1] < 8


def test_the_last_frame_is_the_same_bytes_twice(tmp_path):
    film = card(tmp_path / "card.mp4")
    for name in ("a.png", "b.png"):
        decode.last_frame(film, tmp_path / name)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_a_film_cut_without_encoding_is_counted_as_it_is_shown(tmp_path):
    film = card(tmp_path / "card.mp4", take=2, frames=72, sound=None)
    run(["-ss", "0.6", "-i", str(film), "-c", "copy", str(tmp_path / "cut.mp4")])
    shown = len(codes(tmp_path / "cut.mp4"))
    assert shown < 72
    assert decode.probe(tmp_path / "cut.mp4").frames == shown
    assert asyncio.run(decode.check_whole(tmp_path / "cut.mp4", shown)).frames == shown
