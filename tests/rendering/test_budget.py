"""Limits are checked before anybody is asked, and a price that is unknown is over every limit."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from orders import order
from projects import project

from storyforge.compiler.compile import compile_loaded, load_file
from storyforge.model.errors import BudgetError
from storyforge.planning.film_plan import plan_film
from storyforge.rendering.budget import Bill, approve_bill, make_bill
from storyforge.system.ledger import Ledger
from storyforge.system.project import Project


@pytest.fixture
def path(tmp_path):
    return project(tmp_path)


@pytest.fixture
def bill(path):
    """Three clips for $1.26."""
    plan = planned(path, "runware")
    return make_bill(plan, plan.waiting)


def planned(path, provider, toml=""):
    """The plan of a film under some settings."""
    (path.parent / "storyforge.toml").write_text(toml, encoding="utf-8")
    return plan_film(compile_loaded(load_file(Project(path, {})), provider))


def approve(path, bill, toml="", max_cost=None, answer=True):
    """Asks for a bill under some settings; whether somebody was asked."""
    asked, bill = [], replace(bill, plan=planned(path, "runware", toml))
    approve_bill(bill, max_cost, lambda given: asked.append(given) or answer)
    return asked == [bill]


def test_a_bill_holds_what_is_ordered_and_nothing_that_is_free(path):
    plan = planned(path, "offline")
    assert make_bill(plan, plan.waiting) is None
    plan = planned(path, "runware")
    wait, call, boat = plan.waiting
    drawn = replace(call, clip=replace(call.clip, provider="offline"))
    bill = make_bill(plan, (wait, drawn, boat))
    assert (bill.ordered, bill.usd) == ((wait, boat), 0.84)


def test_a_bill_that_is_accepted_is_approved(path, bill):
    assert bill.usd == 1.26
    assert approve(path, bill)


def test_a_bill_that_is_refused_is_an_error(path, bill):
    with pytest.raises(BudgetError, match="nobody agreed to spend this; nothing was sent"):
        approve(path, bill, answer=False)


@pytest.mark.parametrize(
    ("toml", "max_cost", "name"),
    [
        ("", 1.25, "--max-cost"),
        ("[budget]\nper_run = 1.25\n", None, "budget.per_run"),
        ("[budget]\nper_day = 1.25\n", None, "budget.per_day"),
    ],
)
def test_over_a_limit_nobody_is_asked(path, bill, toml, max_cost, name):
    with pytest.raises(BudgetError, match=rf"the plan costs \$1.26, over the \$1.25 of `{name}`; nothing was sent"):
        approve(path, bill, toml, max_cost, answer=pytest.fail)


def test_at_a_limit_it_is_still_allowed(path, bill):
    assert approve(path, bill, "[budget]\nper_run = 1.26\nper_day = 1.26\n", 1.26)


def test_an_unknown_price_is_over_every_limit_but_allowed_without_one(path, bill):
    unknown = Bill(bill.plan, tuple(replace(one, usd=None) for one in bill.ordered))
    assert approve(path, unknown)
    with pytest.raises(BudgetError, match="the plan costs"):
        approve(path, unknown, max_cost=1000)


def test_what_was_spent_today_counts_and_what_was_spent_before_does_not(path, bill):
    toml = "[budget]\nper_day = 1.70\n"
    with Ledger.from_store(bill.plan.project.store) as ledger:
        order(ledger, usd=0.3, at=time.time() - 90_000)
        order(ledger, usd=0.5, at=time.time() - 60)
    with pytest.raises(BudgetError, match=r"costs \$1.26 and \$0.50 today, over the \$1.70 of `budget.per_day`"):
        approve(path, bill, toml)
    assert approve(path, bill, "[budget]\nper_day = 1.77\n")
