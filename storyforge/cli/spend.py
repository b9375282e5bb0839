"""`spend`: what was spent, and on what."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from storyforge.cli.options import STORYBOARD, formats
from storyforge.cli.printer import print_content, print_json, print_line, print_text

if TYPE_CHECKING:
    from storyforge.reports.spending import By

DATE = click.DateTime(["%Y-%m-%d"])


@click.command()
@click.argument("file", type=STORYBOARD, metavar="[FILE]", required=False)
@click.option(
    "--by",
    type=click.Choice(["film", "clip", "host", "day", "run"]),
    help="What is added up. [default: each film at each host]",
)
@click.option("--since", type=DATE, metavar="DATE", help="The first day, as YYYY-MM-DD in UTC.")
@click.option("--until", type=DATE, metavar="DATE", help="The last day, as YYYY-MM-DD in UTC.")
@formats("text", "json", "csv")
def spend(file: Path | None, by: By | None, since: datetime | None, until: datetime | None, form: str) -> int:
    """Say what was spent, by film, clip, host, day or run.

    Of FILE, or of all films of the project that this folder is in. An order counts with what its host charged, if
    that is known, else with what was planned. What a host refused costs nothing; what it failed at may be billed, and
    budgets count it. What is open, sent without a known end, counts as it does in a budget. What was ordered at the
    emulator was never spent, and is added up apart.
    """
    from storyforge.reports.spending import read_spending
    from storyforge.reports.spending_text import format_csv, format_table, spending_document

    spending = read_spending(file, since and since.date(), until and until.date(), by)
    if not spending.ordered:
        print_line(f"nothing was ever ordered in {spending.folder}", err=True)
    match form:
        case "json":
            print_json(spending_document(spending))
        case "csv":
            # As bytes, since the ends of lines are part of the form.
            print_content(format_csv(spending.rows, by).encode())
        case _:
            print_text(format_table(spending.rows, spending.total) if spending.rows else "nothing spent")
    return 0
