"""Asks before money is spent, and keeps to limits."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from storyforge.model.errors import BudgetError
from storyforge.rendering.hosts import find_hosts
from storyforge.reports.plan_text import dollars, plan_text, price_notes

if TYPE_CHECKING:
    from storyforge.compiler.compile import Compiled
    from storyforge.compiler.jobs import Planned
    from storyforge.planning.film_plan import FilmPlan
    from storyforge.system.settings import Settings
    from storyforge.system.store import Store


DAY = 86_400.0


def approve(
    compiled: Compiled,
    film_plan: FilmPlan,
    ordered: tuple[Planned, ...],
    settings: Settings,
    store: Store,
    max_cost: float | None,
    yes: bool,
) -> None:
    """Shows what would be spent and asks; BudgetError where a limit or nobody agrees."""
    from storyforge.compiler.jobs import total_usd

    paying = find_hosts(ordered, settings)
    if not paying:
        return
    click.echo(plan_text(film_plan), err=True)
    for note in price_notes(film_plan.waiting, compiled):
        click.echo(note, err=True)
    total = total_usd([one for one in ordered if one.clip.provider in paying])
    for name, limit, spent in _limits(settings, store, max_cost):
        if limit is not None and (total is None or total + spent > limit):
            before = f" and {dollars(spent)} today" if spent else ""
            raise BudgetError(
                f"the plan costs {dollars(total)}{before}, over the {dollars(limit)} of `{name}`; nothing was sent",
                "raise it, or render fewer clips with `--only`",
            )
    if not yes and not (sys.stdin.isatty() and click.confirm("Spend it?", err=True)):
        raise BudgetError("nobody agreed to spend this; nothing was sent", "look at the plan, then add `--yes`")


def _limits(settings: Settings, store: Store, max_cost: float | None) -> Iterator[tuple[str, float | None, float]]:
    """Limits by name, each with what already counts against it."""
    yield "--max-cost", max_cost, 0.0
    yield "budget.per_run", settings.amount("budget.per_run"), 0.0
    per_day = settings.amount("budget.per_day")
    if per_day is not None and store.path("ledger.db").is_file():
        from storyforge.system.ledger import Ledger

        with contextlib.closing(Ledger(store.path("ledger.db"), readonly=True)) as ledger:
            yield "budget.per_day", per_day, ledger.spent(time.time() - DAY)
    else:
        yield "budget.per_day", per_day, 0.0
