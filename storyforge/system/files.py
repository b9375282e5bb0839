"""Files written atomically, and known by their sha256.

A file takes its place only when it is whole: it is written to a scratch file, synced and renamed over its target. Two
processes may write the same target at once: each has a scratch file of its own, and the last to finish wins. No other
module renames files or opens them for writing, but for those that `tests/test_doors.py` lists with a reason.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import itertools
import os
import re
import secrets
import shutil
import stat
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO

from storyforge.system.inputs import open_file
from storyforge.system.roots import find_target

LONGEST_STEM = 40
"""Characters of the target's name that a scratch file repeats: a name may have 255 bytes, and a character four."""

SCRATCH = re.compile(r"\..*\.[0-9a-f]{12}\.part(\..*)?", re.DOTALL)
"""The names of scratch files and scratch folders."""

NO_LINK = getattr(os, "O_NOFOLLOW", 0)

DISK_FAULTS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO)

COPIED = 1 << 20
"""Bytes that are copied at a time."""


@contextlib.contextmanager
def make_scratch(target: Path, folder: Path | None = None) -> Iterator[Path]:
    """An empty scratch file for `target`, with its suffix; deleted at the end of the block, if it is still there.

    It lies in `folder`, which is on the same disk, or next to the target where that is None. Missing folders are made.
    Its name is random, and a file or link that has this name already is never opened. Raises OSError.
    """
    place = target.parent if folder is None else folder
    for needed in (target.parent, place):
        make_folder(needed)
    scratch = place / _scratch_name(target)
    # With the rights that `open` gives: those of `tempfile` would keep a film from all but its owner.
    os.close(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL | NO_LINK, 0o666))
    try:
        yield scratch
    finally:
        with contextlib.suppress(OSError):  # what ended the block says more
            scratch.unlink()


@contextlib.contextmanager
def make_scratch_folder(name: str, folder: Path) -> Iterator[Path]:
    """An empty folder of a random name in `folder`, for programs that write files by name; gone when the block ends.

    Raises OSError.
    """
    make_folder(folder)
    scratch = folder / _scratch_name(Path(name))
    scratch.mkdir(mode=0o700)
    try:
        yield scratch
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _scratch_name(target: Path) -> str:
    return f".{target.stem.lstrip('.')[:LONGEST_STEM]}.{secrets.token_hex(6)}.part{target.suffix}"


def remove_scratch(folder: Path, older: float = 0.0) -> None:
    """Deletes what killed runs left in a folder: files and folders that are named as scratch files are, and nothing
    else. `older`: only those that nobody wrote to for so many seconds. What cannot be deleted stays."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            with contextlib.suppress(OSError):
                age = time.time() - entry.stat(follow_symlinks=False).st_mtime
                if not SCRATCH.fullmatch(entry.name) or age < older:
                    continue
                if entry.is_dir(follow_symlinks=False):
                    remove_folder(Path(entry.path))
                else:
                    remove_file(Path(entry.path))


def make_folder(path: Path) -> None:
    """Makes a folder and those above it, where they are missing. Raises OSError."""
    path.mkdir(parents=True, exist_ok=True)


def remove_file(path: Path) -> None:
    """Deletes a file, or a link and not what it leads to; nothing where none is there. Raises OSError."""
    path.unlink(missing_ok=True)


def remove_folder(path: Path) -> None:
    """Deletes a folder with all that is in it; a link is refused, and none in it is followed. Raises OSError."""
    shutil.rmtree(path)


def open_scratch(scratch: Path) -> IO[bytes]:
    """Opens a scratch file of `make_scratch` for reading and writing, emptied. Raises OSError, for a link too."""
    return os.fdopen(os.open(scratch, os.O_RDWR | os.O_TRUNC | NO_LINK | getattr(os, "O_BINARY", 0)), "w+b")


def is_stream(path: Path) -> bool:
    """Whether a path leads to a device or a pipe, which is written to and never replaced."""
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):
        return False
    return stat.S_ISCHR(mode) or stat.S_ISBLK(mode) or stat.S_ISFIFO(mode)


def write_stream(path: Path, data: bytes | Path) -> None:
    """Writes bytes, or what a file holds, to a device or a pipe, and waits for who reads it. Raises OSError."""
    with os.fdopen(os.open(path, os.O_WRONLY | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_BINARY", 0)), "wb") as out:
        if isinstance(data, bytes):
            out.write(data)
        else:
            with data.open("rb") as file:
                shutil.copyfileobj(file, out, COPIED)


def append_content(scratch: Path, data: bytes) -> None:
    """Writes behind what a scratch file holds. Raises OSError, for a link too."""
    with os.fdopen(os.open(scratch, os.O_WRONLY | os.O_APPEND | NO_LINK | getattr(os, "O_BINARY", 0)), "ab") as file:
        file.write(data)


def append_line(path: Path, line: str) -> None:
    """Writes a line behind what a list of our own holds, in one step; the list is made where it is missing, and its
    folder. Nothing is synced. Raises OSError, for a link too."""
    make_folder(path.parent)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | NO_LINK, 0o666), "ab") as file:
        file.write(line.encode())


def move_aside(path: Path, folder: Path) -> Path:
    """Moves a file, or whatever is in its place, into a folder on the same disk, under a name that is free there; gives
    where it is now. Raises OSError."""
    make_folder(folder)
    names = (path.name if not number else f"{path.stem}.{number}{path.suffix}" for number in itertools.count())
    target = next(folder / name for name in names if not os.path.lexists(folder / name))
    os.rename(path, target)
    return target


def write_new(path: Path, data: bytes) -> None:
    """Writes a file that is not there yet, into a folder of our own. Raises OSError, for a name that is taken too."""
    with path.open("xb") as file:
        file.write(data)


def copy_content(source: Path, scratch: Path) -> None:
    """Copies what a file holds into a scratch file. Raises OSError, and UnreadableFile for what is no regular file."""
    with open_file(source) as file, open_scratch(scratch) as out:
        shutil.copyfileobj(file, out, COPIED)


@contextlib.contextmanager
def stage_file(target: Path, folder: Path | None = None) -> Iterator[Path]:
    """A scratch file as of `make_scratch`, which replaces `target` atomically when the block ends without an error.
    Of a link, what it leads to is replaced; UsageError where that is out of its project, or no file."""
    real = find_target(target)
    with _naming(real), make_scratch(real, folder) as scratch:
        yield scratch
        replace_atomically(scratch, real)


@contextlib.contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Gives a full or failing disk the name of the file that was written, which the system does not tell."""
    try:
        yield
    except OSError as fault:
        if fault.filename is None and fault.errno in DISK_FAULTS:
            fault.filename = str(path)
        raise


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
        _write(scratch, data)


def write_text(path: Path, text: str) -> bool:
    """Writes a text file in UTF-8; False, and the file untouched, if it holds this text already. Raises OSError."""
    if _holds(find_target(path), text.encode()):
        return False
    write_atomically(path, text)
    return True


def _holds(path: Path, content: bytes) -> bool:
    return path.is_file() and path.stat().st_size == len(content) and path.read_bytes() == content


def _write(scratch: Path, data: bytes | str) -> None:
    with open_scratch(scratch) as file:
        file.write(data.encode() if isinstance(data, str) else data)


def write_texts(texts: Mapping[Path, str]) -> None:
    """Writes files that are there already, keeping their modes: none is replaced before all are written in full. A
    link is followed inside its project. Raises OSError, and UsageError as `stage_file`."""
    with contextlib.ExitStack() as staged:
        for path, text in reversed(list(texts.items())):  # the stack replaces them from the last to the first
            scratch = staged.enter_context(stage_file(path))
            _write(scratch, text)
            shutil.copymode(path, scratch)


def file_sha256(path: Path, root: Path | None = None) -> str:
    """The sha256 of a file's bytes in hexadecimal, read piece by piece; `root` as for `open_file`. Raises
    UnreadableFile."""
    with open_file(path, root) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
