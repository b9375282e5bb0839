"""Takes of every kind become pieces of exactly the film's shape."""

from __future__ import annotations

import asyncio
import hashlib
import wave
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from PIL import Image

from film.cards import card, codes
from film.placing import placed
from storyforge.compiler.transitions import FrameTransition
from storyforge.film.colour_match import NONE, Grade
from storyforge.film.conform import Delivery, Label, Piece, conform_take, count_frames, piece_key
from storyforge.model.errors import MediaError
from storyforge.system import decode, ffmpeg

SIZE = (320, 180)


def conform(take: Path, delivery: Delivery, folder: Path):
    return asyncio.run(conform_take(take, hashlib.sha256(take.read_bytes()).hexdigest(), delivery, folder))


def luma(path: Path, number: int, x: int, y: int) -> int:
    with decode.open_media(path) as film:
        for index, frame in enumerate(film.decode(video=0)):
            if index == number:
                return bytes(frame.planes[0])[y * frame.planes[0].line_size + x]
    raise AssertionError(number)


VARIABLE = {"vfr": "if(lt(N,20),N*40,800+(N-20)*100)"}


@pytest.mark.parametrize(
    "shape",
    [
        {},
        {"fps": 25},
        {"fps": 30, "rate": 44100, "layout": "mono"},
        VARIABLE,
        {"height": 240},
        {"sar": "4/3"},
        {"sound": None},
        {"frames": 30},
        {"frames": 90},
        {"sound_seconds": 0.3},
        {"sound_seconds": 6},
    ],
    ids=[
        "plain",
        "25",
        "30-mono-44k",
        "variable",
        "4:3",
        "wide-pixels",
        "silent",
        "short",
        "long",
        "short-sound",
        "long-sound",
    ],
)
@pytest.mark.parametrize("fps", [24, pytest.param(30, marks=pytest.mark.slow)])
def test_every_take_has_exactly_its_frames_and_samples(tmp_path, shape, fps):
    delivery = Delivery(50, SIZE, fps)
    piece = conform(card(tmp_path / "take.mp4", **shape), delivery, tmp_path / "pieces")
    found = asyncio.run(decode.check_whole(piece.video, 50))
    assert (found.width, found.height, found.aspect, found.fps) == (320, 180, Fraction(16, 9), fps)
    assert found.tagged
    assert not found.has_audio
    with wave.open(str(piece.sound)) as sound:
        assert sound.getparams()[:4] == (2, 2, 48000, 50 * 48000 // fps)


def test_frames_at_the_rate_of_the_film_are_kept_one_by_one_and_the_last_is_held(tmp_path):
    piece = conform(card(tmp_path / "take.mp4", 3, 40), Delivery(50, SIZE, 24), tmp_path)
    assert codes(piece.video) == [(3, frame) for frame in range(40)] + [(3, 39)] * 10


def test_frames_of_another_rate_stay_in_time(tmp_path):
    piece = conform(card(tmp_path / "take.mp4", 3, 60, 30), Delivery(48, SIZE, 24), tmp_path)
    for number, (_, frame) in enumerate(codes(piece.video)):
        assert abs(number / 24 - frame / 30) < 1 / 24


@pytest.mark.parametrize("delay", [0, 0.05, 0.5])
@pytest.mark.parametrize("beep", [0, 4801])
def test_sound_comes_to_the_sample_when_it_does_in_the_take(tmp_path, beep, delay):
    take = tmp_path / "take.mp4"
    whole = str(card(tmp_path / "whole.mp4", sound=f"if(eq(n,{beep}),0.9,0)", video={"acodec": "alac"}))
    later = ["-i", whole, "-itsoffset", str(delay), "-i", whole, "-map", "0:v", "-map", "1:a", "-c", "copy"]
    asyncio.run(ffmpeg.run_ffmpeg([*later, str(take)]))
    piece = conform(take, Delivery(48, SIZE, 24), tmp_path / "pieces")
    with wave.open(str(piece.sound)) as sound:
        content = sound.readframes(sound.getnframes())
    left = [int.from_bytes(content[at : at + 2], "little", signed=True) for at in range(0, len(content), 4)]
    assert [number for number, value in enumerate(left) if abs(value) > 20000] == [beep + delay * 48000]


def test_a_piece_has_key_frames_where_joins_begin_and_end(tmp_path):
    piece = conform(card(tmp_path / "take.mp4", frames=100), Delivery(100, SIZE, 24, 7, 31), tmp_path)
    with decode.open_media(piece.video) as film:
        keys = [round(packet.pts * packet.time_base * 24) for packet in film.demux(video=0) if packet.is_keyframe]
    assert {0, 7, 12, 24, 69, 76, 88} <= set(keys)


@pytest.mark.parametrize(
    ("delivery", "keys"),
    [
        (Delivery(100, SIZE, 24), (12, 24, 76, 88)),
        (Delivery(100, SIZE, 24, 7, 31), (7, 12, 24, 69, 76, 88)),
        (Delivery(100, SIZE, 24, 100, 12), (12, 24, 76, 88)),
        (Delivery(20, SIZE, 24), (8, 12)),
        (Delivery(24, SIZE, 24), (12,)),
    ],
)
def test_frames_are_key_frames_where_usual_joins_and_its_own_begin_and_end(delivery, keys):
    assert delivery.keys == keys


@pytest.mark.parametrize(("grade", "light"), [(NONE, 235), (Grade(light=(0.5, 10.0)), 127)])
def test_levels_are_changed_as_a_grade_says_and_else_not_at_all(tmp_path, grade, light):
    take = card(tmp_path / "take.mp4", take=63, frames=12)
    piece = conform(take, Delivery(12, SIZE, 24, grade=grade), tmp_path / "pieces")
    assert abs(luma(piece.video, 5, 300, 90) - light) <= 2


def test_another_shape_stands_whole_between_black_bars(tmp_path):
    tall = card(tmp_path / "tall.mp4", take=63, frames=24, height=320)
    piece = conform(tall, Delivery(24, SIZE, 24), tmp_path)
    assert luma(piece.video, 5, 10, 90) == 16
    assert luma(piece.video, 5, 310, 90) == 16
    assert luma(piece.video, 5, 240, 5) > 200
    wide = card(tmp_path / "wide.mp4", take=63, frames=24, sar="2/1")
    piece = conform(wide, Delivery(24, SIZE, 24), tmp_path)
    assert (luma(piece.video, 5, 310, 10), luma(piece.video, 5, 310, 170)) == (16, 16)
    assert luma(piece.video, 5, 310, 90) > 200


def test_a_label_is_drawn_over_its_frames_alone(tmp_path):
    Image.new("RGBA", (40, 20), "white").save(tmp_path / "label.png")
    labels = (Label(10, 19, tmp_path / "label.png", "aa"), Label(30, 31, tmp_path / "label.png", "aa"))
    piece = conform(card(tmp_path / "take.mp4", take=0), Delivery(48, SIZE, 24, labels=labels), tmp_path)
    # the corner is black in every other frame of the card
    even = range(0, 48, 2)
    assert [number for number in even if luma(piece.video, number, 10, 10) > 200] == [10, 12, 14, 16, 18, 30]
    assert not any(luma(piece.video, number, 10, 60) > 200 for number in even)


def test_a_piece_is_made_once_and_with_the_same_bytes_anywhere(tmp_path):
    take = card(tmp_path / "take.mp4")
    first = conform(take, Delivery(48, SIZE, 24), tmp_path / "one")
    made = first.video.stat().st_mtime_ns
    assert conform(take, Delivery(48, SIZE, 24), tmp_path / "one") == first
    assert first.video.stat().st_mtime_ns == made
    other = conform(take, Delivery(48, SIZE, 24), tmp_path / "two")
    assert first.video.read_bytes() == other.video.read_bytes()
    assert first.sound.read_bytes() == other.sound.read_bytes()


def test_the_key_of_a_piece_names_all_that_can_change_it():
    plain = Delivery(100, SIZE, 24)
    label = Label(0, 9, Path("a.png"), "aa")
    others = [
        replace(plain, frames=101),
        replace(plain, size=(640, 360)),
        replace(plain, fps=25),
        replace(plain, head=5),
        replace(plain, tail=5),
        replace(plain, fit="pad"),
        replace(plain, fit_time="keep"),
        replace(plain, labels=(label,)),
        replace(plain, labels=(replace(label, last=10),)),
        replace(plain, labels=(replace(label, sha256="bb"),)),
    ]
    keys = {piece_key("take", one, "x") for one in [plain, *others]}
    keys |= {piece_key("other", plain, "x"), piece_key("take", plain, "y")}
    assert len(keys) == 13


def test_the_usual_joins_and_the_place_of_a_label_file_do_not_change_the_key():
    plain = Delivery(100, SIZE, 24)
    assert piece_key("take", plain, "x") == piece_key("take", replace(plain, head=12, tail=24), "x")
    labels = [Label(0, 9, Path(name), "aa") for name in ("a.png", "b.png")]
    assert len({piece_key("take", replace(plain, labels=(label,)), "x") for label in labels}) == 1


def test_a_take_that_breaks_leaves_nothing_behind(tmp_path):
    whole = card(tmp_path / "take.mp4", frames=96)
    content = whole.read_bytes()
    (tmp_path / "half.mp4").write_bytes(content[: len(content) // 2])
    with pytest.raises(MediaError):
        conform(tmp_path / "half.mp4", Delivery(96, SIZE, 24), tmp_path / "pieces")
    assert not any((tmp_path / "pieces").glob("**/*"))


def test_cancelling_leaves_no_piece(tmp_path):
    take = card(tmp_path / "take.mp4", frames=600)

    async def main():
        task = asyncio.create_task(conform_take(take, "aa", Delivery(600, (1280, 720), 24), tmp_path / "pieces"))
        while not any(path.stat().st_size for path in (tmp_path / "pieces").glob("*")):
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert list((tmp_path / "pieces").iterdir()) == []


def test_only_overlaps_shorten_the_film():
    joins = [
        FrameTransition("dissolve", 9),
        FrameTransition("dissolve", 12),
        FrameTransition("fade", 6),
        FrameTransition("wipe", 4),
        FrameTransition("hblur", 3),
    ]
    piece = Piece("key", Path("none.mp4"), Path("none.wav"), 48, 24)
    assert count_frames(placed([piece] * 5, joins)) == 240 - 19
