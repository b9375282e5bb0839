"""Where a file that is to be written really lies, and what is never replaced."""

from __future__ import annotations

import os
import socket

import pytest

from storyforge.model.errors import UsageError
from storyforge.system.files import write_atomically, write_text, write_texts
from storyforge.system.roots import find_target, project_root


@pytest.fixture
def project(tmp_path):
    """A project beside a file and a folder that are none of its business."""
    folder = tmp_path / "project"
    (folder / ".git").mkdir(parents=True)
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / ".profile").write_text("precious")
    return folder


def test_a_link_that_stays_in_its_project_is_written_through(project):
    (project / "ep1").mkdir()
    (project / "real.story.yaml").write_text("old")
    (project / "ep1" / "film.story.yaml").symlink_to("../real.story.yaml")
    (project / "ep1" / "new.srt").symlink_to("../there.srt")
    write_texts({project / "ep1" / "film.story.yaml": "new"})
    write_atomically(project / "ep1" / "new.srt", "made")
    assert (project / "real.story.yaml").read_text() == "new"
    assert (project / "there.srt").read_text() == "made"
    assert (project / "ep1" / "film.story.yaml").is_symlink()


@pytest.mark.parametrize("to", ["../home/.profile", "../home/nothing", "../home"])
@pytest.mark.parametrize("write", [write_atomically, write_text, lambda path, text: write_texts({path: text})])
def test_a_link_out_of_the_project_is_refused(project, to, write):
    path = project / "film.story.lock"
    path.symlink_to(to)
    with pytest.raises(UsageError, match="leads out of its project") as refused:
        write(path, "spoilt")
    assert "film.story.lock" in str(refused.value)
    assert refused.value.hint
    assert {one.name: one.read_text() for one in (project.parent / "home").iterdir()} == {".profile": "precious"}
    assert path.is_symlink()


def test_a_folder_that_is_a_link_out_of_the_project_is_refused(project):
    (project / "film.stems").symlink_to("../home")
    with pytest.raises(UsageError, match="leads out of its project"):
        write_atomically(project / "film.stems" / "clips.wav", b"")
    assert os.listdir(project.parent / "home") == [".profile"]


def test_links_in_a_circle_are_refused(project):
    (project / "a").symlink_to("b")
    (project / "b").symlink_to("a")
    with pytest.raises(UsageError, match="links go in a cycle"):
        write_atomically(project / "a", b"")


def test_what_is_no_file_is_not_replaced(project):
    os.mkfifo(project / "pipe")
    (project / "folder").mkdir()
    with socket.socket(socket.AF_UNIX) as heard:
        heard.bind(os.path.relpath(project / "socket"))
    for name, kind in (("pipe", "a pipe"), ("folder", "a folder"), ("socket", "a socket")):
        before = (project / name).lstat().st_ino
        with pytest.raises(UsageError, match=f"{name}` is not written: it is {kind}"):
            write_text(project / name, "text")
        assert (project / name).lstat().st_ino == before


def test_a_hard_link_is_parted_from_the_file_that_it_shares(project):
    os.link(project.parent / "home" / ".profile", project / "film.srt")
    write_atomically(project / "film.srt", "subtitles")
    assert (project.parent / "home" / ".profile").read_text() == "precious"


def test_without_a_project_around_it_a_file_stays_in_its_folder(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "film.srt").symlink_to("../b.srt")
    assert project_root(tmp_path / "a" / "film.srt") == tmp_path / "a"
    with pytest.raises(UsageError, match="leads out"):
        find_target(tmp_path / "a" / "film.srt")


def test_a_file_that_is_not_there_yet_is_where_it_says(project):
    assert find_target(project / "new" / "film.mp4") == (project / "new" / "film.mp4").resolve()
