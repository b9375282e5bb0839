"""What all tests share holds them to it: one set for each test, no chance in CI, nothing skipped there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

TESTS = Path(__file__).parent


def run_pytest(folder: Path, text: str, *options: str, ci: str = "") -> str:
    """What pytest says of a file of tests, with our conftest and our options."""
    (folder / "test_it.py").write_text(f"import pytest\n{text}", encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-c", TESTS.parent / "pyproject.toml", "--rootdir", folder]
    command += ["-p", "conftest", "-p", "no:cacheprovider", "-p", "no:xdist", *options, folder]
    environment = {**os.environ, "CI": ci, "PYTHONPATH": str(TESTS)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


SETS = """
def test_fast(): pass
@pytest.mark.slow
def test_slow(): pass
@pytest.mark.long
def test_long(): pass
@pytest.mark.live
def test_live(): pass
"""


@pytest.mark.parametrize(
    ("options", "ran"),
    [
        ((), "2 passed, 2 deselected"),
        (("-m", "not slow and not long"), "1 passed, 3 deselected"),
        (("-m", "long"), "1 passed, 3 deselected"),
        (("-m", ""), "3 passed, 1 deselected"),
        (("-m", "long or live"), "1 passed, 3 deselected"),
        (("-m", "live", "--provider", "hiapi", "--yes-spend"), "1 passed, 3 deselected"),
    ],
    ids=["all but long", "fast", "long", "whatever its mark", "live among others", "live"],
)  # fmt: skip
def test_a_set_is_chosen_by_its_mark_and_what_is_long_or_paid_runs_only_when_asked_for(tmp_path, options, ran) -> None:
    assert ran in run_pytest(tmp_path, SETS, *options)


def test_a_test_is_in_one_set_of_those_there_are(tmp_path: Path) -> None:
    both = "@pytest.mark.slow\n@pytest.mark.long\ndef test_both(): pass\n"
    assert "marked `slow` and `long`: test_it.py::test_both" in run_pytest(tmp_path, both)
    assert "marked `slow` and `live`: test_it.py::test_both" in run_pytest(tmp_path, both.replace("long", "live"))
    assert "'longer' not found in `markers`" in run_pytest(tmp_path, "@pytest.mark.longer\ndef test_it(): pass\n")


@pytest.mark.parametrize("skip", ["pytest.skip('no node')", "pytest.importorskip('nobody_has_this', reason='no node')"])
def test_what_is_skipped_has_failed_in_ci_and_nowhere_else(tmp_path: Path, skip: str) -> None:
    text = f"def test_it(): {skip}\n"
    assert "1 skipped" in run_pytest(tmp_path, text)
    told = run_pytest(tmp_path, text, ci="true")
    assert "1 failed" in told
    assert "no node" in told
    marked = "@pytest.mark.xfail\ndef test_it(): assert False\n"
    assert "1 xfailed" in run_pytest(tmp_path, marked, ci="true")


def test_draws_are_the_same_each_time_in_ci_and_others_elsewhere(tmp_path: Path) -> None:
    text = """
from hypothesis import given, strategies
drawn = []
@given(strategies.integers(0, 10**12))
def test_it(number): drawn.append(number)
def test_told(): print(sum(drawn))
"""

    def draw(ci: str) -> str:
        told = run_pytest(tmp_path, text, "-s", ci=ci)
        assert "2 passed" in told
        return next(line for line in told.splitlines() if line.strip(".")[:1].isdigit())

    assert draw("true") == draw("true")
    assert draw("") != draw("")
