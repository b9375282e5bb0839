"""Brings the takes of a project's films, or of some, to the place where they are shared, and from there."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from storyforge.model.errors import UsageError
from storyforge.model.progress import Progress, Silent
from storyforge.rendering.remote import Choice, Tally, find_share, pull, push, read_choices
from storyforge.system.lock import lock_path
from storyforge.system.object_store import Place
from storyforge.system.project import project_root
from storyforge.system.settings import Settings
from storyforge.system.store import Store
from storyforge.system.store_place import open_store


def push_takes(files: Sequence[Path] = (), everything: bool = False, progress: Progress | None = None) -> Tally:
    """Brings takes to where they are shared: those that locks name, or `everything` in the store.

    `files` are storyboards or locks; without one, all films of the project that the working folder is in are meant.
    Objects that fail are in what is returned. UsageError where there is nothing to do it for, or no place is set.
    """
    jobs = find_jobs(files, everything)
    return _add_up([push(choices, store, place, progress or Silent(), everything) for store, place, choices in jobs])


def pull_takes(files: Sequence[Path] = (), progress: Progress | None = None) -> Tally:
    """Fetches the takes that locks name and that are not here from where they are shared; otherwise as `push_takes`."""
    tallies = []
    for store, place, choices in find_jobs(files):
        # A pull writes into the store, which a render may be doing too; a push only reads.
        with store.hold():
            tallies.append(pull(choices, store, place, progress or Silent()))
    return _add_up(tallies)


def _add_up(tallies: Sequence[Tally]) -> Tally:
    """What several stores came to, which share the names of objects."""
    whole = Tally()
    for tally in tallies:
        whole.moved |= tally.moved
        whole.there |= tally.there
        whole.failures |= tally.failures
    return whole


def find_jobs(files: Sequence[Path], everything: bool = False) -> list[tuple[Store, Place, list[Choice]]]:
    """Each store, the place where its takes are shared, and which are chosen; UsageError where there is nothing to do
    it for."""
    anyone = Path("film.story.yaml")  # in place of any storyboard of this folder
    root = project_root(anyone)
    locks = [_find_lock(file) for file in files] or sorted(_locks_below(root))
    if not locks and not everything:
        raise UsageError(f"no storyboard in `{root}` has a lock", "`storyforge render` writes one")
    jobs: dict[tuple[str, Path], tuple[Store, Place, list[Choice]]] = {}
    for lock in locks or [anyone]:
        top = project_root(lock) if files else root
        place = find_share(Settings(lock if files else root / anyone, top), top)
        store = open_store(lock)
        # One job for each store and place, so that what is there is listed once for all films.
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
