"""Limits are checked before anybody is asked, and a price that is unknown is over every limit."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

import pytest
from orders import order
from projects import project

from storyforge.compiler.compile import compile_loaded, load_file
from storyforge.model.errors import BudgetError, UsageError
from storyforge.model.messages import Request
from storyforge.planning.film_plan import plan_film
from storyforge.providers.runware import Runware
from storyforge.rendering.budget import Budget, Limit, approve_bill, make_bill, make_budget
from storyforge.rendering.hosts import rendering
from storyforge.rendering.terms import Terms
from storyforge.system.journal import Journal, JournalError
from storyforge.system.ledger import Intent, Ledger
from storyforge.system.project import Project
from storyforge.system.store import Store


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
    asked = []
    budget = make_budget(planned(path, "runware", toml).project, max_cost)
    approve_bill(bill, budget, lambda given: asked.append(given) or answer)
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
    unknown = replace(bill, ordered=tuple(replace(one, usd=None) for one in bill.ordered))
    assert approve(path, unknown)
    with pytest.raises(BudgetError, match="nobody states what this costs; it may pass the"):
        approve(path, unknown, max_cost=1000)


def test_what_was_spent_today_counts_and_what_was_spent_before_does_not(path, bill):
    toml = "[budget]\nper_day = 1.70\n"
    with Ledger.from_store(bill.plan.project.store) as ledger:
        order(ledger, usd=0.3, at=time.time() - 90_000)
        order(ledger, usd=0.5, at=time.time() - 60)
    with pytest.raises(BudgetError, match=r"costs \$1.26 and \$0.50 today, over the \$1.70 of `budget.per_day`"):
        approve(path, bill, toml)
    assert approve(path, bill, "[budget]\nper_day = 1.77\n")


def test_the_question_is_for_what_is_ordered_now(path):
    plan = planned(path, "runware")
    bill = make_bill(plan, plan.waiting[:1])
    assert bill.question == "Spend $0.42 at Runware for 1 clip?"
    unpriced = replace(bill, ordered=tuple(replace(one, usd=None) for one in plan.waiting))
    assert unpriced.question == "Spend a price that nobody states at Runware for 3 clips?"


def test_what_has_no_price_passes_a_limit_only_if_that_is_asked_for_and_counts_with_what_is_known(path, bill):
    first, *rest = bill.ordered
    unpriced = replace(bill, ordered=(replace(first, usd=None), *rest))
    mine = Project(path, {})
    make_budget(mine, 0.84, allow_unpriced=True).check_bill(unpriced, time.time())
    with pytest.raises(BudgetError, match=r"over the \$0.83"):
        make_budget(mine, 0.83, allow_unpriced=True).check_bill(unpriced, time.time())
    with pytest.raises(UsageError, match="--allow-unpriced"):
        make_budget(mine, None, allow_unpriced=True)


@pytest.mark.parametrize("usd", [float("nan"), float("inf"), -1.0])
def test_a_limit_that_is_no_number_is_no_limit_but_a_mistake(path, usd):
    with pytest.raises(UsageError, match="not a number from 0"):
        make_budget(Project(path, {}), usd)
    with pytest.raises(UsageError, match=r"budget\.per_run"):
        make_budget(planned(path, "runware", "[budget]\nper_run = true\n").project, None)


def intend(fingerprint, run=None):
    return Intent(
        fingerprint, "runware", "model", "wait", "ferry", Request("POST", "https://a", {}), 3, 0.42, 1, {}, run
    )


def ordered(budget, ledger, fingerprint, now):
    """An order that is written down, if the budget allows it."""
    with budget.allow("wait", 0.42, ledger, now):
        return ledger.plan(intend(fingerprint), now)


def test_a_users_day_counts_all_projects_and_a_projects_day_its_own(tmp_path):
    journal = Journal(tmp_path / "data" / "orders.db")
    stores = [Store(tmp_path / name / ".storyforge") for name in ("one", "two", "three")]
    now = 1_000_000.0
    for store in stores[:2]:
        with Ledger.from_store(store) as ledger:
            ordered(Budget(store, [Limit("budget.per_day", 0.9, "user")], journal=journal), ledger, "f1", now)
    with Ledger.from_store(stores[2]) as ledger:
        mine = Budget(stores[2], [Limit("budget.per_day", 0.9, "user")], journal=journal)
        with pytest.raises(BudgetError, match=r"costs \$0.42 and \$0.84 today, over the \$0.90"):
            ordered(mine, ledger, "f1", now)
        assert ledger.orders() == []
        ordered(Budget(stores[2], [Limit("budget.per_day", 0.5, "project")], journal=journal), ledger, "f1", now)
        ordered(mine, ledger, "f2", now + 86_401)


def test_a_run_is_held_to_its_limit_at_every_order_and_what_failed_counts_until_its_bill_is_known(tmp_path):
    store, now = Store(tmp_path / ".storyforge"), 1_000_000.0
    with Ledger.from_store(store) as ledger:
        old = ledger.plan(intend("f0"), now)
        budget = Budget(store, [Limit("--max-cost", 0.84, "run")], journal=Journal(tmp_path / "orders.db"))
        failed = ordered(budget, ledger, "f1", now)
        ledger.mark_sent(failed, "job-1")
        ledger.mark_ended(failed, "failed", now)
        second = ordered(budget, ledger, "f1", now)
        with pytest.raises(BudgetError, match=r"costs \$0.42 and \$0.84 in this run, over the \$0.84 of `--max-cost`"):
            ordered(budget, ledger, "f1", now)
        ledger.mark_sent(second, "job-2")
        ledger.mark_ended(second, "failed", now, usd=0.0)
        assert ordered(budget, ledger, "f1", now)
        assert old.id == 1


def test_how_orders_came_out_is_told_to_other_projects(tmp_path):
    journal, now = Journal(tmp_path / "orders.db"), 1_000_000.0
    store = Store(tmp_path / "one" / ".storyforge")
    with Ledger.from_store(store) as ledger:
        budget = Budget(store, [], journal=journal)
        order = ordered(budget, ledger, "f1", now)
        ledger.mark_ended(order, "refused", now)
        with journal.hold() as held:
            assert held.sum_others(tmp_path, 0.0) == 0.42
        budget.close(ledger, now)
        with journal.hold() as held:
            assert held.sum_others(tmp_path, 0.0) == 0.0


def test_other_projects_hear_of_a_run_that_was_stopped_too(path, tmp_path):
    journal, now = Journal(tmp_path / "orders.db"), time.time()
    film = Project(path, {"RUNWARE_API_KEY": "a-key-of-nobody"})

    async def stop(ledger):
        terms = Terms("film", budget=Budget(film.store, [], journal=journal))
        async with rendering({"runware": Runware()}, film.settings, lambda: ledger, terms, print, None):
            ledger.mark_ended(ordered(terms.budget, ledger, "f1", now), "refused", now)
            raise KeyboardInterrupt

    with Ledger.from_store(film.store) as ledger, pytest.raises(KeyboardInterrupt):
        asyncio.run(stop(ledger))
    with journal.hold() as held:
        assert held.sum_others(tmp_path, 0.0) == 0.0


def test_a_journal_that_cannot_be_written_matters_only_to_whom_it_counts_for(tmp_path):
    (tmp_path / "data").write_text("a file where a folder should be", encoding="utf-8")
    journal = Journal(tmp_path / "data" / "orders.db")
    store = Store(tmp_path / ".storyforge")
    with Ledger.from_store(store) as ledger:
        assert ordered(Budget(store, [Limit("--max-cost", 1.0, "run")], journal=journal), ledger, "f1", 1.0)
        with pytest.raises(JournalError, match="cannot be read"):
            ordered(Budget(store, [Limit("budget.per_day", 9.0, "user")], journal=journal), ledger, "f2", 1.0)


def test_of_several_limits_all_hold_and_the_users_day_is_over_all_projects(path, tmp_path, monkeypatch):
    user = tmp_path / "config" / "storyforge"
    user.mkdir(parents=True)
    (user / "storyforge.toml").write_text("[budget]\nper_day = 2\nper_run = 3\n", encoding="utf-8")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    (path.parent / ".env").write_text("STORYFORGE_BUDGET_PER_DAY=7\n", encoding="utf-8")
    (path.parent / "storyforge.toml").write_text("[budget]\nper_day = 20\nper_run = 1\n", encoding="utf-8")
    budget = make_budget(Project(path, {"STORYFORGE_BUDGET_PER_DAY": "5"}), 4.0)
    assert [(limit.name, limit.usd, limit.span) for limit in budget.limits] == [
        ("budget.per_run", 1.0, "run"),
        ("budget.per_day", 2.0, "user"),
        ("budget.per_run", 3.0, "run"),
        ("--max-cost", 4.0, "run"),
        ("budget.per_day", 5.0, "user"),
        ("budget.per_day", 7.0, "project"),
        ("budget.per_day", 20.0, "project"),
    ]


def test_what_was_ordered_at_an_emulator_is_in_no_real_budget_and_in_no_journal(tmp_path):
    journal, now = Journal(tmp_path / "orders.db"), 1_000_000.0
    store = Store(tmp_path / ".storyforge")
    day = [Limit("budget.per_day", 0.5, "user")]
    with Ledger.from_store(store) as ledger:
        budget = Budget(store, day, journal=journal)
        with budget.allow("wait", 0.42, ledger, now, local=True):
            order = ledger.plan(intend("f1"), now)
        ledger.mark_emulated(order)
        budget.close(ledger, now)
        with journal.hold() as held:
            assert held.sum_others(tmp_path, 0.0) == 0.0
        # Limits hold at the emulator as they would elsewhere, so that they can be tried out.
        with pytest.raises(BudgetError, match=r"and \$0.42 today"), budget.allow("wait", 0.42, ledger, now, local=True):
            pass
        assert ordered(Budget(store, day, journal=journal), ledger, "f2", now)


@pytest.mark.parametrize(("address", "refused"), [("http://127.0.0.1:1/v1", True), ("https://eu.example/v1", False)])
def test_a_bill_is_held_to_a_budget_that_emulated_orders_have_used_up_on_this_machine_alone(
    path, tmp_path, monkeypatch, address, refused
):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    plan = plan_film(compile_loaded(load_file(Project(path, {"RUNWARE_BASE_URL": address})), "runware"))
    with Ledger.from_store(plan.project.store) as ledger:
        ledger.mark_emulated(ledger.plan(intend("f1"), time.time()))
    budget = Budget(plan.project.store, [Limit("budget.per_day", 1.3, "project")])
    bill = make_bill(plan, plan.waiting)
    if refused:
        with pytest.raises(BudgetError, match=r"and \$0.42 today"):
            budget.check_bill(bill, time.time())
    else:
        budget.check_bill(bill, time.time())
