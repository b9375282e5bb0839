"""kill -9 at every boundary of a paid clip: accepted orders never go above one, and the next run ends well."""

import os
import random
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from processes import run_python

from .conftest import HOSTS, KEYS, staged

CRASHING = Path(__file__).with_name("crashing.py")

SEED = int(os.environ.get("STORYFORGE_TEST_SEED", "20261121"))
LISTING = ("wavespeed", "scenario")
"""Hosts whose lists show what was ordered."""
ABSENT = "never reached"
POINTS = int(os.environ.get("STORYFORGE_TEST_POINTS", "44"))
"""Boundaries that are tried for each host, drawn by the seed where it has more."""

SHOTS = """\
  - {id: wait, scene: pier, action: "@ana waits.", seconds: 3}
  - {id: boat, scene: pier, action: "@bo rows.", seconds: 3, clip: new}
"""


def crash(stage, host, at, *command):
    """A command, else a render of one clip without its film, killed at a step."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("STORYFORGE_")},
        **stage.emulator.environment(),
        **KEYS,
        "STORYFORGE_POLL_SECONDS": "0.02",
        "CRASH_AT": str(at),
    }
    options = command or ("render", str(stage.storyboard), "--provider", host, "--yes", "--only", "wait")
    return run_python(CRASHING, *options, cwd=stage.folder, env=environment, timeout=120)


@pytest.mark.long
@pytest.mark.parametrize("host", HOSTS)
def test_no_order_is_accepted_twice_wherever_a_run_dies(tmp_path, emulator, published, host):
    whole = crash(staged(tmp_path / "whole", emulator, published), host, 0)
    assert whole.returncode == 0, whole.stderr
    steps = int(re.search(r"steps (\d+)", whole.stderr)[1])
    assert steps >= 30  # and some more, by how often a job is polled
    points = sorted(random.Random(f"{SEED}{host}").sample(range(1, steps + 1), min(POINTS, steps)))

    def tried(at):
        # A scene of its own for each point makes each order another one, so that they can be distinguished.
        stage = staged(tmp_path / str(at), emulator, published, SHOTS.replace("waits.", f"waits for number {at}."))
        killed = crash(stage, host, at)
        again = crash(stage, host, 0)
        before = accepted(at)
        # What surely never arrived is not sent by the run that finds that out: the next one asks for it.
        asked = crash(stage, host, 0) if ABSENT in again.stderr else again
        return at, killed, again, asked, before, accepted(at)

    def accepted(at):
        return sum(order["times"] for order in emulator.orders(host) if f"number {at}." in str(order["body"]))

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(tried, points))
    for at, killed, again, asked, before, after in outcomes:
        place = f"{host}, step {at}: {killed.stderr[-300:]}\n---\n{again.stderr[-600:]}\n---\n{asked.stderr[-600:]}"
        assert before <= 1, place
        assert "Traceback" not in killed.stderr + again.stderr + asked.stderr, place
        if ABSENT in again.stderr:
            assert (again.returncode, before, host in LISTING) == (1, 0, True), place
        if asked.returncode:
            assert host == "joypix", place
            assert "resolve" in asked.stderr, place
        else:
            assert after == 1, place


@pytest.mark.long
def test_the_matrix_can_fail(tmp_path, emulator, published, monkeypatch):
    """With the ledger's rows forgotten after a crash, the same matrix does find orders that were accepted twice."""
    stage = staged(tmp_path, emulator, published)
    whole = crash(staged(tmp_path / "whole", emulator, published), "wavespeed", 0)
    steps = int(re.search(r"steps (\d+)", whole.stderr)[1])
    emulator.reset()
    doubled = 0
    for at in range(steps // 3, steps, 4):
        case = staged(tmp_path / str(at), emulator, published, SHOTS.replace("waits.", f"waits for number {at}."))
        crash(case, "wavespeed", at)
        for left in (case.folder / ".storyforge").glob("ledger.db*"):
            left.unlink()
        crash(case, "wavespeed", 0)
        doubled += sum(order["times"] for order in emulator.orders() if f"number {at}." in str(order["body"])) > 1
    assert stage.folder.exists()
    assert doubled
