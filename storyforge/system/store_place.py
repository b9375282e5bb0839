"""Where the store of a storyboard lies, and whether it is a store of our own making.

A store is a folder `.storyforge` that holds `takes/` or a ledger. It is never a link, and holds none: the author of a
project could lead us by one to files of others, to read, send, write or delete them. Who wants a store on another disk
names that place in their own settings:

    [store]
    path = "/disk/stores"

A link `.storyforge` may lead there, and a project that has no store yet gets a folder of its own in it.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from storyforge.model.errors import UsageError
from storyforge.system.roots import FOLDER, SETTINGS, describe_kind, is_inside
from storyforge.system.settings import read_own_text
from storyforge.system.store import IN_PLACE, Store
from storyforge.system.whole import LISTS

ELSEWHERE = "`[store] path` in your own settings names the folder of stores on another disk"


def open_store(
    storyboard: Path,
    environment: Mapping[str, str] | None = None,
    is_local: Callable[[str], bool] = lambda host: False,
) -> Store:
    """The store of a storyboard, be it there or not; nothing is made. UsageError for one that is a link or holds one,
    unless the user's own settings name it."""
    named = read_named(environment)
    folder, top = find_store(storyboard, named)
    if named is None or not folder.is_relative_to(named):
        demand_plain(folder)
    return Store(folder, top, is_local)


def read_named(environment: Mapping[str, str] | None = None) -> Path | None:
    """The folder for stores that the user names, links resolved; None where none is named.

    The one place that says who may name it: the user's own file and environment, no file of a project.
    """
    named = read_own_text("store.path", environment)
    if not named:
        return None
    path = Path(named).expanduser()
    if not path.is_absolute():
        raise UsageError(f"`[store] path` is `{named}`, not a whole path", "write it from `/` or `~` on")
    return Path(os.path.realpath(path))


def find_store(storyboard: Path, named: Path | None = None) -> tuple[Path, Path]:
    """The folder of a storyboard's store, and the top folder of the project that it is for.

    It is in the nearest parent that has one; else in the folder of stores that the user names; else next to the nearest
    `storyforge.toml`, or where a `.storyforge` is that holds no takes yet, or next to the storyboard.
    """
    here = Path(os.path.realpath(storyboard)).parent  # `resolve` fails where links go in a cycle
    above = (here, *here.parents)
    for each in above:
        place = each / FOLDER
        if place.is_symlink():
            return _follow(place, named), each
        if has_takes(place):
            return place, each
    # A store marks the top of a project, so one below the settings would cut the storyboard off from what is above.
    top = next((each for each in above if (each / SETTINGS).is_file()), None)
    top = top or next((each for each in above if (each / FOLDER).is_dir()), here)
    if named is None:
        return top / FOLDER, top
    return named / f"{top.name}-{hashlib.sha256(os.fsencode(top)).hexdigest()[:12]}", top


def has_takes(folder: Path) -> bool:
    """Whether a folder is a store: whether there are takes, or a ledger, in it."""
    return (folder / "takes").is_dir() or Store(folder).ledger.is_file()


def _follow(place: Path, named: Path | None) -> Path:
    real = Path(os.path.realpath(place))
    if named is None or not is_inside(real, named):
        raise UsageError(f"`{place}` is a link, to `{real}`: it is not used as a store", ELSEWHERE)
    return real


def demand_plain(folder: Path) -> None:
    """UsageError if there is anything but files and folders in a store, or a file that is written in place has another
    name too."""
    for entry in _walk(folder):
        if entry.is_dir(follow_symlinks=False):
            continue
        if not entry.is_file(follow_symlinks=False):
            kind = "a link" if entry.is_symlink() else describe_kind(entry.stat(follow_symlinks=False).st_mode)
            raise UsageError(f"`{entry.path}` is {kind}: a store holds none", f"take it away; {ELSEWHERE}")
        place = os.path.dirname(entry.path)
        if (entry.name in IN_PLACE and place == os.fspath(folder)) or place == os.path.join(folder, LISTS):
            facts = entry.stat(follow_symlinks=False)
            if stat.S_ISREG(facts.st_mode) and facts.st_nlink > 1:
                raise UsageError(f"`{entry.path}` has a second name, a hard link", "put a copy in its place")


def _walk(folder: Path | str) -> Iterator[os.DirEntry[str]]:
    """All that is in a folder and below it, without following links; what cannot be listed cannot be read either."""
    with contextlib.suppress(FileNotFoundError, NotADirectoryError, PermissionError), os.scandir(folder) as entries:
        for entry in entries:
            yield entry
            if entry.is_dir(follow_symlinks=False):
                yield from _walk(entry.path)
