"""What `push` and `pull` are to bring: each store, the place where its takes are shared, and the choices of locks."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from storyforge.model.errors import UsageError
from storyforge.rendering.remote import Choice, find_share, read_choices
from storyforge.system.lock import lock_path
from storyforge.system.object_store import Place
from storyforge.system.project import find_store, project_root
from storyforge.system.settings import Settings
from storyforge.system.store import Store


def find_jobs(files: Sequence[Path], everything: bool = False) -> list[tuple[Store, Place, list[Choice]]]:
    """Each store, the place where its takes are shared, and which are chosen; UsageError where there is nothing to do
    it for."""
    anyone = Path("film.story.yaml")  # stands for any storyboard of this folder
    root = project_root(anyone)
    locks = [_find_lock(file) for file in files] or sorted(_locks_below(root))
    if not locks and not everything:
        raise UsageError(f"no storyboard in `{root}` has a lock", "`storyforge render` writes one")
    jobs: dict[tuple[str, Path], tuple[Store, Place, list[Choice]]] = {}
    for lock in locks or [anyone]:
        top = project_root(lock) if files else root
        place = find_share(Settings(lock if files else root / anyone, top), top)
        store = Store(find_store(lock))
        choices = jobs.setdefault((repr(place), store.folder), (store, place, []))[2]
        choices += read_choices(lock) if locks else []
    return list(jobs.values())


def _find_lock(file: Path) -> Path:
    """The lock of a storyboard, or the lock itself."""
    lock = file if file.name.endswith(".story.lock") else lock_path(file)
    if lock.is_file():
        return lock
    if file == lock or not file.is_file():
        raise UsageError(f"there is no file `{file}`", "without a file, all films of the project are meant")
    raise UsageError(f"`{file}` has no lock yet, so it has no takes", "`storyforge render` writes it")


def _locks_below(root: Path) -> Iterator[Path]:
    """The locks of a project; folders with a dot and projects inside it are others' matter."""
    for folder, folders, names in os.walk(root):
        here = Path(folder)
        folders[:] = [
            name
            for name in folders
            if not name.startswith(".") and not any((here / name / top).exists() for top in (".git", "storyforge.toml"))
        ]
        yield from (here / name for name in names if name.endswith(".story.lock") and (here / name).is_file())
