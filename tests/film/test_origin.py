"""What a take says of its origin is read from its boxes and tags, whatever else they hold."""

from __future__ import annotations

import hashlib
import struct

import pytest

from film.cards import card
from storyforge.film.origin import C2PA_BOX, Origin, read_origin
from storyforge.film.tags import Tags
from storyforge.model.errors import MediaError
from storyforge.system.decode import probe

LABEL = '{"Label": "1", "ContentProducer": "001191110000MA01"}'


@pytest.fixture(scope="module")
def take(tmp_path_factory):
    return card(tmp_path_factory.mktemp("takes") / "take.mp4", frames=12)


def with_boxes(take, out, *boxes, wide=False):
    def box(body):
        size = len(body)
        return (struct.pack(">I4sQ", 1, b"uuid", 16 + size) if wide else struct.pack(">I4s", 8 + size, b"uuid")) + body

    out.write_bytes(take.read_bytes() + b"".join(map(box, boxes)))
    return out


def test_a_film_that_says_nothing_has_no_origin(take):
    assert read_origin(take) == Origin()


@pytest.mark.parametrize("wide", [False, True], ids=["32 bits", "64 bits"])
def test_a_manifest_is_known_by_its_bytes(take, tmp_path, wide):
    body = C2PA_BOX + bytes(4) + b"manifest\0" + bytes(8) + b"jumb" * 9
    signed = with_boxes(take, tmp_path / "signed.mp4", bytes(16) + b"another", body, wide=wide)
    assert read_origin(signed) == Origin(manifest=hashlib.sha256(body).hexdigest())


def test_the_tag_of_generated_media_is_read_as_it_was_written(take, tmp_path):
    (tmp_path / "tagged.mp4").write_bytes(take.read_bytes() + Tags("x", aigc=LABEL).box)
    assert read_origin(tmp_path / "tagged.mp4") == Origin(aigc=LABEL)


def test_a_box_that_lies_about_its_length_ends_the_search(take, tmp_path):
    for size in (0xFFFFFF, 4):
        (tmp_path / "odd.mp4").write_bytes(take.read_bytes() + struct.pack(">I4s", size, b"uuid") + C2PA_BOX)
        assert read_origin(tmp_path / "odd.mp4").manifest is None


def test_tags_that_are_no_utf_8_are_read_all_the_same(take, tmp_path):
    (tmp_path / "odd.mp4").write_bytes(
        take.read_bytes() + Tags("x", aigc="abcdef").box.replace(b"abcdef", b"\xff\xfe\x00def")
    )
    assert read_origin(tmp_path / "odd.mp4").aigc
    assert probe(tmp_path / "odd.mp4").frames == 12


def test_what_is_no_film_is_an_error(tmp_path):
    (tmp_path / "no.mp4").write_bytes(b"no film")
    with pytest.raises(MediaError):
        read_origin(tmp_path / "no.mp4")
