"""`plan --base` in real repositories: what a pull request shows, in a clone that has nothing but what git keeps."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import socket
from dataclasses import replace

import pytest
from click.testing import CliRunner
from hands import Hand
from projects import HEAD, SHOTS, Faked, edited, project

from storyforge.cli import cli
from storyforge.compiler.compile import compile_file
from storyforge.planning.film_plan import plan_film
from storyforge.reports.plan_diff_text import cost, plan_annotations, plan_comment
from storyforge.reports.pr_comment import UNCHANGED

SILENT = SHOTS.replace("    dialogue:\n      - bo: Take it.\n", "")


@pytest.fixture
def hand(tmp_path, monkeypatch):
    """A repository with a storyboard in a folder, all of it rendered and committed on `main`; on a branch of it."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "none"))
    monkeypatch.delenv("STORYFORGE_PROVIDER", raising=False)
    hand = Hand(tmp_path)
    path = project(tmp_path / "films", SILENT)
    Faked(path, "runware")
    shutil.rmtree(path.parent / ".storyforge")
    hand("add", ".")
    hand("commit", "--quiet", "-m", "render")
    hand("checkout", "--quiet", "-b", "side")
    monkeypatch.chdir(tmp_path)
    return hand


@pytest.fixture
def path(hand):
    return hand.folder / "films/ferry.story.yaml"


def planned(*options, file="films/ferry.story.yaml", provider="runware", code=0):
    where = ["--provider", provider] if provider else []
    done = CliRunner().invoke(cli, ["plan", str(file), *where, *options], standalone_mode=False)
    assert done.exception is None, done.exception
    assert done.return_value == code
    return done.stdout


def compared(**more):
    return json.loads(planned("--base", "main", "--format", "json", **more))


def test_the_document_holds_both_sides_and_what_is_to_pay(hand, path):
    edited(path, "looks over", "looks at")
    edited(path, "seconds: 3\n    clip: new", "seconds: 5\n    clip: new")
    found = compared()
    wait, call, boat = found.pop("clips")
    assert {**wait, "fingerprint": ""} == {
        "id": "wait",
        "state": "changed",
        "why": 'action: "@ana looks over the water." → "@ana looks at the water." (ferry.story.yaml:21)',
        "usd": 0.42,
        "seconds_billed": 3,
        "fingerprint": "",
        "paid": False,
        "before": {"clips": ["wait"], "usd": 0.42, "seconds_billed": 3},
        "changes": [
            {
                "path": "action",
                "before": "@ana looks over the water.",
                "after": "@ana looks at the water.",
                "file": "ferry.story.yaml",
                "line": 21,
            }
        ],
    }
    assert (call["usd"], call["seconds_billed"], boat["why"]) == (0.7, 5, "follows call")
    (price,) = found.pop("prices")
    assert price["provider"] == "runware"
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", price["date"])
    assert found == {
        "storyforge": 1,
        "provider": "runware",
        "base": {"rev": "main", "commit": hand("rev-parse", "main").strip()},
        "film": {"before": {"seconds": 8.5, "usd": 1.26}, "seconds": 10.5, "usd": 1.54, "changes": []},
        "total": {"usd": 1.54, "clips": 3},
        "unpaid": {"usd": 1.54, "clips": 3},
    }
    assert "the film goes from $1.26 to $1.54" in planned("--base", "main")


def test_it_needs_no_store_and_no_network(path, monkeypatch):
    edited(path, "looks over", "looks at")
    here = planned("--base", "main", "--format", "markdown")
    lock = path.with_name("ferry.story.lock")
    text = lock.read_bytes()
    Faked(path, "runware")
    lock.write_bytes(text)

    def refused(*_):
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", refused)
    assert (path.parent / ".storyforge").is_dir()
    assert planned("--base", "main", "--format", "markdown") == here


def test_what_the_branch_rendered_is_paid(path):
    edited(path, "looks over", "looks at")
    planned("--base", "main", "--exit-code", code=3)
    Faked(path, "runware")
    told = planned("--base", "main", "--exit-code")
    assert "to pay" not in told
    assert "\nnothing to render; the film costs $1.26 as before\n" in told
    assert "| `wait` | changed |" in planned("--base", "main", "--format", "markdown")


def test_what_others_did_on_the_other_branch_meanwhile_is_not_told(hand, path):
    edited(path, "looks over", "looks at")
    hand("commit", "--quiet", "--all", "-m", "edit")
    hand("checkout", "--quiet", "main")
    edited(path, "floats", "drifts")
    hand("commit", "--quiet", "--all", "-m", "go on")
    hand("checkout", "--quiet", "side")
    assert [clip["state"] for clip in compared()["clips"]] == ["changed", "kept", "kept"]


def test_a_change_in_a_used_file_is_told_at_its_place_as_seen_from_here(hand, path, monkeypatch):
    bible = "".join(line for line in HEAD.splitlines(keepends=True) if line != "shots:\n")
    (hand.folder / "bible.story.yaml").write_text(bible.replace("refs/", "films/refs/"), encoding="utf-8")
    path.write_text(f"storyforge: 1\ntitle: The Ferry\nuse: [../bible.story.yaml]\nshots:\n{SILENT}", encoding="utf-8")
    hand("add", ".")
    hand("commit", "--quiet", "-m", "share")
    hand("branch", "--force", "main")
    edited(hand.folder / "bible.story.yaml", "a paper boat", "a tin boat")
    told = planned("--base", "main", "--format", "github").splitlines()
    assert told[1].startswith("::notice title=storyforge plan,file=bible.story.yaml,line=11,")
    assert told[1].endswith('::cast.bo.marks[0]: "a paper boat" → "a tin boat"%0Ato render: call, $0.42')
    assert told[2].endswith("::follows call%0Ato render: boat, $0.42")
    monkeypatch.chdir(path.parent)
    comment = planned("--base", "main", "--format", "markdown", file="ferry.story.yaml")
    assert comment.startswith("<!-- storyforge:plan films/ferry.story.yaml -->\n")
    assert "file=../bible.story.yaml," in planned("--base", "main", "--format", "github", file="ferry.story.yaml")


def test_one_place_that_changes_many_clips_is_one_notice_and_the_dearest_is_first(path):
    edited(path, "looks over", "looks at")
    edited(path, "a blue lamp", "a red lamp")
    told = planned("--base", "main", "--format", "github").splitlines()
    assert [line.rpartition("%0A")[2] for line in told[1:]] == [
        "to render: wait, call, boat, $1.26",
        "to render: wait, $0.42",
    ]
    edited(path, "seconds: 3\n    clip: new", "seconds: 12\n    clip: new")
    told = planned("--base", "main", "--format", "github").splitlines()
    assert [line.rpartition("%0A")[2] for line in told[1:]] == [
        "to render: wait, call, boat, $2.52",
        "to render: call, $1.68",
        "to render: wait, $0.42",
    ]
    edited(path, "seconds: 12", "seconds: 3")
    Faked(path, "runware")
    assert (
        planned("--base", "main", "--format", "github")
        .splitlines()[1]
        .endswith('"a blue lamp" → "a red lamp"%0Anothing to render: wait, call, boat')
    )


def test_a_storyboard_that_was_not_there_is_new(hand, path):
    new = path.with_name("new.story.yaml")
    new.write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    found = compared(file=new)
    assert [clip["state"] for clip in found["clips"]] == ["new", "new", "new"]
    assert all(clip["before"] is None for clip in found["clips"])
    assert found["film"]["before"] is None
    told = planned("--base", "main", file=new)
    assert "; the film costs $1.26\n" in told
    assert "there was no such storyboard at" in told


def test_errors_of_then_are_said_and_errors_of_now_are_in_the_comment(hand, path):
    edited(path, "@ana looks", "@anna looks")
    hand("commit", "--quiet", "--all", "-m", "break")
    hand("branch", "--force", "main")
    text = planned("--base", "main", "--format", "markdown", code=1)
    assert "**1 error to fix before anything is rendered**" in text
    assert "unchanged" not in text
    edited(path, "@anna looks", "@ana looks")
    assert "the storyboard had errors there" in planned("--base", "main")


def test_pictures_in_git_lfs_are_what_they_are(hand, path):
    picture = path.parent / "refs/ana.png"
    content = picture.read_bytes()
    oid = hashlib.sha256(content).hexdigest()
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize {len(content)}\n"
    picture.write_text(pointer, encoding="utf-8")
    hand("commit", "--quiet", "--all", "-m", "into LFS")
    hand("branch", "--force", "main")
    picture.write_bytes(content)
    told = planned("--base", "main")
    assert "nothing changes in this film" in told
    assert "had errors" not in told


def test_another_take_of_a_clip_that_stays_is_in_the_table(path):
    lock = path.with_name("ferry.story.lock")
    old = compile_file(path).lock.blocks["wait"].take
    lock.write_text(lock.read_text(encoding="utf-8").replace(old, "9" * 64), encoding="utf-8")
    told = planned("--base", "main", "--format", "markdown")
    assert f"| `wait` | kept | `take 99999999 was chosen over {old[:8]}` | 3 | $0.42 | $0.42 | – |" in told
    assert "2 clips stay as they are" in told


def test_clips_that_never_had_a_take_are_to_be_rendered_all_the_same(path):
    path.with_name("ferry.story.lock").unlink()
    told = planned("--base", "main", "--exit-code", code=3)
    assert "3 clips that stay as they are have no take in the lock either, $1.26" in told


def test_a_clip_that_is_gone_costs_no_more(path):
    text = path.read_text(encoding="utf-8")
    path.write_text(text[: text.index("  - id: boat")], encoding="utf-8")
    found = compared()
    assert found["clips"][2] == {
        "id": "boat",
        "state": "gone",
        "why": "no clip takes its place",
        "before": {"clips": ["boat"], "usd": 0.42, "seconds_billed": 3},
    }
    assert found["total"] == {"usd": 0.0, "clips": 0}
    row = "| `boat` | gone | `no clip takes its place` | 3 | $0.42 | – | – |"
    assert row in planned("--base", "main", "--format", "markdown")


def test_both_sides_are_compiled_for_the_host_that_is_asked_for(hand, path):
    """By flag, environment or `.env`, which git does not have; else each as its own settings say."""
    (path.parent / ".env").write_text("STORYFORGE_PROVIDER=runware\n", encoding="utf-8")
    assert {clip["state"] for clip in compared(provider=None)["clips"]} == {"kept"}
    (path.parent / ".env").unlink()
    (hand.folder / "films/storyforge.toml").write_text('provider = "runware"\n', encoding="utf-8")
    found = compared(provider=None)
    assert found["clips"][0]["why"].startswith('provider: "offline" → "runware"')
    assert found["film"]["before"]["usd"] == 0
    assert {price["provider"] for price in found["prices"]} == {"offline", "runware"}


def test_a_price_that_nobody_publishes_is_not_guessed(path):
    edited(path, "title: The Ferry", "title: The Ferry\nprefer: cast")
    told = planned("--base", "main", "--format", "markdown", provider="hiapi")
    assert "price unknown" in told
    assert "HiAPI publishes no price for this model." in told
    edited(path, "    framing: wide shot\n", "    framing: wide shot\n    provider: wavespeed\n")
    edited(path, "title: The Ferry", "title: The Ferry\nprovider: hiapi")
    mixed = compile_file(path).planned
    assert cost(mixed) == f"${mixed[0].usd:.2f} and 2 clips of unknown price"
    assert cost(mixed[1:]) == "price unknown"


def test_who_changed_a_line_is_told_and_not_called(hand, path):
    edited(path, "looks over", "looks at")
    hand("-c", "user.name=x", "commit", "--quiet", "--all", "-m", "for @mallory", "--author", "@mallory <a@b.c>")
    assert ", @mallory 2026-05-01 " in planned("--base", "main", "--blame")
    comment = planned("--base", "main", "--blame", "--format", "markdown")
    assert "@\u200bmallory" in comment
    assert "@mallory" not in comment
    assert compared()["clips"][0]["changes"][0].keys() == {"path", "before", "after", "file", "line"}


def test_a_cheaper_packing_is_told(hand):
    shot = '  - {{id: {0}, scene: pier, action: "{0}.", seconds: 4}}\n'
    path = project(hand.folder / "other", shot.format("one") + shot.format("two"))
    Faked(path, "runware")
    hand("add", ".")
    hand("commit", "--quiet", "-m", "render")
    hand("branch", "--force", "main")
    path.write_text(path.read_text(encoding="utf-8") + shot.format("three"), encoding="utf-8")
    told = planned("--base", "main", file=path)
    assert told.startswith("kept ")
    assert "`--repack` would cut the film into 1 clip instead of 2, $1.68 in all" in told
    assert "repack" not in planned("--base", "main", "--repack", file=path)


def test_a_bible_has_nothing_to_compare(hand, path):
    bible = path.with_name("bible.story.yaml")
    bible.write_text("storyforge: 1\ntitle: All\n", encoding="utf-8")
    assert UNCHANGED in planned("--base", "main", "--format", "markdown", file=bible)


def test_forms_without_a_base_tell_the_plan_of_this_machine(path):
    faked = Faked(path, "runware")
    faked.path.write_text(path.read_text(encoding="utf-8").replace("looks over", "looks at"), encoding="utf-8")
    told = planned("--format", "github").splitlines()
    assert told[0].startswith("::notice title=storyforge plan::1 of 3 clips to render, $0.42%0Aprices of Runware")
    assert len(told) == 2
    comment = planned("--format", "markdown")
    assert "**1 of 3 clips to render, $0.42**." in comment
    assert "2 clips stay as they are" in comment
    assert "| `wait` | render | `action changed (ferry.story.yaml:21)` | 3 | $0.42 |" in comment
    edited(path, "looks at", "looks over")
    assert UNCHANGED in planned("--format", "markdown")


def test_further_takes_that_are_to_come_are_told_as_well(path):
    film = plan_film(Faked(path, "runware").compiled())
    wait = film.planned[0]
    film = replace(film, further=(replace(wait, state="render", why="asked for"),))
    board = compile_file(path, "runware")
    comment = plan_comment(film, board, {}, ())
    assert "**1 further take to render, $0.42**." in comment
    assert "| `wait` | render | `asked for` | 3 | $0.42 |" in comment
    assert UNCHANGED not in comment
    assert plan_annotations(film, board, ()).splitlines()[1].endswith("::asked for%0Ato render: wait, $0.42")
