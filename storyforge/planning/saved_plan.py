"""A plan that was looked at and saved: `plan --out` writes it, `render PLAN.json` does exactly that or refuses."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from storyforge.compiler.compile import Compiled
from storyforge.compiler.jobs import Planned, total_usd
from storyforge.model.errors import StoryForgeError, UsageError
from storyforge.planning.film_plan import FilmPlan
from storyforge.planning.outputs import LARGEST_PLAN, place_plan
from storyforge.planning.reasons import find_changes
from storyforge.system.files import is_stream, write_atomically, write_stream
from storyforge.system.inputs import UnreadableFile, read_file


@dataclass(frozen=True)
class Saved:
    """A plan as it was saved."""

    storyboard: Path
    provider: str | None
    """Who was asked for over what the storyboard says."""
    repack: bool
    reword: bool
    clips: Mapping[str, Mapping[str, Any]]
    """By clip: `fingerprint`, `state`, `usd`, and in `fields` what the author wrote."""
    usd: float | None
    """What the clips to be rendered cost."""
    live_prices: Mapping[str, float]
    """What hosts asked when it was made, in US dollars by the fingerprint of the slate; empty if none was asked."""


def write_plan(path: Path, storyboard: Path, film_plan: FilmPlan, provider: str | None, repack: bool) -> None:
    """Saves a plan. Its storyboard is named from the plan's own folder, so that both may be moved together.

    UsageError where the path names what the film is made from, the store, or what is no plan.
    """
    path = place_plan(path, film_plan.compiled)
    beside = Path() if is_stream(path) else path.resolve().parent
    place = Path(os.path.relpath(storyboard.resolve(), beside)).as_posix()
    saved = {
        "storyforge": 1,
        "plan": place,
        "provider": provider,
        "repack": repack,
        **({"reword": True} if film_plan.compiled.rewords else {}),
        "clips": [
            {
                "id": one.clip.id,
                "state": one.state,
                "why": one.why,
                "seconds_billed": one.clip.seconds,
                "usd": one.usd,
                "fingerprint": one.job.fingerprint,
                "fields": dict(one.fields),
            }
            for one in film_plan.planned
        ],
        "total": {"usd": film_plan.usd, "clips": len(film_plan.waiting)},
        **({"live_prices": dict(film_plan.live_prices)} if film_plan.live_prices else {}),
    }
    text = json.dumps(saved, ensure_ascii=False, indent=1) + "\n"
    if is_stream(path):
        write_stream(path, text.encode())
    else:
        write_atomically(path, text)


def read_plan(path: Path) -> Saved:
    """A saved plan; UsageError for anything else."""
    try:
        # A plan may come from anybody: one that is far too large is not read into memory.
        saved = json.loads(read_file(path, most=LARGEST_PLAN).decode())
        clips = {clip["id"]: clip for clip in saved["clips"]}
        whole = all(
            isinstance(clip["id"], str)
            and isinstance(clip["fields"], dict)
            and isinstance(clip["fingerprint"], str)
            and isinstance(clip["state"], str)
            for clip in clips.values()
        )
        usd = saved["total"]["usd"]
        live = saved.get("live_prices", {})
        whole &= all(isinstance(price, float | int) and price >= 0 for price in live.values())
        if saved["storyforge"] != 1 or not whole or not isinstance(usd, float | int | None):
            raise ValueError
        storyboard = path.parent / str(saved["plan"])
        provider = None if saved["provider"] is None else str(saved["provider"])
        return Saved(storyboard, provider, saved["repack"] is True, saved.get("reword") is True, clips, usd, live)
    except UnreadableFile as fault:
        raise UsageError(str(fault), "name a plan or a storyboard") from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise UsageError(f"`{path}` is no saved plan", "`storyforge plan FILE --out PLAN.json` writes one") from None


def hold_to(saved: Saved, film_plan: FilmPlan, compiled: Compiled) -> FilmPlan:
    """Refuses a film that is not what was planned, or would order more; StoryForgeError saying what differs. What was
    rendered or ordered since counts as done. Prices are those of the film, never of the file, which anybody may have
    written: where hosts were asked when it was planned, they are to be asked again before. Returns the film."""
    differing = list(_departures(saved, film_plan, compiled))
    if differing:
        more = f" and {len(differing) - 3} more" if len(differing) > 3 else ""
        raise StoryForgeError(
            f"the plan no longer holds: {'; '.join(differing[:3])}{more}; nothing was sent", "look at a new plan"
        )
    return film_plan


def _departures(saved: Saved, film_plan: FilmPlan, compiled: Compiled) -> Iterator[str]:
    now = {one.clip.id: one for one in film_plan.planned}
    # More is checked than the cost: who saved a plan looked at these clips and no others.
    yield from (f"`{name}` is gone" for name in saved.clips if name not in now)
    for name, one in now.items():
        planned = saved.clips.get(name)
        if planned is None:
            yield f"`{name}` is new"
        elif planned["fingerprint"] != one.job.fingerprint:
            yield f"`{name}` is another: {_difference(planned['fields'], one, compiled)}"
        # The other way round is fine: what was rendered or ordered since costs nothing more.
        elif one.state == "render" and planned["state"] != "render":
            yield f"`{name}` was {planned['state']} and would be rendered now"
    if list(saved.clips) != list(now) and saved.clips.keys() == now.keys():
        yield "the clips are in another order"
    usd = total_usd(film_plan.waiting)
    # Sums of the same prices may differ in their last bits, by the order in which they are added.
    if film_plan.waiting and saved.usd is not None and (usd is None or usd > saved.usd + 1e-9):
        yield "it costs more than was planned"


def _difference(fields: Mapping[str, Any], one: Planned, compiled: Compiled) -> str:
    changes = [str(change) for change in find_changes(one, fields, {}, compiled)]
    return ", ".join(changes[:2]) or "wording or what it follows changed"
