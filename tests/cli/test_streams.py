"""Streams that are closed and terminals that lack letters: no traceback, and every sign is there in some form."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from projects import project

from storyforge.cli.streams import ESCAPED, prepare_streams

posix = pytest.mark.skipif(sys.platform == "win32", reason="a shell closes the streams")

FOREIGN = "灯台の人 🎬 é"
ROOT = Path(__file__).parents[2]


def run(shell: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """The command line by `$SF` in a shell, as text in bytes."""
    given = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHONUTF8", "PYTHONIO"))}
    given |= {"PYTHONPATH": str(ROOT), "PY": sys.executable, **environment}
    script = f'sf() {{ "$PY" -c \'from storyforge.cli import main; main()\' "$@"; }}; {shell}'
    return subprocess.run(["/bin/sh", "-c", script], cwd=folder, env=given, capture_output=True, timeout=120)


def written(folder: Path) -> None:
    path = project(folder)
    path.write_text(
        path.read_text(encoding="utf-8").replace("The Ferry", FOREIGN).replace("scene: pier", "scene: 桟橋"),
        encoding="utf-8",
    )


@posix
@pytest.mark.parametrize(
    "encoding", ["latin-1", *(pytest.param(name, marks=pytest.mark.slow) for name in ("ascii", "cp437", "utf-8"))]
)
def test_letters_that_a_terminal_lacks_are_escaped_and_json_stays_json(tmp_path, encoding):
    written(tmp_path)
    done = run(
        "sf check ferry.story.yaml; sf check ferry.story.yaml --format json >j", tmp_path, PYTHONIOENCODING=encoding
    )
    assert done.stderr == b""
    assert b"unknown-scene" in done.stdout
    assert (b"\\u685f\\u6a4b" in done.stdout) == (encoding in ("latin-1", "cp437"))
    told = json.loads((tmp_path / "j").read_bytes())
    assert "桟橋" in told["diagnostics"][0]["message"]


@posix
def test_what_no_encoding_has_is_written_as_json_writes_it(tmp_path):
    code = (
        "from storyforge.cli.streams import prepare_streams; prepare_streams(); "
        "print('\\U0001f3ac \\u706f \\udce9 \\xe9')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env={**os.environ, "PYTHONIOENCODING": "latin-1"}, capture_output=True
    )
    assert done.stdout.decode("latin-1").rstrip() == r"\ud83c\udfac \u706f \udce9 é"
    assert json.loads(f'"{done.stdout.decode("latin-1").rstrip()}"') == "🎬 灯 \udce9 é"


@posix
@pytest.mark.parametrize("closed", ["<&-", ">&-", "<&- >&- 2>&-"])
def test_a_stream_that_is_closed_is_no_traceback(tmp_path, closed):
    project(tmp_path)
    done = run(f"sf plan ferry.story.yaml {closed}", tmp_path)
    assert done.returncode == 0
    assert b"Traceback" not in done.stdout + done.stderr
    assert (b"3 of 3 clips to render" in done.stdout) == (">&-" not in closed.replace("2>&-", ""))


@posix
def test_who_cannot_be_asked_has_agreed_to_nothing(tmp_path):
    project(tmp_path)
    done = run("sf render ferry.story.yaml --provider runware <&-", tmp_path, RUNWARE_API_KEY="a-key-for-tests")
    assert done.returncode == 4
    assert b"nobody agreed to spend this; nothing was sent" in done.stderr
    assert b"Traceback" not in done.stderr


@posix
@pytest.mark.skipif(sys.platform == "darwin", reason="its disks take UTF-8 alone")
def test_a_path_that_is_not_utf8_is_told(tmp_path):
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9"))
    project(folder)
    for command in ("check", "render"):
        done = run(f"sf {command} caf*/ferry.story.yaml", tmp_path)
        assert done.returncode == 2
        assert b"\\udce9/ferry.story.yaml` is not UTF-8" in done.stderr
        assert b"rename the file, or the folder" in done.stderr


def test_streams_that_are_open_stay_as_they_are(monkeypatch, tmp_path):
    with open(tmp_path / "out", "w", encoding="latin-1") as out:
        monkeypatch.setattr(sys, "stdout", out)
        prepare_streams()
        assert sys.stdout is out
        assert (out.encoding, out.errors) == ("latin-1", ESCAPED)
        out.write(f"{FOREIGN}\n")
    assert (tmp_path / "out").read_text(encoding="latin-1") == "\\u706f\\u53f0\\u306e\\u4eba \\ud83c\\udfac é\n"
