"""What the ledger remembers of a sending, and of what a host said of a job since."""

from __future__ import annotations

import pytest

from storyforge.model.messages import Request, Trace
from storyforge.system.ledger import Intent, Ledger


@pytest.fixture
def ledger(tmp_path):
    with Ledger(tmp_path / "ledger.db") as ledger:
        yield ledger


def intent(fingerprint="f1", provider="wavespeed"):
    request = Request("POST", "https://host.example/order", {"prompt": "é"}, {}, '{"prompt":"é"}'.encode())
    return Intent(fingerprint, provider, "model", "a", "film", request, 3, 0.42, 2, {})


def test_each_sending_leaves_a_trace_of_its_own(ledger):
    order = ledger.plan(intent(), now=100.0)
    assert ledger.latest("f1").trace == Trace()
    ledger.sending(order, 101.5, "account-1", 5000.0)
    assert ledger.latest("f1").trace == Trace("account-1", 5000.0)
    assert ledger.note_answer(order, 5003.0, 500).trace == Trace("account-1", 5000.0, 5003.0, None, 500)
    assert ledger.note_answer(order, 5009.0, 200).trace == Trace("account-1", 5000.0, 5003.0, None, 500)
    ledger.sending(order, 107.0, "account-1", 5010.0)
    assert (ledger.latest("f1").trace, ledger.latest("f1").sent_at) == (Trace("account-1", 5010.0), 107.0)


def test_the_last_job_that_a_host_had_accepted_before_is_a_witness(ledger):
    for name, provider in (("f1", "wavespeed"), ("f2", "wavespeed"), ("f3", "scenario")):
        order = ledger.plan(intent(name, provider=provider), now=100.0)
        ledger.sending(order, 100.0)
        ledger.mark_sent(order, f"job-{name}")
    order = ledger.plan(intent("f4"), now=101.0)
    ledger.sending(order, 101.0)
    assert ledger.latest("f4").trace.witness == "job-f2"


def test_a_job_that_is_done_is_spent_and_holds_no_place_whatever_becomes_of_its_film(ledger):
    order = ledger.plan(intent("f1"), now=100.0)
    ledger.sending(order, 100.0)
    ledger.mark_sent(order, "job-1")
    assert [one.job_id for one in ledger.find_holders("wavespeed", 101.0)] == ["job-1"]
    ledger.mark_finished(order, 105.0, 0.5)
    ledger.mark_finished(order, 106.0, None, "no film")
    told = ledger.latest("f1")
    assert (told.status, told.done_at, told.usd_paid, told.message) == ("sent", 105.0, 0.5, "no film")
    assert ledger.find_holders("wavespeed", 107.0) == []
    assert [one.job_id for one in ledger.find_accepted("film", "a")] == ["job-1"]
    ledger.mark_ended(order, "given-up", 108.0)
    assert ledger.sum_counted() == 0.5
    assert ledger.find_accepted("film", "a") == []


@pytest.mark.parametrize(("fate", "spent"), [("given-up", 0.42), ("absent", 0.0), ("failed", 0.0)])
def test_what_was_given_up_is_spent_and_what_never_arrived_is_not(ledger, fate, spent):
    order = ledger.plan(intent(), now=100.0)
    ledger.sending(order, 100.0)
    if fate == "given-up":
        ledger.mark_sent(order, "job-1")
    ledger.mark_ended(order, fate, 110.0)
    assert ledger.sum_counted() == spent


def test_an_unresolved_order_keeps_its_bytes_and_its_twin_is_known(ledger):
    first, second = (ledger.plan(intent(name), now=100.0) for name in ("f1", "f2"))
    for order in (first, second):
        ledger.sending(order, 100.0)
    assert ledger.has_twin(first)
    ledger.mark_ended(second, "unresolved", 110.0)
    assert ledger.has_twin(first)
    assert ledger.latest("f2").request.content == first.request.content
    ledger.mark_ended(second, "absent", 111.0)
    assert not ledger.has_twin(first)
    assert ledger.latest("f2").request.content == b""
