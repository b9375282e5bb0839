"""What happens to money when answers are lost, lists lie, films are not found and jobs never end: by the command line."""

from __future__ import annotations

import json

import pytest

from .conftest import HOSTS

pytestmark = pytest.mark.slow


def states(stage, host):
    plan = stage.run("plan", stage.storyboard, "--provider", host, "--format", "json")
    return {clip["id"]: clip["state"] for clip in json.loads(plan.stdout)["clips"]}


def spent(stage):
    """What would have been spent, were the emulator a host."""
    return json.loads(stage.run("spend", stage.storyboard, "--format", "json").stdout)["total"]["emulated"]


@pytest.mark.parametrize("host", ["wavespeed", "scenario"])
def test_what_surely_never_arrived_is_ordered_only_when_it_is_asked_for_again(stage, host):
    assert stage.render(host, "--only", "boat").returncode == 0
    stage.emulator.move_clock(60)
    stage.emulator.faults(f"reject-drop:1x@{host}")
    done = stage.render(host, "--only", "wait", "--deadline", "2")
    assert (done.returncode, states(stage, host)["wait"]) == (1, "attached"), done.stderr
    assert "looking for its order in the list" in done.stderr
    stage.emulator.move_clock(61)
    done = stage.render(host, "--only", "wait")
    assert (done.returncode, len(stage.orders(host)), states(stage, host)["wait"]) == (1, 1, "render"), done.stderr
    assert "never reached" in done.stderr
    asked = stage.run("render", stage.storyboard, "--provider", host, "--only", "wait")
    assert (asked.returncode, len(stage.orders(host))) == (4, 1), asked.stderr
    assert stage.render(host, "--only", "wait").returncode == 0
    assert len(stage.orders(host)) == 2
    assert spent(stage)["orders"] == 2


@pytest.mark.parametrize(
    ("host", "fault", "code"),
    [
        ("wavespeed", "list-500", 1),
        ("wavespeed", "list-403", 5),
        ("wavespeed", "renamed-jobs", 1),
        ("scenario", "list-page", 1),
        ("scenario", "renamed-list", 1),
    ],
)
def test_a_list_that_cannot_be_read_leaves_the_order_to_a_person_and_a_good_one_attaches_it(stage, host, fault, code):
    stage.emulator.faults(f"accept-then-drop:1x@{host}", f"{fault}@{host}")
    for _ in range(2):
        done = stage.render(host, "--only", "wait")
        assert (done.returncode, len(stage.orders(host))) == (code, 1), done.stderr
        assert states(stage, host)["wait"] == "unresolved"
    stage.emulator.faults()
    done = stage.run(
        "render", stage.storyboard, "--provider", host, "--only", "wait"
    )  # collecting needs no confirmation
    assert (done.returncode, len(stage.orders(host))) == (0, 1), done.stderr


@pytest.mark.parametrize("host", HOSTS)
def test_a_film_that_is_not_found_is_paid_attached_and_never_ordered_again_unasked(stage, host):
    stage.emulator.faults(f"film-elsewhere@{host}")
    for _ in range(2):
        done = stage.render(host, "--only", "wait")
        assert (done.returncode, len(stage.orders(host)), states(stage, host)["wait"]) == (1, 1, "attached")
        assert "its film is not to be had" in done.stderr
    (order,) = stage.orders(host)
    assert f"job {order['job']} of `wait`" in done.stderr
    (kept,) = (stage.folder / ".storyforge/answers").glob(f"{host}-*.json")
    assert str(kept) in done.stderr
    assert spent(stage)["orders"] == 1
    asked = stage.run("render", stage.storyboard, "--provider", host, "--only", "wait", "--retry")
    assert (asked.returncode, len(stage.orders(host))) == (4, 1), asked.stderr
    stage.emulator.faults()
    done = stage.run("render", stage.storyboard, "--provider", host, "--only", "wait")
    assert (done.returncode, len(stage.orders(host))) == (0, 1), done.stderr


def test_a_job_that_never_ends_is_given_up_and_stays_paid(stage):
    stage.emulator.faults("endless-job:1x@runware")
    assert stage.render("runware", "--only", "wait", "--deadline", "1.5").returncode == 1
    (order,) = stage.orders("runware")
    done = stage.run("resolve", stage.storyboard, "wait", "--give-up")
    assert (done.returncode, order["job"] in done.stdout) == (0, True), done.stderr
    assert states(stage, "runware")["wait"] == "render"
    assert (spent(stage)["orders"], spent(stage)["usd"]) == (1, 0.42)
    assert stage.run("resolve", stage.storyboard, "wait", "--give-up").returncode == 2
    assert stage.render("runware", "--only", "wait").returncode == 0
    assert (len(stage.orders("runware")), spent(stage)["orders"]) == (2, 2)


def test_films_that_cannot_be_fetched_and_jobs_that_never_end_keep_nobody_waiting_for_ever(stage):
    stage.emulator.faults("corrupt-download@wavespeed")
    assert stage.render("wavespeed").returncode == 1
    assert len(stage.orders("wavespeed")) == 3
    stage.emulator.reset()
    stage.emulator.faults("endless-job:2x@hiapi")
    (stage.folder / "storyforge.toml").write_text(
        (stage.folder / "storyforge.toml").read_text(encoding="utf-8") + "[limits.hiapi]\nat_once = 2\n",
        encoding="utf-8",
    )
    done = stage.render("hiapi", "--deadline", "2")
    assert (done.returncode, len(stage.orders("hiapi"))) == (1, 2), done.stderr
    assert "waits for a place at HiAPI, held by" in done.stderr
    assert "for a place at HiAPI; it is not ordered" in done.stderr


def test_two_accounts_with_one_storyboard_have_tasks_of_their_own(stage, tmp_path_factory):
    assert stage.render("runware", "--only", "wait").returncode == 0
    copy = tmp_path_factory.mktemp("copy")
    for path in ("ferry.story.yaml", "refs", "storyforge.toml"):
        (stage.folder / path).rename(copy / path)
    keys = {"RUNWARE_API_KEY": "rw-key-of-another-0123"}
    stage.storyboard = copy / "ferry.story.yaml"
    done = stage.render("runware", "--only", "wait", keys=keys)
    assert done.returncode == 0, done.stderr
    first, second = (order["body"]["taskUUID"] for order in stage.orders("runware"))
    assert first != second
