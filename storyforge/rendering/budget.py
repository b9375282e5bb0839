"""What a run would cost, and whether it may: limits are kept, and the person who pays has to confirm.

Limits are looked at twice: when the whole bill is shown, and again at the moment of each order. By then other runs may
have spent something, and an order of this run may have failed and be made once more.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from storyforge.compiler.jobs import Planned, total_usd
from storyforge.model.errors import BudgetError, UsageError
from storyforge.model.printable import format_usd
from storyforge.planning.film_plan import FilmPlan
from storyforge.rendering.hosts import find_hosts
from storyforge.system.journal import Held, Journal, JournalError
from storyforge.system.ledger import Ledger, has_ledger

if TYPE_CHECKING:
    from storyforge.system.project import Project
    from storyforge.system.store import Store

DAY = 86_400.0
"""Seconds of the day that counts for `budget.per_day`: the last 24 hours."""

Span = Literal["run", "project", "user"]
"""What counts against a limit: this run's orders, a day's in this project, or a day's in all projects of the user."""


@dataclass(frozen=True, slots=True)
class Bill:
    """What a run would order, for the person who pays for it."""

    plan: FilmPlan
    """The plan that it is a part of."""
    ordered: tuple[Planned, ...]
    """Clips and further takes that would be ordered and paid for."""
    needed: tuple[Planned, ...]
    """These, and what else of the plan the run would render or collect."""
    hosts: tuple[str, ...]
    """Titles of the hosts that are paid."""

    @property
    def usd(self) -> float | None:
        """What they cost together, the same slate paid once; None where a price is unknown."""
        return total_usd(self.ordered)

    @property
    def known_usd(self) -> float:
        """What those of them cost whose price is known."""
        return sum({one.job.fingerprint: one.usd or 0.0 for one in self.ordered}.values())

    @property
    def question(self) -> str:
        """The question to the person who pays, as `Spend $0.98 at Runware for 1 clip?`."""
        count = len(self.ordered)
        price = "a price that nobody states" if self.usd is None else format_usd(self.usd)
        return f"Spend {price} at {' and '.join(self.hosts)} for {count} clip{'s' * (count > 1)}?"


@dataclass(frozen=True, slots=True)
class Limit:
    """A sum that must not be passed."""

    name: str
    """As it was set."""
    usd: float
    span: Span


@dataclass
class Budget:
    """The limits of one run; without any, all is allowed."""

    store: Store
    limits: Sequence[Limit] = ()
    allow_unpriced: bool = False
    """Whether limits let pass what has no price, and count it as nothing."""
    journal: Journal = field(default_factory=Journal.find)
    _first: int | None = None
    """The last row that the ledger had before this run ordered anything."""

    def check_bill(self, bill: Bill, now: float) -> None:
        """BudgetError if a bill would pass a limit: what real hosts are paid, and by itself what is ordered on this
        machine, where limits are tried out."""
        if not self.limits:
            return
        is_local = bill.plan.project.store.is_local
        with contextlib.ExitStack() as stack:
            ledger = None
            if has_ledger(self.store):
                ledger = stack.enter_context(Ledger.from_store(self.store, readonly=True))
            held = stack.enter_context(self._hold()) if self._has_user_limit else None
            for local in (False, True):
                ordered = tuple(one for one in bill.ordered if is_local(one.clip.provider) == local)
                if ordered:
                    part = replace(bill, ordered=ordered)
                    words = ("the plan costs", "nothing was sent")
                    self._check(part.usd, ledger, held, now, words, local, part.known_usd)

    @contextlib.contextmanager
    def allow(self, clip: str, usd: float | None, ledger: Ledger, now: float, local: bool = False) -> Iterator[None]:
        """Looks at all limits, and holds off the user's other runs while the block writes an order down; BudgetError if
        it would pass a limit. What was ordered at emulators counts where the host is `local`, on this machine."""
        if self._first is None:
            self._first = ledger.last_row()
        with self._hold() as held:
            self._check(usd, ledger, held, now, (f"`{clip}` costs", "it was not ordered"), local)
            yield
            self._copy(ledger, held, now)

    def close(self, ledger: Ledger, now: float) -> None:
        """Tells the user's other projects how the orders of this run came out, as far as that is known."""
        if self._first is not None:
            with self._hold() as held:
                self._copy(ledger, held, now)

    @property
    def _has_user_limit(self) -> bool:
        """Whether what is ordered in other projects counts."""
        return any(limit.span == "user" for limit in self.limits)

    @contextlib.contextmanager
    def _hold(self) -> Iterator[Held | None]:
        """The user's journal; None where it cannot be used and no limit needs it."""
        with contextlib.ExitStack() as stack:
            try:
                held = stack.enter_context(self.journal.hold())
            except JournalError:
                if self._has_user_limit:
                    raise
                held = None
            yield held

    def _copy(self, ledger: Ledger, held: Held | None, now: float) -> None:
        if held:
            held.copy_orders(self.store.folder.resolve(), ledger.list_counted(now - DAY))

    def _check(
        self,
        usd: float | None,
        ledger: Ledger | None,
        held: Held | None,
        now: float,
        words: tuple[str, str],
        local: bool,
        known: float = 0.0,
    ) -> None:
        """BudgetError if a price passes a limit; `words` say what has it, and what follows. `known` is the part of an
        unknown price that is known."""
        what, end = words
        for limit in self.limits:
            if usd is None and not self.allow_unpriced:
                raise BudgetError(
                    f"nobody states what this costs; it may pass the {format_usd(limit.usd)} of `{limit.name}`; {end}",
                    "`--max-cost USD --allow-unpriced` orders what has no price, or leave the limit away",
                )
            spent = self._sum_spent(limit.span, ledger, held, now, local)
            # Sums of prices miss by their last bits, and what is exactly as much as the limit is allowed.
            if (known if usd is None else usd) + spent > limit.usd + 1e-9:
                so_far = (
                    f" and {format_usd(spent)} {'in this run' if limit.span == 'run' else 'today'}" if spent else ""
                )
                raise BudgetError(
                    f"{what} {format_usd(usd)}{so_far}, over the {format_usd(limit.usd)} of `{limit.name}`; {end}",
                    "raise it, or render fewer clips with `--only`",
                )

    def _sum_spent(self, span: Span, ledger: Ledger | None, held: Held | None, now: float, emulated: bool) -> float:
        if span == "run":
            counts = ledger is not None and self._first is not None
            return ledger.sum_counted(after=self._first or 0, emulated=emulated) if ledger and counts else 0.0
        here = ledger.sum_counted(since=now - DAY, emulated=emulated) if ledger else 0.0
        # By the resolved folder: a project that is reached by a link would count once here and once elsewhere.
        elsewhere = held.sum_others(self.store.folder.resolve(), now - DAY) if held and span == "user" else 0.0
        return here + elsewhere


def make_budget(project: Project, max_cost: float | None, allow_unpriced: bool = False) -> Budget:
    """The budget of a run by its flags and the settings: of several limits of one name, all hold.

    A limit a day in the user's own settings counts all projects of that user, one in a project's counts that project.
    UsageError for a limit that is no number, or for `allow_unpriced` without `max_cost`, in US dollars.
    """
    if allow_unpriced and max_cost is None:
        raise UsageError("`--allow-unpriced` needs `--max-cost`", "say how much the rest may cost")
    settings, limits = project.settings, []
    if (most := settings.amount("--max-cost", max_cost)) is not None:
        limits.append(Limit("--max-cost", most, "run"))
    limits += [Limit("budget.per_run", usd, "run") for _, usd in settings.amounts("budget.per_run")]
    limits += [Limit("budget.per_day", usd, whose) for whose, usd in settings.amounts("budget.per_day")]
    # The tightest first, so that the error names the one to raise.
    return Budget(project.store, sorted(limits, key=lambda limit: limit.usd), allow_unpriced)


def make_bill(film_plan: FilmPlan, needed: Sequence[Planned]) -> Bill | None:
    """The bill for what a run needs of a plan; None where no host is paid for it."""
    ordered = tuple(one for one in needed if one.state == "render")
    paying = find_hosts(ordered, film_plan.project.settings)
    if not paying:
        return None
    paid = tuple(one for one in ordered if one.clip.provider in paying)
    return Bill(film_plan, paid, tuple(needed), tuple(host.title for host in paying.values()))


def approve_bill(bill: Bill, budget: Budget, confirm: Callable[[Bill], bool]) -> None:
    """Asks `confirm` whether a bill is accepted. BudgetError where it is not, or where a limit would be passed, which
    is checked first."""
    # Limits first: nobody should agree to a cost and hear only then that it is too much.
    budget.check_bill(bill, time.time())
    if not confirm(bill):
        raise BudgetError("nobody agreed to spend this; nothing was sent", "look at the plan, then add `--yes`")
