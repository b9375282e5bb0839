"""Renders further takes of a clip and chooses the last, on the same way to money as a render."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from storyforge.compiler.compile import Compilation, Compiled
from storyforge.compiler.jobs import Planned
from storyforge.model.diagnostics import Diagnostic
from storyforge.planning.choice import settle_choices
from storyforge.planning.clips import find_clip, find_followers
from storyforge.planning.film_plan import FilmPlan, find_needed, plan_film, with_standings
from storyforge.planning.lock_update import Chosen, choose_last, hold_unchanged
from storyforge.planning.orders import Orders
from storyforge.planning.retakes import next_takes
from storyforge.rendering.hosts import with_retries
from storyforge.rendering.render import inspect_plan
from storyforge.rendering.run import Extent, Outcome
from storyforge.rendering.session import Callbacks, RunOptions, perform_render, prepare_run


@dataclass(frozen=True, slots=True)
class Retaken:
    """How a retake ended."""

    clip: str
    """Its id."""
    before: FilmPlan
    """The film's plan, with the further takes, before any was rendered."""
    after: FilmPlan
    """The film's plan after the choice."""
    outcome: Outcome
    chosen: Chosen | None
    """What the lock says of the clip now; None where no take came."""
    findings: tuple[Diagnostic, ...]
    """What the inspection of the takes found."""

    @property
    def followers(self) -> list[Planned]:
        """Clips that are to be rendered now, or need it no more, since another take was chosen."""
        return find_followers(self.before, self.after, (self.clip,))


def retake_clip(
    compiled: Compiled,
    clip: str,
    count: int,
    options: RunOptions,
    callbacks: Callbacks,
    reopen: Callable[[], Compilation],
) -> Retaken:
    """Renders `count` further takes of a clip, named by its id, and chooses the last; takes that an earlier run ordered
    count. `reopen` compiles the storyboard again, after the choice.

    What costs money is confirmed first. Raises UsageError for a name that no clip has, and what `render_plan` raises.
    """
    name = find_clip(compiled, clip).clip.id
    with Orders(compiled.project.store) as orders:
        plan, _, takes = plan_takes(compiled, name, count, orders, options.retry)
    shown = replace(plan, planned=tuple(take for take in takes if take not in plan.further))
    approval = prepare_run(shown, takes, options, callbacks)
    with hold_unchanged(compiled) as orders:
        # Planned again, now that nobody else writes: another run may have rendered some of it while a person was asked.
        plan, one, takes = plan_takes(compiled, name, count, orders, options.retry)
        outcome = perform_render(plan, takes, approval, orders, callbacks, Extent(takes=takes))
        chosen = choose_last(compiled, one, takes, orders)
        after = plan_film(reopen(), orders=orders)
        findings = inspect_plan(plan, outcome, None)
    return Retaken(name, plan, after, outcome, chosen, findings)


def plan_takes(
    compiled: Compiled, clip: str, count: int, orders: Orders, retry: bool
) -> tuple[FilmPlan, Planned, list[Planned]]:
    """The film with the further takes of a clip that are to come; the clip; and those takes with all that they need."""
    (one,) = (one for one in settle_choices(compiled, orders).planned if one.clip.id == clip)
    takes = next_takes(compiled, one, count, orders)
    further = [take for take in takes if take.job.fingerprint != one.job.fingerprint]
    whole = plan_film(compiled, collecting=False, orders=orders)
    plan = replace(whole, further=with_standings(further, orders))
    wanted = {take.job.fingerprint for take in takes}
    plan = with_retries(plan) if retry else plan
    # Where the take that the lock chose is lost, a retake is not asked for that.
    due = [each for each in find_needed(plan, [clip]) if each.clip.id != clip or each.job.fingerprint in wanted]
    return plan, one, due
