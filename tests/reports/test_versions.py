"""Two versions of a storyboard are compared, one of which may not be there."""

from __future__ import annotations

import pytest
from projects import edited, project

from storyforge.compiler.compile import compile_file
from storyforge.model.errors import UsageError
from storyforge.reports.versions import compare_versions, earlier_version, find_whole


def test_a_change_is_found_in_the_storyboard_and_in_its_clips(tmp_path):
    path = project(tmp_path)
    then = compile_file(path)
    edited(path, "Take it.", "Have it.")
    versions = compare_versions(then, compile_file(path))
    assert [(one.kind, one.id) for one in versions.revisions] == [("rewritten", "call")]
    assert not versions.same
    assert compare_versions(then, then).same


def test_all_of_a_storyboard_is_new_where_there_was_none(tmp_path):
    versions = compare_versions(None, compile_file(project(tmp_path)))
    assert versions.then is None
    assert {row.state for row in versions.comparison.rows} == {"new"}
    assert not versions.same


def test_a_storyboard_of_which_parts_were_refused_is_not_whole(tmp_path):
    path = project(tmp_path)
    assert find_whole(compile_file(path))
    edited(path, "    framing: wide shot\n", "    framing: [wide shot]\n")
    assert find_whole(compile_file(path)) is None


def test_another_storyboard_is_taken_as_it_lies(tmp_path):
    path = project(tmp_path)
    with earlier_version(path, str(path)) as other:
        assert other == path
    with pytest.raises(UsageError, match=r"there is no file `b\.yaml`"), earlier_version(path, "b.yaml"):
        pass
    with pytest.raises(UsageError, match="is in no git repository"), earlier_version(path, "HEAD"):
        pass
