"""`pull`: fetches the takes that locks name from a place that colleagues share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from storyforge.cli.options import Console, formats, speaking
from storyforge.cli.progress import Meter
from storyforge.cli.sharing import FILES, show_tallies

if TYPE_CHECKING:
    pass


@click.command()
@FILES
@formats("text", "json")
@speaking
def pull(files: tuple[Path, ...], form: str, color: str, quiet: bool) -> int:
    """Fetch the takes that locks name and that are not here.

    They come from where `[share]` in storyforge.toml says. The locks are those of FILE..., which are storyboards, or
    those of all films of the project that this folder is in.
    """
    from storyforge.rendering import remote as share
    from storyforge.rendering.share_jobs import find_jobs

    tallies = []
    for store, place, choices in find_jobs(files):
        with store.hold(), Meter(Console(color, quiet)) as meter:
            tallies.append(share.pull(choices, store, place, meter))
    return show_tallies(tallies, "fetched", "here", form)
