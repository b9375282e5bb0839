"""A contact sheet shows the right frame of each shot, and says where in the film it begins."""

from __future__ import annotations

import asyncio

import pytest
from PIL import Image

from storyforge.film.contact_sheet import GAP, WIDTH, Still, draw_sheet, timecode
from storyforge.model.errors import MediaError
from storyforge.system.ffmpeg import run_ffmpeg


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """Three seconds: red, green, blue."""
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    made = [
        part
        for one in ("red", "lime", "blue")
        for part in ("-f", "lavfi", "-t", "1", "-i", f"color=c={one}:s=160x90:r=24")
    ]
    asyncio.run(run_ffmpeg([*made, "-filter_complex", "concat=n=3", "-pix_fmt", "yuv420p", "-g", "20", f"file:{path}"]))
    return path


def test_each_shot_shows_its_own_frame_in_its_own_place(film, tmp_path):
    stills = [
        Still("one", 0, 12),
        Still("two", 24, 36),
        Still("three", 48, 60),
        Still("still blue", 60, 71),
        Still("五", 0, 0),
    ]
    draw_sheet("A Film", stills, film, 24, tmp_path / "film.sheet.jpg")
    with Image.open(tmp_path / "film.sheet.jpg") as sheet:
        assert sheet.format == "JPEG"
        assert sheet.width == 4 * (WIDTH + GAP) + GAP
        top = sheet.height // 3
        seen = [
            max(range(3), key=sheet.getpixel((GAP + WIDTH // 2 + column * (WIDTH + GAP), top)).__getitem__)
            for column in range(4)
        ]
    assert seen == [0, 1, 2, 2]


def test_a_film_of_very_many_shots_still_fits_a_jpeg(film, tmp_path, monkeypatch):
    monkeypatch.setattr("storyforge.film.contact_sheet.TALLEST", 900)
    draw_sheet("A Film", [Still(str(number), number, number) for number in range(30)], film, 24, tmp_path / "sheet.jpg")
    with Image.open(tmp_path / "sheet.jpg") as sheet:
        assert sheet.height < 1100
        assert sheet.width > 7 * WIDTH


def test_a_frame_that_is_not_there_is_said_and_nothing_is_written(film, tmp_path):
    with pytest.raises(MediaError, match="no frame 500"):
        draw_sheet("A Film", [Still("one", 0, 500)], film, 24, tmp_path / "sheet.jpg")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("frame", "code"), [(0, "00:00:00:00"), (23, "00:00:00:23"), (24 * 3661 + 5, "01:01:01:05")])
def test_a_time_code_counts_every_frame(frame, code):
    assert timecode(frame, 24) == code
