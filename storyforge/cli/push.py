"""`push`: brings takes to a place that colleagues share."""

from __future__ import annotations

from pathlib import Path

import click

from storyforge.cli.options import Console, formats, speaking
from storyforge.cli.progress import Meter
from storyforge.cli.sharing import FILES, show_tally


@click.command()
@FILES
@click.option("--all", "everything", is_flag=True, help="Every take in the store, chosen or not.")
@formats("text", "json")
@speaking
def push(files: tuple[Path, ...], everything: bool, form: str, color: str, quiet: bool) -> int:
    """Bring the takes that locks name to where they are shared.

    `[share]` in storyforge.toml says where that is. The locks are those of FILE..., which are storyboards, or those of
    all films of the project that this folder is in.
    """
    from storyforge.api import push_takes

    with Meter(Console(color, quiet)) as meter:
        tally = push_takes(files, everything, meter)
    return show_tally(tally, "sent", "there", form)
