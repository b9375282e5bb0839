"""What was spent: as a table for people, as CSV for spreadsheets, as a document for programs."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from storyforge.model.printable import count_columns, escape_text, format_usd

if TYPE_CHECKING:
    from storyforge.reports.spending import By, Row, Spending, Sum

FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
"""What makes a spreadsheet take a cell for a formula when it begins with it."""

HEADS = {"day": "day (UTC)", "begun_at": "begun (UTC)", "usd_planned": "planned"}
"""Columns of the table that are called otherwise than in JSON."""

UNSHOWN = ("ended_at", "version")
"""Facts of a run that the table has no room for."""

PARTS = ("open", "may_be_billed", "emulated")
"""Sums of a row besides what was spent."""

TEXTS = ("film", "clip", "host", "day", "begun_at", "outcome")
"""Columns that are set to the left; figures are set to the right."""


def spending_document(spending: Spending) -> dict[str, Any]:
    """The spending as `spend --format json` prints it."""
    span = spending.span
    return {
        "storyforge": 1,
        "since": span.since and span.since.isoformat(),
        "until": span.until and span.until.isoformat(),
        "rows": [_document(row) for row in spending.rows],
        "total": _document(spending.total),
    }


def _document(row: Row) -> dict[str, Any]:
    return {**row.of, **asdict(row.spent), **{part: asdict(getattr(row, part)) for part in PARTS}}


def format_csv(rows: Sequence[Row], by: By | None) -> str:
    """Rows as RFC 4180 has them, below their names; a text that a spreadsheet would calculate is led by `'`."""
    from storyforge.reports.spending import NAMES, Sum

    sums = list(asdict(Sum()))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([*NAMES[by], *sums, *(f"{part}_{name}" for part in PARTS for name in sums)])
    for row in rows:
        sums_of_row = (row.spent, *(getattr(row, part) for part in PARTS))
        cells = [*row.of.values(), *(value for one in sums_of_row for value in asdict(one).values())]
        writer.writerow([_csv_cell(cell) for cell in cells])
    return text.getvalue()


def _csv_cell(cell: object) -> object:
    if not isinstance(cell, str):
        return cell
    # What begins with a line end is led by it too, so this looks at the text as it came.
    return f"'{escape_text(cell)}" if cell.startswith(FORMULA) else escape_text(cell)


def format_table(rows: Sequence[Row], everything: Row) -> str:
    """A table: a line for each row, and the total. Where nothing failed, it has no column for what may be billed, and
    none for what was emulated where nothing was."""
    names = [name for name in rows[0].of if name not in UNSHOWN]
    more = {"may be billed": "may_be_billed", "emulated": "emulated"}
    more = {head: part for head, part in more.items() if getattr(everything, part).orders}
    sums = ["orders", "seconds", "usd", "open", "usd open", *more]
    heads = [*(HEADS.get(name, name) for name in names), *sums]
    lines = [[*(_cell(name, row.of[name]) for name in names), *_sums(row, more.values())] for row in rows]
    lines.append(["total", *[""] * (len(names) - 1), *_sums(everything, more.values())])
    columns: list[list[str]] = []
    for head, *cells in zip(heads, *lines, strict=True):
        # In columns of a terminal and not in letters: those of some scripts take two.
        width = max(count_columns(cell) for cell in (head, *cells))
        blanks = [(cell, " " * (width - count_columns(cell))) for cell in (head, *cells)]
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
            return format_usd(usd)
        case "begun_at", moment:
            return datetime.fromisoformat(moment).astimezone(UTC).strftime("%Y-%m-%d %H:%M")
    return escape_text(str(value))


def _sums(row: Row, more: Iterable[str]) -> list[str]:
    spent, opened = row.spent, row.open
    counts = [str(spent.orders), str(spent.seconds), _usd(spent), str(opened.orders), _usd(opened)]
    return [*counts, *(_usd(getattr(row, part)) for part in more)]


def _usd(of: Sum) -> str:
    if not of.orders:
        return "–"
    if of.usd is None:
        return "unknown"
    return f"{format_usd(of.usd)} + {of.unknown} unknown" if of.unknown else format_usd(of.usd)
