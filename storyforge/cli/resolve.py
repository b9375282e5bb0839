"""`resolve`: settles an order that its host may or may not have accepted, or whose job never ends."""

from __future__ import annotations

from pathlib import Path

import click

from storyforge.cli.options import FILE
from storyforge.cli.printer import print_line
from storyforge.model.errors import UsageError


@click.command()
@FILE
@click.argument("clip")
@click.option("--lost", is_flag=True, help="The host never took it: one new order is allowed.")
@click.option("--order", metavar="ID", help="The host took it, as this job.")
@click.option("--give-up", is_flag=True, help="Wait no longer for a job that the host took; its cost stays in `spend`.")
def resolve(file: Path, clip: str, lost: bool, order: str | None, give_up: bool) -> int:
    """Settle an order that the host may or may not have accepted, or whose job never ends."""
    from storyforge.api import give_up_order, resolve_order

    if lost + bool(order) + give_up != 1:
        raise UsageError("an order is either lost, or known, or given up", "give `--lost`, `--order ID` or `--give-up`")
    if give_up:
        job_id, left = give_up_order(file, clip)
        print_line(f"{clip}: job {job_id} is given up; its cost may be billed and stays in `spend`")
        print_line(f"{clip}: the next render may order it again")
        if left:
            print_line(f"{clip}: {left} more {'jobs are' if left > 1 else 'job is'} waited for")
        return 0
    left = resolve_order(file, clip, order)
    if order:
        print_line(f"{clip}: attached to {order}; the next render collects it")
    else:
        print_line(f"{clip}: declared lost; the next render may order it once more")
    if left:
        print_line(f"{clip}: {left} more {'orders are' if left > 1 else 'order is'} unresolved")
    return 0
