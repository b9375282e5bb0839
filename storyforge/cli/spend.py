"""`spend`: what was spent, and on what."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from storyforge.cli.options import STORYBOARD, formats, print_json
from storyforge.model.errors import UsageError
from storyforge.reports.plan_text import dollars

if TYPE_CHECKING:
    from storyforge.reports.spending import By, Row, Sum
    from storyforge.system.store import Store

FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
"""What makes a spreadsheet take a cell for a formula when it begins with it."""

HEADS = {"day": "day (UTC)", "begun_at": "begun (UTC)", "usd_planned": "planned"}
"""Columns of the table that are called otherwise than in JSON."""

UNSHOWN = ("ended_at", "version")
"""Facts of a run that the table has no room for."""

TEXTS = ("film", "clip", "host", "day", "begun_at", "outcome")
"""Columns that are set to the left; figures are set to the right."""


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

    Of FILE, or of all films of the project that this folder is in. An order counts with what its host charged where it
    told, else with what was planned. What a host refused costs nothing; what it failed at may be billed, and budgets
    count it. What is open, sent without a known end, counts as it does in a budget.
    """
    from storyforge.reports.spending import Row, Span, Sum, account, total
    from storyforge.system.ledger import Ledger, has_ledger
    from storyforge.system.project import find_store
    from storyforge.system.store import Store

    if since and until and since > until:
        raise UsageError("`--since` is after `--until`", "both are days, and both are counted")
    if file and not file.is_file():
        raise UsageError(f"there is no file `{file}`", "without a file, all films of the project are counted")
    store = Store(find_store(file or Path("film.story.yaml")))
    span = Span(since and since.date(), until and until.date(), _film(file, store) if file else None)
    rows: list[Row] = []
    everything = Row({}, Sum())
    if has_ledger(store):
        with Ledger.from_store(store, readonly=True) as ledger:
            rows, everything = account(ledger, span, by, store.is_held), total(ledger, span)
    else:
        click.echo(f"nothing was ever ordered in {store.folder.parent}", err=True)
    match form:
        case "json":
            print_json(
                {
                    "storyforge": 1,
                    "since": span.since and span.since.isoformat(),
                    "until": span.until and span.until.isoformat(),
                    "rows": [_document(row) for row in rows],
                    "total": _document(everything),
                }
            )
        case "csv":
            # As bytes, since the ends of lines are part of the form.
            click.echo(format_csv(rows, by).encode(), nl=False)
        case _:
            click.echo(format_table(rows, everything) if rows else "nothing spent")
    return 0


def _film(storyboard: Path, store: Store) -> str:
    from storyforge.system.project import record_name

    return record_name(storyboard, store)


def _document(row: Row) -> dict[str, Any]:
    return {**row.of, **asdict(row.spent), "open": asdict(row.open), "may_be_billed": asdict(row.may_be_billed)}


def format_csv(rows: Sequence[Row], by: By | None) -> str:
    """Rows as RFC 4180 has them, below their names; a text that a spreadsheet would calculate is led by `'`."""
    from storyforge.reports.spending import NAMES, Sum

    sums = list(asdict(Sum()))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    parts = ("open", "may_be_billed")
    writer.writerow([*NAMES[by], *sums, *(f"{part}_{name}" for part in parts for name in sums)])
    for row in rows:
        sums_of_row = (row.spent, row.open, row.may_be_billed)
        cells = [*row.of.values(), *(value for one in sums_of_row for value in asdict(one).values())]
        writer.writerow([f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell for cell in cells])
    return text.getvalue()


def format_table(rows: Sequence[Row], everything: Row) -> str:
    """A table: a line for each row, and the total."""
    from rich.cells import cell_len

    names = [name for name in rows[0].of if name not in UNSHOWN]
    heads = [
        *(HEADS.get(name, name) for name in names),
        "orders",
        "seconds",
        "usd",
        "open",
        "usd open",
        "may be billed",
    ]
    lines = [[*(_cell(name, row.of[name]) for name in names), *_sums(row)] for row in rows]
    lines.append(["total", *[""] * (len(names) - 1), *_sums(everything)])
    columns: list[list[str]] = []
    for head, *cells in zip(heads, *lines, strict=True):
        width = max(cell_len(cell) for cell in (head, *cells))
        blanks = [(cell, " " * (width - cell_len(cell))) for cell in (head, *cells)]
        left = len(columns) < len(names) and names[len(columns)] in TEXTS
        columns.append([cell + blank if left else blank + cell for cell, blank in blanks])
    return "\n".join("  ".join(cells).rstrip() for cells in zip(*columns, strict=True))


def _cell(name: str, value: Any) -> str:
    """A fact as a person reads it, on one line and without what would move a terminal's cursor."""
    match name, value:
        case "usd_planned", None:
            return "unknown"
        case _, None:
            return "–"
        case "usd_planned", usd:
            return dollars(usd)
        case "begun_at", moment:
            return datetime.fromisoformat(moment).astimezone(UTC).strftime("%Y-%m-%d %H:%M")
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in str(value))


def _sums(row: Row) -> list[str]:
    spent, opened = row.spent, row.open
    counts = [str(spent.orders), str(spent.seconds), _usd(spent), str(opened.orders), _usd(opened)]
    return [*counts, _usd(row.may_be_billed)]


def _usd(of: Sum) -> str:
    if not of.orders:
        return "–"
    if of.usd is None:
        return "unknown"
    return f"{dollars(of.usd)} + {of.unknown} unknown" if of.unknown else dollars(of.usd)


COMMANDS: Sequence[click.Command] = (spend,)
