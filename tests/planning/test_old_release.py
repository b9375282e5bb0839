"""Films that release 0.1 rendered stay rendered: their takes, orders and boundaries count, and nothing is paid again."""

from __future__ import annotations

import pytest

from planning.old_release import lay_out
from storyforge.compiler.compile import compile_file
from storyforge.planning.film_plan import plan_film
from storyforge.system.lock import lock_path

FILMS = {
    "gate": {"wait": 6, "call": 4, "walk": 10, "walk.2": 10, "gull": 4, "boat": 4},
    "bell": {"하나": 13, "둘": 14, "넷": 13, "넷.2": 12, "넷.3": 12},
    "draft": {"one": 3, "two": 3, "three": 3},
}
"""The clips of each, with the seconds that were paid."""


@pytest.fixture
def folder(tmp_path):
    return lay_out(tmp_path)


def planned(path, **options):
    return plan_film(compile_file(path, **options)).planned


@pytest.mark.parametrize("name", FILMS)
def test_what_release_0_1_rendered_is_cached_throughout(folder, name):
    plan = plan_film(compile_file(folder / f"{name}.story.yaml"))
    assert {one.clip.id: one.clip.seconds for one in plan.planned} == FILMS[name]
    assert [(one.state, one.why) for one in plan.planned] == [("cached", "unchanged")] * len(plan.planned)
    assert (plan.usd, plan.waiting) == (0.0, ())


@pytest.mark.parametrize("name", ["gate", "draft"])
def test_without_its_lock_the_store_says_the_same(folder, name):
    path = folder / f"{name}.story.yaml"
    lock_path(path).unlink()
    assert {one.state for one in planned(path)} == {"cached"}


def test_orders_that_are_under_way_are_attached_and_never_ordered_again(folder):
    states = {one.clip.id: one.state for one in planned(folder / "waiting.story.yaml")}
    assert states == {"one": "attached", "two": "attached", "three": "render"}
