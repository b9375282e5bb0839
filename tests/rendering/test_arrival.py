"""What is done and paid and has no film: attached, reported, kept to be looked at, and never ordered again unasked."""

from __future__ import annotations

import json

import pytest

from storyforge.rendering.arrival import keep_answer

from .staging import job, settled


@pytest.fixture
def filmless(stage, tmp_path):
    stage.site.filmless, stage.terms.answers = True, tmp_path / "answers"
    return stage


def test_a_job_that_is_done_without_a_film_is_paid_attached_and_told_with_its_id(filmless, tmp_path):
    for _ in range(3):
        end = settled(filmless.run(job()))
        assert "Fake calls job job-1 of `a` done, but its film is not to be had: no address" in str(end)
        assert "--give-up" in end.hint
    assert (len(filmless.site.bodies), filmless.fates()) == (1, ["sent"])
    (order,) = filmless.ledger.orders()
    assert (order.done_at is not None, order.message) == (True, "no address")
    assert filmless.ledger.sum_counted() == 0.3
    assert filmless.ledger.find_holders("fake", filmless.clock) == []
    path = tmp_path / "answers" / "fake-job-1.json"
    assert str(path) in str(end)
    kept = json.loads(path.read_text(encoding="utf-8"))
    assert (kept["host"], kept["job"], kept["answer"]["state"]) == ("fake", "job-1", "done")
    assert "key-0123456789" not in path.read_text(encoding="utf-8")


def test_a_film_that_is_found_later_is_collected_without_an_order(filmless):
    filmless.run(job())
    filmless.site.filmless = False
    assert filmless.run(job()) == [None]
    (order,) = filmless.ledger.orders()
    assert (order.status, order.message, order.usd_paid, len(filmless.site.bodies)) == ("done", None, 0.25, 1)


def test_it_is_ordered_again_only_when_that_is_asked_for_and_confirmed(filmless):
    filmless.run(job())
    filmless.site.filmless, filmless.terms.retry, filmless.terms.slates = False, True, frozenset()
    assert filmless.run(job()) == [None]
    assert len(filmless.site.bodies) == 1


def test_with_a_retry_it_is_another_order_and_both_are_paid(filmless):
    filmless.run(job())
    filmless.terms.retry, filmless.site.jobs["job-1"]["reason"] = True, None
    filmless.run(job())
    assert (len(filmless.site.bodies), filmless.fates()) == (2, ["given-up", "sent"])
    assert filmless.ledger.sum_counted() == pytest.approx(0.6)


def test_a_film_that_was_there_once_and_is_gone_leaves_the_order_attached(stage):
    stage.site.films = [b"no film"] * 4
    stage.run(job())
    stage.site.jobs["job-1"]["reason"] = "fault"
    assert "done, but its film is not to be had: it broke" in str(settled(stage.run(job())))
    assert (len(stage.site.bodies), stage.fates()) == (1, ["sent"])
    assert stage.ledger.sum_counted() == 0.25


def test_an_answer_is_kept_under_a_name_that_any_disk_takes_without_what_signs_an_address(tmp_path):
    said = {"url": "https://films.example/1.mp4?sig=0123456789", "words": "\ud800"}
    path = keep_answer(tmp_path, "host", "../a b/é", said)
    assert path == tmp_path / "host-___a_b__.json"
    assert json.loads(path.read_text(encoding="utf-8"))["answer"]["url"] == "https://films.example/1.mp4?***"
