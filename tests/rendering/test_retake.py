"""Further takes of a clip are planned by their numbers, rendered, and the last is chosen; without a command line."""

from __future__ import annotations

import pytest
from orders import count_openings
from projects import Faked, project

from storyforge.compiler import jobs
from storyforge.model.errors import UsageError
from storyforge.planning.open import open_storyboard
from storyforge.planning.orders import Orders
from storyforge.rendering.retake import plan_takes, retake_clip
from storyforge.rendering.session import Callbacks, RunOptions
from storyforge.system.ledger import Ledger
from storyforge.system.lock import lock_path, read_lock


@pytest.fixture
def film(tmp_path):
    return Faked(project(tmp_path))


def planned(film, clip, count):
    with Orders(film.store) as orders:
        return plan_takes(film.compiled(), clip, count, orders, retry=False)


def test_new_takes_have_the_next_numbers_and_need_nothing_else(film):
    plan, one, takes = planned(film, "wait", 2)
    assert one.clip.id == "wait"
    assert [(take.clip.id, take.job.take, take.state) for take in takes] == [
        ("wait", 2, "render"),
        ("wait", 3, "render"),
    ]
    assert plan.further == tuple(takes)
    assert [one.state for one in plan.planned] == ["cached"] * 3


def test_a_take_of_a_clip_that_continues_another_needs_that_one_first(film):
    film.store.take(film.compiled().lock.blocks["call"].take).unlink()
    _, _, takes = planned(film, "boat", 1)
    assert [(take.clip.id, take.job.take) for take in takes] == [("call", 1), ("boat", 2)]


@pytest.mark.slow
def test_a_retake_makes_few_fingerprints_and_opens_the_ledger_once_to_write(film, monkeypatch):
    compiled = open_storyboard(film.path, None)
    Ledger.from_store(film.store).close()
    made, hashed, opened = [], jobs.fingerprint, count_openings(monkeypatch)

    def counted(slate):
        made.append(slate)
        return hashed(slate)

    monkeypatch.setattr(jobs, "fingerprint", counted)
    done = retake_clip(compiled, "call", 1, RunOptions(), Callbacks(), lambda: compiled)
    assert done.chosen.block.number == 2
    assert len(made) == 2  # when it is planned, and again when the store is held
    assert sorted(opened) == [False, True, True]


@pytest.mark.slow
def test_a_retake_renders_a_further_take_and_chooses_it(film):
    compiled = open_storyboard(film.path, None)
    done = retake_clip(compiled, "call", 1, RunOptions(), Callbacks(), lambda: open_storyboard(film.path, None))
    block = read_lock(lock_path(film.path))[0].blocks["call"]
    assert (block, block.number) == (done.chosen.block, 2)
    assert [path.stem for path in done.outcome.takes.values()] == [block.take]
    assert [one.state for one in done.before.planned] == ["cached"] * 3
    assert [(one.clip.id, one.state) for one in done.after.planned] == [
        ("wait", "cached"),
        ("call", "cached"),
        ("boat", "render"),
    ]


def test_a_clip_that_there_is_not_is_a_usage_error(film):
    compiled = open_storyboard(film.path, None)
    with pytest.raises(UsageError, match="`harbour` is no clip of ferry"):
        retake_clip(compiled, "harbour", 1, RunOptions(), Callbacks(), lambda: compiled)
