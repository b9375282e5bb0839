"""`use`: chooses the take that a clip plays. Nothing is rendered or paid."""

from __future__ import annotations

from pathlib import Path

import click

from storyforge.cli.choices import open_sound, show_choice
from storyforge.cli.options import FILE, PROVIDER, Console, speaking
from storyforge.cli.storyboard import open_storyboard


@click.command()
@FILE
@click.argument("clip")
@click.argument("take")
@PROVIDER
@speaking
def use(file: Path, clip: str, take: str, provider: str | None, color: str, quiet: bool) -> int:
    """Choose TAKE for CLIP: its number, or how its id begins. Written into the lock; nothing is rendered.

    This also decides about a clip over which a merge left the lock undecided.
    """
    from storyforge.api import UNDECIDED, use_take

    compiled = open_sound(file, provider, Console(color, quiet), but=UNDECIDED)
    show_choice(use_take(compiled, clip, take, lambda: open_storyboard(file, provider)))
    return 0
