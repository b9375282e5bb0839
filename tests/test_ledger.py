"""The ledger: what was ordered, from whom, and its fate, whatever dies when."""

import sqlite3

import pytest

from storyforge.conversation import Placed, Request
from storyforge.ledger import FORGOTTEN, Intent, Ledger


@pytest.fixture
def path(tmp_path):
    return tmp_path / "ledger.db"


@pytest.fixture
def ledger(path):
    opened = Ledger(path)
    yield opened
    opened.close()


def intent(fingerprint="f1", provider="wavespeed", usd=0.42, clip="a"):
    request = Request("POST", "https://host.example/order", {"prompt": "é"}, {"X-Key": "k"}, '{"prompt":"é"}'.encode())
    return Intent(fingerprint, provider, "model", clip, "film", request, 3, usd)


def test_an_order_is_written_down_with_its_exact_bytes_before_it_is_sent(ledger, path):
    order = ledger.plan(intent(), now=100.0)
    other = Ledger(path, readonly=True)
    assert other.latest("f1") == order
    assert (order.fate, order.attempt, order.number) == ("planned", 1, None)
    assert order.request.content == '{"prompt":"é"}'.encode()
    assert order.request.headers == {"X-Key": "k"}
    other.close()


def test_the_rows_are_synced_in_full(path):
    ledger = Ledger(path)
    assert ledger._base.execute("pragma synchronous").fetchone()[0] == 2
    assert ledger._base.execute("pragma journal_mode").fetchone()[0] == "wal"
    ledger.close()


def test_an_order_goes_its_way_and_its_bytes_go_when_its_fate_is_known(ledger):
    order = ledger.plan(intent(), now=100.0)
    ledger.sending(order, 101.0)
    assert ledger.latest("f1").sent_at == 101.0
    ledger.sent(order, "job-1")
    assert (ledger.latest("f1").fate, ledger.latest("f1").number) == ("sent", "job-1")
    ledger.ended(order, "done", 200.0, usd=0.4)
    done = ledger.latest("f1")
    assert (done.fate, done.usd_paid, done.request.content) == ("done", 0.4, b"")


def test_what_was_surely_not_sent_is_swept_and_what_may_have_been_is_not(ledger):
    ledger.plan(intent("f1"), now=100.0)
    ledger.sending(ledger.plan(intent("f2"), now=100.0), 101.0)
    ledger.sweep()
    assert ledger.latest("f1") is None
    assert ledger.latest("f2").fate == "sending"


def test_a_refusal_before_acceptance_goes_back_to_planned(ledger):
    order = ledger.plan(intent(), now=100.0)
    ledger.sending(order, 101.0)
    ledger.waiting(order)
    assert ledger.latest("f1").fate == "planned"
    ledger.dropped(order)
    assert ledger.latest("f1") is None


def test_a_new_attempt_has_the_next_number(ledger):
    first = ledger.plan(intent(), now=100.0)
    ledger.ended(first, "failed", 101.0, "broke")
    assert ledger.plan(intent(), now=102.0).attempt == 2
    assert ledger.attempts("f1") == 2


def test_one_attempt_is_never_written_twice(ledger):
    ledger.plan(intent(), now=100.0)
    with pytest.raises(sqlite3.IntegrityError):
        ledger._base.execute(
            "insert into orders select null, fingerprint, attempt, provider, model, clip, film, fate, method, url, headers, body, number, words, seconds, usd_planned, usd_paid, planned_at, sent_at, settled_at from orders"
        )


def test_places_at_a_host_are_counted_on_rows(ledger):
    first = ledger.plan(intent("f1"), now=100.0, at_once=2)
    second = ledger.plan(intent("f2"), now=100.0, at_once=2)
    assert ledger.plan(intent("f3"), now=100.0, at_once=2) is None
    assert ledger.plan(intent("f3", provider="hiapi"), now=100.0, at_once=2) is not None
    ledger.sending(first, 101.0)
    ledger.sent(first, "1")
    assert ledger.plan(intent("f4"), now=102.0, at_once=2) is None
    ledger.ended(second, "failed", 103.0)
    assert ledger.plan(intent("f4"), now=104.0, at_once=2) is not None


def test_an_order_that_nobody_collected_for_long_holds_no_place(ledger):
    order = ledger.plan(intent("f1"), now=100.0, at_once=1)
    ledger.sending(order, 100.0)
    assert ledger.plan(intent("f2"), now=100.0 + FORGOTTEN + 1, at_once=1) is not None


def test_the_rate_is_counted_over_any_minute(ledger):
    for name, when in (("f1", 100.0), ("f2", 130.0)):
        order = ledger.plan(intent(name), now=when, per_minute=2)
        ledger.sending(order, when)
        ledger.ended(order, "done", when + 1)
    assert ledger.plan(intent("f3"), now=159.0, per_minute=2) is None
    assert ledger.plan(intent("f3"), now=161.0, per_minute=2) is not None


def test_what_was_spent_is_what_was_paid_or_else_planned(ledger):
    fates = {
        "f1": ("done", 0.5),
        "f2": ("done", None),
        "f3": ("refused", None),
        "f4": ("failed", None),
        "f5": ("failed", 0.2),
    }
    for name, (fate, usd) in fates.items():
        order = ledger.plan(intent(name), now=100.0)
        ledger.sending(order, 100.0)
        ledger.ended(order, fate, 110.0, usd=usd)
    ledger.sending(ledger.plan(intent("f6"), now=100.0), 100.0)
    ledger.plan(intent("f7"), now=100.0)
    assert ledger.spent(0.0) == pytest.approx(0.5 + 0.42 + 0.2 + 0.42)
    assert ledger.spent(101.0) == 0


def test_a_picture_is_known_where_it_lies_until_its_time_is_over(ledger):
    ledger.place("wavespeed", "abc", Placed("https://w.example/a.png", 60.0), now=100.0)
    ledger.place("scenario", "abc", Placed("asset_1"), now=100.0)
    assert ledger.placed("wavespeed", "abc", 159.0) == "https://w.example/a.png"
    assert ledger.placed("wavespeed", "abc", 161.0) is None
    assert ledger.placed("scenario", "abc", 1e9) == "asset_1"
    assert ledger.placed("hiapi", "abc", 100.0) is None


def test_numbers_and_the_last_order_of_a_clip_are_found(ledger):
    for name, clip in (("f1", "a"), ("f2", "a"), ("f3", "b")):
        order = ledger.plan(intent(name, clip=clip), now=100.0)
        ledger.sending(order, 100.0)
        ledger.sent(order, f"job-{name}")
    assert ledger.numbers("wavespeed") == {"job-f1", "job-f2", "job-f3"}
    assert ledger.of_clip("film", "a").fingerprint == "f2"
    assert ledger.of_clip("other", "a") is None
    assert [order.clip for order in ledger.orders("sent")] == ["a", "a", "b"]
