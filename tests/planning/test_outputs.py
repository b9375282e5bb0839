"""A film or a plan is written over nothing that the film is made from, and over nothing that is something else."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from click.testing import CliRunner

from storyforge.cli import cli
from storyforge.model.errors import UsageError
from storyforge.planning.film_plan import plan_film
from storyforge.planning.open import open_storyboard
from storyforge.planning.outputs import place_film, place_plan
from storyforge.planning.saved_plan import write_plan

STORYBOARD = """\
storyforge: 1
title: Sea
use: [bible.story.yaml]
music: {file: theme.ogg}
scenes:
  sea: {description: A grey sea.}
shots:
- id: one
  scene: sea
  action: Waves roll.
  first_frame: refs/sea.png
"""
FILM = b"\0\0\0\x18ftypisom"


@pytest.fixture
def compiled(tmp_path):
    """A film that is made from files of every kind, compiled; findings do not matter here."""
    folder = tmp_path / "project"
    for name in (".git", "refs", "templates", ".storyforge/takes"):
        (folder / name).mkdir(parents=True)
    (tmp_path / "home").mkdir()
    (folder / "film.story.yaml").write_text(STORYBOARD)
    (folder / "bible.story.yaml").write_text("storyforge: 1\nstyle: dark\n")
    for name in ("theme.ogg", "refs/sea.png", "film.story.lock", "storyforge.toml", ".env", "templates/style.jinja"):
        (folder / name).write_text("# kept\n")
    (folder / "key.pem").write_text("private")
    (folder / "link.mp4").symlink_to("refs/sea.png")
    return open_storyboard(folder / "film.story.yaml", None)


SOURCES = {
    "film.story.yaml": "made from",
    "film.story.lock": "made from",
    "bible.story.yaml": "made from",
    "other.story.yaml": "made from",
    "refs/sea.png": "made from",
    "theme.ogg": "made from",
    "link.mp4": "made from",
    ".storyforge/ledger.db": "in the store",
    ".storyforge/takes/a.mp4": "in the store",
    "storyforge.toml": "there and no",
    ".env": "there and no",
    "templates/style.jinja": "made from|there and no",
    "key.pem": "there and no",
    "refs": "is a folder",
}


@pytest.mark.parametrize("place", [place_film, place_plan])
@pytest.mark.parametrize("name", SOURCES)
def test_what_the_film_is_made_from_and_what_is_no_film_is_refused(compiled, name, place):
    path = compiled.path.parent / name
    with pytest.raises(UsageError, match=SOURCES[name]) as refused:
        place(path, compiled)
    assert str(path) in str(refused.value)


def test_a_new_name_an_empty_file_and_one_of_its_kind_are_taken(compiled):
    folder = compiled.path.parent
    (folder / "empty.mp4").touch()
    (folder / "old.mp4").write_bytes(FILM)
    (folder / "unfetched.mp4").write_bytes(b"version https://git-lfs.github.com/spec/v1\noid sha256:")
    (folder / "plan.json").write_text('{"storyforge": 1, "plan": "film.story.yaml"}')
    for name in ("new/film.mp4", "empty.mp4", "old.mp4", "unfetched.mp4"):
        assert place_film(folder / name, compiled) == folder / name
    for name in ("new/plan.json", "empty.mp4", "plan.json"):
        assert place_plan(folder / name, compiled) == folder / name
    for place, name in ((place_plan, "old.mp4"), (place_film, "plan.json")):
        with pytest.raises(UsageError, match="there and no"):
            place(folder / name, compiled)


def test_a_film_that_was_hurt_is_put_back_under_its_own_name(compiled):
    path = compiled.path.with_name("film.mp4")
    path.write_bytes(b"hurt")
    assert place_film(path, compiled, own=True) == path
    with pytest.raises(UsageError, match="there and no film"):
        place_film(path, compiled)


def test_what_is_written_beside_a_film_is_no_source_of_it_either(compiled):
    folder = compiled.path.parent
    with pytest.raises(UsageError, match="made from"):
        place_film(folder / "new.mp4", compiled, [folder / "refs" / "sea.png"])


def test_a_link_out_of_the_project_is_not_written_through(compiled, tmp_path):
    (compiled.path.parent / "film.mp4").symlink_to("../home/film.mp4")
    with pytest.raises(UsageError, match="leads out of its project"):
        place_film(compiled.path.parent / "film.mp4", compiled)
    assert os.listdir(tmp_path / "home") == []


def test_a_device_and_a_pipe_are_written_to_and_stay_what_they_are(compiled):
    pipe, got = compiled.path.parent / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()))
    reader.start()
    shown = plan_film(compiled)
    write_plan(pipe, compiled.path, shown, None, False)
    reader.join(30)
    assert got[0].startswith(b'{\n "storyforge": 1')
    write_plan(Path("/dev/null"), compiled.path, shown, None, False)
    assert os.stat("/dev/null").st_rdev == os.makedev(1, 3)
    assert pipe.is_fifo()
    assert place_film(pipe, compiled) == pipe
    with pytest.raises(UsageError, match="nothing can be written next to"):
        place_film(pipe, compiled, [pipe.with_name("film.sheet.jpg")])


@pytest.mark.parametrize("arguments", [("render", "-o"), ("plan", "--out"), ("watch", "-o")])
def test_the_commands_refuse_with_2_and_leave_every_byte(compiled, arguments, monkeypatch):
    monkeypatch.setattr("storyforge.api.watch_sources", lambda file: [None], raising=False)
    path = compiled.path
    lines = [line for line in STORYBOARD.splitlines() if "refs/" not in line and "music" not in line]
    path.write_text("\n".join(lines))
    path.with_name("film.story.lock").unlink()
    path.with_name("storyforge.toml").unlink()
    before = path.read_bytes()
    result = CliRunner().invoke(cli, [arguments[0], str(path), arguments[1], str(path)], standalone_mode=False)
    assert path.read_bytes() == before
    if arguments[0] == "watch":  # which goes on, and may find it mended at the next save
        assert "made from" in result.stderr
    else:
        assert isinstance(result.exception, UsageError)
        assert result.exception.exit_code == 2
