"""Locks: drawn ones, what merges leave of two of them, and real ones that are spoilt; then all that reads or writes one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from random import Random

import locks as drawn
from projects import Faked, project

from storyforge.system.lock import Lock, lock_text

from .damage import PIECES, spoil_bytes, spoil_text
from .watching import lay, prepared, watch

FILE, LOCK = "ferry.story.yaml", "ferry.story.lock"

MARKS = (
    *(
        "<<<<<<< ours\n",
        "=======\n",
        ">>>>>>> theirs\n",
        "||||||| base\n",
        "  wait:\n",
        "    take: ",
        "    seed: 1e99\n",
    ),
    *("    seconds: ٣\n", "    usd: nan\n", "    usd: inf\n", "    emulated: yes\n", "    number: 0\n", "    parts:\n"),
    *(
        "storyforge: 2\n",
        "clips:\n",
        '  "a',
        "    date: 2026-13-45\n",
        "    accepted: " + "0" * 64 + "\n",
        "    x: 1\n",
    ),
    *("    usd: 1e400\n", "    seconds: " + "9" * 5000 + "\n", "    number: -1\n", "    former: x\n", "  ../../x:\n"),
)
"""Lines of a lock, of which some are none."""

COMMANDS = (
    *(("check", FILE), ("plan", FILE), ("plan", "--format", "json", FILE), ("plan", "--format", "markdown", FILE)),
    *(
        ("takes", FILE),
        ("takes", "--format", "json", FILE, "wait"),
        ("use", FILE, "wait", "1"),
        ("accept", "--all", FILE),
    ),
    *(
        ("accept", "--undo", "--all", FILE),
        ("use", FILE, "call", "0"),
        ("spend", FILE),
        ("gc", "."),
        ("textconv", LOCK),
    ),
    *(("merge-lock", "base.lock", LOCK, "theirs.lock", LOCK), ("merge-lock", LOCK, "base.lock", "theirs.lock")),
    *(("render", "--locked", FILE), ("compile", FILE), ("rename", FILE, "wait", "stay"), ("fmt", FILE)),
)


@dataclass(frozen=True)
class Case:
    """A lock, the two that it is merged with, and what is done."""

    lock: bytes
    base: bytes
    theirs: bytes
    commands: tuple[tuple[str, ...], ...]


def faked(folder: Path) -> None:
    """A project of which every clip has a take, and which has a lock."""
    Faked(project(folder))


def make(seed: int) -> Case:
    """The case of a seed."""
    chance = Random(seed)
    real = (prepared(faked) / LOCK).read_text(encoding="utf-8")
    sides = [lock_text(drawn.changed(Lock(), chance)) for _ in range(2)] + [real]
    spoilt = [spoil(chance, chance.choice((*sides, real))) for _ in range(2)]
    commands = (chance.choice((("check", FILE), ("plan", FILE))), chance.choice(COMMANDS))
    return Case(spoil(chance, join(chance, sides) if chance.random() < 0.3 else real), spoilt[0], spoilt[1], commands)


def join(chance: Random, sides: list[str]) -> str:
    """Two sides of a merge, with or without what both came from."""
    ours, theirs, base = chance.sample(sides, 3)
    both = f"||||||| base\n{base}" if chance.random() < 0.5 else ""
    return f"<<<<<<< ours\n{ours}{both}=======\n{theirs}>>>>>>> theirs\n"


def spoil(chance: Random, text: str) -> bytes:
    """A lock with something wrong in it, most times."""
    if chance.random() < 0.15:
        return spoil_bytes(chance, text.encode())
    if chance.random() < 0.2:
        return text.encode()
    return spoil_text(chance, text, (*MARKS, *MARKS, *PIECES)).encode(errors="replace")


def run(case: Case, folder: Path) -> list[str]:
    """The faults that the case finds."""
    lay(folder / "project", prepared(faked))
    for name, content in ((LOCK, case.lock), ("base.lock", case.base), ("theirs.lock", case.theirs)):
        (folder / "project" / name).write_bytes(content)
    with watch(folder) as watched:
        for command in case.commands:
            watched.run(*command)
    return watched.faults
