"""Changes of a lock: what renders, choices, acceptances and decided merges write into it. Nothing else changes one.

A take that was rendered from other words than stand there now is accepted for these, with how they differ. It must be
as long and of the shape that the film needs, since the film's length is the storyboard's.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from storyforge.compiler.compile import Compiled
from storyforge.compiler.jobs import Planned
from storyforge.model.dependencies import collect_dependencies
from storyforge.model.errors import UsageError
from storyforge.planning.blocks import although, digest_prompt, make_block
from storyforge.planning.choice import with_lock
from storyforge.planning.home import is_away
from storyforge.planning.orders import Orders, share_orders
from storyforge.planning.reasons import take_for
from storyforge.planning.takes import Paid, Take, compare_take, misfit, take_from_block, take_from_record
from storyforge.providers import is_free
from storyforge.system.files import write_text
from storyforge.system.lock import (
    MARKER,
    Block,
    Lock,
    Sides,
    block_text,
    lock_path,
    lock_text,
    make_former,
    parse_lock,
    part_digest,
    part_digests,
    read_lock,
    read_lock_text,
    read_sides,
    write_lock,
)
from storyforge.system.store import Store

if TYPE_CHECKING:
    from storyforge.planning.film_plan import FilmPlan

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


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the lock says of a clip after a choice."""

    block: Block
    spared: bool = False
    """Whether the lock kept the take that it had: one that was paid for, instead of one that was not, or one of the
    film's own host, instead of one that was tried at another."""
    tried: Block | None = None
    """What the lock would say of the new take, where that is of another host than the film's own."""


@contextlib.contextmanager
def hold_unchanged(compiled: Compiled) -> Iterator[Orders]:
    """Holds the store of a storyboard, and gives its orders for as long; UsageError where the lock is no longer the one
    that it was compiled with."""
    store = compiled.project.store
    with store.hold(), Orders(store) as orders:
        # What was compiled follows the old lock: to write from it would undo what another process chose.
        if read_lock(lock_path(compiled.path))[0] != compiled.lock:
            raise UsageError(f"{lock_path(compiled.path).name} was changed meanwhile", "run again")
        yield orders


def keep_lock(film_plan: FilmPlan, orders: Orders | None = None, trial: bool = False) -> bool:
    """Writes into the lock which takes the clips of a plan have now; False if it says so already. `orders` are those of
    the store, where somebody reads them already. A `trial`, which is of some clips alone, leaves to clips that are
    rendered at another host than the film's own the takes that the lock names for them."""
    compiled, store = film_plan.compiled, film_plan.project.store
    away = frozenset(one.clip.id for one in film_plan.planned if is_away(compiled, one))
    with share_orders(store, orders) as shared:
        paid, planned = shared.find_payment, film_plan.planned
        lock = update_lock(compiled.lock, planned, store, paid, compiled.ignores_lock, away, trial)
    return lock != compiled.lock and save_lock(compiled, lock)


def save_lock(compiled: Compiled, lock: Lock) -> bool:
    """Writes a lock in the place of a storyboard's, in one step; False if the file says so already."""
    return write_lock(lock_path(compiled.path), lock)


def choose_take(compiled: Compiled, one: Planned, take: Take, home: Compiled | None = None) -> Block:
    """Writes into the lock that a clip plays a take; where a merge left that clip undecided, this decides it. Returns
    the clip's block. `home` is the film at its own host, where that is another: it plays the take there too, if that
    fits. UsageError for a take that the clip cannot play."""
    clip = one.clip.id
    if why := misfit(one, take):
        raise UsageError(f"take {take.sha256[:8]} cannot be played for `{clip}`: {why}", "choose another")
    made = make_block(one, take)
    made = _accept_at_home(made, take, clip, home) if home else made
    block = remember_former(made, compiled.lock.blocks.get(clip))
    path = lock_path(compiled.path)
    text = read_lock_text(path) or ""
    if read_sides(text):
        write_text(path, decide_text(text, clip, block))
    else:
        save_lock(compiled, Lock({**compiled.lock.blocks, clip: block}))
    return block


def _accept_at_home(block: Block, take: Take, clip: str, home: Compiled) -> Block:
    """A choice that holds at the film's own host too, where the take fits there and nothing else was accepted."""
    own = next((one for one in home.planned if one.clip.id == clip), None)
    if own is None or block.accepted or own.job.fingerprint == block.fingerprint or misfit(own, take):
        return block
    there = compare_take(own, take, None, home)
    return replace(block, accepted=own.job.fingerprint, although=although(there))


def choose_last(
    compiled: Compiled, one: Planned, takes: Sequence[Planned], orders: Orders | None = None
) -> Chosen | None:
    """Writes into the lock, as it is on disk now, that a clip plays the last of some takes of it that are in the store;
    None where none is. A take that was paid for stays chosen before one that was not, and one of the film's own host
    before one that was tried at another. `orders` are those of the store, where somebody reads them already."""
    clip, store = one.clip.id, compiled.project.store
    came = [take for take in takes if take.clip.id == clip and store.find_take(take.job.fingerprint)]
    if not came:
        return None
    slate = max(came, key=lambda take: take.job.take).job.fingerprint
    with share_orders(store, orders) as shared:
        last = replace(take_from_record(slate, store.rendering(slate) or {}, shared.find_payment), current=True)
    # From the disk: takes are long in coming, and meanwhile the author may have chosen others.
    lock = read_lock(lock_path(compiled.path))[0]
    old = lock.blocks.get(clip)
    block = remember_former(make_block(one, last), old)
    tried = old is not None and is_away(compiled, one) and is_of_other(block, old)
    if old and (tried or hides_paid(block, old)):
        return Chosen(old, spared=True, tried=block if tried else None)
    save_lock(compiled, Lock({**lock.blocks, clip: block}))
    return Chosen(block)


def update_lock(
    lock: Lock,
    planned: Sequence[Planned],
    store: Store,
    paid: Paid,
    repack: bool = False,
    away: frozenset[str] = frozenset(),
    trial: bool = False,
) -> Lock:
    """The lock as it is once a film's clips have the takes that are here.

    Clips without a take keep the block they have, so that a plan can say what changed since. A take that costs nothing
    to make again, an animatic's or an emulator's, never takes the place of one that was paid for. In a `trial`, a take
    of another host than the film's own, where `away` says that its clip is, never takes the place of another host's.
    What there was before is remembered, so that an edit can be taken back, but not with `repack`, which packs as if
    there were no lock: the next plan would go back to it by itself.
    """
    blocks = {}
    for one in planned:
        old = lock.blocks.get(one.clip.id)
        new = _settled(one, store, paid, one.clip.id in away)
        if new is None or (old and (hides_paid(new, old) or (trial and one.clip.id in away and is_of_other(new, old)))):
            new = old
        if new:
            blocks[one.clip.id] = replace(new, former=None) if repack else remember_former(new, old)
    hosts = {one.clip.provider for one in planned} if repack else set()
    left = {clip: block for clip, block in _left(lock, blocks, planned) if block.provider not in hosts}
    return Lock({**left, **blocks})


def remember_former(new: Block, old: Block | None) -> Block:
    """A choice, and what it took the place of."""
    if old is None:
        return new
    # Another take of the same words is no edit, so what an undone edit goes back to stays as it was.
    # What an emulator rendered before was never paid for, so no cut is kept for its sake.
    same = old.fingerprint == new.fingerprint or (old.emulated and not new.emulated)
    return replace(new, former=old.former if same else make_former(old.seconds, old.fingerprint))


def _left(lock: Lock, blocks: Mapping[str, Block], planned: Sequence[Planned]) -> Iterator[tuple[str, Block]]:
    """Blocks of clips that are no more, some of whose shots others play now."""
    here = {block.fingerprint for block in blocks.values()}
    actions = {part_digest(shot.action) for one in planned for shot in one.clip.shots}
    for clip, block in lock.blocks.items():
        # When the edit that did away with a clip is undone, packing finds its take by this block, and nothing is paid.
        if clip not in blocks and block.fingerprint not in here and not actions.isdisjoint(block.actions):
            yield clip, block


def describe_played(lock: Lock, planned: Sequence[Planned], store: Store, paid: Paid) -> dict[str, Block]:
    """The blocks of the takes that clips play, by clip, whatever the lock keeps for them instead."""
    settled = {one.clip.id: _settled(one, store, paid) for one in planned}
    return {**lock.blocks, **{clip: block for clip, block in settled.items() if block}}


def hides_paid(new: Block, old: Block) -> bool:
    """Whether a choice would put what cost nothing in the place of what was paid for; or what was drawn here in the
    place of what an emulator rendered, whose takes are for trying out what is done with paid ones."""
    return _worth(new) < _worth(old)


def is_of_other(new: Block, old: Block) -> bool:
    """Whether a choice would put a take of one host in the place of another host's."""
    return new.provider != old.provider and not is_free(old.provider)


def _worth(block: Block) -> int:
    return 0 if is_free(block.provider) else 1 if block.emulated else 2


def _settled(one: Planned, store: Store, paid: Paid, away: bool = False) -> Block | None:
    slate = one.slate if one.take else one.job.fingerprint
    take = one.take or store.find_take(slate)
    if take is None:
        return None
    block = one.block
    if block is None or block.slate != slate:
        record = {"slate": one.job.slate, **(store.rendering(slate) or {}), "take": take}
        return make_block(one, replace(take_from_record(slate, record, paid), current=True))
    # The same slate has another film here: it was rendered again, and its own order and cost count.
    if block.take != take:
        again = take_from_record(slate, {"slate": {}, **(store.rendering(slate) or {}), "take": take}, paid)
        block = replace(block, take=take, order=again.order, usd=again.usd, date=again.date, emulated=again.emulated)
        if not block.is_first:
            block = replace(block, release=again.release, prompt=digest_prompt(again) or block.prompt)
    # What was accepted at the film's own host is not taken back by a render at another.
    if block.fingerprint != one.job.fingerprint or (away and block.accepted):
        return block
    return replace(block, accepted=None, although=None, parts=part_digests(one.fields))


def accept(compiled: Compiled, clips: Sequence[str]) -> Accepted:
    """Accepts the take that each clip was given last for the words as they stand now.

    Clips that others continue come first, since these may then be as they were.
    """
    made = Accepted(compiled.lock)
    waiting = list(clips)
    while waiting:
        planned = {one.clip.id: one for one in compiled.planned}
        # Of clips in a cycle none would ever be ready.
        ready = [name for name in waiting if not _before(planned[name], planned) & set(waiting)] or waiting
        for name in ready:
            one = planned[name]
            if one.block or take_for(one, compiled.project.store):
                made.cached.append(name)
            elif why := _refusal(one, compiled):
                made.refused[name] = why
            else:
                made.blocks[name] = _accepted(one, compiled)
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


def _refusal(one: Planned, compiled: Compiled) -> str | None:
    block = compiled.lock.blocks.get(one.clip.id)
    if block is None:
        return "no take of it was chosen yet"
    if is_free(block.provider) and not is_free(one.clip.provider):
        return f"its take is of {block.provider}, and the clip is for {one.clip.provider}"
    if block.emulated and not compiled.project.store.is_local(block.provider):
        return f"its take is emulated: {block.provider} itself has rendered none"
    return misfit(one, take_from_block(block, compiled.project.store.rendering(block.slate) or {}))


def _accepted(one: Planned, compiled: Compiled) -> Block:
    block = compiled.lock.blocks[one.clip.id]
    take = take_from_block(block, compiled.project.store.rendering(block.slate) or {})
    return remember_former(make_block(one, compare_take(one, take, None, compiled)), block)


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
