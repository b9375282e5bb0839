"""A picture without what was written with it: place, camera, words, thumbnails. It runs in a process apart."""

from __future__ import annotations

import io
import re
import struct
import warnings
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal

from storyforge.model.errors import MediaError
from storyforge.system.media import MAX_PIXELS
from storyforge.system.worker_process import Blob

if TYPE_CHECKING:
    from PIL.Image import Image

Form = Literal["JPEG", "PNG", "WEBP"]

FORMS: Mapping[Form, tuple[str, str]] = {
    "JPEG": ("image/jpeg", "jpg"),
    "PNG": ("image/png", "png"),
    "WEBP": ("image/webp", "webp"),
}
QUALITY = 95
UPRIGHT = 1
ORIENTATION = 0x0112

KEPT_CHUNKS = (
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB", b"cICP", b"mDCV",
    b"cLLI", b"bKGD", b"pHYs", b"acTL", b"fcTL", b"fdAT",
)  # fmt: skip
"""Chunks of a PNG that say how it looks; all others go, known or not."""

KEPT_PARTS = (b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP")
"""Likewise of a WEBP."""

KEPT_IN_FRAME = (b"VP8 ", b"VP8L", b"ALPH")
"""Likewise of a frame in a WEBP that moves."""

HAS_EXIF_OR_XMP = 0b1100

SMALLER = f"scale it down to at most {MAX_PIXELS // 1_000_000} million pixels"


def find_form(content: bytes) -> Form | None:
    """What a picture is, by its first bytes; None if it is none of the three."""
    if content.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    return "WEBP" if content.startswith(b"RIFF") and content[8:12] == b"WEBP" else None


def strip_picture(form: Form, name: str, *, content: bytes) -> Blob:
    """A picture's content as it is uploaded; `name` is for messages. MediaError if it cannot be read."""
    return Blob(None, _stripped(content, form, name))


def _stripped(content: bytes, form: Form, name: str) -> bytes:
    parts = {"JPEG": _jpeg_parts, "PNG": _png_parts, "WEBP": _webp_parts}[form]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of Pillow, on odd metadata that is about to go
        try:
            from PIL import Image

            with Image.open(io.BytesIO(content), formats=(form,)) as image:
                if image.width * image.height > MAX_PIXELS:
                    raise MediaError(f"{name} has {image.width}×{image.height} pixels", SMALLER)
                if _orientation(image) == UPRIGHT:
                    try:
                        return b"".join(parts(content))
                    except (ValueError, IndexError, struct.error):
                        # Where parts cannot be separated, one may hide something: then only pixels go, encoded again.
                        pass
                return _encoded(
                    image, form, lossless=b"VP8L" in dict(_webp_chunks(content)) if form == "WEBP" else True
                )
        except (OSError, SyntaxError, ValueError, struct.error, Image.DecompressionBombError):
            raise MediaError(f"{name} is damaged, or too large to be read", "save it again") from None


def _orientation(image: Image) -> int:
    """How it is to be turned before it is shown; upright where it does not tell, or tells nonsense."""
    try:
        told = image.getexif().get(ORIENTATION, UPRIGHT)
    except Exception:  # whatever breaks in a damaged block that is only looked at for one number
        return UPRIGHT
    return told if told in range(2, 9) else UPRIGHT


def _encoded(image: Image, form: Form, lossless: bool) -> bytes:
    """The pixels of a picture, upright, in the same form and with its colours' profile."""
    from PIL import ImageOps

    profile = image.info.get("icc_profile")
    upright = ImageOps.exif_transpose(image)
    bare = upright.copy()
    bare.info = {key: value for key, value in upright.info.items() if key in ("transparency", "gamma")}
    written = io.BytesIO()
    options: dict[str, Any] = {"icc_profile": profile} if profile else {}
    if form == "JPEG":
        # Without subsampling: encoded a second time, its colours would be averaged once more.
        options |= {"quality": QUALITY, "subsampling": 0}
    elif form == "WEBP":
        options |= {"lossless": lossless, "quality": QUALITY}
    bare.save(written, form, exif=b"", **options)
    return written.getvalue()


# Within a scan, 0xFF before 0x00 is data, and before 0xD0 to 0xD7 a place to start again after damage.
SCAN_END = re.compile(rb"\xff[^\x00\xd0-\xd7]", re.DOTALL)


def _jpeg_parts(content: bytes) -> Iterator[bytes]:
    """The segments of a JPEG that say how it looks; what cameras append behind its end goes too."""
    yield content[:2]
    at = 2
    while True:
        if content[at] != 0xFF:
            raise ValueError("no marker where one is due")
        marker = content[at + 1]
        if marker == 0xFF:  # one more byte before a marker is allowed
            at += 1
            continue
        if marker == 0xD9:
            yield b"\xff\xd9"
            return
        (length,) = struct.unpack_from(">H", content, at + 2)
        segment = content[at : at + 2 + length]
        if length < 2 or len(segment) < 2 + length or marker < 0xC0 or 0xD0 <= marker <= 0xD8:
            raise ValueError("a segment that is none")
        yield _jpeg_segment(marker, segment)
        at += 2 + length
        if marker == 0xDA:
            end = SCAN_END.search(content, at)
            if end is None:
                raise ValueError("a scan without an end")
            yield content[at : end.start()]
            at = end.start()


def _jpeg_segment(marker: int, segment: bytes) -> bytes:
    """A segment as it is kept: colour profiles and what tells the colours' order; JFIF without its thumbnail."""
    body = segment[4:]
    match marker:
        case 0xE0 if body.startswith(b"JFIF\0") and len(body) >= 14:
            # Twelve bytes of head, and a thumbnail of 0 by 0 pixels.
            return b"\xff\xe0\x00\x10" + body[:12] + b"\0\0"
        case 0xE2 if body.startswith(b"ICC_PROFILE\0"):
            return segment
        case 0xEE if body.startswith(b"Adobe"):
            return segment
        case _ if 0xE0 <= marker <= 0xEF or marker >= 0xF0:
            return b""
    return segment


def _png_parts(content: bytes) -> Iterator[bytes]:
    yield content[:8]
    at = 8
    while True:
        length, name = struct.unpack_from(">I4s", content, at)
        chunk = content[at : at + 12 + length]
        if len(chunk) < 12 + length:
            raise ValueError("a chunk that breaks off")
        if name in KEPT_CHUNKS:
            yield chunk
        if name == b"IEND":
            return
        at += len(chunk)


def _webp_parts(content: bytes) -> Iterator[bytes]:
    kept = []
    for name, body in _webp_chunks(content):
        if name == b"VP8X":
            body = bytes([body[0] & ~HAS_EXIF_OR_XMP]) + body[1:]
        if name == b"ANMF":
            # a frame of moving pictures is a file in small, with parts of its own behind sixteen bytes of head
            frame = (_webp_part(*part) for part in _parts(body, 16, len(body)) if part[0] in KEPT_IN_FRAME)
            body = body[:16] + b"".join(frame)
        if name in KEPT_PARTS:
            kept.append(_webp_part(name, body))
    parts = b"".join(kept)
    yield struct.pack("<4sI4s", b"RIFF", 4 + len(parts), b"WEBP") + parts


def _webp_part(name: bytes, body: bytes) -> bytes:
    return struct.pack("<4sI", name, len(body)) + body + b"\0" * (len(body) % 2)


def _webp_chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The parts of a WEBP by name."""
    return _parts(content, 12, 8 + struct.unpack_from("<I", content, 4)[0])


def _parts(content: bytes, at: int, end: int) -> Iterator[tuple[bytes, bytes]]:
    while at + 8 <= end:
        name, length = struct.unpack_from("<4sI", content, at)
        body = content[at + 8 : at + 8 + length]
        if len(body) < length or at + 8 + length > end:
            raise ValueError("a part that breaks off")
        yield name, body
        at += 8 + length + length % 2
