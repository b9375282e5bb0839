"""A storyboard before and after a change: what became of each clip, why, and what is left to pay."""

from __future__ import annotations

from dataclasses import replace

import pytest
from projects import Faked, edited, project

from storyforge.compiler.compile import compile_file
from storyforge.reports.plan_diff import compare_plans
from storyforge.system.lock import Lock

SCENE = """\
  - {id: one, scene: pier, action: "@ana rows.", seconds: 3}
  - {id: two, scene: pier, action: "@bo waves.", seconds: 3}
  - {id: three, scene: pier, action: "Fog.", seconds: 3}
  - {id: four, scene: pier, action: "Rain.", seconds: 5, clip: new}
  - {id: five, scene: pier, action: "Sun.", seconds: 5}
"""
"""At a host of at most fifteen seconds: the clips `one` of nine seconds and `four` of ten."""


@pytest.fixture
def change(tmp_path):
    """Compares a storyboard with itself after some texts in it were put in the place of others."""
    old, new = project(tmp_path / "old", SCENE), project(tmp_path / "new", SCENE)

    def changed(*edits):
        for before, after in edits:
            edited(new, before, after)
        return compare_plans(compile_file(old, "runware"), compile_file(new, "runware"))

    return changed


def fates(comparison):
    return [(row.state, row.clip.id, [one.clip.id for one in row.before]) for row in comparison.rows]


def reasons(comparison):
    return {row.clip.id: row.now.why for row in comparison.rows if row.now and row.state != "kept"}


def test_nothing_changed_is_told_as_such(change):
    same = change()
    assert fates(same) == [("kept", "one", ["one"]), ("kept", "four", ["four"])]
    assert same.unchanged
    assert same.ordered == ()
    assert [one.clip.id for one in same.left] == ["one", "four"]


def test_an_edited_clip_is_told_with_its_values_and_its_line(change):
    comparison = change(("Rain.", "Hail."))
    assert fates(comparison) == [("kept", "one", ["one"]), ("changed", "four", ["four"])]
    assert reasons(comparison) == {"four": 'action of four: "Rain." → "Hail." (ferry.story.yaml:21)'}
    assert not comparison.unchanged


def test_a_clip_is_new_or_gone_with_its_shots(change):
    added = '  - {id: six, scene: pier, action: "Snow.", seconds: 4, clip: new}\n'
    comparison = change(("Sun.", "Sun."), ('action: "Sun.", seconds: 5}\n', f'action: "Sun.", seconds: 5}}\n{added}'))
    assert fates(comparison)[2] == ("new", "six", [])
    assert reasons(comparison) == {"six": "new"}
    back = compare_plans(comparison.now, comparison.before)
    assert fates(back)[2] == ("gone", "six", ["six"])
    assert back.rows[2].now is None
    assert not back.unchanged
    assert back.ordered == ()


def test_a_clip_that_another_shot_leads_now_is_still_the_same_clip_changed(change):
    lead = '  - {id: zero, scene: pier, action: "Snow.", seconds: 3}\n'
    comparison = change(("  - {id: one", f"{lead}  - {{id: one"))
    assert fates(comparison)[0] == ("changed", "zero", ["one"])
    assert reasons(comparison) == {"zero": "shots: `zero` is new (ferry.story.yaml:18)"}


def test_a_shot_that_is_nowhere_any_more_is_told_by_what_it_showed(change):
    comparison = change(('  - {id: two, scene: pier, action: "@bo waves.", seconds: 3}\n', ""))
    assert fates(comparison)[0] == ("changed", "one", ["one"])
    assert reasons(comparison) == {"one": 'shots: "@bo waves." is gone (ferry.story.yaml:18)'}


def test_shots_in_other_company_are_packed_anew_and_no_shot_is_called_new_that_is_not(change):
    comparison = change(
        ('"Fog.", seconds: 3', '"Fog.", seconds: 3, clip: new'),
        ('"Rain.", seconds: 5, clip: new', '"Hail.", seconds: 5'),
    )
    assert fates(comparison) == [("repacked", "one", ["one"]), ("repacked", "three", ["four"])]
    assert reasons(comparison) == {
        "one": "packed again out of one",
        "three": 'action of four: "Rain." → "Hail." (ferry.story.yaml:21); packed again out of one and four',
    }
    again = compare_plans(comparison.now, comparison.before)
    assert fates(again) == [("repacked", "one", ["one"]), ("repacked", "four", ["three"])]


def test_a_clip_cut_in_two_costs_before_only_once(change):
    comparison = change(('"@bo waves."', '"@bo waves.", clip: new'))
    assert fates(comparison)[:2] == [("repacked", "one", ["one"]), ("repacked", "two", [])]
    back = compare_plans(comparison.now, comparison.before)
    assert fates(back)[0] == ("repacked", "one", ["one", "two"])
    assert reasons(back) == {"one": "packed again out of one and two"}


def test_a_lost_shot_of_a_clip_packed_anew_is_told(change):
    gone = '  - {id: two, scene: pier, action: "@bo waves.", seconds: 3}\n'
    comparison = change((gone, ""), ('action: "Fog."', 'action: "Fog.", clip: new'))
    assert reasons(comparison)["one"] == 'shots: "@bo waves." is gone (ferry.story.yaml:18); packed again out of one'


def test_renaming_keeps_every_clip(change):
    comparison = change(("id: one", "id: uno"), ("id: four", "id: quattro"), ("title: The Ferry", "title: The Boat"))
    assert fates(comparison) == [("kept", "uno", ["one"]), ("kept", "quattro", ["four"])]
    assert comparison.unchanged


def test_a_shot_renamed_beside_an_edit_is_not_called_new(change):
    comparison = change(("id: two", "id: zwei"), ("Fog.", "Mist."))
    assert reasons(comparison) == {"one": 'action of three: "Fog." → "Mist." (ferry.story.yaml:20)'}


def test_a_clip_that_plays_a_take_once_more_makes_another_film(change):
    again = '  - {id: six, scene: pier, action: "Rain.", seconds: 5, clip: new}\n  - {id: seven, scene: pier, action: "Sun.", seconds: 5}\n'
    comparison = change(('action: "Sun.", seconds: 5}\n', f'action: "Sun.", seconds: 5}}\n{again}'))
    assert fates(comparison)[2] == ("kept", "six", [])
    assert not comparison.unchanged


def test_two_clips_of_one_slate_find_the_one_of_their_name(change):
    comparison = change(
        (
            '{id: one, scene: pier, action: "@ana rows.", seconds: 3}',
            '{id: one, scene: pier, action: "Rain.", seconds: 5}',
        ),
        (
            '{id: two, scene: pier, action: "@bo waves.", seconds: 3}',
            '{id: two, scene: pier, action: "Sun.", seconds: 5}',
        ),
        ('  - {id: three, scene: pier, action: "Fog.", seconds: 3}\n', ""),
    )
    assert fates(comparison) == [("kept", "one", []), ("kept", "four", ["four"]), ("gone", "one", ["one"])]
    assert not comparison.unchanged


def test_what_follows_a_changed_clip_says_so(tmp_path):
    old, new = project(tmp_path / "old"), project(tmp_path / "new")
    edited(new, "Take it.", "Take this.")
    comparison = compare_plans(compile_file(old), compile_file(new))
    assert [fate for fate, *_ in fates(comparison)] == ["kept", "changed", "changed"]
    assert reasons(comparison)["boat"] == "follows call"
    edited(new, "    continues: call\n", "")
    assert reasons(compare_plans(compile_file(old), compile_file(new)))["boat"].startswith(
        'continues: "call" → nothing'
    )


def test_all_is_new_where_there_was_no_storyboard(tmp_path):
    comparison = compare_plans(None, compile_file(project(tmp_path)))
    assert fates(comparison) == [("new", "wait", []), ("new", "call", []), ("new", "boat", [])]
    assert reasons(comparison)["boat"] == "new; follows call"
    assert comparison.film == ()
    assert not comparison.unchanged


def test_wording_and_hosts_are_reasons_as_well(tmp_path):
    old, new = project(tmp_path / "old"), project(tmp_path / "new")
    comparison = compare_plans(compile_file(old, "runware"), compile_file(new, "wavespeed"))
    assert reasons(comparison)["wait"].startswith('provider: "runware" → "wavespeed" (ferry.story.yaml:')
    (new.parent / "templates").mkdir()
    (new.parent / "templates/shot.jinja").write_text("Only this.", encoding="utf-8")
    comparison = compare_plans(compile_file(old, "runware"), compile_file(new, "runware"))
    assert reasons(comparison)["wait"] == "wording of the prompt changed"


def test_what_the_lock_names_is_paid(tmp_path):
    old, new = Faked(project(tmp_path / "old")), Faked(project(tmp_path / "new"))
    edited(new.path, "looks over", "looks at")
    comparison = compare_plans(old.compiled(), new.compiled())
    assert [(row.clip.id, row.unpaid) for row in comparison.rows] == [("wait", True), ("call", False), ("boat", False)]
    assert [one.clip.id for one in comparison.ordered] == ["wait"]
    assert comparison.left == ()
    new.render()
    comparison = compare_plans(old.compiled(), new.compiled())
    assert fates(comparison)[0][0] == "changed"
    assert comparison.ordered == ()
    assert not comparison.unchanged


def test_an_accepted_take_is_paid_and_another_take_is_told(tmp_path):
    old, new = Faked(project(tmp_path / "old")), Faked(project(tmp_path / "new"))
    lock = new.compiled().lock
    edited(new.path, "looks over", "looks at")
    block = lock.blocks["wait"]
    accepted = replace(block, accepted=new.compiled().planned[0].job.fingerprint)
    new.lock(Lock({**lock.blocks, "wait": accepted, "call": replace(lock.blocks["call"], take="9" * 64)}))
    comparison = compare_plans(old.compiled(), new.compiled())
    assert comparison.ordered == ()
    assert reasons(comparison)["wait"].endswith("; the take it had is accepted")
    call = comparison.rows[1]
    assert (call.state, call.now.why) == ("kept", f"take 99999999 was chosen over {lock.blocks['call'].take[:8]}")
    edited(new.path, "looks at", "looks over")
    assert not compare_plans(old.compiled(), new.compiled()).unchanged


def test_a_clip_that_follows_another_take_of_the_same_clip_says_so(tmp_path):
    old, new = Faked(project(tmp_path / "old")), Faked(project(tmp_path / "new"))
    lock = new.compiled().lock
    new.lock(Lock({**lock.blocks, "call": replace(lock.blocks["call"], take="9" * 64, rendered="8" * 64)}))
    comparison = compare_plans(old.compiled(), new.compiled())
    assert [fate for fate, *_ in fates(comparison)] == ["kept", "kept", "changed"]
    assert reasons(comparison) == {"boat": "follows call, which plays another take"}


@pytest.mark.parametrize(
    ("old", "new", "film"),
    [
        ("dissolve 0.5", "wipe 0.5", ("transition of boat",)),
        (
            "title: The Ferry\n",
            "title: The Ferry\nmusic: {file: refs/ana.png}\n",
            ("music.file", "music.gain", "music.duck"),
        ),
        ("title: The Ferry\n", "title: The Boat\n", ()),
    ],
)
def test_what_changes_the_film_alone_orders_nothing(old, new, film, tmp_path):
    before, after = project(tmp_path / "old"), project(tmp_path / "new")
    edited(after, old, new)
    comparison = compare_plans(compile_file(before, "runware"), compile_file(after, "runware"))
    assert [fate for fate, *_ in fates(comparison)] == ["kept"] * 3
    assert comparison.film == film
    assert comparison.unchanged is not bool(film)


def test_clips_in_another_order_are_a_change_of_the_film(tmp_path):
    lines = SCENE.splitlines(keepends=True)
    before, after = project(tmp_path / "old", SCENE), project(tmp_path / "new", "".join(lines[3:] + lines[:3]))
    edited(after, "id: one,", "clip: new, id: one,")
    comparison = compare_plans(compile_file(before), compile_file(after))
    assert fates(comparison) == [("kept", "four", ["four"]), ("kept", "one", ["one"])]
    assert comparison.film == ("order of the clips",)
