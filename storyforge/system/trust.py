"""What a project's own files redirect, and whether the user has allowed it.

A base address, a bucket or a program that a cloned project names could take keys, pictures and the machine elsewhere.
So the user allows it once (`storyforge trust`), by the project's folder and the content of what it redirects: a small
file in the user's data folder says so. Changed content is asked for again. Where nobody can be asked, the environment
names the hash of the content: `STORYFORGE_TRUST`.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from storyforge.system.files import remove_file, write_atomically

VARIABLE = "STORYFORGE_TRUST"
"""Allows content by its hash; several are parted by spaces or commas."""

HEADER = re.compile(r"\s*\[+([^\[\]]+)\]")
KEY = re.compile(r"\s*([^\s=#\[\]{}]+(?:\s*\.\s*[^\s=#\[\]{}]+)*)\s*=")


@dataclass(frozen=True, slots=True)
class Redirect:
    """A setting of a project's files that leads elsewhere."""

    name: str
    """As in the environment (`RUNWARE_BASE_URL`), or its path in `storyforge.toml` (`share.url`)."""
    value: Any
    path: Path
    line: int
    reaches: str
    """Where it leads, in words."""

    @property
    def place(self) -> str:
        """File and line, as seen from the folder that one works in."""
        return f"{displayed_path(self.path)}:{self.line}"


@dataclass(frozen=True, slots=True)
class Allowed:
    """What was allowed once: for which folder, which content, and when."""

    folder: str
    hash: str
    date: str
    record: Path


@dataclass(frozen=True, slots=True)
class Trust:
    """What the files of a project redirect, as a storyboard in one of its folders sees them."""

    folder: Path
    """The lowest folder in which one of these files lies, links resolved."""
    redirects: tuple[Redirect, ...]

    @property
    def hash(self) -> str:
        """The sha256 of all that is redirected; the same on every machine."""
        content = sorted((one.name, json.dumps(one.value, sort_keys=True, default=str)) for one in self.redirects)
        return hashlib.sha256(json.dumps(["storyforge trust 1", content]).encode()).hexdigest()

    def is_allowed(self, environment: Mapping[str, str]) -> bool:
        """Whether nothing is redirected, or the user has allowed it, by `trust` or by the environment."""
        if not self.redirects or self.hash in environment.get(VARIABLE, "").replace(",", " ").split():
            return True
        known = _read_record(self._record)
        return known is not None and (known.folder, known.hash) == (str(self.folder), self.hash)

    def allow(self) -> None:
        """Remembers that the user allows it. Raises OSError."""
        record = {"folder": str(self.folder), "hash": self.hash, "date": datetime.now(UTC).date().isoformat()}
        write_atomically(self._record, json.dumps(record, ensure_ascii=False, indent=2) + "\n")

    def revoke(self) -> int:
        """Forgets all that was allowed for this folder, and says how much that was. Raises OSError."""
        gone = [one for one in list_allowed() if one.folder == str(self.folder)]
        for one in gone:
            remove_file(one.record)
        return len(gone)

    @property
    def _record(self) -> Path:
        # By folder and content, so that films of one project that see different files do not undo each other's.
        name = hashlib.sha256(f"{self.folder}\n{self.hash}".encode("utf-8", "surrogateescape")).hexdigest()
        return _find_records() / f"{name}.json"


def list_allowed() -> list[Allowed]:
    """All that the user has allowed, by folder; records that cannot be read allow nothing."""
    found = [_read_record(path) for path in _find_records().glob("*.json")]
    return sorted((one for one in found if one), key=lambda one: (one.folder, one.date, one.hash))


def flatten(name: str, value: Any) -> list[tuple[str, Any]]:
    """A table's values by their paths, `share.url`; a value that is no table is one."""
    found, rest = [], [(name, value)]
    while rest:  # and no recursion: a stranger's file may be as deep as they like
        path, inner = rest.pop()
        if isinstance(inner, dict) and inner:
            rest += [(f"{path}.{key}", deeper) for key, deeper in reversed(inner.items())]
        else:
            found.append((path, inner))
    return found


def find_lines(text: str) -> Mapping[str, int]:
    """The lines in which a TOML text opens its tables and sets its values, by their paths, as far as that is to be seen
    without reading the values."""
    found: dict[str, int] = {}
    table = ""
    for number, line in enumerate(text.splitlines(), 1):
        if header := HEADER.match(line):
            table = _name_path(header[1])
            found.setdefault(table, number)
        elif key := KEY.match(line):
            name = _name_path(key[1])
            found.setdefault(f"{table}.{name}" if table else name, number)
    return found


def find_line(lines: Mapping[str, int], name: str) -> int:
    """The line of a path such as `share.url`, or of the table that it is in; 1 where neither is to be seen."""
    while name not in lines and "." in name:
        name = name.rpartition(".")[0]
    return lines.get(name, 1)


def displayed_path(path: Path) -> str:
    """A path as seen from the folder that one works in, or whole where that is shorter."""
    try:
        near = Path(os.path.relpath(path)).as_posix()
    except (OSError, ValueError):  # another drive, or the folder is gone
        return str(path)
    return min(near, str(path.absolute()), key=len)


def _name_path(written: str) -> str:
    """A path of TOML without quotes and blanks."""
    return ".".join(part.strip().strip("\"'") for part in written.split("."))


def _find_records() -> Path:
    from platformdirs import user_data_path

    return user_data_path("storyforge") / "trusted"


def _read_record(path: Path) -> Allowed | None:
    """A record; None where it is not there or cannot be read."""
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
        found = Allowed(known["folder"], known["hash"], known["date"], path)
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return None
    return found if all(isinstance(part, str) for part in (found.folder, found.hash, found.date)) else None
