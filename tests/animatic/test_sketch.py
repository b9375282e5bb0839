"""A sketch is small, exact, and the same bytes for the same shot."""

from __future__ import annotations

import asyncio

import av
import pytest

from storyforge.animatic.sketch import FPS, RATE, draw_sketch, sketch_key, sketch_size

PANEL = {
    "frames": 9,
    "framing": "close shot",
    "camera": "slow push-in",
    "action": "Rain falls.",
    "goes_on": False,
    "lines": [],
    "sound": None,
    "music": None,
    "cast": [],
    "scene": {"name": "the pier", "picture": None},
}
BODY = {
    "size": [480, 270],
    "fps": FPS,
    "frames": 9,
    "language": "en",
    "seed": 3,
    "take": 1,
    "first_frame": None,
    "panels": [PANEL],
}


@pytest.mark.parametrize(
    ("aspect", "size"), [("16:9", (480, 270)), ("9:16", (270, 480)), ("21:9", (630, 270)), ("1:1", (270, 270))]
)
def test_a_sketch_has_the_shape_of_its_film(aspect, size):
    assert sketch_size(aspect) == size


def test_a_sketch_lasts_exactly_as_long_as_it_should(tmp_path):
    out = tmp_path / "sketch.mp4"
    asyncio.run(draw_sketch(BODY, {}, "pier-1", out))
    with av.open(str(out)) as film:
        assert (film.streams.video[0].width, film.streams.video[0].height) == (480, 270)
        assert sum(1 for _ in film.decode(video=0)) == 9
    with av.open(str(out)) as film:
        assert sum(frame.samples for frame in film.decode(audio=0)) == 9 * RATE // FPS


def test_the_same_shot_is_the_same_bytes_and_another_id_is_another_picture(tmp_path):
    films = []
    for number, label in enumerate(["a", "a", "b"]):
        out = tmp_path / f"{number}.mp4"
        asyncio.run(draw_sketch(BODY, {}, label, out))
        films.append(out.read_bytes())
    assert films[0] == films[1] != films[2]


def test_a_sketch_is_named_by_all_that_changes_it():
    keys = {sketch_key(BODY, "a"), sketch_key(BODY, "b"), sketch_key({**BODY, "seed": 4}, "a"), sketch_key(BODY, "a")}
    assert len(keys) == 3
