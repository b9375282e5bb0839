"""A clip is found by its name, and it is said which others a choice concerns."""

from __future__ import annotations

from dataclasses import replace

import pytest
from projects import Faked, edited, project

from storyforge.model.errors import UsageError
from storyforge.planning.clips import find_clip, find_followers
from storyforge.planning.film_plan import plan_film


@pytest.fixture
def film(tmp_path):
    return Faked(project(tmp_path))


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("waitt", "did you mean `wait`?"),
        ("harbour", "`storyforge plan` lists the clips"),
        ("two", "the shot is played by clip `wait`"),
    ],
)
def test_a_name_that_no_clip_has_is_a_usage_error_with_a_hint(tmp_path, name, hint):
    shots = '  - {id: wait, scene: pier, action: "@ana waits.", seconds: 3}\n  - {id: two, scene: pier, action: "@ana waves.", seconds: 3}\n'
    compiled = Faked(project(tmp_path, shots)).compiled()
    assert find_clip(compiled, "wait").clip.id == "wait"
    with pytest.raises(UsageError, match=f"`{name}` is no clip of ferry.story.yaml") as caught:
        find_clip(compiled, name)
    assert caught.value.hint == hint


def test_followers_are_clips_whose_state_changed_but_not_what_was_chosen_and_is_here(film):
    before = plan_film(film.compiled())
    edited(film.path, "Take it.", "Take this.")
    after = plan_film(film.compiled())
    assert [one.clip.id for one in find_followers(before, after, ())] == ["call", "boat"]
    assert [one.clip.id for one in find_followers(before, after, ("call",))] == ["call", "boat"]
    chosen = replace(after, planned=tuple(replace(one, state="cached") for one in after.planned))
    assert [one.clip.id for one in find_followers(after, chosen, ("call",))] == ["boat"]
