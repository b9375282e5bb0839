"""Choices: a take is accepted for other words where it fits, and a merge is decided clip by clip."""

from __future__ import annotations

import random
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from projects import Faked, edited, project

from storyforge.planning.choice import accept, decide_text, with_lock, withdraw_acceptance, without_lost
from storyforge.planning.takes import update_lock
from storyforge.system.lock import Block, Lock, lock_text, parse_lock, read_sides

CHAIN = """\
  - {id: one, scene: pier, action: "@ana rows.", seconds: 3}
  - {id: two, scene: pier, action: "@bo waves.", seconds: 3, continues: one}
  - {id: three, scene: pier, action: "@ana waves.", seconds: 3, continues: two}
"""


@pytest.fixture
def film(tmp_path):
    return Faked(project(tmp_path))


@pytest.fixture
def chain(tmp_path):
    return Faked(project(tmp_path, CHAIN))


def accepted(film, *clips):
    made = accept(film.compiled(), clips, film.store)
    film.lock(made.lock)
    return made


def test_a_take_is_kept_for_other_words_and_it_is_said_how_they_differ(film):
    edited(film.path, "looks over", "looks at")
    made = accepted(film, "wait")
    assert list(made.blocks) == ["wait"]
    assert made.blocks["wait"].although == "action changed"
    first = film.judged()[0]
    assert (first.state, first.why) == ("cached", "accepted although action changed")
    assert film.stale() == set()
    film.lock(withdraw_acceptance(film.compiled().lock, ["wait"]))
    assert film.stale() == {"wait"}


def test_what_continues_an_accepted_clip_is_as_it_was(film):
    edited(film.path, "Take it.", "Take this.")
    assert film.stale() == {"call", "boat"}
    made = accepted(film, "boat", "call")
    assert (list(made.blocks), made.cached) == (["call"], ["boat"])
    assert film.stale() == set()


def test_a_chain_that_changed_twice_is_accepted_from_its_beginning(chain):
    edited(chain.path, "@ana rows", "@ana rows on")
    edited(chain.path, "@ana waves", "@ana nods")
    assert chain.stale() == {"one", "two", "three"}
    made = accepted(chain, "three", "two", "one")
    assert (sorted(made.blocks), made.cached) == (["one", "three"], ["two"])
    assert chain.stale() == set()


def test_a_clip_whose_forerunner_is_rendered_anew_is_accepted_for_that(chain):
    edited(chain.path, "@ana rows", "@ana rows on")
    made = accepted(chain, "two")
    assert made.blocks["two"].although == "follows one, which plays another take"
    assert chain.stale() == {"one"}
    one = chain.compiled().planned[0]
    chain.take(one.job.fingerprint, one.job.slate)
    chain.lock(update_lock(chain.compiled().lock, chain.judged(), chain.store, lambda slate: (None, None)))
    assert [each.why for each in chain.judged()] == [
        "unchanged",
        "accepted although follows one, which plays another take",
        "unchanged",
    ]


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ('water."\n    seconds: 3', 'water."\n    seconds: 4', "it lasts 3 s, and the film has 4 s for it"),
        ('water."', 'water."\n    provider: runware', "its take is of offline, and the clip is for runware"),
    ],
)
def test_a_take_that_does_not_fit_is_not_accepted(film, old, new, why):
    edited(film.path, old, new)
    made = accept(film.compiled(), ["wait"], film.store)
    assert (made.blocks, made.refused, made.lock) == ({}, {"wait": why}, film.compiled().lock)


def test_what_was_never_chosen_is_not_accepted(film):
    film.lock(Lock())
    edited(film.path, "looks over", "looks at")
    assert accept(film.compiled(), ["wait"], film.store).refused == {"wait": "no take of it was chosen yet"}


def test_a_take_that_is_only_in_the_lock_is_accepted_by_its_digests(film):
    for folder in ("takes", "slates"):
        for path in film.store.path(folder).iterdir():
            path.unlink()
    edited(film.path, "wide shot", "full shot")
    made = accepted(film, "wait", "call")
    assert (made.blocks["wait"].although, made.cached) == ("framing changed", ["call"])
    assert film.judged()[0].why == "its take is not in the store; `storyforge pull` may bring it"


def test_what_was_accepted_before_is_accepted_for_the_next_words_too(film):
    edited(film.path, "looks over", "looks at")
    accepted(film, "wait")
    edited(film.path, "wide shot", "full shot")
    assert film.stale() == {"wait"}
    made = accepted(film, "wait")
    assert made.blocks["wait"].although == "action changed; framing changed"
    assert made.blocks["wait"].fingerprint == made.blocks["wait"].slate


def test_a_lost_take_of_other_words_gives_way_to_what_is_written(film):
    edited(film.path, "Take it.", "Take this.")
    made = accepted(film, "call")
    compiled = film.compiled()
    assert without_lost(compiled, film.store) is compiled
    film.store.take(made.blocks["call"].take).unlink()
    left = without_lost(film.compiled(), film.store)
    assert left.lock == film.compiled().lock
    assert [one.block is None for one in left.planned] == [False, True, True]
    call, boat = left.planned[1:]
    assert boat.job.slate["first_frame"] == {"follows": call.job.fingerprint}
    for one in (call, boat):
        film.take(one.job.fingerprint, one.job.slate)
    film.lock(update_lock(left.lock, left.planned, film.store, lambda slate: (None, None)))
    assert film.stale() == set()
    assert film.judged()[1].why == "unchanged"


def test_another_lock_changes_what_follows_and_nothing_else(film):
    compiled = film.compiled()
    assert with_lock(compiled, compiled.lock).planned == compiled.planned
    call = replace(compiled.lock.blocks["call"], rendered="e" * 64)
    other = with_lock(compiled, Lock({**compiled.lock.blocks, "call": call}))
    assert [one.job == old.job for one, old in zip(other.planned, compiled.planned, strict=True)] == [True, True, False]


def hexed(number):
    return f"{number:064x}"


NAMES = ("a", "a.2", "b", "lamp-1", "null", "Z", "米拉")


def some_block(chance):
    parts = {f"p{number}": hexed(chance.randrange(9**9))[-12:] for number in range(chance.randrange(4))}
    number = chance.randrange(1, 4)
    rendered = hexed(chance.randrange(9**9)) if number > 1 else None
    takes = hexed(chance.randrange(9**9)), hexed(chance.randrange(9**9))
    return Block(*takes, "offline", "m", chance.randrange(3, 9), number=number, rendered=rendered, parts=parts)


def changed(lock, chance):
    blocks = dict(lock.blocks)
    for name in NAMES:
        match chance.randrange(8):
            case 0 | 1:
                blocks[name] = some_block(chance)
            case 2:
                blocks.pop(name, None)
            case 3 if name in blocks:
                blocks[name] = replace(blocks[name], take=hexed(chance.randrange(9**9)))
    return Lock(blocks)


def merged(folder: Path, chance):
    """What git leaves of two sides that changed a lock."""
    base = changed(Lock(), chance)
    for name, lock in (("base", base), ("ours", changed(base, chance)), ("theirs", changed(base, chance))):
        (folder / name).write_text(lock_text(lock), encoding="utf-8")
    style = chance.choice([[], ["--diff3"]])
    command = ["git", "merge-file", "-p", *style, "-L", "ours", "-L", "base", "-L", "theirs", "ours", "base", "theirs"]
    return subprocess.run(command, cwd=folder, capture_output=True, check=False).stdout.decode()


@pytest.mark.parametrize("seed", range(40))
def test_a_merge_is_decided_clip_by_clip_and_the_rest_is_left_to_decide(seed, tmp_path):
    chance = random.Random(seed)
    text = merged(tmp_path, chance)
    sides = read_sides(text)
    if sides is None:
        assert parse_lock(text, Path("a.story.lock"))[1] == []
        return
    due, wanted = list(sides.disputed), dict(sides.joined.blocks)
    chance.shuffle(due)
    for count, name in enumerate(due, 1):
        wanted[name] = some_block(chance)
        text = decide_text(text, name, wanted[name])
        left = due[count:]
        now = read_sides(text)
        assert sorted(left) == (now.disputed if now else [])
        assert all(now.ours.blocks[one] == sides.ours.blocks[one] for one in left)
        assert all(now.theirs.blocks[one] == sides.theirs.blocks[one] for one in left)
        assert {one: parse_lock(text, Path("a"))[0].blocks[one] for one in due[:count]} == {
            one: wanted[one] for one in due[:count]
        }
    if due:
        assert text == lock_text(Lock(wanted))


def test_what_a_merge_left_of_other_clips_stays_as_git_wrote_it(film):
    ours, theirs = film.compiled().lock, film.compiled().lock
    ours = Lock({name: replace(block, take="a" * 64) for name, block in ours.blocks.items()})
    theirs = Lock({name: replace(block, take="b" * 64) for name, block in theirs.blocks.items()})
    text = lock_text(film.compiled().lock)
    for name, block in film.compiled().lock.blocks.items():
        marks = f"<<<<<<< HEAD\n    take: {'a' * 64}\n=======\n    take: {'b' * 64}\n>>>>>>> other branch\n"
        assert name in ours.blocks
        text = text.replace(f"    take: {block.take}\n", marks)
    decided = decide_text(text, "call", theirs.blocks["call"])
    assert decided.count("<<<<<<< HEAD\n") == decided.count(">>>>>>> other branch\n") == 2
    assert decided.split("  call:")[0] == text.split("  call:")[0]
    assert decided.split("  wait:")[1] == text.split("  wait:")[1]
    assert read_sides(decided).disputed == ["boat", "wait"]
