"""A command that is forked from the warm process is as good as one that starts from nothing."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from processes import COMMAND, run_python, write_command
from projects import project, storyforge

HEARD = (
    "import os, sys; print(sys.argv[1:], sys.stdin.read(), os.getcwd(), sorted(os.environ)); sys.stderr.write('said')"
)


def test_it_has_the_arguments_input_folder_and_environment_that_it_is_given(tmp_path: Path) -> None:
    done = run_python("-c", HEARD, "a", "b", cwd=tmp_path, env={"ONE": "1"}, feed="fed")
    assert (done.returncode, done.stderr) == (0, "said")
    assert done.stdout == f"['a', 'b'] fed {tmp_path} ['ONE']\n"


def test_it_ends_as_python_does(tmp_path: Path) -> None:
    def end(code: str) -> subprocess.CompletedProcess[str]:
        return run_python("-c", code, cwd=tmp_path, env={})

    assert end("pass").returncode == 0
    assert end("import sys; print('x', end=''); sys.exit(7)").stdout == "x"
    assert end("import sys; sys.exit(7)").returncode == 7
    assert end("import os; os.kill(os.getpid(), 9)").returncode == -signal.SIGKILL
    broken = end("1/0")
    assert broken.returncode == 1
    assert broken.stderr.endswith("ZeroDivisionError: division by zero\n")


def test_nothing_that_one_does_is_seen_by_the_next(tmp_path: Path) -> None:
    code = "import os, storyforge; print(hasattr(storyforge, 'seen')); storyforge.seen = True; os.chdir('/')"
    assert [run_python("-c", code, cwd=tmp_path, env={}).stdout for _ in range(2)] == ["False\n"] * 2


def test_one_that_takes_too_long_is_killed(tmp_path: Path) -> None:
    code = "import os, pathlib, time; pathlib.Path('pid').write_text(str(os.getpid())); time.sleep(60)"
    with pytest.raises(subprocess.TimeoutExpired):
        run_python("-c", code, cwd=tmp_path, env={}, timeout=1)
    process = Path("/proc", (tmp_path / "pid").read_text())
    until = time.monotonic() + 10
    while process.exists():
        assert time.monotonic() < until


def test_a_command_says_what_a_process_of_its_own_says(tmp_path: Path) -> None:
    path = project(tmp_path)
    asked = ["plan", str(path), "--exit-code"]
    forked = storyforge(*asked, cwd=tmp_path)
    started = subprocess.run([sys.executable, *COMMAND, *asked], cwd=tmp_path, capture_output=True, text=True)
    assert started.returncode == 3
    assert (forked.returncode, forked.stdout, forked.stderr) == (3, started.stdout, started.stderr)


def test_a_script_may_call_it_with_pipes_and_closed_descriptors_and_stop_it(tmp_path: Path) -> None:
    write_command(tmp_path / "storyforge")

    def script(text: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(["bash", "-c", text], cwd=tmp_path, capture_output=True, text=True, timeout=60)

    assert script("./storyforge --version | cat; ./storyforge nonsense").returncode == 2
    assert script("./storyforge --version | cat").stdout.startswith("storyforge, version ")
    assert script("./storyforge --version >&-; echo $?").stdout == "0\n"
    stopped = script("./storyforge emulate > said & until [ -s said ]; do sleep 0.1; done; kill $!; wait $!; echo $?")
    assert stopped.stdout in ("0\n", "143\n"), stopped.stderr  # it may not yet have said what it does when it is asked
