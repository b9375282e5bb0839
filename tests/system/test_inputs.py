"""What a project names is opened only where it is a file in the project; nothing else is read, and nothing is waited for."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from storyforge.system import inputs
from storyforge.system.inputs import UnreadableFile, open_file, read_file, read_text

SECRET = "storyforge: 1 # the secret of somebody else"

KINDS = {
    "link to a file outside": "outside",
    "link to a folder outside": "outside",
    "link to nothing": "missing",
    "link to nothing outside": "outside",
    "link in a circle": "missing",
    "pipe": "special",
    "socket": "special",
    "device": "outside",
    "folder": "folder",
    "nothing": "missing",
}
"""What may stand in the place of a file, and what is said of it."""


def plant(path: Path, kind: str) -> None:
    """Puts something else where a file is expected; `home`, beside the project, is somebody else's."""
    path.parent.mkdir(parents=True, exist_ok=True)
    home = next(above for above in path.parents if (above / "home").is_dir()) / "home"
    match kind:
        case "link to a file outside":
            path.symlink_to(home / "secret")
        case "link to a folder outside":
            path.symlink_to(home)
        case "link to nothing":
            path.symlink_to("nowhere")
        case "link to nothing outside":
            path.symlink_to(home / "nowhere")
        case "link in a circle":
            path.symlink_to(path.name)
        case "pipe":
            os.mkfifo(path)
        case "socket":
            here = os.getcwd()
            os.chdir(path.parent)
            try:
                with socket.socket(socket.AF_UNIX) as heard:
                    heard.bind(path.name)
            finally:
                os.chdir(here)
        case "device":
            path.symlink_to("/dev/zero")
        case "folder":
            path.mkdir()
        case "hard link":
            os.link(home / "secret", path)


@pytest.fixture
def project(tmp_path):
    """A project beside the folder of somebody else."""
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "secret").write_text(SECRET)
    (tmp_path / "project" / ".git").mkdir(parents=True)
    return tmp_path / "project"


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_no_file_of_the_project_is_told(project, kind):
    path = project / "refs" / "a.png"
    path.parent.mkdir()
    plant(path, kind)
    with pytest.raises(UnreadableFile) as told:
        open_file(path, project)
    assert told.value.obstacle == KINDS[kind]
    assert str(path) in str(told.value)
    assert told.value.hint


@pytest.mark.parametrize("kind", ["pipe", "socket", "device", "folder", "link in a circle"])
def test_outside_of_a_project_too_only_files_are_opened(project, kind):
    plant(project / "a.png", kind)
    with pytest.raises(UnreadableFile):
        open_file(project / "a.png")


def test_a_link_that_stays_in_the_project_is_followed(project):
    (project / "real").write_text("words")
    (project / "refs").mkdir()
    (project / "refs" / "a").symlink_to("../real")
    (project / "again").symlink_to("refs")
    assert read_text(project / "again" / "a", project) == "words"


def test_no_more_is_read_than_is_allowed(project):
    (project / "a").write_bytes(b"12345")
    assert read_file(project / "a", project, 5) == b"12345"
    with pytest.raises(UnreadableFile, match="5 bytes, more than 4") as told:
        read_file(project / "a", project, 4)
    assert (told.value.obstacle, told.value.size) == ("too-large", 5)


def test_what_is_no_text_is_told(project):
    (project / "a").write_bytes(b"\xff")
    with pytest.raises(UnreadableFile, match="no UTF-8 text"):
        read_text(project / "a")


def test_a_file_that_is_swapped_between_the_look_and_the_reading_is_not_read(project, monkeypatch):
    path, real = project / "a", os.open
    path.write_text("mine")

    def swap(name, *rest):
        path.rename(project / "old")  # kept, or the other might get its number
        (project / "b").write_text("other")
        os.rename(project / "b", path)
        return real(name, *rest)

    monkeypatch.setattr(inputs.os, "open", swap)
    with pytest.raises(UnreadableFile, match="changed while it was opened"):
        read_file(path, project)


STORYBOARD = """\
storyforge: 1
title: Sea
use: [bible.story.yaml]
music: {file: theme.ogg}
cast:
  mira: {name: the keeper, reference: refs/mira.png}
scenes:
  sea: {description: A grey sea., reference: refs/sea.png}
shots:
- id: one
  scene: sea
  action: "@mira waits."
  first_frame: refs/frame.png
"""
READ = {
    "film.story.yaml": ("check", "plan", "fmt"),
    "bible.story.yaml": ("check",),
    "theme.ogg": ("check", "plan"),
    "refs/mira.png": ("check", "compile"),
    "refs/sea.png": ("check",),
    "refs/frame.png": ("check", "render"),
    "film.story.lock": ("plan", "takes", "gc"),
    "storyforge.toml": ("plan",),
    ".env": ("plan",),
    "templates/base.jinja": ("compile",),
    "film.mp4": ("render",),
    "film.provenance.json": ("check",),
    ".gitattributes": ("init --git",),
    ".storyforge": ("plan", "render", "schema --write", "gc", "spend"),
    ".storyforge/ledger.db": ("plan", "render"),
    ".storyforge/lock": ("render", "gc"),
    ".storyforge/tmp": ("render",),
    ".storyforge/takes": ("render", "gc"),
    ".storyforge/pictures": ("render",),
    ".storyforge/storyboard.schema.json": ("schema --write",),
}
"""Each path that a project can name or that is written in it, and commands that come by it."""


@pytest.mark.parametrize(
    ("name", "command", "kind"),
    [
        pytest.param(
            *(name, command, kind),
            marks=() if (number, command) == (0, READ[name][0]) and kind == "pipe" else pytest.mark.long,
        )
        for name in READ
        for command in READ[name]
        for number, kind in enumerate(
            ("pipe", *(kind for kind in KINDS if kind not in ("pipe", "nothing")), "hard link")
        )
    ],
)
def test_nothing_outside_is_read_or_written_and_no_command_waits(project, name, command, kind):
    for path, text in {"film.story.yaml": STORYBOARD, "bible.story.yaml": "storyforge: 1\nstyle: dark\n"}.items():
        if path != name:
            (project / path).write_text(text)
    (project / ".storyforge").mkdir() if name != ".storyforge" else None
    plant(project / name, kind)
    home = project.parent / "home"
    before = {path: path.stat() for path in (home, home / "secret")}
    words = command.split()
    given = {"init": [str(project)], "gc": [], "spend": [], "schema": []}.get(words[0], ["film.story.yaml"])
    environment = {"PYTHONPATH": str(Path(__file__).parents[2]), "HOME": str(home.parent), "PATH": os.environ["PATH"]}
    code = "from storyforge.cli import main; main()"
    ran = subprocess.run(
        [sys.executable, "-c", code, *words, *given],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    assert "Traceback" not in ran.stderr
    assert ran.returncode in (0, 1, 2)
    assert "secret of somebody" not in ran.stdout + ran.stderr or kind == "hard link"
    after = {path: path.stat() for path in (home, home / "secret")}
    assert (home / "secret").read_text() == SECRET
    assert [(facts.st_ino, facts.st_mtime_ns, facts.st_size) for facts in before.values()] == [
        (facts.st_ino, facts.st_mtime_ns, facts.st_size) for facts in after.values()
    ]
