"""`accept`: keeps the take of a clip although its words were changed. Nothing is rendered or paid."""

from __future__ import annotations

from pathlib import Path

import click

from storyforge.cli.choices import open_sound, show_choice
from storyforge.cli.options import FILE, PROVIDER, Console, speaking
from storyforge.cli.storyboard import open_storyboard
from storyforge.model.errors import UsageError


@click.command()
@FILE
@click.argument("clips", nargs=-1, metavar="[CLIP]...")
@click.option("--all", "every", is_flag=True, help="All clips that would be rendered and have a take of a host.")
@click.option("--undo", is_flag=True, help="Take back what was accepted.")
@PROVIDER
@speaking
def accept(
    file: Path, clips: tuple[str, ...], every: bool, undo: bool, provider: str | None, color: str, quiet: bool
) -> int:
    """Keep the take that a clip was given last, although its words were changed.

    Written into the lock with what differs, and shown in every plan; nothing is rendered. The take must be as long and
    of the shape that the film needs. It may be in the lock alone: then its file is still to be had.
    """
    from storyforge.api import accept_takes, withdraw_takes

    if bool(clips) == every:
        raise UsageError("clips are either named, or all of them meant", "name a clip, or say `--all`")
    compiled = open_sound(file, provider, Console(color, quiet))
    change = withdraw_takes if undo else accept_takes
    # Compiled again behind the new lock: the take that a clip plays may change what the clips after it go on from.
    choice = change(compiled, clips, lambda: open_storyboard(file, provider))
    show_choice(choice, "nothing was accepted" if undo else "nothing to accept")
    return 0
