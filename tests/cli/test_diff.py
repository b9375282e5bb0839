"""Git itself, with our drivers: storyboards compared in shots, films by what they hold, locks merged by clips."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from counting import counted
from film.cards import card
from hands import WHO, Hand
from projects import edited, project, storyforge

from storyforge.cli import cli
from storyforge.language.load import load_storyboard
from storyforge.starter.git_drivers import find_repository, set_drivers, write_attributes
from storyforge.system.lock import Block, Lock, lock_text, read_lock

BLOCK = Block("f" * 64, "a" * 64, "runware", "happyhorse", 9, usd=1.26, date="2026-11-20", parts={"action": "x1"})
NEW = replace(BLOCK, fingerprint="1" * 64, take="b" * 64)
OTHER = replace(BLOCK, fingerprint="2" * 64, take="c" * 64, provider="wavespeed", parts={"action": "x2"})


@pytest.fixture
def hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hand:
    """A repository with a film in a folder of it, and our drivers run by a program whose name git's shell could trip
    over."""
    program = tmp_path / "it's 100% of a `venv`" / "python"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    (tmp_path / "series").mkdir()
    hand = Hand(tmp_path / "series")
    with monkeypatch.context() as patched:
        patched.setattr("sys.executable", str(program))
        repository = find_repository(hand.folder)
        write_attributes(repository, hand.folder)
        set_drivers(repository)
    project(hand.folder / "ferry film")
    hand("add", ".")
    hand("commit", "--quiet", "-m", "first")
    return hand


def film(hand: Hand) -> Path:
    return hand.folder / "ferry film/ferry.story.yaml"


def tried(hand: Hand, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Git, whose refusals are results."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment = {**clean, **WHO, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    command = ["git", *arguments]
    return subprocess.run(command, cwd=hand.folder, env=environment, capture_output=True, text=True, check=False)


def test_git_compares_storyboards_in_shots_and_shows_their_history_in_facts(hand: Hand) -> None:
    edited(film(hand), "@ana looks over the water.", "@ana looks over the still water.")
    assert hand("diff").splitlines() == [
        "ferry film/ferry.story.yaml: 3 shots, 8.5 s",
        '  rewritten  wait: action: "…looks over the water." → "…looks over the still water." (ferry.story.yaml:21)',
        "  changed    clip wait   3 s  free",
        "  to render: free for 1 clip, 3 s",
    ]
    hand("commit", "--quiet", "-a", "-m", "second")
    told = hand("log", "-1", "-p", "--format=%s")
    assert "\n-  action: @ana looks over the water.\n+  action: @ana looks over the still water.\n" in told
    assert " @@ scene pier\n" in told  # the last that begins before the lines that are shown


@pytest.mark.slow
def test_git_goes_on_where_a_storyboard_is_broken_gone_new_or_renamed(hand: Hand) -> None:
    path = film(hand)
    path.write_bytes(path.read_bytes() + b"broken: [\n")
    (path.parent / "new.story.yaml").write_text("storyforge: 1\ntitle: New\n", encoding="utf-8")
    (path.parent / "latin.story.yaml").write_bytes(b"title: caf\xe9\n")
    (path.parent / "note.txt").write_text("seen", encoding="utf-8")
    hand("add", ".")
    told = hand("diff", "--cached")
    assert "no whole storyboard before or now, so its lines are compared\n" in told
    assert "+broken: [" in told
    assert "ferry film/new.story.yaml, new: 0 of the cast, 0 scenes\n" in told
    assert "+title: caf\ufffd" in told
    assert "+seen" in told
    assert "+broken: [" in hand("diff", "--cached", "--no-ext-diff", "--", str(path))
    hand("reset", "--quiet", "--hard")
    hand("mv", "ferry film/ferry.story.yaml", "ferry film/other.story.yaml")
    assert hand("diff", "--cached", "-M") == "ferry film/other.story.yaml: nothing of the film changed\n"
    hand("reset", "--quiet", "--hard")
    edited(path, "clip: new", "clip: newer")
    assert "its lines are compared\n" in hand("diff")
    path.unlink()
    assert hand("diff") == "ferry film/ferry.story.yaml: no longer there, with its 3 shots, 8.5 s\n"


@pytest.mark.slow
def test_nothing_that_lies_in_a_repository_is_run(hand: Hand, tmp_path: Path) -> None:
    proof = tmp_path / "proof"
    trap = f"open({str(proof)!r}, 'w')"
    for name in ("storyforge.py", "click.py", "json.py", "sitecustomize.py", "storyforge/__init__.py"):
        for folder in (hand.folder, film(hand).parent):
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text(trap, encoding="utf-8")
    words = "{{ ''.__class__.__mro__[1].__subclasses__() }}{% for x in cycler.__init__.__globals__ %}{% endfor %}"
    (film(hand).parent / "templates").mkdir()
    (film(hand).parent / "templates/style.jinja").write_text(words, encoding="utf-8")
    edited(film(hand), "title: The Ferry", "title: !!python/object/apply:os.system [x]\nstyle: ink\nuse: [/etc/passwd]")
    assert "its lines are compared" in hand("diff")
    assert "+not read: title: !!python/object/apply:os.system [x]" in hand("diff", "--no-ext-diff")
    edited(film(hand), "!!python/object/apply:os.system [x]", "The Ferry")
    edited(film(hand), "\nuse: [/etc/passwd]", "")
    assert 'changed    style: nothing → "ink"' in hand("diff")
    assert not proof.exists()


def test_git_compares_films_by_what_they_hold(hand: Hand) -> None:
    film_file = card(hand.folder / "cut.mp4", frames=24, sound=None)
    hand("add", "--force", "cut.mp4")
    hand("commit", "--quiet", "-m", "a film")
    card(film_file, frames=48, sound=None)
    told = hand("diff")
    assert "\n-length: 1.000 s, 24 frames\n+length: 2.000 s, 48 frames\n picture: h264, 320×180" in told
    film_file.write_bytes(film_file.read_bytes()[:3000])
    assert "\n+no film: " in hand("diff")


def branches(hand: Hand, base: dict[str, Block], ours: dict[str, Block], theirs: dict[str, Block]) -> Path:
    """A lock that two branches changed, ours checked out."""
    name = "ferry film/ferry.story.lock"
    hand.commit(name, lock_text(Lock(base)))
    hand("checkout", "--quiet", "-b", "theirs")
    hand.commit(name, lock_text(Lock(theirs)))
    hand("checkout", "--quiet", "main")
    hand.commit(name, lock_text(Lock(ours)))
    return hand.folder / name


def test_branches_that_chose_takes_for_other_clips_merge(hand: Hand) -> None:
    path = branches(hand, {"b": BLOCK}, {"a": NEW, "b": BLOCK}, {"a.2": OTHER, "b": OTHER})
    done = tried(hand, "merge", "theirs")
    assert done.returncode == 0, done.stdout + done.stderr
    assert read_lock(path) == (Lock({"a": NEW, "a.2": OTHER, "b": OTHER}), [])


def test_the_same_clip_is_one_conflict_told_in_words(hand: Hand) -> None:
    path = branches(hand, {"a": BLOCK, "b": BLOCK}, {"a": NEW, "b": NEW}, {"a": OTHER, "b": BLOCK})
    done = tried(hand, "merge", "theirs")
    assert done.returncode == 1
    assert "CONFLICT (content): Merge conflict in ferry film/ferry.story.lock" in done.stdout
    assert done.stderr == (
        "error: both sides chose a take for `a`: ours take bbbbbbbb of runware, 9 s, $1.26, 2026-11-20; "
        "theirs take cccccccc of wavespeed, 9 s, $1.26, 2026-11-20\n"
        "  = hint: choose with `storyforge use ferry.story.yaml a TAKE`\n"
    )
    assert path.read_text(encoding="utf-8").count("<<<<<<< ours") == 1
    lock, (found,) = read_lock(path)
    assert lock.blocks["b"] == NEW
    assert found.message.startswith("a merge left `a` undecided: ours is take bbbbbbbb of runware")


def test_git_without_our_driver_merges_other_clips_and_leaves_one_conflict_for_the_same(hand: Hand) -> None:
    hand("config", "--remove-section", "merge.storyforge")
    base = {"a": BLOCK, "b": BLOCK, "c": BLOCK}
    path = branches(hand, base, {**base, "a": NEW, "c": NEW}, {**base, "b": OTHER, "c": OTHER})
    assert tried(hand, "merge", "theirs").returncode == 1
    lock, (found,) = read_lock(path)
    assert (lock.blocks["a"], lock.blocks["b"]) == (NEW, OTHER)
    assert found.message.startswith("a merge left `c` undecided: ours is take bbbbbbbb of runware")
    assert "theirs take cccccccc of wavespeed" in found.message


def test_init_in_a_folder_with_a_storyboard_only_tells_git(hand: Hand) -> None:
    hand("rm", "--quiet", "--cached", ".gitattributes")
    (hand.folder / ".gitattributes").unlink()
    before = sorted(path.name for path in film(hand).parent.iterdir())
    done = storyforge("init", "--git", "ferry film", cwd=hand.folder)
    assert (done.returncode, done.stdout) == (0, "ferry film/.gitattributes\n")
    assert sorted(path.name for path in film(hand).parent.iterdir()) == sorted([*before, ".gitattributes"])
    again = storyforge("init", "--git", "ferry film", cwd=hand.folder)
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "git knew this storyforge already\n")


def test_a_lock_that_is_none_is_left_with_both_sides(tmp_path: Path) -> None:
    broken = "clips:\n  a:\n    colour: red\n"
    for name, text in (("base", ""), ("ours", broken), ("theirs", lock_text(Lock({"a": NEW})))):
        (tmp_path / name).write_text(text, encoding="utf-8")
    done = storyforge("merge-lock", "base", "ours", "theirs", "films/a.story.lock", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("error: `a.story.lock` is left with both sides whole: ours, line 2")
    text = (tmp_path / "ours").read_text(encoding="utf-8")
    assert text == f"<<<<<<< ours\n{broken}=======\n{lock_text(Lock({'a': NEW}))}>>>>>>> theirs\n"


@pytest.mark.parametrize("broken", ["", "frming: a typo\n", "- no mapping\n"])
def test_each_side_of_a_comparison_is_read_once(tmp_path: Path, broken: str) -> None:
    before, now = project(tmp_path / "before"), project(tmp_path / "now")
    before.write_text(broken if broken.startswith("-") else broken + before.read_text(encoding="utf-8"), "utf-8")
    with counted(load_storyboard) as calls:
        told = CliRunner().invoke(cli, ["diff", str(now), str(before)]).output
    assert calls["load_storyboard"] == 2
    assert ("so its lines are compared" in told) == bool(broken)
