"""Jobs, slates and fingerprints: what changes a take and what does not, in the author's words."""

import hashlib
import json
from dataclasses import replace

import pytest
from boards import board, everywhere, pack_shots, picture_of, provider
from counting import counted
from projects import edited, project

from storyforge.compiler.compile import compile_file
from storyforge.compiler.jobs import Jobs, further_take, make_jobs, total_usd
from storyforge.compiler.slates import fingerprint
from storyforge.model.clip import LastFrame, Prompt
from storyforge.model.dependencies import sort_by_dependency
from storyforge.system.lock import Lock


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
    assert compiled.timeline.seconds == 6


def test_which_frame_a_clip_goes_on_from_is_in_its_slate_only_if_it_is_not_the_last(tmp_path):
    shots = "".join(
        f'  - {{id: {name}, scene: pier, action: "@ana rows.", seconds: 3{rest}}}\n'
        for name, rest in (("a", ""), ("b", ", continues: a"), ("c", ", continues: a, anchor: sharpest"))
    )
    first, last, sharpest = (one.job for one in compile_file(project(tmp_path, shots), "runware").planned)
    assert last.slate["first_frame"] == {"follows": first.fingerprint}
    assert sharpest.slate["first_frame"] == {"follows": first.fingerprint, "anchor": "sharpest"}
    assert sharpest.first_frame == last.first_frame == "sf:last-frame:a"
    assert sharpest.seed == last.seed


def test_a_slate_is_made_once_and_holds_no_name_of_the_clip_that_it_goes_on_from(tmp_path):
    shots = "".join(
        f'  - {{id: {name}, scene: pier, action: "@ana rows.", seconds: 3{rest}}}\n'
        for name, rest in (("a", ""), ("b", ""), ("c", ", continues: b"))
    )
    compiled = compile_file(project(tmp_path, shots), "runware")
    first, last = compiled.planned
    assert (last.clip.first_frame.clip, last.job.first_frame) == ("a", "sf:last-frame:a")
    jobs = Jobs(compiled.storyboard, {"runware": compiled.provider})
    by_shot = replace(last.clip, first_frame=LastFrame("b"), after=("b",))  # as it is named while the film is cut
    with counted(fingerprint) as calls:  # of a slate; the method of that name is another
        asked = jobs.fingerprint(by_shot, first.job.fingerprint)
        made = jobs.job(last.clip, last.prompt, first.job.fingerprint)
    assert calls["fingerprint"] == 1
    assert (asked, made) == (last.job.fingerprint, last.job)
    assert jobs.fingerprint(by_shot, None) != asked


def test_a_fingerprint_does_not_depend_on_the_order_of_keys():
    slate = {"b": [1, {"d": "é", "c": None}], "a": 2.5}
    assert fingerprint(slate) == fingerprint(json.loads(json.dumps(slate, sort_keys=True)))


def test_clips_that_follow_in_a_circle_still_end():
    made = board({"id": "a", "continues": "b"}, {"id": "b", "continues": "a"})
    clips = pack_shots(made, everywhere(), picture_of, lambda clip: 0)
    planned = make_jobs(Jobs(made, {"offline": provider()}), [(clip, Prompt("", ())) for clip in clips], Lock())
    assert [one.clip.id for one in planned] == ["a", "b"]
    assert [one.job.slate["first_frame"]["follows"] for one in planned] == [None, planned[0].job.fingerprint]


def test_a_fingerprint_is_the_hash_of_the_slate_as_compact_json_in_utf_8():
    written = '{"a":{"c":null,"d":"é"},"b":[1,true]}'
    assert fingerprint({"b": [1, True], "a": {"d": "é", "c": None}}) == hashlib.sha256(written.encode()).hexdigest()


def test_a_bill_is_known_to_a_millionth_of_a_dollar_and_only_if_every_price_is(tmp_path):
    first, second = compile_file(project(tmp_path), "runware").planned[:2]
    priced = [replace(first, usd=0.1234564), replace(second, usd=0.1)]
    assert total_usd(priced) == 0.223456
    assert total_usd([*priced, priced[0]]) == 0.223456
    assert total_usd([priced[0], replace(second, usd=None)]) is None
    assert total_usd([]) == 0


def ordered(*shots):
    """The ids of these shots' clips in the order in which they can be rendered."""
    clips = pack_shots(board(*shots), everywhere(), picture_of, lambda clip: 0)
    return sort_by_dependency({clip.id: clip.after for clip in clips})


def test_clips_come_after_those_that_they_continue_wherever_these_stand_in_the_film():
    assert ordered({"id": "a"}, {"id": "b", "continues": "a"}, {"id": "c", "continues": "b"}) == ["a", "b", "c"]
    assert ordered({"id": "a", "continues": "b"}, {"id": "b", "continues": "c"}, {"id": "c"}) == ["c", "b", "a"]
    apart = {"clip": "new"}
    later = ordered(
        {"id": "a", "continues": "c"}, {"id": "b", "continues": "a"}, {"id": "c", **apart}, {"id": "d", **apart}
    )
    assert later == ["c", "d", "a", "b"]


def test_clips_that_follow_in_a_cycle_come_last_and_only_once():
    cycle = ({"id": "a", "continues": "b"}, {"id": "b", "continues": "a"})
    assert ordered(*cycle, {"id": "c", "clip": "new"}) == ["c", "a", "b"]


def test_a_clip_that_continues_a_shot_outside_the_list_waits_for_nobody():
    clips = pack_shots(board({"id": "a"}, {"id": "b", "continues": "a"}), everywhere(), picture_of, lambda clip: 0)
    assert sort_by_dependency({clip.id: clip.after for clip in clips if clip.id == "b"}) == ["b"]


def test_a_clip_that_continues_a_later_one_holds_its_fingerprint(tmp_path):
    shots = "".join(
        f'  - {{id: {name}, scene: pier, action: "@ana rows.", seconds: 3{rest}}}\n'
        for name, rest in (("a", ", continues: c"), ("b", ", continues: a"), ("c", ", clip: new"))
    )
    planned = compile_file(project(tmp_path, shots), "runware").planned
    a, b, c = (one.job for one in planned)
    assert [one.clip.id for one in planned] == ["a", "b", "c"]
    assert a.slate["first_frame"] == {"follows": c.fingerprint}
    assert b.slate["first_frame"] == {"follows": a.fingerprint}


def test_a_further_take_is_the_same_slate_with_another_number_and_seed(tmp_path):
    path = project(tmp_path)
    edited(path, 'water."', 'water."\n    seed: 7')
    for host, seeded in (("runware", True), ("hiapi", False)):
        one = compile_file(path, host).planned[0]
        second, third = further_take(one, 2), further_take(one, 3)
        differing = {name for name in one.job.slate if one.job.slate[name] != second.job.slate[name]}
        assert differing == ({"take", "seed"} if seeded else {"take"})
        assert len({each.job.fingerprint for each in (one, second, third)}) == 3
        assert second.job.fingerprint == fingerprint(second.job.slate)
        assert (second.job.take, second.job.seed) == (second.clip.take, second.clip.seed)
        assert further_take(one, 1) is one


def test_the_author_gets_the_same_further_take_by_its_number(tmp_path):
    path = project(tmp_path)
    second = further_take(compile_file(path, "runware").planned[0], 2)
    edited(path, 'water."', 'water."\n    take: 2')
    assert compile_file(path, "runware").planned[0].job == second.job
