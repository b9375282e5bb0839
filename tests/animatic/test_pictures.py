import struct
import zlib

import pytest
from PIL import Image

from storyforge.animatic.pictures import cover, open_picture, with_margin
from storyforge.model.errors import MediaError


def _bomb(width, height):
    """A PNG of a few bytes that claims to be enormous."""

    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("size", [(6001, 6000), (12_000, 9_000), (60_000, 60_000)])
def test_a_picture_with_too_many_pixels_is_refused_before_it_is_decoded(tmp_path, size):
    (tmp_path / "bomb.png").write_bytes(_bomb(*size))
    with pytest.raises(MediaError, match=r"`bomb\.png` is too large"):
        open_picture(tmp_path / "bomb.png")


def test_a_truncated_picture_is_refused(tmp_path, picture):
    whole = picture("whole.png", size=(800, 600)).read_bytes()
    (tmp_path / "half.png").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(MediaError, match=r"`half\.png` cannot be read"):
        open_picture(tmp_path / "half.png")


@pytest.mark.parametrize("content", [b"just some text", b"", b"#EXTM3U\n/etc/passwd", b"GIF89a", b"<svg/>"])
def test_what_is_not_a_picture_is_refused(tmp_path, content):
    (tmp_path / "text.png").write_bytes(content)
    with pytest.raises(MediaError, match=r"`text\.png` cannot be read"):
        open_picture(tmp_path / "text.png")


def test_a_picture_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(MediaError, match="is not there"):
        open_picture(tmp_path / "none.png")


def test_a_picture_that_lies_on_its_side_is_turned_upright(tmp_path):
    lying = Image.new("RGB", (40, 20))
    exif = lying.getexif()
    exif[0x0112] = 6
    lying.save(tmp_path / "lying.jpg", exif=exif)
    assert open_picture(tmp_path / "lying.jpg").size == (20, 40)


@pytest.mark.parametrize(
    ("mode", "colour"), [("RGBA", (255, 0, 0, 0)), ("LA", (255, 0)), ("P", 3), ("1", 1), ("I;16", 40000)]
)
def test_every_kind_of_picture_becomes_rgb(tmp_path, mode, colour):
    Image.new(mode, (8, 8), colour).save(tmp_path / "one.png")
    opened = open_picture(tmp_path / "one.png")
    assert opened.mode == "RGB"
    if mode == "I;16":
        assert opened.getpixel((0, 0)) == (155, 155, 155)


@pytest.mark.parametrize("size", [(320, 180), (180, 320), (2, 2), (1000, 10)])
def test_a_covered_size_is_filled_without_stretching(picture, size):
    assert cover(open_picture(picture()), size).size == size


def test_a_margin_leaves_the_picture_as_it_is():
    inner = Image.linear_gradient("L").convert("RGB").resize((64, 36))
    wide = with_margin(inner, (80, 44))
    assert wide.crop((8, 4, 72, 40)).tobytes() == inner.tobytes()
