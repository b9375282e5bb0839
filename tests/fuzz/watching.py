"""A project that is watched: what commands do in it, and what they must never do.

A fault is a traceback, a word that is no diagnostic, more than one error of a command, a write outside the project, or
the key of a host in anything that is printed or kept. `beside/` lies next to the project, and holds the user's home too.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import io
import os
import re
import shutil
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest.mock import patch

from storyforge import cli
from storyforge.model.errors import StoryForgeError
from storyforge.providers import PROVIDERS

KEY = "fuzz-key-5fKq9Zt2w8"
"""The key of every host; it is in the environment of each case."""

HOME = ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "TMPDIR")

CODES = range(6)
"""With which a command may end."""

ERROR = re.compile(r"^error: ", re.MULTILINE)


class Watched:
    """A project in a folder, whose surroundings are watched."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.project, self.beside = folder, folder / "project", folder / "beside"
        self.faults: list[str] = []

    def run(self, *arguments: str) -> int:
        """Runs a command as a process would, in this one; returns its exit code."""
        out, err, code = io.StringIO(), io.StringIO(), -1
        with (
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
            patch.object(sys, "argv", ["storyforge", *arguments]),
        ):
            try:
                cli.main()
            except SystemExit as end:
                code = end.code if isinstance(end.code, int) else -1
            except BaseException as fault:
                self.blame(fault, " ".join(arguments))
                return 1
        said = out.getvalue() + err.getvalue()
        told = f"`{' '.join(arguments)}`"
        if code not in CODES:
            self.faults.append(f"{told} ends with {code}")
        if "Traceback (most recent call last)" in said:
            self.faults.append(f"{told} prints a traceback")
        # What merges locks says what is wrong with each side, and which clips are left to decide.
        if len(ERROR.findall(err.getvalue())) > 1 and arguments[0] != "merge-lock":
            self.faults.append(f"{told} prints several errors: {err.getvalue()[-300:]!r}")
        self.look_for_key(said, told)
        return code

    def blame(self, fault: BaseException, what: str) -> None:
        """Counts an exception as a fault, by where it was raised."""
        at = traceback.extract_tb(fault.__traceback__)[-1]
        ours = [one for one in traceback.extract_tb(fault.__traceback__) if "/storyforge/" in one.filename]
        where = f"{Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else f"{at.filename}:{at.lineno}"
        self.faults.append(f"`{what}` raises {type(fault).__name__} at {where}: {str(fault)[:160]!r}")

    @contextlib.contextmanager
    def allow_errors(self, what: str) -> Iterator[None]:
        """Lets our own errors pass, which the command line would print; anything else is a fault."""
        try:
            yield
        except StoryForgeError as error:
            self.look_for_key(f"{error} {error.hint} {getattr(error, 'detail', '')}", what)
        except Exception as fault:
            self.blame(fault, what)

    def look_for_key(self, text: str, what: str) -> None:
        """Counts a key in a text as a fault."""
        if KEY in text:
            at = text.index(KEY)
            self.faults.append(f"{what} shows a key: {text[max(0, at - 40) : at + 40]!r}")


@contextlib.contextmanager
def watch(folder: Path) -> Iterator[Watched]:
    """Goes into the project of a folder, with keys in the environment; faults are those of what runs inside."""
    watched = Watched(folder)
    for one in (watched.project, watched.beside / "tmp"):
        one.mkdir(parents=True, exist_ok=True)
    (watched.beside / "canary.txt").write_text("as it was\n", encoding="utf-8")
    keys = {name: KEY for kind in PROVIDERS for name in kind.settings}
    homes = {name: str(watched.beside / ("tmp" if name == "TMPDIR" else "home")) for name in HOME}
    before, here = list(list_content(folder)), Path.cwd()
    os.chdir(watched.project)
    try:
        with patch.dict(os.environ, {**keys, **homes}), patch.object(tempfile, "tempdir", homes["TMPDIR"]):
            yield watched
    finally:
        os.chdir(here)
    if list(list_content(folder)) != before:
        changed = sorted({name for name, _ in {*before} ^ {*list_content(folder)}})
        watched.faults.append(f"outside the project something was written: {', '.join(changed)}")
    for path in watched.project.rglob("*"):
        if (
            path.is_file()
            and not path.is_symlink()
            and path.stat().st_size < 10**7
            and KEY.encode() in path.read_bytes()
        ):
            watched.faults.append(f"`{path.relative_to(watched.project)}` holds a key")


def list_content(folder: Path) -> Iterator[tuple[str, str]]:
    """What lies in a folder, but for its project: each name with a hash of its content."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if name.parts[0] != "project":
            known = path.is_file() and not path.is_symlink()
            yield str(name), hashlib.sha256(path.read_bytes()).hexdigest() if known else ""


@functools.cache
def prepared(make: Callable[[Path], object]) -> Path:
    """A project that was made once in this process, to be copied."""
    # Kept in a variable that lives as long as the process, and removed with it.
    made = tempfile.TemporaryDirectory(prefix="storyforge-fuzz-")
    _KEPT.append(made)
    project = Path(made.name) / "project"
    make(project)
    return project


_KEPT: list[tempfile.TemporaryDirectory[str]] = []


def lay(project: Path, source: Path) -> None:
    """Copies a project; pictures, which nothing writes into, are linked."""

    def copy(old: str, new: str) -> None:
        (os.link if Path(old).parent.name == "refs" else shutil.copyfile)(old, new)

    shutil.copytree(source, project, symlinks=True, copy_function=copy, dirs_exist_ok=True)
