"""Storyboards: good ones in every way of writing, and some that are cut, doubled, retyped or no text at all."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from random import Random

import documents
from compiler.checks.films import FILM, make_pictures

from .damage import retype, spoil_bytes, spoil_text
from .watching import lay, prepared, watch

GOOD = (
    FILM.replace("title:", "style: lamp-lit\nprovider: runware\nmusic: {file: theme.ogg}\npreserve: [the lamp]\ntitle:")
    + """\
    framing: wide shot
    sound: "@otto coughs"
    dialogue:
      - mira (V.O.): You are late.
      - otto.coat (whispering): The road is gone.
    transition: dissolve 0.5
    seconds: 8
    seed: 7
    extra: {runware: {ttl: 86400}}
  - {id: lamp-3, scene: lamp-room, action: "@mira and @otto.coat sit.", seconds: 40, continues: lamp-2}
"""
)
"""A film without an error, in which most fields are used."""

FILE = "film.story.yaml"

COMMANDS = (
    *(("check", FILE), ("check", "--strict", "--format", "json", FILE), ("check", "--format", "sarif", FILE)),
    *(("check", "--format", "github", FILE), ("check", "--fix", FILE), ("fmt", FILE), ("fmt", "--diff", FILE)),
    *(("plan", FILE), ("plan", "--format", "json", FILE), ("plan", "--format", "markdown", FILE)),
    *(("compile", "--format", "json", FILE), ("compile", "--provider", "hiapi", FILE), ("textconv", FILE)),
    *(("rename", FILE, "mira", "mara"), ("rename", "-n", FILE, "lamp-1", "first"), ("takes", FILE)),
    *(("accept", "--all", FILE), ("plan", "--provider", "scenario", "--out", "plan.json", FILE)),
)


@dataclass(frozen=True)
class Case:
    """A file, and what is done with it."""

    content: bytes
    commands: tuple[tuple[str, ...], ...]


def make(seed: int) -> Case:
    """The case of a seed."""
    chance = Random(seed)
    kind = chance.choice(("spoilt", "spoilt", "spoilt", "typed", "typed and spoilt", "retyped", "retyped", "bytes"))
    if kind == "bytes":
        content = spoil_bytes(chance, GOOD.encode())
    elif kind == "spoilt":
        content = spoil_text(chance, GOOD).encode(errors="replace")
    else:
        board = documents.storyboard(chance)
        if kind == "retyped":
            board = {key: retype(chance, value, 0.05, ODD) for key, value in board.items()}
        text = documents.typed(chance, board)
        content = (spoil_text(chance, text) if kind == "typed and spoilt" else text).encode(errors="replace")
    return Case(content, (("check", FILE), chance.choice(COMMANDS)))


ODD = (None, True, 0, -1, 7, 1.5, 10**20, "", " ", "../../x", "text", "\u202e", "a" * 3000, "https://x.example/a.png")
"""Values that the typist of `documents` can write."""


def run(case: Case, folder: Path) -> list[str]:
    """The faults that the case finds."""
    lay(folder / "project", prepared(make_pictures))
    (folder / "project" / FILE).write_bytes(case.content)
    with watch(folder) as watched:
        for command in case.commands:
            watched.run(*command)
    return watched.faults
