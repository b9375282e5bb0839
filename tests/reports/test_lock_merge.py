"""Locks are merged clip by clip: what one side chose stays, what both chose is left to decide, nothing is forgotten."""

from __future__ import annotations

import os
import random
from dataclasses import replace
from pathlib import Path

import pytest
from locks import NAMES, changed

from storyforge.planning.lock_update import decide_text
from storyforge.reports.lock_merge import merge_lock_files, merge_locks
from storyforge.system.inputs import UnreadableFile
from storyforge.system.lock import Block, Lock, lock_text, parse_lock, read_sides

PATH = Path("films/ferry.story.lock")
BLOCK = Block("f" * 64, "a" * 64, "runware", "happyhorse", 9, usd=1.26, date="2026-11-20", parts={"action": "x1"})
NEW = replace(BLOCK, take="b" * 64, date="2026-11-21")
OTHER = replace(BLOCK, take="c" * 64, provider="wavespeed", usd=1.35)


def merged(base: dict, ours: dict, theirs: dict):
    return merge_locks(*(lock_text(Lock(blocks)).encode() for blocks in (base, ours, theirs)), PATH)


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "blocks"),
    [
        ({"a": BLOCK, "b": BLOCK}, {"a": NEW, "b": BLOCK}, {"a": BLOCK, "b": OTHER}, {"a": NEW, "b": OTHER}),
        ({}, {"a": NEW}, {"b": OTHER}, {"a": NEW, "b": OTHER}),
        ({}, {"a": NEW, "b": OTHER}, {"a": NEW}, {"a": NEW, "b": OTHER}),
        ({"a": BLOCK, "b": BLOCK}, {"a": NEW}, {"a": NEW, "b": BLOCK}, {"a": NEW}),
        ({"a": BLOCK, "b": BLOCK}, {"a": BLOCK}, {"b": BLOCK}, {}),
        ({"a": BLOCK, "b": BLOCK}, {"b": BLOCK}, {"a": NEW, "b": BLOCK}, {"a": NEW, "b": BLOCK}),
        ({"a": BLOCK, "b": BLOCK}, {"a": NEW, "b": NEW}, {"b": BLOCK}, {"a": NEW, "b": NEW}),
    ],
    ids=[
        "other clips",
        "both added",
        "added alike",
        "one dropped",
        "each dropped",
        "dropped, chosen",
        "chosen, dropped",
    ],
)
def test_a_side_that_left_a_clip_alone_yields(base, ours, theirs, blocks):
    done = merged(base, ours, theirs)
    assert (done.text.decode(), done.left, done.broken) == (lock_text(Lock(blocks)), {}, ())


def test_the_same_clip_chosen_twice_is_one_readable_conflict():
    done = merged(
        {"a": BLOCK, "b": BLOCK, "c": BLOCK}, {"a": NEW, "b": NEW, "c": BLOCK}, {"a": BLOCK, "b": OTHER, "c": NEW}
    )
    assert done.left == {"b": (NEW, OTHER)}
    text = done.text.decode()
    assert (
        f"""
  b:
    # ours: take bbbbbbbb of runware, 9 s, $1.26, 2026-11-21
    # theirs: take cccccccc of wavespeed, 9 s, $1.35, 2026-11-20
    # choose: storyforge use ferry.story.yaml b bbbbbbbb (ours) or cccccccc (theirs)
<<<<<<< ours
    fingerprint: {"f" * 64}
    take: {"b" * 64}
"""
        in text
    )
    assert text.count("<<<<<<<") == text.count("=======") == text.count(">>>>>>>") == 1
    lock, (found,) = parse_lock(text, PATH)
    assert lock == Lock({"a": NEW, "b": NEW, "c": NEW})
    assert (found.name, text.splitlines()[found.location.line - 1]) == ("lock-conflict", "  b:")


def test_a_choice_leaves_a_clean_lock():
    done = merged({}, {"a": NEW, "b": NEW, "c": NEW}, {"a": OTHER, "b": OTHER, "c": NEW})
    once = decide_text(done.text.decode(), "a", OTHER)
    assert read_sides(once).disputed == ["b"]
    assert "# ours" in once
    assert decide_text(once, "b", NEW) == lock_text(Lock({"a": OTHER, "b": NEW, "c": NEW}))


@pytest.mark.parametrize("seed", range(40))
def test_nothing_is_forgotten_and_nothing_made_up(seed):
    chance = random.Random(seed)
    base = changed(Lock(), chance)
    ours, theirs = changed(base, chance), changed(base, chance)
    done = merged(base.blocks, ours.blocks, theirs.blocks)
    lock, found = parse_lock(done.text.decode(), PATH)
    sides = read_sides(done.text.decode())
    assert len(found) == len(done.left)
    for clip in NAMES:
        was, mine, yours = (side.blocks.get(clip) for side in (base, ours, theirs))
        anew = [side for side in (mine, yours) if side != was] or [was]
        if clip in done.left:
            assert (sides.ours.blocks[clip], sides.theirs.blocks[clip]) == (mine, yours) == done.left[clip]
            assert len(anew) == 2
            assert mine != yours
        else:
            choices = [side for side in anew if side]
            assert lock.blocks.get(clip) == (choices[0] if choices else None)
            assert all(choice == choices[0] for choice in choices)


@pytest.mark.parametrize(
    "broken",
    [b"clips:\n  a:\n    colour: red\n", b"\xff\xfe", b"storyforge: 2\n", b"no newline at all"],
)
def test_what_is_no_lock_is_kept_whole(broken):
    good = lock_text(Lock({"a": NEW})).encode()
    for ours, theirs, side in ((broken, good, "ours"), (good, broken, "theirs")):
        done = merge_locks(b"", ours, theirs, PATH)
        assert ours in done.text
        assert theirs in done.text
        assert done.text.startswith(b"<<<<<<< ours\n")
        assert done.text.endswith(b"\n>>>>>>> theirs\n")
        assert [why.split(",")[0] for why in done.broken] == [side]


def test_a_broken_lock_that_one_side_left_alone_yields_all_the_same():
    good = lock_text(Lock({"a": NEW})).encode()
    assert merge_locks(b"broken", b"broken", good, PATH).text == good
    assert merge_locks(b"broken", good, b"broken", PATH).text == good
    assert merge_locks(b"x", b"broken", b"broken", PATH).text == b"broken"


def test_a_base_that_is_broken_or_undecided_is_not_relied_on():
    ours, theirs = (lock_text(Lock(blocks)).encode() for blocks in ({"a": NEW, "b": BLOCK}, {"a": OTHER, "b": BLOCK}))
    undecided = merge_locks(b"", ours, theirs, PATH).text
    for broken in (b"broken", b"<<<<<<< a\nbroken\n=======\n>>>>>>> b\n"):
        assert merge_locks(broken, ours, theirs, PATH).left == {"a": (NEW, OTHER)}
    assert merge_locks(undecided, ours, theirs, PATH).left == {"a": (NEW, OTHER)}
    dropped = lock_text(Lock({"a": NEW})).encode()
    assert parse_lock(merge_locks(undecided, dropped, theirs, PATH).text.decode(), PATH)[0] == Lock({"a": NEW})


def test_words_of_a_lock_stay_in_their_comment():
    nasty = replace(OTHER, provider="x\nclips:\x1b[2J", date="2026-11-21")
    text = merged({}, {"a": NEW}, {"a": nasty}).text.decode()
    assert "    # theirs: take cccccccc of x\\nclips:\\x1b[2J, 9 s" in text
    assert parse_lock(text, PATH)[1][0].name == "lock-conflict"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
@pytest.mark.parametrize("pipe", ["base", "theirs"])
def test_a_pipe_is_refused_and_ours_stays(pipe, tmp_path):
    base, ours, theirs = (tmp_path / name for name in ("base", "ours", "theirs"))
    for path in (base, ours, theirs):
        path.write_bytes(b"as it was")
    (tmp_path / pipe).unlink()
    os.mkfifo(tmp_path / pipe)
    with pytest.raises(UnreadableFile, match=pipe):
        merge_lock_files(base, ours, theirs, tmp_path / "x.story.lock")
    assert ours.read_bytes() == b"as it was"
