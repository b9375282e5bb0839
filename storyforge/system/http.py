"""The one door to HTTP: sends what conversations say, and fetches films from addresses that nobody vouches for.

It is one file, though a long one, so that there is one place where bytes leave for the network and one where it is said
what must not be seen of them.

Two promises stand behind most lines here. A key reaches one origin, the configured one, and no log, file or message.
And whoever sends an order learns what is certain: `Unsent` means that nothing arrived, `LostAnswer` that nobody knows.

httpx's transport is used without its client, which would follow proxies and `.netrc` of the environment, keep cookies,
add headers and log whole addresses. A proxy would also resolve names itself, so that a checked address would not be the
one that is called. Of the environment only `SSL_CERT_FILE` and `SSL_CERT_DIR` count.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import json
import logging
import os
import re
import socket
import time
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC
from email.utils import parsedate_to_datetime
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, TypeVar

from storyforge.model.errors import CredentialsError, HostError, MediaError, UsageError
from storyforge.model.messages import Answer, Note, Refused, Request, Step, Wait
from storyforge.system.files import make_scratch, replace_atomically
from storyforge.system.secrets import redact, secrets

if TYPE_CHECKING:
    import ssl

    import httpx

T = TypeVar("T")
Resolve = Callable[[str, int], Awaitable[list[str]]]
"""Gives all addresses of a host, as text; OSError where it has none."""

MOST_ANSWER = 8 * 2**20
"""Bytes of an answer that are read; JSON of hosts is a few thousand."""
MOST_FILM = 4 * 2**30
MOST_REDIRECTS = 5
LONGEST_WAIT = 60.0
"""Seconds that a host may ask us to wait before the next try."""
LONGEST_BACK_OFF = 30.0
OUT_OF_REACH = 3
"""Tries that do not get through before a host counts as out of reach."""
TRIES = 4
"""Tries of a request that may be repeated, while answers are lost or say to come back later."""
UPLOAD_RATE = 32_768
"""Bytes a second that a slow line brings away; a large body is given this much more time."""
PIECE = 65_536

PLAIN: Mapping[str, str] = {"Accept": "*/*", "User-Agent": "storyforge"}
REDIRECTS = (301, 302, 303, 307, 308)
LATER = (408, 425, 429)
OURS = ("host", "content-length", "transfer-encoding", "connection", "te", "upgrade", "accept-encoding")
"""Headers that only the wire itself sets."""


# what must not be seen


def _quiet() -> None:
    """Keeps httpx and httpcore from logging addresses and headers, whatever level others set for everything."""
    for name in ("httpx", "httpcore"):
        logger = logging.getLogger(name)
        logger.setLevel(max(logger.level, logging.WARNING))


# how it can fail


class WireError(HostError):
    """Something between here and a host; no message of these holds a key or a signed address."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(redact(message), hint)


class Unsent(WireError):
    """A request surely did not arrive: no connection came about."""


class LostAnswer(WireError):
    """A request may have arrived, but what the host answered is not known."""


class AnswerTooLarge(LostAnswer):
    """More than `MOST_ANSWER` bytes, which are not read."""


class RefusedAddress(WireError):
    """An address that is not called, or gives more than is taken; trying again is of no use."""


class DeadAddress(WireError):
    """An address under which there is no film, or no longer: the host can be asked for another."""


class BrokenDownload(WireError):
    """A film did not come, or not whole; it may be fetched again."""


class OutOfReach(CredentialsError):
    """No connection to a host came about, time after time."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(redact(message), hint)


# time


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds that are waited for a host."""

    connect: float = 10.0
    read: float = 60.0
    """Between two pieces, either way."""
    whole: float = 120.0


FILM_PATIENCE = Patience(whole=3600.0)


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
    def of(cls, seconds: float | None) -> Pace:
        """As a setting says; growing where there is none."""
        return cls() if seconds is None else cls(first=max(seconds, 0.01), fixed=True)

    def poll(self, turn: int, least: float = 0.0) -> float:
        """Seconds before a poll; turns count from 0. They are spread a little, so that many jobs do not ask at once."""
        if self.fixed:
            return self.first
        grown = min(self.ceiling, self.first * self.growth ** min(turn, 100))
        return max(least, grown) * self.random.uniform(1.0, 1.2)

    def back_off(self, turn: int) -> float:
        """Seconds before a request is repeated; turns count from 1."""
        return min(LONGEST_BACK_OFF, self.first * 2.0 ** min(turn - 1, 20)) * self.random.uniform(0.5, 1.0)


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds that a host asks to wait, at most `LONGEST_WAIT`; None where it does not tell."""
    written = headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?", written):
        return min(float(written), LONGEST_WAIT)
    moment = _moment(written)
    if moment is None:
        return None
    # A host's date is reckoned from the host's own clock where it tells that: ours may be wrong.
    told = _moment(headers.get("date", ""))
    return min(max(moment - (now if told is None else told), 0.0), LONGEST_WAIT)


def _moment(written: str) -> float | None:
    try:
        moment = parsedate_to_datetime(written)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (TypeError, ValueError, IndexError, OverflowError):
        return None


# one host


class Wire:
    """Speaks with one host. The key goes to the origin of its base address and nowhere else."""

    def __init__(
        self,
        base_url: str,
        authorization: Mapping[str, str],
        *,
        pace: Pace | None = None,
        patience: Patience | None = None,
        note: Callable[[str], None] = lambda text: None,
        transport: httpx.AsyncBaseTransport | None = None,
        resolve: Resolve | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.pace, self.patience = pace or Pace(), patience or Patience()
        self.note, self._sleep, self._now, self._resolve = note, sleep, now, resolve or _addresses
        self._authorization = _checked(authorization)
        base = _parsed(base_url)
        self._origin = _origin(base)
        self.loopback = _is_loopback(base.host)
        """Whether the host is on this machine; only then are plain http and addresses of this machine called."""
        if base.scheme != "https" and not (base.scheme == "http" and self.loopback):
            raise UsageError(
                redact(f"`{base_url}` is not https, so a key would travel in the open"),
                "give an https address, or an http address of this machine",
            )
        # An order has a connection to itself: on one that was kept open and that the host closes just then, an order
        # that never arrived looks like a lost answer.
        self._alone = transport or _transport(kept=0)
        self._kept = transport or _transport(kept=20)

    async def __aenter__(self) -> Wire:
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
                    return replace(ended, words=redact(ended.words)) if isinstance(ended, Refused) else ended
                answer = None
                match step:
                    case Request():
                        answer = await self._repeated(step)
                    case Wait():
                        if progress and step.share is not None:
                            progress(step.share)
                        await self._rest(self.pace.poll(polls, step.seconds), wake)
                        polls += 1
                    case Note():
                        self.note(redact(step.text))

    async def download(self, url: str, target: Path) -> None:
        """Fetches a film as `download` does, with addresses of this machine allowed where the host is on it."""
        await download(url, target, loopback=self.loopback, transport=self._alone, resolve=self._resolve)

    async def _repeated(self, request: Request) -> Answer:
        """Sends a request until there is an answer that does not say "later", a few times."""
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
                raise
            except LostAnswer:
                other += 1
                if other == TRIES:
                    raise
            else:
                other += 1
                if other == TRIES or (answer.status < 500 and answer.status not in LATER):
                    return answer
                pause = retry_after(answer.headers, self._now())
            await self._sleep(self.pace.back_off(unsent + other) if pause is None else pause)

    async def _rest(self, seconds: float, wake: asyncio.Event | None) -> None:
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
        url = _parsed(request.url)
        here = _origin(url) == self._origin
        if request.keyed and (not here or url.userinfo):
            raise RefusedAddress(f"a key is not sent to {_shown(url)}: it is not the configured host")
        body = encode_body(request)
        headers = dict(PLAIN)
        if body and (request.content is None or request.json is not None):
            headers["Content-Type"] = "application/json"
        headers = _laid_over(headers, request.headers)
        if request.keyed:
            headers = _laid_over(headers, self._authorization)
        patience = replace(self.patience, whole=self.patience.whole + len(body) // UPLOAD_RATE)
        # The configured host is called by its name; whatever address it names is checked, as for a film.
        calls = [_Call(url)] if here else await _checked_calls(url, self.loopback, self._resolve, patience)
        with _named(url, patience):
            async with asyncio.timeout(patience.whole):
                response = await _called(calls, request.method, headers, body, transport, patience)
                try:
                    answer = await _body(response)
                finally:
                    await response.aclose()
        return Answer(response.status_code, dict(response.headers), answer)


def encode_body(request: Request) -> bytes:
    """The bytes that are sent."""
    if request.content is not None:
        return request.content
    if request.json is None:
        return b""
    return json.dumps(request.json, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


@contextlib.contextmanager
def _named(url: httpx.URL, patience: Patience) -> Generator[None, None, None]:
    """Says of every failure whether the request may have arrived; where that is not sure, it may."""
    import httpx

    host = url.host
    try:
        yield
    except (httpx.ConnectTimeout, httpx.PoolTimeout):
        raise Unsent(f"no connection to `{host}` within {patience.connect:g} s") from None
    except httpx.ConnectError as fault:
        raise Unsent(f"no connection to `{host}`: {_why(fault)}") from None
    except httpx.TimeoutException:
        raise LostAnswer(f"`{host}` fell silent for {patience.read:g} s") from None
    except TimeoutError:
        raise LostAnswer(f"`{host}` did not answer within {patience.whole:g} s") from None
    except (httpx.HTTPError, httpx.StreamError, OSError) as fault:
        raise LostAnswer(f"the connection to `{host}` broke: {_why(fault)}") from None


def _why(fault: BaseException) -> str:
    return str(fault) or type(fault).__name__


async def _body(response: httpx.Response) -> bytes:
    """The body of an answer, never more than `MOST_ANSWER` of it in memory."""
    declared = _declared(response)
    if declared is not None and declared > MOST_ANSWER:
        raise AnswerTooLarge(f"the host answered {declared:,} bytes where {MOST_ANSWER:,} are the most that is read")
    body = bytearray()
    async for piece in response.aiter_raw():
        body += piece
        if len(body) > MOST_ANSWER:
            raise AnswerTooLarge(f"the host answered more than {MOST_ANSWER:,} bytes, the most that is read")
    return _unpacked(bytes(body), response.headers.get("content-encoding", ""))


def _unpacked(body: bytes, coding: str) -> bytes:
    """A body that was packed though nobody asked for it; how large it would become is not its own to say."""
    if coding.strip().lower() in ("", "identity"):
        return body
    unpacker = zlib.decompressobj(wbits=47)  # tells gzip from deflate by itself
    try:
        plain = unpacker.decompress(body, MOST_ANSWER)
    except zlib.error:
        plain = b""
    if unpacker.unconsumed_tail:
        raise AnswerTooLarge(f"the host's answer unpacks to more than {MOST_ANSWER:,} bytes")
    if not unpacker.eof:
        raise LostAnswer(f"the host packed its answer as `{coding}`, which cannot be read")
    return plain


def _declared(response: httpx.Response) -> int | None:
    written = response.headers.get("content-length", "")
    return int(written) if re.fullmatch(r"[0-9]{1,18}", written) else None


def _checked(authorization: Mapping[str, str]) -> dict[str, str]:
    """Headers with a key that can be sent; CredentialsError, without the key, where it cannot."""
    for name, value in authorization.items():
        secrets.add(value, value.split()[-1] if value.split() else "")
        if not (value.isascii() and value.isprintable()):
            raise CredentialsError(
                f"the key for `{name}` holds characters that no key has", "copy it anew, without line ends"
            )
    return dict(authorization)


def _laid_over(headers: Mapping[str, str], others: Mapping[str, str]) -> dict[str, str]:
    names = {name.lower() for name in others}
    kept = {name: value for name, value in headers.items() if name.lower() not in names}
    return kept | {name: value for name, value in others.items() if name.lower() not in OURS}


# addresses that nobody vouches for


@dataclass(frozen=True, slots=True)
class _Call:
    """Where a request goes; `address` is the checked one, so that a name cannot lead elsewhere in between."""

    url: httpx.URL
    address: str | None = None


def _parsed(url: str) -> httpx.URL:
    import httpx

    try:
        return httpx.URL(url)
    except (httpx.InvalidURL, ValueError, TypeError):
        raise RefusedAddress("what should be an address is none") from None


def _shown(url: httpx.URL) -> str:
    """An address as a message names it: nothing that it could carry."""
    return f"`{url.scheme}://{url.netloc.decode('ascii', 'replace')}`" if url.host else f"`{url.scheme}:`"


def _port(url: httpx.URL) -> int:
    return url.port or (443 if url.scheme == "https" else 80)


def _origin(url: httpx.URL) -> tuple[str, str, int]:
    return url.scheme, url.host.lower().rstrip("."), _port(url)


def _is_loopback(host: str) -> bool:
    """Whether a host as it is written means this machine."""
    literal = _literal(host)
    return literal.is_loopback if literal else host.lower().rstrip(".") == "localhost"


_Literal = ipaddress.IPv4Address | ipaddress.IPv6Address


def _literal(host: str) -> _Literal | None:
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host)
    return None


_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_COMPATIBLE = ipaddress.IPv6Network("::/96")


def _is_public(address: _Literal) -> bool:
    if isinstance(address, ipaddress.IPv6Address):
        # Networks without IPv4 reach public hosts through this prefix, which holds the true address.
        inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF) if address in _NAT64 else address.ipv4_mapped
        if inner or address.sixtofour:
            return all(_is_public(one) for one in (inner, address.sixtofour) if one)
        if address in _COMPATIBLE or address.is_site_local or address.teredo:
            return False
    hidden = address.is_multicast or address.is_reserved or address.is_unspecified or address.is_link_local
    return address.is_global and not hidden


def _is_own(address: _Literal) -> bool:
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback


async def _addresses(host: str, port: int) -> list[str]:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(place[0]) for *_, place in found))


async def _checked_calls(url: httpx.URL, loopback: bool, resolve: Resolve, patience: Patience) -> list[_Call]:
    """The checked addresses of a host, in the order in which they are tried; RefusedAddress, or Unsent without any."""
    shown = _shown(url)
    if url.scheme not in ("https", "http") or not url.host:
        raise RefusedAddress(f"{shown} is not an https address")
    if url.userinfo:
        raise RefusedAddress(f"{shown} brings a name or a password")
    found = await _found(url, resolve, patience)
    if all(_is_own(address) for address in found):
        if not loopback:
            raise RefusedAddress(f"{shown} is an address of this machine")
    elif not all(_is_public(address) for address in found):
        raise RefusedAddress(f"{shown} is an address inside a network")
    elif url.scheme != "https":
        raise RefusedAddress(f"{shown} is not an https address")
    return [_Call(url, str(address)) for address in found]


async def _found(url: httpx.URL, resolve: Resolve, patience: Patience) -> list[_Literal]:
    host = url.raw_host.decode("ascii")
    if literal := _literal(host):
        return [literal]
    # Some resolvers read `2130706433` and `0x7f.1` as addresses.
    last = host.rstrip(".").rpartition(".")[2]
    if re.fullmatch(r"0x[0-9a-f]*|[0-9]+", last) or not re.fullmatch(r"[a-z0-9._-]+", host):
        raise RefusedAddress(f"{_shown(url)} is not how an address is written")
    try:
        async with asyncio.timeout(patience.connect):
            named = await resolve(host, _port(url))
    except (OSError, UnicodeError):  # a time-out is an OSError too
        raise Unsent(f"`{url.host}` has no address, or nobody tells it") from None
    found = [_literal(address) for address in named]
    if not found or None in found:
        raise Unsent(f"`{url.host}` has no address")
    return [address for address in found if address]


async def _called(
    calls: list[_Call],
    method: str,
    headers: Mapping[str, str],
    body: bytes,
    transport: httpx.AsyncBaseTransport,
    patience: Patience,
) -> httpx.Response:
    """The response of the first address that takes a connection, with its body still to come."""
    import httpx

    for call in calls[:-1]:
        with contextlib.suppress(httpx.ConnectError, httpx.ConnectTimeout):
            return await transport.handle_async_request(_request(call, method, headers, body, patience))
    return await transport.handle_async_request(_request(calls[-1], method, headers, body, patience))


def _request(call: _Call, method: str, headers: Mapping[str, str], body: bytes, patience: Patience) -> httpx.Request:
    import httpx

    url, extensions = call.url, _timeouts(patience)
    if call.address:
        url = url.copy_with(host=call.address)
        if not _literal(call.url.host):
            # The certificate is checked against the name, though the address is called.
            extensions["sni_hostname"] = call.url.raw_host.decode("ascii")
    sent = {"Host": call.url.netloc.decode("ascii"), **headers, "Accept-Encoding": "identity"}
    content: bytes | AsyncIterator[bytes] | None = body or None
    if len(body) > PIECE:
        sent["Content-Length"], content = str(len(body)), _pieces(body)
    try:
        return httpx.Request(method, url, headers=sent, content=content, extensions=extensions)
    except (ValueError, TypeError):  # headers of a ticket come from outside
        raise RefusedAddress(f"{_shown(call.url)} is to be called with headers that cannot be sent") from None


async def _pieces(body: bytes) -> AsyncIterator[bytes]:
    """A body in pieces: the time-out for writing holds for each of them."""
    for start in range(0, len(body), PIECE):
        yield body[start : start + PIECE]


def _timeouts(patience: Patience) -> dict[str, Any]:
    return {"timeout": {"connect": patience.connect, "read": patience.read, "write": patience.read, "pool": None}}


def _transport(kept: int) -> httpx.AsyncBaseTransport:
    import httpx

    _quiet()
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=kept, keepalive_expiry=15.0)
    return httpx.AsyncHTTPTransport(verify=_certificates(), limits=limits, trust_env=False)


@lru_cache(maxsize=1)
def _certificates() -> ssl.SSLContext:
    """Whom to trust: the authorities that come with httpx, or those that the environment names. It takes a while."""
    import ssl

    import certifi

    file, folder = os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")
    try:
        return ssl.create_default_context(cafile=file or (None if folder else certifi.where()), capath=folder)
    except OSError:
        raise UsageError("the certificates that `SSL_CERT_FILE` names cannot be read", "mend or unset it") from None


async def download(
    url: str,
    target: Path,
    *,
    loopback: bool = False,
    most: int = MOST_FILM,
    patience: Patience = FILM_PATIENCE,
    transport: httpx.AsyncBaseTransport | None = None,
    resolve: Resolve = _addresses,
) -> None:
    """Fetches what lies at an address to `target`, which is there only once it is whole. No key goes along.

    Raises DeadAddress, BrokenDownload or RefusedAddress. `loopback` allows addresses of this machine, by http too.
    """
    async with contextlib.AsyncExitStack() as stack:
        if transport is None:
            transport = _transport(kept=0)
            stack.push_async_callback(transport.aclose)
        try:
            scratch = stack.enter_context(make_scratch(target))
        except OSError as fault:
            raise _unwritten(fault) from None
        try:
            async with asyncio.timeout(patience.whole):
                response, at = await _followed(url, loopback, transport, resolve, patience)
                stack.push_async_callback(response.aclose)
                with _named(at, patience):
                    await _poured(response, scratch, most)
        except TimeoutError:
            raise BrokenDownload(f"the film did not come within {patience.whole:g} s") from None
        except (Unsent, LostAnswer) as fault:
            raise BrokenDownload(str(fault)) from None
        try:
            await asyncio.to_thread(replace_atomically, scratch, target)
        except OSError as fault:
            raise _unwritten(fault) from None


async def _followed(
    url: str, loopback: bool, transport: httpx.AsyncBaseTransport, resolve: Resolve, patience: Patience
) -> tuple[httpx.Response, httpx.URL]:
    """The response at the end of the redirects, every step of them checked, and where that is."""
    import httpx

    here = _parsed(url)
    for _ in range(MOST_REDIRECTS + 1):
        calls = await _checked_calls(here, loopback, resolve, patience)
        with _named(here, patience):
            response = await _called(calls, "GET", PLAIN, b"", transport, patience)
        if response.status_code not in REDIRECTS:
            return response, here
        await response.aclose()
        try:
            here = here.join(response.headers["location"])
        except (KeyError, httpx.InvalidURL, ValueError):
            raise RefusedAddress(f"{_shown(here)} redirects to nowhere") from None
    raise RefusedAddress(f"{_shown(_parsed(url))} redirects more than {MOST_REDIRECTS} times")


async def _poured(response: httpx.Response, scratch: Path, most: int) -> None:
    """Writes a body to a file, as it was served."""
    status, declared = response.status_code, _declared(response)
    if 400 <= status < 500 and status not in LATER:
        raise DeadAddress(f"the film's address is dead: HTTP {status}")
    if status != 200:
        raise BrokenDownload(f"the film was not served: HTTP {status}")
    if response.headers.get("content-encoding", "").strip().lower() not in ("", "identity"):
        raise BrokenDownload("the film was served packed, though nobody asked for it")
    if declared is not None and declared > most:
        raise RefusedAddress(f"{declared:,} bytes are no film; {most:,} are the most that is fetched")
    came = 0
    with _opened(scratch) as write:
        async for piece in response.aiter_raw():
            came += len(piece)
            if came > most:
                raise RefusedAddress(f"more than {most:,} bytes came, the most that is fetched")
            write(piece)
    if came == 0 or (declared is not None and came != declared):
        due = f" of {declared:,}" if declared else ""
        raise BrokenDownload(f"{came:,}{due} bytes of the film came")


@contextlib.contextmanager
def _opened(scratch: Path) -> Generator[Callable[[bytes], None], None, None]:
    """Gives what writes to a file; a full disk is not taken for a fault of the network."""

    def write(piece: bytes) -> None:
        try:
            file.write(piece)
            file.flush()
        except OSError as fault:
            raise _unwritten(fault) from None

    try:
        file = scratch.open("wb")
    except OSError as fault:
        raise _unwritten(fault) from None
    with file:
        yield write


def _unwritten(fault: OSError) -> MediaError:
    return MediaError(f"a film cannot be written: {fault.strerror}", "see to the disk, then run again")
