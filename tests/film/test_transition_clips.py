"""Windows are exact, encoded like the pieces around them, and made once."""

from __future__ import annotations

import asyncio
import re
import subprocess
from pathlib import Path

import pytest

from film.cards import codes, wiped
from storyforge.compiler.transitions import FrameTransition
from storyforge.film.transition_clips import Window, make_window
from storyforge.model.storyboard import XFADES
from storyforge.system import decode
from storyforge.system.ffmpeg import find_ffmpeg


@pytest.mark.parametrize("frames", [1, 2, 5, 12, 24, 48])
@pytest.mark.parametrize("kind", ["dissolve", "wipe", "out", "in"])
def test_a_window_has_exactly_its_frames(tmp_path, make_pieces, kind, frames):
    one, two = make_pieces([FrameTransition(), FrameTransition()])
    window = Window(kind, frames, one if kind != "in" else None, two if kind != "out" else None)
    film = asyncio.run(make_window(window, tmp_path))
    assert asyncio.run(decode.check_whole(film, frames)).frames == frames
    for number, told in enumerate(codes(film)):
        last, first = (1, 48 - frames + number), (2, number)
        assert told in (wiped(last, first) if kind == "wipe" else {None, last, first, (0, 0)})


def test_a_window_has_the_head_of_a_piece_and_is_made_once(tmp_path, make_pieces):
    one, two = make_pieces([FrameTransition(), FrameTransition()])
    window = Window("dissolve", 12, one, two)
    film = asyncio.run(make_window(window, tmp_path))
    heads = []
    for path in (film, one.video):
        with decode.open_media(path) as opened:
            heads.append(opened.streams.video[0].codec_context.extradata)
    assert heads[0] == heads[1]
    made = film.stat().st_mtime_ns
    assert asyncio.run(make_window(window, tmp_path)).stat().st_mtime_ns == made


@pytest.mark.parametrize("kind", ["circleopen", "slideup", "hblur", "coverup", "fadewhite"])
def test_kinds_of_ffmpeg_lead_from_one_picture_to_the_other(tmp_path, make_pieces, kind):
    one, two = make_pieces([FrameTransition(), FrameTransition()])
    film, before, after = (
        lights(path) for path in (asyncio.run(make_window(Window(kind, 24, one, two), tmp_path)), one.video, two.video)
    )
    assert len(film) == 24
    assert unlike(film[0], before[24]) < 2 < unlike(film[0], after[0])
    assert unlike(film[-1], after[23]) < unlike(film[-1], before[47]) / 2
    dissolved = lights(asyncio.run(make_window(Window("dissolve", 24, one, two), tmp_path)))
    assert unlike(film[12], dissolved[12]) > 2


def lights(path: Path) -> list[bytes]:
    with decode.open_media(path) as container:
        return [bytes(frame.planes[0]) for frame in container.decode(video=0)]


def unlike(one: bytes, other: bytes) -> float:
    """How much two pictures differ, in levels of 255."""
    return sum(abs(a - b) for a, b in zip(one, other, strict=True)) / len(one)


def test_every_kind_is_one_that_ffmpeg_knows():
    told = subprocess.run([find_ffmpeg().path, "-hide_banner", "-h", "filter=xfade"], capture_output=True)
    known = set(re.findall(r"^ {5}([a-z]+) +-?\d+ ", told.stdout.decode(), re.MULTILINE))
    assert set(XFADES) == known - {"custom", "fade", "dissolve"}


def test_fades_end_and_begin_in_black(tmp_path, make_pieces):
    one, two = make_pieces([FrameTransition(), FrameTransition()])

    def brightest(window, number):
        with decode.open_media(asyncio.run(make_window(window, tmp_path))) as film:
            frames = [max(bytes(frame.planes[0])[:320]) for frame in film.decode(video=0)]
        return frames[number]

    assert brightest(Window("in", 12, None, two), 0) < 20
    assert brightest(Window("out", 12, one, None), 0) > 200
    assert brightest(Window("out", 12, one, None), -1) < 60


def test_a_piece_may_dissolve_into_itself(tmp_path, make_pieces):
    (piece,) = make_pieces([FrameTransition()])
    for frames in (12, 48):
        film = asyncio.run(make_window(Window("dissolve", frames, piece, piece), tmp_path))
        assert asyncio.run(decode.check_whole(film, frames)).frames == frames
