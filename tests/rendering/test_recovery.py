"""An order whose answer was lost: found, attached, given back or left to a person, and never bought twice."""

from __future__ import annotations

import json
from types import SimpleNamespace

import httpx
import pytest

from storyforge.model.errors import CredentialsError, HostError
from storyforge.model.messages import Request
from storyforge.providers.recovery import SETTLED
from storyforge.rendering.recovery import is_here

from .staging import START, Asking, Fake, Finding, Lost, job, settled

HOUR = 3600.0


def older(stage, created=None):
    """A job of the account, ordered by somebody long before."""
    stage.site.jobs["job-0"] = {"body": {"key": "other", "prompt": "Sun."}, "reason": None, "created": created}


def accepted(stage, content, number="job-1"):
    stage.site.jobs[number] = {"body": json.loads(content), "reason": None, "created": stage.clock}


def counts(stage):
    """Orders that were sent, and the statuses of all that were written down."""
    return len(stage.site.bodies), stage.fates()


# what the list does not show


def test_an_order_that_surely_never_arrived_ends_and_is_not_sent_by_the_run_that_finds_out(stage):
    older(stage, START - HOUR)
    stage.planned(job(), Finding(), before=START - 5)
    end = settled(stage.run(job(), host=Finding()))
    assert isinstance(end, HostError)
    assert "the order of `a` never reached Fake" in str(end)
    assert "asks for it" in end.hint
    assert counts(stage) == (0, ["absent"])
    assert SETTLED <= stage.clock - START < SETTLED + 15
    assert "looking for its order in the list of Fake" in stage.notes[0]
    assert stage.ledger.sum_counted() == 0
    assert stage.run(job(), host=Finding()) == [None]
    assert counts(stage) == (1, ["absent", "done"])


def test_what_was_confirmed_alone_is_ordered(stage):
    older(stage, START - HOUR)
    stage.planned(job(), Finding(), before=START - 5)
    stage.terms.slates = frozenset()
    stage.run(job(), host=Finding())
    end = settled(stage.run(job(), host=Finding()))
    assert "was not confirmed" in str(end)
    assert counts(stage) == (0, ["absent"])


def test_a_job_that_nobody_confirmed_is_not_ordered_anew_though_its_failure_may_pass(stage):
    stage.planned(job(), number="job-1", fate="sent")
    stage.site.jobs["job-1"] = {"body": {"key": "f-a"}, "reason": "transient", "created": None}
    stage.terms.slates = frozenset()
    assert "run again to repeat the order" in settled(stage.run(job())).hint
    assert counts(stage) == (0, ["failed"])


def test_a_job_of_ours_that_was_accepted_before_is_an_older_job_without_any_clock(stage):
    assert stage.run(job("b"), host=Finding()) == [None]
    stage.site.jobs["job-1"]["created"] = None
    stage.planned(job(), Finding())
    assert "never reached" in str(settled(stage.run(job(), host=Finding())))
    assert counts(stage) == (1, ["done", "absent"])


@pytest.mark.parametrize("created", [None, START - 4, START + 1])
def test_where_the_list_shows_nothing_that_is_surely_older_a_person_decides(stage, created):
    stage.planned(job(), Finding(), before=START - 5)
    if created:
        older(stage, created)
    end = settled(stage.run(job(), host=Finding()))
    assert "it is unknown whether Fake accepted the order of `a`" in str(end)
    assert "shows no job that is older" in str(end)
    assert counts(stage) == (0, ["unresolved"])
    assert stage.clock - START >= SETTLED


def test_an_order_of_release_0_1_is_never_absent(stage):
    older(stage, START - HOUR)
    stage.planned(job(), Finding(), before=START - 5)
    stage.ledger.rows("update orders set account = null")
    assert "by an older release" in str(settled(stage.run(job(), host=Finding())))
    assert counts(stage) == (0, ["unresolved"])


LISTS = [500, 404, 403, 401, 302, {"data": []}, "text", httpx.ReadError("broke")]


@pytest.mark.parametrize("said", LISTS, ids=str)
@pytest.mark.parametrize("taken", [True, False])
def test_a_list_that_cannot_be_read_says_nothing_and_a_later_run_looks_again(stage, said, taken):
    older(stage, START - HOUR)
    content = stage.planned(job(), Finding(), before=START - 5)
    if taken:
        accepted(stage, content)
    stage.site.lists = [said] * 9
    end = settled(stage.run(job(), host=Finding()))
    assert isinstance(end, CredentialsError if said in (401, 403) else HostError)
    assert counts(stage) == (0, ["unresolved"])
    stage.site.lists = []
    end = settled(stage.run(job(), host=Finding()))
    assert counts(stage) == (0, ["done" if taken else "absent"])


def test_a_list_in_another_clock_than_ours_is_read_by_its_own(stage):
    """Jobs of a host whose clock is behind look older than our order."""
    stage.site.clock = lambda: stage.clock - HOUR
    content = stage.planned(job(), Finding(), before=START - HOUR - 5)
    stage.site.jobs["job-1"] = {"body": json.loads(content), "reason": None, "created": START - HOUR}
    assert stage.run(job(), host=Finding()) == [None]
    assert counts(stage) == (0, ["done"])


@pytest.mark.parametrize("jump", [-55 * HOUR, -75.0, 75.0, 55 * HOUR])
@pytest.mark.parametrize("taken", [True, False])
def test_no_jump_of_our_clock_makes_an_order_absent(stage, jump, taken):
    content = stage.planned(job(), Finding(), before=START - 5)
    older(stage, START - HOUR)
    if taken:
        accepted(stage, content)
        stage.site.listed = False  # not yet
    stage.site.clock = lambda: START + 9
    stage.clock += jump
    stage.terms.deadline = 0.2
    assert "was not done within" in str(settled(stage.run(job(), host=Finding())))
    assert counts(stage) == (0, ["sending"])


def test_a_list_that_tells_no_time_proves_nothing(stage):
    older(stage, START - HOUR)
    stage.planned(job(), Finding(), before=START - 5)
    stage.site.clock = None
    assert "tells no time" in str(settled(stage.run(job(), host=Finding())))
    assert counts(stage) == (0, ["unresolved"])


def test_a_deadline_ends_the_search_and_the_next_run_goes_on_from_there(stage):
    older(stage, START - HOUR)
    stage.planned(job(), Finding(), before=START - 5)
    stage.site.clock, stage.terms.deadline = lambda: START + 1, 0.2
    end = settled(stage.run(job(), host=Finding()))
    assert "stays attached" in end.hint
    assert counts(stage) == (0, ["sending"])
    stage.site.clock, stage.site.looks, stage.terms.deadline = lambda: START + 62, 0, 60.0
    assert "never reached" in str(settled(stage.run(job(), host=Finding())))
    assert stage.site.looks == 1


def test_what_shows_late_in_the_list_is_attached(stage):
    older(stage, START - HOUR)
    content = stage.planned(job(), Finding(), before=START - 5)
    stage.site.lists = [[], [], []]
    accepted(stage, content)
    assert stage.run(job(), host=Finding()) == [None]
    assert counts(stage) == (0, ["done"])


def test_of_two_equal_orders_none_is_absent_while_both_are_unknown(stage):
    older(stage, START - HOUR)
    content = stage.planned(job(), Finding(), before=START - 5)
    stage.planned(job("b"), Finding(), before=START - 5)
    stage.ledger.rows("update orders set body = ?", (content,))
    ends = stage.run(job(), job("b"), host=Finding())
    assert all("another order of the same words is open" in str(end) for end in ends)
    accepted(stage, content)
    first, second = stage.run(job(), job("b"), host=Finding())
    assert first is None
    assert "never reached" in str(second)
    assert counts(stage) == (0, ["done", "absent"])


def test_a_list_of_another_key_proves_nothing(stage):
    older(stage, START - HOUR)
    stage.planned(job(), Finding(), before=START - 5, key={"Authorization": "Bearer another-key"})
    assert "with another key" in str(settled(stage.run(job(), host=Finding())))
    assert counts(stage) == (0, ["unresolved"])


@pytest.mark.parametrize("host", [Finding, Asking])
def test_an_unresolved_order_stays_so_whatever_is_asked_for(stage, host):
    stage.planned(job(), host())
    stage.terms.retry = True
    for _ in range(2):
        assert "it is unknown" in str(settled(stage.run(job(), host=host())))
    assert counts(stage) == (0, ["unresolved"])


def test_an_emulator_on_another_port_is_the_same_host():
    def order(url):
        return SimpleNamespace(request=Request("POST", url))

    here = Fake("http://127.0.0.1:9/v1")
    assert is_here(order("http://127.0.0.1:8/v1/orders"), here)
    assert not is_here(order("https://fake.example/v1/orders"), here)
    assert is_here(order("https://fake.example/v1/orders"), Fake())
    assert not is_here(order("https://fake.example.evil/v1/orders"), Fake())


# an answer is lost while the run goes on


@pytest.mark.parametrize(("taken", "fate"), [(True, "done"), (False, "absent")])
def test_after_a_lost_answer_the_list_decides_and_nothing_is_sent_again(stage, taken, fate):
    assert stage.run(job("b"), host=Finding()) == [None]
    stage.site.says = [Lost(taken=taken)]
    end = settled(stage.run(job(), host=Finding()))
    assert counts(stage) == (2, ["done", fate])
    assert (end is None) == taken


@pytest.mark.parametrize(
    ("status", "fate"), [(500, "absent"), (502, "absent"), (200, "unresolved"), (302, "unresolved")]
)
def test_an_answer_that_came_and_cannot_be_read_is_no_proof_that_the_order_did_not_arrive(stage, status, fate):
    assert stage.run(job("b"), host=Finding()) == [None]
    stage.site.says = [(status, {}, "?")]
    stage.run(job(), host=Finding())
    assert counts(stage) == (2, ["done", fate])


def test_what_speaks_against_an_absence_keeps_nobody_from_looking_for_what_is_late(stage):
    stage.site.says, stage.site.lists = [(200, {}, "?")], [[], []]
    content = json.dumps(Finding().order(job()).json).encode()
    accepted(stage, content)
    assert stage.run(job(), host=Finding()) == [None]
    assert counts(stage) == (1, ["done"])


# a host that knows orders by their ids


@pytest.mark.parametrize(
    ("jump", "sent"), [(0.0, 1), (20 * HOUR, 1), (23 * HOUR, 0), (55 * HOUR, 0), (-1.0, 0), (-55 * HOUR, 0)]
)
def test_the_same_bytes_are_sent_again_while_their_id_is_surely_known(stage, jump, sent):
    stage.planned(job())
    stage.clock += jump
    end = settled(stage.run(job()))
    assert counts(stage) == (sent, ["done" if sent else "unresolved"])
    assert (end is None) == bool(sent)


@pytest.mark.parametrize(("taken", "fate"), [(True, "done"), (False, "unresolved")])
def test_a_machine_that_slept_for_days_between_two_sendings_does_not_send_again(stage, taken, fate):
    async def sleep(seconds):
        stage.clock += 55 * HOUR

    stage.site.says, stage.sleep = [Lost(taken=taken)], sleep
    stage.run(job())
    assert counts(stage) == (1, [fate])


def test_a_clock_that_was_set_back_since_makes_no_order_young(stage):
    stage.planned(job())
    stage.site.clock = lambda: START + 55 * HOUR
    assert "may not know its id any more" in str(settled(stage.run(job())))
    assert counts(stage) == (0, ["unresolved"])


def test_a_hosts_own_clock_that_is_days_ahead_is_no_age(stage):
    stage.planned(job(), before=START + 48 * HOUR)
    stage.site.clock = lambda: START + 48 * HOUR + 9
    assert stage.run(job()) == [None]
    assert counts(stage) == (1, ["done"])


def test_what_the_host_shows_by_its_id_is_attached_however_old_it_is(stage):
    accepted(stage, stage.planned(job()))
    stage.clock += 55 * HOUR
    assert stage.run(job()) == [None]
    assert counts(stage) == (0, ["done"])


def test_the_bytes_of_another_key_are_not_sent_with_this_one_and_wait_for_theirs(stage):
    stage.planned(job(), key={"Authorization": "Bearer another-key"})
    assert "with another key or address" in str(settled(stage.run(job())))
    assert counts(stage) == (0, ["sending"])


@pytest.mark.parametrize("host", [Fake, Finding])
def test_an_order_that_was_sent_to_another_address_is_not_looked_for_at_this_one(stage, host):
    accepted(stage, stage.planned(job(), host()))
    stage.ledger.rows("update orders set url = 'https://other.example/v1/orders'")
    assert "with another key or address" in str(settled(stage.run(job(), host=host())))
    assert (stage.site.looks, counts(stage)) == (0, (0, ["sending"]))


def test_a_host_without_money_for_what_it_may_have_taken_keeps_the_order_attached(stage):
    stage.site.says = [Lost(taken=True), (402, {}, "top up")]
    assert "wants money" in str(settled(stage.run(job())))
    assert stage.fates() == ["sending"]
    assert stage.run(job()) == [None]
    assert len(stage.site.jobs) == 1


def test_the_order_of_an_account_has_an_id_of_its_own(stage):
    class Named(Fake):
        def with_account(self, order, account):
            return Fake.order(self, job(fingerprint=f"{order.json['key']} of {account}"))

    assert stage.run(job(), host=Named()) == [None]
    (body,) = map(json.loads, stage.site.bodies)
    assert body["key"].startswith("f-a of ")
    assert "key-0123456789" not in body["key"]
