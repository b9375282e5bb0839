"""A storyboard under another lock: only what continues a clip follows its choice, and lost takes give way."""

from __future__ import annotations

from dataclasses import replace

import pytest
from projects import Faked, edited, project

from storyforge.planning.choice import settle_choices, with_lock
from storyforge.planning.lock_update import accept, update_lock
from storyforge.planning.orders import Orders
from storyforge.system.lock import Lock


def settled(compiled):
    with Orders(compiled.project.store) as orders:
        return settle_choices(compiled, orders)


@pytest.fixture
def film(tmp_path):
    return Faked(project(tmp_path))


def test_a_lost_take_of_other_words_gives_way_to_what_is_written(film):
    edited(film.path, "Take it.", "Take this.")
    made = accept(film.compiled(), ["call"])
    film.lock(made.lock)
    compiled = film.compiled()
    assert settled(compiled) is compiled
    film.store.take(made.blocks["call"].take).unlink()
    left = settled(film.compiled())
    assert left.lock == film.compiled().lock
    assert [one.block is None for one in left.planned] == [False, True, True]
    call, boat = left.planned[1:]
    assert boat.job.slate["first_frame"] == {"follows": call.job.fingerprint}
    for one in (call, boat):
        film.take(one.job.fingerprint, one.job.slate)
    film.lock(update_lock(left.lock, left.planned, film.store, lambda slate: (None, None)))
    assert film.stale() == set()
    assert film.judged()[1].why == "unchanged"


def test_another_lock_changes_what_follows_and_nothing_else(film):
    compiled = film.compiled()
    assert with_lock(compiled, compiled.lock).planned == compiled.planned
    call = replace(compiled.lock.blocks["call"], rendered="e" * 64)
    other = with_lock(compiled, Lock({**compiled.lock.blocks, "call": call}))
    assert [one.job == old.job for one, old in zip(other.planned, compiled.planned, strict=True)] == [True, True, False]
