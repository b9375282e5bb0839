"""From the emulator to a host: what was tried for nothing is distinguished from what is paid, and no trial is in the way."""

from __future__ import annotations

import json
import re

import pytest
from projects import storyforge

from storyforge.system.lock import lock_path, read_lock

from .conftest import KEYS, staged

pytestmark = pytest.mark.slow

SHOTS = """\
  - {id: wait, scene: pier, action: "@ana waits.", seconds: 3, clip: new}
  - {id: boat, scene: pier, action: "@ana rows.", seconds: 3, clip: new}
"""


@pytest.fixture
def stage(tmp_path, emulator, published):
    return staged(tmp_path, emulator, published, SHOTS)


def at_the_host(stage, *arguments):
    """Runs a command with the host's own address, at which a plan asks for nothing."""
    return storyforge(*arguments, cwd=stage.folder, **KEYS)


def read_json(done):
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_from_the_emulator_to_the_host_every_clip_is_to_be_rendered_and_nothing_was_spent(stage):
    done = stage.render("runware")
    assert done.returncode == 0, done.stderr
    assert (
        "note: 2 of 2 clips play emulated takes; at the host's own address they are still to be rendered" in done.stderr
    )
    plan = (*("plan", stage.storyboard, "--provider", "runware"), "--format", "json")
    assert [(clip["state"], clip["emulated"]) for clip in read_json(stage.run(*plan))["clips"]] == [
        ("cached", True)
    ] * 2
    there = read_json(at_the_host(stage, *plan))
    assert [(clip["state"], clip["usd"]) for clip in there["clips"]] == [("render", 0.42)] * 2
    assert {clip["why"] for clip in there["clips"]} == {"its take is emulated: runware itself has rendered none"}
    assert there["total"] == {"usd": 0.84, "clips": 2}
    spent = read_json(at_the_host(stage, "spend", stage.storyboard, "--format", "json"))["total"]
    assert (spent["orders"], spent["usd"], spent["may_be_billed"]["orders"]) == (0, 0.0, 0)
    assert (spent["emulated"]["orders"], spent["emulated"]["usd"]) == (2, 0.84)
    takes = read_json(at_the_host(stage, "takes", stage.storyboard, "--provider", "runware", "--format", "json"))
    assert [take["emulated"] for clip in takes["clips"] for take in clip["takes"]] == [True, True]
    made_from = json.loads((stage.folder / "ferry.provenance.json").read_text(encoding="utf-8"))
    assert ([clip["emulated"] for clip in made_from["clips"]], made_from["usd"]) == ([True, True], 0)


def test_a_budget_that_the_emulated_orders_would_fill_refuses_nothing_at_the_host(stage):
    assert stage.render("runware").returncode == 0
    settings = stage.folder / "storyforge.toml"
    settings.write_text(settings.read_text(encoding="utf-8") + "[budget]\nper_day = 0.9\n", encoding="utf-8")
    done = at_the_host(stage, "render", stage.storyboard, "--provider", "runware")
    # Asked before anything is sent; the limits are looked at before that.
    assert (done.returncode, "nobody agreed to spend this" in done.stderr) == (4, True)
    assert stage.run("retake", stage.storyboard, "wait", "--provider", "runware", "--yes").returncode == 4


def test_a_clip_that_is_tried_at_another_host_is_a_take_more_until_a_person_chooses_it(stage):
    assert stage.render("runware").returncode == 0
    before = lock_path(stage.storyboard).read_bytes()
    done = stage.render("wavespeed", "--only", "wait")
    assert done.returncode == 0, done.stderr
    assert lock_path(stage.storyboard).read_bytes() == before
    (line,) = [line for line in done.stderr.splitlines() if "the lock still names take" in line]
    assert "of runware; `storyforge use" in line
    again = stage.run("retake", stage.storyboard, "boat", "--provider", "wavespeed", "--yes")
    choose = rf"`storyforge use {re.escape(str(stage.storyboard))} boat \w{{8}} --provider wavespeed`"
    assert re.match(rf"boat: the lock still names take \w{{8}} of runware; {choose}", again.stdout), again.stderr
    assert lock_path(stage.storyboard).read_bytes() == before
    words = re.search(r"`storyforge (use .* --provider wavespeed)`", line)[1].split()
    chosen = stage.run(*words)
    assert chosen.returncode == 0, chosen.stderr
    assert read_lock(lock_path(stage.storyboard))[0].blocks["wait"].provider == "wavespeed"
    for host, states in (("runware", ["cached", "cached"]), ("wavespeed", ["cached", "cached"])):
        plan = read_json(stage.run("plan", stage.storyboard, "--provider", host, "--format", "json"))
        assert [clip["state"] for clip in plan["clips"]] == states
