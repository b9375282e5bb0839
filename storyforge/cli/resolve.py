"""`resolve`: settles an order of which nobody knows whether its host accepted it."""

from __future__ import annotations

import time
from pathlib import Path

import click

from storyforge.cli.options import FILE
from storyforge.model.errors import UsageError


@click.command()
@FILE
@click.argument("clip")
@click.option("--lost", is_flag=True, help="The host never took it: one new order is allowed.")
@click.option("--order", metavar="ID", help="The host took it, as this job.")
def resolve(file: Path, clip: str, lost: bool, order: str | None) -> int:
    """Settle an order of which nobody knows whether the host accepted it."""
    from storyforge.system.ledger import Ledger, has_ledger
    from storyforge.system.project import find_store, record_name
    from storyforge.system.store import Store

    if lost == bool(order):
        raise UsageError("an order is either lost or known", "give `--lost` or `--order ID`")
    store = Store(find_store(file))
    if not has_ledger(store):
        raise UsageError(f"nothing was ever ordered for {file.name}", "`storyforge plan` shows what is unresolved")
    with store.held(), Ledger.from_store(store) as ledger:
        undecided = ledger.undecided(record_name(file, store), clip)
        if not undecided:
            raise UsageError(f"`{clip}` has no unresolved order", "`storyforge plan` shows what is unresolved")
        if order:
            ledger.sent(undecided[0], order)
            click.echo(f"{clip}: attached to {order}; the next render collects it")
        else:
            ledger.ended(undecided[0], "failed", time.time(), "declared lost")
            click.echo(f"{clip}: declared lost; the next render may order it once more")
    if left := len(undecided) - 1:
        click.echo(f"{clip}: {left} more {'orders are' if left > 1 else 'order is'} unresolved")
    return 0


COMMANDS = (resolve,)
