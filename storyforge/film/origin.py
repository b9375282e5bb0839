"""Read what a take says of its own origin, which conforming would destroy: a C2PA manifest, and the tag `AIGC`.

A C2PA manifest is in a `uuid` box of an MP4 (C2PA Technical Specification, "Embedding manifests into BMFF-based
assets"); the tag is what China's GB 45438-2025 asks of generated media.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

from storyforge.model.errors import MediaError
from storyforge.system.decode import open_media

C2PA_BOX = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")

AIGC = "AIGC"

LONGEST = 4096
"""Characters of a tag that are kept."""

MOST = 100_000
"""Boxes of a file that are looked at."""


@dataclass(frozen=True, slots=True)
class Origin:
    """What a take says of where it comes from."""

    aigc: str | None = None
    """The tag as it was written: JSON, if its writer kept to the norm."""
    manifest: str | None = None
    """The sha256 of its C2PA manifest."""


def read_origin(film: Path) -> Origin:
    """What a film says of its origin. MediaError if it cannot be read."""
    try:
        facts = film.stat()
        return _origin(film, facts.st_size, facts.st_mtime_ns)
    except OSError as fault:
        raise MediaError(f"`{film.name}` cannot be read", detail=str(fault)) from fault


# Size and time of change are asked for only to tell a file that was replaced from the one that is known.
@lru_cache(maxsize=1024)  # its tags ask, and its provenance
def _origin(film: Path, size: int, changed: int) -> Origin:
    with open_media(film) as container:
        tags = {name: value for name, value in container.metadata.items() if AIGC in name.upper()}
    with film.open("rb") as file:
        manifest = next(_manifests(file), None)
    return Origin(next((value[:LONGEST] for value in tags.values() if value), None), manifest)


def _manifests(file: BinaryIO) -> Iterator[str]:
    """The sha256 of each C2PA box of an MP4; nothing of another file."""
    end = file.seek(0, 2)
    at = 0
    for _ in range(MOST):
        file.seek(at)
        head = file.read(32)
        if len(head) < 8:
            return
        size, kind = struct.unpack_from(">I4s", head)
        begin = 8
        # ISO/IEC 14496-12: a size of 1 says that 64 bits follow, 0 that the box goes on to the end of the file.
        if size == 1 and len(head) >= 16:
            (size,), begin = struct.unpack_from(">Q", head, 8), 16
        size = size or end - at
        if size < begin or at + size > end:
            return
        if kind == b"uuid" and head[begin : begin + 16] == C2PA_BOX:
            file.seek(at + begin)
            yield _digest(file, size - begin)
        at += size


def _digest(file: BinaryIO, left: int) -> str:
    digest = hashlib.sha256()
    while left and (block := file.read(min(left, 1 << 20))):
        digest.update(block)
        left -= len(block)
    return digest.hexdigest()
