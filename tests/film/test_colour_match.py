"""Colours of a chain: what a clip changed is taken back, and what is another picture is left alone."""

from __future__ import annotations

import asyncio
import base64
from dataclasses import dataclass

import ffmpeg
import pytest

from storyforge.film.colour_match import GAIN, NONE, SHIFT, Grade, Grader, apply_grade, match_colours
from storyforge.film.conform import Delivery, conform_take, piece_key
from storyforge.film.qc.measure import THUMB, measure, picture_distance
from storyforge.model.clip import LastFrame
from storyforge.system.ffmpeg import run_ffmpeg


def small(change=lambda red, green, blue: (red, green, blue)):
    """A picture in small with greys and colours in it, every colour changed."""
    pixels = bytearray()
    for row in range(THUMB[1]):
        for column in range(THUMB[0]):
            colour = 60 + 2 * column, 180 - 2 * row - column, 90 + row
            pixels += bytes(min(max(round(part), 0), 255) for part in change(*colour))
    return base64.b64encode(bytes(pixels)).decode()


def warm(red, green, blue):
    return red * 0.9 + 22, green * 0.9 + 10, blue * 0.9 + 2


def test_what_was_changed_is_taken_back():
    handed, first = small(), small(warm)
    assert picture_distance(first, handed) > 0.02
    grade = match_colours(first, handed)
    assert picture_distance(apply_grade(first, grade), handed) < 0.004
    assert grade.light[0] == pytest.approx(1 / 0.9, abs=0.02)


def test_the_same_picture_is_left_as_it_is():
    assert match_colours(small(), small()) == NONE
    assert apply_grade(small(), NONE) == small()


def test_no_more_is_done_than_a_drift_explains():
    dark = match_colours(small(), small(lambda *colour: [part / 4 for part in colour]))
    light, _ = dark.light
    assert light == pytest.approx(1 / GAIN, abs=0.001)
    grey = base64.b64encode(bytes([100]) * (THUMB[0] * THUMB[1] * 3)).decode()
    white = base64.b64encode(bytes([250]) * (THUMB[0] * THUMB[1] * 3)).decode()
    assert match_colours(grey, white).light == (1.0, SHIFT)


def test_another_picture_is_not_brought_nearer():
    """Light where it is dark and dark where it is light: more contrast would set it farther apart."""
    first, handed = (
        base64.b64encode((bytes([left]) * 96 + bytes([right]) * 96) * THUMB[1]).decode()
        for left, right in ((100, 150), (160, 90))
    )
    assert match_colours(first, handed) == NONE


@dataclass
class Link:
    id: str
    first_frame: LastFrame | None = None


@dataclass
class Seen:
    first: str
    last: str


def test_a_chain_keeps_the_colours_of_its_first_clip():
    """Each clip is a little warmer than the one before; the third is brought back over both steps."""
    once, twice = small(warm), small(lambda *colour: warm(*warm(*colour)))
    looks = {"a": Seen(small(), small()), "b": Seen(once, once), "c": Seen(twice, twice), "lone": Seen(once, once)}
    clips = [Link("c", LastFrame("b")), Link("a"), Link("b", LastFrame("a")), Link("lone")]
    grader = Grader(clips, looks.get)
    assert grader.chain("c") == ["c", "b", "a"]
    assert grader.grade("a") == grader.grade("lone") == NONE
    for name in "bc":
        assert picture_distance(apply_grade(looks[name].last, grader.grade(name)), small()) < 0.006
    assert grader.grade("c").light[0] > grader.grade("b").light[0]


def test_without_a_take_to_go_by_nothing_is_changed():
    clips = [Link("a"), Link("b", LastFrame("a")), Link("c", LastFrame("b"))]
    looks = {"a": Seen(small(), small()), "c": Seen(small(warm), small(warm))}
    assert Grader(clips, looks.get).grade("c") == NONE


def test_clips_in_a_circle_end():
    clips = [Link("a", LastFrame("b")), Link("b", LastFrame("a"))]
    assert Grader(clips, {}.get).grade("a") == NONE


@pytest.mark.slow
def test_a_piece_is_made_in_the_colours_that_it_is_to_have(tmp_path):
    """A take that came out warmer and paler is conformed between black bars, which stay black."""
    films = {}
    for name, levels in {"as it was": {}, "drifted": {"y": "val*0.9+22", "u": "val-6", "v": "val+5"}}.items():
        film = tmp_path / f"{name}.mp4"
        graph = ffmpeg.input("testsrc2=size=160x120:rate=24", format="lavfi")["v:0"]
        # no colour at the edge of what can be shown, where a change is lost
        soft = {"y": "val*0.6+50", "u": "val*0.4+77", "v": "val*0.4+77"}
        graph = graph.filter("format", "yuv420p").filter("lutyuv", **soft).filter("lutyuv", **levels)
        made = ffmpeg.output(graph, f"file:{film}", vcodec="libx264", crf=12, threads=1, t=1)
        asyncio.run(run_ffmpeg(made, timeout=60))
        films[name] = film
    seen = {name: measure(film) for name, film in films.items()}
    grade = match_colours(seen["drifted"].first, seen["as it was"].first)
    plain = Delivery(24, (160, 90), 24, fit="pad")
    wanted = Delivery(24, (160, 90), 24, fit="pad", grade=grade)
    assert piece_key("x", plain, "y") != piece_key("x", wanted, "y")
    shown = {}
    for name, delivery in (("as it was", plain), ("drifted", wanted), ("drifted", plain)):
        piece = asyncio.run(conform_take(films[name], name, delivery, tmp_path))
        shown[name, delivery] = measure(piece.video)
    due = shown["as it was", plain]
    before, after = (picture_distance(shown["drifted", delivery].last, due.last) for delivery in (plain, wanted))
    assert before > 0.02
    assert after < before / 3
    assert shown["drifted", wanted].bars == due.bars
    assert due.bars[0] > 0.1


def test_a_grade_is_told_by_its_channels():
    assert Grade((1.1, -3.0)).channels == ((1.1, -3.0), (1.0, 0.0), (1.0, 0.0))
