"""A storyboard's project: its top folder, its store and its settings, and what the storyboard is called there."""

from __future__ import annotations

import hashlib
import os
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


@dataclass(frozen=True)
class Project:
    """The surroundings of a storyboard. Made once, where the storyboard is opened; each fact is found when it is first
    asked for, and stays as it was then."""

    path: Path
    """The storyboard, as it was given; it need not exist."""
    environment: Mapping[str, str] | None = field(default=None, repr=False)  # it holds keys
    """The environment that its settings are read from; None for the process's own."""

    def __post_init__(self) -> None:
        path = os.path.abspath(self.path)
        try:
            path.encode()
        except UnicodeEncodeError:
            # A film's name is written to the lock, to JSON and for ffmpeg, all in UTF-8.
            said = path.encode(errors="backslashreplace").decode()
            raise UsageError(f"the path `{said}` is not UTF-8", "rename the file, or the folder") from None

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
