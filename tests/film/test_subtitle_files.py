"""Subtitles as players and editors read them."""

from __future__ import annotations

import asyncio

import pysubs2
import pytest

from storyforge.film.cues import Cue
from storyforge.film.subtitle_files import language_code, subtitles, write_track
from storyforge.system.decode import open_media

CUES = [
    Cue(12, 36, ("Salt & tide — “now”,", "米拉."), "Mira, of the lamp"),
    Cue(38, 60, ("The road is gone.",), "Otto", kind="over"),
]
OFF = Cue(62, 80, ("Herein!",), "Otto", kind="off", language="de")


def test_srt_reads_in_milliseconds_and_marks_a_voice_that_is_not_seen():
    assert subtitles(CUES, 24, "srt") == (
        "1\n00:00:00,500 --> 00:00:01,500\nSalt & tide — “now”,\n米拉.\n\n"
        "2\n00:00:01,583 --> 00:00:02,500\n<i>The road is gone.</i>\n\n"
    )


@pytest.mark.parametrize(
    ("form", "over", "off"),
    [
        ("srt", "<i>The road is gone.</i>\n", "\nHerein!\n"),
        ("vtt", "<i>The road is gone.</i>\n", "\n<lang de>Herein!</lang>\n"),
        ("ass", ",Otto (V.O.),0,0,0,,{\\i1}The road is gone.{\\i0}\n", ",Otto (O.S.),0,0,0,,Herein!\n"),
    ],
)
def test_a_voice_over_the_picture_is_told_from_one_out_of_view(form, over, off):
    text = subtitles([*CUES, OFF], 24, form)
    assert over in text
    assert off in text


def test_vtt_with_a_language_is_read_by_a_player(tmp_path):
    file = tmp_path / "film.vtt"
    file.write_text(subtitles([OFF], 24, "vtt"), encoding="utf-8")
    assert pysubs2.load(str(file))[0].plaintext == "Herein!"


def test_vtt_escapes_what_it_must():
    text = subtitles(CUES, 24, "vtt")
    assert text.startswith("WEBVTT\n")
    assert "00:00:00.500 --> 00:00:01.500\nSalt &amp; tide — “now”,\n米拉.\n" in text


def test_ass_relates_to_the_size_of_the_film_and_names_who_speaks():
    text = subtitles(CUES, 24, "ass", (1080, 1920))
    assert "PlayResX: 1080\nPlayResY: 1920\n" in text
    read = pysubs2.SSAFile.from_string(text)
    assert [(event.start, event.end, event.name) for event in read] == [
        (500, 1500, "Mira of the lamp"),
        (1580, 2500, "Otto (V.O.)"),
    ]
    assert read[0].text == "Salt & tide — “now”,\\N米拉."
    assert read[1].text == "{\\i1}The road is gone.{\\i0}"


def test_the_track_tells_the_same_in_its_language(tmp_path):
    track = tmp_path / "track.mp4"
    asyncio.run(write_track(CUES, 24, "eng", track))
    with open_media(track) as film:
        stream = film.streams.subtitles[0]
        assert (stream.codec_context.name, stream.metadata["language"]) == ("mov_text", "eng")
        told = [
            (float(packet.pts * packet.time_base), float(packet.duration * packet.time_base), bytes(packet))
            for packet in film.demux(stream)
            if packet.size > 2
        ]
    assert [(start, length) for start, length, _ in told] == [(0.5, 1.0), (1.583, 0.917)]
    first, second = (content[2 : 2 + int.from_bytes(content[:2], "big")].decode() for *_, content in told)
    assert (first, second) == ("Salt & tide — “now”,\n米拉.", "The road is gone.")
    assert b"styl" in told[1][2]


@pytest.mark.parametrize(
    ("language", "code"),
    [
        ("en", "eng"),
        ("fr-CA", "fra"),
        ("zh-Hant-TW", "zho"),
        ("gsw", "gsw"),
        ("../x", "und"),
        ("und", "und"),
        ("x-own", "und"),
    ],
)
def test_a_language_has_its_code_of_three_letters(language, code):
    assert language_code(language) == code
