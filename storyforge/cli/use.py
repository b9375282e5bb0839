"""`use`: chooses the take that a clip plays. Nothing is rendered or paid."""

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
    from storyforge.planning.takes import Take


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
    from storyforge.planning.clips import find_clip
    from storyforge.planning.film_plan import plan_film
    from storyforge.planning.lock_update import choose_take, hold_unchanged
    from storyforge.planning.takes import UNDECIDED, all_takes
    from storyforge.system.project import find_store
    from storyforge.system.store import Store

    board, store = open_sound(file, provider, Console(color, quiet), but=UNDECIDED), Store(find_store(file))
    one = find_clip(board, clip)
    with hold_unchanged(board, store) as orders:
        chosen = _found(all_takes(board, store, orders)[one.clip.id], take, file, one.clip.id)
        before = plan_film(board, orders=orders)
        block = choose_take(board, one, chosen)
        after = plan_film(open_storyboard(file, provider)[0], orders=orders)
    click.echo(f"{one.clip.id}: {describe_choice(block)}")
    say_missing(one.clip.id, block, store)
    say_what_follows(before, after, (one.clip.id,))
    return 0


def _found(takes: Sequence[Take], named: str, file: Path, clip: str) -> Take:
    from storyforge.planning.takes import find_take

    found = find_take(takes, named)
    hint = f"`storyforge takes {file} {clip}` lists them"
    if not found:
        raise UsageError(f"`{clip}` has no take `{named}`", hint)
    if len(found) > 1:
        raise UsageError(
            f"`{clip}` has {len(found)} takes that `{named}` may mean", f"{hint} by ids that tell them apart"
        )
    return found[0]
