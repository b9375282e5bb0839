"""The folder of a project, and the names that a storyboard has in its store."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from storyforge.system.store import Store


def record_name(storyboard: Path, store: Store) -> str:
    """The name of a storyboard's record in the store."""
    place = film_name(storyboard, store)
    return f"{storyboard.name.partition('.')[0]}-{hashlib.sha256(place.encode()).hexdigest()[:12]}"


def film_name(storyboard: Path, store: Store) -> str:
    """A storyboard by its place beside the store, with forward slashes."""
    return storyboard.resolve().relative_to(store.folder.resolve().parent).as_posix()


FOLDER = ".storyforge"


SETTINGS = "storyforge.toml"


MARKERS = (SETTINGS, FOLDER, ".git")
"""What the top folder of a project holds."""


def project_root(path: str | os.PathLike[str]) -> Path:
    """The nearest folder above a storyboard that looks like the top of a project, else the storyboard's own folder."""
    folder = Path(os.path.abspath(path)).parent
    marked = (above for above in (folder, *folder.parents) if any(os.path.exists(above / marker) for marker in MARKERS))
    return next(marked, folder)


def find_store(storyboard: Path) -> Path:
    """The store of a storyboard: in the nearest parent that has one, else beside the nearest `storyforge.toml`, else
    beside the storyboard. Nothing is made."""
    folder = storyboard.resolve().parent
    above = (folder, *folder.parents)
    stores = (each / FOLDER for each in above if (each / FOLDER).is_dir())
    # A store marks the top of a project, so one below the settings would cut the storyboard off from what is above.
    tops = (each / FOLDER for each in above if (each / SETTINGS).is_file())
    return next(stores, None) or next(tops, folder / FOLDER)
