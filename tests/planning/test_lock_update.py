"""The lock changes as renders, choices and merges say: nothing free hides what was paid, a take is accepted for other
words where it fits, and a merge is decided clip by clip."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest
from locks import merged, some_block
from projects import Faked, edited, project

from storyforge.compiler.compile import compile_file
from storyforge.compiler.jobs import further_take
from storyforge.model.errors import UsageError
from storyforge.planning.film_plan import plan_film
from storyforge.planning.lock_update import (
    accept,
    choose_last,
    choose_take,
    decide_text,
    hold_unchanged,
    keep_lock,
    update_lock,
    withdraw_acceptance,
)
from storyforge.system.lock import Lock, lock_path, lock_text, parse_lock, read_lock, read_sides

from .test_takes import Shelf, paid

PACKAGE = Path(__file__).parents[2] / "storyforge"

CHAIN = """\
  - {id: one, scene: pier, action: "@ana rows.", seconds: 3}
  - {id: two, scene: pier, action: "@bo waves.", seconds: 3, continues: one}
  - {id: three, scene: pier, action: "@ana waves.", seconds: 3, continues: two}
"""


@pytest.fixture
def path(tmp_path):
    return project(tmp_path)


@pytest.fixture
def film(path):
    return Faked(path)


@pytest.fixture
def shelf(path):
    return Shelf(path, "runware")


@pytest.fixture
def chain(tmp_path):
    return Faked(project(tmp_path, CHAIN))


def accepted(film, *clips):
    made = accept(film.compiled(), clips)
    film.lock(made.lock)
    return made


def rendered(path, provider=None, clips=("wait", "call", "boat")):
    compiled = compile_file(path, provider)
    store = compiled.project.store
    for one in compiled.planned:
        if one.clip.id in clips:
            film = store.path(f"{one.job.fingerprint}.mp4")
            film.parent.mkdir(parents=True, exist_ok=True)
            film.write_bytes(one.job.fingerprint.encode())
            store.keep_take(film, one.job.fingerprint, one.job.slate, (), {"date": "2026-05-01"})
    return update_lock(compiled.lock, compiled.planned, store, paid), compiled, store


def test_a_take_is_written_down_with_what_it_is_and_cost(path):
    lock, compiled, _ = rendered(path, "runware")
    one, block = compiled.planned[0], lock.blocks["wait"]
    assert (block.fingerprint, block.slate) == (one.job.fingerprint, one.job.fingerprint)
    assert (block.provider, block.model) == ("runware", "alibaba:happyhorse@1.1")
    assert (block.seconds, block.seed, block.number) == (3, one.job.seed, 1)
    assert (block.order, block.usd, block.date) == (f"job-{one.job.fingerprint[:4]}", 0.5, "2026-05-01")
    assert "shots.0.action" in block.parts


def test_an_animatic_costs_nothing_and_never_hides_what_was_paid(path):
    lock, _, store = rendered(path, "runware", ("wait",))
    drawn = rendered(path, "offline")[1]
    now = update_lock(lock, drawn.planned, store, paid)
    assert now.blocks["wait"] == lock.blocks["wait"]
    assert (now.blocks["call"].provider, now.blocks["call"].usd) == ("offline", 0.0)
    ordered = update_lock(now, rendered(path, "runware")[1].planned, store, paid)
    assert {block.provider for block in ordered.blocks.values()} == {"runware"}


def test_a_clip_without_a_take_keeps_its_block_and_one_that_is_gone_has_none(path):
    lock, _, store = rendered(path)
    edited(path, "wide shot", "full shot")
    compiled = compile_file(path)
    extra = Lock({**lock.blocks, "gone": lock.blocks["wait"]})
    assert update_lock(extra, compiled.planned, store, paid) == lock


def test_a_renamed_clip_takes_its_block_along(path):
    lock, _, store = rendered(path)
    chosen = Lock({**lock.blocks, "wait": replace(lock.blocks["wait"], date="2020-01-01")})
    edited(path, "id: wait", "id: waiting")
    compiled = compile_file(path)
    planned = [replace(one, block=chosen.find(one.clip.id, one.job.fingerprint)) for one in compiled.planned]
    planned = [replace(one, take=one.block.take) for one in planned]
    now = update_lock(chosen, planned, store, paid)
    assert sorted(now.blocks) == ["boat", "call", "waiting"]
    assert now.blocks["waiting"].date == "2020-01-01"


def test_what_was_accepted_is_forgotten_when_the_text_is_as_it_was(path):
    lock, compiled, store = rendered(path)
    block = replace(lock.blocks["wait"], accepted="f" * 64, although="action: a → b")
    planned = [replace(one, block=block, take=block.take) for one in compiled.planned[:1]]
    assert update_lock(Lock({"wait": block}), planned, store, paid).blocks["wait"].accepted is None
    other = [replace(one, job=replace(one.job, fingerprint="f" * 64)) for one in planned]
    assert update_lock(Lock({"wait": block}), other, store, paid).blocks["wait"] == block


def test_a_further_take_that_was_chosen_is_written_as_such(shelf):
    shelf.further("wait", 2)
    shelf.choose("wait", shelf.takes("wait")[1])
    one, block = shelf.compiled().planned[0], shelf.compiled().lock.blocks["wait"]
    assert (block.fingerprint, block.number, block.accepted) == (one.job.fingerprint, 2, None)
    assert block.rendered == block.slate != block.fingerprint
    assert shelf.judged()[0].why == "take 2 was chosen"
    assert update_lock(shelf.compiled().lock, shelf.judged(), shelf.store, paid) == shelf.compiled().lock


def test_a_take_of_other_words_that_was_chosen_is_accepted_for_these(shelf):
    edited(shelf.path, "looks over", "looks at")
    shelf.choose("wait", shelf.takes("wait")[0])
    one, block = shelf.compiled().planned[0], shelf.compiled().lock.blocks["wait"]
    assert block.accepted == one.job.fingerprint
    assert block.although == 'action: "@ana looks over the water." → "@ana looks at the water."'
    assert (shelf.judged()[0].state, shelf.judged()[0].why) == ("cached", f"accepted although {block.although}")
    assert update_lock(shelf.compiled().lock, shelf.judged(), shelf.store, paid) == shelf.compiled().lock


def test_where_other_words_were_accepted_a_take_of_these_is_chosen_once_it_is_rendered(shelf):
    edited(shelf.path, "looks over", "looks at")
    shelf.choose("wait", shelf.takes("wait")[0])
    new = shelf.further("wait", 1)
    planned = shelf.compiled().planned
    block = update_lock(shelf.compiled().lock, planned, shelf.store, paid).blocks["wait"]
    assert (block.take, block.fingerprint, block.accepted) == (new, planned[0].job.fingerprint, None)


def test_a_choice_whose_file_is_not_here_stays_in_the_lock(shelf):
    shelf.further("wait", 2)
    shelf.choose("wait", shelf.takes("wait")[1])
    lock = shelf.compiled().lock
    shelf.store.take(lock.blocks["wait"].take).unlink()
    one = shelf.judged()[0]
    assert (one.state, one.job.take, one.job.fingerprint) == ("render", 2, lock.blocks["wait"].slate)
    assert one.why == "its take is not in the store; `storyforge pull` may bring it"
    assert update_lock(lock, shelf.judged(), shelf.store, paid) == lock


def test_a_choice_that_was_rendered_again_is_still_that_choice(shelf):
    shelf.further("wait", 2)
    shelf.choose("wait", shelf.takes("wait")[1])
    lock = shelf.compiled().lock
    shelf.store.take(lock.blocks["wait"].take).unlink()
    again = shelf.store.path("made.mp4")
    again.write_bytes(b"the host's second try")
    one = shelf.judged()[0]
    sha256 = shelf.store.keep_take(again, one.job.fingerprint, one.job.slate, (), {"date": "2026-06-01"})
    now = update_lock(lock, shelf.judged(), shelf.store, paid).blocks["wait"]
    assert now == replace(lock.blocks["wait"], take=sha256, date="2026-06-01")


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
    made = accept(film.compiled(), ["wait"])
    assert (made.blocks, made.refused, made.lock) == ({}, {"wait": why}, film.compiled().lock)


def test_what_was_never_chosen_is_not_accepted(film):
    film.lock(Lock())
    edited(film.path, "looks over", "looks at")
    assert accept(film.compiled(), ["wait"]).refused == {"wait": "no take of it was chosen yet"}


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


def take_of(shelf, number):
    return next(take for take in shelf.takes("wait") if take.number == number)


def test_a_take_that_does_not_fit_is_not_chosen(shelf):
    take, before = take_of(shelf, 1), shelf.compiled().lock
    edited(shelf.path, 'water."\n    seconds: 3', 'water."\n    seconds: 4')
    said = f"take {take.sha256[:8]} cannot be played for `wait`: it lasts 3 s, and the film has 4 s for it"
    with pytest.raises(UsageError, match=said):
        choose_take(shelf.compiled(), shelf.compiled().planned[0], take)
    assert read_lock(lock_path(shelf.path))[0] == before


def test_a_choice_decides_the_clip_over_which_a_merge_left_the_lock_undecided(shelf):
    sha256 = shelf.further("wait", 2)
    path, text = lock_path(shelf.path), lock_text(shelf.compiled().lock)
    for block in shelf.compiled().lock.blocks.values():
        marks = f"<<<<<<< ours\n    take: {block.take}\n=======\n    take: {'b' * 64}\n>>>>>>> theirs\n"
        text = text.replace(f"    take: {block.take}\n", marks)
    path.write_text(text, encoding="utf-8")
    choose_take(shelf.compiled(), shelf.compiled().planned[0], take_of(shelf, 2))
    sides = read_sides(path.read_text(encoding="utf-8"))
    assert sides.disputed == ["boat", "call"]
    assert sides.joined.blocks["wait"].take == sha256


def further_takes(film, *numbers):
    one = film.compiled().planned[0]
    return one, [further_take(one, number) for number in numbers]


def test_of_further_takes_the_last_that_came_is_chosen(film):
    one, takes = further_takes(film, 2, 3, 4)
    compiled = film.compiled()
    assert choose_last(compiled, one, takes) is None
    film.further("wait", 2)
    third = film.further("wait", 3)
    chosen = choose_last(compiled, one, takes)
    assert (chosen.block.take, chosen.block.number, chosen.spared) == (third, 3, False)
    assert read_lock(lock_path(film.path))[0].blocks["wait"] == chosen.block


def test_a_further_take_that_was_drawn_here_spares_the_choice_of_a_paid_one(film):
    old = replace(film.compiled().lock.blocks["wait"], provider="runware", model="m")
    film.lock(Lock({**film.compiled().lock.blocks, "wait": old}))
    film.further("wait", 2)
    one, takes = further_takes(film, 2)
    chosen = choose_last(film.compiled(), one, takes)
    assert (chosen.block, chosen.spared) == (old, True)
    assert read_lock(lock_path(film.path))[0].blocks["wait"] == old


def test_a_lock_that_says_so_already_is_not_written(film):
    compiled = film.compiled()
    assert not keep_lock(plan_film(compiled))
    film.further("wait", 1)
    film.lock(Lock())
    compiled = film.compiled()
    assert keep_lock(plan_film(compiled))
    assert sorted(read_lock(lock_path(film.path))[0].blocks) == ["boat", "call", "wait"]


def test_no_other_module_writes_a_lock():
    writers = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if "write_lock(" in path.read_text(encoding="utf-8")
    }
    assert writers == {"system/lock.py", "planning/lock_update.py"}


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


def test_a_lock_that_changed_since_the_storyboard_was_compiled_stops_a_change(film):
    compiled = film.compiled()
    with hold_unchanged(compiled):
        assert film.store.is_held()
    film.lock(Lock({**compiled.lock.blocks, "wait": replace(compiled.lock.blocks["wait"], number=2)}))
    with (
        pytest.raises(UsageError, match=r"ferry\.story\.lock was changed meanwhile"),
        hold_unchanged(compiled),
    ):
        pytest.fail("it went on")
    assert not film.store.is_held()
