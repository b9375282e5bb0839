"""Brings pictures under public addresses, for hosts that take nothing else, without what a camera writes into them.

    [publish]                                  [publish]
    kind = "folder"                            kind = "bucket"
    folder = "/srv/www/pictures"               url = "s3://bucket/prefix"
    url = "https://example.com/pictures"       endpoint = "https://..."     left out for Amazon's own
                                               region = "eu-central-1"
                                               expires = 21600              seconds that an address holds

A published picture is named by the sha256 of its content as the author has it, so it is brought there once, and nobody
guesses its name. A bucket's other settings and its keys are read by `system/object_store.py`.
"""

from __future__ import annotations

import hashlib
import io
import re
import struct
import warnings
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from storyforge.model.errors import MediaError, UsageError
from storyforge.model.messages import Placed, Upload
from storyforge.system.files import write_atomically
from storyforge.system.object_store import Bucket, read_section

if TYPE_CHECKING:
    from PIL.Image import Image

    from storyforge.system.settings import Settings

SIX_HOURS = 6 * 3600
LONGEST = 7 * 24 * 3600
"""Seconds that a signed address can hold, by the rules of its signature."""
SHORTEST = 60

KEYS: Mapping[str, tuple[str, ...]] = {
    "folder": ("kind", "folder", "url"),
    "bucket": ("kind", "url", "endpoint", "region", "expires"),
}
"""The settings of each kind."""


class Publisher(ABC):
    """Gives pictures addresses that a host can fetch them from."""

    @abstractmethod
    def ready(self) -> None:
        """Raises UsageError or CredentialsError where publishing would surely fail; nothing is sent."""

    @abstractmethod
    def publish(self, upload: Upload) -> Placed:
        """Brings a picture to its place, unless it is there, and gives its address."""


# the settings


def find_publisher(settings: Settings, base: Path | None = None) -> Publisher | None:
    """The publisher that `[publish]` describes; None without that section. A relative folder lies in `base`."""
    section = read_section(settings, "publish", KEYS)
    if section is None:
        return None
    if section.kind == "folder":
        folder = section.folder("the folder that pictures are written to", base)
        return PublicFolder(folder, section.address("url", "where the folder is seen from outside"))
    bucket, expires = section.bucket(settings.environment), section.values.get("expires", SIX_HOURS)
    if not isinstance(expires, int) or isinstance(expires, bool) or not SHORTEST <= expires <= LONGEST:
        raise UsageError(
            f"`publish.expires` is `{expires}`", f"give seconds from {SHORTEST} to {LONGEST}, as a whole number"
        )
    return PublicBucket(bucket, expires)


# the places


@dataclass(frozen=True)
class PublicFolder(Publisher):
    """A folder of this machine that a web server shows, or that is synced to one."""

    folder: Path
    url: str

    def ready(self) -> None:
        """UsageError if the folder is not there; none is made, since a web server must show it."""
        if not self.folder.is_dir():
            raise UsageError(f"`publish.folder` is `{self.folder}`, which is no folder", "make it, or name another")

    def publish(self, upload: Upload) -> Placed:
        """Writes the picture if it is not there byte for byte; its address never expires. UsageError if it cannot."""
        self.ready()
        target = self.folder / upload.name
        try:
            # Compared, since the folder is not ours alone; what is the same is left untouched.
            if not (target.is_file() and target.read_bytes() == upload.content):
                write_atomically(target, upload.content)
        except OSError as fault:
            raise UsageError(
                f"a picture cannot be published to `{self.folder}`: {fault.strerror}",
                "see to the folder, then run again",
            ) from None
        return Placed(f"{self.url}/{upload.name}")


@dataclass(frozen=True)
class PublicBucket(Publisher):
    """A bucket that nobody else can read; each address is signed for a while."""

    bucket: Bucket
    expires: int
    """Seconds that an address holds."""

    def ready(self) -> None:
        """UsageError or CredentialsError where the bucket cannot be used; nothing is sent."""
        self.bucket.ready()

    def publish(self, upload: Upload) -> Placed:
        """Puts the picture there if its name is not, and signs an address that holds for `expires` seconds."""
        self.ready()
        import obstore
        from obstore.exceptions import AlreadyExistsError, BaseError

        store, attributes = self.bucket.store(), {"Content-Type": upload.media_type}
        try:
            try:
                obstore.put(store, upload.name, upload.content, mode="create", attributes=attributes)
            except AlreadyExistsError:
                pass
            except (BaseError, NotImplementedError) as fault:
                # Some stores do not know "only where there is none"; what is there has the same bytes.
                if not re.search(r"not ?implemented|not ?supported|\b501\b", str(fault), re.IGNORECASE):
                    raise
                obstore.put(store, upload.name, upload.content, mode="overwrite", attributes=attributes)
            address = obstore.sign(store, "GET", upload.name, timedelta(seconds=self.expires))
        except (BaseError, OSError) as fault:  # what is not there is an OSError
            raise self.bucket.explain_fault(str(fault), f"a picture cannot be published to {self.bucket}") from None
        return Placed(address, float(self.expires))


# a picture as it is uploaded

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
HAS_EXIF_OR_XMP = 0b1100


def prepare_picture(picture: Path | bytes) -> Upload:
    """A picture without what was written with it: place, camera, words, thumbnails. Its pixels stay as they were.

    Only a picture that lies on its side, or whose parts cannot be distinguished, is encoded again.
    """
    name = "a picture" if isinstance(picture, bytes) else f"`{picture.name}`"
    try:
        content = picture if isinstance(picture, bytes) else picture.read_bytes()
    except OSError as fault:
        raise MediaError(f"{name} cannot be read: {fault.strerror}") from None
    form = _form(content)
    if form is None:
        raise MediaError(f"{name} is no JPEG, PNG or WEBP", "convert it")
    media_type, ending = FORMS[form]
    sha256 = hashlib.sha256(content).hexdigest()
    return Upload(f"{sha256}.{ending}", media_type, _stripped(content, form, name))


def _form(content: bytes) -> Form | None:
    if content.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    return "WEBP" if content.startswith(b"RIFF") and content[8:12] == b"WEBP" else None


def _stripped(content: bytes, form: Form, name: str) -> bytes:
    parts = {"JPEG": _jpeg_parts, "PNG": _png_parts, "WEBP": _webp_parts}[form]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of Pillow, on odd metadata that is about to go
        try:
            from PIL import Image

            with Image.open(io.BytesIO(content), formats=(form,)) as image:
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
        if name in KEPT_PARTS:
            kept.append(struct.pack("<4sI", name, len(body)) + body + b"\0" * (len(body) % 2))
    parts = b"".join(kept)
    yield struct.pack("<4sI4s", b"RIFF", 4 + len(parts), b"WEBP") + parts


def _webp_chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The parts of a WEBP by name."""
    end = 8 + struct.unpack_from("<I", content, 4)[0]
    at = 12
    while at + 8 <= end:
        name, length = struct.unpack_from("<4sI", content, at)
        body = content[at + 8 : at + 8 + length]
        if len(body) < length or at + 8 + length > end:
            raise ValueError("a part that breaks off")
        yield name, body
        at += 8 + length + length % 2
