"""The tables of the ledger: an older ledger is read as it is, and is one of today once somebody writes to it."""

from __future__ import annotations

import sqlite3
from contextlib import closing, nullcontext

import pytest
from old_ledgers import write_old_ledger

from storyforge.model.messages import Request
from storyforge.system.ledger import Intent, Ledger, LedgerError
from storyforge.system.ledger_schema import VERSION, read_version

REQUEST = Request("POST", "https://host.example/order", {}, {}, b"{}")


@pytest.fixture
def old(tmp_path):
    path = tmp_path / "ledger.db"
    write_old_ledger(path, "film-1", "film.story.yaml", ("f1", "wavespeed", "a", "sent", "job-1"))
    return path


def version_of(path):
    with closing(sqlite3.connect(path)) as base:
        return read_version(base)


def test_a_reader_takes_a_ledger_of_release_0_1_as_it_is_and_changes_nothing(old):
    before = old.read_bytes()
    with closing(Ledger(old, readonly=True)) as ledger:
        order = ledger.latest("f1")
        assert (order.status, order.job_id, order.take, order.slate) == ("sent", "job-1", None, None)
        assert order.request.json == {"prompt": "é"}
        assert [tuple(row) for row in ledger.rows("select run, take, slate from orders")] == [(1, None, None)]
        assert ledger.rows("select place from runs")[0]["place"] == "film.story.yaml"
        assert ledger.sum_counted() == 0.42
    assert old.read_bytes() == before
    assert version_of(old) == 0


def test_a_ledger_of_release_0_1_gets_its_columns_when_it_is_opened_for_writing(old):
    for _ in range(2):
        with closing(Ledger(old)) as ledger:
            order = ledger.latest("f1")
            assert (order.status, order.job_id, order.take, order.slate) == ("sent", "job-1", None, None)
    assert version_of(old) == VERSION
    with closing(Ledger(old)) as ledger:
        ledger.mark_ended(order, "done", 200.0, usd=0.4)
        ledger.plan(Intent("f2", "wavespeed", "m", "a", "film-1", REQUEST, 3, 0.42, 2, {"take": 2}), now=300.0)
    with closing(Ledger(old, readonly=True)) as ledger:
        assert [(order.status, order.take, order.slate) for order in ledger.orders()] == [
            ("done", None, None),
            ("planned", 2, {"take": 2}),
        ]
        assert ledger.rows("select run from orders where fingerprint = 'f1'")[0]["run"] == 1


def test_a_ledger_of_today_has_the_same_columns_as_one_that_was_upgraded(old, tmp_path):
    with closing(Ledger(old)) as upgraded, closing(Ledger(tmp_path / "new.db")) as new:
        for table in ("orders", "runs", "uploads"):
            columns = f"select name, type from pragma_table_info('{table}')"
            assert list(map(tuple, upgraded.rows(columns))) == list(map(tuple, new.rows(columns)))
    assert version_of(tmp_path / "new.db") == VERSION


@pytest.mark.parametrize("readonly", [True, False])
def test_a_ledger_of_a_newer_release_is_left_alone(old, readonly):
    with closing(sqlite3.connect(old)) as base:
        base.execute(f"pragma user_version = {VERSION + 1}")
    before = old.read_bytes()
    with pytest.raises(LedgerError, match="was written by a newer StoryForge"):
        Ledger(old, readonly)
    assert old.read_bytes() == before


@pytest.mark.parametrize(
    ("body", "hurt"),
    [
        (r'{"prompt": "\ud83d\ude00 at C:\\udata and \\ud800"}', False),
        (r'{"prompt": "\ud83d"}', True),
        (r'{"prompt": "\ude00\ud83d"}', True),
    ],
)
def test_half_of_a_character_is_damage_and_an_escape_of_a_whole_one_is_none(tmp_path, body, hurt):
    path = tmp_path / "ledger.db"
    with Ledger(path) as ledger:
        order = Request("POST", "https://host.example/order", {}, {}, body.encode())
        ledger.plan(Intent("f1", "runware", "model", "wait", "ferry", order, 3, 0.42, 1, {}, None), 1.0)
    with pytest.raises(LedgerError, match="in `body`") if hurt else nullcontext():
        Ledger(path, readonly=True).close()
