"""`accept`: keeps the take of a clip although its words were changed. Nothing is rendered or paid."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from storyforge.cli.choices import open_sound, say_missing, say_what_follows
from storyforge.cli.options import FILE, PROVIDER, Console, speaking
from storyforge.cli.storyboard import open_storyboard
from storyforge.model.errors import UsageError
from storyforge.reports.takes_text import describe_choice

if TYPE_CHECKING:
    from storyforge.compiler.compile import Compiled
    from storyforge.compiler.jobs import Planned
    from storyforge.system.store import Store


@click.command()
@FILE
@click.argument("clips", nargs=-1, metavar="[CLIP]...")
@click.option("--all", "every", is_flag=True, help="All clips that would be rendered and have a take of their host.")
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
    from storyforge.planning.clips import find_clip
    from storyforge.planning.film_plan import plan_film
    from storyforge.planning.lock_update import accept as accepting
    from storyforge.planning.lock_update import hold_unchanged, save_lock
    from storyforge.system.project import find_store
    from storyforge.system.store import Store

    if bool(clips) == every:
        raise UsageError("clips are either named, or all of them meant", "name a clip, or say `--all`")
    board, store = open_sound(file, provider, Console(color, quiet)), Store(find_store(file))
    names = [find_clip(board, clip).clip.id for clip in clips]
    if undo:
        return _undo(board, store, names or list(board.lock.blocks), provider)
    with hold_unchanged(board, store) as orders:
        before = plan_film(board, orders=orders)
        names = names or [one.clip.id for one in before.planned if one.state == "render" and _has_take(one, board)]
        made = accepting(board, names, store)
        if made.refused and not every:
            name, why = next(iter(made.refused.items()))
            hint = f"`storyforge takes {file} {name}` lists its takes, `storyforge use` chooses one"
            raise UsageError(f"`{name}` cannot be accepted: {why}", hint)
        save_lock(board, made.lock)
        after = plan_film(open_storyboard(file, provider)[0], orders=orders)
    told = [f"{name}: {describe_choice(block)}" for name, block in made.blocks.items()]
    told += [f"{name}: not accepted: {why}" for name, why in made.refused.items()]
    told += [f"{name}: nothing to accept" for name in made.cached if not every]
    for line in told or ["nothing to accept"]:
        click.echo(line)
    for name, block in made.blocks.items():
        say_missing(name, block, store)
    say_what_follows(before, after, names)
    return 0


def _undo(compiled: Compiled, store: Store, names: Sequence[str], provider: str | None) -> int:
    from storyforge.planning.film_plan import plan_film
    from storyforge.planning.lock_update import hold_unchanged, save_lock, withdraw_acceptance

    blocks = compiled.lock.blocks
    accepted = [name for name in names if name in blocks and blocks[name].accepted]
    with hold_unchanged(compiled, store) as orders:
        before = plan_film(compiled, orders=orders)
        save_lock(compiled, withdraw_acceptance(compiled.lock, accepted))
        after = plan_film(open_storyboard(compiled.path, provider)[0], orders=orders)
    for name in accepted:
        click.echo(f"{name}: no longer accepted")
    if not accepted:
        click.echo("nothing was accepted")
    say_what_follows(before, after, ())
    return 0


def _has_take(one: Planned, compiled: Compiled) -> bool:
    block = compiled.lock.blocks.get(one.clip.id)
    return block is not None and block.provider == one.clip.provider
