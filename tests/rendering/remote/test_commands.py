"""`push` and `pull` as a user runs them, and a colleague whose clone renders for nothing."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
from buckets import KEYS
from projects import project, storyforge
from shares import block, rendered

from storyforge.system.lock import Lock, lock_path, write_lock
from storyforge.system.project import find_trust
from storyforge.system.store import Store


def published(tmp_path: Path, *clips: str, settings: str = "", name: str = "film") -> Path:
    """A project whose lock names takes that its store has."""
    film = tmp_path / name / "ferry.story.yaml"
    film.parent.mkdir()
    film.write_text("storyforge: 1\n")
    (film.parent / "storyforge.toml").write_text(settings)
    find_trust(film.parent).allow()
    store = Store(film.parent / ".storyforge")
    write_lock(lock_path(film), Lock({clip: block(rendered(store, clip, clip.encode())) for clip in clips}))
    return film


def test_without_a_place_to_share_in_it_is_said_how_to_name_one(tmp_path):
    film = published(tmp_path, "wait")
    for command in ("push", "pull"):
        done = storyforge(command, film, cwd=tmp_path)
        assert (done.returncode, done.stdout) == (2, "")
        assert "no `[share]` in storyforge.toml" in done.stderr
        assert 'kind = "bucket"' in done.stderr


def test_a_bucket_out_of_reach_is_said_and_no_key_is_shown(tmp_path):
    settings = '[share]\nkind = "bucket"\nurl = "s3://films"\nendpoint = "http://127.0.0.1:1"'
    film = published(tmp_path, "wait", settings=settings)
    done = storyforge("push", film, cwd=tmp_path, **KEYS)
    assert (done.returncode, done.stdout) == (5, "")
    assert "error: the bucket `films` is out of reach at http://127.0.0.1:1" in done.stderr
    done = storyforge("push", film, cwd=tmp_path)
    assert done.returncode == 5
    assert "`AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY` not set" in done.stderr
    done = storyforge("push", film, cwd=tmp_path, **KEYS | {"AWS_ENDPOINT_URL": "http://127.0.0.1:2"})
    assert not any(value in done.stdout + done.stderr for value in KEYS.values())


def test_files_are_storyboards_or_locks_and_without_any_the_whole_project_is_meant(tmp_path):
    settings = f'[share]\nkind = "folder"\nfolder = "{tmp_path}/there"\n'
    (tmp_path / "there").mkdir()
    film = published(tmp_path, "wait", settings=settings)
    (film.parent / "second").mkdir()
    second = film.parent / "second" / "sea.story.lock"
    other = rendered(Store(film.parent / ".storyforge"), "sea", b"sea")
    write_lock(second, Lock({"sea": block(other)}))
    published(film.parent, "elsewhere", settings="[share]", name="inner")  # a project of its own
    hidden = film.parent / ".cache"
    hidden.mkdir()
    (hidden / "old.story.lock").write_text("broken")
    done = storyforge("push", lock_path(film), "--format", "json", cwd=film.parent)
    assert done.returncode == 0, done.stderr
    assert len([one for one in json.loads(done.stdout)["sent"] if one["name"].startswith("takes/")]) == 1
    done = storyforge("push", cwd=film.parent)
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(r"1 take, \S+ \w+ sent; 1 take there already\n", done.stdout)
    for wrong, said in (("none.story.yaml", "there is no file"), ("new.story.yaml", "has no lock yet")):
        (film.parent / "new.story.yaml").write_text("storyforge: 1\n")
        done = storyforge("push", wrong, cwd=film.parent)
        assert done.returncode == 2
        assert said in done.stderr


def test_a_refused_object_makes_the_command_fail_and_says_what_to_do(tmp_path):
    (tmp_path / "there").mkdir()
    settings = f'[share]\nkind = "folder"\nfolder = "{tmp_path}/there"\n'
    film = published(tmp_path, "wait", "call", settings=settings)
    storyforge("push", film, cwd=tmp_path)
    taken = sorted((tmp_path / "there" / "takes").iterdir())[0]
    taken.write_bytes(b"x" * taken.stat().st_size)
    (film.parent / ".storyforge").rename(tmp_path / "gone")
    done = storyforge("pull", film, cwd=tmp_path)
    assert done.returncode == 1
    assert f"failed: `takes/{taken.name}` is not what it is called in the folder" in done.stderr
    assert "error: 1 object could not be fetched" in done.stderr
    assert done.stderr.count("hint: delete it where it lies, and push it") == 1


def test_a_store_that_another_run_holds_is_left_alone(tmp_path):
    (tmp_path / "there").mkdir()
    film = published(tmp_path, "wait", settings=f'[share]\nkind = "folder"\nfolder = "{tmp_path}/there"\n')
    with Store(film.parent / ".storyforge").hold():
        done = storyforge("pull", film, cwd=tmp_path)
    assert done.returncode == 2
    assert "another run" in done.stderr


# a colleague

SHOTS = """\
  - {id: wait, scene: pier, framing: wide shot, action: "@ana looks over the water.", seconds: 3}
  - {id: call, scene: pier, framing: close shot, action: "@bo shows @ana his boat.", seconds: 3, clip: new}
  - {id: boat, scene: pier, action: The boat floats away., seconds: 3, continues: call}
"""


def git(*arguments: str | Path, cwd: Path) -> None:
    person = ["-c", "user.name=nobody", "-c", "user.email=nobody"]
    subprocess.run(["git", *person, *map(str, arguments)], cwd=cwd, check=True, capture_output=True)


@pytest.mark.slow
def test_a_clone_renders_the_film_of_a_host_without_a_key_and_without_an_order(tmp_path, server):
    from storyforge.emulator import running

    settings = (
        f'provider = "runware"\n[share]\nkind = "bucket"\nurl = "s3://films/{tmp_path.name}"\nendpoint = "{server}"\n'
    )
    film = project(tmp_path / "one", SHOTS)
    (film.parent / "storyforge.toml").write_text(settings)
    find_trust(film.parent).allow()
    (film.parent / ".gitignore").write_text(".storyforge/\n*.mp4\n")
    with running(tmp_path / "state", films=tmp_path / "films", card=True, delay=0.05) as emulator:
        paying = {**emulator.environment(), "RUNWARE_API_KEY": "rw-key-0123456789", "STORYFORGE_POLL_SECONDS": "0.05"}
        done = storyforge("render", film, "--yes", cwd=film.parent, **paying)
        assert done.returncode == 0, done.stderr
        ordered = len(emulator.orders("runware"))
        assert ordered == 3
        done = storyforge("push", cwd=film.parent, **KEYS)
        assert done.returncode == 0, done.stderr
        git("init", "-q", cwd=film.parent)
        git("add", ".", cwd=film.parent)
        git("commit", "-qm", "film", cwd=film.parent)
        git("clone", "-q", film.parent, tmp_path / "two", cwd=tmp_path)
        clone = tmp_path / "two" / film.name
        assert not list((tmp_path / "two").rglob("*.mp4"))
        done = storyforge("pull", cwd=clone.parent, **KEYS)
        assert (done.returncode, "storyforge.toml:4 sets `share.url`" in done.stderr) == (2, True), done.stderr
        assert storyforge("trust", cwd=clone.parent).returncode == 0
        done = storyforge("pull", cwd=clone.parent, **KEYS)
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith("3 takes and 3 pictures, ")
        # Takes of an emulator count where their host is reached on this machine.
        done = storyforge("plan", clone, "--format", "json", cwd=clone.parent, **emulator.environment())
        assert {one["state"] for one in json.loads(done.stdout)["clips"]} == {"cached"}
        done = storyforge("render", clone, cwd=clone.parent, **emulator.environment())
        assert done.returncode == 0, done.stderr
        assert len(emulator.orders("runware")) == ordered
    assert clone.with_name("ferry.mp4").read_bytes() == film.with_name("ferry.mp4").read_bytes()
    git("diff", "--exit-code", cwd=clone.parent)  # its lock among it
