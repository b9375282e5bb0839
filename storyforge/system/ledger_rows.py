"""The rows of the ledger: orders and their statuses, and which of them count as what."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from storyforge.model.messages import Request, Trace
from storyforge.system.ledger_schema import TRACE

Status = Literal["planned", "sending", "sent", "done", "failed", "refused", "unresolved", "absent", "given-up"]
Outcome = Literal["running", "done", "failed", "interrupted"]
"""Of a run."""

UNDER_WAY: tuple[Status, ...] = ("planned", "sending", "sent")
"""Statuses of orders that hold one of the places that a host gives at a time, until the job is done."""

FORGOTTEN = 3600.0
"""Seconds after which an order that nobody collected holds no place any more: the host is long done with it."""

EMULATED = "coalesce(emulated, 0) = 1"
"""Which orders went to an emulator: where nobody said so, an order is real."""
REAL = f"(? or not {EMULATED})"
"""Which orders count, given whether those of emulators do too."""

HOLDING = (
    f"provider = ? and fate in {UNDER_WAY} and done_at is null"
    f" and coalesce(sent_at, planned_at) between ? and ? and {REAL}"
)
"""Which orders hold a place, of a host and between two times: one that is far ahead of now is of a wrong clock."""

OPEN_STATUSES: tuple[Status, ...] = ("sending", "sent", "unresolved")
"""Statuses of orders that a host may have accepted and that did not end yet."""

OPEN = f"fate in {OPEN_STATUSES}"
SPENT = f"({OPEN} or fate = 'done' or usd_paid is not null or done_at is not null)"
MAYBE = f"(fate in ('failed', 'refused', 'given-up') and number is not null and not {SPENT})"
"""Orders that failed after they were accepted, or that a person gave up, where the host did not say that nothing was
billed."""
COUNTED = f"({SPENT} or {MAYBE} or fate = 'planned')"
"""What counts against a budget: what is spent, what may be billed, and what is about to be sent."""
AT = "coalesce(sent_at, planned_at)"
USD = "coalesce(usd_paid, usd_planned)"
"""Which orders are spend, and how much: what was paid if it is known, else what was planned. What was refused, or
failed without a bill, is no spend; what is open is, until its end is known."""


UNTRACED = Trace()
"""Of orders that were not sent yet, or by an older release."""


@dataclass(frozen=True, slots=True)
class Order:
    """One row: an attempt to have a clip rendered by a host."""

    id: int
    fingerprint: str
    attempt: int
    provider: str
    clip: str
    film: str
    status: Status
    request: Request
    """With the exact bytes that are sent, each time it is sent."""
    job_id: str | None
    """The host's name for the job."""
    message: str | None
    """The host's own, of a refusal or a failure."""
    usd_planned: float | None
    usd_paid: float | None
    planned_at: float
    sent_at: float | None
    """When it was last sent; seconds of the epoch."""
    take: int | None = None
    """The number of the take; None in rows of release 0.1, which did not keep it."""
    slate: Mapping[str, Any] | None = None
    """What the take is rendered from; None in rows of release 0.1."""
    trace: Trace = UNTRACED
    """What is known of its last sending."""
    done_at: float | None = None
    """When the host called the job done; None before."""
    emulated: bool = False
    """Whether an emulator took it, in the place of its host."""
    prompt: str | None = None
    """The prompt as it was sent; None in rows of release 0.1, whose slates hold it."""
    release: str | None = None
    """The release that worded it; None in rows of release 0.1."""


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
    take: int
    slate: Mapping[str, Any]
    """The slate that the fingerprint is of, with the take's number in it."""
    run: int | None = None
    """The run that orders it, by its row."""
    prompt: str | None = None
    """The prompt as it is sent."""
    release: str | None = None
    """The release that worded it; None where the slate is of the first form, which holds the prompt."""


def read_row(row: sqlite3.Row) -> Order:
    """An order from its row."""
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
        row["take"],
        None if row["slate"] is None else json.loads(row["slate"]),
        Trace(*(row[name] for name in TRACE)),
        row["done_at"],
        bool(row["emulated"]),
        row["prompt"],
        row["release"],
    )


def _body(content: bytes) -> Any:
    return json.loads(content) if content else None
