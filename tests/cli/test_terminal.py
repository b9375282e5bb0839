"""Whatever a text from outside holds, on the screen no line of ours is moved, hidden or coloured by it.

Each command is run twice: with a text that does harm, and with one that does none in its place. Both are replayed on a
terminal, and all that is not this text has to be the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from hands import Hand
from projects import SHOTS, Faked, edited, project
from screens import EVERYTHING, HOSTILE, MARK, find_harm

from storyforge.cli import cli
from storyforge.system.lock import read_lock, write_lock

SILENT = SHOTS.replace("    dialogue:\n      - bo: Take it.\n", "")
ONE = SILENT.replace("    seconds: 3\n", "    sound: old\n    seconds: 3\n", 1)


DIGEST = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f-]{27}|[0-9a-f]*)\b|(?<=\"seed\": )\d+|(?<=endColumn=)\d+")


def quoted(text: str) -> str:
    """A text in double quotes, as YAML and TOML both read it."""
    plain = {'"': '\\"', "\\": "\\\\"}
    return '"' + "".join(plain.get(char) or (char if char.isalnum() else f"\\U{ord(char):08x}") for char in text) + '"'


def run(*arguments: str | Path) -> str:
    """All that a command prints, in the order in which a terminal gets it."""
    done = CliRunner().invoke(cli, [str(one) for one in arguments], standalone_mode=False)
    if done.exception is None:
        return done.output
    from storyforge.model.errors import StoryForgeError

    if not isinstance(done.exception, StoryForgeError):
        raise done.exception
    return f"{done.output}error: stopped\n"


def told(folder: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What commands print of a film in which every text is this one."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder / "none"))
    monkeypatch.delenv("STORYFORGE_PROVIDER", raising=False)
    folder.mkdir()
    monkeypatch.chdir(folder)
    path = Path("ferry.story.yaml")
    project(Path(), ONE)
    faked = Faked(path, "runware")
    faked.further("call", 2)
    hand = Hand(folder)
    hand("add", ".")
    hand("commit", "--quiet", "-m", "render")
    _mistreat_lock(path, text)
    said = quoted(f"{text} c")
    edited(path, "sound: old", f"sound: {said}")
    edited(path, "title: The Ferry", f"title: {said}")
    edited(path, "action: The boat floats away.", f"action: {quoted('The boat ' + text + ' away.')}")
    edited(path, "[a paper boat]", f"[{said}]")
    hand("add", ".")
    written = text.replace("\0", "").replace("\ud800", "")
    hand("commit", "--quiet", "-m", f"summary {written}", "--author", f"by {written.replace(chr(10), '')} a <a@b.c>")
    # Names of takes, jobs and commits are made from what they hold, and a text is as long as it is.
    return {
        " ".join(map(str, command)): DIGEST.sub("0", run(*command).replace(str(folder), "TMP"))
        for command in _commands(path)
    }


def _mistreat_lock(path: Path, text: str) -> None:
    """Puts a text into every field of a lock that is one."""
    place = path.with_name("ferry.story.lock")
    lock, _ = read_lock(place)
    block = lock.blocks["call"]
    hurt = replace(block, accepted=block.fingerprint, although=f"sound: {text} c", order=f"{text} c", model=f"{text} c")
    write_lock(place, replace(lock, blocks={**lock.blocks, "call": hurt}))


def _commands(path: Path) -> Iterator[tuple[str | Path, ...]]:
    host = "--provider", "runware"
    for color in ("never", "always"):
        yield "check", path, *host, "--color", color
    for form in ("text", "markdown", "github"):
        yield "plan", path, *host, "--format", form
        yield "plan", path, *host, "--blame", "--base", "HEAD~1", "--format", form
    yield "plan", path, *host, "--blame"
    yield "compile", path, *host
    yield "takes", path, *host
    yield "diff", path, "HEAD~1"
    yield "rename", path, "bo", "ben", "--dry-run"
    yield "fmt", path, "--diff"
    yield "render", path, *host  # without `--yes` it shows the plan and sends nothing
    yield "use", path, "call", "2", *host
    yield "accept", path, "wait", *host
    yield "accept", path, "--all", *host
    yield "accept", path, "--all", "--undo", *host
    yield "spend", path
    yield "gc", "."


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """What is printed where every text is harmless."""
    with pytest.MonkeyPatch.context() as patch:
        return told(tmp_path_factory.mktemp("plain") / "film", MARK, patch)


@pytest.fixture
def compare(plain, tmp_path, monkeypatch):
    """What a hostile text did to what is printed, command by command."""

    def compared(text: str) -> dict[str, list[str]]:
        hostile = told(tmp_path / "film", f"{MARK} {text}", monkeypatch)
        found = {name: find_harm(hostile[name], plain[name]) for name in plain}
        return {name: harm for name, harm in found.items() if harm}

    return compared


@pytest.mark.long
@pytest.mark.parametrize("kind", HOSTILE)
def test_no_text_of_a_film_a_lock_or_git_moves_hides_or_colours_a_line(compare, kind):
    assert compare(HOSTILE[kind]) == {}


def test_all_of_it_at_once_moves_hides_and_colours_nothing(compare):
    assert compare(EVERYTHING) == {}


def named(folder: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """What is printed of a storyboard and a picture whose names hold a text, and of a template that says it."""
    name = text.replace("/", "").replace("\0", "")[:60]
    folder.mkdir()
    monkeypatch.chdir(folder)
    path = project(Path(), ONE, name=f"{name} c.story.yaml")
    edited(path, "refs/pier.png", "refs/none.png")
    said = [
        run(*command, path) for command in (("check",), ("check", "--format", "github"), ("plan",), ("fmt", "--diff"))
    ]
    (folder / "templates").mkdir()
    (folder / "templates/style.jinja").write_text(f"{text.replace(chr(0xD800), '')} c", encoding="utf-8")
    # A prompt's own line ends are its own.
    return DIGEST.sub("0", "".join([*said, run("compile", path, "--provider", "runware")]).replace(str(folder), "TMP"))


@pytest.mark.parametrize("kind", sorted({*HOSTILE} - {"line end", "return", "other line ends"}))
@pytest.mark.long
def test_no_name_of_a_file_and_no_template_moves_hides_or_colours_a_line(tmp_path, monkeypatch, kind):
    plain, hostile = (
        named(tmp_path / folder, text, monkeypatch) for folder, text in (("a", MARK), ("b", f"{MARK} {HOSTILE[kind]}"))
    )
    assert find_harm(hostile, plain) == []
