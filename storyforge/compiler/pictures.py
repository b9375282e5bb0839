"""Pictures as a storyboard names them: found on disk, measured, and known by their sha256; nothing is decoded."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from storyforge.model.clip import Picture
from storyforge.system.inputs import UnreadableFile, read_file
from storyforge.system.media import MAX_PIXELS

MAX_BYTES = 100_000_000
"""A larger file is not read at all: no host takes a picture of that size."""

OWN_ID = re.compile(r"^(asset|uuid):(.+)$")
URL = re.compile(r"^https?://", re.IGNORECASE)
SCHEME = re.compile(r"^[a-z][a-z0-9+.-]+:", re.IGNORECASE)

POINTER = re.compile(rb"version https://git-lfs\.github\.com/spec/v1\n(?:.*\n)*?oid sha256:([0-9a-f]{64})\n")
"""What Git LFS keeps in the place of a file whose content was not fetched, with the content's sha256."""

Problem = Literal[
    "missing",
    "unreadable",
    "outside",
    "not-a-file",
    "not-a-picture",
    "too-large",
    "too-many-pixels",
    "not-a-url",
    "not-fetched",
]


@dataclass(frozen=True, slots=True)
class PictureFile:
    """What the name of a picture leads to: a local file, or why there is none."""

    path: Path
    sha256: str = ""
    bytes: int = 0
    width: int = 0
    """Pixels, as stored."""
    height: int = 0
    problem: Problem | None = None


def is_local(source: str) -> bool:
    """Whether a picture is a file, not a URL or a provider's own id."""
    return not (URL.match(source) or OWN_ID.match(source))


@dataclass(frozen=True)
class Pictures:
    """The pictures of one storyboard, with those that were looked at when it was compiled."""

    folder: Path
    """The storyboard's own."""
    root: Path
    """The project, links resolved; nothing outside is read, symbolic links included."""
    files: Mapping[str, PictureFile] = field(default_factory=dict)
    """Those that were looked at, by the names that the storyboard gives them."""

    @property
    def read(self) -> dict[Path, str | None]:
        """The local pictures that were looked at, with their sha256; None for what could not be read."""
        return {found.path: found.sha256 or None for found in self.files.values()}

    def picture(self, source: str) -> Picture:
        """The picture as a clip holds it; without a sha256 where it is not a readable file."""
        return Picture(source, self.look(source).sha256 or None if is_local(source) else None)

    def look(self, source: str) -> PictureFile:
        """A local picture's file and measures, as they were when the storyboard was compiled, if it was looked at."""
        return self.files.get(source) or read_picture(self.folder / source, source, self.root)


class PictureCache:
    """Looks at each picture of a storyboard once while it is compiled; `known` were looked at before."""

    def __init__(self, known: Pictures) -> None:
        self.folder, self.root = known.folder, known.root
        self._files = dict(known.files)

    def seen(self) -> Pictures:
        """The pictures as they are known by now."""
        return Pictures(self.folder, self.root, dict(self._files))

    def picture(self, source: str) -> Picture:
        """The picture as a clip holds it; without a sha256 where it is not a readable file."""
        return Picture(source, self.look(source).sha256 or None if is_local(source) else None)

    def look(self, source: str) -> PictureFile:
        """A local picture's file and measures."""
        if source not in self._files:
            self._files[source] = read_picture(self.folder / source, source, self.root)
        return self._files[source]


def read_picture(path: Path, source: str, root: Path) -> PictureFile:
    """The file of a picture that a storyboard names `source`, and its measures; nothing outside of `root` is read."""
    if SCHEME.match(source):
        return PictureFile(path, problem="not-a-url")
    try:
        # Pictures are sent to hosts, and no storyboard from elsewhere may name a file outside of its project, be it by
        # `..` or by a link.
        content = read_file(path, root, MAX_BYTES)
    except UnreadableFile as fault:
        if fault.obstacle == "folder" or fault.obstacle == "special":
            return PictureFile(path, problem="not-a-file")
        return PictureFile(path, bytes=fault.size, problem=fault.obstacle)
    # The specification of Git LFS keeps its pointers below 1,024 bytes.
    if pointer := POINTER.match(content[:1024]):
        # By the content's own sha256, so that the slate is the same before and after `git lfs pull`.
        return PictureFile(path, pointer[1].decode(), len(content), problem="not-fetched")
    size = _measured(content)
    digest = hashlib.sha256(content).hexdigest()
    if size is None:
        return PictureFile(path, digest, len(content), problem="not-a-picture")
    problem: Problem | None = "too-many-pixels" if size[0] * size[1] > MAX_PIXELS else None
    return PictureFile(path, digest, len(content), *size, problem)


def _measured(content: bytes) -> tuple[int, int] | None:
    """Width and height from the head of a JPEG, PNG or WEBP; None for anything else."""
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return _webp_size(content[12:42])
    import io
    import warnings

    from PIL import Image

    try:
        with warnings.catch_warnings():
            # Only the head is read: many pixels cost nothing here.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            # These two read heads in Python; that of a WEBP is read by a decoder, which only a process apart may run.
            with Image.open(io.BytesIO(content), formats=("JPEG", "PNG")) as image:
                return image.size
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return None


def _webp_size(head: bytes) -> tuple[int, int] | None:
    """Width and height from the first part of a WEBP, by RFC 9649; None where that is none."""
    kind, body = head[:4], head[8:]
    if len(body) < 10:
        return None
    if kind == b"VP8X":
        return int.from_bytes(body[4:7], "little") + 1, int.from_bytes(body[7:10], "little") + 1
    if kind == b"VP8L" and body[0] == 0x2F:
        bits = int.from_bytes(body[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 " and body[3:6] == b"\x9d\x01\x2a":
        return int.from_bytes(body[6:8], "little") & 0x3FFF, int.from_bytes(body[8:10], "little") & 0x3FFF
    return None
