"""What a render of a storyboard would do: its clips with their takes, and the film."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from storyforge.compiler.compile import Compilation, Compiled, Uncompiled
from storyforge.compiler.jobs import Planned, State, total_usd
from storyforge.model.dependencies import collect_dependencies
from storyforge.model.errors import StoryboardError
from storyforge.planning.choice import settle_choices
from storyforge.planning.film_key import film_fields, film_key, film_names, film_why
from storyforge.planning.orders import Orders, share_orders
from storyforge.planning.reasons import plan_clips
from storyforge.planning.retakes import under_way
from storyforge.system.project import Project

NOTHING = "there is nothing to render from"


@dataclass(frozen=True)
class FilmPlan:
    """What a render would do."""

    compilation: Compilation = field(repr=False, compare=False)
    """What it is a plan of; a file that holds no storyboard has a plan without clips."""
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
    live_prices: Mapping[str, float] = field(default_factory=dict)
    """What hosts themselves ask, in US dollars, by the fingerprint of the slate; its clips cost that."""

    @property
    def compiled(self) -> Compiled:
        """The storyboard that it is a plan of. Raises StoryboardError if the file holds none."""
        if isinstance(self.compilation, Uncompiled):
            raise StoryboardError(self.compilation.diagnostics)
        return self.compilation

    @property
    def project(self) -> Project:
        """The project that its storyboard is part of."""
        return self.compilation.project

    @property
    def waiting(self) -> tuple[Planned, ...]:
        """Clips that would be ordered or drawn, and further takes; none that cannot be ordered."""
        faulty = frozenset() if isinstance(self.compilation, Uncompiled) else self.compilation.faulty
        clips = (one for one in self.planned if one.clip.id not in faulty)
        return tuple(one for one in (*clips, *self.further) if one.state == "render")

    @property
    def missing(self) -> tuple[Planned, ...]:
        """Clips without a take."""
        return tuple(one for one in self.planned if one.state != "cached")

    @property
    def usd(self) -> float | None:
        """What the clips to be rendered cost, the same slate paid once; None where a price is unknown."""
        return total_usd(self.waiting)

    def _repr_html_(self) -> str:
        """The plan as a notebook shows it: a table with a row for each clip."""
        from storyforge.planning.notebook import plan_html

        return plan_html(self)


def plan_film(
    compiled: Compilation, collecting: bool = True, draft: bool = False, orders: Orders | None = None
) -> FilmPlan:
    """What a render of the storyboard, or of its draft, would do; reads the store, changes nothing. `collecting` looks
    for further takes that were ordered, too. `orders` are those of its store, where somebody reads them already."""
    if isinstance(compiled, Uncompiled):
        return FilmPlan(compiled, (), "render", NOTHING, None, draft=draft)
    with share_orders(compiled.project.store, orders) as shared:
        return _plan_film(compiled, shared, collecting, draft)


def _plan_film(compiled: Compiled, orders: Orders, collecting: bool, draft: bool) -> FilmPlan:
    given, compiled = compiled, settle_choices(compiled, orders)
    store = compiled.project.store
    record = store.record(compiled.project.record_name)
    planned = plan_clips(compiled, record, orders.find_standing)
    # A further take that the lock chose is planned with its clip, and is not listed twice.
    here = {one.job.fingerprint for one in planned}
    ordered = under_way(compiled, orders) if collecting else []
    further = with_standings([one for one in ordered if one.job.fingerprint not in here], orders)
    missing = sum(one.state != "cached" for one in planned)
    if missing or not planned:
        why = f"{missing} of {len(planned)} clips have no take yet" if planned else NOTHING
        return FilmPlan(given, planned, "render", why, None, further, draft)
    key = film_key(compiled, {one.clip.id: one.take or "" for one in planned}, draft)
    if store.film(key):
        return FilmPlan(given, planned, "cached", "unchanged", key, further, draft)
    # The record is of the film itself, so it says nothing of what changed in a draft.
    last = None if draft else record.get("film")
    return FilmPlan(given, planned, "render", film_why(film_fields(compiled), last), key, further, draft)


def plan_repacked(compiled: Compilation) -> FilmPlan | None:
    """The plan of the film as it would be packed if nothing were paid for; None where that is no cheaper."""
    if isinstance(compiled, Uncompiled) or not compiled.repacked:
        return None
    return plan_film(replace(compiled, planned=compiled.repacked))


def with_standings(takes: Sequence[Planned], orders: Orders) -> tuple[Planned, ...]:
    """Further takes with what the ledger says of each."""
    stand = [orders.find_standing(take.job) or ("render", "") for take in takes]
    return tuple(
        replace(take, state=state, why=f"take {take.job.take}" + (f", {why}" if why else ""))
        for take, (state, why) in zip(takes, stand, strict=True)
    )


def with_live_prices(film_plan: FilmPlan, prices: Mapping[str, float]) -> FilmPlan:
    """The plan in which slates cost what hosts ask, in US dollars by fingerprint, and others what they did."""

    def priced(ones: Sequence[Planned]) -> tuple[Planned, ...]:
        return tuple(replace(one, usd=prices.get(one.job.fingerprint, one.usd)) for one in ones)

    return replace(film_plan, planned=priced(film_plan.planned), further=priced(film_plan.further), live_prices=prices)


def select_takes(film_plan: FilmPlan, only: Sequence[str]) -> tuple[Planned, ...]:
    """Clips without a take that a render of these shots needs, those that they continue included, and their further
    takes; of all shots if none is named."""
    return find_needed(film_plan, [one.clip.id for one in film_plan.planned if not only or _shows(one, only)])


def _shows(one: Planned, shots: Sequence[str]) -> bool:
    return any(shot.id in shots for shot in one.clip.shots)


def with_new_names(film_plan: FilmPlan) -> FilmPlan:
    """The plan of a film in which other names stand than are written now: it is put together again from what is here,
    and nothing is encoded."""
    if film_plan.state != "cached" or not film_plan.key:
        return film_plan
    # Names are no part of a film's key: for a new title nothing should be encoded again.
    there = film_plan.project.store.film_names(film_plan.key)
    stale = there != film_names(film_plan.compiled)
    return replace(film_plan, state="render", why="names in it changed") if stale else film_plan


def find_needed(film_plan: FilmPlan, clips: Sequence[str]) -> tuple[Planned, ...]:
    """What is missing of some clips: their takes and those that they continue, and further takes of them."""
    names = set(collect_dependencies(clips, {one.clip.id: one.clip.after for one in film_plan.planned}))
    return tuple(one for one in (*film_plan.missing, *film_plan.further) if one.clip.id in names)
