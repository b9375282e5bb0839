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


def emulated(ledger, fingerprint, now=100.0):
    order = ledger.plan(replace(INTENT, fingerprint=fingerprint), now=now)
    ledger.sending(order, now)
    ledger.mark_sent(order, f"job-{fingerprint}")
    ledger.mark_emulated(order)
    return ledger.read_order(order)


def test_what_an_emulator_took_counts_for_nothing_at_its_host(ledger):
    order = emulated(ledger, "f1")
    assert order.emulated
    assert (ledger.latest("f1"), ledger.latest("f1", emulated=False)) == (order, None)
    assert (ledger.sum_counted(), ledger.sum_counted(emulated=False), ledger.list_counted(0.0)) == (0.42, 0.0, [])
    assert ledger.find_holders("wavespeed", 101.0) == [order]
    assert ledger.find_holders("wavespeed", 101.0, emulated=False) == []
    second = replace(INTENT, fingerprint="f2")
    assert ledger.plan(second, 102.0, at_once=1) is None
    real = ledger.plan(second, 102.0, at_once=1, per_minute=1, local=False)
    assert not real.emulated
    ledger.sending(real, 103.0, "account", 1.0, local=False)
    assert ledger.read_order(real).trace.witness is None  # the host knows no job of its emulator
    ledger.mark_ended(order, "failed", 104.0)
    assert (ledger.count_failures("f1"), ledger.count_failures("f1", emulated=False)) == (1, 0)


def test_an_order_is_an_emulators_from_the_start_where_its_answers_said_so_before(ledger):
    order = ledger.plan(INTENT, 100.0, emulated=True)
    assert order.emulated
    assert ledger.list_counted(0.0) == []


def test_an_emulator_that_takes_no_order_shuts_its_host_on_this_machine_alone(ledger):
    ledger.mark_shut("runware", "credit", 1.0)
    ledger.mark_shut("wavespeed", "credit", 1.0, emulated=True)
    assert ledger.find_shut() == {"runware"}
    assert ledger.find_shut(lambda host: True) == {"runware", "wavespeed"}
    emulated(ledger, "f1")
    ledger.mark_sent(ledger.plan(replace(INTENT, fingerprint="f2"), 100.0, emulated=True), "job-2")
    assert ledger.find_shut(lambda host: True) == {"runware"}
