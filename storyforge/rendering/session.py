"""A run that may cost money: what must be there before it, its confirmation, the held store, its row in the history.

Nothing here prints or asks: the caller gives callbacks.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from storyforge.compiler.jobs import Planned
from storyforge.model.errors import StoryboardError, UsageError
from storyforge.model.progress import Progress, Silent
from storyforge.planning.film_plan import FilmPlan
from storyforge.rendering.budget import Bill, approve_bill, make_bill, make_budget
from storyforge.rendering.history import Recording, record_run
from storyforge.rendering.hosts import credentials, find_hosts, find_unpublished, make_terms, rendering
from storyforge.rendering.run import Extent, Outcome, render_film
from storyforge.rendering.stop import Stop

if TYPE_CHECKING:
    from storyforge.planning.orders import Orders
    from storyforge.providers.host import Host
    from storyforge.rendering.terms import Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """What a run is asked for, over the settings. None leaves it to these, or to the default."""

    jobs: int | None = None
    """Steps at a time."""
    max_cost: float | None = None
    """US dollars over which nothing is ordered."""
    allow_unpriced: bool = False
    """Whether limits let pass what has no price; needs `max_cost`."""
    retry: bool = False
    """Whether what a host refused is ordered again."""
    deadline: float | None = None
    """Seconds that the run waits for one job at a host."""
    webhook: str | None = None
    """Address at which hosts reach this run when a job ends."""


def refuse(bill: Bill) -> bool:
    """Confirms nothing: the answer where nobody can be asked."""
    return False


def ignore(given: object) -> None:
    """Does nothing with what it is given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Callbacks:
    """What a run calls to ask and to report. By default nothing is confirmed and nothing is shown."""

    confirm: Callable[[Bill], bool] = refuse
    """Whether a bill is accepted. Asked only where something costs money and no limit forbids it."""
    announce: Callable[[Bill], None] = ignore
    """Gets the bill before limits are checked and `confirm` is asked."""
    progress: Progress = field(default_factory=Silent)
    """Gets the events of the run's steps."""
    note: Callable[[str], None] = ignore
    """Gets what a person should know at once, a sentence at a time."""
    stop: Stop = field(default_factory=Stop)
    """By which the run can be stopped from another thread."""


@dataclass(frozen=True)
class Approval:
    """What a run needs that was confirmed: its hosts and their keys are there, and some slates may be ordered."""

    hosts: Mapping[str, Host]
    terms: Terms
    slates: frozenset[str]
    """Fingerprints of what may be ordered."""
    options: RunOptions


def prepare_run(film_plan: FilmPlan, needed: Sequence[Planned], options: RunOptions, callbacks: Callbacks) -> Approval:
    """Checks all that must be there before money is spent, and asks for the confirmation.

    StoryboardError where a host cannot have a clip's pictures, BudgetError where a limit or nobody agrees,
    CredentialsError where a key is missing, UsageError for wrong settings.
    """
    settings = film_plan.project.settings
    # Only to see that it is a number before anybody is asked for money.
    settings.number("jobs", 1, options.jobs)
    if found := find_unpublished(film_plan.compiled, tuple(needed)):
        raise StoryboardError(found)
    hosts = find_hosts(tuple(needed), settings)
    terms = make_terms(film_plan.project, options.deadline, options.retry)
    ordered = tuple(one for one in needed if one.state == "render")
    budget = make_budget(film_plan.project, options.max_cost, options.allow_unpriced)
    if bill := make_bill(film_plan, needed):
        callbacks.announce(bill)
        approve_bill(bill, budget, callbacks.confirm)
    credentials(hosts, settings)
    if terms.publisher and any(host.pictures == "address" for host in hosts.values()):
        terms.publisher.ready()
    slates = frozenset(one.job.fingerprint for one in ordered)
    return Approval(hosts, replace(terms, budget=budget), slates, options)


def perform_render(
    film_plan: FilmPlan,
    needed: Sequence[Planned],
    approval: Approval,
    orders: Orders,
    callbacks: Callbacks,
    extent: Extent,
) -> Outcome:
    """Renders a plan as far as that was approved, and keeps it in the history; UsageError where it has become more than
    that. Must not be called where an event loop runs."""
    # Nothing is ordered that the person who pays did not see in the bill.
    if any(one.state == "render" and one.job.fingerprint not in approval.slates for one in needed):
        raise UsageError("what is to be rendered has changed meanwhile; nothing was sent", "run again")
    settings, options, note = film_plan.project.settings, approval.options, callbacks.note
    at_once = settings.number("jobs", os.cpu_count() or 1, options.jobs)
    extent = replace(extent, at_once=at_once, hosts_at_once=settings.number("jobs", 1000, options.jobs))

    async def rendered(recording: Recording) -> Outcome:
        terms = replace(
            approval.terms,
            run=recording.run,
            prices={one.job.fingerprint: one.usd for one in needed},
            wanted=frozenset(one.job.fingerprint for one in (*film_plan.planned, *film_plan.further)),
            answers=film_plan.project.store.path("answers"),
        )
        ledger = recording.open_ledger
        async with rendering(approval.hosts, settings, ledger, terms, note, options.webhook) as (execute, kept):
            return await render_film(film_plan, callbacks.progress, execute, kept, extent, orders)

    with record_run(film_plan, needed, note) as recording:
        outcome = callbacks.stop.run(rendered(recording))
        recording.outcome = "failed" if outcome.failures else "done"
    return outcome
