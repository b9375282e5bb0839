"""README says only what is true: its commands run, its storyboard is good, what it quotes is what comes out."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest
from hands import Hand
from PIL import Image
from projects import edited, storyforge
from ruamel.yaml import YAML

from storyforge.cli import cli
from storyforge.cli.starter.git_drivers import find_repository, set_drivers, write_attributes
from storyforge.compiler.compile import compile_file
from storyforge.film.qc.context import Thresholds
from storyforge.film.qc.inspect import read_thresholds
from storyforge.providers import PROVIDERS
from storyforge.rendering.hosts import make_terms
from storyforge.rendering.remote import find_share
from storyforge.rendering.webhooks import LISTEN
from storyforge.system.settings import Settings

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
EPISODE = "examples/a-pinch-of-winter/a-pinch-of-winter.story.yaml"


def blocks(kind: str) -> list[str]:
    return [text for name, text in BLOCKS if name == kind]


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The storyboard of README, with pictures."""
    folder = tmp_path_factory.mktemp("readme")
    text = blocks("yaml")[0]
    (folder / "refs").mkdir()
    for name in re.findall(r"refs/(\w+)\.jpg", text):
        Image.new("RGB", (640, 640), (90, 60, 120)).save(folder / "refs" / f"{name}.jpg")
    path = folder / "ferry.story.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_first_two_blocks_are_the_two_commands_for_a_bare_machine() -> None:
    assert [name for name, _ in BLOCKS[:2]] == ["sh", "sh"]
    render, test = (text.strip() for _, text in BLOCKS[:2])
    assert "\n" not in render + test
    assert "'.[voice]'" in render
    assert render.endswith(f"storyforge render {EPISODE} -o film.mp4")
    assert (ROOT / EPISODE).is_file()
    assert "'.[voice,test]'" in test
    assert test.endswith("pytest -n auto --dist worksteal")


def test_continuous_integration_runs_the_same_test_command() -> None:
    commands = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert BLOCKS[1][1].strip() in commands


def test_the_storyboard_checks_without_a_finding(board: Path) -> None:
    for kind in PROVIDERS:
        assert compile_file(board, kind.name).diagnostics == ()


@pytest.mark.parametrize(
    ("dialect", "host"), [("character_n", "scenario"), ("image_n", "hiapi"), ("descriptive", "runware")]
)
def test_a_quoted_prompt_is_what_is_written(board: Path, dialect: str, host: str) -> None:
    quoted = re.search(rf"`{dialect}`:\n\n> (.*)\n", README)
    assert quoted
    compiled = compile_file(board, host)
    assert compiled.provider.dialect.name == dialect
    (one,) = compiled.planned
    assert quoted[1] in one.prompt.text.split("\n")


@pytest.mark.slow
def test_the_loop_runs_and_the_plan_is_the_quoted_one(tmp_path: Path) -> None:
    loop, _ = blocks("sh")[2:]
    printed = {}
    for line in loop.splitlines():
        _, command, *rest = line.split()
        done = storyforge(command, *rest, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        printed[command] = done.stdout
    (quoted,) = blocks("text")
    assert printed["plan"] == quoted
    assert (tmp_path / "my-film" / "film.mp4").is_file()


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("curl") is None, reason="the session shows the orders with curl")
def test_the_hosts_are_tried_without_a_key_and_each_clip_is_ordered_once(tmp_path: Path) -> None:
    loop, session = blocks("sh")[2:]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    (tmp_path / "storyforge").write_text(
        f'#!/bin/sh\nexec "{sys.executable}" -c "from storyforge.cli import main; main()" "$@"\n'
    )
    (tmp_path / "storyforge").chmod(0o755)
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    script = loop.splitlines()[0] + "\n" + session.replace("8790", port)
    done = subprocess.run(
        ["bash", "-e", "-c", script],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    orders = json.loads(done.stdout.splitlines()[-1])
    assert [(order["host"], order["times"]) for order in orders] == [("runware", 1)] * 3
    assert (tmp_path / "my-film" / "film.mp4").is_file()


def test_git_compares_the_storyboard_as_is_quoted(board: Path, tmp_path: Path) -> None:
    path = shutil.copytree(board.parent, tmp_path / "film") / board.name
    hand = Hand(path.parent)
    set_drivers(find_repository(path))
    write_attributes(find_repository(path), path.parent)
    hand("add", ".")
    hand("commit", "--quiet", "-m", "first")
    edited(path, "a green oar", "a red oar")
    edited(path, "Then you row.", "Then you steer.")
    command, _, quoted = blocks("console")[0].partition("\n")
    assert command == "$ git diff"
    assert hand("diff") == quoted


def test_the_workflow_is_one_that_github_accepts_and_hands_the_action_what_it_knows(tmp_path: Path) -> None:
    text = next(block for block in blocks("yaml") if "jobs:" in block)
    path = tmp_path / "workflow.yaml"
    path.write_text(text, encoding="utf-8")
    check = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows", str(path)]
    assert subprocess.run(check, capture_output=True, check=False).returncode == 0
    read = YAML(typ="safe", pure=True).load
    step = read(text)["jobs"]["plan"]["steps"][-1]
    assert step["with"].keys() <= read(ROOT / "action.yml")["inputs"].keys()
    assert step["with"]["provider"] in {kind.name for kind in PROVIDERS}


def test_the_settings_are_understood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (text,) = blocks("toml")
    (tmp_path / "storyforge.toml").write_text(text, encoding="utf-8")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "none"))
    keys = {"AWS_ACCESS_KEY_ID": "a-key-of-nobody", "AWS_SECRET_ACCESS_KEY": "a-secret-of-nobody"}
    settings = Settings(tmp_path / "a.story.yaml", tmp_path, keys)
    terms = make_terms(settings, "a", tmp_path, None, retry=False)
    assert (dict(terms.at_once), dict(terms.per_minute)) == ({"runware": 4}, {"runware": 60})
    assert terms.publisher is not None
    terms.publisher.ready()
    find_share(settings, tmp_path).ready()
    assert [settings.amount(f"budget.{name}") for name in ("per_run", "per_day")] == [20, 50]
    assert settings.text("webhook_listen") == LISTEN
    assert settings.text("provider") in {kind.name for kind in PROVIDERS}
    assert read_thresholds(settings) == Thresholds()
    assert settings.table("inspect").keys() == {field.name for field in fields(Thresholds)}


def test_the_promise_is_given_in_its_own_words() -> None:
    assert "never twice; unknown is shown, not repeated" in " ".join(README.split())


def test_the_table_has_every_command_and_says_which_spends() -> None:
    rows = re.findall(r"^\| `([\w-]+)[^`]*` \| .* \| (yes|no) \|$", README, re.MULTILINE)
    assert {name for name, _ in rows} >= set(cli.commands)
    assert {name for name, spends in rows if spends == "yes" and name in cli.commands} == {"render", "retake"}


def test_options_and_settings_that_are_named_exist() -> None:
    known = {option for command in cli.commands.values() for one in command.params for option in (*one.opts,)}
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "storyforge").rglob("*.py"))
    prose = re.sub(r"^```.*?^```$", "", README, flags=re.MULTILINE | re.DOTALL)
    assert set(re.findall(r"(--[a-z][a-z-]+)", prose)) <= known
    for setting in re.findall(r"\b((?:STORYFORGE|NO)_[A-Z_]+)\b", README):
        assert f'"{setting}"' in code or f'"{setting.removeprefix("STORYFORGE_").lower()}"' in code, setting


def test_hosts_that_are_named_are_those_there_are() -> None:
    (said,) = re.findall(r"any of five hosts: (.*?)\. ", " ".join(README.split()))
    assert re.split(r", | and ", said) == [kind.title for kind in PROVIDERS if kind.settings]


def test_links_lead_somewhere() -> None:
    for page in ("README.md", "CONTRIBUTING.md", "examples/README.md", "templates/README.md"):
        text = (ROOT / page).read_text(encoding="utf-8")
        for target in re.findall(r"\]\(([^)#]+)\)", text):
            if "://" not in target:
                assert ((ROOT / page).parent / target).exists(), f"{page}: {target}"


def test_the_picture_is_small_and_of_this_film() -> None:
    path = ROOT / "examples" / "a-pinch-of-winter" / "film.jpg"
    assert path.stat().st_size < 150_000
    with Image.open(path) as picture:
        assert picture.format == "JPEG"


def test_the_script_of_continuous_integration_is_a_script() -> None:
    path = ROOT / ".ci" / "run"
    assert path.stat().st_mode & 0o111
    assert subprocess.run(["bash", "-n", path], check=False).returncode == 0


def test_the_fields_of_the_sound_are_good_and_their_defaults_as_told() -> None:
    from storyforge.model.storyboard import Format

    (told,) = (YAML(typ="safe").load(text)["format"] for text in blocks("yaml") if text.startswith("format:"))
    asked = Format(**told)
    assert (asked.loudness, Format().loudness, Format().silence) == (told["loudness"], -16, "keep")
