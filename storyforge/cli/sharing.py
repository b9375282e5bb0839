"""What `push` and `pull` share: their files, and how they end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from storyforge.cli.options import STORYBOARD
from storyforge.cli.printer import print_hint, print_json, print_line, print_text

if TYPE_CHECKING:
    from storyforge.api import Tally

FILES = click.argument("files", type=STORYBOARD, metavar="[FILE]...", nargs=-1)


def show_tally(tally: Tally, done: str, already: str, form: str) -> int:
    """Prints what was moved and what failed; gives the exit code for it. `done` and `already` are the words for it."""
    from storyforge.reports.share_text import share_document, share_text

    if form == "json":
        print_json(share_document(tally, done, already))
    else:
        print_text(share_text(tally, done, already))
    failures = tally.failures
    if not failures:
        return 0
    print_line(f"error: {len(failures)} object{'s' * (len(failures) > 1)} could not be {done}", err=True)
    # Each hint once: what keeps one object from its way mostly keeps them all.
    for hint in dict.fromkeys(fault.hint for fault in failures.values() if fault.hint):
        print_hint(hint)
    return max(fault.exit_code for fault in failures.values())
