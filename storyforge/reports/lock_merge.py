"""Merges two locks that grew from one, clip by clip, as git's merge driver.

A side that left a clip alone yields to the one that did not. Where both chose another take, not the same, only that
clip is left to decide: its two blocks between git's marks, with both choices in words. A side that dropped a clip
yields to one that chose a take for it: so nothing that was paid for is forgotten, and where the storyboard has no such
clip any more, the next render drops it. What cannot be read as a lock is kept as it is, both sides whole between marks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from storyforge.model.printable import escape_text
from storyforge.system.files import write_atomically
from storyforge.system.inputs import read_file
from storyforge.system.lock import (
    MAX_BYTES,
    Block,
    Lock,
    block_text,
    describe_block,
    lock_text,
    parse_lock,
    read_sides,
)

OURS, BETWEEN, THEIRS = b"<<<<<<< ours\n", b"=======\n", b">>>>>>> theirs\n"


@dataclass(frozen=True, slots=True)
class Merge:
    """What came of a merge."""

    text: bytes
    left: Mapping[str, tuple[Block, Block]]
    """What is left to decide: our choice and theirs, by clip."""
    broken: tuple[str, ...] = ()
    """Why the sides were not merged clip by clip."""


def merge_locks(base: bytes, ours: bytes, theirs: bytes, path: Path) -> Merge:
    """Our version and theirs of the lock at a path as one, both grown from `base`."""
    if ours == theirs or theirs == base:
        return Merge(ours, {})
    if ours == base:
        return Merge(theirs, {})
    (mine, wrong), (yours, amiss) = _read(ours, path), _read(theirs, path)
    if wrong or amiss:
        whole = b"".join((OURS, _ended(ours), BETWEEN, _ended(theirs), THEIRS))
        reasons = [f"{side}, {why}" for side, why in (("ours", wrong), ("theirs", amiss)) if why]
        return Merge(whole, {}, tuple(reasons))
    # A base that cannot be read holds up nothing: without it, fewer clips are known to be as they were.
    before = _common(base)
    text, left = lock_text(Lock()), {}
    # In the order of every lock, so that the next render writes the same lines in the same places.
    for clip in sorted(mine.blocks.keys() | yours.blocks.keys()):
        was, our, their = (lock.blocks.get(clip) for lock in (before, mine, yours))
        # None has two meanings here: both dropped the clip, or each has a block of its own and a person has to decide.
        chosen = _chosen(was, our, their)
        if chosen:
            text += block_text(clip, chosen)
        elif our and their:
            left[clip] = our, their
            text += _disputed(clip, our, their, path)
    return Merge(text.encode(), left)


def _chosen(was: Block | None, ours: Block | None, theirs: Block | None) -> Block | None:
    """The one block that both sides want; None where they want none, or each another."""
    if ours == theirs or theirs == was:
        return ours
    if ours == was:
        return theirs
    return None if ours and theirs else ours or theirs


def _disputed(clip: str, ours: Block, theirs: Block, path: Path) -> str:
    """The block of a clip for which the sides chose differently."""
    # The line with the clip's id is the same on both sides, and stays above the marks.
    head, mine = block_text(clip, ours).removeprefix("\n").split("\n", 1)
    _, yours = block_text(clip, theirs).removeprefix("\n").split("\n", 1)
    storyboard = path.with_suffix(".yaml").name
    said = (
        f"ours: {describe_block(ours)}",
        f"theirs: {describe_block(theirs)}",
        f"choose: storyforge use {storyboard} {clip} {ours.take[:8]} (ours) or {theirs.take[:8]} (theirs)",
    )
    words = "".join(f"    # {escape_text(line)}\n" for line in said)
    return f"\n{head}\n{words}{OURS.decode()}{mine}{BETWEEN.decode()}{yours}{THEIRS.decode()}"


def _read(content: bytes, path: Path) -> tuple[Lock, str]:
    """A lock, and why it cannot be merged by its clips."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return Lock(), "it is no UTF-8 text"
    lock, found = parse_lock(text, path)
    return lock, f"line {found[0].location.line}: {found[0].message}" if found and found[0].location else ""


def _common(base: bytes) -> Lock:
    """What both sides began with, as far as that is known: where branches crossed, git merges what they began with too,
    and may have left clips undecided in it."""
    text = base.decode("utf-8", "replace")
    lock, found = parse_lock(text, Path())
    if not found:
        return lock
    if any(finding.name != "lock-conflict" for finding in found):
        return Lock()
    sides = read_sides(text)
    undecided = sides.disputed if sides else []
    return Lock({clip: block for clip, block in lock.blocks.items() if clip not in undecided})


def _ended(content: bytes) -> bytes:
    # A mark is one only where a line begins.
    return content if content.endswith(b"\n") or not content else content + b"\n"


def merge_lock_files(base: Path, ours: Path, theirs: Path, name: Path) -> Merge:
    """Merges the locks of two files into `ours`, in one step. `name` is the lock's own path.

    Raises UnreadableFile, for a pipe or a device too; `ours` is then as it was.
    """
    first, mine, yours = (read_file(path, most=MAX_BYTES) for path in (base, ours, theirs))
    done = merge_locks(first, mine, yours, name)
    write_atomically(ours, done.text)
    return done


def conflict_lines(done: Merge, name: Path) -> list[str]:
    """What is left to decide after a merge, and how; or why no side could be read."""
    storyboard, lines = name.with_suffix(".yaml").name, []
    for clip, (mine, yours) in done.left.items():
        what = f"both sides chose a take for `{clip}`: ours {describe_block(mine)}; theirs {describe_block(yours)}"
        lines.append(f"error: {escape_text(what)}")
        lines.append(f"  = hint: {escape_text(f'choose with `storyforge use {storyboard} {clip} TAKE`')}")
    broken = (f"`{name.name}` is left with both sides whole: {why}" for why in done.broken)
    return [*lines, *(f"error: {escape_text(line)}" for line in broken)]
