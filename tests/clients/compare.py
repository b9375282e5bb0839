"""Compares requests as the recording server describes them, place by place, and lists what may differ, with reasons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

AGENT = ("host", "user-agent", "accept-encoding", "connection", "traceparent", "tracestate")
TRACING = ("x-stainless-", "x-client-")
"""Headers that name the machine, the client or the connection, and beginnings of names of such."""

ABSENT = "absent"


@dataclass(frozen=True)
class Difference:
    """A place in a request where ours has one value and theirs another; `ABSENT` where it has none."""

    place: str
    ours: Any
    theirs: Any


def find_differences(
    ours: Mapping[str, Any], theirs: Mapping[str, Any], ignored: tuple[str, ...] = ()
) -> list[Difference]:
    """Every difference between two requests; `ignored` are headers that are not compared, beside the agent's."""
    found = [Difference(part, ours[part], theirs[part]) for part in ("method", "path") if ours[part] != theirs[part]]
    found += _walk("query", ours["query"], theirs["query"])
    headers = (
        {name: one for name, one in side["headers"].items() if _counts(name, ignored)} for side in (ours, theirs)
    )
    found += _walk("header", *headers)
    found += _walk("body", ours["body"], theirs["body"])
    return found


def _counts(name: str, ignored: tuple[str, ...]) -> bool:
    return name not in (*AGENT, *ignored) and not name.startswith(TRACING)


def _walk(place: str, ours: Any, theirs: Any) -> Iterator[Difference]:
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for name in dict.fromkeys((*ours, *theirs)):
            yield from _walk(f"{place}.{name}", ours.get(name, ABSENT), theirs.get(name, ABSENT))
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for number, pair in enumerate(zip(ours, theirs, strict=True)):
            yield from _walk(f"{place}.{number}", *pair)
    elif type(ours) is not type(theirs) or ours != theirs:  # 8, 8.0 and "8" are three things, and so are 1 and true
        yield Difference(place, ours, theirs)


@dataclass(frozen=True)
class Allowed:
    """A difference that may be: at which host, in which calls (none: in all of them), at which place, and why."""

    host: str
    calls: tuple[str, ...]
    place: str
    reason: str

    def covers(self, host: str, call: str, difference: Difference) -> bool:
        return (host, self.place) == (self.host, difference.place) and call in (self.calls or (call,))


ANY_TYPE = "`*/*` includes JSON (RFC 9110, 12.5.1)"
BY_CONTENT = "a picture is named by the hash of its content: file names of the author are not sent"
FETCH = "added by node's `fetch`, which the command line uses; the client in Python does not send it"

ALLOWED = (
    Allowed("scenario", (), "header.accept", ANY_TYPE),
    Allowed("hiapi", (), "header.accept", ANY_TYPE),
    Allowed("wavespeed", ("poll",), "header.content-type", "a poll has no body, so it has no type"),
    Allowed("wavespeed", ("upload",), "body.json.filename", BY_CONTENT),
    Allowed("scenario", ("upload",), "body.json.name", BY_CONTENT),
    Allowed("scenario", ("large",), "body.json.fileSize", "we use this call for pictures from 6 MB; the client is given a small one"),
    Allowed("hiapi", ("order",), "header.idempotency-key", "the caller chooses the key; ours is the fingerprint of the clip"),
    Allowed("wavespeed", ("list", "price"), "header.accept-language", FETCH),
    Allowed("wavespeed", ("list", "price"), "header.sec-fetch-mode", FETCH),
    Allowed(
        "wavespeed", ("list",), "body.json.created_before",
        "it would come from our clock: if that is behind, the job that is looked for would be cut off",
    ),
)  # fmt: skip


def find_allowed(host: str, call: str, difference: Difference) -> Allowed | None:
    """The line of the table that allows a difference; None if there is none."""
    return next((line for line in ALLOWED if line.covers(host, call, difference)), None)
