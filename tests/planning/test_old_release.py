"""Films that release 0.1 rendered stay rendered: their takes, orders and boundaries count, and nothing is paid again."""

from __future__ import annotations

import pytest

from planning.old_release import lay_out
from projects import edited
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


def test_after_an_edit_its_clip_alone_is_rendered_and_the_reason_is_the_field(folder):
    path = folder / "bell.story.yaml"
    edited(path, "문이 열린다", "문이 닫힌다")
    edited(path, "작게", "크게")
    states = {one.clip.id: (one.state, one.why) for one in planned(path)}
    assert states["하나"] == ("cached", "unchanged")
    assert states["둘"][0] == "render"
    assert "dialogue" in states["둘"][1]
    assert states["넷"][0] == "render"
    assert "action" in states["넷"][1]


RENAMES = {
    "a character": ("gate", [("  bo:\n", "  pip:\n"), ("@bo", "@pip"), ("- bo", "- pip")]),
    "shots": ("gate", [("id: wait", "id: look"), ("id: walk", "id: run")]),
    "a scene": ("gate", [("  pier:\n", "  quay:\n"), ("scene: pier", "scene: quay")]),
    "the title": ("gate", [("title: The Gate", "title: A Gate")]),
    "all in Korean": ("bell", [("미라", "하나씨"), ("id: 둘", "id: 두번째")]),
}


@pytest.mark.parametrize(("name", "edits"), RENAMES.values(), ids=RENAMES)
def test_what_changes_no_picture_leaves_takes_of_release_0_1_alone(folder, name, edits):
    path = folder / f"{name}.story.yaml"
    text = path.read_text(encoding="utf-8")
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
    assert {one.state for one in planned(path)} == {"cached"}


def test_a_chain_follows_the_clip_that_is_rendered_again(folder):
    path = folder / "gate.story.yaml"
    edited(path, "looks over the water", "looks at the water")
    states = {one.clip.id: one.state for one in planned(path)}
    assert {name for name, state in states.items() if state == "render"} == {"wait", "call"}
