"""What was ordered, from whom, and its status: SQLite, written before and after each step that costs.

One row an order:

    planned ──► sending ──► sent ──► done
                   │          ├────► failed       the host could not do it: may be ordered again
                   │          ├────► refused      the host will not: not sent again until the clip changes
                   │          └────► given-up     a person waits for it no longer; it is paid for
                   ├──► refused
                   ├──► absent                    it surely never arrived: may be ordered again
                   └──► unresolved                it is unknown whether it was accepted: a person decides

`planned` is committed before anything is sent, with the exact bytes and key of the order; `sending` right before the
first byte may leave. So a row that a dead process left in `planned` was surely not sent and is swept by the next run,
and one left in `sending` may have been. These rows are synced to the disk in full; that is the whole promise: never
twice, and unknown is shown, not repeated. The bytes of an order hold addresses that are nobody else's business, so they
go when its end is known. The slate stays: it says what was paid for, and of which take.

What the host says of a job that it accepted is written down when it is said: from `done_at` on an order is spent, and
holds none of the host's places, whatever becomes of its film.

Uploads have rows of their own, so that a picture is brought to a host once for each content while the host keeps it.
So have runs that had something to render; an order knows the run that wrote it. A run that was killed leaves its row
as it was: `running`.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self, get_args

from storyforge.model.errors import StoryForgeError
from storyforge.model.messages import Placed
from storyforge.system import ledger_schema as schema
from storyforge.system.files import make_folder
from storyforge.system.ledger_rows import (
    AT,
    COUNTED,
    EMULATED,
    FORGOTTEN,
    HOLDING,
    MAYBE,
    OPEN,
    OPEN_STATUSES,
    REAL,
    SPENT,
    USD,
    Intent,
    Order,
    Outcome,
    Status,
    read_row,
)
from storyforge.system.ledger_schema import AT_EMULATOR
from storyforge.system.store import Store

__all__ = [
    "AT", "COUNTED", "EMULATED", "FORGOTTEN", "MAYBE", "OPEN", "OPEN_STATUSES", "SPENT", "USD", "Intent", "Ledger",
    "LedgerError", "Order", "Outcome", "Status", "has_ledger",
]  # fmt: skip


def has_ledger(store: Store) -> bool:
    """Whether anything was ever ordered, or a run recorded, in a store: also where that is no file any more."""
    return os.path.lexists(store.ledger)


class LedgerError(StoryForgeError):
    """The ledger cannot be read or written."""


class Ledger:
    """The ledger of a store; one process writes at a time, which the store's lock sees to. LedgerError where the file
    is none, is hurt, or cannot be read or written."""

    def __init__(self, path: Path, readonly: bool = False) -> None:
        self._path = path
        if not readonly:
            make_folder(path.parent)
        if schema.is_emptied(path):
            raise LedgerError(f"the ledger `{path}` is empty", schema.EMPTIED)
        with self._translated():
            # Where nobody else is, who opens it as `ro` leaves the two files of its WAL behind; so a reader opens it
            # as `rw` and is kept from writing by `query_only`.
            address = f"{path.absolute().as_uri()}?mode={'rw' if readonly else 'rwc'}"
            self._base = sqlite3.connect(address, uri=True, isolation_level=None)
        self._base.row_factory = sqlite3.Row
        try:
            with self._translated():
                self._prepare(readonly)
        except LedgerError:
            self._base.close()
            raise

    def _prepare(self, readonly: bool) -> None:
        """Sees to it that all tables are there; for a reader they look as if they were, and nothing is written."""
        base = self._base
        base.execute("pragma busy_timeout = 5000")
        if schema.read_version(base) > schema.VERSION:
            fault = f"the ledger `{self._path}` was written by a newer StoryForge"
            raise LedgerError(fault, "use that one, or a newer one")
        if readonly:
            schema.show_tables(base)
            base.execute("pragma query_only = on")
        else:
            base.execute("pragma journal_mode = wal")
            base.execute("pragma synchronous = full")
            base.execute("pragma secure_delete = on")  # bytes that go are gone
            schema.upgrade_tables(base)
        if hurt := schema.find_hurt(base):  # what a row says decides whether something is paid
            raise LedgerError(f"the ledger `{self._path}` is damaged: {hurt}", schema.HURT)

    @classmethod
    def from_store(cls, store: Store, readonly: bool = False) -> Self:
        """The ledger of a store. For writing it is made if there is none; a reader asks `has_ledger` first.

        LedgerError where it cannot be opened.
        """
        return cls(store.ledger, readonly)

    def close(self) -> None:
        """Closes the connection; nothing can be asked or written after it."""
        self._base.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def rows(self, statement: str, values: Sequence[Any] = ()) -> list[sqlite3.Row]:
        """All that a statement in SQL answers."""
        with self._translated():
            return self._base.execute(statement, values).fetchall()

    def latest(self, fingerprint: str, emulated: bool = True) -> Order | None:
        """The last attempt at a slate; without what is `emulated`, the last one at its real host."""
        asked = f"select * from orders where fingerprint = ? and {REAL} order by attempt desc limit 1"
        found = self.rows(asked, (fingerprint, emulated))
        return read_row(found[0]) if found else None

    def find_undecided(self, film: str, clip: str) -> list[Order]:
        """Orders for takes of a clip of a film that may or may not have been accepted, the oldest first."""
        asked = "select * from orders where film = ? and clip = ? and fate in ('sending', 'unresolved') order by id"
        return [read_row(row) for row in self.rows(asked, (film, clip))]

    def attempts(self, fingerprint: str) -> int:
        """How often a slate was ordered."""
        (row,) = self.rows("select coalesce(max(attempt), 0) from orders where fingerprint = ?", (fingerprint,))
        return int(row[0])

    def find_accepted(self, film: str, clip: str) -> list[Order]:
        """Orders for takes of a clip of a film whose jobs a host took and that did not end, the oldest first."""
        asked = "select * from orders where film = ? and clip = ? and fate = 'sent' order by id"
        return [read_row(row) for row in self.rows(asked, (film, clip))]

    def find_holders(self, provider: str, now: float, emulated: bool = True) -> list[Order]:
        """Orders that hold a place at a host, the oldest first; those of its emulator hold none at the host itself."""
        asked = f"select * from orders where {HOLDING} order by id"
        return [read_row(row) for row in self.rows(asked, _holding(provider, now, emulated))]

    def has_twin(self, order: Order) -> bool:
        """Whether another order of the same bytes may or may not have been accepted by the same host."""
        asked = "select 1 from orders where id <> ? and provider = ? and url = ? and body = ?"
        values = (order.id, order.provider, order.request.url, order.request.content or b"")
        return bool(self.rows(f"{asked} and fate in ('sending', 'unresolved')", values))

    def read_order(self, order: Order) -> Order:
        """An order as it is written down now."""
        return read_row(self.rows("select * from orders where id = ?", (order.id,))[0])

    def orders(self, *statuses: Status) -> list[Order]:
        """Orders with one of these statuses, the oldest first; without any, all."""
        wanted = statuses or get_args(Status)
        marks = ", ".join("?" * len(wanted))
        return [read_row(row) for row in self.rows(f"select * from orders where fate in ({marks}) order by id", wanted)]

    def plan(
        self,
        intent: Intent,
        now: float,
        at_once: int | None = None,
        per_minute: int | None = None,
        *,
        local: bool = True,
        emulated: bool = False,
    ) -> Order | None:
        """Writes an order down, before it is sent; None where the host's limits have no room for it yet. `local` is
        whether the host is on this machine, where orders at an emulator take room too; `emulated`, whether it is one.

        Room is counted on rows, so orders of a killed run still take theirs.
        """
        with self._transaction():
            if not self._has_room(intent.provider, now, at_once, per_minute, local):
                return None
            self._insert(
                "orders",
                fingerprint=intent.fingerprint,
                attempt=self.attempts(intent.fingerprint) + 1,
                provider=intent.provider,
                model=intent.model,
                clip=intent.clip,
                film=intent.film,
                fate="planned",
                method=intent.request.method,
                url=intent.request.url,
                headers=json.dumps(dict(intent.request.headers)),
                body=intent.request.content or b"",
                seconds=intent.seconds,
                usd_planned=intent.usd,
                planned_at=now,
                run=intent.run,
                take=intent.take,
                slate=json.dumps(intent.slate, sort_keys=True, ensure_ascii=False, separators=(",", ":")),
                emulated=emulated or None,
                prompt=intent.prompt,
                release=intent.release,
            )
        return self.latest(intent.fingerprint)

    def _has_room(self, provider: str, now: float, at_once: int | None, per_minute: int | None, emulated: bool) -> bool:
        ((held,),) = self.rows(f"select count(*) from orders where {HOLDING}", _holding(provider, now, emulated))
        # A time to come is of a clock that was ahead: it says nothing of the last minute.
        counted = f"select count(*) from orders where provider = ? and {AT} > ? and {AT} <= ? and {REAL}"
        ((lately,),) = self.rows(counted, (provider, now - 60, now + 60, emulated))
        return (at_once is None or held < at_once) and (per_minute is None or lately < per_minute)

    def sweep(self) -> None:
        """Forgets what a dead run wrote down and surely did not send."""
        self.rows("delete from orders where fate = 'planned'")

    def sending(
        self,
        order: Order,
        now: float,
        account: str | None = None,
        before: float | None = None,
        local: bool = True,
    ) -> None:
        """Right before its bytes may leave, with what tells later whether they arrived: the account, and the host's own
        clock at its last answer. A later sending of the same order refreshes all of it. `local` is as in `plan`."""
        # A host knows nothing of the jobs of its emulator.
        known = f"select number from orders where provider = ? and number is not null and {REAL} order by id desc"
        witness = next((row["number"] for row in self.rows(f"{known} limit 1", (order.provider, local))), None)
        trace = {"account": account, "host_before": before, "host_after": None, "witness": witness, "answered": None}
        self._settle(order, "sending", sent_at=now, **trace)

    def note_answer(self, order: Order, date: float | None, status: int | None = None) -> Order:
        """The host has answered since an order was sent, by its own clock at `date`; where that was an answer to the
        order that could not be read, with its HTTP status. The first time counts."""
        changes = "host_after = coalesce(host_after, ?), answered = coalesce(answered, ?)"
        self.rows(f"update orders set {changes} where id = ?", (date, status, order.id))
        return self.read_order(order)

    def mark_finished(self, order: Order, now: float, usd: float | None = None, message: str | None = None) -> None:
        """The host calls the job done: it is paid, and holds no place. `message` says what is wrong with its film."""
        changes = "done_at = coalesce(done_at, ?), usd_paid = coalesce(?, usd_paid), words = ?"
        self.rows(f"update orders set {changes} where id = ?", (now, usd, message, order.id))

    def mark_emulated(self, order: Order) -> None:
        """An emulator answered, in the place of the host: nothing is paid."""
        self.rows("update orders set emulated = 1 where id = ?", (order.id,))

    def waiting(self, order: Order) -> None:
        """The host surely did not take it, and it may be sent as it is later."""
        self._settle(order, "planned")

    def mark_sent(self, order: Order, job_id: str) -> None:
        """The host has accepted it, as this job."""
        self._settle(order, "sent", number=job_id)
        name = order.provider + AT_EMULATOR * self.read_order(order).emulated
        self.rows("delete from shut where provider = ?", (name,))

    def mark_shut(self, provider: str, reason: str, now: float, emulated: bool = False) -> None:
        """A host, or its emulator, takes no order of this account: its key is not taken, or there is no money."""
        self.rows("insert or replace into shut values (?, ?, ?)", (provider + AT_EMULATOR * emulated, reason, now))

    def find_shut(self, is_local: Callable[[str], bool] = lambda host: False) -> frozenset[str]:
        """Hosts whose last answer to an order was that they take none of this account; of those that are reached on
        this machine, also the answer of their emulators."""
        there = self.rows("select 1 from sqlite_master where name = 'shut'")
        names = {row["provider"] for row in self.rows("select provider from shut")} if there else set()
        emulated = {name.removesuffix(AT_EMULATOR) for name in names if name.endswith(AT_EMULATOR)}
        return frozenset(name for name in names if not name.endswith(AT_EMULATOR)) | set(filter(is_local, emulated))

    def mark_ended(
        self, order: Order, status: Status, now: float, message: str | None = None, usd: float | None = None
    ) -> None:
        """Records how an order ended. Unresolved ones keep their bytes, to be looked for again; a known cost stays."""
        gone = {} if status == "unresolved" else {"body": b"", "headers": "{}"}
        self._settle(order, status, settled_at=now, words=message, **gone, **({} if usd is None else {"usd_paid": usd}))

    def mark_dropped(self, order: Order) -> None:
        """It was surely not sent, and will not be by this run."""
        self.rows("delete from orders where id = ? and fate = 'planned'", (order.id,))

    def numbers(self, provider: str) -> set[str]:
        """Numbers of a host's jobs that belong to an order already."""
        rows = self.rows("select number from orders where provider = ? and number is not null", (provider,))
        return {row["number"] for row in rows}

    def sum_counted(self, since: float = 0.0, after: int = 0, emulated: bool = True) -> float:
        """US dollars that count against budgets, of orders since a time and behind a row, where a price is known;
        without what is `emulated`, those that real hosts took."""
        asked = f"select coalesce(sum({USD}), 0) from orders where {COUNTED} and {AT} >= ? and id > ? and {REAL}"
        (row,) = self.rows(asked, (since, after, emulated))
        return float(row[0])

    def list_counted(self, since: float) -> list[tuple[int, float, float | None]]:
        """Row, time and US dollars of each order since a time that counts against real budgets."""
        asked = f"select id, {AT}, {USD} from orders where {COUNTED} and {AT} >= ? and not {EMULATED}"
        return [(row[0], row[1], row[2]) for row in self.rows(asked, (since,))]

    def count_failures(self, fingerprint: str, emulated: bool = True) -> int:
        """How many orders for a slate were accepted by their host, or by its emulator too, and failed there."""
        asked = "select count(*) from orders where fingerprint = ? and fate = 'failed' and number is not null"
        (row,) = self.rows(f"{asked} and {REAL}", (fingerprint, emulated))
        return int(row[0])

    def last_row(self) -> int:
        """The row of the last order; 0 where there is none."""
        (row,) = self.rows("select coalesce(max(id), 0) from orders")
        return int(row[0])

    def begin_run(self, film: str, place: str, version: str, reused: int, usd: float | None, now: float) -> int:
        """A run begins to render a film; returns its row."""
        return self._insert(
            "runs",
            film=film,
            place=place,
            version=version,
            begun_at=now,
            outcome="running",
            reused=reused,
            usd_planned=usd,
        )

    def end_run(self, run: int, outcome: Outcome, rendered: int, now: float) -> None:
        """A run is over."""
        values = (outcome, rendered, now, run)
        self.rows("update runs set outcome = ?, rendered = ?, ended_at = ? where id = ?", values)

    def find_upload(self, keeper: str, sha256: str, now: float) -> str | None:
        """Where a picture lies with its keeper, while it is kept there. Rows of release 0.1 name the host alone as the
        keeper, and are not found any more: nothing says by which account, at which address, they came there."""
        found = self.rows(
            "select address from uploads where provider = ? and sha256 = ? and (until is null or until > ?)",
            (keeper, sha256, now),
        )
        return found[0]["address"] if found else None

    def place(self, keeper: str, sha256: str, placed: Placed, now: float) -> None:
        """Remembers where a picture lies, from `now` (seconds of the epoch) for as long as its keeper said."""
        until = None if placed.seconds is None else now + placed.seconds
        self.rows("insert or replace into uploads values (?, ?, ?, ?)", (keeper, sha256, placed.address, until))

    def forget_upload(self, keeper: str, sha256: str) -> None:
        """A picture may no longer lie where it was brought."""
        self.rows("delete from uploads where provider = ? and sha256 = ?", (keeper, sha256))

    def _insert(self, table: str, **values: Any) -> int:
        names, marks = ", ".join(values), ", ".join("?" * len(values))
        self.rows(f"insert into {table} ({names}) values ({marks})", tuple(values.values()))
        ((row,),) = self.rows("select last_insert_rowid()")
        return int(row)

    def _settle(self, order: Order, status: Status, **values: Any) -> None:
        names = ", ".join(f"{name} = ?" for name in ("fate", *values))
        self.rows(f"update orders set {names} where id = ?", (status, *values.values(), order.id))

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self.rows("begin immediate")
        try:
            yield
        except BaseException:
            if self._base.in_transaction:  # a full disk has ended it already
                self.rows("rollback")
            raise
        self.rows("commit")

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as fault:
            raise LedgerError(
                f"the ledger `{self._path}` cannot be used: {fault}",
                "see to the file and its disk; without it, a clip that is under way would be paid twice",
            ) from fault


def _holding(provider: str, now: float, emulated: bool) -> tuple[str, float, float, bool]:
    """The values of `HOLDING`."""
    return provider, now - FORGOTTEN, now + FORGOTTEN, emulated
