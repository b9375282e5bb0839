"""What was spent is added up by one rule, in UTC, and what is unknown is never nothing."""

from __future__ import annotations

import itertools
import sqlite3
import time
from contextlib import closing
from datetime import date

import pytest
from orders import DAY, NOON, begun, order

from storyforge.model.messages import Request
from storyforge.reports.spending import Row, Span, Sum, account, total
from storyforge.reports.spending_text import format_table
from storyforge.system.ledger import Intent, Ledger


@pytest.fixture
def ledger(tmp_path):
    with closing(Ledger(tmp_path / ".storyforge" / "ledger.db")) as opened:
        yield opened


def idle():
    return False


def sums(ledger, by=None, **span):
    """Every row's name with its orders, dollars and unknown prices."""
    rows = account(ledger, Span(**span), by, idle)
    return {tuple(row.of.values()): (row.spent.orders, row.spent.usd, row.spent.unknown) for row in rows}


def test_orders_are_added_up_by_film_and_host_clip_and_day(ledger):
    begun(ledger, "ferry-1", "films/ferry.story.yaml")
    begun(ledger, "night-2", "films/night.story.yaml")
    order(ledger, clip="wait", usd=0.42)
    order(ledger, clip="wait", usd=0.42, at=NOON + DAY)
    order(ledger, clip="call", usd=0.42, paid=0.4, host="wavespeed")
    order(ledger, film="night-2", clip="wait", usd=1.5, host="wavespeed", at=NOON - DAY)
    ferry, night = "films/ferry.story.yaml", "films/night.story.yaml"
    assert sums(ledger) == {
        (ferry, "runware"): (2, 0.84, 0),
        (ferry, "wavespeed"): (1, 0.4, 0),
        (night, "wavespeed"): (1, 1.5, 0),
    }
    assert sums(ledger, "film") == {(ferry,): (3, 1.24, 0), (night,): (1, 1.5, 0)}
    assert sums(ledger, "clip") == {
        (ferry, "call"): (1, 0.4, 0),
        (ferry, "wait"): (2, 0.84, 0),
        (night, "wait"): (1, 1.5, 0),
    }
    assert sums(ledger, "host") == {("runware",): (2, 0.84, 0), ("wavespeed",): (2, 1.9, 0)}
    assert list(sums(ledger, "day")) == [("2026-11-19",), ("2026-11-20",), ("2026-11-21",)]
    assert total(ledger, Span()) == Row({}, Sum(4, 12, 2.74, 0), Sum())
    assert sums(ledger, "clip", film="night-2") == {(night, "wait"): (1, 1.5, 0)}


def test_what_failed_without_a_word_of_its_bill_may_be_billed(ledger):
    made = ledger.plan(
        Intent("f", "runware", "model", "wait", "ferry-1", Request("POST", "https://a", {}), 3, 0.42, 1, {}), NOON
    )
    ledger.sending(made, NOON)
    ledger.mark_sent(made, "job")
    ledger.mark_ended(made, "failed", NOON)
    (row,) = account(ledger, Span(), "clip", idle)
    assert (row.spent, row.may_be_billed) == (Sum(), Sum(1, 3, 0.42, 0))


def test_what_counts_is_what_a_budget_counts_whatever_an_order_came_to(ledger):
    fates = ("planned", "sending", "sent", "done", "failed", "refused", "unresolved")
    for fate, usd, paid in itertools.product(fates, (0.25, None), (0.5, 0.0, None)):
        order(ledger, fate, usd=usd, paid=paid)
    everything = total(ledger, Span())
    planned = 3 * 0.25  # about to be sent: budgets count them, and nothing was spent on them
    assert everything.spent.usd + planned == ledger.sum_counted() > planned
    paid_for = {"done": 3 * 2, "failed": 2 * 2, "refused": 2 * 2, "unresolved": 3 * 2, "sending": 3 * 2, "sent": 3 * 2}
    assert everything.spent.orders == sum(paid_for.values())
    assert everything.open.orders == 3 * 3 * 2
    for by in ("film", "clip", "host", "day", "run"):
        rows = account(ledger, Span(), by, idle)
        assert sum(row.spent.usd for row in rows) == everything.spent.usd
        assert sum(row.open.usd for row in rows) == everything.open.usd


def test_what_is_open_is_told_by_itself_and_counted_too(ledger):
    order(ledger, "done")
    for fate in ("sending", "sent", "unresolved"):
        order(ledger, fate, usd=1.0)
    (row,) = account(ledger, Span(), "host", idle)
    assert (row.spent, row.open) == (Sum(4, 12, 3.42, 0), Sum(3, 9, 3.0, 0))


def test_a_price_that_nobody_knows_is_unknown_and_not_nothing(ledger):
    order(ledger, "sent", host="scenario", usd=None)
    order(ledger, "done", host="hiapi", usd=None)
    order(ledger, "done", host="hiapi", usd=None, paid=0.1)
    order(ledger, "done", host="hiapi", usd=None, paid=0.2)
    assert sums(ledger, "host") == {("hiapi",): (3, 0.3, 1), ("scenario",): (1, None, 1)}
    assert total(ledger, Span()) == Row({}, Sum(4, 12, 0.3, 2), Sum(1, 3, None, 1))
    assert total(ledger, Span(film="other")) == Row({}, Sum(0, 0, 0.0, 0), Sum())


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "America/Los_Angeles"])
def test_a_day_is_one_of_utc_and_of_the_last_sending(ledger, monkeypatch, zone):
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        midnight = NOON + DAY / 2
        order(ledger, clip="before", at=midnight - 0.0001)
        order(ledger, clip="after", at=midnight)
        assert list(sums(ledger, "day")) == [("2026-11-20",), ("2026-11-21",)]
        first, second = date(2026, 11, 20), date(2026, 11, 21)
        assert [key[1] for key in sums(ledger, "clip", until=first)] == ["before"]
        assert [key[1] for key in sums(ledger, "clip", since=second)] == ["after"]
        assert len(sums(ledger, "clip", since=first, until=second)) == 2
        assert sums(ledger, "clip", since=date(2026, 11, 22)) == {}
        assert len(sums(ledger, "clip", since=date.min, until=date.max)) == 2
    finally:
        monkeypatch.undo()
        time.tzset()


def test_runs_are_told_with_what_they_ordered_and_those_that_never_ended_were_broken_off(ledger):
    order(ledger, usd=9.0)
    killed, drawn, failed, last = (begun(ledger, at=NOON + 60 * one, usd=None if one else 0.42) for one in range(4))
    order(ledger, "sending", run=killed)
    order(ledger, run=failed)
    ledger.end_run(drawn, "done", 3, NOON + 90)
    ledger.end_run(failed, "failed", 1, NOON + 150)
    rows = account(ledger, Span(), "run", idle)
    assert [(row.of["run"], row.of["outcome"], row.of["rendered"], row.spent.usd) for row in rows] == [
        (None, None, None, 9.0),
        (killed, "broken off", None, 0.42),
        (drawn, "done", 3, 0.0),
        (failed, "failed", 1, 0.42),
        (last, "broken off", None, 0.0),
    ]
    assert dict(rows[2].of) == {
        "run": drawn,
        "begun_at": "2026-11-20T12:01:00Z",
        "ended_at": "2026-11-20T12:01:30Z",
        "film": "ferry.story.yaml",
        "outcome": "done",
        "rendered": 3,
        "reused": 2,
        "usd_planned": None,
        "version": "1.2",
    }
    assert [row.of["outcome"] for row in account(ledger, Span(), "run", lambda: True)][1::3] == [
        "broken off",
        "running",
    ]


def test_of_a_span_those_runs_are_told_that_began_or_spent_in_it(ledger):
    early = begun(ledger, at=NOON - DAY)
    begun(ledger, at=NOON - DAY)
    begun(ledger, "night-2", "night.story.yaml", at=NOON)
    late = begun(ledger, at=NOON)
    begun(ledger, at=NOON + DAY)
    order(ledger, run=early, at=NOON)
    span = Span(date(2026, 11, 20), date(2026, 11, 20), "ferry-1")
    assert [row.of["run"] for row in account(ledger, span, "run", idle)] == [early, late]


def test_an_old_ledger_names_its_films_as_well_as_it_can(tmp_path):
    path = tmp_path / "ledger.db"
    with closing(Ledger(path)) as ledger:
        order(ledger)
    with closing(sqlite3.connect(path)) as base:
        columns = ", ".join(row[1] for row in base.execute("pragma table_info(orders)") if row[1] != "run")
        base.executescript(f"create table old as select {columns} from orders; drop table orders; drop table runs;")
        base.execute("alter table old rename to orders")
    with closing(Ledger(path, readonly=True)) as ledger:
        assert sums(ledger, "film") == {("ferry-1",): (1, 0.42, 0)}
        assert [(row.of["run"], row.spent.usd) for row in account(ledger, Span(), "run", idle)] == [(None, 0.42)]


def test_what_was_ordered_at_an_emulator_is_a_sum_of_its_own(ledger):
    order(ledger, "done")
    order(ledger, "done", host="wavespeed", at=NOON + DAY)
    order(ledger, "sent", host="wavespeed", at=NOON + DAY)
    order(ledger, "refused", host="wavespeed", at=NOON + DAY)
    ledger.rows("update orders set emulated = 1 where provider = 'wavespeed'")
    rows = {row.of["host"]: row for row in account(ledger, Span(), "host", idle)}
    assert (rows["runware"].spent.usd, rows["runware"].emulated) == (0.42, Sum())
    assert (rows["wavespeed"].spent, rows["wavespeed"].open) == (Sum(), Sum())
    assert rows["wavespeed"].emulated == Sum(2, 6, 0.84, 0)
    assert [row.emulated.orders for row in account(ledger, Span(), "day", idle)] == [0, 2]
    everything = total(ledger, Span())
    assert (everything.spent.usd, everything.emulated.usd) == (0.42, 0.84)
    assert format_table(list(rows.values()), everything).splitlines()[0].endswith("usd open  emulated")
    assert "emulated" not in format_table([rows["runware"]], Row({}, Sum(1, 3, 0.42, 0)))
