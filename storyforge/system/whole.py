"""Whether files of the store are as they were made: by their sha256, compared once for each size, time and inode.

Each folder of the store has a list, `whole/FOLDER.jsonl`, with a line for each file that was made or compared: its
name, its sha256, and by what it is known again. The last line of a name counts. A list may be deleted, or be torn:
files are read again then, and nothing else is lost.
"""

from __future__ import annotations

import json
import os
import stat
import threading
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from storyforge.system.files import append_line, file_sha256, write_atomically
from storyforge.system.inputs import UnreadableFile, read_text

LISTS = "whole"
"""The folder with the lists, next to the folders that they are of."""

MOST_BYTES = 1 << 28
"""The longest list that is read."""

SPARE = 1000
"""Lines that say what a later one says too, from which on a list is written again without them."""

Stamp = tuple[int, int, int]
"""Size in bytes, time of the last change in nanoseconds, inode."""


class Contents:
    """What is known of the files of one folder. Threads may share it."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._list = folder, folder.parent / LISTS / f"{folder.name}.jsonl"
        self._known: dict[str, tuple[str, Stamp]] = {}
        self._read: Stamp | None = None
        self._changing = threading.Lock()

    def find_sha256(self, name: str) -> str | None:
        """The sha256 of a file as it is now; None where there is none, or something that is no file. Raises
        UnreadableFile where it may not be read, since nothing follows from that."""
        path = self._folder / name
        stamp = read_stamp(path)
        if stamp is None:
            return None
        known = self._find(name, stamp)
        if known and known[1] == stamp:
            return known[0]
        sha256 = _hash(path)
        if sha256:
            self._note(name, sha256, stamp)
        return sha256

    def is_unchanged(self, name: str) -> bool:
        """Whether a file is there and is as it was made; of what nobody remembers, whether it is there."""
        path = self._folder / name
        stamp = read_stamp(path)
        if stamp is None:
            return False
        known = self._find(name, stamp)
        if known and known[1] == stamp:
            return True
        try:
            sha256 = _hash(path)
        except UnreadableFile:
            return False
        if sha256 is None or (known and known[0] != sha256):
            return False
        self._note(name, sha256, stamp)
        return True

    def is_hurt(self, name: str) -> bool:
        """Whether a file is another than was made, read again whatever is remembered; nothing is written."""
        path = self._folder / name
        known = self._find(name, (-1, -1, -1))
        with suppress(UnreadableFile):
            return known is not None and _hash(path) != known[0]
        return True

    def note_made(self, name: str, sha256: str | None = None) -> None:
        """Remembers a file as it is now, by its sha256 or, where that is None, as it is read."""
        path = self._folder / name
        stamp = read_stamp(path)
        with suppress(UnreadableFile):
            sha256 = sha256 or (_hash(path) if stamp else None)
            if stamp and sha256:
                self._note(name, sha256, stamp)

    def _find(self, name: str, stamp: Stamp) -> tuple[str, Stamp] | None:
        """What is known of a name: from memory where that still holds, else from the list as it is now."""
        with self._changing:
            known = self._known.get(name)
            if (known is None or known[1] != stamp) and read_stamp(self._list) != self._read:
                self._load()
                known = self._known.get(name)
            return known

    def _note(self, name: str, sha256: str, stamp: Stamp) -> None:
        with self._changing:
            self._known[name] = sha256, stamp
            # On a full disk, or one that is only read, the file is compared again the next time.
            with suppress(OSError):
                append_line(self._list, _line(name, sha256, stamp))

    def _load(self) -> None:
        self._read = read_stamp(self._list)
        lines: list[str] = []
        with suppress(UnreadableFile):
            lines = read_text(self._list, most=MOST_BYTES).splitlines()
        found: dict[str, tuple[str, Stamp]] = {}
        for line in lines:
            with suppress(ValueError, TypeError, RecursionError):  # a line that was torn says nothing
                name, sha256, *stamp = json.loads(line)
                size, changed, inode = map(int, stamp)
                found[str(name)] = str(sha256), (size, changed, inode)
        self._known = found
        if len(lines) > 2 * len(found) + SPARE:
            with suppress(OSError):
                write_atomically(self._list, "".join(_line(name, *known) for name, known in found.items()))
            self._read = read_stamp(self._list)


def read_stamp(path: Path) -> Stamp | None:
    """By what a file is known again; None where there is none, or something that is no file."""
    try:
        facts = os.stat(path)
    except (OSError, ValueError):
        return None
    return (facts.st_size, facts.st_mtime_ns, facts.st_ino) if stat.S_ISREG(facts.st_mode) else None


def find_sha256(path: Path) -> str | None:
    """The sha256 of a file of the store; see `Contents.find_sha256`."""
    return _contents(path.parent).find_sha256(path.name)


def is_unchanged(*paths: Path) -> bool:
    """Whether files of the store are there and as they were made; see `Contents.is_unchanged`."""
    return all(_contents(path.parent).is_unchanged(path.name) for path in paths)


def is_hurt(path: Path) -> bool:
    """Whether a file of the store is another than was made; see `Contents.is_hurt`."""
    return _contents(path.parent).is_hurt(path.name)


def note_made(*paths: Path, sha256: str | None = None) -> None:
    """Remembers files of the store as they are now; see `Contents.note_made`."""
    for path in paths:
        _contents(path.parent).note_made(path.name, sha256)


@lru_cache(maxsize=256)
def _contents(folder: Path) -> Contents:
    return Contents(folder)


def _hash(path: Path) -> str | None:
    try:
        return file_sha256(path)
    except OSError as fault:
        raise UnreadableFile("unreadable", f"`{path}` cannot be read: {fault.strerror}", "see to the disk") from None
    except UnreadableFile as fault:
        if fault.obstacle == "unreadable":
            raise
        return None


def _line(name: str, sha256: str, stamp: Stamp) -> str:
    return json.dumps([name, sha256, *stamp]) + "\n"
