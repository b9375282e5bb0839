"""README and the pages of `docs/` say only what is true: blocks run, quotes are what comes out, links lead somewhere."""

from __future__ import annotations

import ast
import contextlib
import io
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tokenize
import tomllib
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest
from hands import Hand
from PIL import Image
from processes import write_command
from projects import edited, storyforge
from ruamel.yaml import YAML

from storyforge.cli import cli
from storyforge.compiler.compile import compile_file
from storyforge.film.qc.context import Thresholds
from storyforge.film.qc.inspect import read_thresholds
from storyforge.providers import PROVIDERS
from storyforge.rendering.hosts import make_terms
from storyforge.rendering.remote import find_share
from storyforge.rendering.webhooks import LISTEN
from storyforge.starter.git_drivers import find_repository, set_drivers, write_attributes
from storyforge.system.project import Project

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = BLOCK.findall(README)
MODULES = sorted((ROOT / "storyforge").rglob("*.py"))
PAGES = ("README.md", *sorted(f"docs/{path.relative_to(DOCS).as_posix()}" for path in DOCS.rglob("*.md")))
PROSE = (*PAGES, "SECURITY.md")
LINKED = (*PROSE, "CONTRIBUTING.md", "CHANGELOG.md", "examples/README.md", "templates/README.md")
EPISODE = "examples/a-pinch-of-winter/a-pinch-of-winter.story.yaml"
WHOLE = {
    "fate": "a column of the ledger, and a key of `diff --json`",
    "told": "a key of `diff --json` and of a kept plan, and the folder of kept plans",
}
"""Strings of the package that are a banned word, because files and JSON have them as a name, and which name it is."""
PARTS = {
    "fate in ": "the column, in SQL",
    "fate = ": "the column, in SQL",
    "fate text not null": "the column, in SQL",
    "orders_fate on orders (provider, fate)": "an index of the ledger",
    "told/NAME.json": "a kept plan in the store",
    "continues-in-a-circle": "a finding's name",
    "errors-beside-data": "a fault's name",
}
"""Parts of strings that hold a banned word, for the same reason."""
RENDERING = ("docs/tutorial.md", "docs/guides/takes.md", "docs/guides/sharing.md")
"""Pages whose commands make films, which takes a while."""


def page(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(kind: str, name: str = "README.md") -> list[str]:
    return [text for found, text in BLOCK.findall(page(name)) if found == kind]


def shell(name: str) -> str:
    """What a page tells its reader to run, but for the two commands that begin README: they install."""
    return "".join(blocks("sh", name)[2 if name == "README.md" else 0 :])


SESSIONS = [pytest.param(name, marks=pytest.mark.slow if name in RENDERING else ()) for name in PAGES if shell(name)]


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


def test_continuous_integration_runs_the_same_test_command_and_then_what_that_leaves_out() -> None:
    commands = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert BLOCKS[1][1].strip() in commands
    assert ".venv/bin/pytest -n auto --dist worksteal -m long" in commands


def test_the_storyboard_checks_without_a_finding(board: Path) -> None:
    for kind in PROVIDERS:
        assert compile_file(board, kind.name).diagnostics == ()


@pytest.mark.parametrize(
    ("dialect", "host"), [("character_n", "scenario"), ("image_n", "hiapi"), ("descriptive", "runware")]
)
def test_a_quoted_prompt_is_what_is_written(board: Path, dialect: str, host: str) -> None:
    quoted = re.search(rf"`{dialect}`:\n\n> (.*)\n", page("docs/guides/prompts.md"))
    assert quoted
    compiled = compile_file(board, host)
    assert compiled.provider.dialect.name == dialect
    (one,) = compiled.planned
    assert quoted[1] in one.prompt.text.split("\n")


def run_session(name: str, folder: Path) -> str:
    """Runs the commands of a page one after another, as bash would, and returns what they print."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    write_command(folder / "storyforge")
    (folder / "work").mkdir()
    end_emulator = "trap 'kill $(jobs -p) 2> /dev/null || true' EXIT\n"
    quiet = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull, "GIT_PAGER": "cat"}
    path = f"{folder}:{Path(sys.executable).parent}:{os.environ['PATH']}"
    session = subprocess.Popen(
        ["bash", "-e", "-o", "pipefail", "-c", end_emulator + shell(name).replace("8790", port)],
        cwd=folder / "work",
        env={"PATH": path, "HOME": str(folder), "PYTHONPATH": str(ROOT), **quiet},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        printed, said = session.communicate(timeout=300)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(session.pid, signal.SIGKILL)
    assert session.returncode == 0, said
    return printed


@pytest.mark.parametrize("name", SESSIONS)
def test_the_commands_of_a_page_run(name: str, tmp_path: Path) -> None:
    if "curl" in shell(name) and shutil.which("curl") is None:
        pytest.skip("the page shows the orders with curl")
    printed = run_session(name, tmp_path)
    for quoted in blocks("text", name):
        if quoted.startswith("render "):
            assert quoted in printed
    if name == "docs/tutorial.md":
        orders = json.loads(next(line for line in printed.splitlines() if line.startswith('[{"host"')))
        assert [(order["host"], order["times"]) for order in orders] == [("runware", 1)] * 3
        assert (tmp_path / "work" / "my-film" / "film.mp4").is_file()
    if name == "docs/guides/sharing.md":
        assert re.search(r"^cached +shop-5 ", printed, re.MULTILINE)
    if name == "docs/guides/takes.md":
        assert "take 1" in printed


def test_a_mistake_is_reported_as_the_tutorial_quotes_it(tmp_path: Path) -> None:
    assert storyforge("init", ".", cwd=tmp_path).returncode == 0
    edited(tmp_path / "film.story.yaml", '"@pip trots', '"@pipp trots')
    (quoted,) = (text for text in blocks("text", "docs/tutorial.md") if text.startswith("error["))
    done = storyforge("check", "film.story.yaml", cwd=tmp_path)
    assert done.stdout + done.stderr == quoted


@pytest.mark.parametrize("name", [name for name in PAGES if blocks("python", name)])
def test_the_python_of_a_page_runs(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert storyforge("init", "my-film", cwd=tmp_path).returncode == 0
    monkeypatch.chdir(tmp_path)
    for text in blocks("python", name):
        exec(compile(text, name, "exec"), {"__name__": "example"})


def test_git_compares_the_storyboard_as_is_quoted(board: Path, tmp_path: Path) -> None:
    path = shutil.copytree(board.parent, tmp_path / "film") / board.name
    hand = Hand(path.parent)
    set_drivers(find_repository(path))
    write_attributes(find_repository(path), path.parent)
    hand("add", ".")
    hand("commit", "--quiet", "-m", "first")
    edited(path, "a green oar", "a red oar")
    edited(path, "Then you row.", "Then you steer.")
    command, _, quoted = blocks("console", "docs/guides/git.md")[0].partition("\n")
    assert command == "$ git diff"
    assert hand("diff") == quoted


def test_the_workflow_is_one_that_github_accepts_and_hands_the_action_what_it_knows(tmp_path: Path) -> None:
    text = next(block for block in blocks("yaml", "docs/guides/git.md") if "jobs:" in block)
    path = tmp_path / "workflow.yaml"
    path.write_text(text, encoding="utf-8")
    check = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows", str(path)]
    assert subprocess.run(check, capture_output=True, check=False).returncode == 0
    read = YAML(typ="safe", pure=True).load
    step = read(text)["jobs"]["plan"]["steps"][-1]
    assert step["with"].keys() <= read(ROOT / "action.yml")["inputs"].keys()
    assert step["with"]["provider"] in {kind.name for kind in PROVIDERS}


def test_the_settings_are_understood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (text,) = blocks("toml", "docs/reference/settings.md")
    (tmp_path / "storyforge.toml").write_text(text, encoding="utf-8")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "none"))
    keys = {"AWS_ACCESS_KEY_ID": "a-key-of-nobody", "AWS_SECRET_ACCESS_KEY": "a-secret-of-nobody"}
    project = Project(tmp_path / "a.story.yaml", keys)
    settings, terms = project.settings, make_terms(project, None, retry=False)
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
    assert "never twice; unknown is shown, not repeated" in " ".join(page("docs/guides/hosts.md").split())


@pytest.mark.parametrize("name", PROSE)
def test_options_and_settings_that_are_named_exist(name: str) -> None:
    known = {option for command in cli.commands.values() for one in command.params for option in (*one.opts,)}
    git = {"--no-ext-diff", "--no-textconv"}
    tests = {"--yes-spend"}
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "storyforge").rglob("*.py"))
    prose = re.sub(r"`(git|mkdocs|pip) .*?`", "", BLOCK.sub("", page(name)))
    assert set(re.findall(r"(--[a-z][a-z-]+)", prose)) - {"--help"} - git - tests <= known
    for setting in re.findall(r"\b((?:STORYFORGE|NO)_[A-Z_]+)\b", prose):
        assert f'"{setting}"' in code or f'"{setting.removeprefix("STORYFORGE_").lower()}"' in code, setting


def test_hosts_that_are_named_are_those_there_are() -> None:
    hosts = [kind.title for kind in PROVIDERS if kind.settings]
    for name, before in (("README.md", "at five hosts: "), ("docs/guides/hosts.md", "any of five hosts: ")):
        (said,) = re.findall(rf"{before}(.*?)\. ", " ".join(page(name).split()))
        assert re.split(r", | and ", said) == hosts


def anchors(text: str) -> set[str]:
    """The anchors of a page's headings, as GitHub and MkDocs make them."""
    titles = re.findall(r"^#+ (.*)$", BLOCK.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("name", LINKED)
def test_links_lead_somewhere(name: str) -> None:
    for target, anchor in re.findall(r"\]\(([^)#\s]*)(?:#([^)\s]*))?\)", BLOCK.sub("", page(name))):
        if "://" in target:
            continue
        path = (ROOT / name).parent / target if target else ROOT / name
        assert path.exists(), target
        if anchor:
            assert anchor in anchors(path.read_text(encoding="utf-8")), f"{target}#{anchor}"


def test_readme_is_a_screen_and_a_half() -> None:
    assert len(README.splitlines()) <= 140


BANNED = [
    (re.compile(one["pattern"].replace(" ", r"\s+"), re.IGNORECASE), one["write"])
    for one in tomllib.loads(page("docs/words.toml"))["banned"]
]
"""Patterns of words that are not written, across line breaks too, and what to write instead."""


def banned_words(prose: str, first: int = 1) -> list[str]:
    """Banned words of a text that begins on a line, each with its own line and what to write instead."""
    return [
        f"line {prose.count(chr(10), 0, hit.start()) + first}: {hit[0]}; write {write}"
        for pattern, write in BANNED
        for hit in pattern.finditer(prose)
    ]


@pytest.mark.parametrize("name", [*PROSE, "CONTRIBUTING.md", "CHANGELOG.md"])
def test_no_banned_word_is_written(name: str) -> None:
    assert banned_words(BLOCK.sub(lambda block: "\n" * block[0].count("\n"), page(name))) == []


def comments(source: str) -> Iterator[tuple[int, str]]:
    """Comments of a module, each with its line. Tokens take long, so a module without a banned word has none."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline) if banned_words(source) else ():
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def strings(source: str) -> Iterator[tuple[int, str]]:
    """Strings of a module, f-strings without their expressions, each with the line on which it begins."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


def without_contracts(text: str) -> str:
    """A text without the names that are contracts."""
    for part in PARTS:
        text = text.replace(part, "")
    return "" if text in WHOLE else text


@pytest.mark.parametrize("package", sorted({path.parent.relative_to(ROOT).as_posix() for path in MODULES}))
def test_no_banned_word_is_in_a_comment_or_a_string(package: str) -> None:
    found = [
        f"{path.name}, {word}"
        for path in sorted((ROOT / package).glob("*.py"))
        for read in (comments, strings)
        for line, text in read(path.read_text(encoding="utf-8"))
        for word in banned_words(without_contracts(text), line)
    ]
    assert found == []


def test_words_are_found_in_comments_strings_and_f_strings() -> None:
    source = '# one\n"""two"""\nthree = f"four {five} six" "seven"  # told\n'
    assert list(comments(source)) == [(1, "# one"), (3, "# told")]
    assert {text for _, text in strings(source)} == {"two", "four ", " sixseven"}
    assert banned_words("a\nstands", 3) == ["line 4: stands; write is, is written"]
    assert banned_words("nobody\nknows")
    assert not banned_words(without_contracts("fate"))


def test_every_contract_is_in_use() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in MODULES)
    assert [name for name in (*(f'"{name}"' for name in WHOLE), *PARTS) if name not in source] == []


def test_a_page_says_for_each_likely_change_which_file() -> None:
    text = page("docs/how-it-works.md")
    rows = dict(re.findall(r"^\| (.*?) \| (.*) \|$", text, re.MULTILINE))
    wanted = {
        "a prompt's wording": "templates/shot.jinja",
        "a host's price or limits": "providers/runware.py",
        "a check of a storyboard": "compiler/checks/__init__.py",
        "how a transition is encoded": "film/transition_clips.py",
        "why a clip is stale": "planning/reasons.py",
    }
    assert {change: file in rows[change] for change, file in wanted.items()} == dict.fromkeys(wanted, True)


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

    sound = blocks("yaml", "docs/guides/sound.md")
    (told,) = (YAML(typ="safe").load(text)["format"] for text in sound if text.startswith("format:"))
    asked = Format(**told)
    assert (asked.loudness, Format().loudness, Format().silence) == (told["loudness"], -16, "keep")
