"""The ledger: what was ordered, from whom, and its status, whatever dies when."""

import contextlib
import hashlib
import re
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

import storyforge
from storyforge.compiler.slates import fingerprint
from storyforge.model.messages import Placed, Request
from storyforge.system.ledger import FORGOTTEN, Intent, Ledger, LedgerError

BEFORE_RUNS = """
create table orders (
  id integer primary key, fingerprint text not null, attempt integer not null, provider text not null,
  model text not null, clip text not null, film text not null, fate text not null, method text not null,
  url text not null, headers text not null, body blob not null, number text, words text, seconds integer not null,
  usd_planned real, usd_paid real, planned_at real not null, sent_at real, settled_at real,
  unique (fingerprint, attempt)
);
create index orders_fate on orders (provider, fate);
create index orders_sent on orders (provider, sent_at);
create table uploads (
  provider text not null, sha256 text not null, address text not null, until real, primary key (provider, sha256)
);
insert into orders values (
  7, 'f1', 1, 'wavespeed', 'model', 'a', 'film', 'sent', 'POST', 'https://host.example/order', '{}', '{}', 'job-1',
  null, 3, 0.42, null, 100, 101, null
);
"""
"""A ledger as the first version made it, with one order under way."""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "ledger.db"


@pytest.fixture
def ledger(path):
    opened = Ledger(path)
    yield opened
    opened.close()


@pytest.fixture
def old(path):
    with contextlib.closing(sqlite3.connect(path)) as base:
        base.execute("pragma journal_mode = wal")
        base.executescript(BEFORE_RUNS)
    return path


def intent(fingerprint="f1", provider="wavespeed", usd=0.42, clip="a", run=None):
    request = Request("POST", "https://host.example/order", {"prompt": "é"}, {"X-Key": "k"}, '{"prompt":"é"}'.encode())
    return Intent(fingerprint, provider, "model", clip, "film", request, 3, usd, 2, {"take": 2, "prompt": "é"}, run)


def test_an_order_is_written_down_with_its_exact_bytes_before_it_is_sent(ledger, path):
    order = ledger.plan(intent(), now=100.0)
    other = Ledger(path, readonly=True)
    assert other.latest("f1") == order
    assert (order.status, order.attempt, order.job_id) == ("planned", 1, None)
    assert order.request.content == '{"prompt":"é"}'.encode()
    assert order.request.headers == {"X-Key": "k"}
    other.close()


def test_an_order_keeps_the_number_of_its_take_and_the_slate_that_its_fingerprint_is_of(ledger):
    slate = {"take": 2, "prompt": "é"}
    order = ledger.plan(intent(fingerprint(slate)), now=100.0)
    assert (order.take, order.slate) == (2, slate)
    ledger.mark_ended(order, "done", 200.0)
    assert (ledger.latest(order.fingerprint).take, ledger.latest(order.fingerprint).slate) == (2, slate)
    ((text,),) = ledger.rows("select slate from orders")
    assert hashlib.sha256(text.encode()).hexdigest() == order.fingerprint


def test_the_rows_are_synced_in_full(path):
    ledger = Ledger(path)
    assert ledger._base.execute("pragma synchronous").fetchone()[0] == 2
    assert ledger._base.execute("pragma journal_mode").fetchone()[0] == "wal"
    ledger.close()


def test_an_order_goes_its_way_and_its_bytes_go_when_its_fate_is_known(ledger):
    order = ledger.plan(intent(), now=100.0)
    ledger.sending(order, 101.0)
    assert ledger.latest("f1").sent_at == 101.0
    ledger.mark_sent(order, "job-1")
    assert (ledger.latest("f1").status, ledger.latest("f1").job_id) == ("sent", "job-1")
    ledger.mark_ended(order, "done", 200.0, usd=0.4)
    done = ledger.latest("f1")
    assert (done.status, done.usd_paid, done.request.content) == ("done", 0.4, b"")


def test_what_was_surely_not_sent_is_swept_and_what_may_have_been_is_not(ledger):
    ledger.plan(intent("f1"), now=100.0)
    ledger.sending(ledger.plan(intent("f2"), now=100.0), 101.0)
    ledger.sweep()
    assert ledger.latest("f1") is None
    assert ledger.latest("f2").status == "sending"


def test_a_refusal_before_acceptance_goes_back_to_planned(ledger):
    order = ledger.plan(intent(), now=100.0)
    ledger.sending(order, 101.0)
    ledger.waiting(order)
    assert ledger.latest("f1").status == "planned"
    ledger.mark_dropped(order)
    assert ledger.latest("f1") is None


def test_a_new_attempt_has_the_next_number(ledger):
    first = ledger.plan(intent(), now=100.0)
    ledger.mark_ended(first, "failed", 101.0, "broke")
    assert ledger.plan(intent(), now=102.0).attempt == 2
    assert ledger.attempts("f1") == 2


def test_one_attempt_is_never_written_twice(ledger):
    ledger.plan(intent(), now=100.0)
    columns = ", ".join(row["name"] for row in ledger.rows("pragma table_info(orders)") if row["name"] != "id")
    with pytest.raises(sqlite3.IntegrityError):
        ledger._base.execute(f"insert into orders ({columns}) select {columns} from orders")


def test_places_at_a_host_are_counted_on_rows(ledger):
    first = ledger.plan(intent("f1"), now=100.0, at_once=2)
    second = ledger.plan(intent("f2"), now=100.0, at_once=2)
    assert ledger.plan(intent("f3"), now=100.0, at_once=2) is None
    assert ledger.plan(intent("f3", provider="hiapi"), now=100.0, at_once=2) is not None
    ledger.sending(first, 101.0)
    ledger.mark_sent(first, "1")
    assert ledger.plan(intent("f4"), now=102.0, at_once=2) is None
    ledger.mark_ended(second, "failed", 103.0)
    assert ledger.plan(intent("f4"), now=104.0, at_once=2) is not None


def test_an_order_that_nobody_collected_for_long_holds_no_place(ledger):
    order = ledger.plan(intent("f1"), now=100.0, at_once=1)
    ledger.sending(order, 100.0)
    assert ledger.plan(intent("f2"), now=100.0 + FORGOTTEN + 1, at_once=1) is not None


def test_the_rate_is_counted_over_any_minute(ledger):
    for name, when in (("f1", 100.0), ("f2", 130.0)):
        order = ledger.plan(intent(name), now=when, per_minute=2)
        ledger.sending(order, when)
        ledger.mark_ended(order, "done", when + 1)
    assert ledger.plan(intent("f3"), now=159.0, per_minute=2) is None
    assert ledger.plan(intent("f3"), now=161.0, per_minute=2) is not None


def test_a_picture_is_known_where_it_lies_until_its_time_is_over(ledger):
    ledger.place("wavespeed", "abc", Placed("https://w.example/a.png", 60.0), now=100.0)
    ledger.place("scenario", "abc", Placed("asset_1"), now=100.0)
    assert ledger.find_upload("wavespeed", "abc", 159.0) == "https://w.example/a.png"
    assert ledger.find_upload("wavespeed", "abc", 161.0) is None
    assert ledger.find_upload("scenario", "abc", 1e9) == "asset_1"
    assert ledger.find_upload("hiapi", "abc", 100.0) is None


def test_numbers_and_the_undecided_orders_of_a_clip_are_found(ledger):
    for name, clip in (("f1", "a"), ("f2", "a"), ("f3", "b")):
        order = ledger.plan(intent(name, clip=clip), now=100.0)
        ledger.sending(order, 100.0)
        ledger.mark_sent(order, f"job-{name}")
    assert ledger.numbers("wavespeed") == {"job-f1", "job-f2", "job-f3"}
    assert ledger.find_undecided("film", "a") == []
    for name in ("f2", "f3", "f1"):
        ledger.mark_ended(ledger.latest(name), "unresolved", 110.0)
    assert [order.fingerprint for order in ledger.find_undecided("film", "a")] == ["f1", "f2"]
    assert ledger.find_undecided("other", "a") == []
    assert [order.clip for order in ledger.orders("unresolved")] == ["a", "a", "b"]


def test_a_run_has_a_row_from_its_beginning_and_its_orders_know_it(ledger, path):
    run = ledger.begin_run("film", "films/film.story.yaml", "1.2", 4, None, now=99.0)
    order = ledger.plan(intent(run=run), now=100.0)
    with contextlib.closing(Ledger(path, readonly=True)) as other:
        (row,) = other.rows("select * from runs")
        assert tuple(row) == (run, "film", "films/film.story.yaml", "1.2", 99.0, None, "running", None, 4, None)
        assert [tuple(row) for row in other.rows("select id, run from orders")] == [(order.id, run)]
    other = ledger.begin_run("film", "films/film.story.yaml", "1.2", 6, 0.5, now=140.0)
    ledger.end_run(run, "failed", 2, now=150.0)
    rows = ledger.rows("select id, outcome, rendered, ended_at from runs order by id")
    assert [tuple(row) for row in rows] == [(run, "failed", 2, 150.0), (other, "running", None, None)]


def test_a_ledger_from_before_runs_were_kept_is_gone_on_with(old):
    for _ in range(2):
        with contextlib.closing(Ledger(old)) as ledger:
            order = ledger.latest("f1")
            assert (order.id, order.status, order.job_id) == (7, "sent", "job-1")
            assert ledger.sum_counted() == 0.42
    with contextlib.closing(Ledger(old)) as ledger:
        ledger.mark_ended(order, "done", 200.0, usd=0.4)
        run = ledger.begin_run("film", "film.story.yaml", "1.2", 0, 0.42, now=300.0)
        ledger.plan(intent("f2", run=run), now=301.0)
        assert [tuple(row) for row in ledger.rows("select id, run from orders")] == [(7, None), (8, run)]
        assert ledger.sum_counted() == pytest.approx(0.4 + 0.42)


def test_a_reader_takes_an_old_ledger_as_it_is_and_changes_nothing(old):
    before = old.read_bytes()
    with contextlib.closing(Ledger(old, readonly=True)) as ledger:
        assert ledger.latest("f1").job_id == "job-1"
        assert [tuple(row) for row in ledger.rows("select id, run from orders")] == [(7, None)]
        assert ledger.rows("select * from runs") == []
        assert ledger.sum_counted() == 0.42
    assert old.read_bytes() == before


@pytest.mark.parametrize("readonly", [True, False])
def test_an_emptied_ledger_is_told_and_not_begun_again(path, readonly):
    path.touch()
    with pytest.raises(LedgerError, match="is empty") as told:
        Ledger(path, readonly=readonly)
    assert "put back a copy" in told.value.hint
    assert path.read_bytes() == b""


def test_a_ledger_whose_maker_died_at_once_is_empty(path):
    with contextlib.closing(sqlite3.connect(path)) as base:
        base.execute("pragma journal_mode = wal")
    before = path.read_bytes()
    with contextlib.closing(Ledger(path, readonly=True)) as ledger:
        assert ledger.orders() == []
        assert ledger.rows("select * from runs") == []
    assert path.read_bytes() == before
    with contextlib.closing(Ledger(path)) as ledger:
        assert ledger.plan(intent(), now=100.0).status == "planned"


def test_tables_are_made_all_at_once_or_not_at_all(path, monkeypatch):
    monkeypatch.setattr("storyforge.system.ledger_schema.RUNS", "create table runs (;")
    with pytest.raises(LedgerError):
        Ledger(path)
    with contextlib.closing(sqlite3.connect(path)) as base:
        assert base.execute("select name from sqlite_master").fetchall() == []


@pytest.mark.parametrize("readonly", [True, False])
@pytest.mark.parametrize("content", [b"not a ledger, and long enough to be taken for one" * 99, None])
def test_what_is_no_ledger_is_said_so_and_left_alone(path, readonly, content):
    if content is None:
        path.mkdir()
    else:
        path.write_bytes(content)
    with pytest.raises(LedgerError, match=r"ledger\.db` cannot be used: (file is not|unable to open|disk)") as caught:
        Ledger(path, readonly)
    assert caught.value.hint
    assert content is None or path.read_bytes() == content


def test_a_ledger_that_cannot_be_written_is_said_so(ledger):
    ledger._base.execute("pragma query_only = on")
    for attempt in (
        lambda: ledger.plan(intent(), now=100.0),
        lambda: ledger.begin_run("film", "film.story.yaml", "1.2", 0, None, now=100.0),
        ledger.sweep,
    ):
        with pytest.raises(LedgerError, match="readonly"):
            attempt()
    assert not ledger._base.in_transaction


@pytest.mark.parametrize("name", ["100% #1? {a}.db", "leer é.db"])
def test_a_ledger_may_lie_under_any_name(tmp_path, name):
    folder = tmp_path / name.replace(".db", "")
    with contextlib.closing(Ledger(folder / name)) as ledger:
        ledger.plan(intent(), now=100.0)
    with contextlib.closing(Ledger(folder / name, readonly=True)) as ledger:
        assert ledger.latest("f1").status == "planned"
    assert {path.name for path in folder.iterdir()} == {name}


def test_a_full_disk_is_said_so_and_the_ledger_goes_on_with_the_rest(ledger):
    ledger.plan(intent("f1"), now=100.0)
    pages = ledger._base.execute("pragma page_count").fetchone()[0]
    ledger._base.execute(f"pragma max_page_count = {pages}")
    large = replace(intent("f2"), request=Request("POST", "https://host.example/order", {}, {}, bytes(1_000_000)))
    with pytest.raises(LedgerError, match="full"):
        ledger.plan(large, now=100.0)
    assert [order.fingerprint for order in ledger.orders()] == ["f1"]
    ledger.sending(ledger.latest("f1"), 101.0)
    assert ledger.latest("f1").status == "sending"


def test_a_fault_that_ended_a_transaction_by_itself_is_the_one_that_is_told(ledger):
    def failing():
        with ledger._transaction():
            ledger._base.execute("rollback")
            raise LedgerError("the first fault")

    with pytest.raises(LedgerError, match="first"):
        failing()


def test_a_reader_reads_beside_a_writer_and_can_change_nothing(ledger, path):
    order = ledger.plan(intent(), now=100.0)
    with contextlib.closing(Ledger(path, readonly=True)) as reader:
        ledger.sending(order, 101.0)
        assert reader.latest("f1").status == "sending"
        for forbidden in (
            reader.sweep,
            lambda: reader.mark_sent(order, "1"),
            lambda: reader.plan(intent("f2"), now=1.0),
        ):
            with pytest.raises(LedgerError, match="readonly"):
                forbidden()
    assert ledger.latest("f1").status == "sending"


def test_a_ledger_is_not_made_by_reading_it(path):
    with pytest.raises(LedgerError, match="unable to open"):
        Ledger(path, readonly=True)
    assert not path.exists()


def test_one_place_says_where_the_ledger_lies_and_one_opens_it():
    package = Path(storyforge.__file__).parent
    texts = {file.relative_to(package).as_posix(): file.read_text(encoding="utf-8") for file in package.rglob("*.py")}
    assert [name for name, text in texts.items() if '"ledger.db' in text] == ["system/store.py"]
    assert [name for name, text in texts.items() if re.search(r"\bLedger\(", text)] == []
