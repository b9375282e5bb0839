"""A file is laid out without being written."""

from __future__ import annotations

from projects import project

from storyforge.language.format.files import format_file


def test_a_file_says_whether_its_layout_is_another(tmp_path):
    path = project(tmp_path)
    made = format_file(path)
    assert made.after is not None
    path.write_text(made.after, encoding="utf-8")
    assert not format_file(path).changes
    path.write_text(made.after.replace("title:  ", "title: ").replace("title: ", "title:    "), encoding="utf-8")
    again = format_file(path)
    assert again.changes
    assert again.after == made.after
    assert path.read_text(encoding="utf-8") == again.before


def test_a_file_that_yaml_cannot_read_has_findings_and_no_layout(tmp_path):
    path = tmp_path / "film.story.yaml"
    path.write_text("title: [\n", encoding="utf-8")
    made = format_file(path)
    assert (made.after, made.changes) == (None, False)
    assert made.findings
