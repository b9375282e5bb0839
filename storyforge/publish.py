"""Brings pictures under public addresses, for hosts that take nothing else, without what a camera writes beside them.

    [publish]                                  [publish]
    kind = "folder"                            kind = "bucket"
    folder = "/srv/www/pictures"               url = "s3://bucket/prefix"
    url = "https://example.com/pictures"       endpoint = "https://..."     left out for Amazon's own
                                               region = "eu-central-1"
                                               expires = 21600              seconds that an address holds

A published picture is named by the sha256 of its content as the author has it, so it is brought there once, and nobody
guesses its name. The keys of a bucket come from the environment (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`,
`AWS_SESSION_TOKEN`) and only from there.
"""

from __future__ import annotations

import hashlib
import io
import re
import secrets as chance
import struct
import warnings
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from storyforge.conversation import Placed, Upload
from storyforge.errors import CredentialsError, HostError, MediaError, UsageError
from storyforge.nearest import nearest
from storyforge.store import settle
from storyforge.wire import redacted, secrets

if TYPE_CHECKING:
    from obstore.store import S3Config, S3Store
    from PIL.Image import Image

    from storyforge.settings import Settings

SIX_HOURS = 6 * 3600
LONGEST = 7 * 24 * 3600
"""Seconds that a signed address can hold, by the rules of its signature."""
SHORTEST = 60

KEYS: Mapping[str, tuple[str, ...]] = {
    "folder": ("kind", "folder", "url"),
    "bucket": ("kind", "url", "endpoint", "region", "expires"),
}
"""What each kind is told."""

EXAMPLE = 'write `kind = "folder"` or `kind = "bucket"`'


class Publisher(ABC):
    """Gives pictures addresses that a host can fetch them from."""

    @abstractmethod
    def ready(self) -> None:
        """Raises UsageError or CredentialsError where publishing would surely fail; nothing is sent."""

    @abstractmethod
    def publish(self, upload: Upload) -> Placed:
        """Brings a picture to its place, unless it is there, and gives its address."""


# the settings


def publisher_of(settings: Settings, beside: Path | None = None) -> Publisher | None:
    """The publisher that `[publish]` describes; None without that section. A relative folder lies in `beside`."""
    section = settings.table("publish")
    if not section:
        return None
    kind = section.get("kind")
    if not isinstance(kind, str) or kind not in KEYS:
        raise UsageError(*_unknown("publish.kind", kind, KEYS) if kind else ("`publish.kind` is missing", EXAMPLE))
    if strange := next((key for key in section if key not in KEYS[kind]), None):
        others = "; it belongs to another kind" if any(strange in keys for keys in KEYS.values()) else ""
        near = nearest(strange, KEYS[kind])
        known = f"did you mean `{near}`?" if near and not others else f"known are {', '.join(KEYS[kind])}"
        raise UsageError(f"`publish.{strange}` is not known of a {kind}{others}", known)
    return _folder(section, beside) if kind == "folder" else _bucket(section, settings.environment)


def _unknown(name: str, value: Any, known: Mapping[str, Any]) -> tuple[str, str]:
    near = nearest(value, known) if isinstance(value, str) else None
    return f"`{name}` is `{value}`", f"did you mean `{near}`?" if near else EXAMPLE


def _folder(section: Mapping[str, Any], beside: Path | None) -> Publisher:
    folder = Path(_text(section, "folder", "the folder that pictures are written to")).expanduser()
    if not folder.is_absolute():
        if beside is None:
            raise UsageError("`publish.folder` is not a whole path", "begin it with `/` or `~/`")
        folder = beside / folder
    return Folder(folder, _web_address(section, "url", "where the folder is seen from outside"))


def _bucket(section: Mapping[str, Any], environment: Mapping[str, str]) -> Publisher:
    written = _text(section, "url", "the bucket, as `s3://bucket/prefix`")
    found = re.fullmatch(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/([\w!.*'()/-]*))?", written)
    if not found or ".." in written:
        raise UsageError(f"`publish.url` is `{redacted(written)}`, no bucket", "write it as `s3://bucket/prefix`")
    expires = section.get("expires", SIX_HOURS)
    if not isinstance(expires, int) or isinstance(expires, bool) or not SHORTEST <= expires <= LONGEST:
        raise UsageError(
            f"`publish.expires` is `{expires}`", f"give seconds from {SHORTEST} to {LONGEST}, as a whole number"
        )
    region = section.get("region") or environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION")
    return Bucket(
        bucket=found[1],
        prefix=(found[2] or "").strip("/"),
        endpoint=_web_address(section, "endpoint", "") if "endpoint" in section else None,
        region=_text({"region": region}, "region", "") if region else "us-east-1",
        expires=expires,
        keys={name: environment.get(name, "").strip() for name in (*KEY_NAMES, TOKEN_NAME)},
    )


def _text(section: Mapping[str, Any], name: str, meaning: str) -> str:
    value = section.get(name)
    if value is None:
        raise UsageError(f"`publish.{name}` is missing", f"it is {meaning}")
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise UsageError(f"`publish.{name}` is `{value}`, not text", f"put quotes around the value of `{name}`")
    return value.strip()


def _web_address(section: Mapping[str, Any], name: str, meaning: str) -> str:
    """An https address, or one of this machine by http."""
    written = _text(section, name, meaning)
    try:
        parts = urlsplit(written)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise UsageError(f"`publish.{name}` is no address", "write it as `https://...`") from None
    loopback = host in ("localhost", "::1") or host.startswith("127.")
    if not host or parts.scheme not in ("https", "http") or (parts.scheme == "http" and not loopback):
        raise UsageError(f"`publish.{name}` is `{redacted(written)}`, not https", "write it as `https://...`")
    if parts.username is not None or parts.query or parts.fragment or " " in written:
        raise UsageError(f"`publish.{name}` holds more than an address", "leave out names, passwords, `?` and `#`")
    return written.rstrip("/")


# the places


@dataclass(frozen=True)
class Folder(Publisher):
    """A folder of this machine that a web server shows, or that is synced to one."""

    folder: Path
    url: str

    def ready(self) -> None:
        if not self.folder.is_dir():
            raise UsageError(f"`publish.folder` is `{self.folder}`, which is no folder", "make it, or name another")

    def publish(self, upload: Upload) -> Placed:
        self.ready()
        target = self.folder / upload.name
        try:
            if not (target.is_file() and target.read_bytes() == upload.content):
                scratch = self.folder / f".{upload.name}.{chance.token_hex(6)}.part"
                try:
                    scratch.write_bytes(upload.content)
                    settle(scratch, target)
                finally:
                    scratch.unlink(missing_ok=True)
        except OSError as fault:
            raise UsageError(
                f"a picture cannot be published to `{self.folder}`: {fault.strerror}",
                "see to the folder, then run again",
            ) from None
        return Placed(f"{self.url}/{upload.name}")


KEY_NAMES = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
TOKEN_NAME = "AWS_SESSION_TOKEN"


@dataclass(frozen=True)
class Bucket(Publisher):
    """A bucket of an object store that speaks S3; nobody else can read it, each address is signed for a while."""

    bucket: str
    prefix: str
    endpoint: str | None
    region: str
    expires: int
    keys: Mapping[str, str] = field(repr=False)
    """By the names of the environment; empty where not set."""

    def ready(self) -> None:
        if lacking := [name for name in KEY_NAMES if not self.keys.get(name)]:
            raise CredentialsError(
                f"{' and '.join(f'`{name}`' for name in lacking)} not set, so nothing can be published",
                "put it into the environment or into `.env`",
            )
        self._store()

    def publish(self, upload: Upload) -> Placed:
        self.ready()
        import obstore
        from obstore.exceptions import AlreadyExistsError, BaseError

        store, attributes = self._store(), {"Content-Type": upload.media_type}
        path = "/".join(step for step in (self.prefix, upload.name) if step)
        try:
            try:
                obstore.put(store, path, upload.content, mode="create", attributes=attributes)
            except AlreadyExistsError:
                pass
            except (BaseError, NotImplementedError) as fault:
                # Some stores do not know "only where there is none"; what is there has the same bytes.
                if not re.search(r"not ?implemented|not ?supported|\b501\b", str(fault), re.IGNORECASE):
                    raise
                obstore.put(store, path, upload.content, mode="overwrite", attributes=attributes)
            address = obstore.sign(store, "GET", path, timedelta(seconds=self.expires))
        except (BaseError, OSError) as fault:  # what is not there is an OSError
            raise self._told(str(fault)) from None
        return Placed(address, float(self.expires))

    def _store(self) -> S3Store:
        try:
            from obstore.exceptions import BaseError
            from obstore.store import S3Store
        except ImportError:
            raise UsageError(
                "publishing to a bucket needs the package obstore",
                "install it: `pip install 'storyforge-film[publish]'`",
            ) from None
        secrets.add(*self.keys.values())
        config: S3Config = {
            "region": self.region,
            "access_key_id": self.keys[KEY_NAMES[0]],
            "secret_access_key": self.keys[KEY_NAMES[1]],
            "skip_signature": False,
        }
        if self.endpoint:
            config["endpoint"] = self.endpoint
        if self.keys.get(TOKEN_NAME):
            config["session_token"] = self.keys[TOKEN_NAME]
        try:
            return S3Store(
                self.bucket,
                config=config,
                client_options={
                    "allow_http": bool(self.endpoint and self.endpoint.startswith("http:")),
                    "timeout": timedelta(seconds=120),
                    "connect_timeout": timedelta(seconds=10),
                },
                retry_config={"max_retries": 3, "retry_timeout": timedelta(seconds=60)},
            )
        except (BaseError, ValueError) as fault:
            raise self._told(str(fault)) from None

    def _told(self, words: str) -> CredentialsError | HostError:
        """What the store says, in its own words and on one line."""
        said = redacted(" ".join(words.partition("Debug source")[0].split()))[:400]
        if re.search(r"\b40[13]\b|AccessDenied|InvalidAccessKeyId|SignatureDoesNotMatch|Unauthenticated", words):
            return CredentialsError(
                f"the bucket `{self.bucket}` does not accept the keys: {said}", "see to the AWS keys"
            )
        return HostError(f"a picture cannot be published to the bucket `{self.bucket}`: {said}", "see to `[publish]`")


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


def prepared(picture: Path | bytes) -> Upload:
    """A picture without what was written beside it: place, camera, words, thumbnails. Its pixels stay as they were.

    Only a picture that lies on its side, or whose parts cannot be told from each other, is encoded anew.
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
                        pass
                return _encoded(
                    image, form, lossless=b"VP8L" in dict(_webp_chunks(content)) if form == "WEBP" else True
                )
        except (OSError, SyntaxError, ValueError, struct.error, Image.DecompressionBombError):
            raise MediaError(f"{name} is damaged, or too large to be read", "save it anew") from None


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
        options |= {"quality": QUALITY, "subsampling": 0}
    elif form == "WEBP":
        options |= {"lossless": lossless, "quality": QUALITY}
    bare.save(written, form, exif=b"", **options)
    return written.getvalue()


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
