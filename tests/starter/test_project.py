"""A project is begun: with its film, with what git has to know, or with both."""

from __future__ import annotations

import pytest
from hands import Hand
from projects import project

from storyforge.model.errors import UsageError
from storyforge.starter.git_drivers import settings
from storyforge.starter.project import Started, start_project


def test_a_film_is_written_and_git_left_alone(tmp_path):
    started = start_project(tmp_path / "film")
    assert (tmp_path / "film/film.story.yaml") in started.files
    assert (started.attributes, started.drivers) == (None, ())


def test_git_is_told_of_a_new_film(tmp_path):
    Hand(tmp_path)
    started = start_project(tmp_path / "film", git=True)
    assert started.files
    assert started.attributes is None  # the film's own .gitattributes says it all
    assert started.drivers == tuple(settings())


def test_next_to_a_storyboard_only_what_git_lacks_is_written(tmp_path):
    Hand(tmp_path)
    path = project(tmp_path)
    started = start_project(tmp_path, git=True)
    assert (started.files, started.attributes) == ((), tmp_path / ".gitattributes")
    assert sorted(each.name for each in path.parent.glob("*.story.yaml")) == ["ferry.story.yaml"]
    assert start_project(tmp_path, git=True) == Started()


def test_nothing_is_written_where_git_is_meant_and_there_is_none(tmp_path):
    with pytest.raises(UsageError, match="is in no git repository"):
        start_project(tmp_path / "film", git=True)
    assert not (tmp_path / "film").exists()
