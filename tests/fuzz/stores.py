"""Stores: files of `.storyforge` that are cut, emptied, flipped, retyped, deep, gone, or something else than a file."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from random import Random

from orders import order
from projects import HEAD, project

from storyforge.cli import cli
from storyforge.system.ledger import Ledger
from storyforge.system.store import IN_PLACE, Store

from .damage import spoil_bytes, spoil_json
from .watching import prepared, watch

FILE = "ferry.story.yaml"

SHOTS = """\
  - {id: wait, scene: pier, action: "@ana looks over the water.", seconds: 3, clip: new}
  - {id: boat, scene: pier, action: The boat floats away., seconds: 3, continues: wait}
"""

COMMANDS = (
    *(("plan", FILE), ("plan", FILE), ("plan", "--format", "json", FILE), ("plan", "--format", "markdown", FILE)),
    *(("takes", FILE), ("takes", "--format", "json", FILE), ("spend", FILE), ("spend", "--format", "json", FILE)),
    *(("gc", "."), ("gc", "--yes", "."), ("check", FILE), ("use", FILE, "wait", "1"), ("accept", "--all", FILE)),
    *(("plan", "--provider", "runware", FILE), ("resolve", FILE, "wait", "--lost"), ("compile", FILE), ("doctor",)),
    *(("plan", "--blame", FILE), ("plan", "--out", "plan.json", FILE), ("resolve", FILE, "wait", "--give-up")),
)

SLOW = (("render", "--locked", FILE), ("render", "--locked", "--provider", "runware", FILE), ("render", FILE))
"""What takes a second or more, and so is done more seldom."""


@dataclass(frozen=True)
class Case:
    """The seed of what is done to the files, and the commands that read them."""

    seed: int
    commands: tuple[tuple[str, ...], ...]


def rendered(folder: Path) -> None:
    """A project whose film was rendered, with orders at a host, an answer that is kept, and a plan that was printed."""
    head = HEAD.replace("cast:", "format: {aspect: '1:1'}\ncast:")
    path = project(folder, shots=SHOTS, head=head)
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()) as err:
        for command in ("render", "plan"):
            assert cli.main([command, str(path)], standalone_mode=False) == 0, err.getvalue()
    store = Store(folder / ".storyforge")
    with Ledger(store.ledger) as ledger:
        for fate in ("done", "sent", "refused", "failed", "unresolved"):
            order(ledger, fate=fate, film=path.name, clip="wait")
    store.write_file('{"job": {"status": "success"}}', "answers", "runware-7.json")


def make(seed: int) -> Case:
    """The case of a seed."""
    chance = Random(seed)
    commands = [chance.choice(COMMANDS) for _ in range(2)]
    return Case(seed, (*commands, chance.choice(SLOW)) if chance.random() < 0.02 else tuple(commands))


def lay_store(project: Path, source: Path) -> None:
    """Copies a project; what is only ever replaced as a whole is linked."""

    def copy(old: str, new: str) -> None:
        (shutil.copyfile if Path(old).name in IN_PLACE else os.link)(old, new)

    shutil.copytree(source, project, copy_function=copy)


def spoil(chance: Random, path: Path) -> None:
    """Does something to a file of a store."""
    content = path.read_bytes()[:200_000]
    path.unlink()
    match chance.choice(("content",) * 8 + ("gone", "folder", "link", "loop")):
        case "content":
            spoilt = spoil_json(chance, content) if path.suffix == ".json" else spoil_bytes(chance, content)
            path.write_bytes(spoilt)
        case "folder":
            path.mkdir()
        case "link":
            path.symlink_to(Path("..") / ".." / "beside" / "canary.txt")
        case "loop":
            path.symlink_to(path.name)


def run(case: Case, folder: Path) -> list[str]:
    """The faults that the case finds."""
    lay_store(folder / "project", prepared(rendered))
    chance = Random(case.seed + 1)
    files = sorted(path for path in (folder / "project" / ".storyforge").rglob("*") if path.is_file())
    told = [path for path in files if path.suffix in (".json", ".db") or path.name == "ferry.story.lock"]
    for path in {chance.choice(told if chance.random() < 0.8 else files) for _ in range(chance.choice((1, 1, 2, 4)))}:
        spoil(chance, path)
    with watch(folder) as watched:
        for command in case.commands:
            watched.run(*command)
    return watched.faults
