"""Speaks with one host: sends its requests with the key, drives its conversations, retries and polls."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import re
import time
from collections.abc import Awaitable, Callable, Generator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, TypeVar

from storyforge.model.errors import CredentialsError, UsageError
from storyforge.model.messages import Answer, Filmless, Note, Refused, Request, Step, Wait, read_date
from storyforge.system.download import download
from storyforge.system.http import (
    PLAIN,
    AnswerTooLarge,
    Call,
    LostAnswer,
    OutOfReach,
    RefusedAddress,
    Resolve,
    Timeouts,
    Unsent,
    call_host,
    check_address,
    classify_failures,
    describe_address,
    find_origin,
    is_loopback,
    is_retryable,
    make_transport,
    parse_address,
    read_body,
    resolve_host,
)
from storyforge.system.secrets import redact, secrets

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")

LONGEST_WAIT = 60.0
"""Seconds that a host may ask us to wait before the next try."""
LONGEST_BACK_OFF = 30.0
"""Seconds between two tries of a request, at most."""
OUT_OF_REACH = 3
"""Tries that do not get through before a host counts as out of reach."""
TRIES = 4
"""Tries of a request that may be repeated, while answers are lost or say to come back later."""
UPLOAD_RATE = 32_768
"""Bytes a second that a slow line brings away; a large body is given this much more time."""

EMULATOR = "x-storyforge-emulator"
"""The header that `storyforge emulate` sends with each answer."""

OURS = ("host", "content-length", "transfer-encoding", "connection", "te", "upgrade", "accept-encoding")
"""Headers that a request does not set itself."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How long is waited between polls, and before a request is repeated."""

    first: float = 2.0
    growth: float = 1.25
    ceiling: float = 10.0
    fixed: bool = False
    """Whether polls keep to `first`, whatever a host advises."""
    random: Random = field(default_factory=Random, compare=False)

    @classmethod
    def from_seconds(cls, seconds: float | None) -> Pace:
        """As a setting says; growing where there is none."""
        return cls() if seconds is None else cls(first=max(seconds, 0.01), fixed=True)

    def poll(self, turn: int, least: float = 0.0) -> float:
        """Seconds before a poll; turns count from 0. They are spread a little, so that many jobs do not ask at once."""
        if self.fixed:
            return self.first
        # The exponent has an end: after days of polling the power would overflow.
        grown = min(self.ceiling, self.first * self.growth ** min(turn, 100))
        return max(least, grown) * self.random.uniform(1.0, 1.2)

    def back_off(self, turn: int) -> float:
        """Seconds before a request is repeated; turns count from 1."""
        # Spread, so that clients that failed together do not come back together.
        return min(LONGEST_BACK_OFF, self.first * 2.0 ** min(turn - 1, 20)) * self.random.uniform(0.5, 1.0)


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds that a host asks to wait, at most `LONGEST_WAIT`; None where it does not tell."""
    written = headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?", written):
        return min(float(written), LONGEST_WAIT)
    moment = read_date(written)
    if moment is None:
        return None
    # A host's date is reckoned from the host's own clock where it tells that: ours may be wrong.
    told = read_date(headers.get("date", ""))
    return min(max(moment - (now if told is None else told), 0.0), LONGEST_WAIT)


class Client:
    """Speaks with one host. The key goes to the origin of its base address and nowhere else."""

    def __init__(
        self,
        base_url: str,
        authorization: Mapping[str, str],
        *,
        pace: Pace | None = None,
        timeouts: Timeouts | None = None,
        note: Callable[[str], None] = lambda text: None,
        transport: httpx.AsyncBaseTransport | None = None,
        resolve: Resolve | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.pace, self.timeouts = pace or Pace(), timeouts or Timeouts()
        self.note, self._sleep, self._now, self._resolve = note, sleep, now, resolve or resolve_host
        self._authorization = _check_key(authorization)
        base = parse_address(base_url)
        self._origin = find_origin(base)
        self.loopback = is_loopback(base.host)
        """Whether the host is on this machine; only then are plain http and addresses of this machine called."""
        self.account = hash_account(self._authorization)
        """A hash of the key, which tells accounts apart and says nothing of the key."""
        self.date: float | None = None
        """The host's own clock at its last answer, in seconds of the epoch; None where it did not tell yet."""
        self.emulated = False
        """Whether the host is an emulator: it is on this machine, and an answer of it said so."""
        if base.scheme != "https" and not (base.scheme == "http" and self.loopback):
            raise UsageError(
                redact(f"`{base_url}` is not https, so a key would travel in the open"),
                "give an https address, or an http address of this machine",
            )
        # An order has a connection to itself: on one that was kept open and that the host closes just then, an order
        # that never arrived looks like a lost answer.
        self._alone = transport or make_transport(kept=0)
        self._kept = transport or make_transport(kept=20)

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._alone.aclose()
        await self._kept.aclose()

    async def send(self, request: Request) -> Answer:
        """Sends a request once. Raises Unsent or LostAnswer; RefusedAddress where a key would go astray."""
        return await self._send(request, self._alone)

    async def talk(
        self,
        conversation: Generator[Step, Answer | None, T],
        *,
        wake: asyncio.Event | None = None,
        progress: Callable[[float], None] | None = None,
    ) -> T:
        """Drives a conversation, in which every request may be repeated, to its end. `wake` ends a wait early.

        Raises OutOfReach, LostAnswer or RefusedAddress; an answer that keeps saying "later" is passed in as it is.
        """
        answer: Answer | None = None
        polls = 0
        with contextlib.closing(conversation):
            while True:
                try:
                    step = conversation.send(answer)
                except StopIteration as end:
                    ended: T = end.value
                    if isinstance(ended, Refused):
                        return replace(ended, words=redact(ended.words))
                    if isinstance(ended, Filmless):
                        return replace(ended, words=redact(ended.words))
                    return ended
                answer = None
                match step:
                    case Request():
                        answer = await self._retry(step)
                    case Wait():
                        if progress and step.share is not None:
                            progress(step.share)
                        await self._pause(self.pace.poll(polls, step.seconds), wake)
                        polls += 1
                    case Note():
                        self.note(redact(step.text))

    async def download(self, url: str, target: Path) -> None:
        """Fetches a film as `download` does, with addresses of this machine allowed where the host is on it."""
        await download(url, target, loopback=self.loopback, transport=self._alone, resolve=self._resolve)

    async def _retry(self, request: Request) -> Answer:
        """Sends a request that may be repeated, with a back-off between tries, until an answer does not say "later"."""
        unsent = other = 0
        while True:
            pause: float | None = None
            try:
                answer = await self._send(request, self._kept)
            except Unsent as fault:
                unsent += 1
                if unsent == OUT_OF_REACH:
                    raise OutOfReach(
                        f"out of reach: {fault}", "see to the network and the base address, then run again"
                    ) from None
            except AnswerTooLarge:
                # A LostAnswer too, but one that another try would bring again.
                raise
            except LostAnswer:
                other += 1
                if other == TRIES:
                    raise
            else:
                other += 1
                if other == TRIES or not is_retryable(answer.status):
                    return answer
                pause = retry_after(answer.headers, self._now())
            await self._sleep(self.pace.back_off(unsent + other) if pause is None else pause)

    async def _pause(self, seconds: float, wake: asyncio.Event | None) -> None:
        if wake is None:
            await self._sleep(seconds)
            return
        nap, call = asyncio.ensure_future(self._sleep(seconds)), asyncio.ensure_future(wake.wait())
        try:
            await asyncio.wait({nap, call}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            nap.cancel()
            call.cancel()
            await asyncio.gather(nap, call, return_exceptions=True)
        wake.clear()

    async def _send(self, request: Request, transport: httpx.AsyncBaseTransport) -> Answer:
        url = parse_address(request.url)
        here = find_origin(url) == self._origin
        if request.keyed and (not here or url.userinfo):
            raise RefusedAddress(f"a key is not sent to {describe_address(url)}: it is not the configured host")
        body = encode_body(request)
        headers = dict(PLAIN)
        if body and (request.content is None or request.json is not None):
            headers["Content-Type"] = "application/json"
        headers = _merge_headers(headers, request.headers)
        if request.keyed:
            headers = _merge_headers(headers, self._authorization)
        timeouts = replace(self.timeouts, whole=self.timeouts.whole + len(body) // UPLOAD_RATE)
        # The configured host is called by its name; whatever address it names is checked, as for a film.
        calls = [Call(url)] if here else await check_address(url, self.loopback, self._resolve, timeouts)
        with classify_failures(url, timeouts):
            async with asyncio.timeout(timeouts.whole):
                response = await call_host(calls, request.method, headers, body, transport, timeouts)
                try:
                    answer = secrets.redact_bytes(await read_body(response))
                finally:
                    await response.aclose()
        said = Answer(response.status_code, dict(response.headers), answer)
        if here:
            self.date = said.date or self.date
            # From anywhere else the header means nothing: a real host would have its takes given away as nothing.
            self.emulated = self.emulated or (self.loopback and EMULATOR in said.headers)
        return said


def hash_account(authorization: Mapping[str, str]) -> str:
    """A name for the account of these headers, from which no key can be read."""
    told = json.dumps(sorted(authorization.items()))
    return hashlib.sha256(f"storyforge account {told}".encode()).hexdigest()[:16]


def encode_body(request: Request) -> bytes:
    """The bytes that are sent."""
    if request.content is not None:
        return request.content
    if request.json is None:
        return b""
    return json.dumps(request.json, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def _check_key(authorization: Mapping[str, str]) -> dict[str, str]:
    """Headers with a key that can be sent; CredentialsError, without the key, where it cannot."""
    for name, value in authorization.items():
        # With its scheme and without it: a host may repeat either in an error.
        secrets.add(value, value.split()[-1] if value.split() else "")
        if not (value.isascii() and value.isprintable()):
            raise CredentialsError(
                f"the key for `{name}` holds characters that no key has", "copy it again, without line ends"
            )
    return dict(authorization)


def _merge_headers(headers: Mapping[str, str], others: Mapping[str, str]) -> dict[str, str]:
    names = {name.lower() for name in others}
    kept = {name: value for name, value in headers.items() if name.lower() not in names}
    return kept | {name: value for name, value in others.items() if name.lower() not in OURS}
