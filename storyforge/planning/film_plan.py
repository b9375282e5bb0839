"""What a render of a storyboard would do: its clips with their takes, and the film."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from storyforge.compiler.compile import Compilation, Compiled, Uncompiled
from storyforge.compiler.jobs import Planned, Standing, State, total_usd
from storyforge.model.clip import Job
from storyforge.model.dependencies import collect_dependencies
from storyforge.planning.choice import without_lost
from storyforge.planning.film_key import film_fields, film_key, film_names, film_why
from storyforge.planning.reasons import plan_clips
from storyforge.planning.retakes import under_way
from storyforge.providers import find_provider
from storyforge.system.project import find_store, record_name
from storyforge.system.store import Store

if TYPE_CHECKING:
    from storyforge.system.ledger import Ledger


NOTHING = "there is nothing to render from"


@dataclass(frozen=True)
class FilmPlan:
    """What a render would do."""

    planned: tuple[Planned, ...]
    state: State
    """Of the film."""
    why: str
    key: str | None
    """Names the film; None while a take is missing."""
    further: tuple[Planned, ...] = ()
    """Takes of its clips that are to come besides those that it plays."""
    draft: bool = False
    """Whether it is made in small, to be looked at soon."""

    @property
    def waiting(self) -> tuple[Planned, ...]:
        """Clips that would be ordered or drawn, and further takes."""
        return tuple(one for one in (*self.planned, *self.further) if one.state == "render")

    @property
    def missing(self) -> tuple[Planned, ...]:
        """Clips without a take."""
        return tuple(one for one in self.planned if one.state != "cached")

    @property
    def usd(self) -> float | None:
        """What the clips to be rendered cost, the same slate paid once; None where a price is unknown."""
        return total_usd(self.waiting)


def plan_film(compiled: Compilation, collecting: bool = True, draft: bool = False) -> FilmPlan:
    """What a render of the storyboard, or of its draft, would do; reads the store, changes nothing. `collecting` looks
    for further takes that were ordered, too."""
    if isinstance(compiled, Uncompiled):
        return FilmPlan((), "render", NOTHING, None, draft=draft)
    store = Store(find_store(compiled.path))
    compiled = without_lost(compiled, store)
    name = record_name(compiled.path, store)
    record = store.record(name)
    with standings(store) as standing_of:
        planned = plan_clips(compiled, store, record, standing_of)
    here = {one.job.fingerprint for one in planned}
    ordered = under_way(compiled, name, store) if collecting else []
    further = with_standings([one for one in ordered if one.job.fingerprint not in here], store)
    missing = sum(one.state != "cached" for one in planned)
    if missing or not planned:
        why = f"{missing} of {len(planned)} clips have no take yet" if planned else NOTHING
        return FilmPlan(planned, "render", why, None, further, draft)
    key = film_key(compiled, {one.clip.id: one.take or "" for one in planned}, draft)
    if store.film(key):
        return FilmPlan(planned, "cached", "unchanged", key, further, draft)
    last = None if draft else record.get("film")
    return FilmPlan(planned, "render", film_why(film_fields(compiled), last), key, further, draft)


def with_standings(takes: Sequence[Planned], store: Store) -> tuple[Planned, ...]:
    """Further takes with what the ledger says of each."""
    with standings(store) as standing_of:
        stand = [standing_of(take.job) or ("render", "") for take in takes]
    return tuple(
        replace(take, state=state, why=f"take {take.job.take}" + (f", {why}" if why else ""))
        for take, (state, why) in zip(takes, stand, strict=True)
    )


@contextlib.contextmanager
def standings(store: Store) -> Iterator[Callable[[Job], Standing]]:
    """What the ledger says of clips that have no take."""
    path = store.path("ledger.db")
    if not path.is_file():
        yield lambda job: None
        return
    from storyforge.system.ledger import Ledger

    ledger = Ledger(path, readonly=True)
    try:
        yield partial(_standing, ledger)
    finally:
        ledger.close()


def _standing(ledger: Ledger, job: Job) -> Standing:
    from storyforge.model.messages import Recovery
    from storyforge.providers.host import Host

    order, host = ledger.latest(job.fingerprint), find_provider(job.provider, {})
    match order.fate if order and isinstance(host, Host) else None:
        case "sending" if isinstance(host, Host) and host.recovery is Recovery.ASK:
            return "unresolved", "its order was sent and nobody knows whether it was accepted"
        case "sending":
            return "attached", "its order was sent, the answer is still to be had"
        case "sent" | "done" if order:
            return "attached", f"ordered already as {order.number}"
        case "unresolved":
            return "unresolved", "nobody knows whether its order was accepted"
        case "refused" if order:
            return "refused", f"its host refused it: {order.words}"
        case "failed" if order:
            return "render", f"the host failed: {order.words}"
    return None


def select_takes(plan: FilmPlan, only: Sequence[str]) -> tuple[Planned, ...]:
    """Clips without a take that a render of these shots needs, those that they continue included, and their further
    takes; of all shots if none is named."""
    return find_needed(plan, [one.clip.id for one in plan.planned if not only or _shows(one, only)])


def _shows(one: Planned, shots: Sequence[str]) -> bool:
    return any(shot.id in shots for shot in one.clip.shots)


def with_new_names(plan: FilmPlan, compiled: Compiled, store: Store) -> FilmPlan:
    """The plan of a film in which other names stand than are written now: it is put together again from what is here,
    and nothing is encoded."""
    stale = plan.state == "cached" and plan.key and store.film_names(plan.key) != film_names(compiled)
    return replace(plan, state="render", why="names in it changed") if stale else plan


def find_needed(plan: FilmPlan, clips: Sequence[str]) -> tuple[Planned, ...]:
    """What is missing of some clips: their takes and those that they continue, and further takes of them."""
    names = set(collect_dependencies(clips, {one.clip.id: one.clip.after for one in plan.planned}))
    return tuple(one for one in (*plan.missing, *plan.further) if one.clip.id in names)
