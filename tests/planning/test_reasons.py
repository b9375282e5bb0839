"""Why clips are rendered again: an edit is shown with its values and its line, from the record or from the lock alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from projects import Faked, edited, project

from storyforge.compiler.compile import compile_file
from storyforge.compiler.jobs import further_take
from storyforge.planning.film_key import film_why
from storyforge.planning.reasons import find_differences, plan_clips
from storyforge.system.lock import Lock, part_digests


@pytest.fixture
def film(tmp_path):
    return Faked(project(tmp_path))


HEADLINE = "title: The Ferry"

EDITS = [
    ("looks over", "looks at", {"wait"}, 'action: "@ana looks over the water." → "@ana looks at the water." (:21)'),
    ("wide shot", "full shot", {"wait"}, 'framing: "wide shot" → "full shot" (:20)'),
    ("Take it.", "Take this.", {"call", "boat"}, 'dialogue[0]: "bo: Take it." → "bo: Take this." (:28)'),
    ("a green oar", "a red oar", {"wait"}, 'cast.ana.marks[0]: "a green oar" → "a red oar" (:7)'),
    (
        "[a green oar]",
        "[a green oar, a hat]",
        {"wait"},
        'cast.ana.marks: ["a green oar"] → ["a green oar", "a hat"] (:7)',
    ),
    ("name: the boy", "name: the lad", {"call", "boat"}, 'cast.bo.name: "the boy" → "the lad" (:9)'),
    ("a blue", "a red", {"wait", "call", "boat"}, 'scenes.pier.marks[0]: "a blue lamp" → "a red lamp" (:16)'),
    (HEADLINE, f"{HEADLINE}\nstyle: woodcut", {"wait", "call", "boat"}, 'style: nothing → "woodcut" (:3)'),
    (HEADLINE, f"{HEADLINE}\npreserve: [the fog]", {"wait", "call", "boat"}, 'preserve: nothing → ["the fog"] (:3)'),
    (HEADLINE, f"{HEADLINE}\nformat: {{fps: 25}}", {"wait", "call", "boat"}, "format.fps: 24 → 25 (:3)"),
    (HEADLINE, f"{HEADLINE}\nlanguage: fr", {"wait", "call", "boat"}, 'language: "en" → "fr" (:3)'),
    ('water."\n    seconds: 3', 'water."\n    seconds: 5', {"wait"}, "seconds: 3.0 → 5.0 (:22)"),
    ('water."', 'water."\n    seed: 7', {"wait"}, "seed: nothing → 7 (:22)"),
    ('water."', 'water."\n    take: 2', {"wait"}, "take: 1 → 2 (:22)"),
    ('water."', 'water."\n    sound: gulls', {"wait"}, 'sound: nothing → "gulls" (:22)'),
]


@pytest.mark.parametrize(("old", "new", "clips", "why"), EDITS)
def test_an_edit_is_told_with_its_values_and_its_line_and_marks_exactly_its_clips(film, old, new, clips, why):
    edited(film.path, old, new)
    planned = film.judged()
    assert {one.clip.id for one in planned if one.state == "render"} == clips
    assert all(one.why == "unchanged" for one in planned if one.state == "cached")
    assert next(one.why for one in planned if one.state == "render") == why.replace("(:", "(ferry.story.yaml:")


@pytest.mark.parametrize(("old", "new", "clips", "why"), EDITS)
def test_the_lock_alone_tells_which_fields_changed(film, old, new, clips, why):
    edited(film.path, old, new)
    planned = film.judged(record={})
    assert {one.clip.id for one in planned if one.state == "render"} == clips
    field, _, rest = why.partition(": ")
    line = rest.rpartition(" (:")[2] if not field.startswith("dialogue") else "27)"
    told = next(one.why for one in planned if one.state == "render")
    assert told == f"{field.partition('[')[0]} changed (ferry.story.yaml:{line}"


def test_an_edit_and_its_reversal_leave_nothing_to_render(film):
    before = film.path.read_bytes()
    edited(film.path, "wide shot", "full shot")
    assert [one.state for one in film.judged()] == ["render", "cached", "cached"]
    film.path.write_bytes(before)
    assert [one.state for one in film.judged()] == ["cached"] * 3


def test_a_first_plan_says_new_and_what_follows(tmp_path):
    path = project(tmp_path)
    compiled = compile_file(path)
    planned = plan_clips(compiled, {})
    assert [one.why for one in planned] == ["new", "new", "new; follows call"]


@pytest.mark.parametrize("record", [None, {}])
def test_a_first_plan_at_a_host_says_that_its_clips_are_new_there(film, record):
    edited(film.path, HEADLINE, f"{HEADLINE}\nprovider: runware")
    planned = film.judged() if record is None else film.judged(record=record)
    assert [one.why for one in planned] == ["new at Runware", "new at Runware", "new at Runware; follows call"]
    assert not any(one.changes for one in planned)


def test_a_film_with_other_clips_names_their_order_and_not_what_follows_from_it():
    last = {"order of the clips": ["one", "two"], "dialogue": ["Yes."], "shot ids in the picture": [1, 2], "title": "A"}
    now = {"order of the clips": ["one"], "dialogue": [], "shot ids in the picture": [1], "title": "A"}
    assert film_why(now, {**last, "transition of two": ["cut", 0]}) == "order of the clips changed"
    assert film_why({**now, "title": "B"}, last) == "order of the clips, title changed"
    assert film_why({**last, "dialogue": ["No."]}, last) == "dialogue changed"


def test_a_clip_that_follows_one_rendered_anew_says_so(film):
    edited(film.path, "Take it.", "Take this.")
    assert film.judged()[2].why == "follows call"


SCENE = """\
  - {id: one, scene: pier, action: "@ana rows.", seconds: 3}
  - {id: two, scene: pier, action: "@bo waves.", seconds: 3}
"""


def test_a_shot_put_in_front_changes_nothing_in_the_others(tmp_path):
    film = Faked(project(tmp_path, SCENE))
    film.lock(Lock())  # with it, the clip of the others would stay as it is
    shot = '  - {id: new, scene: pier, action: "Fog.", seconds: 3}\n'
    edited(film.path, "  - {id: one,", f"{shot}  - {{id: one,")
    (one,) = film.judged()
    assert one.why == "new"
    edited(film.path, "id: new,", "id: one,")
    edited(film.path, 'id: one, scene: pier, action: "@ana', 'id: first, scene: pier, action: "@ana')
    (one,) = film.judged()
    assert one.why == "shots: `one` is new (ferry.story.yaml:18)"


def test_a_shot_that_left_is_told_by_what_it_showed(tmp_path):
    film = Faked(project(tmp_path, SCENE))
    edited(film.path, '  - {id: two, scene: pier, action: "@bo waves.", seconds: 3}\n', "")
    (one,) = film.judged()
    assert one.why == 'shots: "@bo waves." is gone (ferry.story.yaml:18)'


def test_another_picture_is_told_without_its_hash(film):
    (film.path.parent / "refs/ana.png").write_bytes((film.path.parent / "refs/bo.png").read_bytes())
    assert film.judged()[0].why == "cast.ana.reference: another picture (ferry.story.yaml:6)"


def test_what_was_chosen_is_played_though_other_text_stands_there(film):
    compiled = compile_file(film.path)
    wait = compiled.lock.blocks["wait"]
    edited(film.path, "looks over", "looks out over")
    now = compile_file(film.path).planned[0].job.fingerprint
    film.lock(Lock({**compiled.lock.blocks, "wait": replace(wait, accepted=now, although="action: a → b")}))
    first = film.judged()[0]
    assert (first.state, first.take, first.why) == ("cached", wait.take, "accepted although action: a → b")
    further = replace(wait, accepted=now, although="action: a → b", rendered=wait.fingerprint, number=3)
    film.lock(Lock({**compiled.lock.blocks, "wait": replace(further, fingerprint="e" * 64)}))
    assert film.judged()[0].why == "take 3 was chosen, accepted although action: a → b"
    film.store.take(wait.take).unlink()
    assert film.judged()[0].why == "its take is not in the store; `storyforge pull` may bring it"


def test_a_clip_follows_the_take_that_was_chosen(film):
    """Another take of the clip before has another last frame."""
    other = film.take("f" * 64, {"model": "animatic-1", "take": 2})
    lock = compile_file(film.path).lock
    block = replace(lock.blocks["call"], take=other, rendered="f" * 64, number=2)
    film.lock(Lock({**lock.blocks, "call": block}))
    planned = film.judged()
    assert [(one.state, one.why) for one in planned] == [
        ("cached", "unchanged"),
        ("cached", "take 2 was chosen"),
        ("render", "follows call, which plays another take"),
    ]
    assert planned[1].take == other


def test_a_chosen_take_that_is_not_here_gives_way_to_one_of_the_same_slate(film):
    lock = compile_file(film.path).lock
    film.lock(Lock({**lock.blocks, "wait": replace(lock.blocks["wait"], take="9" * 64)}))
    assert film.judged()[0].take == lock.blocks["wait"].take
    film.store.take(lock.blocks["wait"].take).unlink()
    assert film.judged()[0].why == "its take is not in the store; `storyforge pull` may bring it"


def test_a_further_take_that_is_not_here_is_what_would_be_rendered(film):
    second = film.further("wait", 2)
    lock = compile_file(film.path).lock
    wait = lock.blocks["wait"]
    slate = further_take(compile_file(film.path).planned[0], 2).job.fingerprint
    film.lock(Lock({**lock.blocks, "wait": replace(wait, take=second, rendered=slate, number=2)}))
    assert film.judged()[0].take == second
    film.store.take(second).unlink()
    one = film.judged()[0]
    assert (one.state, one.job.fingerprint, one.take) == ("render", slate, None)


def test_what_the_lock_chose_is_told_with_its_values_where_the_store_knows_them(film):
    film.further("wait", 1)
    edited(film.path, "wide shot", "full shot")
    assert film.judged(record={})[0].why == 'framing: "wide shot" → "full shot" (ferry.story.yaml:20)'


def test_a_take_tells_how_the_words_differ_from_its_own(film):
    one = compile_file(film.path).planned[0]
    edited(film.path, "wide shot", "full shot")
    compiled = compile_file(film.path)
    told = 'framing: "wide shot" → "full shot" (ferry.story.yaml:20)'
    (change,) = find_differences(compiled.planned[0], compiled, {"fields": one.fields}, {})
    assert str(change) == told
    (change,) = find_differences(compiled.planned[0], compiled, None, part_digests(one.fields))
    assert str(change) == "framing changed (ferry.story.yaml:20)"
    assert find_differences(compiled.planned[0], compiled, {"slate": one.job.slate}, {}) == (
        "wording of the prompt changed",
    )


def test_another_wording_of_the_prompt_is_told_as_such(film):
    words = (Path(__file__).parents[2] / "templates/shot.jinja").read_text(encoding="utf-8")
    own = film.path.parent / "templates/shot.jinja"
    own.parent.mkdir()
    own.write_text(f"Mind this. {words}", encoding="utf-8")
    assert film.judged()[0].why == "wording of the prompt changed"
