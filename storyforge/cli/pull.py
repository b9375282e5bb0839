"""`pull`: fetches the takes that locks name from a place that colleagues share."""

from __future__ import annotations

from pathlib import Path

import click

from storyforge.cli.options import Console, formats, speaking
from storyforge.cli.progress import Meter
from storyforge.cli.sharing import FILES, show_tally


@click.command()
@FILES
@formats("text", "json")
@speaking
def pull(files: tuple[Path, ...], form: str, color: str, quiet: bool) -> int:
    """Fetch the takes that locks name and that are not here.

    They come from where `[share]` in storyforge.toml says. The locks are those of FILE..., which are storyboards, or
    those of all films of the project that this folder is in.
    """
    from storyforge.api import pull_takes

    with Meter(Console(color, quiet)) as meter:
        tally = pull_takes(files, meter)
    return show_tally(tally, "fetched", "here", form)
