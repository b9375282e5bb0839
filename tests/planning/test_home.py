"""A film has a host of its own: what is tried at another changes nothing there, and what is chosen holds there too."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from projects import Faked, edited, project

from storyforge.planning.choices import accept_takes, use_take
from storyforge.planning.film_plan import plan_film
from storyforge.planning.home import find_home, find_spared, is_away, open_home
from storyforge.planning.lock_update import choose_last, keep_lock
from storyforge.planning.open import open_storyboard
from storyforge.system.lock import lock_path, read_lock

SHOTS = """\
  - {id: wait, scene: pier, action: "@ana looks over the water.", seconds: 3, clip: new}
  - {id: call, scene: pier, action: "@bo shows @ana his boat.", seconds: 3, clip: new}
  - {id: boat, scene: pier, action: The boat floats away., seconds: 3, clip: new}
"""


@pytest.fixture
def path(tmp_path):
    return project(tmp_path, SHOTS)


@pytest.fixture
def film(path):
    """A film whose clips have their takes at Runware, which nothing but the lock says."""
    return Faked(path, "runware")


def at(film, provider=None, **environment):
    return open_storyboard(film.path, provider, environment)


def tried(film, provider, *clips):
    """Takes of some clips at a provider, as a render brings them; returns what is compiled for that."""
    compiled = at(film, provider)
    for one in compiled.planned:
        if one.clip.id in clips:
            made = {"film": film.path.name, "clip": one.clip.id, "fields": one.fields}
            film.take(one.job.fingerprint, one.job.slate, **made)
    return compiled


def named(film):
    return {clip: block.provider for clip, block in read_lock(lock_path(film.path))[0].blocks.items()}


def states(film, provider):
    return {one.clip.id: one.state for one in plan_film(at(film, provider)).planned}


def home_of(compiled):
    return find_home(compiled, compiled.planned[0])


def test_a_films_host_is_what_is_written_or_set_and_else_whose_takes_it_plays(film):
    assert home_of(at(film, "wavespeed")) == "runware"
    assert is_away(at(film, "wavespeed"), at(film, "wavespeed").planned[0])
    assert home_of(at(film, "wavespeed", STORYFORGE_PROVIDER="hiapi")) == "hiapi"
    cheapest = at(film, "cheapest", WAVESPEED_API_KEY="w")
    assert home_of(cheapest) == "wavespeed"  # who leaves it to prices is at home wherever they lead
    edited(film.path, "storyforge: 1\n", "storyforge: 1\nprovider: scenario\n")
    assert home_of(at(film, "wavespeed")) == "scenario"
    assert open_home(at(film, "wavespeed")).provider.name == "scenario"
    assert open_home(at(film)) is None


def test_a_film_without_takes_of_a_host_has_no_host_of_its_own(path):
    film = Faked(path)
    assert home_of(at(film, "wavespeed")) is None
    assert open_home(at(film, "wavespeed")) is None


def test_a_clip_that_is_tried_at_another_host_leaves_the_lock_as_it_is_and_is_reported(film):
    before = lock_path(film.path).read_bytes()
    plan = plan_film(tried(film, "wavespeed", "wait"))
    assert not keep_lock(plan, trial=True)
    assert lock_path(film.path).read_bytes() == before
    came = {plan.planned[0].job.fingerprint}
    assert {clip: block.provider for clip, block in find_spared(plan, came).items()} == {"wait": "runware"}
    assert find_spared(plan, ()) == {}
    assert set(states(film, "runware").values()) == {"cached"}


def test_a_film_that_is_rendered_whole_at_another_host_goes_there(film):
    assert keep_lock(plan_film(tried(film, "wavespeed", "wait", "call", "boat")))
    assert set(named(film).values()) == {"wavespeed"}


def test_a_trial_at_the_films_own_host_is_none(film):
    edited(film.path, "storyforge: 1\n", "storyforge: 1\nprovider: wavespeed\n")
    assert keep_lock(plan_film(tried(film, "wavespeed", "wait")), trial=True)
    assert named(film)["wait"] == "wavespeed"


def test_a_further_take_of_another_host_is_not_chosen_by_itself(film):
    compiled = tried(film, "wavespeed", "wait")
    chosen = choose_last(compiled, compiled.planned[0], compiled.planned)
    assert (chosen.spared, chosen.block.provider, chosen.tried.provider) == (True, "runware", "wavespeed")
    assert named(film)["wait"] == "runware"


@pytest.mark.parametrize("flag", ["wavespeed", "runware"])
def test_a_take_of_another_host_that_a_person_chose_is_played_at_both(film, flag):
    there = tried(film, "wavespeed", "wait")
    take = film.store.find_take(there.planned[0].job.fingerprint)
    choice = use_take(at(film, flag), "wait", take[:8], lambda: at(film, flag))
    assert (choice.blocks["wait"].take, choice.forgotten) == (take, ())
    for provider in ("runware", "wavespeed"):
        one = plan_film(at(film, provider)).planned[0]
        assert (one.state, one.take) == ("cached", take)
    assert states(film, "runware") == {"wait": "cached", "call": "cached", "boat": "cached"}
    # A render of anything, at either host, keeps the choice.
    keep_lock(plan_film(at(film, "runware")))
    keep_lock(plan_film(at(film, "wavespeed")), trial=True)
    assert plan_film(at(film, "runware")).planned[0].take == take


def test_the_choice_holds_in_a_clone_that_has_the_lock_and_the_takes_that_it_names(film, tmp_path_factory):
    there = tried(film, "wavespeed", "wait")
    take = film.store.find_take(there.planned[0].job.fingerprint)
    use_take(at(film, "wavespeed"), "wait", take[:8], lambda: at(film, "wavespeed"))
    clone = Path(shutil.copytree(film.path.parent, tmp_path_factory.mktemp("clone") / "film"))
    for name in ("records", "ledger.db"):
        shutil.rmtree(clone / ".storyforge" / name, ignore_errors=True)
    lock = read_lock(lock_path(clone / film.path.name))[0]
    kept = {f"{block.slate}.json" for block in lock.blocks.values()}
    for slate in (clone / ".storyforge" / "slates").iterdir():
        if slate.name not in kept:
            slate.unlink()
    plan = plan_film(open_storyboard(clone / film.path.name, "runware", {}))
    assert {one.clip.id: one.state for one in plan.planned} == {"wait": "cached", "call": "cached", "boat": "cached"}
    assert plan.planned[0].take == take


def test_a_choice_at_another_host_that_costs_the_films_own_says_so(film):
    edited(film.path, "looks over", "looks at")
    accept_takes(at(film, "runware"), ["wait"], lambda: at(film, "runware"))
    choice = accept_takes(at(film, "wavespeed"), ["wait"], lambda: at(film, "wavespeed"))
    assert [(one.clip.id, one.clip.provider, one.state) for one in choice.forgotten] == [("wait", "runware", "render")]
