"""`plan --base`, and plans for a pull request: as a table, a document, a comment, or annotations of GitHub."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from storyforge.model.printable import displayed_folder, format_usd, join_lines
from storyforge.reports.plan_text import Blames, change_document, price_sources, reasons, total_text

if TYPE_CHECKING:
    from storyforge.compiler.compile import Compilation
    from storyforge.compiler.jobs import Planned
    from storyforge.model.diagnostics import Location
    from storyforge.planning.film_plan import FilmPlan
    from storyforge.reports.plan_diff import Comparison, Row

Quoted = Callable[[str], str]
"""How a word out of a storyboard is written among ours."""


@dataclass(frozen=True, slots=True)
class Base:
    """What a storyboard is compared with."""

    rev: str
    """As it was asked for."""
    commit: str
    """Where that and HEAD parted."""


@contextmanager
def fork_point(file: Path, rev: str) -> Iterator[tuple[Base, Path | None]]:
    """The storyboard as it was where a revision and HEAD parted, which is what a pull request changes: in a folder of
    its own, or None where it was not there yet. UsageError outside of git, and where the two share no history."""
    from storyforge.model.errors import UsageError
    from storyforge.reports.checkout import storyboard_at
    from storyforge.system.git import Repository

    repository = Repository.find(file)
    if repository is None:
        raise UsageError(f"`{file.name}` is in no git repository", "`--base` compares with what git has of it")
    base = Base(rev, repository.merge_base(repository.commit(rev), "HEAD"))
    with storyboard_at(file, base.commit) as path:
        yield base, path


def comparison_text(comparison: Comparison, base: Base, blames: Blames) -> str:
    """The comparison as a table: a row a clip, what changed below it, then sums and where they come from."""
    width = max((len(row.clip.id) for row in comparison.rows), default=0)
    costs = [" → ".join(dict.fromkeys(_costs(row))) for row in comparison.rows]
    wide = max(map(len, costs), default=0)
    lines = []
    for row, cost in zip(comparison.rows, costs, strict=True):
        pay = "to pay" if row.unpaid else ""
        head = f"{row.state:<8}  {row.clip.id:<{width}}  {row.clip.seconds:>2} s  {cost:<{wide}}  {pay:<6}  "
        first, *more = _why(row, blames)
        lines += [head + first, *(" " * len(head) + reason for reason in more)]
    return join_lines([*lines, headline(comparison), *_notes(comparison, base, str)])


def comparison_document(comparison: Comparison, base: Base, blames: Blames) -> dict[str, Any]:
    """The comparison as `plan --base REV --format json` prints it. `total` is what this change orders, `unpaid` all
    clips of which the lock names no take."""
    now, before = comparison.now, comparison.before
    unpaid = [*comparison.ordered, *comparison.left]
    return {
        "storyforge": 1,
        "provider": now.provider.name,
        "base": {"rev": base.rev, "commit": base.commit},
        "clips": [_clip(row, blames) for row in comparison.rows],
        "film": {
            "before": before and {"seconds": before.timeline.seconds, "usd": before.usd},
            "seconds": now.timeline.seconds,
            "usd": now.usd,
            "changes": list(comparison.film),
        },
        "total": _sum(comparison.ordered),
        "unpaid": _sum(unpaid),
        "prices": list(_prices(comparison)),
    }


def comparison_comment(comparison: Comparison, base: Base, blames: Blames) -> str:
    """The comparison as a comment on a pull request."""
    from storyforge.reports.pr_comment import Comment, Entry, code, comment_text

    now = comparison.now
    # A clip that is kept and plays another take is none of these: its film changes, so it has a row.
    still = [row for row in comparison.rows if row.state == "kept" and row.now and row.now.why == "unchanged"]
    entries = [
        Entry(
            row.clip.id,
            row.state,
            tuple(_why(row, blames)),
            (str(row.clip.seconds), *_costs(row), format_usd(row.now.usd) if row.now and row.unpaid else "–"),
        )
        for row in comparison.rows
        if row not in still
    ]
    return comment_text(
        Comment(
            file=_place(now.path),
            title=_title(now),
            headline=_bold(headline(comparison)),
            columns=("Seconds", "Before", "Now", "To pay"),
            entries=tuple(entries),
            findings=_findings(now),
            kept=tuple(row.clip.id for row in still),
            notes=tuple(_sentence(note) for note in _notes(comparison, base, code)),
            unchanged=comparison.unchanged and not now.broken,
        )
    )


def comparison_annotations(comparison: Comparison, base: Base) -> str:
    """The comparison as annotations of a GitHub workflow: its sums, then each changed place with the clips that change
    there, the dearest first, for GitHub shows ten and drops the rest."""
    said = [headline(comparison), *_notes(comparison, base, str)]
    changed = [row.now for row in comparison.rows if row.now and row.state != "kept"]
    return _annotations(said, changed, comparison.ordered, comparison.now)


def plan_comment(film_plan: FilmPlan, compiled: Compilation, blames: Blames, notes: Sequence[str]) -> str:
    """A plan without a base as a comment; `notes` hold no word of the storyboard."""
    from storyforge.reports.pr_comment import Comment, Entry, comment_text

    entries = [
        Entry(
            one.clip.id,
            one.state,
            tuple(reasons(one, blames)),
            (str(one.clip.seconds), format_usd(one.usd) if one.state == "render" else "–"),
        )
        for one in (*film_plan.missing, *film_plan.further)
    ]
    return comment_text(
        Comment(
            file=_place(compiled.path),
            title=_title(compiled),
            headline=_bold(total_text(film_plan)),
            columns=("Seconds", "To pay"),
            entries=tuple(entries),
            findings=_findings(compiled),
            kept=tuple(one.clip.id for one in film_plan.planned if one.state == "cached"),
            notes=tuple(_sentence(note) for note in (*notes, *_sources(film_plan.waiting))),
            unchanged=not (film_plan.missing or film_plan.further or compiled.broken),
        )
    )


def plan_annotations(film_plan: FilmPlan, compiled: Compilation, notes: Sequence[str]) -> str:
    """A plan without a base as annotations of a GitHub workflow."""
    said = [total_text(film_plan), *notes, *_sources(film_plan.waiting)]
    return _annotations(said, (*film_plan.missing, *film_plan.further), film_plan.waiting, compiled)


def headline(comparison: Comparison) -> str:
    """What a change orders, and what that makes of the film's cost."""
    from storyforge.compiler.compile import Compiled

    now, before = comparison.now, comparison.before
    if comparison.unchanged:
        return "nothing changes in this film"
    film = cost(now.planned)
    if not isinstance(before, Compiled):
        whole = f"the film costs {film}"
    elif (was := cost(before.planned)) == film:
        whole = f"the film costs {film} as before"
    else:
        whole = f"the film goes from {was} to {film}"
    return f"{_to_render(comparison.ordered, len(now.planned))}; {whole}"


def cost(planned: Sequence[Planned]) -> str:
    """What some clips cost, and of how many of them no price is known."""
    from storyforge.compiler.jobs import total_usd

    priced = [one for one in planned if one.usd is not None]
    # Clips of one slate share a take, which is paid once.
    unknown = len({one.job.fingerprint for one in planned if one.usd is None})
    if unknown and not priced:
        return format_usd(None)
    known = format_usd(total_usd(priced))
    return f"{known} and {unknown} clip{'s' * (unknown > 1)} of unknown price" if unknown else known


def _to_render(waiting: Sequence[Planned], number: int) -> str:
    return f"{len(waiting)} of {number} clips to render, {cost(waiting)}" if waiting else "nothing to render"


def _notes(comparison: Comparison, base: Base, quoted: Quoted) -> Iterator[str]:
    """What a reader has to know besides: what costs nothing, what was to pay before, and where all this comes from."""
    now, before, left = comparison.now, comparison.before, comparison.left
    if comparison.film:
        shown = ", ".join(map(quoted, comparison.film[:8]))
        more = len(comparison.film) - 8
        yield f"besides the clips, for nothing: {shown}{f' and {more} more' if more > 0 else ''} changed"
    if left:
        stay = "clips that stay as they are have" if len(left) > 1 else "clip that stays as it is has"
        yield f"{len(left)} {stay} no take in the lock either, {cost(left)}"
    if before and before.timeline.seconds != now.timeline.seconds:
        yield f"the film lasts {now.timeline.seconds:g} s, {before.timeline.seconds:g} s before"
    if now.repacked:
        clips = f"{len(now.repacked)} clip{'s' * (len(now.repacked) > 1)} instead of {len(now.planned)}"
        yield f"`--repack` would cut the film into {clips}, {cost(now.repacked)} in all"
    commit = base.commit[:10]
    if before is None:
        yield f"there was no such storyboard at {commit}, where HEAD and {quoted(base.rev)} parted"
    else:
        yield f"compared with {commit}, where HEAD and {quoted(base.rev)} parted; paid is what the lock has a take for"
        # Of pictures in Git LFS, git has but the names; these are enough to compare.
        if any(found.severity == "error" and found.name != "missing-picture" for found in before.diagnostics):
            yield "the storyboard had errors there, and is compared with what of it compiled"
    yield from _sources(_planned(comparison))


def _planned(comparison: Comparison) -> list[Planned]:
    """The clips of both sides."""
    return [*comparison.now.planned, *(comparison.before.planned if comparison.before else ())]


def _sources(planned: Sequence[Planned]) -> list[str]:
    return price_sources(one.clip.provider for one in planned)


def _costs(row: Row) -> tuple[str, str]:
    """Before and now."""
    before, now = cost(row.before) if row.before else "–", format_usd(row.now.usd) if row.now else "–"
    return before, now


def _why(row: Row, blames: Blames) -> list[str]:
    return reasons(row.now, blames) if row.now else ["no clip takes its place"]


def _sum(planned: Sequence[Planned]) -> dict[str, Any]:
    from storyforge.compiler.jobs import total_usd

    return {"usd": total_usd(planned), "clips": len(planned)}


def _clip(row: Row, blames: Blames) -> dict[str, Any]:
    from storyforge.compiler.jobs import total_usd

    now = row.now
    return {
        "id": row.clip.id,
        "state": row.state,
        "why": "; ".join(_why(row, {})),
        **(
            {
                "usd": now.usd,
                "seconds_billed": now.clip.seconds,
                "fingerprint": now.job.fingerprint,
                "paid": not row.unpaid,
            }
            if now
            else {}
        ),
        "before": {
            "clips": [one.clip.id for one in row.before],
            "usd": total_usd(row.before),
            "seconds_billed": sum(one.clip.seconds for one in row.before),
        }
        if row.before
        else None,
        **({"changes": [change_document(change, blames) for change in now.changes]} if now and now.changes else {}),
    }


def _prices(comparison: Comparison) -> Iterator[dict[str, Any]]:
    from storyforge.providers import find_kind

    for name in dict.fromkeys(one.clip.provider for one in _planned(comparison)):
        found = find_kind(name)
        prices = found.prices if found else None
        if prices:
            yield {"provider": name, "usd_per_second": dict(prices.usd), "source": prices.source, "date": prices.date}


def _annotations(
    said: Sequence[str], changed: Sequence[Planned], waiting: Sequence[Planned], compiled: Compilation
) -> str:
    from storyforge.reports.findings import annotation, file_name

    # By place: one changed mark of a character is in many clips, and would use up the ten that GitHub shows.
    places: dict[tuple[Location, str], list[Planned]] = {}
    for one in changed:
        for place, why in _places(one, compiled):
            places.setdefault((place, why), []).append(one)
    unpaid = {one.clip.id for one in waiting}

    def dear(clips: Sequence[Planned]) -> tuple[float, int]:
        ordered = [one.usd or 0 for one in clips if one.clip.id in unpaid]
        return -sum(ordered), -len(ordered)

    lines = [annotation("notice", "storyforge plan", said)]
    for (place, why), clips in sorted(places.items(), key=lambda item: dear(item[1])):
        ordered = [one for one in clips if one.clip.id in unpaid]
        told = f"to render: {_some(ordered)}, {cost(ordered)}" if ordered else f"nothing to render: {_some(clips)}"
        where = replace(place, file=file_name(place.file, displayed_folder(compiled.path)))
        lines.append(annotation("notice", "storyforge plan", (why, told), where))
    return "\n".join(lines)


def _places(one: Planned, compiled: Compilation) -> Iterator[tuple[Location, str]]:
    """Where a clip's changes are written, and what they are; where nothing written is why, its first shot."""
    from storyforge.compiler.compile import Compiled

    for change in one.changes:
        if change.place:
            # In words without the place, which the annotation is put at.
            yield change.place, str(replace(change, place=None))
    if not one.changes and isinstance(compiled, Compiled):
        shots = [shot.id for shot in compiled.storyboard.shots or ()]
        yield compiled.source.locate(("shots", shots.index(one.clip.shots[0].id))), one.why


def _some(clips: Sequence[Planned]) -> str:
    names = [one.clip.id for one in clips]
    return ", ".join(names) if len(names) <= 8 else f"{', '.join(names[:8])} and {len(names) - 8} more"


def _title(compiled: Compilation) -> str:
    from storyforge.compiler.compile import Compiled

    return compiled.storyboard.title if isinstance(compiled, Compiled) else compiled.path.name


def _findings(compiled: Compilation) -> tuple[str, ...]:
    """Errors alone: warnings are `check`'s to tell."""
    errors = (found for found in compiled.diagnostics if found.severity == "error")
    return tuple(
        f"error[{found.name}]: {found.message}"
        + (f" ({found.location.file}:{found.location.line})" if found.location else "")
        for found in errors
    )


def _place(file: Path) -> str:
    """The storyboard as its repository names it, so that its comment is found from whatever folder."""
    from storyforge.system.git import Repository

    repository = Repository.find(file)
    return repository.inside(file) if repository else file.as_posix()


def _bold(text: str) -> str:
    first, found, rest = text.partition("; ")
    return f"**{first}**{found}{rest}."


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
