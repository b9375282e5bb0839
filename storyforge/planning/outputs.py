"""Where a film or a plan may be written.

Over nothing that the film is made from, not into the store, and not over a file that is something else. A device or a
pipe is written to, and stays what it is.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from storyforge.compiler.compile import Compiled
from storyforge.model.errors import MediaError, UsageError
from storyforge.planning.film_key import music_path
from storyforge.system.files import is_stream
from storyforge.system.inputs import UnreadableFile, read_file
from storyforge.system.media import form
from storyforge.system.roots import FOLDER, find_target

NAMED = (".story.yaml", ".story.lock", ".story.script")
"""Endings of what is written by hand or by us, and is no output."""

LARGEST_PLAN = 64 * 1024 * 1024
POINTER = b"version https://git-lfs.github.com/spec/v1\n"
"""What Git LFS keeps in the place of a film that was not fetched."""


def place_film(path: Path, compiled: Compiled, others: Sequence[Path] = (), own: bool = False) -> Path:
    """Where a film is written that is asked for at a path: links are followed while they stay in the project.

    `others` are the files that are written with it; `own` is whether it is the name that the film has by itself, where
    what is there is taken for a film of ours that was hurt. UsageError, naming what is in the way, for all that the
    film is made from, the store, a folder, and a file that is no film; and for files next to a device or a pipe.
    """
    if is_stream(path):
        if others:
            raise UsageError(f"nothing can be written next to `{path}`, a device or a pipe", "name a file for the film")
        return path
    for one in others:
        _refuse_sources(one, compiled)
    return _place(path, compiled, "film", (lambda _: True) if own else _is_film)


def place_plan(path: Path, compiled: Compiled) -> Path:
    """Where a plan is written that is asked for at a path; UsageError as of `place_film`, for what is no plan."""
    return path if is_stream(path) else _place(path, compiled, "saved plan", _is_plan)


def _place(path: Path, compiled: Compiled, noun: str, is_one: Callable[[Path], bool]) -> Path:
    _refuse_sources(path, compiled)
    real = find_target(path)
    if real.is_file() and real.stat().st_size and not is_one(real):
        raise UsageError(f"`{path}` is there and no {noun}, so it is not replaced", "name another file, or remove it")
    return real


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))


def _refuse_sources(path: Path, compiled: Compiled) -> None:
    """UsageError for a path at which something lies that the film is made from or that is kept for it."""
    real, store = _real(path), compiled.project.store
    if any(real.is_relative_to(_real(folder)) for folder in (store.folder, store.top / FOLDER)):
        raise UsageError(f"`{path}` is in the store, where takes are kept", "name a file elsewhere")
    if real.name.endswith(NAMED) or real in {_real(one) for one in _sources(compiled)}:
        raise UsageError(f"`{path}` is what the film is made from, so it is not replaced", "name another file")


def _sources(compiled: Compiled) -> Iterator[Path]:
    yield from (compiled.path, *compiled.read)
    if music := music_path(compiled):
        yield music


def _is_film(path: Path) -> bool:
    try:
        form(path, "film")
    except MediaError:
        return _begins(path, POINTER)
    return True


def _begins(path: Path, mark: bytes) -> bool:
    try:
        return read_file(path, most=1024).startswith(mark)
    except UnreadableFile:
        return False


def _is_plan(path: Path) -> bool:
    try:
        saved = json.loads(read_file(path, most=LARGEST_PLAN))
    except (UnreadableFile, ValueError, RecursionError):
        return False
    return isinstance(saved, dict) and saved.get("storyforge") == 1 and "plan" in saved
