"""Makes git know storyboards, locks and films: attributes that a project keeps, and the programs that this clone runs.

Git keeps the names of programs out of what is cloned, so each clone is set up once. The programs are this StoryForge,
run by the interpreter that runs it now; `-P` keeps what lies in a repository from being imported in the
place of our modules.
"""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

from storyforge.model.errors import UsageError
from storyforge.system.files import write_atomically
from storyforge.system.git import Repository
from storyforge.system.inputs import read_file

ATTRIBUTES = (
    ("*.story.yaml diff=storyforge", "any.story.yaml", "diff", "storyforge"),
    ("*.story.lock merge=storyforge linguist-generated", "any.story.lock", "merge", "storyforge"),
    ("*.mp4 -text diff=storyforge-film", "any.mp4", "diff", "storyforge-film"),
)
"""Lines of `.gitattributes`; for each a file that it is for, and an attribute by which it is known to hold."""


def find_repository(folder: Path) -> Repository:
    """The repository that a folder is in, or will be once it is made; UsageError where there is none."""
    place = folder.resolve()
    found = Repository.find(next(above for above in (place, *place.parents) if above.is_dir()))
    if found is None:
        raise UsageError(f"`{folder}` is in no git repository", "`git init` makes one")
    return found


def has_storyboard(repository: Repository, folder: Path) -> bool:
    """Whether there is a storyboard in a folder or below it."""
    return bool(repository.files("*.story.yaml", folder))


def write_attributes(repository: Repository, folder: Path) -> Path | None:
    """Adds what a project's `.gitattributes` lacks, after what is there; None where nothing is lacking."""
    path = folder / ".gitattributes"
    if path.is_symlink():
        raise UsageError(f"`{path.as_posix()}` is a link, which git does not follow", "put a file in its place")
    # Whatever its encoding is: lines are compared, and its own bytes are written back.
    text = read_file(path) if path.is_file() else b""
    lines = text.decode("utf-8", "surrogateescape").splitlines()
    lacking = [
        line
        for line, name, attribute, value in ATTRIBUTES
        # Git is asked too: another line, or a file above, may give the attribute already.
        if line not in lines and repository.attribute(attribute, folder / name) != value
    ]
    if not lacking:
        return None
    head = text if not text or text.endswith(b"\n") else text + b"\n"
    write_atomically(path, head + "".join(f"{line}\n" for line in lacking).encode())
    return path


def set_drivers(repository: Repository) -> list[str]:
    """Tells git which programs compare and merge; the names of the settings that were not so already."""
    wanted = settings()
    changed = [name for name, value in wanted.items() if repository.setting(name) != value]
    for name in changed:
        repository.write_setting(name, wanted[name])
    return changed


def settings() -> dict[str, str]:
    """The settings of git, by name; each program as git's shell reads it."""
    program = shlex.join([sys.executable, "-P", "-c", "from storyforge.cli import main; main()"])
    return {
        "merge.storyforge.name": "locks of StoryForge, clip by clip",
        # Of these lines git reads `%` in this one alone: `%O` is a file, so a `%` in a path is doubled.
        "merge.storyforge.driver": f"{program.replace('%', '%%')} merge-lock -- %O %A %B %P",
        "diff.storyforge.command": f"{program} diff --git --",
        "diff.storyforge.textconv": f"{program} textconv --",
        "diff.storyforge.xfuncname": "^((shot|cast|scene) .*)$",
        "diff.storyforge-film.textconv": f"{program} textconv --",
    }
