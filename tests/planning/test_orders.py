"""The orders of a store as planning sees them: what was ordered, how it came out, and what it cost."""

from __future__ import annotations

import json

import pytest
from old_ledgers import write_old_ledger
from orders import count_openings
from projects import edited, project

from storyforge.compiler.compile import compile_file
from storyforge.model.messages import Request
from storyforge.planning.film_plan import plan_film
from storyforge.planning.orders import Orders
from storyforge.system.ledger import Intent, Ledger, LedgerError
from storyforge.system.project import Project

REQUEST = Request("POST", "https://host.example/order", {}, {}, b"{}")


@pytest.fixture
def path(tmp_path):
    return project(tmp_path)


@pytest.fixture
def store(path):
    return Project(path).store


@pytest.fixture
def opened(monkeypatch):
    return count_openings(monkeypatch)


def write(store, job, fate="sent", paid=None):
    """An order for a job, and how it came out."""
    with Ledger.from_store(store) as ledger:
        intent = Intent(job.fingerprint, job.provider, "m", job.clip, "f", REQUEST, 3, 0.4, job.take, job.slate)
        order = ledger.plan(intent, 1.0)
        ledger.sending(order, 2.0)
        if fate == "sent":
            ledger.mark_sent(order, "job-1")
        elif fate != "sending":
            ledger.mark_ended(order, fate, 3.0, "no", usd=paid)


def job_of(path, provider="runware"):
    return compile_file(path, provider).planned[0].job


def test_where_nothing_was_ordered_there_is_no_order_and_no_ledger_is_made(path, store, opened):
    with Orders(store) as orders:
        assert orders.find_order("f1") is None
        assert orders.find_standing(job_of(path)) is None
        assert orders.find_payment("f1") == (None, None)
        assert orders.list_orders() == []
    assert opened == []
    assert not store.folder.exists()


def test_a_ledger_that_comes_later_is_seen_and_opened_once_however_much_is_asked(path, store, opened):
    job = job_of(path)
    with Orders(store) as orders:
        assert orders.find_order(job.fingerprint) is None
        write(store, job)
        opened.clear()
        assert orders.find_order(job.fingerprint).status == "sent"
        assert orders.find_payment(job.fingerprint) == ("job-1", 0.4)
        assert [order.take for order in orders.list_orders("sent", "unresolved")] == [1]
        assert orders.list_orders("done") == []
    assert opened == [True]
    assert [file.name for file in store.folder.iterdir()] == ["ledger.db"]


def test_what_is_written_while_it_is_open_is_seen(path, store):
    job = job_of(path)
    write(store, job)
    with Orders(store) as orders:
        assert orders.find_order(job.fingerprint).status == "sent"
        with Ledger.from_store(store) as ledger:
            ledger.mark_ended(orders.find_order(job.fingerprint), "done", 9.0, usd=0.3)
        assert orders.find_payment(job.fingerprint) == ("job-1", 0.3)


@pytest.mark.parametrize(
    ("provider", "fate", "state", "why"),
    [
        ("runware", "sending", "attached", "its order was sent, the answer is still to be had"),
        ("joypix", "sending", "unresolved", "its order was sent, and it is unknown whether it was accepted"),
        ("runware", "sent", "attached", "ordered already as job-1"),
        ("runware", "done", "attached", "ordered already as None"),
        ("runware", "unresolved", "unresolved", "it is unknown whether its order was accepted"),
        ("runware", "refused", "refused", "its host refused it: no"),
        ("runware", "failed", "render", "the host failed: no"),
        ("runware", "absent", "render", "its order never reached the host"),
        ("runware", "given-up", "render", "its job None was given up"),
    ],
)
def test_a_clip_without_a_take_is_in_the_state_of_its_last_order(path, store, provider, fate, state, why):
    job = job_of(path, provider)
    write(store, job, fate)
    with Orders(store) as orders:
        assert orders.find_standing(job) == (state, why)


def test_what_is_drawn_here_was_never_ordered(path, store):
    job = job_of(path, "offline")
    write(store, job)
    with Orders(store) as orders:
        assert orders.find_standing(job) is None


def test_a_ledger_that_cannot_be_read_is_an_error_when_it_is_asked(store):
    store.folder.mkdir()
    store.ledger.write_bytes(b"no ledger" * 100)
    with Orders(store) as orders, pytest.raises(LedgerError):
        orders.list_orders()


def test_a_plan_reads_the_ledger_in_one_opening(path, store, opened):
    write(store, job_of(path))
    opened.clear()
    plan = plan_film(compile_file(path, "runware"))
    assert [one.state for one in plan.planned] == ["attached", "render", "render"]
    assert opened == [True]


def test_the_orders_of_release_0_1_are_attached(path, store):
    edited(path, "title: The Ferry", "title: The Ferry\nprovider: joypix")
    one, other, _ = compile_file(path).planned
    orders = (
        (one.job.fingerprint, "joypix", "wait", "sent", "job-1"),
        (other.job.fingerprint, "joypix", "call", "unresolved", None),
    )
    write_old_ledger(store.ledger, Project(path).record_name, path.name, *orders)
    before = store.ledger.read_bytes()
    assert [(one.state, one.why) for one in plan_film(compile_file(path)).planned] == [
        ("attached", "ordered already as job-1"),
        ("unresolved", "it is unknown whether its order was accepted"),
        ("render", "new"),
    ]
    with Orders(store) as orders:
        assert orders.find_payment(one.job.fingerprint) == ("job-1", 0.42)
        assert json.loads(orders.find_order(one.job.fingerprint).request.content) == {"prompt": "é"}
    assert store.ledger.read_bytes() == before
