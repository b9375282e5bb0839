"""Lays a storyboard of another time out in a folder of its own, with all that compiling it reads.

That is the storyboard with those it uses, its lock, `storyforge.toml`, `templates/`, and the pictures and the music
that it names, each at its path. The project's top is where it is now. A link is replaced by what it leads to, if that
was in the project too.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from storyforge.compiler.pictures import MAX_BYTES, is_local
from storyforge.language.load import MAX_BYTES as LARGEST
from storyforge.language.load import load_storyboard, project_root
from storyforge.language.text_file import Page
from storyforge.language.yaml_tree import read_tree
from storyforge.model.errors import UsageError
from storyforge.model.storyboard import Storyboard
from storyforge.system.files import make_folder, write_new
from storyforge.system.git import Repository
from storyforge.system.lock import lock_path
from storyforge.system.project import FOLDER, SETTINGS

MAX_LINKS = 40
"""Links that one path may lead over, as in most systems."""

WORDING = "templates"


@contextmanager
def storyboard_at(path: Path, rev: str) -> Iterator[Path | None]:
    """The storyboard as it was at a commit, in a folder that is gone when the block ends; None where it was not there.

    UsageError outside of git, and for a name that git does not know.
    """
    repository = Repository.find(path)
    if repository is None:
        raise UsageError(f"`{path.name}` is in no git repository", "name another storyboard to compare it with")
    with TemporaryDirectory(prefix="storyforge-") as scratch:
        place = _Place(repository, repository.commit(rev), project_root(path.resolve()), Path(scratch))
        yield place.lay_out(repository.inside(path))


class _Place:
    """A folder in which the files of a project are put as they were at a commit."""

    def __init__(self, repository: Repository, commit: str, root: Path, folder: Path) -> None:
        self.repository, self.folder = repository, folder
        self.root = repository.inside(root)
        self.ids = repository.tree(commit, root)
        """What the project held, by path from the repository's top."""
        self.links = repository.links(commit, root)

    def lay_out(self, name: str) -> Path | None:
        """The storyboard of a path, with all that it needs; None where it was not there."""
        main = self.folder / name
        make_folder(self.folder / self.root / FOLDER)  # what makes this the top of the project
        if name not in self.ids:
            return None
        homes = {posixpath.dirname(name), self.root.removeprefix(".")}
        # Templates are looked for next to the storyboard and at the top of the project.
        wording = [one for one in self.ids for home in homes if one.startswith(posixpath.join(home, WORDING, ""))]
        settings = [one for one in self.ids if posixpath.basename(one) == SETTINGS]
        self.write_files([lock_path(Path(name)).as_posix(), *wording, *settings])
        # In waves: git is started once for all files of a wave, and not for each file.
        waiting, seen = [name], {name}
        while waiting:
            self.write_files(waiting)
            used = [one for user in waiting for one in self.list_used(user) if one not in seen]
            waiting = list(dict.fromkeys(used))
            seen.update(waiting)
        board, _, _ = load_storyboard(main)
        if board:
            named = [posixpath.join(posixpath.dirname(name), one) for one in _named(board) if is_local(one)]
            self.write_files(map(posixpath.normpath, named))
        return main

    def list_used(self, name: str) -> Iterator[str]:
        """The storyboards that one uses."""
        path = self.folder / name
        if not path.is_file() or path.stat().st_size > LARGEST:
            return
        # Read as YAML and not as a storyboard, which it can only be once all that it uses is laid out.
        tree, _ = read_tree(Page(name, path.read_text(encoding="utf-8", errors="replace")))
        use = tree.child("use") if tree else None
        for item in (use.items or ()) if use else ():
            if isinstance(item.value, str):
                yield posixpath.normpath(posixpath.join(posixpath.dirname(name), item.value.strip()))

    def follow_links(self, name: str) -> str:
        """The path that a path leads to over links; where they are a cycle, one of them."""
        for _ in range(MAX_LINKS if self.links else 0):
            parts = name.split("/")
            steps = ("/".join(parts[:count]) for count in range(1, len(parts) + 1))
            # From its first link on: git holds nothing below one.
            link = next((step for step in steps if step in self.links), None)
            if link is None:
                return name
            name = posixpath.normpath(posixpath.join(posixpath.dirname(link), self.links[link] + name[len(link) :]))
        return name

    def write_files(self, names: Iterable[str]) -> None:
        """Writes those files that there were; none that is larger than what is read."""
        wanted: dict[str, list[str]] = {}
        for name in names:
            content = self.ids.get(self.follow_links(name))
            if content:
                wanted.setdefault(content, []).append(name)
        for content, written in self.repository.contents(wanted, MAX_BYTES):
            for name in wanted[content]:
                target = self.folder / name
                make_folder(target.parent)
                if not target.exists():  # a file that is named twice is the same at one commit
                    write_new(target, written)


def _named(storyboard: Storyboard) -> Iterator[str]:
    """Every picture that a storyboard names, and its music."""
    for character in storyboard.cast.values():
        yield from (look.reference for look in character.looks.values() if look.reference)
        yield from (character.reference,) if character.reference else ()
    yield from (scene.reference for scene in storyboard.scenes.values() if scene.reference)
    yield from (shot.first_frame for shot in storyboard.shots or () if shot.first_frame)
    if storyboard.music:
        yield storyboard.music.file
