"""What the emulator remembers: orders, jobs, uploads and endpoints, in SQLite so that it can outlive a restart.

One table: `kind, id, host, account, time, body` with the body as JSON. `kind` is `job`, `order`, `upload`, `ticket`,
`key` (an idempotency key), `endpoint` or `secret`. Ids are unique within a kind and a host. Bytes of uploads are files.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import sqlite3
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from storyforge.system.files import make_folder, write_atomically


@dataclass(slots=True)
class Film:
    """What is to be rendered; equal films are rendered once."""

    width: int
    height: int
    seconds: int
    prompt: str
    first_frame: str | None = None
    pictures: list[str] = field(default_factory=list)
    """Sha256 of the pictures that were received as bytes."""
    form: str = "mp4"
    number: int = 0
    """Which of several results of one order."""
    soft: bool = False
    """Whether its end is blurred."""

    @property
    def key(self) -> str:
        """Names the film by all that it is rendered from: the same order has the same film."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:32]


@dataclass(slots=True)
class Job:
    """An accepted order and what becomes of it."""

    id: str
    host: str
    account: str
    model: str
    body: dict[str, Any]
    """As it was sent."""
    film: dict[str, Any]
    """Fields of a `Film`."""
    created: float
    delay: float
    seed: int | None = None
    count: int = 1
    webhook: str | None = None
    marks: list[str] = field(default_factory=list)
    """Faults that it carries."""
    ended: float | None = None
    extra: dict[str, Any] = field(default_factory=dict)
    """What one host alone remembers of it."""

    @property
    def failed(self) -> str | None:
        """The fault that makes it fail."""
        fatal = ("failed-job", "failed-with-200", "moderation-later", "transient-failure")
        return next((mark for mark in self.marks if mark in fatal), None)

    def running(self, now: float, *words: str) -> str:
        """Which of a host's words for a running job is due, unless a fault puts another in its place."""
        if "unknown-status" in self.marks:
            return "reticulating"
        if "pending-word" in self.marks:
            return "pending"
        share = (now - self.created) / self.delay if self.delay else 1.0
        return words[min(len(words) - 1, max(0, int(share * len(words))))]


class Store:
    """Everything on disk under one folder; safe to read from other threads than the server's."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        make_folder(folder)
        self._lock = threading.Lock()
        # With no `isolation_level` each statement is a transaction: an accepted order outlives a kill.
        self._base = sqlite3.connect(folder / "emulator.sqlite", check_same_thread=False, isolation_level=None)
        self._base.execute("PRAGMA journal_mode=WAL")
        # In a log of changes (WAL) this is safe against a killed process; only a power cut may cost the last writes.
        self._base.execute("PRAGMA synchronous=NORMAL")
        self._base.execute(
            "CREATE TABLE IF NOT EXISTS records (number INTEGER PRIMARY KEY, kind TEXT, id TEXT, host TEXT,"
            " account TEXT, time REAL, body TEXT, UNIQUE (kind, host, id))"
        )
        # Whatever was in flight when the emulator was killed was never accepted.
        self._base.execute("DELETE FROM records WHERE kind = 'key' AND json_extract(body, '$.job') IS NULL")

    def close(self) -> None:
        """Closes the database."""
        with self._lock:
            self._base.close()

    def put(
        self, kind: str, host: str, name: str, body: Mapping[str, Any], account: str = "", at: float | None = None
    ) -> None:
        """Writes a record; one of the same kind, host and name keeps its account and time (`at`, or now)."""
        with self._lock:
            self._base.execute(
                "INSERT INTO records (kind, id, host, account, time, body) VALUES (?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (kind, host, id) DO UPDATE SET body = excluded.body",
                (kind, name, host, account, time.time() if at is None else at, json.dumps(body)),
            )

    def get(self, kind: str, host: str, name: str, account: str | None = None) -> dict[str, Any] | None:
        """The body of a record; None where there is none, or where it is of another account than `account`."""
        with self._lock:
            row = self._base.execute(
                "SELECT body, account FROM records WHERE kind = ? AND host = ? AND id = ?", (kind, host, name)
            ).fetchone()
        return json.loads(row[0]) if row and account in (None, row[1]) else None

    def delete(self, kind: str, host: str, name: str) -> bool:
        """Deletes a record, of whatever account; says whether there was one."""
        with self._lock:
            done = self._base.execute("DELETE FROM records WHERE kind = ? AND host = ? AND id = ?", (kind, host, name))
            return done.rowcount > 0

    def every(self, kind: str, host: str | None = None, account: str | None = None) -> list[dict[str, Any]]:
        """Bodies of a kind, oldest first."""
        with self._lock:
            rows = self._base.execute(
                "SELECT body FROM records WHERE kind = ? AND (? IS NULL OR host = ?) AND (? IS NULL OR account = ?)"
                " ORDER BY number",
                (kind, host, host, account, account),
            ).fetchall()
        return [json.loads(row[0]) for row in rows]

    def forget(self) -> None:
        """Drop everything but the secret that signs addresses."""
        with self._lock:
            self._base.execute("DELETE FROM records WHERE kind <> 'secret'")

    # jobs

    def save(self, job: Job) -> None:
        """Writes a job as it is now."""
        self.put("job", job.host, job.id, asdict(job), job.account, job.created)

    def job(self, host: str, name: str, account: str | None = None) -> Job | None:
        """A job by its id, of one account or of any; None where there is none."""
        body = self.get("job", host, name, account)
        return Job(**body) if body else None

    def jobs(self, host: str | None = None, account: str | None = None) -> list[Job]:
        """Oldest first."""
        return [Job(**body) for body in self.every("job", host, account)]

    def note_order(self, job: Job, same: str, key: str | None) -> None:
        """Remember that an order was accepted; `same` is what equal orders have in common."""
        number = len(self.every("order"))
        body = {"host": job.host, "time": job.created, "job": job.id, "key": key, "same": same, "body": job.body}
        self.put("order", job.host, f"{number:06}-{job.id}", body, job.account, job.created)

    def orders(self) -> list[dict[str, Any]]:
        """Accepted orders, oldest first; `times` is how many of the same host and body there are by now."""
        found = self.every("order")
        counts: dict[tuple[str, str], int] = {}
        for order in found:
            counts[order["host"], order["same"]] = counts.get((order["host"], order["same"]), 0) + 1
        return [
            {
                **{name: value for name, value in order.items() if name != "same"},
                "times": counts[order["host"], order["same"]],
            }
            for order in found
        ]

    # bytes

    def keep(self, content: bytes) -> str:
        """Store bytes under their sha256."""
        name = hashlib.sha256(content).hexdigest()
        path = self.bytes_path(name)
        if not path.exists():
            write_atomically(path, content)
        return name

    def bytes_path(self, sha256: str) -> Path:
        """Where bytes of a sha256 are kept, whether they are there or not."""
        return self.folder / "bytes" / sha256

    def secret(self, name: str) -> str:
        """A secret of this emulator, drawn when it is first needed."""
        known = self.get("secret", "", name)
        if known is None:
            known = {"value": secrets.token_hex(24)}
            self.put("secret", "", name, known)
        return str(known["value"])


def token(bytes_count: int = 16) -> str:
    """A fresh id."""
    return secrets.token_hex(bytes_count)
