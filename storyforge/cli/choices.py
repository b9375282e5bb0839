"""What the commands that choose among takes share."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from storyforge.cli.options import Console, exit_code, show_findings
from storyforge.cli.storyboard import open_storyboard
from storyforge.model.errors import StoryForgeError

if TYPE_CHECKING:
    from storyforge.compiler.compile import Compiled
    from storyforge.planning.film_plan import FilmPlan
    from storyforge.system.lock import Block
    from storyforge.system.store import Store


def open_sound(file: Path, provider: str | None, console: Console, but: str | None = None) -> Compiled:
    """The storyboard compiled; StoryForgeError where that finds an error, `but` one that does not matter."""
    from storyforge.compiler.compile import Uncompiled

    compiled, _ = open_storyboard(file, provider)
    faults = tuple(found for found in compiled.diagnostics if found.name != but)
    if isinstance(compiled, Uncompiled) or exit_code(faults, strict=False):
        show_findings(compiled, console, strict=False)
        raise StoryForgeError(f"{file.name} has errors; nothing was changed", "mend them first")
    return compiled


def say_missing(clip: str, block: Block, store: Store) -> None:
    if not store.take(block.take).is_file():
        click.echo(f"{clip}: the file of this take is not here; `storyforge pull` may bring it")


def say_what_follows(before: FilmPlan, after: FilmPlan, named: Sequence[str]) -> None:
    from storyforge.planning.clips import find_followers
    from storyforge.reports.takes_text import describe_change

    for one in find_followers(before, after, named):
        click.echo(describe_change(one))
