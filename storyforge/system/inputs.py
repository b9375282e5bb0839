"""Opens whatever a project can name: regular files alone, inside the project, and what was looked at is what is read.

A clone may hold links to files of yours, pipes that never end, and devices. None of them is opened: a path is followed
to where it really leads, looked at there, opened without following a link or waiting, and looked at again.
"""

from __future__ import annotations

import errno
import os
import stat
from io import BufferedReader
from pathlib import Path
from typing import Literal

from storyforge.model.errors import UsageError
from storyforge.system.roots import describe_kind, is_inside

Obstacle = Literal["missing", "unreadable", "outside", "folder", "special", "too-large"]

FLAGS = os.O_RDONLY | sum(getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_NOCTTY", "O_BINARY"))


class UnreadableFile(UsageError):
    """A file cannot be read as it is; `obstacle` says what is in the way, for those that say it in other words."""

    def __init__(self, obstacle: Obstacle, message: str, hint: str, size: int = 0) -> None:
        super().__init__(message, hint)
        self.obstacle = obstacle
        self.size = size
        """Bytes, of what is too large."""


def open_file(path: Path, root: Path | None = None) -> BufferedReader:
    """Opens a regular file for reading. With `root`, links may lead anywhere in that folder and nowhere else.

    Raises UnreadableFile.
    """
    try:
        return _open(path, root)
    except PermissionError:
        raise UnreadableFile("unreadable", f"`{path}` may not be read by you", "see to the rights of it") from None
    except (FileNotFoundError, NotADirectoryError, ValueError):  # ValueError is a NUL in the name
        raise UnreadableFile(
            "missing", f"there is no file `{path}`", "check the path, and where its links lead"
        ) from None
    except OSError as fault:
        if fault.errno in (errno.ENAMETOOLONG, errno.ELOOP):
            raise UnreadableFile("missing", f"there can be no file `{path}`", "check the path") from None
        raise UnreadableFile("unreadable", f"`{path}` cannot be read: {fault.strerror}", "see to the disk") from None


def read_file(path: Path, root: Path | None = None, most: int = 1 << 32) -> bytes:
    """All that is in a regular file; see `open_file`. Raises UnreadableFile, for more than `most` bytes too."""
    with open_file(path, root) as file:
        size = os.fstat(file.fileno()).st_size
        try:
            content = file.read(most + 1) if size <= most else b""
        except OSError as fault:
            raise UnreadableFile(
                "unreadable", f"`{path}` cannot be read: {fault.strerror}", "see to the disk"
            ) from None
    if max(size, len(content)) > most:
        raise UnreadableFile("too-large", f"`{path}` has {size:,} bytes, more than {most:,}", "make it smaller", size)
    return content


def read_text(path: Path, root: Path | None = None, most: int = 1 << 26) -> str:
    """The text of a regular file in UTF-8; see `read_file`. Raises UnreadableFile, for what is no such text too."""
    try:
        return read_file(path, root, most).decode()
    except UnicodeDecodeError:
        raise UnreadableFile("unreadable", f"`{path}` is no UTF-8 text", "save it as UTF-8") from None


def _open(path: Path, root: Path | None) -> BufferedReader:
    real = os.path.realpath(path)
    if root is not None and not is_inside(real, root):
        raise UnreadableFile("outside", f"`{path}` leads out of the project", "put a copy into the project")
    before = os.lstat(real)
    _demand_file(path, before.st_mode)
    number = os.open(real, FLAGS)
    try:
        now = os.fstat(number)
        _demand_file(path, now.st_mode)
        if not os.path.samestat(before, now) or os.path.realpath(real) != real:
            raise UnreadableFile("unreadable", f"`{path}` changed while it was opened", "run again")
        return os.fdopen(number, "rb")
    except BaseException:
        os.close(number)
        raise


def _demand_file(path: Path, mode: int) -> None:
    if stat.S_ISLNK(mode):
        raise UnreadableFile("missing", f"the links of `{path}` go in a cycle", "put a file in its place")
    if stat.S_ISDIR(mode):
        raise UnreadableFile("folder", f"`{path}` is a folder", "name a file in it")
    if not stat.S_ISREG(mode):
        raise UnreadableFile("special", f"`{path}` is {describe_kind(mode)}, no file", "put a file in its place")
