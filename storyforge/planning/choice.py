"""Choose which take a clip plays: what is chosen or accepted is written into the lock, and nothing is rendered.

A take that was rendered from other words than stand there now is accepted for these, with how they differ. It must be
as long and of the shape that the film needs, since the film's length is the storyboard's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from storyforge.compiler.compile import Compiled
from storyforge.compiler.jobs import Jobs, Planned, make_jobs
from storyforge.model.dependencies import collect_dependencies
from storyforge.planning.reasons import as_chosen, take_for
from storyforge.planning.takes import compare_take, make_block, misfit, remember_former, take_from_block
from storyforge.providers import find_provider
from storyforge.system.lock import MARKER, Block, Lock, Sides, block_text, lock_text, parse_lock, read_sides
from storyforge.system.store import Store

HEADER = re.compile(r"  [^ #].*:")
"""The line that begins a clip's block."""


@dataclass(frozen=True)
class Accepted:
    """Which takes were accepted."""

    lock: Lock
    blocks: dict[str, Block] = field(default_factory=dict)
    """By clip."""
    cached: list[str] = field(default_factory=list)
    """Clips that play a take as it is, for which nothing is to be accepted."""
    refused: dict[str, str] = field(default_factory=dict)
    """Why a clip's take cannot be accepted, by clip."""


def accept(compiled: Compiled, clips: Sequence[str], store: Store) -> Accepted:
    """Accepts the take that each clip was given last for the words as they stand now.

    Clips that others continue come first, since these may then be as they were.
    """
    made = Accepted(compiled.lock)
    waiting = list(clips)
    while waiting:
        planned = {one.clip.id: one for one in compiled.planned}
        ready = [name for name in waiting if not _before(planned[name], planned) & set(waiting)] or waiting
        for name in ready:
            one = planned[name]
            if one.block or take_for(one, store):
                made.cached.append(name)
            elif why := _refusal(one, compiled, store):
                made.refused[name] = why
            else:
                made.blocks[name] = _accepted(one, compiled, store)
        waiting = [name for name in waiting if name not in ready]
        made = replace(made, lock=Lock({**compiled.lock.blocks, **made.blocks}))
        compiled = with_lock(compiled, made.lock)
    return made


def withdraw_acceptance(lock: Lock, clips: Sequence[str]) -> Lock:
    """The lock without what was accepted for some clips."""
    taken_back = {name: replace(lock.blocks[name], accepted=None, although=None) for name in clips}
    return Lock({**lock.blocks, **taken_back})


def _before(one: Planned, planned: dict[str, Planned]) -> set[str]:
    """All clips that a clip continues, one behind the other."""
    return set(collect_dependencies(one.clip.after, {name: each.clip.after for name, each in planned.items()}))


def _refusal(one: Planned, compiled: Compiled, store: Store) -> str | None:
    block = compiled.lock.blocks.get(one.clip.id)
    if block is None:
        return "no take of it was chosen yet"
    if block.provider != one.clip.provider:
        return f"its take is of {block.provider}, and the clip is for {one.clip.provider}"
    return misfit(one, take_from_block(block, store.rendering(block.slate) or {}))


def _accepted(one: Planned, compiled: Compiled, store: Store) -> Block:
    block = compiled.lock.blocks[one.clip.id]
    take = take_from_block(block, store.rendering(block.slate) or {})
    return remember_former(make_block(one, compare_take(one, take, None, compiled, store)), block)


def with_lock(compiled: Compiled, lock: Lock) -> Compiled:
    """A compiled storyboard as it is with another lock: clips that continue others follow what that chose."""
    names = {one.clip.provider for one in compiled.planned}
    providers = {name: found for name in names if (found := find_provider(name, {}))}
    jobs = Jobs(compiled.board, {**providers, compiled.provider.name: compiled.provider})
    planned = make_jobs(jobs, [(one.clip, one.prompt) for one in compiled.planned], lock)
    return replace(compiled, lock=lock, planned=tuple(planned))


def without_lost(compiled: Compiled, store: Store) -> Compiled:
    """The storyboard without choices that cannot be had any more: takes of other words, whose files are not here. Their
    clips are rendered from what is written, and what continues them follows that."""
    lost = [one.block for one in compiled.planned if one.slate != one.job.fingerprint and _is_lost(one, store)]
    if not lost:
        return compiled
    kept = Lock({name: block for name, block in compiled.lock.blocks.items() if block not in lost})
    return replace(with_lock(compiled, kept), lock=compiled.lock)


def _is_lost(one: Planned, store: Store) -> bool:
    return as_chosen(one).job.fingerprint != one.slate and not take_for(one, store)


def decide_text(text: str, clip: str, block: Block) -> str:
    """The text of a lock that a merge left undecided, with one clip decided. What it left of other clips stays as it
    is, in git's marks; once nothing is undecided, none are left."""
    sides = read_sides(text)
    assert sides is not None
    stretches = _stretches(text)
    sought = _header(clip, block)
    if not any(sought in lines for lines in stretches):
        stretches.append(["\n", sought])
    at = [number for number, lines in enumerate(stretches) if sought in lines]  # the sides may not stand side by side
    touched = [line for lines in stretches[at[0] : at[-1] + 1] for line in lines]
    stretches[at[0] : at[-1] + 1] = [_decided(touched, sides, clip, block)]
    decided = "".join(line for lines in stretches for line in lines)
    left = read_sides(decided)
    if left and left.disputed:
        return decided
    return lock_text(left.joined if left else parse_lock(decided, Path())[0])


def _header(clip: str, block: Block) -> str:
    """The line that begins a clip's block."""
    return block_text(clip, block).splitlines(keepends=True)[1]


def _stretches(text: str) -> list[list[str]]:
    """The lines of a lock, parted behind its head and before each block that begins outside of git's marks."""
    parts: list[list[str]] = [[]]
    inside = False
    for line in text.splitlines(keepends=True):
        if mark := MARKER.fullmatch(line.rstrip()):
            inside = not mark[1].startswith(">")
        elif not inside and HEADER.fullmatch(line.rstrip()):
            parts.append([])
        parts[-1].append(line)
        if line.rstrip() == "clips:":
            parts.append([])
    return parts


def _decided(lines: list[str], sides: Sides, clip: str, block: Block) -> list[str]:
    """A stretch with one of its clips decided, and marks around each of the others about which the sides differ."""
    joined, marks = sides.joined.blocks, [line for line in lines if MARKER.fullmatch(line.rstrip())]
    told = []
    for name in sorted({clip, *(name for name in joined if _header(name, joined[name]) in lines)}):
        if name == clip or name not in sides.disputed:
            told.append(block_text(name, block if name == clip else joined[name]))
            continue
        ours, theirs = (block_text(name, side.blocks[name]).split("\n", 2)[2] for side in (sides.ours, sides.theirs))
        told.append(f"\n{_header(name, joined[name])}{marks[0]}{ours}=======\n{theirs}{marks[-1]}")
    text = "".join(told)
    if HEADER.fullmatch(lines[0].rstrip()):  # the empty line before it ends the stretch before
        text = text.removeprefix("\n")
    return [text, "\n"] if lines[-1] == "\n" else [text]
