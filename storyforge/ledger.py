"""What was ordered, from whom, and its fate: SQLite, written before and after each step that costs.

One row an order:

    planned ──► sending ──► sent ──► done
                   │          ├────► failed       the host could not do it: may be ordered anew
                   │          └────► refused      the host will not: not sent again until the clip changes
                   ├──► refused
                   └──► unresolved                nobody knows whether it was accepted: a person decides

`planned` is committed before anything is sent, with the exact bytes and key of the order; `sending` right before the
first byte may leave. So a row that a dead process left in `planned` was surely not sent and is swept by the next run,
and one left in `sending` may have been. These rows are synced to the disk in full; that is the whole promise: never
twice, and unknown is shown, not repeated. The bytes of an order hold addresses that are nobody else's business, so they
go when its fate is known.

Uploads have rows of their own, so that a picture is brought to a host once for each content while the host keeps it.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from storyforge.conversation import Placed, Request

Fate = Literal["planned", "sending", "sent", "done", "failed", "refused", "unresolved"]

UNDER_WAY: tuple[Fate, ...] = ("planned", "sending", "sent")
"""Fates that hold one of the places that a host gives at a time."""

FORGOTTEN = 3600.0
"""Seconds after which an order that nobody collected holds no place any more: the host is long done with it."""

SCHEMA = """
create table if not exists orders (
  id integer primary key,
  fingerprint text not null,
  attempt integer not null,
  provider text not null,
  model text not null,
  clip text not null,
  film text not null,
  fate text not null,
  method text not null,
  url text not null,
  headers text not null,
  body blob not null,
  number text,
  words text,
  seconds integer not null,
  usd_planned real,
  usd_paid real,
  planned_at real not null,
  sent_at real,
  settled_at real,
  unique (fingerprint, attempt)
);
create index if not exists orders_fate on orders (provider, fate);
create index if not exists orders_sent on orders (provider, sent_at);
create table if not exists uploads (
  provider text not null,
  sha256 text not null,
  address text not null,
  until real,
  primary key (provider, sha256)
);
"""


@dataclass(frozen=True, slots=True)
class Order:
    """One row: an attempt to have a clip rendered by a host."""

    id: int
    fingerprint: str
    attempt: int
    provider: str
    clip: str
    film: str
    fate: Fate
    request: Request
    """With the exact bytes that are sent, each time it is sent."""
    number: str | None
    """The host's name for the job."""
    words: str | None
    """The host's own, of a refusal or a failure."""
    usd_planned: float | None
    usd_paid: float | None
    planned_at: float
    sent_at: float | None
    """When it was last sent; seconds of the epoch."""


@dataclass(frozen=True, slots=True)
class Intent:
    """An order that is about to be written down."""

    fingerprint: str
    provider: str
    model: str
    clip: str
    film: str
    request: Request
    seconds: int
    usd: float | None


class Ledger:
    """The ledger of a store; one process writes at a time, which the store's lock sees to."""

    def __init__(self, path: Path, readonly: bool = False) -> None:
        if readonly:
            self._base = sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._base = sqlite3.connect(path, isolation_level=None)
            self._base.execute("pragma journal_mode = wal")
            self._base.execute("pragma synchronous = full")
            self._base.execute("pragma secure_delete = on")  # bytes that go are gone
            self._base.executescript(SCHEMA)
        self._base.row_factory = sqlite3.Row
        self._base.execute("pragma busy_timeout = 5000")

    def close(self) -> None:
        self._base.close()

    def latest(self, fingerprint: str) -> Order | None:
        """The last attempt at a slate."""
        row = self._base.execute(
            "select * from orders where fingerprint = ? order by attempt desc limit 1", (fingerprint,)
        ).fetchone()
        return _order(row) if row else None

    def of_clip(self, film: str, clip: str) -> Order | None:
        """The last order for a clip of a film, whatever it was rendered from."""
        row = self._base.execute(
            "select * from orders where film = ? and clip = ? order by id desc limit 1", (film, clip)
        ).fetchone()
        return _order(row) if row else None

    def attempts(self, fingerprint: str) -> int:
        """How often a slate was ordered."""
        row = self._base.execute("select coalesce(max(attempt), 0) from orders where fingerprint = ?", (fingerprint,))
        return int(row.fetchone()[0])

    def sent_at(self, order: Order) -> float:
        """When an order was last sent."""
        row = self._base.execute(
            "select coalesce(sent_at, planned_at) from orders where id = ?", (order.id,)
        ).fetchone()
        return float(row[0])

    def orders(self, *fates: Fate) -> list[Order]:
        """Orders of these fates, the oldest first; without any, all."""
        wanted = fates or ("planned", "sending", "sent", "done", "failed", "refused", "unresolved")
        marks = ", ".join("?" * len(wanted))
        rows = self._base.execute(f"select * from orders where fate in ({marks}) order by id", wanted)
        return [_order(row) for row in rows]

    def plan(
        self, intent: Intent, now: float, at_once: int | None = None, per_minute: int | None = None
    ) -> Order | None:
        """Writes an order down, before it is sent; None where the host's limits have no room for it yet.

        Room is counted on rows, so orders of a killed run still take theirs.
        """
        with self._transaction():
            if not self._has_room(intent.provider, now, at_once, per_minute):
                return None
            attempt = self.attempts(intent.fingerprint) + 1
            request = intent.request
            self._base.execute(
                "insert into orders (fingerprint, attempt, provider, model, clip, film, fate, method, url, headers,"
                " body, seconds, usd_planned, planned_at) values (?, ?, ?, ?, ?, ?, 'planned', ?, ?, ?, ?, ?, ?, ?)",
                (
                    intent.fingerprint,
                    attempt,
                    intent.provider,
                    intent.model,
                    intent.clip,
                    intent.film,
                    request.method,
                    request.url,
                    json.dumps(dict(request.headers)),
                    request.content or b"",
                    intent.seconds,
                    intent.usd,
                    now,
                ),
            )
        return self.latest(intent.fingerprint)

    def _has_room(self, provider: str, now: float, at_once: int | None, per_minute: int | None) -> bool:
        marks = ", ".join("?" * len(UNDER_WAY))
        held = self._base.execute(
            f"select count(*) from orders where provider = ? and fate in ({marks})"
            " and coalesce(sent_at, planned_at) > ?",
            (provider, *UNDER_WAY, now - FORGOTTEN),
        ).fetchone()[0]
        lately = self._base.execute(
            "select count(*) from orders where provider = ? and coalesce(sent_at, planned_at) > ?", (provider, now - 60)
        ).fetchone()[0]
        return (at_once is None or held < at_once) and (per_minute is None or lately < per_minute)

    def sweep(self) -> None:
        """Forgets what a dead run wrote down and surely did not send."""
        self._base.execute("delete from orders where fate = 'planned'")

    def sending(self, order: Order, now: float) -> None:
        """Right before its bytes may leave; a later sending of the same order refreshes its time."""
        self._settle(order, "sending", sent_at=now)

    def waiting(self, order: Order) -> None:
        """The host surely did not take it, and it may be sent as it is later."""
        self._settle(order, "planned")

    def sent(self, order: Order, number: str) -> None:
        """The host has taken it, under this number."""
        self._settle(order, "sent", number=number)

    def ended(self, order: Order, fate: Fate, now: float, words: str | None = None, usd: float | None = None) -> None:
        """How it came out: done, failed, refused or unresolved."""
        self._settle(order, fate, settled_at=now, words=words, usd_paid=usd, body=b"", headers="{}")

    def dropped(self, order: Order) -> None:
        """It was surely not sent, and will not be by this run."""
        self._base.execute("delete from orders where id = ? and fate = 'planned'", (order.id,))

    def numbers(self, provider: str) -> set[str]:
        """Numbers of a host's jobs that belong to an order already."""
        rows = self._base.execute("select number from orders where provider = ? and number is not null", (provider,))
        return {row["number"] for row in rows}

    def spent(self, since: float) -> float:
        """US dollars of orders sent since a time: what was paid where the host told, else what was planned; what was
        refused, or failed without a bill, is not in it."""
        row = self._base.execute(
            "select coalesce(sum(coalesce(usd_paid, usd_planned)), 0) from orders"
            " where sent_at >= ? and (fate in ('sending', 'sent', 'done', 'unresolved') or usd_paid is not null)",
            (since,),
        ).fetchone()
        return float(row[0])

    def placed(self, provider: str, sha256: str, now: float) -> str | None:
        """Where a picture lies with a host, while it is kept there."""
        row = self._base.execute(
            "select address from uploads where provider = ? and sha256 = ? and (until is null or until > ?)",
            (provider, sha256, now),
        ).fetchone()
        return row["address"] if row else None

    def place(self, provider: str, sha256: str, placed: Placed, now: float) -> None:
        until = None if placed.seconds is None else now + placed.seconds
        self._base.execute(
            "insert or replace into uploads values (?, ?, ?, ?)", (provider, sha256, placed.address, until)
        )

    def _settle(self, order: Order, fate: Fate, **values: Any) -> None:
        names = ", ".join(f"{name} = ?" for name in ("fate", *values))
        self._base.execute(f"update orders set {names} where id = ?", (fate, *values.values(), order.id))

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._base.execute("begin immediate")
        try:
            yield
        except BaseException:
            self._base.execute("rollback")
            raise
        self._base.execute("commit")


def _order(row: sqlite3.Row) -> Order:
    request = Request(row["method"], row["url"], _body(row["body"]), json.loads(row["headers"]), row["body"])
    return Order(
        row["id"],
        row["fingerprint"],
        row["attempt"],
        row["provider"],
        row["clip"],
        row["film"],
        row["fate"],
        request,
        row["number"],
        row["words"],
        row["usd_planned"],
        row["usd_paid"],
        row["planned_at"],
        row["sent_at"],
    )


def _body(content: bytes) -> Any:
    return json.loads(content) if content else None
