"""Jobs, slates and fingerprints: what changes a take and what does not, told in the author's words."""

import json

import pytest
from boards import board
from projects import edited, project

from storyforge.compile import compile_file
from storyforge.mention import names_of
from storyforge.plan import authored, changes, fingerprint, in_order, judged


def prints(path, provider=None):
    return {one.clip.id: one.job.fingerprint for one in compile_file(path, provider).planned}


@pytest.mark.parametrize("provider", ["offline", "runware", "hiapi"])
def test_what_cannot_change_the_picture_changes_no_fingerprint(tmp_path, provider):
    path = project(tmp_path / "one")
    before = list(prints(path, provider).values())
    edited(path, "title: The Ferry", "title: Another\n# a comment")
    edited(path, "  - id: wait\n", "  - id: waiting\n    notes: shoot at dusk\n")
    assert list(prints(path, provider).values()) == before
    moved = project(tmp_path / "two" / "deeper")
    assert list(prints(moved, provider).values()) == before
    (tmp_path / "one/refs/ana.png").rename(tmp_path / "one/refs/anna.png")
    edited(path, "refs/ana.png", "refs/anna.png")
    assert list(prints(path, provider).values()) == before


EDITS = [
    ("looks over the water", "looks at the water", {"wait"}, "action"),
    ("wide shot", "full shot", {"wait"}, "framing"),
    ("Take it.", "Take this.", {"call", "boat"}, "dialogue"),
    ("a green oar", "a red oar", {"wait"}, "cast.ana.marks"),
    ("name: the boy", "name: the lad", {"call", "boat"}, "cast.bo.name"),
    ("a blue lamp", "a red lamp", {"wait", "call", "boat"}, "scenes.pier.marks"),
    ("title: The Ferry", "title: The Ferry\nstyle: woodcut", {"wait", "call", "boat"}, "style"),
    ("title: The Ferry", "title: The Ferry\npreserve: [the fog]", {"wait", "call", "boat"}, "preserve"),
    (
        "title: The Ferry",
        "title: The Ferry\nformat: {resolution: 1080p}",
        {"wait", "call", "boat"},
        "format.resolution",
    ),
    ("title: The Ferry", "title: The Ferry\nformat: {fps: 25}", {"wait", "call", "boat"}, "format.fps"),
    ("title: The Ferry", "title: The Ferry\nlanguage: fr", {"wait", "call", "boat"}, "language"),
    ('water."\n    seconds: 3', 'water."\n    seconds: 5', {"wait"}, "seconds"),
    ('water."', 'water."\n    seed: 7', {"wait"}, "seed"),
    ('water."', 'water."\n    take: 2', {"wait"}, "take"),
    ('water."', 'water."\n    sound: gulls', {"wait"}, "sound"),
]


@pytest.mark.parametrize(("old", "new", "clips", "why"), EDITS)
def test_an_edit_changes_exactly_the_clips_it_is_in_and_is_named_by_its_path(tmp_path, old, new, clips, why):
    path = project(tmp_path)
    first = compile_file(path)
    record = {
        one.clip.id: {"fingerprint": one.job.fingerprint, "fields": one.fields, "after": list(one.clip.after)}
        for one in first.planned
    }
    kept = {one.job.fingerprint: "take" for one in first.planned}
    edited(path, old, new)
    planned = judged(compile_file(path).planned, kept.get, record)
    assert {one.clip.id for one in planned if one.state == "render"} == clips
    changed = next(one for one in planned if one.state == "render")
    assert changed.why.startswith(f"{why} changed"), changed.why
    assert all("unchanged" in one.why for one in planned if one.state == "cached")


def test_a_clip_that_follows_one_rendered_anew_says_so(tmp_path):
    path = project(tmp_path)
    planned = judged(compile_file(path).planned, lambda fingerprint: None, {})
    assert [one.why for one in planned] == ["new", "new", "new; follows call"]


def test_a_picture_counts_by_its_content(tmp_path):
    path = project(tmp_path)
    before = prints(path)
    content = (tmp_path / "refs/bo.png").read_bytes()
    (tmp_path / "refs/ana.png").write_bytes(content)
    after = prints(path)
    assert before["wait"] != after["wait"]
    assert before["call"] == after["call"]


def test_two_clips_with_the_same_slate_have_one_fingerprint_and_are_paid_once(tmp_path):
    shots = "".join(f'  - {{id: {name}, scene: pier, action: "@ana rows.", seconds: 3, clip: new}}\n' for name in "ab")
    compiled = compile_file(project(tmp_path, shots), "runware")
    assert len({one.job.fingerprint for one in compiled.planned}) == 1
    assert compiled.usd == pytest.approx(0.42)
    assert compiled.seconds == 6


def test_fields_of_a_later_shot_name_the_shot():
    assert changes({"shots.1.action": "a"}, {"shots.1.action": "b"}, ["one", "two"]) == ["action of two"]
    assert changes({"shots.0.action": "a"}, {"shots.0.action": "b"}, ["one"]) == ["action"]
    assert changes({"shots.0.action": "a", "shots.1.action": "b"}, {"shots.0.action": "a"}, ["one"]) == ["shots"]


def test_only_what_is_written_is_kept_as_authored():
    made = board({"id": "a", "action": "Rain.", "seconds": 3})
    from boards import everywhere, picture_of

    from storyforge.pack import pack_shots

    (clip,) = pack_shots(made, everywhere(), picture_of, lambda clip: 0)
    fields = authored(made, clip, names_of(made))
    assert fields["shots.0.action"] == "Rain."
    assert not [path for path in fields if path.endswith(("style", "camera", "marks"))]


def test_a_fingerprint_does_not_depend_on_the_order_of_keys():
    slate = {"b": [1, {"d": "é", "c": None}], "a": 2.5}
    assert fingerprint(slate) == fingerprint(json.loads(json.dumps(slate, sort_keys=True)))


def test_clips_that_follow_in_a_circle_still_end():
    made = board({"id": "a", "continues": "b"}, {"id": "b", "continues": "a"})
    from boards import everywhere, picture_of

    from storyforge.pack import pack_shots

    clips = pack_shots(made, everywhere(), picture_of, lambda clip: 0)
    assert {clip.id for clip, _ in in_order([(clip, None) for clip in clips])} == {"a", "b"}
