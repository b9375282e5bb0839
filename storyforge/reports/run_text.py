"""How a render or a retake ended: as text for people, as a document for programs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from storyforge.model.diagnostics import as_json
from storyforge.model.printable import join_lines
from storyforge.planning.choices import read_current
from storyforge.planning.reasons import EMULATED, UNCHANGED
from storyforge.planning.takes import find_emulated
from storyforge.reports.takes_text import describe_change, describe_choice, short_ids, take_document

if TYPE_CHECKING:
    from storyforge.planning.film_plan import FilmPlan
    from storyforge.planning.lock_update import Chosen
    from storyforge.rendering.render import Rendered
    from storyforge.rendering.retake import Retaken
    from storyforge.rendering.run import Outcome
    from storyforge.system.lock import Block


def render_notes(rendered: Rendered) -> list[str]:
    """What is to be known of a render besides its film: takes that are kept, further takes, notes of its steps."""
    plan, outcome, path = rendered.plan, rendered.outcome, rendered.plan.compiled.path
    # A take that is kept although its words were changed is said each time, as long as it is in the film.
    cached = [(one.clip.id, one.why.removesuffix(f", {EMULATED}")) for one in plan.planned if one.state == "cached"]
    lines = [f"{clip}: {why}" for clip, why in cached if why != UNCHANGED]
    for one in plan.further:
        if outcome and one.job.fingerprint in outcome.takes:
            name, number = one.clip.id, one.job.take
            lines.append(f"{name}: take {number} is here; `storyforge use {path} {name} {number}` chooses it")
    lines += [_spared_line(rendered, clip, block) for clip, block in rendered.spared.items()]
    notes = [f"note: {note}" for note in (outcome.notes if outcome else ())]
    return [*lines, *notes, *_emulated_notes(plan)]


def _spared_line(rendered: Rendered, clip: str, block: Block) -> str:
    """That the lock names another take for a clip than the one that came."""
    plan = rendered.plan
    (one,) = (each for each in plan.planned if each.clip.id == clip)
    take = plan.project.store.find_take(one.job.fingerprint) or ""
    return _trial_line(plan.compiled.path, clip, block, take, one.clip.provider)


def _trial_line(file: Path, clip: str, kept: Block, take: str, provider: str) -> str:
    """That the lock names the take of a clip that it did, and how to choose the one that came from a host."""
    choose = f"`storyforge use {file} {clip} {take[:8]} --provider {provider}` chooses the one that came, of {provider}"
    return f"{clip}: the lock still names take {kept.take[:8]} of {kept.provider}; {choose}"


def _emulated_notes(plan: FilmPlan) -> list[str]:
    """That clips of a film play takes that no host made, on one line."""
    count = len(find_emulated(plan.planned, plan.project.store))
    played = f"{count} of {len(plan.planned)} clips play emulated takes"
    return [f"note: {played}; at the host's own address they are still to be rendered"] if count else []


def render_document(rendered: Rendered) -> dict[str, Any]:
    """A render as `render --format json` prints it."""
    plan, outcome, reel = rendered.plan, rendered.outcome, rendered.timeline
    takes: Mapping[str, Path] = outcome.takes if outcome else {}
    film = {"path": str(rendered.film), "seconds": reel.seconds, "frames": reel.frames} if rendered.film else None
    emulated = {one.clip.id for one in find_emulated(plan.planned, plan.project.store)}
    return {
        "storyforge": 1,
        "provider": plan.compiled.provider.name,
        "film": film,
        "clips": [
            {
                "id": one.clip.id,
                "state": "rendered" if one.job.fingerprint in takes else one.state,
                **({"emulated": True} if one.clip.id in emulated else {}),
            }
            for one in plan.planned
        ],
        "failures": {str(step): str(fault) for step, fault in outcome.failures.items()} if outcome else {},
        "notes": list(outcome.notes) if outcome else [],
        "diagnostics": [as_json(one) for one in (*plan.compiled.diagnostics, *rendered.findings)],
    }


def failure_text(outcome: Outcome) -> str | None:
    """What failed and what waited for it, with a line for each hint; None if nothing failed."""
    failures, blocked = outcome.failures, outcome.blocked
    if not failures:
        return None
    waits = f", {' and '.join(f'`{name}`' for name in blocked)} waited for that" if blocked else ""
    told = f"{len(failures)} step{'s' * (len(failures) > 1)} failed{waits}"
    hints = dict.fromkeys(fault.hint for fault in failures.values() if fault.hint)
    return join_lines([f"error: {told}; run again to do what is missing", *(f"  = hint: {hint}" for hint in hints)])


def retake_document(done: Retaken) -> dict[str, Any]:
    """A retake as `retake --format json` prints it."""
    takes = read_current(done.after.compiled, done.clip)
    short = short_ids(takes)
    diagnostics = (*done.before.compiled.diagnostics, *done.findings)
    return {
        "storyforge": 1,
        "id": done.clip,
        "takes": [take_document(take, short, done.clip) for take in takes],
        "follows": [
            {"id": each.clip.id, "state": each.state, "why": each.why, "usd": each.usd} for each in done.followers
        ],
        "failures": {str(step): str(fault) for step, fault in done.outcome.failures.items()},
        "notes": list(done.outcome.notes),
        "diagnostics": [as_json(one) for one in diagnostics],
    }


def retake_lines(done: Retaken) -> list[str]:
    """What was chosen after a retake, how the other takes are chosen, and what that changes for other clips."""
    clip, file = done.clip, done.after.compilation.path
    lines, takes = _choice_lines(file, clip, done.chosen), read_current(done.after.compiled, clip)
    # By content: two takes of a clip may come out as the same film, byte for byte.
    played = {take.sha256 for take in takes if take.chosen}
    at = f" --provider {takes[0].provider}" if done.chosen and done.chosen.tried and takes else ""
    for take in takes:
        if take.here and not take.chosen:
            kept = "is the same film" if take.sha256 in played else "is kept"
            choose = f"`storyforge use {file} {clip} {take.number}{at}` chooses it"
            lines.append(f"{clip}: take {take.number} ({take.sha256[:8]}) {kept}; {choose}")
    return [*lines, *map(describe_change, done.followers)]


def _choice_lines(file: Path, clip: str, chosen: Chosen | None) -> list[str]:
    if chosen is None:
        return []
    if chosen.tried:
        return [_trial_line(file, clip, chosen.block, chosen.tried.take, chosen.tried.provider)]
    if chosen.spared:
        return [f"{clip}: the lock keeps the take of {chosen.block.provider}, which was paid for"]
    return [f"{clip}: {describe_choice(chosen.block)}"]
