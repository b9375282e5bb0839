"""What a run would cost, and whether it may: limits are kept, and whoever pays has to confirm."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from storyforge.compiler.jobs import Planned, total_usd
from storyforge.model.errors import BudgetError
from storyforge.model.printable import format_usd
from storyforge.planning.film_plan import FilmPlan
from storyforge.planning.orders import Orders
from storyforge.rendering.hosts import find_hosts

if TYPE_CHECKING:
    from storyforge.system.settings import Settings
    from storyforge.system.store import Store

DAY = 86_400.0
"""Seconds of the day that counts for `budget.per_day`: the last 24 hours."""


@dataclass(frozen=True, slots=True)
class Bill:
    """What a run would order, for whoever pays for it."""

    plan: FilmPlan
    """The plan as it should be shown."""
    ordered: tuple[Planned, ...]
    """Clips and further takes that would be ordered and paid for."""

    @property
    def usd(self) -> float | None:
        """What they cost together, the same slate paid once; None where a price is unknown."""
        return total_usd(self.ordered)


def make_bill(film_plan: FilmPlan, ordered: Sequence[Planned], settings: Settings) -> Bill | None:
    """The bill for what a run would render; None where no host is paid for it."""
    paying = find_hosts(tuple(ordered), settings)
    if not paying:
        return None
    return Bill(film_plan, tuple(one for one in ordered if one.clip.provider in paying))


def approve_bill(
    bill: Bill, settings: Settings, store: Store, max_cost: float | None, confirm: Callable[[Bill], bool]
) -> None:
    """Asks `confirm` whether a bill is accepted. BudgetError where it is not, or where a limit would be exceeded, which
    is checked first; a price that is unknown is over every limit."""
    total = bill.usd
    for name, limit, spent in _list_limits(settings, store, max_cost):
        if limit is not None and (total is None or total + spent > limit):
            before = f" and {format_usd(spent)} today" if spent else ""
            over = f"over the {format_usd(limit)} of `{name}`"
            raise BudgetError(
                f"the plan costs {format_usd(total)}{before}, {over}; nothing was sent",
                "raise it, or render fewer clips with `--only`",
            )
    if not confirm(bill):
        raise BudgetError("nobody agreed to spend this; nothing was sent", "look at the plan, then add `--yes`")


def _list_limits(settings: Settings, store: Store, max_cost: float | None) -> Iterator[tuple[str, float | None, float]]:
    """Limits in US dollars by name, each with what already counts against it; None where it is not set."""
    yield "--max-cost", max_cost, 0.0
    yield "budget.per_run", settings.amount("budget.per_run"), 0.0
    per_day = settings.amount("budget.per_day")
    if per_day is not None:
        with Orders(store) as orders:
            yield "budget.per_day", per_day, orders.sum_spent(time.time() - DAY)
