"""`gc`: says what the store of a project holds that nobody needs, and deletes it after confirmation."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from storyforge.cli.options import formats
from storyforge.cli.printer import ask, print_json, print_line, print_lines

if TYPE_CHECKING:
    from storyforge.api import Rest


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False), default=".")
@click.option(
    "--since",
    metavar="DATE|BRANCH|TAG",
    help="From where on git's history counts: a day as YYYY-MM-DD, a branch or a tag. [default: all of it]",
)
@click.option("--yes", "agreed", is_flag=True, help="Delete without asking.")
@formats("text", "json")
def gc(folder: Path, since: str | None, agreed: bool, form: str) -> int:
    """Delete what nobody needs any more from the store of the project that FOLDER is in.

    Takes are kept that any lock names: those here, and those in git's history on any branch, tag or stash, in what git
    still remembers of moved ones, and in its index. So is what the storyboards need as they stand, what was ordered and
    did not come yet, and the ledger. What would go is printed first; without a terminal or `--yes` that is all.
    """
    from storyforge.api import collect_garbage
    from storyforge.reports.gc_text import garbage_document, sum_text

    if form == "json":
        # A program cannot be asked: it gets what would go, and deletes it by `--yes` alone.
        print_json(garbage_document(collect_garbage(folder, since, (lambda *_: True) if agreed else None)))
        return 0

    # Called while the store is held, so that exactly what is shown here is what goes.
    def confirm(gone: Sequence[Rest], kept: Sequence[Rest]) -> bool:
        _show(gone, kept)
        return bool(gone) and (agreed or ask(f"Delete {sum_text(gone)}?"))

    asking = agreed or sys.stdin.isatty()
    found = collect_garbage(folder, since, confirm if asking else None)
    if not asking:
        _show(found.gone, found.kept)
    if found.deleted:
        print_line(f"deleted {sum_text(found.gone)}")
    elif found.gone:
        print_line(f"{sum_text(found.gone)} would be deleted; `--yes` does it")
    return 0


def _show(gone: Sequence[Rest], kept: Sequence[Rest]) -> None:
    from storyforge.reports.gc_text import garbage_lines

    print_lines(garbage_lines(gone, kept))
    if not gone:
        print_line("nothing to delete")
