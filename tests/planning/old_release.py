"""Films as release 0.1 rendered them, with its own code at its emulator: locks, store and ledger, as it left them.

The takes were replaced by small ones of the same length, and their names with them. `gate` was rendered at two hosts
(two looks of one person in a clip, a chain, a clip that continues another, a first frame), `bell` has Korean lines, whose
clips were twice as long then, `draft` was drawn offline, and of `waiting` two orders are under way.
"""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

DATA = Path(__file__).parent / "data" / "release_0_1"


def lay_out(folder: Path) -> Path:
    """Lays the films out in a folder, as a project of release 0.1; returns the folder."""
    shutil.copytree(DATA, folder, dirs_exist_ok=True)
    store = folder / ".storyforge"
    (folder / "store").rename(store)
    for take in (store / "takes").iterdir():
        take.rename(take.with_suffix(".mp4"))
    script = store / "ledger.sql"
    with closing(sqlite3.connect(store / "ledger.db")) as base:
        base.executescript(script.read_text(encoding="utf-8"))
    script.unlink()
    return folder
