"""What git shows of storyboards and films: one fact a line, and something to show whatever a file holds."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from film.cards import card

from storyforge.reports.textconv import LARGEST, text_for_git
from storyforge.system.inputs import UnreadableFile

FILM = """\
# a comment
title: The Keeper
storyforge: 1
format: {fps: 24, aspect: "16:9"}
unheard-of: yes
cast:
  otto: {marks: [round wire glasses]}
  mira:
    looks:
      storm: {voice: low, name: the keeper in oilskin}
    name: the lighthouse keeper
scenes:
  lamp-room:
shots:
  - scene: lamp-room
    id: lamp-1
    seconds: 4.0
    action: >
      She trims
      the wick.
    dialogue:
      - mira (softly): You are late.
      - otto: "The road
          is gone."
    camera:
    extra: {runware: {z: [1, {d: 1, c: 2}], a: {b: 0.5}}}
  - action: "@otto waits."
"""

FACTS = """\
storyforge: 1
title: The Keeper
format.aspect: 16:9
format.fps: 24

cast mira
  name: the lighthouse keeper
  looks.storm.name: the keeper in oilskin
  looks.storm.voice: low

cast otto
  marks: round wire glasses

scene lamp-room

shot lamp-1
  scene: lamp-room
  action: She trims the wick.
  dialogue: mira (softly): You are late.
  dialogue: otto: The road is gone.
  seconds: 4
  extra.runware.a.b: 0.5
  extra.runware.z: 1
  extra.runware.z: {"c": 2, "d": 1}

shot ?
  action: @otto waits.
unheard-of: yes
"""


def shown(content: str | bytes, folder: Path, name: str = "x") -> str:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return text_for_git(path).decode()


def test_a_storyboard_is_told_a_fact_a_line(tmp_path):
    assert shown(FILM, tmp_path) == FACTS


def test_neither_order_nor_wrapping_nor_quotes_nor_comments_are_facts(tmp_path):
    other = FILM.replace("# a comment\n", "").replace('"16:9"', "16:9").replace(">\n      She trims\n ", "She trims")
    moved = other.replace("    id: lamp-1\n", "").replace("    seconds: 4.0\n", "    id: lamp-1\n    seconds: 4\n")
    assert moved != FILM
    assert shown(moved, tmp_path) == FACTS


@pytest.mark.parametrize(
    "content",
    ["", "title: [", "- a\n- list\n", "just words\n", b"title: \xff\n", "x" * (LARGEST + 1)],
    ids=lambda content: str(content[:12]),
)
def test_what_is_no_storyboard_stands_for_itself(content, tmp_path):
    given = content.encode() if isinstance(content, str) else content
    path = tmp_path / "x"
    path.write_bytes(given)
    assert text_for_git(path) == given


@pytest.mark.parametrize(
    ("content", "facts"),
    [
        ("title: a\ntitle: b\n", "title: a\nnot read: title: b\n"),
        ("title: *b\nlanguage: en\n", "language: en\nnot read: title: *b\n"),
        (
            "shots:\n  - id: x\n    action: @mira: waits\n",
            "\nshot x\n  action: @mira: waits\nnot read: action: @mira: waits\n",
        ),
    ],
)
def test_a_line_with_a_mistake_does_not_hide_the_others(content, facts, tmp_path):
    assert shown(content, tmp_path) == facts


def test_used_files_are_not_read_and_nothing_moves_the_cursor(tmp_path):
    (tmp_path / "secret.yaml").write_text("title: secret\n", encoding="utf-8")
    text = shown('use: [secret.yaml, /etc/passwd]\ntitle: "a\\x1b[2Jb"\n', tmp_path)
    assert text == "title: a\\x1b[2Jb\nuse: secret.yaml\nuse: /etc/passwd\n"


def test_aliases_that_unfold_without_end_are_not_followed(tmp_path):
    bomb = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]\n"
        for before, name in zip("abcdefg", "bcdefgh", strict=True)
    )
    assert shown(bomb, tmp_path) == bomb


def test_a_film_is_told_by_what_is_in_it(tmp_path):
    film = card(tmp_path / "film.mp4", frames=48, sound="0.1*sin(997*2*PI*t)").rename(tmp_path / "git-blob")
    facts = dict(line.split(": ", 1) for line in text_for_git(film).decode().splitlines())
    assert facts["length"] == "2.000 s, 48 frames"
    assert facts["picture"] == "h264, 320×180, 24 frames a second"
    assert facts["sound"] == "aac, 48000 Hz, 2 channels"
    assert facts["loudness"].startswith(("-19.", "-20."))
    assert facts["bytes"] == str(film.stat().st_size)
    assert facts["sha256"] == hashlib.sha256(film.read_bytes()).hexdigest()


def test_a_silent_film_and_one_without_sound_are_told_apart(tmp_path):
    assert "loudness: silence\n" in text_for_git(card(tmp_path / "silent.mp4", sound="0")).decode()
    mute = text_for_git(card(tmp_path / "mute.mp4", sound=None)).decode()
    assert "sound: none\n" in mute
    assert "loudness" not in mute


@pytest.mark.parametrize(
    "content",
    [b"\0" * 500, b"\0\0\0\x18ftypmp42" + b"\0" * 4000, b"#EXTM3U\n\0\nfile:///etc/passwd\n"],
    ids=["zeros", "head", "playlist"],
)
def test_a_broken_or_hostile_film_is_told_to_be_none(content, tmp_path):
    text = shown(content, tmp_path, "film.mp4")
    first, *rest = text.splitlines()
    assert first.startswith("no film: ")
    assert "film.mp4" not in first  # git names the file otherwise each time
    assert str(tmp_path) not in text
    assert rest == [f"bytes: {len(content)}", f"sha256: {hashlib.sha256(content).hexdigest()}"]


def test_a_film_cut_short_is_told_to_be_broken(tmp_path):
    film = card(tmp_path / "film.mp4")
    film.write_bytes(film.read_bytes()[:-2000])
    assert text_for_git(film).decode().startswith("no film: ")


def test_what_git_lfs_keeps_in_its_place_is_shown_as_it_is(tmp_path):
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 12\n"
    assert shown(pointer, tmp_path) == pointer


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
def test_a_pipe_is_refused_and_never_waited_for(tmp_path):
    os.mkfifo(tmp_path / "x")
    with pytest.raises(UnreadableFile, match="x"):
        text_for_git(tmp_path / "x")


@pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="no such device here")
def test_a_device_is_refused_also_behind_a_link(tmp_path):
    (tmp_path / "x").symlink_to("/dev/zero")
    with pytest.raises(UnreadableFile):
        text_for_git(tmp_path / "x")
