"""Keeps the last plan that was shown, and shows it again without making it while all that it was made from is the same.

Kept is only the plan of a film that is whole: every clip plays the take that the lock names, and the film is stitched.
Such a plan is made from the storyboard and the files that it uses, its lock, pictures, music and templates, which are
known by their contents, as the ledger is; from takes, known by size, time and inode; from settings and flags; and by
this StoryForge. Where one of these is another, or cannot be read, the plan is made again. What is kept may be deleted.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from storyforge.system.files import file_sha256
from storyforge.system.inputs import UnreadableFile
from storyforge.system.project import Project
from storyforge.system.resources import PACKAGE, resource_folder
from storyforge.system.whole import read_stamp
from storyforge.version import __version__

if TYPE_CHECKING:
    from storyforge.compiler.compile import Compilation
    from storyforge.planning.film_plan import FilmPlan

SHIPPED = resource_folder("templates")


@dataclass(frozen=True)
class Printed:
    """What a command printed, and the code that it ended with."""

    out: str
    err: Sequence[tuple[str, str]]
    """In parts, each with its role."""
    code: int


class Memory:
    """The last plan of a storyboard that was shown.

    `asked` is all that the command was given besides the file: the same question has the same answer.
    """

    def __init__(self, file: Path, asked: Any) -> None:
        project = Project(file)
        real = Path(os.path.realpath(file))
        self.folder, self.store = real.parent, project.store
        place = os.path.relpath(real, self.store.folder)
        self.path = self.store.path("told", f"{_digest(place)[:16]}.json")
        ledger = [self.store.ledger, self.store.ledger.with_name(f"{self.store.ledger.name}-wal")]
        # An empty log of changes comes and goes with those who read the ledger.
        orders = [_sha256(path) for path in ledger if path.is_file() and path.stat().st_size]
        root, settings = self._name(project.root), project.settings.given
        # The file as it was named is part of it, since findings are printed under that name.
        self.question = _digest([__version__, _build(), str(file), place, root, settings, orders, asked])

    def recall(self) -> Printed | None:
        """What was printed, if the same would be printed now."""
        try:
            known = json.loads(self.path.read_text(encoding="utf-8"))
            same = known["question"] == self.question and all(
                self._look(name) == was for name, was in known["files"].items()
            )
            whole = same and all(_stamp(self.store.take(take)) == was for take, was in known["takes"].items())
            return _read_printed(known["told"]) if whole and self.store.film(known["film"]) else None
        # What is kept may be torn, or of a release with another form: the plan is made again.
        except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
            return None

    def keep(self, compiled: Compilation, film_plan: FilmPlan, printed: Printed) -> None:
        """Keeps what was printed of a film that is whole."""
        from storyforge.compiler.compile import Uncompiled
        from storyforge.planning.film_key import film_fields, film_key

        takes = {
            one.clip.id: one.take for one in film_plan.planned if one.take and one.block and one.block.take == one.take
        }
        if film_plan.state != "cached" or len(takes) < len(film_plan.planned) or film_plan.further:
            return
        if isinstance(compiled, Uncompiled) or compiled.offers or compiled.repacked:
            return
        with contextlib.suppress(OSError, ValueError):  # nothing but time is lost
            # Our own templates are part of `_build`.
            read = {path: sha256 for path, sha256 in compiled.read.items() if not path.is_relative_to(SHIPPED)}
            if compiled.storyboard.music:
                read[self.folder / compiled.storyboard.music.file] = film_fields(compiled)["music.file"]
            facts = {
                "question": self.question,
                "files": {self._name(path): [self._place(path), sha256] for path, sha256 in read.items()},
                "takes": {take: _stamp(self.store.take(take)) for take in takes.values()},
                "film": film_plan.key,
                "told": asdict(printed),
            }
            if film_key(compiled, takes) != film_plan.key:  # the music changed meanwhile
                return
            self.store.write_file(json.dumps(facts), "told", self.path.name)

    def _look(self, name: str) -> list[str | None]:
        path = self.folder / name
        return [self._place(path), _sha256(path)]

    def _name(self, path: Path) -> str:
        return os.path.relpath(path, self.folder)

    def _place(self, path: Path) -> str:
        """Where a file really lies."""
        return os.path.relpath(os.path.realpath(path), self.folder)


def _read_printed(told: Mapping[str, Any]) -> Printed:
    return Printed(str(told["out"]), [(str(text), str(role)) for text, role in told["err"]], int(told["code"]))


def _sha256(path: Path) -> str | None:
    try:
        return file_sha256(path)
    except (OSError, UnreadableFile):
        return None


def _stamp(path: Path) -> list[int]:
    """By what a take is known again that was whole when the plan was made."""
    return list(read_stamp(path) or ())


def _digest(facts: Any) -> str:
    return hashlib.sha256(json.dumps(facts, sort_keys=True, default=str).encode()).hexdigest()


def _build() -> list[tuple[str, int, int]]:
    """This StoryForge, file by file: one that is being worked on keeps its version for days."""
    walked = (step for top in (PACKAGE, SHIPPED) for step in os.walk(top) if not step[0].endswith("__pycache__"))
    files = sorted(os.path.join(place, name) for place, _, names in walked for name in names)
    return [(name, facts.st_size, facts.st_mtime_ns) for name, facts in ((name, os.stat(name)) for name in files)]
