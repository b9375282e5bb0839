"""The top folder of a project, and whether a path stays below it when links are followed."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from storyforge.model.errors import UsageError

FOLDER = ".storyforge"
SETTINGS = "storyforge.toml"

MARKERS = (SETTINGS, FOLDER, ".git")
"""What the top folder of a project holds."""

KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}
"""What is no file, by the type in its mode."""


def project_root(path: str | os.PathLike[str]) -> Path:
    """The nearest folder above a storyboard that looks like the top of a project, else the storyboard's own folder."""
    folder = Path(os.path.abspath(path)).parent
    marked = (above for above in (folder, *folder.parents) if any(os.path.exists(above / marker) for marker in MARKERS))
    return next(marked, folder)


def is_inside(path: str | os.PathLike[str], root: Path) -> bool:
    """Whether a path lies in a folder once all links are followed, be it there or not."""
    return Path(os.path.realpath(path)).is_relative_to(os.path.realpath(root))


def describe_kind(mode: int) -> str:
    """What a file that is no regular one is, in two words, by its mode."""
    return KINDS.get(stat.S_IFMT(mode), "no file")


def find_target(path: Path) -> Path:
    """Where a file that is to be written really lies: a link in a project is followed while it stays in it.

    UsageError for a path that leads out of its project, and for what is there and no file: neither is replaced.
    """
    real = Path(os.path.realpath(path))
    if not is_inside(real, project_root(path)):
        raise UsageError(
            f"`{path}` is not written: it leads out of its project, to `{real}`", "put a real file or folder there"
        )
    try:
        mode = os.lstat(real).st_mode
    except FileNotFoundError:
        return real
    if stat.S_ISLNK(mode):
        raise UsageError(f"`{path}` is not written: its links go in a cycle", "put a real file there")
    if not stat.S_ISREG(mode):
        raise UsageError(f"`{path}` is not written: it is {describe_kind(mode)}", "move it away, or name another file")
    return real
