"""A run costs nothing that was not confirmed, and between a plan and its render nothing may change."""

from __future__ import annotations

from dataclasses import replace

import pytest
from projects import Faked, edited, project

from storyforge.compiler.compile import compile_loaded, load_file
from storyforge.model.errors import BudgetError, CredentialsError, StoryboardError, UsageError
from storyforge.planning.film_plan import plan_film
from storyforge.planning.orders import Orders
from storyforge.rendering.run import Extent
from storyforge.rendering.session import Approval, Callbacks, RunOptions, perform_render, prepare_run
from storyforge.system.project import Project


@pytest.fixture
def film(tmp_path):
    return Faked(project(tmp_path))


SILENT, OPTIONS = Callbacks(), RunOptions()


def prepared(film, plan, callbacks=SILENT, environment=None, options=OPTIONS):
    compiled = compile_loaded(load_file(Project(film.path, environment or {})), film.provider)
    return prepare_run(replace(plan, compilation=compiled), plan.missing, options, callbacks)


def paid_plan(film, provider="runware"):
    film.provider = provider
    edited(film.path, "looks over", "looks at")
    return plan_film(film.compiled())


def test_nothing_is_rendered_that_nobody_agreed_to(film):
    edited(film.path, "looks over", "looks at")
    plan = plan_film(film.compiled())
    approval = prepared(film, plan)
    assert isinstance(approval, Approval)
    assert approval.slates == {plan.missing[0].job.fingerprint}
    film.store.take(film.compiled().lock.blocks["boat"].take).unlink()
    later = plan_film(film.compiled())
    assert len(later.missing) == 2
    with Orders(film.store) as orders, pytest.raises(UsageError, match="has changed meanwhile; nothing was sent"):
        perform_render(later, later.missing, approval, orders, Callbacks(), Extent())
    assert not film.store.path("ledger.db").exists()


def test_what_is_free_is_asked_for_nobody(film):
    edited(film.path, "looks over", "looks at")
    asked = []
    approval = prepared(film, plan_film(film.compiled()), Callbacks(confirm=asked.append, announce=asked.append))
    assert (asked, approval.hosts) == ([], {})


def test_a_bill_is_announced_and_then_confirmed(film):
    told = []

    def confirm(bill):
        told.append(("confirm", bill.usd))
        return True

    callbacks = Callbacks(confirm=confirm, announce=lambda bill: told.append(("announce", bill.usd)))
    plan = paid_plan(film)
    with pytest.raises(CredentialsError, match="`RUNWARE_API_KEY` not set"):
        prepared(film, plan, callbacks)
    assert told == [("announce", plan.usd), ("confirm", plan.usd)]
    approval = prepared(film, plan, callbacks, {"RUNWARE_API_KEY": "k"})
    assert approval.slates == {one.job.fingerprint for one in plan.missing}


def test_without_an_answer_nothing_is_confirmed(film):
    with pytest.raises(BudgetError, match="nobody agreed"):
        prepared(film, paid_plan(film), environment={"RUNWARE_API_KEY": "k"})


def test_pictures_that_a_host_cannot_have_are_findings(film):
    plan = paid_plan(film, "hiapi")
    with pytest.raises(StoryboardError, match="takes pictures by address alone") as caught:
        prepared(film, plan)
    assert {found.name for found in caught.value.findings} == {"needs-publisher"}
    assert caught.value.exit_code == 1


def test_wrong_settings_are_said_before_anybody_is_asked(film):
    with pytest.raises(UsageError, match="`jobs` is `0`, not a whole number from 1"):
        prepared(film, paid_plan(film), options=RunOptions(jobs=0))
