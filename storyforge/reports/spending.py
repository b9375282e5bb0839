"""What was spent, and on what: the ledger's orders added up by film, clip, host, day or run.

Days are those of UTC, of an order's last sending. An unknown price is counted and never taken for zero.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any, Literal

from storyforge.model.errors import UsageError
from storyforge.system.ledger import EMULATED, MAYBE, OPEN, SPENT, USD, Ledger, has_ledger
from storyforge.system.project import Project

By = Literal["film", "clip", "host", "day", "run"]

NAMES: Mapping[By | None, tuple[str, ...]] = {
    None: ("film", "host"),
    "film": ("film",),
    "clip": ("film", "clip"),
    "host": ("host",),
    "day": ("day",),
    "run": ("run", "begun_at", "ended_at", "film", "outcome", "rendered", "reused", "usd_planned", "version"),
}
"""What names a row, for each thing that can be asked for; film and host together if nothing is."""

COLUMNS = {
    "film": "coalesce(place, orders.film)",  # a ledger from before runs were kept knows no place
    "clip": "clip",
    "host": "provider",
    "day": "date(cast(sent_at as integer), 'unixepoch')",
    "run": "run",
}


@dataclass(frozen=True, slots=True)
class Sum:
    """Orders added up."""

    orders: int = 0
    seconds: int = 0
    """As they were ordered."""
    usd: float | None = 0.0
    """Of the orders whose price is known; None where there are orders and no price is."""
    unknown: int = 0
    """Orders whose price is unknown."""


@dataclass(frozen=True, slots=True)
class Row:
    """What was spent on one thing."""

    of: Mapping[str, Any]
    """The thing, by the names of `NAMES`; its times are in ISO 8601, and None is what is unknown."""
    spent: Sum
    """What was paid, and what is open."""
    open: Sum = Sum()
    """The part that was sent and may yet come out either way."""
    may_be_billed: Sum = Sum()
    """Besides, what failed where the host does not say that it billed nothing. Budgets count that too."""
    emulated: Sum = Sum()
    """Apart from all that, what was ordered at an emulator, at the prices of its host. Nobody is paid for it."""


@dataclass(frozen=True, slots=True)
class Span:
    """Which orders are asked for: those last sent on these days, both included, for a film or for all."""

    since: date | None = None
    until: date | None = None
    film: str | None = None
    """By its name in the store."""

    @property
    def bounds(self) -> tuple[float, float]:
        """Seconds of the epoch, from the first and before the second."""
        # A day is added in seconds, since there is no date behind `date.max`.
        return _midnight(self.since or date.min), _midnight(self.until or date.max) + 86_400


@dataclass(frozen=True, slots=True)
class Spending:
    """What was spent in a project, or on one of its films."""

    span: Span
    by: By | None
    rows: tuple[Row, ...]
    total: Row
    folder: Path
    """The project's folder."""
    ordered: bool
    """Whether anything was ever ordered there."""


def read_spending(
    file: Path | None = None, since: date | None = None, until: date | None = None, by: By | None = None
) -> Spending:
    """What was spent on the film of a storyboard, or on all films of the project that the working folder is in, from
    one day to another in UTC, both included. UsageError for a file that is not there, and days in the wrong order."""
    if since and until and since > until:
        raise UsageError("`--since` is after `--until`", "both are days, and both are counted")
    if file and not file.is_file():
        raise UsageError(f"there is no file `{file}`", "without a file, all films of the project are counted")
    project = Project(file or Path("film.story.yaml"))
    store = project.store
    span, folder = Span(since, until, project.record_name if file else None), store.top
    if not has_ledger(store):
        return Spending(span, by, (), Row({}, Sum(), Sum()), folder, False)
    with Ledger.from_store(store, readonly=True) as ledger:
        return Spending(span, by, tuple(account(ledger, span, by, store.is_held)), total(ledger, span), folder, True)


def account(ledger: Ledger, span: Span, by: By | None, under_way: Callable[[], bool]) -> list[Row]:
    """What was spent on each thing, sorted by its name; runs by their age, those that ordered nothing too.

    `under_way` tells whether a run is: if none is, one that never ended was broken off.
    """
    return _runs(ledger, span, under_way) if by == "run" else _added_up(ledger, span, NAMES[by])


def total(ledger: Ledger, span: Span) -> Row:
    """What was spent over a span, in one row without names."""
    # Without anything to group by, SQL gives exactly one row, of no orders too.
    (row,) = _added_up(ledger, span, ())
    return row


def _added_up(ledger: Ledger, span: Span, names: Sequence[str]) -> list[Row]:
    real = (f"{which} and not {EMULATED}" for which in (SPENT, OPEN, MAYBE))
    spent, opened, maybe = (_sums(ledger, span, names, which) for which in real)
    emulated = _sums(ledger, span, names, f"({SPENT} or {MAYBE}) and {EMULATED}")
    # What is unknown comes first: None cannot be compared with a name.
    keys = sorted({*spent, *maybe, *emulated}, key=lambda key: [(part is not None, part) for part in key])
    return [
        Row(dict(zip(names, key, strict=True)), *(sums.get(key, Sum()) for sums in (spent, opened, maybe, emulated)))
        for key in keys
    ]


def _sums(ledger: Ledger, span: Span, names: Sequence[str], which: str) -> dict[tuple[Any, ...], Sum]:
    keys = "".join(f"{COLUMNS[name]}, " for name in names)
    places = ", ".join(str(number + 1) for number in range(len(names)))
    found = ledger.rows(
        f"select {keys} count(*), coalesce(sum(seconds), 0), sum({USD}), count(*) - count({USD})"
        " from orders left join (select distinct film, place from runs) as films on films.film = orders.film"
        f" where {which} and sent_at >= ? and sent_at < ? and (? is null or orders.film = ?)"
        f" {f'group by {places} order by {places}' if names else ''}",
        (*span.bounds, span.film, span.film),
    )
    return {tuple(row)[:-4]: _sum(*tuple(row)[-4:]) for row in found}


def _sum(orders: int, seconds: int, usd: float | None, unknown: int) -> Sum:
    return Sum(orders, seconds, None if usd is None else round(usd, 6), unknown) if orders else Sum()


def _runs(ledger: Ledger, span: Span, under_way: Callable[[], bool]) -> list[Row]:
    spent = {row.of["run"]: row for row in _added_up(ledger, span, ["run"])}
    since, until = span.bounds
    runs = ledger.rows("select * from runs where ? is null or film = ? order by id", (span.film, span.film))
    ((last,),) = ledger.rows("select max(id) from runs")
    rows: list[Row] = []
    for run in runs:
        sums = spent.pop(run["id"], None)
        # A run that began on another day is listed too if one of its orders was sent on these.
        if sums is None and not since <= run["begun_at"] < until:
            continue
        # One run holds the store at a time, so only the last may be under way.
        broken_off = run["outcome"] == "running" and not (run["id"] == last and under_way())
        of = {
            **run,
            "begun_at": _moment(run["begun_at"]),
            "ended_at": None if run["ended_at"] is None else _moment(run["ended_at"]),
            "film": run["place"],
            "outcome": "broken off" if broken_off else run["outcome"],
            "run": run["id"],
        }
        rows.append(replace(sums or Row({}, Sum()), of={name: of[name] for name in NAMES["run"]}))
    # What was ordered before runs were kept is of none.
    return [replace(row, of=dict.fromkeys(NAMES["run"])) for row in spent.values()] + rows


def _midnight(day: date) -> float:
    return datetime.combine(day, time(), UTC).timestamp()


def _moment(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"
