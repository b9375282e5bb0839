"""The takes of a clip, and a choice among them: as text for people, as a document for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from storyforge.model.printable import count_columns, escape_text, format_usd, join_lines, pad_text

if TYPE_CHECKING:
    from storyforge.compiler.jobs import Planned
    from storyforge.planning.choices import Choice, ClipTakes
    from storyforge.planning.takes import Take
    from storyforge.system.lock import Block


def describe_choice(block: Block) -> str:
    """A choice in words."""
    kept = f"accepted although {block.although}" if block.accepted else "chosen"
    return f"take {block.number} ({block.take[:8]}) of {block.provider}{', emulated,' * block.emulated} is {kept}"


def describe_change(one: Planned) -> str:
    """What a choice changed for a clip."""
    match one.state:
        case "cached":
            return f"{one.clip.id}: need not be rendered any more"
        case "render":
            return f"{one.clip.id}: would be rendered again, {format_usd(one.usd)}: {one.why}"
    return f"{one.clip.id}: {one.why}"


def takes_document(clips: Sequence[ClipTakes]) -> dict[str, Any]:
    """The takes of some clips as `takes --format json` prints them."""
    short = short_ids([take for one in clips for take in one.takes])
    return {
        "storyforge": 1,
        "clips": [
            {
                "id": one.planned.clip.id,
                "state": one.planned.state,
                "why": one.planned.why,
                "takes": [take_document(take, short, one.planned.clip.id) for take in one.takes],
            }
            for one in clips
        ],
    }


def takes_text(clips: Sequence[ClipTakes]) -> str:
    """Clips and their takes as tables, one below the other."""
    short = short_ids([take for one in clips for take in one.takes])
    return "\n".join(clip_takes_text(one.planned, one.takes, short) for one in clips)


def choice_lines(choice: Choice) -> list[str]:
    """What was chosen or accepted, and what was not and why."""
    lines = [f"{name}: {describe_choice(block)}" for name, block in choice.blocks.items()]
    lines += [f"{name}: not accepted: {why}" for name, why in choice.refused.items()]
    lines += [f"{name}: nothing to accept" for name in choice.cached]
    lines += [f"{name}: no longer accepted" for name in choice.withdrawn]
    return lines


def follow_lines(choice: Choice) -> list[str]:
    """Takes of a choice that are not here, and what it changes for other clips."""
    missing = [f"{name}: the file of this take is not here; `storyforge pull` may bring it" for name in choice.missing]
    apart = [f"at {one.clip.provider}, {describe_change(one)}" for one in choice.forgotten]
    return [*missing, *map(describe_change, choice.followers), *apart]


def short_ids(takes: Sequence[Take]) -> dict[str, str]:
    """For each take the beginning of its sha256, in eight digits or as many as tell it from the others."""
    known = sorted({take.sha256 for take in takes})
    length = 8
    while len({sha256[:length] for sha256 in known}) < len(known):
        length += 1
    return {sha256: sha256[:length] for sha256 in known}


def clip_takes_text(one: Planned, takes: Sequence[Take], short: Mapping[str, str]) -> str:
    """A clip and its takes as a table, `*` before the chosen one, and below each how the words differ now."""
    head = f"{one.clip.id}  {one.clip.seconds} s  {one.state}: {one.why}"
    rows = [
        [
            "*" if take.chosen else " ",
            short[take.sha256],
            f"take {take.number}",
            take.provider,
            f"{take.seconds} s",
            "no seed" if take.seed is None else f"seed {take.seed}",
            take.date or "undated",
            format_usd(take.usd),
            take.order or "",
            "emulated" if take.emulated else "",
            f"worded by release {take.release}" if take.is_worded_before else "",
            "" if take.here else "damaged" if take.hurt else "not here",
        ]
        for take in takes
    ]
    widths = [max(count_columns(escape_text(cell)) for cell in column) for column in zip(*rows, strict=True)]
    lines = [head] if rows else [head, "    no take"]
    for take, row in zip(takes, rows, strict=True):
        # A column that is empty in every row is left out.
        cells = (pad_text(cell, width) for cell, width in zip(row, widths, strict=True) if width)
        was = [f"for clip `{take.clip}`"] if take.clip not in (None, one.clip.id) else []
        lines += ["  " + "  ".join(cells).rstrip(), *(f"      {text}" for text in (*was, *map(str, take.differs)))]
    return join_lines(lines)


def take_document(take: Take, short: Mapping[str, str], clip: str) -> dict[str, Any]:
    """A take for programs; `clip` is what its clip is called now."""
    return {
        "take": take.sha256,
        "id": short[take.sha256],
        "number": take.number,
        "chosen": take.chosen,
        "current": take.current,
        "path": str(take.path) if take.path else None,
        **({"damaged": True} if take.hurt else {}),
        "provider": take.provider,
        "model": take.model,
        "seconds": take.seconds,
        "seed": take.seed,
        "date": take.date,
        "usd": take.usd,
        "order": take.order,
        **({"emulated": True} if take.emulated else {}),
        **({"release": take.release, "prompt": take.prompt} if take.prompt else {}),
        "fingerprint": take.slate,
        "differs": [str(one) for one in take.differs],
        **({"clip": take.clip} if take.clip not in (None, clip) else {}),
    }
