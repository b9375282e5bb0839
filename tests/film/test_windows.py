"""Windows are exact, encoded like the pieces around them, and made once."""

from __future__ import annotations

import asyncio

import pytest

from film.cards import codes, wiped
from storyforge import media
from storyforge.film.joins import Join
from storyforge.film.windows import Window, make_window


@pytest.mark.parametrize("frames", [1, 2, 5, 12, 24, 48])
@pytest.mark.parametrize("kind", ["dissolve", "wipe", "out", "in"])
def test_a_window_has_exactly_its_frames(tmp_path, make_pieces, kind, frames):
    one, two = make_pieces([Join(), Join()])
    window = Window(kind, frames, one if kind != "in" else None, two if kind != "out" else None)
    film = asyncio.run(make_window(window, tmp_path))
    assert asyncio.run(media.check_whole(film, frames)).frames == frames
    for number, told in enumerate(codes(film)):
        last, first = (1, 48 - frames + number), (2, number)
        assert told in (wiped(last, first) if kind == "wipe" else {None, last, first, (0, 0)})


def test_a_window_has_the_head_of_a_piece_and_is_made_once(tmp_path, make_pieces):
    one, two = make_pieces([Join(), Join()])
    window = Window("dissolve", 12, one, two)
    film = asyncio.run(make_window(window, tmp_path))
    heads = []
    for path in (film, one.video):
        with media.opened(path) as opened:
            heads.append(opened.streams.video[0].codec_context.extradata)
    assert heads[0] == heads[1]
    made = film.stat().st_mtime_ns
    assert asyncio.run(make_window(window, tmp_path)).stat().st_mtime_ns == made


def test_fades_end_and_begin_in_black(tmp_path, make_pieces):
    one, two = make_pieces([Join(), Join()])

    def brightest(window, number):
        with media.opened(asyncio.run(make_window(window, tmp_path))) as film:
            frames = [max(bytes(frame.planes[0])[:320]) for frame in film.decode(video=0)]
        return frames[number]

    assert brightest(Window("in", 12, None, two), 0) < 20
    assert brightest(Window("out", 12, one, None), 0) > 200
    assert brightest(Window("out", 12, one, None), -1) < 60


def test_a_piece_may_dissolve_into_itself(tmp_path, make_pieces):
    (piece,) = make_pieces([Join()])
    for frames in (12, 48):
        film = asyncio.run(make_window(Window("dissolve", frames, piece, piece), tmp_path))
        assert asyncio.run(media.check_whole(film, frames)).frames == frames
