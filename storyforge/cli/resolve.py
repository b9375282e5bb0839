"""`resolve`: settles an order of which nobody knows whether its host accepted it."""

from __future__ import annotations

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
    from storyforge.api import resolve_order

    if lost == bool(order):
        raise UsageError("an order is either lost or known", "give `--lost` or `--order ID`")
    left = resolve_order(file, clip, order)
    if order:
        click.echo(f"{clip}: attached to {order}; the next render collects it")
    else:
        click.echo(f"{clip}: declared lost; the next render may order it once more")
    if left:
        click.echo(f"{clip}: {left} more {'orders are' if left > 1 else 'order is'} unresolved")
    return 0
