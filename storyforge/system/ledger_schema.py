"""The tables of the ledger, and how a ledger of an older release becomes one of today."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from storyforge.system.records import parse_json

VERSION = 4
"""Of the tables, kept in the file's `user_version`; release 0.1 wrote 0, 1 knew no `TRACE`, and 2 no `emulated`, 3 no
`prompt`."""

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
  run integer,
  take integer,
  slate text,
  account text,
  host_before real,
  host_after real,
  witness text,
  answered integer,
  done_at real,
  emulated integer,
  prompt text,
  release text,
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

RUNS = """
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
"""`place` is where the storyboard lay, from the folder that holds the store. `rendered` counts the takes that the run
brought home, and is null until it ends; `reused` counts clips whose takes were there. `usd_planned` is null where a
price was unknown."""

SHUT = """
create table if not exists shut (provider text primary key, reason text not null, since real not null);
"""
"""Hosts whose last answer to an order was that the key is not taken, or that there is no money; an emulator's name ends
with `AT_EMULATOR`. A ledger of an older release has no such table until something is ordered."""

AT_EMULATOR = "@emulator"

TRACE = {"account": "text", "host_before": "real", "host_after": "real", "witness": "text", "answered": "integer"}
"""What is remembered of the sending of an order (`model.messages.Trace`)."""

ADDED = {
    "run": "integer",
    "take": "integer",
    "slate": "text",
    **TRACE,
    "done_at": "real",
    "emulated": "integer",
    "prompt": "text",
    "release": "text",
}
"""Columns of `orders` that came later, with their types: null in the rows of older releases. `emulated` is 1 where the
host was an emulator, and null where it was none or did not say. `prompt` and `release` are the words that were sent,
and the release that wrote them: the slate does not hold them."""


def read_version(base: sqlite3.Connection) -> int:
    """The version of a ledger's tables, 0 where there are none; sqlite3.Error if it cannot be read."""
    return int(base.execute("pragma user_version").fetchone()[0])


def upgrade_tables(base: sqlite3.Connection) -> None:
    """Makes the tables and columns that are not there yet, all at once or not at all; sqlite3.Error if it cannot."""
    base.executescript(f"begin immediate; {SCHEMA} {RUNS} {SHUT}")
    for name in _missing(base):
        base.execute(f"alter table orders add column {name} {ADDED[name]}")
    if read_version(base) < VERSION:
        base.execute(f"pragma user_version = {VERSION}")
    base.execute("commit")


def show_tables(base: sqlite3.Connection) -> None:
    """Lets the tables of an older ledger look as they are today, for this connection alone; nothing is written.

    sqlite3.Error where the file cannot be read.
    """
    missing = _missing(base)
    if not base.execute("pragma table_info(orders)").fetchall():  # a run died before it had made them
        base.executescript((SCHEMA + RUNS).replace("create table", "create temp table"))
    elif missing:
        nulls = ", ".join(f"null as {name}" for name in missing)
        base.execute(f"create temp view orders as select *, {nulls} from main.orders")
        if "run" in missing:  # written before runs were kept
            base.executescript(RUNS.replace("create table", "create temp table"))


TEXT, OTHER_TEXT = "text", "text or null"
WHOLE, OTHER_WHOLE = "integer", "integer or null"
NUMBER, OTHER_NUMBER = "integer or real", "integer or real or null"
KINDS = {
    "id": WHOLE, "fingerprint": TEXT, "attempt": WHOLE, "provider": TEXT, "model": TEXT, "clip": TEXT, "film": TEXT,
    "fate": TEXT, "method": TEXT, "url": TEXT, "headers": TEXT, "body": "blob or text", "number": OTHER_TEXT,
    "words": OTHER_TEXT, "seconds": NUMBER, "usd_planned": OTHER_NUMBER, "usd_paid": OTHER_NUMBER,
    "planned_at": NUMBER, "sent_at": OTHER_NUMBER, "settled_at": OTHER_NUMBER, "run": OTHER_WHOLE, "take": OTHER_WHOLE,
    "slate": OTHER_TEXT, "account": OTHER_TEXT, "host_before": OTHER_NUMBER, "host_after": OTHER_NUMBER,
    "witness": OTHER_TEXT, "answered": OTHER_WHOLE, "done_at": OTHER_NUMBER, "emulated": OTHER_WHOLE,
    "prompt": OTHER_TEXT, "release": OTHER_TEXT,
}  # fmt: skip
"""What the columns of `orders` may hold."""
RUN_KINDS = {
    "id": WHOLE, "film": TEXT, "place": TEXT, "version": TEXT, "begun_at": NUMBER, "ended_at": OTHER_NUMBER,
    "outcome": TEXT, "rendered": OTHER_WHOLE, "reused": WHOLE, "usd_planned": OTHER_NUMBER,
}  # fmt: skip
"""What the columns of `runs` may hold."""

FATES = ("planned", "sending", "sent", "done", "failed", "refused", "unresolved", "absent", "given-up")

EMPTIED = "put back a copy of it; delete it only if nothing was ever ordered from here"
HURT = "put back a copy of it, or correct that row with `sqlite3`; nothing was sent"
"""What to do about a ledger that is emptied, and about one with a row that is hurt."""

LATEST = 253_402_300_800.0
"""Seconds of the epoch, the year 10000: times are before it."""


def is_emptied(path: Path) -> bool:
    """Whether the file of a ledger holds nothing: one that was made has a head from its first moment on."""
    return path.is_file() and not path.stat().st_size and not path.with_name(f"{path.name}-wal").is_file()


def find_hurt(base: sqlite3.Connection) -> str | None:
    """The first row that holds what no row holds, in a few words: another kind of value, a status that there is not, or
    text that is no JSON. None where there is none. sqlite3.Error where the file cannot be read."""
    base.create_function("is_text", 1, _is_text, deterministic=True)
    rules = [(name, _is_of_kind(name, kind)) for name, kind in KINDS.items()]
    rules += [("fate", f"fate in {FATES}"), ("headers", _is_json("headers"))]
    rules += [("body", f"length(body) = 0 or {_is_json('cast(body as text)')}")]
    rules += [("slate", f"slate is null or {_is_json('slate')}")]
    rules += [(name, f"coalesce({name}, 0) between 0 and {LATEST}") for name in ("planned_at", "sent_at", "done_at")]
    runs = [(name, _is_of_kind(name, kind)) for name, kind in RUN_KINDS.items()]
    runs += [(name, f"coalesce({name}, 0) between 0 and {LATEST}") for name in ("begun_at", "ended_at")]
    for table, asked in (("orders", rules), ("runs", runs)):
        whole = " and ".join(f"({rule})" for _, rule in asked)
        for row in base.execute(f"select rowid as row, * from {table} where not coalesce({whole}, 0) limit 1"):
            which = (row["row"],) if table == "runs" else (row["id"],)
            key = "rowid" if table == "runs" else "id"
            for name, rule in asked:
                sought = f"select 1 from {table} where {key} is ? and not coalesce({rule}, 0)"
                if base.execute(sought, which).fetchone():
                    return f"row {row['row']} of `{table}` holds in `{name}` what cannot be there"
            return f"row {row['row']} of `{table}` is hurt"
    return None


def _is_of_kind(name: str, kind: str) -> str:
    kinds = ", ".join(f"'{one}'" for one in kind.split(" or "))
    return f"typeof({name}) in ({kinds})"


def _is_json(value: str) -> str:
    # Half of a character is no text, and we write none. Only an escape can hold one, so few texts are read for it: SQL
    # looks at both sides of an `or`, and at no more of a `case` than it needs.
    escaped = f"instr({value}, '\\ud') or instr({value}, '\\uD')"
    return f"(json_valid({value}) and case when {escaped} then is_text({value}) else 1 end)"


def _is_text(document: str) -> bool:
    try:
        parse_json(document)
    except ValueError:
        return False
    return True


def _missing(base: sqlite3.Connection) -> list[str]:
    """Columns of `orders` that a ledger does not have."""
    columns = {row["name"] for row in base.execute("pragma table_info(orders)")}
    return [name for name in ADDED if name not in columns]
