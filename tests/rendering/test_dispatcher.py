"""The crew: what is written in the ledger decides the next step, and no step orders twice."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import httpx
import pytest
from film.cards import card
from old_ledgers import write_old_ledger

from storyforge.model.errors import CredentialsError, HostError
from storyforge.rendering.dispatcher import FETCHES, REORDERS, RESENDS, Dispatcher
from storyforge.system.http import RefusedAddress
from storyforge.system.ledger import Ledger

from .staging import Asking, Fake, Finding, Lost, Site, Stage, job, settled

# well


def test_a_job_is_ordered_once_and_its_film_comes_home(stage, film):
    assert stage.run(job()) == [None]
    (order,) = stage.ledger.orders()
    assert (order.status, order.job_id, order.usd_planned, order.usd_paid) == ("done", "job-1", 0.3, 0.25)
    assert (stage.folder / "f-a.mp4").read_bytes() == film
    assert len(stage.site.bodies) == 1


def test_an_order_keeps_the_number_and_the_slate_of_its_take(stage):
    slate = {"prompt": "Rain.", "take": 4}
    assert stage.run(replace(job(), take=4, slate=slate)) == [None]
    (order,) = stage.ledger.orders()
    assert (order.take, order.slate) == (4, slate)


def test_the_ledger_has_the_price_of_the_plan_and_else_that_of_the_table(stage):
    stage.terms = replace(stage.terms, prices={"f-a": 0.2, "f-b": None})
    assert stage.run(job(), job("b"), job("c")) == [None] * 3
    assert {order.clip: order.usd_planned for order in stage.ledger.orders()} == {"a": 0.2, "b": None, "c": 0.3}


def test_an_order_of_release_0_1_is_collected_and_not_sent_again(tmp_path, film):
    write_old_ledger(tmp_path / "ledger.db", "film", "film.story.yaml", ("f-a", "fake", "a", "sent", "job-1"))
    with Ledger(tmp_path / "ledger.db") as ledger:
        stage = Stage(ledger, Site(film), tmp_path)
        stage.site.jobs["job-1"] = {"body": {}, "reason": None}
        assert stage.run(job()) == [None]
        assert (stage.site.bodies, stage.fates()) == ([], ["done"])
    assert (tmp_path / "f-a.mp4").read_bytes() == film


def test_an_order_is_done_only_when_its_film_is_safe(stage):
    assert stage.run(job(), keep=False) == [None]
    assert stage.fates() == ["sent"]


@pytest.mark.parametrize("fate", ["sent", "done"])
def test_what_is_accepted_is_collected_without_an_order(stage, fate):
    assert stage.run(job(), keep=fate == "done") == [None]
    (stage.folder / "f-a.mp4").unlink()
    assert stage.run(job()) == [None]
    assert (stage.folder / "f-a.mp4").exists()
    assert (len(stage.site.bodies), stage.fates()) == (1, ["done"])


# what a dead run left


def test_what_was_planned_is_swept_and_ordered(stage):
    stage.planned(job(), fate="planned")
    assert stage.run(job()) == [None]
    assert (len(stage.site.bodies), stage.fates()) == (1, ["done"])


def test_what_was_being_sent_is_sent_again_to_the_byte_where_the_host_knows_it(stage):
    content = stage.planned(job())
    assert stage.run(replace(job(), prompt="Other words now.")) == [None]
    assert stage.site.bodies == [content]
    assert stage.fates() == ["done"]


def test_what_was_being_sent_is_found_in_the_hosts_list(stage):
    content = stage.planned(job(), Finding())
    stage.site.jobs["job-1"] = {"body": json.loads(content), "reason": None}
    assert stage.run(job(), host=Finding()) == [None]
    assert (stage.site.bodies, stage.fates()) == ([], ["done"])


def test_the_oldest_match_is_taken_that_belongs_to_no_other_order(stage):
    content = stage.planned(job("a"), Finding(), number="job-1", fate="sent")
    stage.planned(job("a", fingerprint="f-b"), Finding())
    twin = replace(job("a"), fingerprint="f-b")
    body = {**json.loads(content), "key": "f-b"}
    for number in ("job-1", "job-2", "job-3"):
        stage.site.jobs[number] = {"body": body, "reason": None}
    assert stage.run(twin, host=Finding()) == [None]
    assert [order.job_id for order in stage.ledger.orders()] == ["job-1", "job-2"]
    assert stage.site.bodies == []


def test_a_person_is_asked_where_a_host_cannot_tell(stage):
    stage.planned(job(), Asking())
    for _ in range(2):
        end = settled(stage.run(job(), host=Asking()))
        assert isinstance(end, HostError)
        assert "it is unknown whether Fake accepted the order of `a`" in str(end)
        assert "storyforge resolve FILE a --lost" in end.hint
    assert (stage.site.bodies, stage.fates()) == ([], ["unresolved"])


# an answer is lost


def test_after_a_lost_answer_the_same_bytes_are_sent_to_a_host_that_knows_them(stage):
    stage.site.says = [Lost(taken=True), Lost(taken=True)]
    assert stage.run(job()) == [None]
    assert len(stage.site.bodies) == 3
    assert len(set(stage.site.bodies)) == len(stage.site.jobs) == 1


def test_a_host_that_never_answers_is_asked_again_by_the_next_run(stage):
    stage.site.says = [Lost(taken=False)] * RESENDS
    end = settled(stage.run(job()))
    assert "did not answer" in str(end)
    assert stage.fates() == ["sending"]
    assert stage.run(job()) == [None]
    assert len(set(stage.site.bodies)) == len(stage.site.jobs) == 1


@pytest.mark.parametrize("shown", [True, False])
def test_after_a_lost_answer_the_list_is_searched_and_nothing_is_sent_again(stage, shown):
    stage.site.says, stage.site.listed = [Lost(taken=True)], shown
    end = settled(stage.run(job(), host=Finding()))
    assert len(stage.site.bodies) == 1
    assert stage.fates() == (["done"] if shown else ["unresolved"])
    assert (end is None) == shown


def test_after_a_lost_answer_a_person_is_asked(stage):
    stage.site.says = [Lost(taken=False)]
    assert isinstance(settled(stage.run(job(), host=Asking())), HostError)
    assert stage.run(job(), host=Asking())
    assert (len(stage.site.bodies), stage.fates()) == (1, ["unresolved"])


# a clear no


@pytest.mark.parametrize("status", [400, 422])
def test_what_was_refused_is_sent_again_only_when_asked(stage, status):
    stage.site.says = [(status, {}, "bad words")]
    assert "bad words" in str(settled(stage.run(job())))
    assert "bad words" in str(settled(stage.run(job())))
    assert (len(stage.site.bodies), stage.fates()) == (1, ["refused"])
    stage.terms.retry = True
    assert stage.run(job()) == [None]
    assert stage.fates() == ["refused", "done"]


def test_a_key_that_is_not_taken_leaves_no_row(stage):
    stage.site.says = [(401, {}, "who are you?")]
    end = settled(stage.run(job()))
    assert isinstance(end, CredentialsError)
    assert stage.fates() == []


def test_a_host_that_wants_money_is_asked_anew_by_the_next_run(stage):
    stage.site.says = [(402, {}, "top up")]
    assert isinstance(settled(stage.run(job())), HostError)
    assert stage.run(job()) == [None]
    assert stage.fates() == ["failed", "done"]


def test_a_failed_job_is_another_attempt_with_another_key(stage):
    stage.site.ends = ["fault"]
    assert "it broke" in str(settled(stage.run(job())))
    assert stage.fates() == ["failed"]
    assert stage.run(job()) == [None]
    assert [json.loads(body)["key"] for body in stage.site.bodies] == ["f-a", "f-a:2"]


def test_a_failure_that_may_pass_is_ordered_anew_in_the_same_run(stage):
    stage.site.ends = ["transient", "transient"]
    assert stage.run(job()) == [None]
    assert stage.fates() == ["failed", "failed", "done"]
    assert "ordering it again" in stage.notes[0]


def test_a_failure_that_does_not_pass_is_ordered_anew_three_times(stage):
    stage.site.ends = ["transient"] * 9
    assert isinstance(settled(stage.run(job())), HostError)
    assert stage.fates() == ["failed"] * (1 + REORDERS)


def test_where_failures_stay_nothing_is_ordered_anew(stage):
    class Staying(Fake):
        reorders = False

    stage.site.ends = ["transient"]
    assert isinstance(settled(stage.run(job(), host=Staying())), HostError)
    assert stage.fates() == ["failed"]


# nothing arrived


def test_a_host_out_of_reach_leaves_no_row_after_three_tries(stage):
    stage.site.says = [httpx.ConnectError("refused")] * 3
    end = settled(stage.run(job()))
    assert isinstance(end, CredentialsError)
    assert (len(stage.site.bodies), stage.fates()) == (3, [])


def test_a_host_in_reach_again_gets_the_order(stage):
    stage.site.says = [httpx.ConnectError("refused")] * 2
    assert stage.run(job()) == [None]
    assert len(stage.site.jobs) == 1


def test_a_doubtful_order_keeps_its_row_though_its_host_is_out_of_reach(stage):
    stage.site.says = [Lost(taken=True), *[httpx.ConnectError("refused")] * 3]
    assert isinstance(settled(stage.run(job())), CredentialsError)
    assert stage.fates() == ["sending"]
    assert stage.run(job()) == [None]
    assert len(stage.site.jobs) == 1


@pytest.mark.parametrize("says", [[httpx.ConnectError("refused")] * 3, [(401, {}, "who are you?")]])
def test_what_a_dead_run_may_have_sent_keeps_its_row_whatever_is_said_now(stage, says):
    stage.planned(job())
    stage.site.says = says
    assert isinstance(settled(stage.run(job())), CredentialsError)
    assert stage.fates() == ["sending"]


def test_an_address_that_is_not_called_leaves_no_row(stage):
    class Astray(Fake):
        def order(self, job, pictures=None):
            return replace(super().order(job, pictures), url="https://elsewhere.example/orders")

    end = settled(stage.run(job(), host=Astray()))
    assert isinstance(end, RefusedAddress)
    assert (stage.site.bodies, stage.fates()) == ([], [])


@pytest.mark.parametrize("status", [429, 503])
def test_who_asks_to_wait_is_sent_the_same_bytes_later(stage, status):
    stage.site.says = [(status, {"Retry-After": "7"}, "busy")]
    assert stage.run(job()) == [None]
    assert 7.0 in stage.slept
    assert len(stage.site.bodies) == 2
    assert len(set(stage.site.bodies)) == len(stage.site.jobs) == 1
    assert stage.notes == ["a: Fake asks to wait"]


# places and pictures


def test_no_more_orders_are_under_way_than_a_host_has_places(stage):
    stage.terms.at_once, stage.site.slow = {"fake": 2}, 3
    most = 0
    answer = stage.site.answer

    def watched(request):
        nonlocal most
        most = max(most, len(stage.ledger.find_holders("fake", stage.clock)))
        return answer(request)

    async def still(seconds):  # or an hour of its clock would pass while films are checked
        await asyncio.sleep(0)

    stage.site.answer, stage.sleep = watched, still
    assert stage.run(*(job(name) for name in "abcdef")) == [None] * 6
    assert most == 2
    assert len(stage.site.jobs) == 6


def test_no_more_orders_are_sent_in_a_minute_than_a_host_allows(stage):
    stage.terms.per_minute = {"fake": 2}
    assert stage.run(*(job(name) for name in "abcde")) == [None] * 5
    times = sorted(order.sent_at for order in stage.ledger.orders())
    assert all(later - earlier >= 60 for earlier, later in zip(times, times[2:], strict=False))


def test_an_order_tells_where_to_call(stage):
    stage.terms.callbacks = {"fake": "https://me.example/fake?token=x"}
    assert stage.run(job()) == [None]
    assert json.loads(stage.site.bodies[0])["call"] == "https://me.example/fake?token=x"


# the film


def test_a_broken_film_is_fetched_again_without_an_order(stage, film):
    stage.site.films = [film[: len(film) // 2], 404, b"no film"]
    assert stage.run(job()) == [None]
    assert (stage.folder / "f-a.mp4").read_bytes() == film
    assert (stage.site.fetched, len(stage.site.bodies)) == (4, 1)


def test_a_film_that_never_comes_whole_stays_attached(stage):
    stage.site.films = [b"no film"] * FETCHES
    end = settled(stage.run(job()))
    assert "could not be fetched whole" in str(end)
    assert not (stage.folder / "f-a.mp4").exists()
    assert stage.fates() == ["sent"]
    assert stage.run(job()) == [None]
    assert len(stage.site.bodies) == 1


def test_a_film_of_another_length_is_fetched_again_and_kept_as_it_was_made(stage, tmp_path):
    stage.site.film = card(tmp_path / "long.mp4", frames=120).read_bytes()
    assert stage.run(job()) == [None]
    assert (stage.site.fetched, len(stage.site.bodies)) == (2, 1)
    assert "5.0 s where 3 s were ordered; it is kept" in stage.notes[-1]


def test_a_film_that_came_in_another_length_once_is_not_kept(stage, film, tmp_path):
    stage.site.films = [card(tmp_path / f"{frames}.mp4", frames=frames).read_bytes() for frames in (120, 110)]
    assert stage.run(job()) == [None]
    assert (stage.folder / "f-a.mp4").read_bytes() == film
    assert stage.site.fetched == 3


def test_a_film_at_a_forbidden_address_is_not_fetched_and_stays_attached(stage):
    stage.site.address = "file:///etc"
    assert isinstance(settled(stage.run(job())), RefusedAddress)
    assert (stage.site.fetched, stage.fates()) == (0, ["sent"])


# time


def test_a_job_that_is_not_done_in_time_stays_attached(stage):
    stage.site.endless, stage.terms.deadline = True, 0.1
    end = settled(stage.run(job()))
    assert isinstance(end, HostError)
    assert "stays attached" in end.hint
    assert stage.fates() == ["sent"]
    stage.site.endless, stage.terms.deadline = False, 60.0
    assert stage.run(job()) == [None]
    assert len(stage.site.bodies) == 1


def test_a_call_wakes_the_wait_for_its_job_and_no_other(stage):
    async def whole():
        napping = asyncio.Event()

        async def long(seconds):
            napping.set()
            await asyncio.sleep(3600)

        stage.site.endless = True
        wire = stage.wire(Fake())
        wire._sleep = long
        crew = Dispatcher(stage.ledger, stage.terms, stage.notes.append, open_wire=lambda host: wire)
        async with crew:
            task = asyncio.ensure_future(crew.render(job(), Fake(), {}, stage.folder / "x.mp4", lambda share: None))
            await napping.wait()
            stage.site.endless = False
            crew.wake("fake", "job-2")
            crew.wake("other", "job-1")
            await asyncio.sleep(0.05)
            assert not task.done()
            assert stage.site.polls == 1
            crew.wake("fake", "job-1")
            await asyncio.wait_for(task, 10)
        assert stage.site.polls == 2

    asyncio.run(whole())


def test_one_failure_stops_no_other_job(stage):
    stage.site.says = [(400, {}, "bad words")]
    ends = stage.run(job("a"), job("b"), job("c"))
    assert sorted(stage.fates()) == ["done", "done", "refused"]
    assert sum(end is None for end in ends) == 2


def test_a_film_that_was_fetched_once_and_is_gone_at_its_host_can_be_ordered_again(stage):
    assert stage.run(job()) == [None]
    (stage.folder / "f-a.mp4").unlink()
    stage.site.films = [404] * FETCHES
    assert "has the film of" in str(settled(stage.run(job())))
    assert (len(stage.site.bodies), stage.fates()) == (1, ["given-up"])
    assert stage.run(job()) == [None]
    assert len(stage.site.bodies) == 2
