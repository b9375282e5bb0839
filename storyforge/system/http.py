"""Sends requests over HTTP, and checks untrusted addresses before they are called.

Two promises explain most lines here and in `client.py`. A key reaches one origin, the configured one, and no log, file
or message. And every failure of a request says what is certain: `Unsent` means that nothing arrived, `LostAnswer` that
it is not known whether it did.

httpx's transport is used without its client, which would follow proxies and `.netrc` of the environment, keep cookies,
add headers and log whole addresses. A proxy would also resolve names itself, so that a checked address would not be the
one that is called. Of the environment only `SSL_CERT_FILE` and `SSL_CERT_DIR` count.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import logging
import os
import re
import socket
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from storyforge.model.errors import CredentialsError, HostError, UsageError
from storyforge.system.secrets import redact

if TYPE_CHECKING:
    import ssl

    import httpx

Resolve = Callable[[str, int], Awaitable[list[str]]]
"""Gives all addresses of a host, as text; OSError where it has none."""

MOST_ANSWER = 8 * 2**20
"""Bytes of an answer that are read; JSON of hosts is a few thousand."""
PIECE = 65_536
"""Bytes of a large body that are sent at once."""

PLAIN: Mapping[str, str] = {"Accept": "*/*", "User-Agent": "storyforge"}
"""Headers of every request."""


class TransportError(HostError):
    """Something between here and a host; no message of these holds a key or a signed address."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(redact(message), hint)


class Unsent(TransportError):
    """A request surely did not arrive: no connection came about."""


class LostAnswer(TransportError):
    """A request may have arrived, but what the host answered is not known."""


class AnswerTooLarge(LostAnswer):
    """More than `MOST_ANSWER` bytes, which are not read."""


class RefusedAddress(TransportError):
    """An address that is not called, or gives more than is taken; trying again is of no use."""


class OutOfReach(CredentialsError):
    """No connection to a host came about, time after time."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(redact(message), hint)


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds that are waited for a host."""

    connect: float = 10.0
    read: float = 60.0
    """Between two pieces, either way."""
    whole: float = 120.0


def is_retryable(status: int) -> bool:
    """Whether a status asks for the same request at another time."""
    return status in (408, 425, 429) or status >= 500


@contextlib.contextmanager
def classify_failures(url: httpx.URL, timeouts: Timeouts) -> Generator[None, None, None]:
    """Turns every failure in its block into Unsent, or into LostAnswer where the request may have arrived."""
    import httpx

    host = url.host
    try:
        yield
    except (httpx.ConnectTimeout, httpx.PoolTimeout):
        raise Unsent(f"no connection to `{host}` within {timeouts.connect:g} s") from None
    except httpx.ConnectError as fault:
        raise Unsent(f"no connection to `{host}`: {_reason(fault)}") from None
    except httpx.TimeoutException:
        raise LostAnswer(f"`{host}` fell silent for {timeouts.read:g} s") from None
    except TimeoutError:
        raise LostAnswer(f"`{host}` did not answer within {timeouts.whole:g} s") from None
    except (httpx.HTTPError, httpx.StreamError, OSError) as fault:
        raise LostAnswer(f"the connection to `{host}` broke: {_reason(fault)}") from None


def _reason(fault: BaseException) -> str:
    return str(fault) or type(fault).__name__


async def read_body(response: httpx.Response) -> bytes:
    """The body of an answer, never more than `MOST_ANSWER` of it in memory. Raises AnswerTooLarge, or LostAnswer where
    it is packed in a way that cannot be read."""
    declared = read_length(response)
    if declared is not None and declared > MOST_ANSWER:
        raise AnswerTooLarge(f"the host answered {declared:,} bytes where {MOST_ANSWER:,} are the most that is read")
    body = bytearray()
    async for piece in response.aiter_raw():
        body += piece
        if len(body) > MOST_ANSWER:
            raise AnswerTooLarge(f"the host answered more than {MOST_ANSWER:,} bytes, the most that is read")
    return _unpack(bytes(body), response.headers.get("content-encoding", ""))


def _unpack(body: bytes, coding: str) -> bytes:
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


def read_length(response: httpx.Response) -> int | None:
    """Bytes of a body as its head announces them; None where it does not."""
    written = response.headers.get("content-length", "")
    return int(written) if re.fullmatch(r"[0-9]{1,18}", written) else None


@dataclass(frozen=True, slots=True)
class Call:
    """Where a request goes; `address` is the checked one, so that a name cannot lead elsewhere in between."""

    url: httpx.URL
    address: str | None = None


def parse_address(url: str) -> httpx.URL:
    """An address, not yet checked. Raises RefusedAddress if it cannot be read."""
    import httpx

    try:
        return httpx.URL(url)
    except (httpx.InvalidURL, ValueError, TypeError):
        raise RefusedAddress("what should be an address is none") from None


def describe_address(url: httpx.URL) -> str:
    """An address as a message names it: nothing that it could carry."""
    return f"`{url.scheme}://{url.netloc.decode('ascii', 'replace')}`" if url.host else f"`{url.scheme}:`"


def _port(url: httpx.URL) -> int:
    return url.port or (443 if url.scheme == "https" else 80)


def find_origin(url: httpx.URL) -> tuple[str, str, int]:
    """Scheme, host and port: what a key is bound to."""
    return url.scheme, url.host.lower().rstrip("."), _port(url)


def is_loopback(host: str) -> bool:
    """Whether a host as it is written means this machine."""
    literal = _read_literal(host)
    return literal.is_loopback if literal else host.lower().rstrip(".") == "localhost"


_Literal = ipaddress.IPv4Address | ipaddress.IPv6Address


def _read_literal(host: str) -> _Literal | None:
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
        # Old forms that hold another address or lead through a tunnel: no public host needs one.
        if address in _COMPATIBLE or address.is_site_local or address.teredo:
            return False
    hidden = address.is_multicast or address.is_reserved or address.is_unspecified or address.is_link_local
    return address.is_global and not hidden


def _is_own(address: _Literal) -> bool:
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback


async def resolve_host(host: str, port: int) -> list[str]:
    """All addresses of a host by the resolver of this machine, each once. Raises OSError where it has none."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(place[0]) for *_, place in found))


async def check_address(url: httpx.URL, loopback: bool, resolve: Resolve, timeouts: Timeouts) -> list[Call]:
    """The checked addresses of a host, in the order in which they are tried; RefusedAddress, or Unsent without any."""
    shown = describe_address(url)
    if url.scheme not in ("https", "http") or not url.host:
        raise RefusedAddress(f"{shown} is not an https address")
    if url.userinfo:
        raise RefusedAddress(f"{shown} brings a name or a password")
    found = await _find_addresses(url, resolve, timeouts)
    if all(_is_own(address) for address in found):
        if not loopback:
            raise RefusedAddress(f"{shown} is an address of this machine")
    elif not all(_is_public(address) for address in found):
        # One inner address among public ones is enough: the owner of the name chooses which of them is called.
        raise RefusedAddress(f"{shown} is an address inside a network")
    elif url.scheme != "https":
        raise RefusedAddress(f"{shown} is not an https address")
    return [Call(url, str(address)) for address in found]


async def _find_addresses(url: httpx.URL, resolve: Resolve, timeouts: Timeouts) -> list[_Literal]:
    host = url.raw_host.decode("ascii")
    if literal := _read_literal(host):
        return [literal]
    # Some resolvers read `2130706433` and `0x7f.1` as addresses.
    last = host.rstrip(".").rpartition(".")[2]
    if re.fullmatch(r"0x[0-9a-f]*|[0-9]+", last) or not re.fullmatch(r"[a-z0-9._-]+", host):
        raise RefusedAddress(f"{describe_address(url)} is not how an address is written")
    try:
        async with asyncio.timeout(timeouts.connect):
            named = await resolve(host, _port(url))
    except (OSError, UnicodeError):  # a time-out is an OSError too
        raise Unsent(f"`{url.host}` has no address, or nobody tells it") from None
    found = [_read_literal(address) for address in named]
    if not found or None in found:
        raise Unsent(f"`{url.host}` has no address")
    return [address for address in found if address]


async def call_host(
    calls: list[Call],
    method: str,
    headers: Mapping[str, str],
    body: bytes,
    transport: httpx.AsyncBaseTransport,
    timeouts: Timeouts,
) -> httpx.Response:
    """The response of the first address that takes a connection, with its body still to come."""
    import httpx

    # Another address is tried only if no connection came about: after that an order may have arrived, and would be paid
    # for twice.
    for call in calls[:-1]:
        with contextlib.suppress(httpx.ConnectError, httpx.ConnectTimeout):
            return await transport.handle_async_request(_make_request(call, method, headers, body, timeouts))
    return await transport.handle_async_request(_make_request(calls[-1], method, headers, body, timeouts))


def _make_request(
    call: Call, method: str, headers: Mapping[str, str], body: bytes, timeouts: Timeouts
) -> httpx.Request:
    import httpx

    url, extensions = call.url, _extension(timeouts)
    if call.address:
        url = url.copy_with(host=call.address)
        if not _read_literal(call.url.host):
            # The certificate is checked against the name, though the address is called.
            extensions["sni_hostname"] = call.url.raw_host.decode("ascii")
    # No packed answers: a few bytes of one may unpack to gigabytes.
    sent = {"Host": call.url.netloc.decode("ascii"), **headers, "Accept-Encoding": "identity"}
    content: bytes | AsyncIterator[bytes] | None = body or None
    if len(body) > PIECE:
        sent["Content-Length"], content = str(len(body)), _split_body(body)
    try:
        return httpx.Request(method, url, headers=sent, content=content, extensions=extensions)
    except (ValueError, TypeError):  # headers of a ticket come from outside
        raise RefusedAddress(f"{describe_address(call.url)} is to be called with headers that cannot be sent") from None


async def _split_body(body: bytes) -> AsyncIterator[bytes]:
    """A body in pieces: the time-out for writing holds for each of them."""
    for start in range(0, len(body), PIECE):
        yield body[start : start + PIECE]


def _extension(timeouts: Timeouts) -> dict[str, Any]:
    return {"timeout": {"connect": timeouts.connect, "read": timeouts.read, "write": timeouts.read, "pool": None}}


def make_transport(kept: int) -> httpx.AsyncBaseTransport:
    """A transport that keeps at most so many idle connections. Raises UsageError if the certificates cannot be read."""
    import httpx

    _silence_loggers()
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=kept, keepalive_expiry=15.0)
    return httpx.AsyncHTTPTransport(verify=_load_certificates(), limits=limits, trust_env=False)


@lru_cache(maxsize=1)
def _load_certificates() -> ssl.SSLContext:
    """Whom to trust: the authorities that come with httpx, or those that the environment names. It takes a while."""
    import ssl

    import certifi

    file, folder = os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")
    try:
        return ssl.create_default_context(cafile=file or (None if folder else certifi.where()), capath=folder)
    except OSError:
        raise UsageError("the certificates that `SSL_CERT_FILE` names cannot be read", "fix or unset it") from None


def _silence_loggers() -> None:
    """Keeps httpx and httpcore from logging addresses and headers, whatever level others set for everything."""
    for name in ("httpx", "httpcore"):
        logger = logging.getLogger(name)
        logger.setLevel(max(logger.level, logging.WARNING))
