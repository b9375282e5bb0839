"""Ledgers as release 0.1 wrote them, statement by statement."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

TABLES = """
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
  run integer,
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
create table if not exists runs (
  id integer primary key,
  film text not null,
  place text not null,
  version text not null,
  begun_at real not null,
  ended_at real,
  outcome text not null,
  rendered integer,
  reused integer not null,
  usd_planned real
);
"""

ORDER = """
insert into orders (
  fingerprint, attempt, provider, model, clip, film, fate, method, url, headers, body, number, seconds, usd_planned,
  planned_at, sent_at, run
) values (?, 1, ?, 'model', ?, ?, ?, 'POST', 'https://host.example/order', '{}', ?, ?, 3, 0.42, 100, 101, 1)
"""


def write_old_ledger(path: Path, film: str, place: str, *orders: tuple[str, str, str, str, str | None]) -> None:
    """A ledger with one run of a film and its orders: the fingerprint, the provider, the clip, the status and the host's
    name for the job of each. A film has one name for orders, and a place by which people know it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as base:
        base.execute("pragma journal_mode = wal")
        base.executescript(TABLES)
        run = "insert into runs values (1, ?, ?, '0.1', 99, 300, 'failed', 0, 0, 0.84)"
        base.execute(run, (film, place))
        body = json.dumps({"prompt": "é"}).encode()
        for fingerprint, provider, clip, fate, number in orders:
            base.execute(ORDER, (fingerprint, provider, clip, film, fate, body, number))
        base.commit()
