"""Rows of the ledger as values, and which of them count as what."""

from __future__ import annotations

from typing import get_args

import pytest

from storyforge.model.messages import Request, Trace
from storyforge.system.ledger import Intent, Ledger
from storyforge.system.ledger_rows import MAYBE, OPEN, OPEN_STATUSES, SPENT, UNDER_WAY, UNTRACED, Status, read_row

REQUEST = Request("POST", "https://host.example/order", {"a": 1}, {"X-Key": "k"}, b'{"a":1}')


@pytest.fixture
def ledger(tmp_path):
    with Ledger(tmp_path / "ledger.db") as ledger:
        yield ledger


def test_a_row_is_read_as_it_was_written(ledger):
    ledger.plan(Intent("f1", "wavespeed", "m", "a", "film", REQUEST, 3, 0.42, 2, {"take": 2}), now=100.0)
    (row,) = ledger.rows("select * from orders")
    order = read_row(row)
    assert (order.status, order.request, order.slate, order.take) == ("planned", REQUEST, {"take": 2}, 2)
    assert (order.trace, order.done_at, order.job_id) == (Trace(), None, None)
    assert order.trace == UNTRACED


@pytest.mark.parametrize("fate", get_args(Status))
@pytest.mark.parametrize("done", [False, True])
def test_each_status_counts_as_what_it_is(ledger, fate, done):
    order = ledger.plan(Intent("f1", "wavespeed", "m", "a", "film", REQUEST, 3, 0.42, 2, {}), now=100.0)
    values = (fate, 105.0 if done else None, order.id)
    ledger.rows("update orders set fate = ?, done_at = ? where id = ?", values)

    def counts(which):
        return bool(ledger.rows(f"select 1 from orders where {which}"))

    assert counts(OPEN) == (fate in OPEN_STATUSES)
    assert counts(SPENT) == (done or fate in (*OPEN_STATUSES, "done"))
    assert not counts(MAYBE)
    ledger.mark_sent(order, "job-1")
    ledger.rows("update orders set fate = ? where id = ?", (fate, order.id))
    assert counts(MAYBE) == (not done and fate in ("failed", "given-up"))
    assert bool(ledger.find_holders("wavespeed", 100.0)) == (fate in UNDER_WAY and not done)
