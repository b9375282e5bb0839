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
from storyforge.system.roots import FOLDER, MARKERS, SETTINGS, project_root
from storyforge.system.settings import Settings
from storyforge.system.store import Store
from storyforge.system.store_place import open_store
from storyforge.system.trust import Trust

__all__ = ["FOLDER", "MARKERS", "SETTINGS", "Project", "project_root"]

UTF8 = "set `PYTHONUTF8=1`, or a locale in UTF-8"
"""What makes Python read names of files as UTF-8."""


@dataclass(frozen=True)
class Project:
    """The surroundings of a storyboard. Made once, where the storyboard is opened; each fact is found when it is first
    asked for, and stays as it was then."""

    path: Path
    """The storyboard, as it was given; it need not exist."""
    environment: Mapping[str, str] | None = field(default=None, repr=False)  # it holds keys
    """The environment that its settings are read from; None for the process's own."""

    def __post_init__(self) -> None:
        # A film's name is written to the lock, to JSON and for ffmpeg, all in UTF-8.
        check_encoding(Path(os.path.abspath(self.path)))

    @cached_property
    def root(self) -> Path:
        """The top folder of the project, links resolved."""
        return project_root(self.path).resolve()

    @cached_property
    def store(self) -> Store:
        """What is kept for the storyboard, or will be. UsageError where it is a link, or holds one."""
        return open_store(self.path, self.environment, lambda host: self.settings.is_local(host))

    @cached_property
    def settings(self) -> Settings:
        """What is set for the storyboard. Raises UsageError where a file of settings cannot be read."""
        return Settings(self.path, self.root, self.environment)

    @cached_property
    def film_name(self) -> str:
        """The storyboard's path relative to the folder with the store, with forward slashes."""
        return Path(os.path.realpath(self.path)).relative_to(self.store.top.resolve()).as_posix()

    @cached_property
    def record_name(self) -> str:
        """The name of the storyboard's record in the store, and of its film in the ledger."""
        place = hashlib.sha256(self.film_name.encode()).hexdigest()
        return f"{self.path.name.partition('.')[0]}-{place[:12]}"


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
