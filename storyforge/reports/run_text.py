"""How a render or a retake ended: as text for people, as a document for programs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from storyforge.model.diagnostics import as_json
from storyforge.planning.choices import read_current
from storyforge.reports.takes_text import describe_change, describe_choice, short_ids, take_document

if TYPE_CHECKING:
    from storyforge.planning.lock_update import Chosen
    from storyforge.rendering.render import Rendered
    from storyforge.rendering.retake import Retaken
    from storyforge.rendering.run import Outcome


def render_notes(rendered: Rendered) -> list[str]:
    """What is to be known of a render besides its film: takes that are kept, further takes, notes of its steps."""
    plan, outcome, path = rendered.plan, rendered.outcome, rendered.plan.compiled.path
    # A take that is kept although its words were changed is said each time, as long as it is in the film.
    lines = [f"{one.clip.id}: {one.why}" for one in plan.planned if one.state == "cached" and one.why != "unchanged"]
    for one in plan.further:
        if outcome and one.job.fingerprint in outcome.takes:
            name, number = one.clip.id, one.job.take
            lines.append(f"{name}: take {number} is here; `storyforge use {path} {name} {number}` chooses it")
    return [*lines, *(f"note: {note}" for note in (outcome.notes if outcome else ()))]


def render_document(rendered: Rendered) -> dict[str, Any]:
    """A render as `render --format json` prints it."""
    plan, outcome, reel = rendered.plan, rendered.outcome, rendered.timeline
    takes: Mapping[str, Path] = outcome.takes if outcome else {}
    film = {"path": str(rendered.film), "seconds": reel.seconds, "frames": reel.frames} if rendered.film else None
    return {
        "storyforge": 1,
        "provider": plan.compiled.provider.name,
        "film": film,
        "clips": [
            {"id": one.clip.id, "state": "rendered" if one.job.fingerprint in takes else one.state}
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
    return "\n".join([f"error: {told}; run again to do what is missing", *(f"  = hint: {hint}" for hint in hints)])


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
    lines, takes = _choice_lines(clip, done.chosen), read_current(done.after.compiled, clip)
    # By content: two takes of a clip may come out as the same film, byte for byte.
    played = {take.sha256 for take in takes if take.chosen}
    for take in takes:
        if take.here and not take.chosen:
            kept = "is the same film" if take.sha256 in played else "is kept"
            choose = f"`storyforge use {file} {clip} {take.number}` chooses it"
            lines.append(f"{clip}: take {take.number} ({take.sha256[:8]}) {kept}; {choose}")
    return [*lines, *map(describe_change, done.followers)]


def _choice_lines(clip: str, chosen: Chosen | None) -> list[str]:
    if chosen is None:
        return []
    if chosen.spared:
        return [f"{clip}: the lock keeps the take of {chosen.block.provider}, which was paid for"]
    return [f"{clip}: {describe_choice(chosen.block)}"]
