"""Files moved into place in one step, and known by their sha256."""

from __future__ import annotations

import contextlib
import hashlib
import os
from pathlib import Path


def settle(scratch: Path, target: Path) -> None:
    """Moves a finished file to its place: synced, then renamed in one step, then its folder synced."""
    with scratch.open("rb+") as file:
        os.fsync(file.fileno())
    os.replace(scratch, target)
    with contextlib.suppress(OSError):  # a folder cannot be synced everywhere
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def file_sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
