"""Compares requests as the recording server describes them, place by place, and lists what may differ, with reasons."""

from __future__ import annotations

import re
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
    """Every difference between two requests; `ignored` are headers that are not compared, besides the agent's."""
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
    """A difference that is allowed: at which host, in which calls (none: in all), at which place, and why."""

    host: str
    calls: tuple[str, ...]
    place: str
    ours: str
    """What our value may be: a pattern for the whole of it."""
    reason: str

    def covers(self, host: str, call: str, difference: Difference) -> bool:
        at_place = (host, self.place) == (self.host, difference.place) and call in (self.calls or (call,))
        return at_place and re.fullmatch(self.ours, str(difference.ours)) is not None


ANY_TYPE = r"\*/\*"
HAS_JSON = "`*/*` includes JSON (RFC 9110, 12.5.1)"
HASHED = r"[0-9a-f]{64}\.png"
BY_CONTENT = "a picture is named by the hash of its content: file names of the author are not sent"
FETCH = "added by node's `fetch`, which the command line uses; the client in Python does not send it"
NO_BODY = "a poll has no body, so it has no type"
LARGE = "we use this call for pictures from 6 MB; the client is given a small one"
KEY = "the caller chooses the key; ours is the fingerprint of the clip"

ALLOWED = (
    Allowed("scenario", (), "header.accept", ANY_TYPE, HAS_JSON),
    Allowed("hiapi", (), "header.accept", ANY_TYPE, HAS_JSON),
    Allowed("wavespeed", ("poll",), "header.content-type", ABSENT, NO_BODY),
    Allowed("wavespeed", ("upload",), "body.json.filename", HASHED, BY_CONTENT),
    Allowed("scenario", ("upload",), "body.json.name", HASHED, BY_CONTENT),
    Allowed("scenario", ("large",), "body.json.fileSize", r"[0-9]{7}", LARGE),
    Allowed("hiapi", ("order",), "header.idempotency-key", r"storyforge-[0-9a-f]{64}", KEY),
    Allowed("wavespeed", ("list", "price"), "header.accept-language", ABSENT, FETCH),
    Allowed("wavespeed", ("list", "price"), "header.sec-fetch-mode", ABSENT, FETCH),
)


def find_allowed(host: str, call: str, difference: Difference) -> Allowed | None:
    """The line of the table that allows a difference; None if there is none."""
    return next((line for line in ALLOWED if line.covers(host, call, difference)), None)
