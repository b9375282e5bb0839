"""Puts a finished film where it is wanted, in one step."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

from storyforge.system.files import settle
from storyforge.system.store import Store


def deliver(film: Path, target: Path, store: Store) -> bool:
    """Puts a copy of the finished film where it is wanted, in one step; False if it stands there already."""
    stamps = store.path("delivered.json")
    try:
        known = json.loads(stamps.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        known = {}
    name = hashlib.sha256(str(target.resolve()).encode()).hexdigest()
    if known.get(name) == [film.name, *_stamp(target)]:
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    scratch = target.with_name(f".{target.name}.part")
    try:
        shutil.copyfile(film, scratch)
        settle(scratch, target)
    finally:
        scratch.unlink(missing_ok=True)
    with store.written("delivered.json") as fresh:
        fresh.write_text(json.dumps({**known, name: [film.name, *_stamp(target)]}, indent=1), encoding="utf-8")
    return True


def _stamp(path: Path) -> list[int]:
    try:
        facts = path.stat()
    except OSError:
        return []
    return [facts.st_size, facts.st_mtime_ns]
