"""The cheapest host: chosen clip by clip among those that can, with what the others ask."""

import pytest
from projects import SHOTS, edited, project

from storyforge.compiler.cheapest import choose_cheapest
from storyforge.compiler.compile import compile_file, load_file
from storyforge.system.lock import Block, Lock, lock_path, write_lock
from storyforge.system.project import Project

OWN_ID = "uuid:3f0a1f5e-8a63-4c7d-9d0e-8a2b5c3e1f77"
PRICED = ("runware", "wavespeed", "joypix")


@pytest.fixture
def path(tmp_path):
    path = project(tmp_path, SHOTS.replace("continues: call", "clip: new"))
    edited(path, "title: The Ferry", "title: The Ferry\nformat: {resolution: 1080p}")
    return path


def test_each_clip_goes_to_the_host_that_asks_least(path):
    choice = choose_cheapest(load_file(Project(path)), PRICED, {})
    assert dict(choice.providers) == dict.fromkeys(("wait", "call", "boat"), "runware")
    assert choice.offers["wait"] == (("runware", 0.54), ("wavespeed", 0.567), ("joypix", 0.72))


def test_the_order_in_which_hosts_are_named_chooses_nothing_but_between_equals(path):
    assert set(choose_cheapest(load_file(Project(path)), PRICED[::-1], {}).providers.values()) == {"runware"}
    edited(path, "1080p", "720p")
    first = choose_cheapest(load_file(Project(path)), ("runware", "joypix"), {})
    other = choose_cheapest(load_file(Project(path)), ("joypix", "runware"), {})
    assert [set(one.providers.values()) for one in (first, other)] == [{"runware"}, {"joypix"}]


def test_a_host_that_cannot_express_a_clip_is_not_among_its_offers(path):
    # An id of Runware's own is nothing to the others.
    edited(path, "    clip: new\n    transition:", f"    first_frame: {OWN_ID}\n    clip: new\n    transition:")
    choice = choose_cheapest(load_file(Project(path)), PRICED, {})
    assert [name for name, _ in choice.offers["boat"]] == ["runware"]
    assert [name for name, _ in choice.offers["call"]] == ["runware", "wavespeed", "joypix"]


def test_a_host_without_a_price_is_never_the_cheapest(path):
    choice = choose_cheapest(load_file(Project(path)), ("hiapi", "wavespeed"), {})
    assert set(choice.providers.values()) == {"wavespeed"}
    assert choose_cheapest(load_file(Project(path)), ("hiapi",), {}).providers == {}


def test_the_choice_compiles_as_it_was_priced(path):
    choice = choose_cheapest(load_file(Project(path)), PRICED, {})
    board = compile_file(path, None, {}, choices=choice.providers)
    assert not [found for found in board.diagnostics if found.severity == "error"]
    assert {one.clip.id: one.usd for one in board.planned} == {
        name: offers[0][1] for name, offers in choice.offers.items()
    }


def test_offers_are_told_for_the_clips_that_takes_leave_as_they_were_priced(path):
    choice = choose_cheapest(load_file(Project(path)), PRICED, {})
    first, *_ = compile_file(path, "runware").planned
    assert len(first.clip.shots) == 1
    lock = Lock(
        {"wait": Block(first.job.fingerprint, "0" * 64, "runware", "model", first.clip.seconds, first.job.seed)}
    )
    write_lock(lock_path(path), lock)
    edited(path, "    clip: new\n  - id: boat", "  - id: boat")
    assert [len(one.clip.shots) for one in compile_file(path, "runware").planned] == [1, 1, 1]
    joined = choose_cheapest(load_file(Project(path)), PRICED, {})
    assert list(joined.shots.values()) == [("wait", "call"), ("boat",)]
    board = compile_file(path, None, {}, choices=joined.providers)
    assert [one.clip.id for one in board.planned if one.block] == ["wait"]
    assert list(joined.offers_for(board)) == ["boat"]
    assert choice.offers_for(board) == choice.offers
