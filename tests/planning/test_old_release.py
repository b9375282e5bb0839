"""Films that release 0.1 rendered stay rendered: their takes, orders and boundaries count, and nothing is paid again."""

from __future__ import annotations

from dataclasses import replace

import pytest
from projects import edited

from planning.old_release import lay_out
from storyforge.compiler import pack, prompt
from storyforge.compiler.compile import compile_file
from storyforge.compiler.slates import RELEASE, name_wording
from storyforge.planning.film_plan import plan_film
from storyforge.planning.lock_update import keep_lock
from storyforge.planning.open import open_storyboard
from storyforge.planning.takes import all_takes
from storyforge.reports.plan_report import plan_report
from storyforge.reports.plan_text import wording_notes
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


def test_without_its_lock_the_store_says_the_same(folder):
    path = folder / "draft.story.yaml"
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
    "all in Korean": ("bell", [("id: 둘", "id: 두번째"), ("title: 종소리", "title: 밤의 종소리")]),
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


def test_what_continues_a_clip_that_is_rendered_again_is_rendered_again(folder):
    path = folder / "gate.story.yaml"
    edited(path, "looks over the water", "looks at the water")
    states = {one.clip.id: one.state for one in planned(path)}
    # Edited, it is cut as it is cut today: two looks of one person part it.
    assert {name for name, state in states.items() if state == "render"} == {"wait", "rain", "call"}


def kept_cuts(path):
    return [found.message for found in compile_file(path).diagnostics if found.name == "kept-cut"]


def test_two_looks_in_a_clip_that_is_paid_for_stay_and_are_said(folder):
    path = folder / "gate.story.yaml"
    said = "clip `wait` stays as it was rendered, 6 s: `ana` is dressed in two ways, and would have two clips"
    assert kept_cuts(path) == [said]
    packed = {one.clip.id: (one.clip.why, one.state) for one in planned(path, repack=True)}
    assert packed["rain"] == ("`ana` is dressed otherwise than in `wait`", "render")
    assert {name for name, (_, state) in packed.items() if state == "render"} == {"wait", "rain", "call"}


@pytest.fixture(params=[0.5, 0.8, 1.5])
def pace(request, monkeypatch):
    """Another estimate of how long lines take, as of a later release."""
    estimate = pack.shot_milliseconds

    def paced(shot, language):
        return round(estimate(shot, language) * (1 if shot.seconds else request.param))

    monkeypatch.setattr(pack, "shot_milliseconds", paced)


@pytest.mark.usefixtures("pace")
def test_another_estimate_moves_no_boundary_and_no_second_of_what_is_paid(folder):
    path = folder / "bell.story.yaml"
    assert {one.clip.id: one.clip.seconds for one in planned(path)} == FILMS["bell"]
    assert {one.state for one in planned(path)} == {"cached"}
    assert [said.split(":")[0] for said in kept_cuts(path)] == [
        f"clip `{clip}` stays as it was rendered, {seconds} s"
        for clip, seconds in FILMS["bell"].items()
        if "." not in clip
    ]
    assert {one.state for one in planned(path, repack=True)} == {"render"}


@pytest.mark.usefixtures("pace")
def test_an_edited_clip_has_the_seconds_of_today(folder):
    path = folder / "bell.story.yaml"
    edited(path, "바람이 바다에서", "바람이 산에서")
    clips = {one.clip.id: (one.clip.seconds, one.state) for one in planned(path)}
    assert clips["하나"][0] != 13
    assert clips["하나"][1] == "render"
    assert {state for name, (_, state) in clips.items() if not name.startswith("하나")} == {"cached"}


def test_takes_that_were_worded_otherwise_say_by_which_release(folder):
    film = plan_film(compile_file(folder / "gate.story.yaml"))
    assert [one.worded for one in film.planned] == ["0.1"] * len(film.planned)
    # Nothing is worded of what is drawn.
    assert {one.worded for one in planned(folder / "draft.story.yaml")} == {None}


@pytest.fixture
def reworded(folder, monkeypatch):
    """A later release, whose sentences are others."""
    write = prompt.Writer.write

    def otherwise(writer, clip):
        said = write(writer, clip)
        return replace(said, text=f"{said.text} So be it.")

    monkeypatch.setattr(prompt.Writer, "write", otherwise)
    return folder


@pytest.mark.parametrize(("name", "said"), [("gate", "6 takes"), ("bell", "5 takes"), ("draft", None)])
def test_another_wording_leaves_takes_as_they_are_and_is_said_in_one_line(reworded, name, said):
    film = plan_film(compile_file(reworded / f"{name}.story.yaml"))
    assert {one.state for one in film.planned} == {"cached"}
    notes = [f"the wording of {said} is of release 0.1; --reword renders them again"] if said else []
    assert wording_notes(film) == notes
    assert plan_report(film, "text").count("--reword") == len(notes)


def test_reword_orders_them_again_and_what_continues_them(reworded):
    path = reworded / "gate.story.yaml"
    film = plan_film(open_storyboard(path, None, {}, reword=True))
    assert {one.clip.id: one.why for one in film.planned} == {
        "wait": "its wording is of release 0.1",
        "call": "follows wait",
        "walk": "its wording is of release 0.1",
        "walk.2": "follows walk",
        "gull": "its wording is of release 0.1",
        "boat": "its wording is of release 0.1",
    }
    assert film.usd == 5.32
    assert all(one.job.prompt.endswith("So be it.") for one in film.planned)
    assert wording_notes(film) == []


def test_what_was_worded_again_is_current_and_its_former_take_is_still_there(reworded):
    path = reworded / "gate.story.yaml"
    compiled = open_storyboard(path, None, {}, reword=True)
    store = compiled.project.store
    for one in plan_film(compiled).planned:
        film = store.path("made.mp4")
        film.write_bytes(one.job.fingerprint.encode())
        made = {"film": path.name, "clip": one.clip.id, "fields": one.fields, **name_wording(one.job)}
        store.keep_take(film, one.job.fingerprint, one.job.slate, (), made)
    keep_lock(plan_film(compiled))
    film = plan_film(compile_file(path))
    assert [(one.state, one.why, one.worded) for one in film.planned] == [("cached", "unchanged", None)] * 6
    assert {block.release for block in compile_file(path).lock.blocks.values()} == {RELEASE}
    takes = all_takes(compile_file(path))["wait"]
    assert {take.release: (take.chosen, take.current) for take in takes} == {"0.2": (True, True), "0.1": (False, True)}
    assert next(take.prompt for take in takes if take.release == "0.1").startswith("The scene is")
