"""What an author changed is said in film terms: each change once, in the order of the film."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest
from boards import board
from hypothesis import given
from hypothesis import strategies as some
from pydantic import ValidationError

from storyforge.model.diagnostics import Location
from storyforge.model.storyboard import Character, Format, Look, Music, Scene, Shot, Storyboard
from storyforge.reports.storyboard_diff import locate_changes, revisions

CAST = {
    "ana": {"reference": "refs/ana.png", "marks": ["a green oar"], "looks": {"wet": {"marks": ["a dripping hem"]}}},
    "bo": {"marks": ["a paper boat"]},
}
SCENES = {"pier": {"marks": ["a blue lamp"]}}
WAIT = {"id": "wait", "scene": "pier", "action": "@ana looks over the water.", "seconds": 3}
CALL = {"id": "call", "scene": "pier", "action": "@bo holds out his boat.", "dialogue": [{"bo": "Take it."}]}
BOAT = {"id": "boat", "scene": "pier", "action": "The boat floats away.", "continues": "call"}


def film(*shots: dict[str, Any], **top: Any) -> Storyboard:
    return board(*shots, **{"cast": CAST, "scenes": SCENES, **top})


def told(old: Storyboard, new: Storyboard) -> list[str]:
    return [" ".join(str(one).split()) for one in revisions(old, new)]


THREE = film(WAIT, CALL, BOAT)


@pytest.mark.parametrize(
    ("new", "said"),
    [
        (THREE, []),
        (film(WAIT, CALL), ['removed boat: 4 s, "The boat floats away."']),
        (film(CALL, BOAT), ['removed wait: 3 s, "@ana looks over the water."']),
        (
            film(WAIT, {**WAIT, "id": "look", "seconds": 2}, CALL, BOAT),
            ['added look: behind wait, 2 s, "@ana looks over the water."'],
        ),
        (film(CALL, BOAT, WAIT), ["moved wait: behind boat, not at the start any more"]),
        (film(BOAT, WAIT, CALL), ["moved boat: at the start, not behind call any more"]),
        (
            film(WAIT, {**CALL, "id": "shout"}, {**BOAT, "continues": "shout"}),
            ["renamed shout: was `call`"],
        ),
        (film(WAIT, CALL, {**BOAT, "continues": "wait"}), ['changed boat: continues: "call" → "wait"']),
        (film({**WAIT, "seconds": 5}, CALL, BOAT), ["retimed wait: 3 s → 5 s"]),
        (film(WAIT, CALL, {**BOAT, "seconds": 4}), []),
        (film(WAIT, {**CALL, "seconds": 5}, BOAT), ["retimed call: 1.1 s by its lines → 5 s"]),
        (
            film(WAIT, {**CALL, "dialogue": [{"bo": "Take it, before the whole river is gone."}]}, BOAT),
            [
                "retimed call: 1.1 s by its lines → 3.3 s by its lines",
                'rewritten call: dialogue[0]: "bo: Take it." → "bo: Take it, before the whole river is gone."',
            ],
        ),
        (
            film(WAIT, {**CALL, "dialogue": [{"bo (V.O.)": "Take it."}]}, BOAT),
            ['rewritten call: dialogue[0]: "bo: Take it." → "bo (V.O.): Take it."'],
        ),
        (
            film({**WAIT, "action": "@ana.wet looks over the water."}, CALL, BOAT),
            [
                "recast wait: @ana → @ana.wet",
                'rewritten wait: action: "@ana looks over the…" → "@ana.wet looks over the…"',
            ],
        ),
        (film({**WAIT, "cast": ["bo"]}, CALL, BOAT), ["recast wait: with @bo"]),
        (
            film({**WAIT, "action": "Somebody looks over the water."}, CALL, BOAT),
            [
                "recast wait: without @ana",
                'rewritten wait: action: "@ana looks over the…" → "Somebody looks over the…"',
            ],
        ),
        (
            film(WAIT, {**CALL, "dialogue": [{"bo": "Take it."}, {"bo": "Now."}], "seconds": 1.1}, BOAT),
            ['rewritten call: dialogue: + "bo: Now."'],
        ),
        (
            film(WAIT, {**CALL, "dialogue": [], "seconds": 1.1}, BOAT),
            ['rewritten call: dialogue: − "bo: Take it."'],
        ),
        (film({**WAIT, "transition": "fade 1"}, CALL, BOAT), ['changed wait: transition: "cut" → "fade 1"']),
        (
            film(WAIT, CALL, BOAT, style="ink", format={"fps": 30}, music={"file": "a.ogg"}),
            [
                "changed format.fps: 24 → 30",
                'changed style: nothing → "ink"',
                'changed music: nothing → {"file": "a.ogg"}',
            ],
        ),
        (
            film(WAIT, CALL, BOAT, scenes={"pier": {"marks": ["a red lamp"]}}),
            ['changed scene pier: marks[0]: "a blue lamp" → "a red lamp"; in wait, call, boat'],
        ),
        (
            film(WAIT, CALL, BOAT, cast={**CAST, "bo": {"marks": ["a paper boat", "a red nose"]}}),
            ['recast @bo: marks: + "a red nose"; in call'],
        ),
        (film(WAIT, CALL, BOAT, cast={**CAST, "cy": {}}), ["added @cy"]),
    ],
    ids=lambda value: value[0] if isinstance(value, list) and value else None,
)
def test_each_change_is_told_once(new, said):
    assert told(THREE, new) == said


def test_a_new_name_everywhere_is_one_change():
    cast = {"anna": CAST["ana"], "bo": CAST["bo"]}
    shots = {**WAIT, "action": "@anna looks over the water."}, {**CALL, "dialogue": [{"bo": "Take it."}]}, BOAT
    renamed = [{**shot, "scene": "quay"} for shot in shots]
    now = board(*renamed, cast=cast, scenes={"quay": SCENES["pier"]})
    assert told(THREE, now) == ["renamed @anna: was `ana`", "renamed scene quay: was `pier`"]
    assert told(now, THREE) == ["renamed @ana: was `anna`", "renamed scene pier: was `quay`"]


def test_characters_of_whom_nothing_is_written_are_not_taken_for_each_other():
    was = board({"id": "a", "action": "@x sits."}, cast={"x": {}})
    now = board({"id": "a", "action": "@y sits."}, cast={"y": {}})
    assert told(was, now) == [
        "added @y",
        "removed @x",
        "recast a: with @y; without @x",
        'rewritten a: action: "@x sits." → "@y sits."',
    ]


def test_a_mark_is_recast_only_where_it_shows():
    wet = {**WAIT, "id": "wet", "action": "@ana.wet shivers."}
    heard = {**WAIT, "id": "heard", "action": "Rain.", "dialogue": [{"ana (V.O.)": "Cold."}]}
    looks = {"wet": {"marks": ["a torn hem"]}}
    old = film(WAIT, wet, heard)
    assert told(old, film(WAIT, wet, heard, cast={**CAST, "ana": {**CAST["ana"], "marks": ["an oar"]}})) == [
        'recast @ana: marks[0]: "a green oar" → "an oar"; in wait, heard'
    ]
    assert told(old, film(WAIT, wet, heard, cast={**CAST, "ana": {**CAST["ana"], "looks": looks}})) == [
        'recast @ana: looks.wet.marks[0]: "a dripping hem" → "a torn hem"; in wet'
    ]
    dry = {**CAST["ana"]["looks"], "dry": {"marks": ["a new coat"]}}
    late = {**WAIT, "id": "late", "action": "@ana.dry smiles."}
    assert told(old, film(WAIT, wet, heard, late, cast={**CAST, "ana": {**CAST["ana"], "looks": dry}}))[0] == (
        'recast @ana: looks.dry: nothing → {"marks": ["a new coat"]}; in late'
    )
    assert told(old, film(WAIT, wet, heard, cast={**CAST, "ana": {**CAST["ana"], "voice": "low"}})) == [
        'recast @ana: voice: nothing → "low"; in wait, wet, heard'
    ]


def test_a_picture_is_known_by_its_content():
    moved = film(WAIT, CALL, BOAT, cast={**CAST, "ana": {**CAST["ana"], "reference": "pictures/ana.png"}})
    assert revisions(THREE, moved, lambda name: "same", lambda name: "same") == ()
    assert [one.text for one in revisions(THREE, moved)] == ["reference: refs/ana.png → pictures/ana.png"]
    (redrawn,) = revisions(THREE, THREE, lambda name: "one", lambda name: "other")
    assert (redrawn.text, redrawn.shots) == ("reference: another file as refs/ana.png", ("wait",))


def test_the_story_of_a_film_is_told_in_the_order_of_the_film():
    new = film({**WAIT, "seconds": 4}, {**BOAT, "id": "float", "seconds": 3}, style="ink")
    assert [f"{one.kind} {one.id}" for one in revisions(THREE, new)] == [
        "changed ",
        "retimed wait",
        "removed call",
        "removed boat",
        "added float",
    ]


def test_each_has_its_place_in_the_storyboard_that_has_it():
    class Lines:
        def __init__(self, name: str) -> None:
            self.name = name

        def locate(self, path, span=None, key=False):
            return Location(f"{self.name}.yaml", len(path), 1)

    found = locate_changes(revisions(THREE, film(WAIT, {**BOAT, "camera": "pan"})), Lines("then"), Lines("now"))
    assert [str(one) for one in found] == [
        'removed    call: 1.1 s by its lines, "@bo holds out his boat." (was then.yaml:2)',
        'rewritten  boat: camera: nothing → "pan" (now.yaml:3)',
    ]


def test_two_shots_of_one_name_are_no_trouble():
    twice = film(WAIT, {**WAIT, "seconds": 9}, CALL)
    assert told(twice, film(WAIT, CALL)) == []
    assert told(twice, twice) == []


VALUES = [
    "other words",
    7,
    2.5,
    True,
    False,
    ["other"],
    "dissolve 1",
    "new",
    "cast",
    "1:1",
    "1080p",
    30,
    -23.0,
    *("blur", "stretch", "sharpest", "drop", "colour", "burned", "ambience"),
    {"x": {"y": 1}},
]
BASES: list[tuple[type, dict[str, Any], Any]] = [
    (Storyboard, {}, lambda fields: film(WAIT, CALL, BOAT, **fields)),
    (Format, {}, lambda fields: film(WAIT, CALL, BOAT, format=fields)),
    (Music, {"file": "a.ogg"}, lambda fields: film(WAIT, CALL, BOAT, music=fields)),
    (Character, {}, lambda fields: film(WAIT, CALL, BOAT, cast={**CAST, "ana": fields})),
    (Look, {}, lambda fields: film(WAIT, CALL, BOAT, cast={**CAST, "ana": {"looks": {"wet": fields}}})),
    (Scene, {}, lambda fields: film(WAIT, CALL, BOAT, scenes={"pier": fields})),
    (Shot, {}, lambda fields: film(WAIT, CALL, {**BOAT, **fields})),
]
TOLD_APART = {"storyforge", "cast", "scenes", "shots", "id", "looks"}


@pytest.mark.parametrize(
    ("base", "make", "name"),
    [(base, make, name) for noun, base, make in BASES for name in noun.model_fields if name not in TOLD_APART],
)
def test_every_field_of_the_language_is_told(base, make, name):
    was = make(base)
    values = [*VALUES, {"file": "b.ogg"}, {"fps": 30}, [{"bo": "Yes."}], ["bo"], "call", "timed"]
    for value in values:
        try:
            now = make({**base, name: value})
        except (ValidationError, TypeError):
            continue
        if now != was:
            assert any((one.field or "").startswith(name) or name in (one.field or "") for one in revisions(was, now))
            return
    pytest.fail(f"no other value of `{name}` is known to this test")


@given(some.permutations(range(7)))
def test_no_more_shots_move_than_have_to(order):
    shots = [{"id": f"s{number}", "action": f"Beat {number}."} for number in order]
    found = revisions(board(*sorted(shots, key=lambda shot: shot["id"])), board(*shots))
    kept = max(len(row) for size in range(8) for row in combinations(order, size) if list(row) == sorted(row))
    assert [one.kind for one in found] == ["moved"] * (7 - kept)
