"""A storyboard's project: its top folder, its store and its settings, and what the storyboard is called there."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from storyforge.model.errors import UsageError
from storyforge.system.settings import Settings
from storyforge.system.store import Store
from storyforge.system.trust import Trust

FOLDER = ".storyforge"


SETTINGS = "storyforge.toml"


UTF8 = "set `PYTHONUTF8=1`, or a locale in UTF-8"
"""What makes Python read names of files as UTF-8."""

MARKERS = (SETTINGS, FOLDER, ".git")
"""What the top folder of a project holds."""


@dataclass(frozen=True)
class Project:
    """The surroundings of a storyboard. Made once, where the storyboard is opened; each fact is found when it is first
    asked for, and stays as it was then."""

    path: Path
    """The storyboard, as it was given; it need not exist."""
    environment: Mapping[str, str] | None = field(default=None, repr=False)  # it holds keys
    """The environment that its settings are read from; None for the process's own."""

    @cached_property
    def root(self) -> Path:
        """The top folder of the project, links resolved."""
        return project_root(self.path).resolve()

    @cached_property
    def store(self) -> Store:
        """What is kept for the storyboard, or will be."""
        return Store(find_store(self.path), lambda host: self.settings.is_local(host))

    @cached_property
    def settings(self) -> Settings:
        """What is set for the storyboard. Raises UsageError where a file of settings cannot be read."""
        return Settings(self.path, self.root, self.environment)

    @cached_property
    def film_name(self) -> str:
        """The storyboard's path relative to the folder with the store, with forward slashes."""
        return self.path.resolve().relative_to(self.store.folder.resolve().parent).as_posix()

    @cached_property
    def record_name(self) -> str:
        """The name of the storyboard's record in the store, and of its film in the ledger."""
        place = hashlib.sha256(self.film_name.encode()).hexdigest()
        return f"{self.path.name.partition('.')[0]}-{place[:12]}"


def project_root(path: str | os.PathLike[str]) -> Path:
    """The nearest folder above a storyboard that looks like the top of a project, else the storyboard's own folder."""
    folder = Path(os.path.abspath(path)).parent
    marked = (above for above in (folder, *folder.parents) if any(os.path.exists(above / marker) for marker in MARKERS))
    return next(marked, folder)


def find_store(storyboard: Path) -> Path:
    """The store of a storyboard: in the nearest parent that has one, else next to the nearest `storyforge.toml`, else
    next to the storyboard. Nothing is made. UsageError where the storyboard's path is not in UTF-8."""
    check_encoding(storyboard.resolve())
    folder = storyboard.resolve().parent
    above = (folder, *folder.parents)
    stores = (each / FOLDER for each in above if (each / FOLDER).is_dir())
    # A store marks the top of a project, so one below the settings would cut the storyboard off from what is above.
    tops = (each / FOLDER for each in above if (each / SETTINGS).is_file())
    return next(stores, None) or next(tops, folder / FOLDER)


def find_trust(folder: Path) -> Trust:
    """What the files of a project redirect, as a storyboard in a folder sees them, and whether that is allowed."""
    return Project(folder / "film.story.yaml").settings.trust


def check_encoding(path: Path) -> None:
    """Raises UsageError for a path whose bytes are no UTF-8, or are none as this process reads them: neither ffmpeg nor
    a lock or a ledger could name it."""
    try:
        str(path).encode()
    except UnicodeEncodeError as fault:
        try:
            os.fsencode(path).decode()
        except ValueError:
            raise UsageError(f"the path `{path}` is not in UTF-8", "rename what is not") from fault
        encoding = sys.getfilesystemencoding()
        raise UsageError(f"names of files are read as {encoding} here, and `{path}` is none", UTF8) from fault
