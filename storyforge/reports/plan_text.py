"""Shows a plan: as a table for people, as a document for programs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from storyforge.model.printable import format_usd, join_lines

if TYPE_CHECKING:
    from storyforge.compiler.compile import Compilation
    from storyforge.compiler.jobs import Planned
    from storyforge.model.changes import Change
    from storyforge.model.diagnostics import Location
    from storyforge.planning.film_plan import FilmPlan
    from storyforge.providers.base import Provider
    from storyforge.system.git import Blame

Blames = Mapping[tuple[str, int], "Blame"]
"""Who last changed a line, by file and line."""


def find_blames(planned: Sequence[Planned], compiled: Compilation) -> Blames:
    """Who last changed the lines for which clips are rendered again; UsageError outside of git."""
    from storyforge.model.errors import UsageError
    from storyforge.system.git import Repository

    repository = Repository.find(compiled.path)
    if repository is None:
        raise UsageError(f"{compiled.path.name} is in no git repository", "`--blame` asks git who changed a line")
    places = {(place.file, place.line) for one in planned for change in one.changes if (place := change.place)}
    found: dict[tuple[str, int], Blame] = {}
    # git is called once for each file, and not for each line.
    for file in {file for file, _ in places}:
        lines = [line for name, line in places if name == file]
        blamed = repository.blame(compiled.source.path(file), lines)
        found |= {(file, line): blame for line, blame in blamed.items()}
    return found


def plan_text(
    film_plan: FilmPlan, blames: Blames | None = None, whole: bool = True, needed: Sequence[Planned] | None = None
) -> str:
    """The plan as a table: a row a clip (not `whole`: a clip that is not done) and below it what changed, one for each
    further take, one for the film if it has clips, and the total. Given what is `needed` of it, what is not needed and
    not done has no row, and is in no sum."""
    planned = film_plan.planned
    width = max([len(one.clip.id) for one in (*planned, *film_plan.further)] + [len("film")])
    ordered = {one.job.fingerprint for one in film_plan.waiting}
    wanted = None if needed is None else {one.job.fingerprint for one in needed}
    rows = []
    for one in (*planned, *film_plan.further):
        if one.state == "cached" and not whole:
            continue
        if one.state != "cached" and wanted is not None and one.job.fingerprint not in wanted:
            continue
        # What its host cannot take is to be rendered and is not ordered: it has no price.
        cost = format_usd(one.usd) if one.state == "render" and one.job.fingerprint in ordered else "–"
        head = f"{one.state:<10} {one.clip.id:<{width}}  {one.clip.seconds:>2} s  {cost:<13}  "
        first, *more = reasons(one, blames or {})
        rows += [head + first, *(" " * len(head) + reason for reason in more)]
    if planned:
        rows.append(f"{film_plan.state:<10} {'film':<{width}}  {'':<19}  {film_plan.why}")
    return join_lines([*rows, total_text(film_plan, needed)])


def total_text(film_plan: FilmPlan, needed: Sequence[Planned] | None = None) -> str:
    """How many clips and further takes are to be rendered, of all or of what is `needed`, and for how much."""
    from storyforge.compiler.jobs import total_usd

    waiting = [one for one in needed if one.state == "render"] if needed is not None else film_plan.waiting
    further = {one.job.fingerprint for one in film_plan.further}
    takes = sum(one.job.fingerprint in further for one in waiting)
    clips = len(waiting) - takes
    counted = [f"{clips} of {len(film_plan.planned)} clips"] if clips else []
    counted += [f"{takes} further take{'s' * (takes > 1)}"] if takes else []
    if counted:
        return f"{' and '.join(counted)} to render, {format_usd(total_usd(waiting))}"
    loose = film_plan.key and film_plan.state == "render"  # all takes are here
    return "no clip to render; the film is to be stitched" if loose else "nothing to render"


def reasons(one: Planned, blames: Blames) -> list[str]:
    """What changed, each by itself; what else is why follows, and all of it where nothing else is."""
    told = [str(change) for change in one.changes]
    rest = one.why.removeprefix("; ".join(told)).removeprefix("; ")
    shown = [f"{text}{_by(change.place, blames)}" for text, change in zip(told, one.changes, strict=True)]
    # Never empty: the first reason is in the row of its clip.
    return [*shown, *([rest] if rest else [])] or [""]


def _by(place: Location | None, blames: Blames) -> str:
    blame = blames.get((place.file, place.line)) if place else None
    if blame is None:
        return ""
    return f", {blame.author} {blame.date} {blame.commit} {blame.summary}" if blame.committed else ", not committed yet"


def plan_document(film_plan: FilmPlan, compiled: Compilation, blames: Blames | None = None) -> dict[str, Any]:
    """The plan as `plan --format json` prints it."""
    return {
        "storyforge": 1,
        "provider": compiled.provider.name,
        "clips": [_clip(one, compiled, blames or {}) for one in film_plan.planned],
        **({"further": [_further(one) for one in film_plan.further]} if film_plan.further else {}),
        "film": {"state": film_plan.state, "why": film_plan.why},
        "total": {"usd": film_plan.usd, "clips": len(film_plan.waiting)},
    }


def _further(one: Planned) -> dict[str, Any]:
    """A take that is to come besides those that the film plays."""
    return {
        "id": one.clip.id,
        "take": one.job.take,
        "state": one.state,
        "why": one.why,
        "usd": one.usd,
        "seconds_billed": one.clip.seconds,
        "fingerprint": one.job.fingerprint,
    }


def _clip(one: Planned, compiled: Compilation, blames: Blames) -> dict[str, Any]:
    accepted = one.take is not None and one.block is not None and one.block.accepted == one.job.fingerprint
    elsewhere = one.clip.provider != compiled.provider.name or compiled.offers
    return {
        "id": one.clip.id,
        "state": one.state,
        "why": one.why,
        "usd": one.usd,
        "seconds_billed": one.clip.seconds,
        "fingerprint": one.job.fingerprint,
        **({"take": one.take} if one.take else {}),
        **({"accepted": True} if accepted else {}),
        **({"emulated": True} if one.emulated else {}),
        **({"changes": [change_document(change, blames) for change in one.changes]} if one.changes else {}),
        **({"provider": one.clip.provider} if elsewhere else {}),
        **({"offers": dict(compiled.offers[one.clip.id])} if one.clip.id in compiled.offers else {}),
    }


def change_document(change: Change, blames: Blames) -> dict[str, Any]:
    """A change as a plan's document holds it, with who made it."""
    place = change.place
    blame = blames.get((place.file, place.line)) if place else None
    return {
        "path": change.name,
        **({"before": change.before, "after": change.after} if change.known else {}),
        **({"file": place.file, "line": place.line} if place else {}),
        **(
            {"author": blame.author, "date": blame.date, "commit": blame.commit, "summary": blame.summary}
            if blame and blame.committed
            else {}
        ),
    }


def wording_notes(film_plan: FilmPlan) -> list[str]:
    """That takes were worded by an older release, where its sentences were others."""
    worded = [one for one in film_plan.planned if one.worded and one.state == "cached"]
    if not worded:
        return []
    releases = sorted({one.worded for one in worded if one.worded})
    several = len(worded) > 1
    takes = f"{len(worded)} takes" if several else "1 take"
    named = f"release{'s' * (len(releases) > 1)} {' and '.join(releases)}"
    return [f"the wording of {takes} is of {named}; --reword renders {'them' if several else 'it'} again"]


def packing_notes(film_plan: FilmPlan, cheaper: FilmPlan | None) -> list[str]:
    """That the film would be less as `cheaper`, which is packed as if nothing were paid for."""
    if cheaper is None:
        return []
    anew = f"{_clips(cheaper.waiting)} again: {format_usd(cheaper.usd)}" if cheaper.waiting else "nothing"
    return [
        f"packed again, the whole film would be {_packing(cheaper)} instead of {_packing(film_plan)}; "
        f"`--repack` packs so, and renders {anew}"
    ]


def packing_document(cheaper: FilmPlan | None) -> dict[str, Any]:
    """The field of a plan's document that tells of a cheaper packing: its whole, and what of it would be rendered."""
    from storyforge.compiler.jobs import total_usd

    if cheaper is None:
        return {}
    seconds = sum(one.clip.seconds for one in cheaper.planned)
    whole = {"clips": len(cheaper.planned), "seconds_billed": seconds, "usd": total_usd(cheaper.planned)}
    return {"repacked": {**whole, "total": {"usd": cheaper.usd, "clips": len(cheaper.waiting)}}}


def _packing(film_plan: FilmPlan) -> str:
    from storyforge.compiler.jobs import total_usd

    usd = total_usd(film_plan.planned)
    price = f" ({format_usd(usd)})" if usd else ""
    return f"{_clips(film_plan.planned)} of {sum(one.clip.seconds for one in film_plan.planned)} s{price}"


def _clips(planned: Sequence[Planned]) -> str:
    return f"{len(planned)} clip{'s' * (len(planned) > 1)}"


def price_notes(waiting: Sequence[Planned], compiled: Compilation) -> list[str]:
    """Where the prices of the clips to be rendered come from, and which hosts were chosen from which offers."""
    chosen = [
        f"{one.clip.id}: {one.clip.provider}, of {', '.join(f'{name} {format_usd(usd)}' for name, usd in offers)}"
        for one in waiting
        if (offers := compiled.offers.get(one.clip.id))
    ]
    return chosen + price_sources(one.clip.provider for one in waiting)


def price_sources(names: Iterable[str]) -> list[str]:
    """Where the prices of some hosts come from, and when they were read."""
    from storyforge.providers import find_kind

    kinds = [find_kind(name) for name in dict.fromkeys(names)]
    # Only hosts have keys to be set; what is drawn here has no price that wants a source.
    return [_price_note(kind) for kind in kinds if kind and kind.settings]


def _price_note(provider: type[Provider]) -> str:
    if provider.prices is None:
        return f"{provider.title} publishes no price for this model"
    rates: dict[str, Any] = dict(provider.prices.usd)
    told = ", ".join(f"${usd:g} a second at {resolution}" for resolution, usd in rates.items())
    return f"prices of {provider.title}: {told}; from {provider.prices.source}, {provider.prices.date}"
