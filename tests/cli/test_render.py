"""Between a plan and its render nothing may change behind the back of who agreed to it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from projects import Faked, edited, project

from storyforge.cli.options import Console
from storyforge.cli.session import Approval, Flags, hold_unchanged, perform_render, prepare_run
from storyforge.model.errors import UsageError
from storyforge.planning.film_plan import plan_film
from storyforge.system.lock import Lock
from storyforge.system.settings import Settings

FLAGS = Flags(None, None, False, False, None, None)


@pytest.fixture
def film(tmp_path):
    return Faked(project(tmp_path))


def leave_for(film, plan):
    settings = Settings(film.path, film.path.parent, {})
    return prepare_run(film.compiled(), plan, plan.missing, FLAGS, settings, film.store, Console(quiet=True))


def test_a_lock_that_changed_meanwhile_stops_the_run(film):
    board = film.compiled()
    with hold_unchanged(board, film.store):
        assert film.store.is_held()
    film.lock(Lock({**board.lock.blocks, "wait": replace(board.lock.blocks["wait"], number=2)}))
    with (
        pytest.raises(UsageError, match=r"ferry\.story\.lock was changed meanwhile"),
        hold_unchanged(board, film.store),
    ):
        pytest.fail("it went on")
    assert not film.store.is_held()


def test_nothing_is_rendered_that_nobody_agreed_to(film):
    edited(film.path, "looks over", "looks at")
    plan = plan_film(film.compiled())
    leave = leave_for(film, plan)
    assert isinstance(leave, Approval)
    assert leave.slates == {plan.missing[0].job.fingerprint}
    film.store.take(film.compiled().lock.blocks["boat"].take).unlink()
    later = plan_film(film.compiled())
    assert len(later.missing) == 2
    with pytest.raises(UsageError, match="has changed meanwhile; nothing was sent"):
        perform_render(film.compiled(), later, later.missing, leave, film.store, Console(quiet=True))
    assert not film.store.path("ledger.db").exists()
