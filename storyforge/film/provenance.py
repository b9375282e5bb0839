"""`NAME.provenance.json`: what a film was made from, clip by clip, for anybody who asks.

It holds what the lock and the store know and nothing of a machine or a run: no path, no clock, no key. Words that were
sent stand in it as their hash.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from storyforge.compiler.compile import Compiled
from storyforge.compiler.jobs import Planned
from storyforge.compiler.slates import find_prompt, list_pictures
from storyforge.compiler.timeline import Timeline
from storyforge.film.origin import read_origin
from storyforge.film.tags import COMPOSITE, GENERATED
from storyforge.planning.lock_update import describe_played
from storyforge.planning.orders import Orders, share_orders
from storyforge.providers import is_free
from storyforge.system.lock import Block, part_digest
from storyforge.system.store import Store

TOKEN = "sf:sha256:"


def provenance(
    compiled: Compiled, timeline: Timeline, film_sha256: str, orders: Orders | None = None
) -> dict[str, Any]:
    """The document on a film all of whose takes are here. MediaError if one of them cannot be read. `orders` are those
    of its store, where somebody reads them already."""
    board, store = compiled.storyboard, compiled.project.store
    planned = [placed.one for placed in timeline.clips]
    with share_orders(store, orders) as shared:
        blocks = describe_played(compiled.lock, planned, store, shared.find_payment)
    clips = [_clip(one, blocks[one.clip.id], store) for one in planned]
    # By take: one that several clips play was paid once.
    costs = {clip["take"]: clip["usd"] for clip in clips if not clip.get("emulated")}
    known = [usd for usd in costs.values() if usd is not None]
    generated = any(not is_free(clip["provider"]) for clip in clips)
    return {
        "storyforge": 1,
        "title": board.title,
        "artist": board.format.artist,
        "language": board.language,
        "film": {"sha256": film_sha256, "seconds": timeline.seconds, "frames": timeline.frames},
        "digital_source_type": COMPOSITE if generated else None,
        "usd": round(sum(known), 6),
        "usd_known": len(known) == len(costs),
        "clips": clips,
    }


def _clip(one: Planned, block: Block, store: Store) -> dict[str, Any]:
    record = store.rendering(block.slate) or {}
    # A take that came without its record is known by the clip's own slate, if it is the one that it was rendered from.
    slate = record.get("slate") or (one.job.slate if block.slate == one.job.fingerprint else {})
    origin = read_origin(store.take(block.take))
    prompt = find_prompt({"slate": slate, **record})
    if prompt is None and block.prompt == part_digest(one.prompt.text):
        prompt = one.prompt.text  # the lock says that it was sent
    return {
        "id": one.clip.id,
        # Each once: a clip may play several parts of one long shot.
        "shots": list(dict.fromkeys(shot.id for shot in one.clip.shots)),
        "seconds": one.clip.seconds,
        "take": block.take,
        "provider": block.provider,
        "model": block.model,
        "digital_source_type": None if is_free(block.provider) else GENERATED,
        "prompt_sha256": hashlib.sha256(prompt.encode()).hexdigest() if prompt else None,
        "references": [_picture(token, one) for token in list_pictures(slate)],
        "first_frame": _first_frame(slate.get("first_frame"), one),
        "seed": block.seed,
        "order": block.order,
        "usd": block.usd,
        "date": block.date,
        **({"emulated": True} if block.emulated else {}),
        "accepted_for_other_words": block.accepted is not None,
        "c2pa_sha256": origin.manifest,
        "aigc": origin.aigc,
    }


def _first_frame(frame: Any, one: Planned) -> dict[str, Any] | None:
    if isinstance(frame, Mapping):
        sharpest = {"anchor": frame["anchor"]} if "anchor" in frame else {}
        return {"after": next(iter(one.clip.after), None), **sharpest}
    return _picture(frame, one) if isinstance(frame, str) else None


def _picture(token: str, one: Planned) -> dict[str, Any]:
    """A picture by its content, or by its address without what may open it to others; and whom it shows."""
    shown = next((ref for ref in one.clip.references if ref.picture.token == token), None)
    who = {"kind": shown.kind, "id": shown.id, "look": shown.look} if shown else {}
    if token.startswith(TOKEN):
        return {**who, "sha256": token.removeprefix(TOKEN)}
    parts = urlsplit(token)
    return {**who, "source": urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))}
