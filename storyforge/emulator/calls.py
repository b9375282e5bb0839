"""The calls of a host, and what each demands of a request before its body is read; each host has one table of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from storyforge.emulator.refusals import Refusal

Body = Literal["none", "json", "form", "bytes"]
"""What is sent: nothing, JSON, a form in parts, or bytes as they are."""
Key = Literal["bearer", "basic", "bearer or task", "none"]
"""Where the key is: in a header; in a header or the first task of the body; nowhere, because the address is signed."""

AUTHORIZATION = {"bearer": re.compile(r"Bearer \S+"), "basic": re.compile(r"Basic [A-Za-z0-9+/]+={0,2}")}
MEDIA_TYPES = {"json": "application/json", "form": "multipart/form-data"}
JSON_RANGES = ("*/*", "application/*", "application/json")
SIGNATURE = ("sig", "expires")
"""Query parameters of addresses that the emulator signs."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a host."""

    method: str
    path: str
    """After the base address; a parameter is written as in starlette's routes."""
    handler: str
    """Name of the method that answers."""
    source: str
    """Where it is known from: the client and version in whose recordings it is (`tests/clients`), or a page."""
    body: Body = "none"
    key: Key = "bearer"
    query: tuple[str, ...] = ()
    """Query parameters that the call takes."""


def check_request(call: Call, headers: Mapping[str, str], query: Iterable[str]) -> None:
    """Raise a Refusal if a request is not as the call demands; names of `headers` are in lower case.

    The values of keys and of query parameters are for the host to check.
    """
    _check_key(call, headers.get("authorization"))
    ranges = [one.partition(";")[0].strip() for one in headers.get("accept", "*/*").split(",")]
    if not set(ranges) & set(JSON_RANGES):
        raise Refusal("accept", "the answer is JSON, which `Accept` does not include")
    _check_body(call, headers)
    # Stricter than a host may be, so that a misspelt parameter is never overlooked.
    known = SIGNATURE if call.key == "none" else call.query
    if unknown := [name for name in query if name not in known]:
        raise Refusal("unknown", f"`{unknown[0]}` is not a query parameter of this call", unknown[0])


def _check_key(call: Call, given: str | None) -> None:
    match call.key:
        case "none":
            if given is not None:
                raise Refusal("invalid", "this address is signed and takes no key")
        # Then the key is in the first task, which is for the host to read.
        case "bearer or task" if given is None:
            pass
        case form:
            if not AUTHORIZATION[form.partition(" ")[0]].fullmatch(given or ""):
                raise Refusal("key", "the API key is missing or not valid", "apiKey")


def _check_body(call: Call, headers: Mapping[str, str]) -> None:
    length, chunked = headers.get("content-length"), "transfer-encoding" in headers
    if call.body == "none":
        if chunked or length not in (None, "0"):
            raise Refusal("invalid", "this call takes no body")
        return
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    wanted = MEDIA_TYPES.get(call.body, media_type)
    if media_type != wanted:
        raise Refusal("media-type", f"the body is sent as `{media_type}`, not as `{wanted}`")
    if length is None:
        raise Refusal("length", "the request has no `Content-Length`")
