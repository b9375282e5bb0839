"""An order whose status is unknown is settled by a person, in a ledger of any release."""

from __future__ import annotations

import json

import pytest
from old_ledgers import write_old_ledger
from projects import project, storyforge

from storyforge.compiler.compile import compile_file
from storyforge.planning.orders import Orders
from storyforge.system.project import Project


@pytest.fixture
def path(tmp_path):
    return project(tmp_path)


@pytest.fixture
def store(path):
    """A store whose ledger is of release 0.1, with an order that is unresolved."""
    store, one = Project(path).store, compile_file(path, "joypix").planned[0]
    order = (one.job.fingerprint, "joypix", "wait", "unresolved", None)
    write_old_ledger(store.ledger, Project(path).record_name, path.name, order)
    return store


def spent(path):
    done = storyforge("spend", path, "--format", "json", cwd=path.parent)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["total"]


@pytest.mark.parametrize(
    ("answer", "fate", "number", "usd"),
    [(("--order", "task-9"), "sent", "task-9", 0.42), (("--lost",), "failed", None, 0.0)],
)
def test_an_order_of_release_0_1_is_settled_and_counted(path, store, answer, fate, number, usd):
    assert (spent(path)["usd"], spent(path)["open"]["orders"]) == (0.42, 1)
    done = storyforge("resolve", path, "wait", *answer, cwd=path.parent)
    assert done.returncode == 0, done.stderr
    with Orders(store) as orders:
        (order,) = orders.list_orders()
        assert (order.status, order.job_id, order.take) == (fate, number, None)
    assert spent(path)["usd"] == usd
    again = storyforge("resolve", path, "wait", "--lost", cwd=path.parent)
    assert (again.returncode, "has no unresolved order" in again.stderr) == (2, True)


def test_where_nothing_was_ordered_nothing_is_made(path):
    done = storyforge("resolve", path, "wait", "--lost", cwd=path.parent)
    assert (done.returncode, "nothing was ever ordered for ferry.story.yaml" in done.stderr) == (2, True)
    assert not Project(path).store.folder.exists()


def test_a_job_that_never_ends_is_given_up_and_its_cost_stays(path):
    project_, one = Project(path), compile_file(path, "joypix").planned[0]
    store, order = project_.store, (one.job.fingerprint, "joypix", "wait", "sent", "task-9")
    write_old_ledger(store.ledger, project_.record_name, path.name, order)
    done = storyforge("resolve", path, "wait", "--give-up", cwd=path.parent)
    assert (done.returncode, done.stdout.splitlines()) == (
        0,
        [
            "wait: job task-9 is given up; its cost may be billed and stays in `spend`",
            "wait: the next render may order it again",
        ],
    )
    with Orders(store) as orders:
        assert orders.find_standing(one.job) == ("render", "its job task-9 was given up")
    assert (spent(path)["orders"], spent(path)["may_be_billed"]["usd"]) == (0, 0.42)
    again = storyforge("resolve", path, "wait", "--give-up", cwd=path.parent)
    assert (again.returncode, "`wait` has no job under way" in again.stderr) == (2, True)


def test_one_answer_is_given_at_a_time(path, store):
    for answers in ((), ("--lost", "--give-up"), ("--order", "x", "--lost")):
        done = storyforge("resolve", path, "wait", *answers, cwd=path.parent)
        assert (done.returncode, "either lost, or known, or given up" in done.stderr) == (2, True)
