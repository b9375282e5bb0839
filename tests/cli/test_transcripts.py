"""Sessions at the command line, kept as text and played again.

A file in this folder is a session where the film of `projects.py` lies, without its line of dialogue. `$ ` begins a
command for bash and `> ` goes on with it; then come its output, what it said on the error stream with `! ` before each
line, and its exit code. A path of this machine is written TMP. `pytest tests/cli --bless` writes the answers again;
commands and comments (`# `) stay.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from processes import write_command
from projects import SHOTS, project

HERE = Path(__file__).parent
SILENT = SHOTS.replace("    dialogue:\n      - bo: Take it.\n", "")


def commands(text: str) -> Iterator[tuple[list[str], str]]:
    """The comments before each command, and the command."""
    comments: list[str] = []
    command = ""
    for line in text.splitlines():
        if command and not line.startswith("> "):
            yield comments, command
            comments, command = [], ""
        if line.startswith("$ "):
            command = line[2:]
        elif line.startswith("> ") and command:
            command += f"\n{line[2:]}"
        elif line.startswith("# "):
            comments.append(line)
    if command:
        yield comments, command


def played(text: str, folder: Path) -> str:
    """The session with the answers that its commands have now."""
    (folder / "bin").mkdir()
    write_command(folder / "bin" / "storyforge")
    film = project(folder / "film", SILENT).parent
    environment = {
        "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    blocks = []
    for comments, command in commands(text):
        done = subprocess.run(
            ["bash", "-c", command], cwd=film, env=environment, capture_output=True, text=True, timeout=120, check=False
        )
        lines = [*comments, *(f"{'>' if number else '$'} {line}" for number, line in enumerate(command.split("\n")))]
        lines += done.stdout.splitlines()
        lines += [f"! {line}".rstrip() for line in done.stderr.splitlines()]
        blocks.append("\n".join([*lines, f"[{done.returncode}]"]))
    return re.sub(r"[ \t]+$", "", "\n\n".join(blocks).replace(str(folder), "TMP"), flags=re.MULTILINE) + "\n"


def sessions() -> Iterator[Any]:
    """The sessions; those that draw films take seconds."""
    for path in sorted(HERE.glob("*.txt")):
        drawing = re.search(r"storyforge (render|retake)\b", path.read_text(encoding="utf-8"))
        yield pytest.param(path, id=path.stem, marks=pytest.mark.slow if drawing else ())


@pytest.mark.parametrize("path", list(sessions()))
def test_a_session_goes_as_it_is_written(path: Path, tmp_path: Path, bless: bool) -> None:
    text = path.read_text(encoding="utf-8")
    now = played(text, tmp_path)
    assert "Traceback" not in now
    if bless:
        path.write_text(now, encoding="utf-8", newline="\n")
    assert now == path.read_text(encoding="utf-8")
