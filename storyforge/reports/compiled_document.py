"""A compiled storyboard as `compile` prints it: its clips as text for people, all of it as a document for programs."""

from __future__ import annotations

from typing import Any

from storyforge.compiler.compile import Compilation, Compiled
from storyforge.compiler.jobs import Planned
from storyforge.model.clip import LastFrame, Picture
from storyforge.model.diagnostics import as_json
from storyforge.model.printable import escape_lines, escape_text, format_json, format_usd, join_lines


def compiled_document(compiled: Compilation) -> dict[str, Any]:
    """The document; of a file without a storyboard it has findings and no clips."""
    usd = compiled.usd
    known = [one.usd for one in compiled.planned if one.usd is not None]
    return {
        "storyforge": 1,
        "title": compiled.storyboard.title if isinstance(compiled, Compiled) else None,
        "provider": compiled.provider.name,
        "model": compiled.provider.model,
        "clips": [_clip(one, compiled) for one in compiled.planned],
        "film": {
            "seconds": compiled.timeline.seconds,
            # Where a price is unknown, the sum of the others: `usd_known` says that it is not the whole.
            "usd": usd if usd is not None else (round(sum(known), 6) if known else None),
            "usd_known": usd is not None,
        },
        "diagnostics": [as_json(found) for found in compiled.diagnostics],
    }


def _clip(one: Planned, compiled: Compilation) -> dict[str, Any]:
    clip = one.clip
    elsewhere = {"provider": clip.provider} if clip.provider != compiled.provider.name else {}
    return {
        "id": clip.id,
        "shots": [shot.id for shot in clip.shots],
        "scene": clip.scene,
        **elsewhere,
        "seconds": clip.seconds,
        "mode": clip.mode,
        "references": [
            {
                "slot": reference.slot,
                "kind": reference.kind,
                "id": reference.id,
                "look": reference.look,
                "source": reference.picture.source,
                "sha256": reference.picture.sha256,
            }
            for reference in clip.references
        ],
        "first_frame": _frame(clip.first_frame),
        "prompt": one.prompt.text,
        "characters": one.prompt.characters,
        "limit": compiled.provider.limits.max_characters,
        "seed": clip.seed,
        "take": clip.take,
        "after": list(clip.after),
        "why": clip.why,
        "request": one.request and {"method": one.request.method, "url": one.request.url, "json": one.request.json},
        "fingerprint": one.job.fingerprint,
        "seconds_billed": clip.seconds,
        "usd": one.usd,
    }


def _frame(frame: Picture | LastFrame | None) -> dict[str, Any] | None:
    match frame:
        case Picture(source, sha256):
            return {"source": source, "sha256": sha256}
        case LastFrame(clip, sharpest):
            return {"after": clip, **({"anchor": "sharpest"} if sharpest else {})}
    return None


def clip_text(one: Planned) -> str:
    """A clip as a person reads it: its facts, its pictures, its prompt and its request."""
    clip = one.clip
    facts = [f"{clip.seconds} s", clip.mode, format_usd(one.usd), clip.why]
    lines = [f"{clip.id}  {' · '.join(facts)}"]
    lines += [
        f"  {ref.slot}. {ref.kind} {ref.id}{f'.{ref.look}' if ref.look else ''}: {ref.picture.source}"
        for ref in clip.references
    ]
    if clip.first_frame:
        lines.append(f"  first frame: {getattr(clip.first_frame, 'source', None) or 'the last of ' + clip.after[0]}")
    text = f"{join_lines(lines)}\n\n{escape_lines(one.prompt.text)}\n"
    if one.request:
        text += f"\n{escape_text(f'{one.request.method} {one.request.url}')}\n{format_json(one.request.json)}"
    return text
