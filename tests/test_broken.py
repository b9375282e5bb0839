"""Broken storyboards, each with the finding that says so: its name, its line, a hint, exit code 1, never a traceback."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import pytest
from projects import project

from storyforge.cli import cli

GOOD = """\
storyforge: 1
title: The Ferry
cast:
  ana: {reference: refs/ana.png, marks: [a green oar]}
  bo: {reference: refs/bo.png, marks: [a paper boat]}
scenes:
  pier: {reference: refs/pier.png}
shots:
  - id: wait
    scene: pier
    action: "@ana looks over the water."
    seconds: 4
  - id: call
    scene: pier
    action: "@bo holds out his boat."
    seconds: 4
"""


def but(old: str, new: str) -> str:
    """The good storyboard with one place written otherwise."""
    assert GOOD.count(old) == 1, old
    return GOOD.replace(old, new)


def also(lines: str) -> str:
    """The good storyboard with more lines in its last shot."""
    return GOOD + "".join(f"    {line}\n" for line in lines.split("\n"))


BROKEN: dict[str, tuple[str, str, int]] = {
    # the file as a whole
    "nothing": ("", "empty-file", 1),
    "nothing but a comment": ("# later\n", "empty-file", 1),
    "a list": ("- one\n- two\n", "not-a-mapping", 1),
    "a word": ("Once upon a time\n", "not-a-mapping", 1),
    "no title": (but("title: The Ferry\n", ""), "missing-field", 1),
    "another version": (but("storyforge: 1", "storyforge: 2"), "unsupported-version", 1),
    "two documents": (GOOD + "---\ntitle: Another\n", "several-documents", 17),
    # YAML
    "a tab before a key": (but("    scene: pier\n    action: \"@ana", "\tscene: pier\n    action: \"@ana"), "tab-indentation", 10),
    "a quote that is not closed": (but('the water."', "the water."), "yaml-syntax", 15),
    "a bracket that is not closed": (but("[a green oar]}", "[a green oar}"), "yaml-syntax", 4),
    "a key written twice": (but("title: The Ferry\n", "title: The Ferry\ntitle: Again\n"), "duplicate-key", 3),
    "a character written twice": (but("  bo: {", "  ana: {"), "duplicate-key", 5),
    "a mention without quotes": (but('"@ana looks over the water."', "@ana looks over the water."), "unquoted-mention", 11),
    "a colon without quotes": (but('"@bo holds out his boat."', "He calls: the boat"), "unquoted-text", 15),
    "an alias of nothing": (but("title: The Ferry", "title: *ferry"), "bad-alias", 2),
    "a tag": (but("title: The Ferry", "title: !ferry The Ferry"), "yaml-tag", 2),
    "a control character": (but("The Ferry", "The \x07Ferry"), "control-character", 2),
    # keys and values
    "a misspelt key": (but("    seconds: 4\n  - id: call", "    second: 4\n  - id: call"), "unknown-key", 12),
    "a key of a shot at the top": (GOOD + "framing: wide\n", "unknown-key", 17),
    "a number for text": (also("framing: 3"), "wrong-type", 17),
    "text for a list": (but("[a paper boat]", "a paper boat"), "wrong-type", 5),
    "a shot without a scene": (but("  - id: call\n    scene: pier\n", "  - id: call\n"), "missing-field", 13),
    "a shot without an action": (but('    action: "@bo holds out his boat."\n', ""), "missing-field", 13),
    "an action of nothing": (but('"@bo holds out his boat."', '" "'), "blank-text", 15),
    "not a number": (but("seconds: 4\n  - id", "seconds: .nan\n  - id"), "out-of-range", 12),
    "without end": (but("seconds: 4\n  - id", "seconds: .inf\n  - id"), "out-of-range", 12),
    "a shot of a year": (but("seconds: 4\n  - id", "seconds: 31536000\n  - id"), "out-of-range", 12),
    "a number of a thousand digits": (but("seconds: 4\n  - id", f"seconds: {'9' * 1000}\n  - id"), "out-of-range", 12),
    "a seed below nothing": (also("seed: -1"), "out-of-range", 17),
    "an aspect of no screen": (GOOD + 'format: {aspect: "2:1"}\n', "bad-choice", 17),
    "a transition of no length": (also("transition: dissolve"), "bad-transition", 17),
    "a line of nobody": (also("dialogue:\n  - : Hello."), "yaml-syntax", 18),
    "an id with a space": (but("- id: call", "- id: the call"), "bad-id", 13),
    # names
    "a character nobody knows": (but("@ana looks", "@anna looks"), "unknown-character", 11),
    "a look nobody knows": (but("@ana looks", "@ana.storm looks"), "unknown-look", 11),
    "a scene nobody knows": (but("scene: pier\n    action: \"@bo", "scene: peir\n    action: \"@bo"), "unknown-scene", 14),
    "a shot nobody knows": (also("continues: wiat"), "unknown-shot", 17),
    "a speaker nobody knows": (also("dialogue:\n  - anna: Take it."), "unknown-character", 18),
    "a shot named twice": (but("- id: call", "- id: wait"), "duplicate-shot", 13),
    "a provider nobody knows": (but("title: The Ferry\n", "title: The Ferry\nprovider: runwear\n"), "unknown-provider", 3),
    "a shot that continues itself": (also("continues: call"), "continues-in-a-circle", 17),
    "two first frames": (also("continues: wait\nfirst_frame: refs/bo.png"), "two-first-frames", 17),
    # pictures and files
    "a picture that is not there": (but("refs/bo.png", "refs/beau.png"), "missing-picture", 5),
    "a picture outside the project": (but("refs/bo.png", "../bo.png"), "picture-outside-project", 5),
    "a picture that is a folder": (but("refs/bo.png", "refs"), "not-a-picture", 5),
    "a file to use that is not there": (GOOD + "use: [bible.story.yaml]\n", "missing-file", 17),
    "a file that uses itself": (GOOD + "use: [film.story.yaml]\n", "use-cycle", 17),
    "music that is not there": (GOOD + "music: {file: waltz.ogg}\n", "missing-music", 17),
    # time
    "more words than seconds": (
        also("dialogue:\n  - bo: " + "Take it before the tide turns and carries all of it away. " * 3),
        "long-dialogue",
        16,
    ),
}  # fmt: skip

BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)

HOSTILE: dict[str, tuple[bytes, str]] = {
    "binary": (bytes(range(256)) * 64, "not-utf8"),
    "a PNG": (b"\x89PNG\r\n\x1a\n" + b"\x00" * 400, "not-utf8"),
    "UTF-16": (GOOD.encode("utf-16"), "not-utf8"),
    "zeros": (b"\x00" * 100_000, "control-character"),
    "five megabytes": (GOOD.encode() + b"# and so on\n" * 450_000, "too-large"),
    "one line of four megabytes": (b"title: " + b"x" * 4_000_000, "missing-field"),
    "an alias bomb": (b"storyforge: 1\ntitle: Bomb\nextra:\n" + b"".join(b"  " + line for line in BOMB.encode().splitlines(True)), "too-many-values"),
    "an alias of itself": (b"storyforge: 1\ntitle: A\nextra: &a {a: *a}\n", "bad-alias"),
    "deep brackets": (b"storyforge: 1\ntitle: " + b"[" * 100_000, "too-deep"),
    "deep indentation": (b"".join(b" " * depth + b"a:\n" for depth in range(1_500)), "too-deep"),
    "a hundred thousand keys": (b"storyforge: 1\ntitle: A\n" + b"".join(b"k%d: 1\n" % n for n in range(100_000)), "unknown-key"),
    "a hundred thousand dashes": (b"storyforge: 1\ntitle: A\nshots:\n" + b"- \n" * 100_000, "wrong-type"),
    "a merge key of a bomb": (b"storyforge: 1\ntitle: A\n<<: &x {a: 1}\n", "unknown-key"),
    "colons": (b": " * 50_000, "yaml-syntax"),
    "mentions without end": (GOOD.encode().replace(b"looks over", b"@ana" * 20_000), "prompt-too-long"),
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return project(tmp_path_factory.mktemp("broken")).parent


def test_the_storyboard_that_is_broken_here_is_good(folder: Path) -> None:
    (folder / "film.story.yaml").write_text(GOOD, encoding="utf-8")
    assert cli.main(["check", "--quiet", str(folder / "film.story.yaml")], standalone_mode=False) == 0


def test_there_are_forty_ways_to_break_it() -> None:
    assert len(BROKEN) + len(HOSTILE) >= 60
    assert len({text for text, _, _ in BROKEN.values()}) == len(BROKEN)


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_storyboard_is_told_by_name_and_line_with_a_hint(
    what: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text, name, line = BROKEN[what]
    monkeypatch.chdir(folder)
    Path("film.story.yaml").write_text(text, encoding="utf-8")
    assert cli.main(["check", "film.story.yaml"], standalone_mode=False) == 1
    blocks = capsys.readouterr().out.split("\n\n")
    (told,) = [block for block in blocks if block.startswith(f"error[{name}]: ")][:1] or [blocks]
    assert f"--> film.story.yaml:{line}:" in told
    assert "= hint: " in told


def confined() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (2**30, 2**30))
    resource.setrlimit(resource.RLIMIT_CPU, (10, 10))  # seconds of work: a busy machine is not the file's fault


@pytest.mark.slow
@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_file_is_told_in_ten_seconds_and_a_gigabyte(what: str, tmp_path: Path) -> None:
    content, name = HOSTILE[what]
    project(tmp_path)
    (tmp_path / "film.story.yaml").write_bytes(content)
    command = [sys.executable, "-c", "from storyforge.cli import main; main()", "check", "film.story.yaml"]
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, timeout=120, preexec_fn=confined, check=False
    )
    assert "Traceback" not in done.stderr + done.stdout
    assert done.returncode == 1
    assert f"error[{name}]: " in done.stdout
    assert "--> film.story.yaml:" in done.stdout
    assert "= hint: " in done.stdout
    assert len(done.stdout) < 1_000_000
