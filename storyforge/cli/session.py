"""A paid run at the command line: consent, keys, the store held, progress told."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from storyforge.cli.options import Console, show_diagnostics
from storyforge.cli.progress import Meter
from storyforge.cli.spend import record_run

if TYPE_CHECKING:
    from storyforge.compiler.compile import Compiled
    from storyforge.compiler.jobs import Planned
    from storyforge.planning.film_plan import FilmPlan
    from storyforge.providers.host import Host
    from storyforge.rendering.dispatcher import Terms
    from storyforge.rendering.run import Outcome
    from storyforge.system.settings import Settings
    from storyforge.system.store import Store


@dataclass(frozen=True, slots=True)
class Flags:
    """What the flags of a run say that may cost money."""

    jobs: int | None
    max_cost: float | None
    yes: bool
    retry: bool
    deadline: float | None
    webhook: str | None


@dataclass(frozen=True)
class Approval:
    """What a run needs that was given leave: its hosts and their keys are there, and who pays agreed to some slates."""

    settings: Settings
    hosts: Mapping[str, Host]
    terms: Terms
    slates: frozenset[str]
    """Fingerprints of what may be ordered."""
    flags: Flags


def prepare_run(
    compiled: Compiled,
    film_plan: FilmPlan,
    needed: Sequence[Planned],
    flags: Flags,
    settings: Settings,
    store: Store,
    console: Console,
) -> Approval | None:
    """Sees to all that must be there before money is spent, and asks who pays; None where findings forbid it."""
    from storyforge.cli.consent import approve
    from storyforge.rendering.hosts import credentials, find_hosts, find_unpublished, make_terms
    from storyforge.system.project import record_name

    settings.number("jobs", 1, flags.jobs)
    if found := find_unpublished(compiled, tuple(needed), settings):
        show_diagnostics(found, compiled, console)
        return None
    hosts = find_hosts(tuple(needed), settings)
    root = compiled.pictures.root
    terms = make_terms(settings, record_name(compiled.path, store), root, flags.deadline, flags.retry)
    ordered = tuple(one for one in needed if one.state == "render")
    approve(compiled, film_plan, ordered, settings, store, flags.max_cost, flags.yes)
    credentials(hosts, settings)
    if terms.publisher and any(host.pictures == "address" for host in hosts.values()):
        terms.publisher.ready()
    return Approval(settings, hosts, terms, frozenset(one.job.fingerprint for one in ordered), flags)


@contextlib.contextmanager
def hold_unchanged(compiled: Compiled, store: Store) -> Iterator[None]:
    """Holds the store; UsageError where the lock is no longer the one that the storyboard was compiled with."""
    from storyforge.model.errors import UsageError
    from storyforge.system.lock import lock_path, read_lock

    with store.held():
        if read_lock(lock_path(compiled.path))[0] != compiled.lock:
            raise UsageError(f"{lock_path(compiled.path).name} was changed meanwhile", "run again")
        yield


def perform_render(
    compiled: Compiled,
    film_plan: FilmPlan,
    needed: Sequence[Planned],
    approval: Approval,
    store: Store,
    console: Console,
    **how: Any,
) -> Outcome:
    """Renders a plan as far as leave was given, tells of it and keeps it in the history; UsageError where it has become
    more than that. `how` is for `render_film`."""
    import asyncio
    import os

    from storyforge.model.errors import UsageError
    from storyforge.rendering.hosts import rendering
    from storyforge.rendering.run import render_film

    if any(one.state == "render" and one.job.fingerprint not in approval.slates for one in needed):
        raise UsageError("what is to be rendered has changed meanwhile; nothing was sent", "run again")
    settings, flags = approval.settings, approval.flags

    async def rendered(meter: Meter, run: int | None) -> Outcome:
        terms = replace(approval.terms, run=run)
        async with rendering(approval.hosts, settings, store, terms, meter.note, flags.webhook) as (execute, kept):
            return await render_film(
                compiled,
                film_plan,
                store,
                meter,
                execute,
                at_once=settings.number("jobs", os.cpu_count() or 1, flags.jobs),
                hosts_at_once=settings.number("jobs", 1000, flags.jobs),
                kept=kept,
                **how,
            )

    with Meter(console) as meter, record_run(store, compiled.path, film_plan, needed, meter.note) as recording:
        outcome = asyncio.run(rendered(meter, recording.run))
        recording.outcome = "failed" if outcome.failures else "done"
    return outcome
