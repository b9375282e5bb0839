"""Further takes at hosts that are paid: each is ordered once, wherever a run dies, and any can be chosen."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from projects import edited

from storyforge.system.lock import lock_path, read_lock

from .conftest import staged
from .test_kill import ABSENT, crash

SHOTS = """\
  - {id: wait, scene: pier, action: "@ana waits.", seconds: 3}
  - {id: boat, scene: pier, action: "@ana rows.", seconds: 3, continues: wait, prefer: first_frame}
"""

POINTS = 5
"""Boundaries at which a retake of three takes is killed, from its first step to one near its last."""

ALONE = '  - {id: wait, scene: pier, action: "@ana waits.", seconds: 3}\n'


@pytest.fixture
def stage(tmp_path, emulator, published):
    return staged(tmp_path, emulator, published, SHOTS)


def planned(stage, host="runware"):
    return json.loads(stage.run("plan", stage.storyboard, "--provider", host, "--format", "json").stdout)


def states(stage, host="runware"):
    return [(clip["state"], clip["why"]) for clip in planned(stage, host)["clips"]]


def retake(stage, *options, host="runware"):
    return stage.run("retake", stage.storyboard, "wait", "--provider", host, *options)


def chosen(stage):
    return read_lock(lock_path(stage.storyboard))[0].blocks["wait"]


@pytest.mark.slow
def test_further_takes_are_paid_once_chosen_and_followed(stage):
    assert stage.render("runware").returncode == 0
    done = retake(stage, "-n", "3", "--yes")
    assert done.returncode == 0, done.stderr
    assert "3 further takes to render, $1.26" in done.stderr
    orders = stage.orders("runware")
    assert [order["times"] for order in orders] == [1] * 5
    assert len({order["body"]["seed"] for order in orders}) == 5
    assert (chosen(stage).number, chosen(stage).usd is not None) == (4, True)
    lines = done.stdout.splitlines()
    assert lines[0].startswith("wait: take 4 (")
    assert [line.split("`")[1] for line in lines[1:4]] == [
        f"storyforge use {stage.storyboard} wait {number}" for number in (1, 2, 3)
    ]
    assert lines[4] == "boat: would be rendered again, $0.42: follows wait, which plays another take"
    assert states(stage) == [
        ("cached", "take 4 was chosen, emulated"),
        ("render", "follows wait, which plays another take"),
    ]
    done = stage.render("runware")
    assert done.returncode == 0, done.stderr
    assert "wait: take 4 was chosen" in done.stderr
    assert len(stage.orders("runware")) == 6
    assert planned(stage)["film"]["state"] == "cached"
    takes = json.loads(stage.run("takes", stage.storyboard, "--provider", "runware", "--format", "json").stdout)
    told = {take["number"]: take for take in takes["clips"][0]["takes"]}
    assert [told[number]["chosen"] for number in (1, 2, 3, 4)] == [False, False, False, True]
    assert {take["order"] is not None and take["usd"] > 0 for take in told.values()} == {True}


@pytest.mark.slow
def test_another_take_is_chosen_accepted_and_given_back_without_an_order(stage):
    assert stage.render("runware").returncode == 0
    assert retake(stage, "--yes").returncode == 0
    done = stage.run("use", stage.storyboard, "wait", "1", "--provider", "runware")
    assert done.stdout.splitlines()[1:] == ["boat: need not be rendered any more"]
    assert states(stage) == [("cached", "unchanged, emulated")] * 2
    edited(stage.storyboard, "@ana waits.", "@ana is waiting.")
    done = stage.run("accept", stage.storyboard, "--all", "--provider", "runware")
    assert done.returncode == 0, done.stderr
    assert states(stage) == [
        ("cached", 'accepted although action: "@ana waits." → "@ana is waiting.", emulated'),
        ("cached", "unchanged, emulated"),
    ]
    assert stage.render("runware").returncode == 0
    assert len(stage.orders("runware")) == 3
    assert stage.run("accept", stage.storyboard, "wait", "--undo", "--provider", "runware").returncode == 0
    assert [state for state, _ in states(stage)] == ["render", "render"]


@pytest.mark.slow
def test_nothing_is_ordered_without_leave_or_over_a_limit(stage):
    assert stage.render("runware").returncode == 0
    for options, code, said in (
        ((), 4, "nobody agreed"),
        (("--yes", "-n", "3", "--max-cost", "1"), 4, "over the $1.00 of `--max-cost`"),
        (("--yes", "-n", "0"), 2, "-n"),
    ):
        done = retake(stage, *options)
        assert (done.returncode, said in done.stderr) == (code, True), done.stderr
    done = stage.run("retake", stage.storyboard, "wait", "--provider", "runware", "--yes", keys={})
    assert done.returncode == 5
    assert len(stage.orders("runware")) == 2
    assert chosen(stage).number == 1


@pytest.mark.slow
def test_a_clip_that_was_never_rendered_is_retaken_from_its_first_take_on(stage):
    done = stage.run("retake", stage.storyboard, "boat", "-n", "2", "--provider", "runware", "--yes")
    assert done.returncode == 0, done.stderr
    assert len(stage.orders("runware")) == 3
    blocks = read_lock(lock_path(stage.storyboard))[0].blocks
    assert [(name, block.number) for name, block in blocks.items()] == [("boat", 2), ("wait", 1)]
    assert [state for state, _ in states(stage)] == ["cached", "cached"]


@pytest.mark.slow
def test_takes_whose_orders_nobody_knows_of_are_settled_one_by_one(tmp_path, emulator, published):
    stage = staged(tmp_path, emulator, published, ALONE)
    assert stage.render("joypix").returncode == 0
    emulator.faults("accept-then-drop:2x@joypix")
    done = retake(stage, "-n", "2", "--yes", host="joypix")
    assert done.returncode == 1
    assert len(stage.orders("joypix")) == 3
    done = stage.run("plan", stage.storyboard, "--provider", "joypix")
    assert done.returncode == 1
    assert done.stdout.count("unresolved wait") == 2
    assert retake(stage, "--yes", host="joypix").returncode == 1
    assert len(stage.orders("joypix")) == 3
    left = [stage.run("resolve", stage.storyboard, "wait", "--lost").stdout.splitlines()[1:] for _ in range(2)]
    assert left == [["wait: 1 more order is unresolved"], []]
    assert retake(stage, "--yes", host="joypix").returncode == 0
    assert (len(stage.orders("joypix")), chosen(stage).number) == (4, 2)


@pytest.mark.slow
def test_a_take_that_a_retake_ordered_is_collected_by_the_next_render_and_not_chosen(tmp_path, emulator, published):
    stage = staged(tmp_path, emulator, published, ALONE)
    assert stage.render("runware").returncode == 0
    film = stage.folder / "ferry.mp4"
    content = film.read_bytes()
    emulator.faults("truncated-download:4x@runware")
    assert retake(stage, "--yes").returncode == 1
    (further,) = planned(stage)["further"]
    assert (further["id"], further["take"], further["state"]) == ("wait", 2, "attached")
    assert stage.run("render", stage.storyboard, "--provider", "runware", "--locked").returncode == 0
    assert len(planned(stage)["further"]) == 1
    film.unlink()
    done = stage.run("render", stage.storyboard, "--provider", "runware")
    assert done.returncode == 0, done.stderr
    assert f"wait: take 2 is here; `storyforge use {stage.storyboard} wait 2` chooses it" in done.stderr
    assert (len(stage.orders("runware")), chosen(stage).number, film.read_bytes()) == (2, 1, content)
    assert "further" not in planned(stage)
    assert stage.run("use", stage.storyboard, "wait", "2", "--provider", "runware").returncode == 0
    assert chosen(stage).number == 2


@pytest.mark.long
@pytest.mark.parametrize("host", ["runware", "wavespeed"])
def test_no_further_take_is_ordered_twice_wherever_a_retake_dies(tmp_path, emulator, published, host):
    def case(name, at):
        words = ALONE.replace("waits.", f"waits for number {name}.")
        stage = staged(tmp_path / str(name), emulator, published, words)
        assert crash(stage, host, 0).returncode == 0
        command = ("retake", str(stage.storyboard), "wait", "-n", "3", "--provider", host, "--yes")
        return stage, crash(stage, host, at, *command)

    _, whole = case("whole", 0)
    assert whole.returncode == 0, whole.stderr
    steps = int(re.search(r"steps (\d+)", whole.stderr)[1])

    def tried(at):
        stage, killed = case(at, at)
        before = [order for order in emulator.orders(host) if f"number {at}." in str(order["body"])]
        collected = crash(stage, host, 0, "render", str(stage.storyboard), "--provider", host, "--yes")
        after = [order for order in emulator.orders(host) if f"number {at}." in str(order["body"])]
        told = f"{host}, step {at}: {killed.stderr[-300:]}\n---\n{collected.stderr[-600:]}"
        assert collected.returncode == int(ABSENT in collected.stderr), told
        assert "Traceback" not in killed.stderr + collected.stderr, told
        # What was accepted is collected; what was not sent when the run died is no business of a render.
        assert 0 <= len(after) - len(before) <= 3, told
        assert planned(stage, host).get("further") is None, told
        again = retake(stage, "-n", "1", "--yes", host=host)
        assert again.returncode == 0, again.stderr
        orders = [order for order in emulator.orders(host) if f"number {at}." in str(order["body"])]
        assert [order["times"] for order in orders] == [1] * len(orders), told
        assert len({order["body"]["seed"] if host == "runware" else str(order["body"]) for order in orders}) == len(
            orders
        )
        return len(before)

    with ThreadPoolExecutor(2) as pool:
        begun = list(pool.map(tried, range(2, steps, steps // POINTS)))
    assert (min(begun), max(begun) > 2) == (1, True)
