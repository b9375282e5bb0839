"""Packets of several films in one track."""

from __future__ import annotations

import asyncio
import itertools
from threading import Event

import pytest

from film.cards import codes
from film.placing import placed
from storyforge.compiler.transitions import FrameTransition
from storyforge.film.mux import Stretch, mux_film
from storyforge.film.sound.mix import Mix, make_sound
from storyforge.model.errors import MediaError
from storyforge.system import decode
from storyforge.system.ffmpeg import run_ffmpeg


@pytest.fixture
def parts(tmp_path, make_pieces):
    pieces = make_pieces([FrameTransition(), FrameTransition()], 72)
    sound = asyncio.run(make_sound(placed(pieces), Mix(), tmp_path))
    return pieces, sound.file, tmp_path / "film.mp4"


def test_stretches_follow_one_another_frame_by_frame(parts):
    (one, two), sound, out = parts
    stretches = [Stretch(one.video, 12, 60), Stretch(two.video, 24, 72), Stretch(one.video, 0, 48)]
    assert mux_film(stretches, sound, 24, out, Event()) == 144
    expected = [(1, n) for n in range(12, 60)] + [(2, n) for n in range(24, 72)] + [(1, n) for n in range(48)]
    assert codes(out) == expected
    with decode.open_media(out) as film:
        shown = sorted(packet.pts for packet in film.demux(video=0) if packet.size)
    assert [after - before for before, after in itertools.pairwise(shown)] == [512] * 143


def test_the_index_stands_at_the_head_of_the_file(parts):
    (one, _), sound, out = parts
    mux_film([Stretch(one.video, 0, 72)], sound, 24, out, Event())
    content = out.read_bytes()
    assert 0 < content.index(b"moov") < content.index(b"mdat")


def test_a_stretch_must_begin_on_a_key_frame(parts):
    (one, _), sound, out = parts
    with pytest.raises(MediaError, match="has no key frame at frame 13"):
        mux_film([Stretch(one.video, 13, 72)], sound, 24, out, Event())


def test_a_stretch_must_have_all_its_frames(parts):
    (one, _), sound, out = parts
    with pytest.raises(MediaError, match="has not all of its frames 0 to 79"):
        mux_film([Stretch(one.video, 0, 80)], sound, 24, out, Event())


def test_a_film_that_is_encoded_otherwise_is_refused(parts, tmp_path):
    (one, _), sound, out = parts
    other = tmp_path / "other.mp4"
    asyncio.run(run_ffmpeg(["-i", str(one.video), "-c:v", "libx264", "-refs", "5", str(other)]))
    with pytest.raises(MediaError, match=r"^`other.mp4` is encoded unlike the rest of the film$"):
        mux_film([Stretch(one.video, 0, 72), Stretch(other, 0, 72)], sound, 24, out, Event())


def test_it_stops_when_it_is_told_to(parts):
    (one, _), sound, out = parts
    stop = Event()
    stop.set()
    with pytest.raises(MediaError, match="given up"):
        mux_film([Stretch(one.video, 0, 72)], sound, 24, out, stop)
