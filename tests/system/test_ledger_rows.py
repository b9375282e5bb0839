"""Rows of the ledger as values, and which of them count as what."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest

from storyforge.model.messages import Request, Trace
from storyforge.system.ledger import Intent, Ledger
from storyforge.system.ledger_rows import (
    COUNTED,
    MAYBE,
    OPEN,
    OPEN_STATUSES,
    SPENT,
    UNDER_WAY,
    UNTRACED,
    Status,
    read_row,
)

REQUEST = Request("POST", "https://host.example/order", {"a": 1}, {"X-Key": "k"}, b'{"a":1}')
INTENT = Intent("f1", "wavespeed", "m", "a", "film", REQUEST, 3, 0.42, 2, {"take": 2})


@pytest.fixture
def ledger(tmp_path):
    with Ledger(tmp_path / "ledger.db") as ledger:
        yield ledger


def test_a_row_is_read_as_it_was_written(ledger):
    ledger.plan(INTENT, now=100.0)
    (row,) = ledger.rows("select * from orders")
    order = read_row(row)
    assert (order.status, order.request, order.slate, order.take) == ("planned", REQUEST, {"take": 2}, 2)
    assert (order.trace, order.done_at, order.job_id) == (Trace(), None, None)
    assert order.trace == UNTRACED


@pytest.mark.parametrize("fate", get_args(Status))
@pytest.mark.parametrize("done", [False, True])
def test_each_status_counts_as_what_it_is(ledger, fate, done):
    order = ledger.plan(INTENT, now=100.0)
    values = (fate, 105.0 if done else None, order.id)
    ledger.rows("update orders set fate = ?, done_at = ? where id = ?", values)

    def counts(which):
        return bool(ledger.rows(f"select 1 from orders where {which}"))

    assert counts(OPEN) == (fate in OPEN_STATUSES)
    assert counts(SPENT) == (done or fate in (*OPEN_STATUSES, "done"))
    assert not counts(MAYBE)
    ledger.mark_sent(order, "job-1")
    ledger.rows("update orders set fate = ? where id = ?", (fate, order.id))
    assert counts(MAYBE) == (not done and fate in ("failed", "refused", "given-up"))
    assert counts(COUNTED) == (counts(SPENT) or counts(MAYBE) or fate == "planned")
    assert bool(ledger.find_holders("wavespeed", 100.0)) == (fate in UNDER_WAY and not done)


@pytest.mark.parametrize("fate", ["given-up", "failed", "refused"])
@pytest.mark.parametrize(("job_id", "counted"), [("job-1", 0.42), (None, 0.0)])
def test_what_was_accepted_and_given_up_or_failed_counts_and_what_was_not_accepted_does_not(
    ledger, fate, job_id, counted
):
    order = ledger.plan(INTENT, now=100.0)
    ledger.sending(order, 100.0)
    if job_id:
        ledger.mark_sent(order, job_id)
    ledger.mark_ended(order, fate, 110.0)
    assert ledger.sum_counted() == counted


def test_what_never_arrived_counts_as_nothing(ledger):
    order = ledger.plan(INTENT, now=100.0)
    ledger.sending(order, 100.0)
    ledger.mark_ended(order, "absent", 110.0)
    assert ledger.sum_counted() == 0.0


def test_what_counts_is_what_was_paid_or_planned_or_may_be_billed(ledger):
    fates = {
        "f1": ("done", 0.5),
        "f2": ("done", None),
        "f3": ("refused", None),
        "f4": ("failed", None),
        "f5": ("failed", 0.2),
        "f8": ("unresolved", None),
    }
    for name, (fate, usd) in fates.items():
        order = ledger.plan(replace(INTENT, fingerprint=name), now=100.0)
        ledger.sending(order, 100.0)
        ledger.mark_ended(order, fate, 110.0, usd=usd)
    ledger.sending(ledger.plan(replace(INTENT, fingerprint="f6"), now=100.0), 100.0)
    ledger.plan(replace(INTENT, fingerprint="f7"), now=100.0)
    order = ledger.plan(replace(INTENT, fingerprint="f9"), now=100.0)
    ledger.sending(order, 100.0)
    ledger.mark_sent(order, "job-9")
    failed = ledger.plan(replace(INTENT, fingerprint="f10"), now=100.0)
    ledger.sending(failed, 100.0)
    ledger.mark_sent(failed, "job-10")
    ledger.mark_ended(failed, "failed", 110.0)
    free = ledger.plan(replace(INTENT, fingerprint="f11"), now=100.0)
    ledger.mark_sent(free, "job-11")
    ledger.mark_ended(free, "failed", 110.0, usd=0.0)
    may_be_billed = about_to_be_sent = 0.42
    assert ledger.sum_counted() == pytest.approx(
        0.5 + 0.42 + 0.2 + 0.42 + 0.42 + 0.42 + may_be_billed + about_to_be_sent
    )
    assert ledger.sum_counted(after=ledger.last_row() - 2) == pytest.approx(may_be_billed)
    assert len(ledger.list_counted(100.0)) == 9
    assert ledger.sum_counted(since=101.0) == 0
