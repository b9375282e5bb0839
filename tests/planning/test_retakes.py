"""Further takes by their numbers: none is given twice, and what was ordered comes before what is new."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest
from old_ledgers import write_old_ledger
from projects import Faked, edited, project

from storyforge.compiler.compile import compile_file
from storyforge.compiler.jobs import further_take
from storyforge.model.messages import Request
from storyforge.planning.film_plan import plan_film
from storyforge.planning.lock_update import make_block
from storyforge.planning.orders import Orders
from storyforge.planning.retakes import next_takes, under_way
from storyforge.planning.takes import list_forms, take_from_record
from storyforge.system.ledger import Intent, Ledger
from storyforge.system.lock import Lock
from storyforge.system.project import Project


class Ordered(Faked):
    """A film at a host, whose orders for further takes stand in the ledger."""

    @property
    def one(self):
        return self.compiled().planned[0]

    def order(self, number, *steps, clip="wait", provider="runware"):
        """Writes down an order for a take of the first clip, and what became of it."""
        with Ledger.from_store(self.store) as ledger:
            job = further_take(self.one, number).job
            film, request = Project(self.path).record_name, Request("POST", "u", {}, {}, b"{}")
            order = ledger.plan(
                Intent(job.fingerprint, provider, "m", clip, film, request, 3, 0.4, job.take, job.slate), 1
            )
            for step in steps:
                match step:
                    case "sending":
                        ledger.sending(order, 2)
                    case "sent":
                        ledger.mark_sent(order, f"job-{number}")
                    case fate:
                        ledger.mark_ended(order, fate, 3.0)

    def next(self, count, lock=None):
        compiled = self.compiled() if lock is None else replace(self.compiled(), lock=lock)
        with Orders(self.store) as orders:
            return [take.job.take for take in next_takes(compiled, self.one, count, orders)]

    def under_way(self):
        with Orders(self.store) as orders:
            return [take.job.take for take in under_way(self.compiled(), orders)]


@pytest.fixture
def film(tmp_path):
    return Ordered(project(tmp_path), "runware")


def test_further_takes_have_the_next_numbers(film):
    assert film.next(3) == [2, 3, 4]
    film.further("wait", 2)
    assert film.next(1) == [3]


def test_a_clip_that_was_never_rendered_begins_with_its_own_take(tmp_path):
    path = project(tmp_path)
    compiled = compile_file(path, "runware")
    one = compiled.planned[0]
    with Orders(compiled.project.store) as orders:
        takes = next_takes(compiled, one, 2, orders)
    assert [take.job.take for take in takes] == [1, 2]
    assert takes[0] is one


def test_the_authors_number_is_the_first(film):
    edited(film.path, 'water."', 'water."\n    take: 3')
    assert film.next(2) == [3, 4]


@pytest.mark.parametrize("steps", [["sending"], ["sending", "sent"], ["sending", "unresolved"]])
def test_what_was_ordered_comes_first_and_counts(film, steps):
    film.order(3, *steps)
    assert film.next(1) == [3]
    assert film.next(2) == [3, 2]
    assert film.next(3) == [3, 2, 4]


def test_what_a_host_failed_or_refused_keeps_its_number(film):
    film.order(2, "sending", "sent", "failed")
    film.order(3, "sending", "refused")
    assert film.next(3) == [2, 3, 4]


@pytest.fixture
def tried(film, monkeypatch):
    """The numbers that a take was made for since the film was there, to see whether it is the one that is sought."""
    film.compiled()
    numbers = []

    def counted(one, number):
        numbers.append(number)
        return further_take(one, number)

    monkeypatch.setattr("storyforge.planning.retakes.further_take", counted)
    return numbers


def test_numbers_are_read_and_not_guessed(film, tried):
    film.order(70, "sending", "sent")
    assert film.next(1) == [70]
    assert film.under_way() == [70]
    assert tried == [70, 70]
    tried.clear()
    assert film.next(3) == [70, 2, 3]
    assert tried == [70, 1, 2, 3]


def test_an_order_of_other_words_or_of_another_host_is_no_take_of_the_clip(film, tried):
    film.order(70, "sending", "sent", provider="wavespeed")
    assert film.next(1) == [2]
    assert tried == [1, 2]
    film.order(70, "sending", "sent")
    edited(film.path, "looks over", "looks at")
    assert film.under_way() == []
    assert film.next(1) == [1]


@pytest.mark.parametrize("number", [2, 999])
def test_the_take_of_an_order_of_release_0_1_is_found_by_its_fingerprint(film, number):
    first = list_forms(film.one, film.compiled(), ordered=True)[1]
    order = further_take(first, number).job.fingerprint, "runware", "wait", "sent", "job-1"
    write_old_ledger(film.store.ledger, Project(film.path).record_name, film.path.name, order)
    for _ in range(2):
        assert film.under_way() == [number]
        assert film.next(2) == [number, 3 if number == 2 else 2]
        Ledger.from_store(film.store).close()  # upgrades it
    film.order(5, "sending", "sent")
    assert film.under_way() == sorted([5, number])


def test_a_number_that_somebody_had_is_not_given_again(film):
    film.order(2, "sending", "sent", "done")
    assert film.next(1) == [3]
    film.store.take(film.further("wait", 3)).unlink()
    assert film.next(1) == [4]
    slate = film.store.rendering(further_take(film.one, 3).job.fingerprint)
    (film.store.path("slates") / f"{further_take(film.one, 3).job.fingerprint}.json").unlink()
    assert film.next(1) == [3]
    block = make_block(
        film.one, take_from_record(further_take(film.one, 3).job.fingerprint, slate, lambda slate: (None, None))
    )
    assert film.next(1, Lock({"wait": block})) == [4]


def test_other_words_have_numbers_of_their_own(film):
    film.further("wait", 2)
    film.order(3, "sending", "sent")
    edited(film.path, "looks over", "looks at")
    assert film.next(1) == [1]


def test_what_is_under_way_is_planned_until_it_is_here(film):
    film.order(3, "sending", "sent")
    film.order(2, "sending", "unresolved")
    film.order(5, "sending", "sent", clip="nobody")
    assert film.under_way() == [2, 3]
    plan = plan_film(film.compiled())
    assert [(one.state, one.why) for one in plan.further] == [
        ("unresolved", "take 2, it is unknown whether its order was accepted"),
        ("attached", "take 3, ordered already as job-3"),
    ]
    assert plan.waiting == ()
    assert plan_film(film.compiled(), collecting=False).further == ()
    film.path = shutil.copy(film.path, film.path.with_name("another.story.yaml"))
    assert film.under_way() == []
    film.path = film.path.with_name("ferry.story.yaml")
    film.further("wait", 3)
    assert [one.job.take for one in plan_film(film.compiled()).further] == [2]
    edited(film.path, "looks over", "looks at")
    assert plan_film(film.compiled()).further == ()


def test_a_chosen_take_that_is_ordered_again_is_planned_once(film):
    film.further("wait", 2)
    slate = further_take(film.one, 2).job.fingerprint
    take = take_from_record(slate, film.store.rendering(slate), lambda slate: (None, None))
    film.lock(Lock({"wait": make_block(film.one, replace(take, current=True))}))
    film.store.take(take.sha256).unlink()
    film.order(2, "sending", "sent")
    plan = plan_film(film.compiled())
    assert (plan.planned[0].state, plan.planned[0].job.take, plan.further) == ("attached", 2, ())
