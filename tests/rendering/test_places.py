"""Places at hosts: who holds them, who says that it waits, and when it waits no longer."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from storyforge.rendering.places import Patience, Places

from .staging import START, Fake, Finding, job, settled

HOUR = 3600.0


@pytest.fixture
def one(stage):
    """A host with one place."""
    stage.terms.at_once = {"fake": 1}
    return stage


def test_whoever_waits_for_a_place_says_for_whom_and_goes_on_when_it_comes_free(one):
    one.site.slow = 2
    assert one.run(job("a"), job("b")) == [None, None]
    assert [note for note in one.notes if "waits" in note] == ["b: waits for a place at Fake, held by `a` (job job-1)"]
    assert len(one.site.bodies) == 2


def test_whoever_waits_in_vain_gives_up_at_the_deadline_and_is_not_ordered(one):
    one.site.endless, one.terms.deadline = True, 0.3
    ends = one.run(job("a"), job("b"))
    assert [str(end) for end in ends] == [
        "`a` was not done within 0.3 s",
        "`b` waited 0.3 s for a place at Fake; it is not ordered",
    ]
    assert "--give-up" in ends[1].hint
    assert (len(one.site.bodies), one.fates()) == (1, ["sent"])


def test_waiting_begins_anew_with_every_place_that_comes_free(one):
    """A long film waits longer in all than a deadline, and never that long for nothing."""
    renewed = []

    class Counted(Patience):
        def renew(self):
            renewed.append(one.clock)

    for name in "ab":
        one.planned(job(name), number=f"job-{name}", fate="sent")
    first, _ = one.ledger.orders()

    async def sleep(seconds):
        one.clock += seconds
        if one.clock == START + 3:
            one.ledger.mark_finished(first, one.clock)

    async def whole():
        places = Places(one.ledger, None, one.notes.append, one.now, sleep, working={"f-a", "f-b"})
        written = iter([None] * 6)
        await places.take("c", Fake(), one.wire(Fake()), Counted("c", 5.0), lambda: next(written, first))

    asyncio.run(whole())
    assert renewed == [START + 3, START + 6]  # the second when it has the place itself
    assert one.notes == ["c: waits for a place at Fake, held by `a` (job job-a), `b` (job job-b)"]


def test_of_many_who_wait_one_looks_and_few_holders_are_named(stage):
    stage.terms.at_once, stage.site.slow = {"fake": 5}, 2
    looks, find = [], stage.ledger.find_holders
    stage.ledger.find_holders = lambda *given: looks.append(stage.clock) or find(*given)
    assert stage.run(*(job(f"c{number}") for number in range(20))) == [None] * 20
    waited = [note for note in stage.notes if "waits" in note]
    assert len(waited) == 15
    held = "`c0` (job job-1), `c1` (job job-2), `c2` (job job-3), 2 more"
    assert waited[0] == f"c5: waits for a place at Fake, held by {held}"
    assert len(looks) < 4 * len(waited)


def test_a_film_that_cannot_be_fetched_holds_no_place(one):
    one.site.films = [b"no film"] * 12
    ends = one.run(job("a"), job("b"), job("c"))
    assert ["could not be fetched whole" in str(end) for end in ends] == [True] * 3
    assert (len(one.site.bodies), one.fates()) == (3, ["sent"] * 3)


def test_an_order_that_no_clip_wants_any_more_is_followed_until_its_place_comes_free(one):
    one.terms.wanted = frozenset({"f-b"})
    one.planned(job("a"), number="job-1", fate="sent")
    one.site.jobs["job-1"] = {"body": {"key": "f-a"}, "reason": None, "created": None}
    one.site.slow = 3
    assert one.run(job("b")) == [None]
    assert one.notes == [
        "b: waits for a place at Fake, held by `a` (job job-1), which no clip of this film wants any more",
        "a: job job-1 at Fake, which no clip wants any more, is done, and paid; its film stays there until a clip wants it",
    ]
    old, _ = one.ledger.orders()
    assert (old.status, old.done_at is not None, old.usd_paid) == ("sent", True, 0.25)
    assert one.run(job("a")) == [None]
    assert len(one.site.bodies) == 1


@pytest.mark.parametrize(("reason", "fate"), [("fault", "failed"), ("moderation", "refused")])
def test_an_order_that_failed_and_that_no_clip_wants_any_more_lets_go_too(one, reason, fate):
    one.terms.wanted = frozenset({"f-b"})
    one.planned(job("a"), number="job-1", fate="sent")
    one.site.jobs["job-1"] = {"body": {"key": "f-a"}, "reason": reason, "created": None}
    assert one.run(job("b")) == [None]
    assert one.fates() == [fate, "done"]
    assert "failed: it broke" in one.notes[-1]


@pytest.mark.parametrize(("host", "taken", "fate"), [(Fake, False, "unresolved"), (Finding, True, "sent")])
def test_what_nobody_wants_any_more_is_looked_for_and_never_sent_again(one, host, taken, fate):
    one.terms.wanted = frozenset({"f-b"})
    content = one.planned(job("a"), host())
    if taken:
        one.site._accept(type("Sent", (), {"content": content}))
    assert one.run(job("b"), host=host()) == [None]
    assert one.fates() == [fate, "done"]
    assert len(one.site.bodies) == 1


def test_an_order_of_another_key_is_left_alone(one):
    one.terms.wanted, one.terms.deadline = frozenset({"f-b"}), 0.2
    one.planned(job("a"), number="job-1", fate="sent", key={"Authorization": "Bearer another-key"})
    assert "waited" in str(settled(one.run(job("b"))))
    assert (one.site.polls, one.fates()) == (0, ["sent"])


@pytest.mark.parametrize("ahead", [30 * 60.0, 55 * HOUR])
def test_a_clock_that_was_ahead_at_an_order_keeps_nobody_past_the_deadline(one, ahead):
    """Its time of sending is to come, and would hold the place, or the rate, until then."""
    one.clock += ahead
    one.planned(job("a"), number="job-1", fate="sent")
    one.clock -= ahead
    one.site.jobs["job-1"] = {"body": {"key": "f-a"}, "reason": None, "created": None}
    one.terms.per_minute, now = {"fake": 1}, one.clock
    assert one.run(job("b")) == [None]
    assert one.clock - now < 60


def test_a_job_that_was_given_up_holds_no_place(one):
    one.site.endless, one.terms.deadline = True, 0.2
    one.run(job("a"))
    one.ledger.mark_ended(one.ledger.latest("f-a"), "given-up", one.clock)
    one.site.endless, one.terms.deadline = False, 60.0
    assert one.run(job("b")) == [None]
    assert one.run(replace(job("a"))) == [None]
    assert one.fates() == ["given-up", "done", "done"]
