"""Begins a project: writes the starter film, and lets git know what a project holds."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from storyforge.starter import write_starter
from storyforge.starter.git_drivers import find_repository, has_storyboard, set_drivers, write_attributes


@dataclass(frozen=True, slots=True)
class Started:
    """What was written for a project."""

    files: tuple[Path, ...] = ()
    """The starter film and the files around it; empty where only git was set up, for a storyboard that was there."""
    attributes: Path | None = None
    """The `.gitattributes` to which lines were added."""
    drivers: tuple[str, ...] = ()
    """Settings of git that were not so already."""


def start_project(folder: Path, git: bool = False) -> Started:
    """Writes a small film that renders at once, with its pictures, schema and editor settings. With `git`, git compares
    storyboards and films and merges locks there, and no film is written next to a storyboard that is there already.

    UsageError, and nothing written, where a file of the film is there, or `git` is meant where there is no repository.
    """
    # Before anything is written: outside of a repository nothing is begun.
    repository = find_repository(folder) if git else None
    files = () if repository and has_storyboard(repository, folder) else tuple(write_starter(folder))
    if repository is None:
        return Started(files)
    return Started(files, write_attributes(repository, folder), tuple(set_drivers(repository)))
