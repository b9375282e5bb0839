"""Files written atomically, and known by their sha256.

A file takes its place only when it is whole: it is written to a scratch file, synced and renamed over its target. Two
processes may write the same target at once: each has a scratch file of its own, and the last to finish wins. No other
module renames files or opens them for writing, but for those that `tests/test_house.py` lists with a reason.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

LONGEST_STEM = 40
"""Characters of the target's name that a scratch file repeats: a name may have 255 bytes, and a character four."""


@contextlib.contextmanager
def make_scratch(target: Path, folder: Path | None = None) -> Iterator[Path]:
    """An empty scratch file for `target`, with its suffix; deleted at the end of the block, if it is still there.

    It lies in `folder`, which is on the same disk, or next to the target where that is None. Missing folders are made.
    Its name is random, and a file or link that has this name already is never opened. Raises OSError.
    """
    place = target.parent if folder is None else folder
    for needed in (target.parent, place):
        needed.mkdir(parents=True, exist_ok=True)
    stem = target.stem.lstrip(".")[:LONGEST_STEM]
    scratch = place / f".{stem}.{secrets.token_hex(6)}.part{target.suffix}"
    # With the rights that `open` gives: those of `tempfile` would keep a film from all but its owner.
    os.close(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o666))
    try:
        yield scratch
    finally:
        with contextlib.suppress(OSError):  # what ended the block says more
            scratch.unlink()


@contextlib.contextmanager
def stage_file(target: Path, folder: Path | None = None) -> Iterator[Path]:
    """A scratch file as of `make_scratch`, which replaces `target` atomically when the block ends without an error."""
    with make_scratch(target, folder) as scratch:
        yield scratch
        replace_atomically(scratch, target)


def replace_atomically(source: Path, target: Path) -> None:
    """Syncs `source`, renames it over `target`, and syncs the folder. Both are on the same disk. Raises OSError."""
    # Synced before the rename, or a power cut may leave the new name on an empty file; opened for writing, since
    # Windows syncs no other file.
    with source.open("rb+") as file:
        os.fsync(file.fileno())
    os.replace(source, target)
    with contextlib.suppress(OSError):  # a folder cannot be synced everywhere
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def write_atomically(path: Path, data: bytes | str, folder: Path | None = None) -> None:
    """Writes a whole file; text in UTF-8, with its line ends as they are. `folder` is where its scratch file lies."""
    with stage_file(path, folder) as scratch:
        scratch.write_bytes(data.encode() if isinstance(data, str) else data)


def write_text(path: Path, text: str) -> bool:
    """Writes a text file in UTF-8; False, and the file untouched, if it holds this text already. Raises OSError."""
    if path.is_file() and path.read_bytes() == text.encode():
        return False
    write_atomically(path, text)
    return True


def write_texts(texts: Mapping[Path, str]) -> None:
    """Writes files that are there already, keeping their modes: none is replaced before all are written in full. A
    link is followed. Raises OSError."""
    with contextlib.ExitStack() as staged:
        for path, text in reversed(list(texts.items())):  # the stack replaces them from the last to the first
            scratch = staged.enter_context(stage_file(path.resolve()))
            scratch.write_bytes(text.encode())
            shutil.copymode(path, scratch)


def file_sha256(path: Path) -> str:
    """The sha256 of a file's bytes in hexadecimal, read piece by piece."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
