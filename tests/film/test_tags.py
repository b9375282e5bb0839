"""A film says what it is, for players, editors and programs that look for a model's mark."""

from __future__ import annotations

import asyncio
import struct
from dataclasses import replace
from threading import Event
from xml.etree import ElementTree

from film.cards import codes
from film.placing import placed
from storyforge.compiler.transitions import FrameTransition
from storyforge.film.cues import Cue
from storyforge.film.mux import Stretch, mux_film
from storyforge.film.sound.mix import Mix, make_sound
from storyforge.film.stitch import stitch_film
from storyforge.film.tags import COMPOSITE, XMP_BOX, Tags
from storyforge.system.decode import check_whole, open_media

TAGS = Tags(
    "The Keeper — 米拉", "A. Nobody", "2026-05-01", "eng", ((0, "The lamp room"), (40, "The pier")), generated=True
)
CUES = [Cue(12, 30, ("You are late.",)), Cue(40, 70, ("The road is gone,", "all of it."), kind="over")]


def boxes(path):
    content, at = path.read_bytes(), 0
    while at < len(content):
        size, kind = struct.unpack_from(">I4s", content, at)
        yield kind, content[at + 8 : at + size]
        at += size


def test_players_find_title_artist_date_language_and_chapters(tmp_path, make_pieces):
    joins = [FrameTransition(), FrameTransition()]
    out = tmp_path / "film.mp4"
    asyncio.run(stitch_film(placed(make_pieces(joins), joins), out, tmp_path / "pieces", tags=TAGS, cues=CUES))
    with open_media(out) as film:
        assert film.metadata["title"] == "The Keeper — 米拉"
        assert (film.metadata["artist"], film.metadata["date"]) == ("A. Nobody", "2026-05-01")
        assert film.metadata["comment"] == f"Made with generative AI ({COMPOSITE})"
        assert film.streams.audio[0].metadata["language"] == "eng"
        assert film.streams.subtitles[0].metadata["language"] == "eng"
        times = [(chapter["start"], chapter["end"], chapter["time_base"]) for chapter in film.chapters()]
        assert [(float(a * base), float(b * base)) for a, b, base in times] == [
            (0, 1.667),
            (1.667, 4.0),
        ]
        assert [chapter["metadata"]["title"] for chapter in film.chapters()] == ["The lamp room", "The pier"]


def test_subtitles_and_tags_leave_picture_and_sound_as_they_are(tmp_path, make_pieces):
    joins = [FrameTransition(), FrameTransition("dissolve", 12)]
    pieces = make_pieces(joins)
    bare, told = tmp_path / "bare.mp4", tmp_path / "told.mp4"
    asyncio.run(stitch_film(placed(pieces, joins), bare, tmp_path / "pieces"))
    asyncio.run(stitch_film(placed(pieces, joins), told, tmp_path / "pieces", tags=TAGS, cues=CUES))
    asyncio.run(check_whole(told, 84))
    assert codes(told) == codes(bare)

    def packets(path, kind):
        with open_media(path) as film:
            return [(packet.pts, packet.dts, bytes(packet)) for packet in film.demux(**{kind: 0}) if packet.size]

    for kind in ("video", "audio"):
        assert packets(told, kind) == packets(bare, kind)
    with open_media(told) as film:
        texts = [
            (float(packet.pts * packet.time_base), content[2 : 2 + int.from_bytes(content[:2], "big")].decode())
            for packet in film.demux(subtitles=0)
            if len(content := bytes(packet)) > 2
        ]
    assert texts == [(0.5, "You are late."), (1.667, "The road is gone,\nall of it.")]


def test_the_same_film_is_the_same_bytes(tmp_path, make_pieces):
    joins = [FrameTransition(), FrameTransition()]
    pieces = make_pieces(joins)
    for name in ("one", "two"):
        asyncio.run(
            stitch_film(placed(pieces, joins), tmp_path / f"{name}.mp4", tmp_path / "pieces", tags=TAGS, cues=CUES)
        )
    assert (tmp_path / "one.mp4").read_bytes() == (tmp_path / "two.mp4").read_bytes()


def test_a_program_finds_the_mark_of_a_model_as_the_iptc_writes_it(tmp_path, make_pieces):
    (piece,) = make_pieces([FrameTransition()])
    sound = asyncio.run(make_sound(placed([piece]), Mix(), tmp_path)).file
    found = {}
    for name, tags in (("made", TAGS), ("drawn", Tags("A Sketch"))):
        out = tmp_path / f"{name}.mp4"
        mux_film([Stretch(piece.video, 0, 48)], sound, 24, out, Event(), tags)
        found[name] = [body for kind, body in boxes(out) if kind == b"uuid"]
    assert found["drawn"] == []
    (body,) = found["made"]
    assert body[:16] == XMP_BOX
    described = ElementTree.fromstring(body[16:].decode().partition("?>")[2]).find(".//{*}Description")
    assert described is not None
    assert described.get("{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}DigitalSourceType") == COMPOSITE
    with open_media(tmp_path / "drawn.mp4") as film:
        assert "comment" not in film.metadata


def test_the_tag_of_generated_media_stands_beside_the_others(tmp_path, make_pieces):
    (piece,) = make_pieces([FrameTransition()])
    sound = asyncio.run(make_sound(placed([piece]), Mix(), tmp_path)).file
    tags = replace(TAGS, aigc='{"Label": "1"}')
    mux_film([Stretch(piece.video, 0, 48)], sound, 24, tmp_path / "film.mp4", Event(), tags)
    asyncio.run(check_whole(tmp_path / "film.mp4", 48))
    with open_media(tmp_path / "film.mp4") as film:
        assert (film.metadata["AIGC"], film.metadata["title"]) == ('{"Label": "1"}', "The Keeper — 米拉")
