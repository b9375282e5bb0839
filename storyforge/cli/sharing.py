"""What `push` and `pull` share: their files, and how they end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from storyforge.cli.options import STORYBOARD, print_json

if TYPE_CHECKING:
    from storyforge.rendering.remote import Tally

FILES = click.argument("files", type=STORYBOARD, metavar="[FILE]...", nargs=-1)


def show_tallies(tallies: Sequence[Tally], done: str, already: str, form: str) -> int:
    """Prints what was moved and what failed; gives the exit code for it."""
    from storyforge.reports.share_text import share_document, share_text

    moved = {name: size for tally in tallies for name, size in tally.moved.items()}
    there = {name for tally in tallies for name in tally.there}
    failures = {name: fault for tally in tallies for name, fault in tally.failures.items()}
    if form == "json":
        print_json(share_document(moved, there, failures, done, already))
    else:
        click.echo(share_text(moved, there, done, already))
    if not failures:
        return 0
    click.echo(f"error: {len(failures)} object{'s' * (len(failures) > 1)} could not be {done}", err=True)
    for hint in dict.fromkeys(fault.hint for fault in failures.values() if fault.hint):
        click.echo(f"  = hint: {hint}", err=True)
    return max(fault.exit_code for fault in failures.values())
