"""A saved plan: it may be moved with its film, counts what was done since, and refuses all that was not planned."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import pytest
from projects import edited, project

from storyforge.compiler.compile import compile_file
from storyforge.model.errors import StoryForgeError, UsageError
from storyforge.planning.film_plan import plan_film, with_live_prices
from storyforge.planning.saved_plan import hold_to, read_plan, write_plan


def saved(path, provider="runware"):
    compiled = compile_file(path, provider)
    write_plan(path.with_name("plan.json"), path, plan_film(compiled), provider, False)
    return path.with_name("plan.json")


def held(plan, path, provider="runware", usd=None):
    compiled = compile_file(path, provider)
    film = plan_film(compiled)
    if usd is not None:
        film = replace(film, planned=tuple(replace(one, usd=usd) for one in film.planned))
    hold_to(read_plan(plan), film, compiled)


def test_a_plan_holds_for_what_was_planned_wherever_it_lies(tmp_path):
    plan = saved(project(tmp_path / "here"))
    held(plan, tmp_path / "here/ferry.story.yaml")
    assert str(tmp_path) not in plan.read_text(encoding="utf-8")
    shutil.move(tmp_path / "here", tmp_path / "there")
    moved = tmp_path / "there/plan.json"
    assert read_plan(moved).storyboard.resolve() == (tmp_path / "there/ferry.story.yaml").resolve()
    held(moved, tmp_path / "there/ferry.story.yaml")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("wide shot", "full shot", '`wait` is another: framing: "wide shot" → "full shot"'),
        ("id: wait", "id: waits", "`wait` is gone; `waits` is new"),
        ("seconds: 3\n  - id: call", "seconds: 5\n  - id: call", "`wait` is another: seconds: 3.0 → 5.0"),
    ],
)
def test_another_storyboard_is_refused_in_the_words_of_the_author(tmp_path, old, new, said):
    path = project(tmp_path)
    plan = saved(path)
    edited(path, old, new)
    with pytest.raises(StoryForgeError) as fault:
        held(plan, path)
    assert said in str(fault.value)
    assert fault.value.exit_code == 1


def test_a_higher_price_is_refused_and_a_lower_one_is_not(tmp_path):
    path = project(tmp_path)
    plan = saved(path)
    held(plan, path, usd=0.1)
    for usd in (0.5, None):
        compiled = compile_file(path, "runware")
        film = plan_film(compiled)
        film = replace(film, planned=tuple(replace(one, usd=usd) for one in film.planned))
        with pytest.raises(StoryForgeError, match="costs more"):
            hold_to(read_plan(plan), film, compiled)


def test_prices_that_hosts_told_are_kept_and_none_is_believed_when_the_plan_is_done(tmp_path):
    path = project(tmp_path)
    compiled = compile_file(path, "runware")
    film = plan_film(compiled)
    told = {film.planned[0].job.fingerprint: 0.1, film.planned[1].job.fingerprint: 0.3}
    shown = with_live_prices(film, told)
    assert ([one.usd for one in shown.planned], shown.usd) == ([0.1, 0.3, 0.42], 0.82)
    write_plan(tmp_path / "plan.json", path, shown, "runware", False)
    plan = read_plan(tmp_path / "plan.json")
    assert (plan.live_prices, plan.usd) == (told, 0.82)
    assert hold_to(plan, shown, compiled) == shown  # hosts were asked again
    with pytest.raises(StoryForgeError, match="costs more"):
        hold_to(plan, film, compiled)


def test_a_plan_for_which_no_host_was_asked_says_nothing_of_live_prices(tmp_path):
    plan = saved(project(tmp_path))
    assert "live_prices" not in json.loads(plan.read_text(encoding="utf-8"))
    assert read_plan(plan).live_prices == {}


def test_the_same_clips_in_another_order_are_refused(tmp_path):
    path = project(tmp_path)
    compiled = compile_file(path)
    film = plan_film(compiled)
    turned = replace(film, planned=film.planned[::-1])
    write_plan(tmp_path / "plan.json", path, turned, None, False)
    with pytest.raises(StoryForgeError, match="another order"):
        hold_to(read_plan(tmp_path / "plan.json"), film, compiled)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b'{"storyforge": 2}',
        b'{"storyforge": 1, "plan": "a", "provider": null, "repack": false, "clips": [{}], "total": {"usd": 1}}',
        b'{"storyforge": 1, "plan": "a", "provider": null, "repack": false, "clips": [], "total": {"usd": "x"}}',
        *(
            b'{"storyforge": 1, "plan": "a", "provider": null, "repack": false, "clips": [], "total": {"usd": 1},'
            b' "live_prices": %s}' % live
            for live in (b"[]", b"3", b'{"f": "x"}', b'{"f": -1}', b'{"f": NaN}', b'{"f": null}')
        ),
        b"[" * 100_000,
    ],
)
def test_what_is_no_plan_is_said_to_be_none(tmp_path, content):
    path = tmp_path / "plan.json"
    path.write_bytes(content)
    with pytest.raises(UsageError, match="no saved plan"):
        read_plan(path)


def test_a_plan_is_whole_or_not_there(tmp_path):
    plan = saved(project(tmp_path))
    assert json.loads(plan.read_bytes())["plan"] == "ferry.story.yaml"
    assert list(tmp_path.glob(".*.part*")) == []
