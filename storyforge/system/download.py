"""Downloads films from untrusted addresses: every redirect is checked, and a file is in its place once it is whole."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Generator
from pathlib import Path
from typing import TYPE_CHECKING

from storyforge.model.errors import MediaError, explain_fault
from storyforge.system.files import make_scratch, open_scratch, replace_atomically
from storyforge.system.http import (
    PLAIN,
    LostAnswer,
    RefusedAddress,
    Resolve,
    Timeouts,
    TransportError,
    Unsent,
    call_host,
    check_address,
    classify_failures,
    describe_address,
    is_retryable,
    make_transport,
    parse_address,
    read_length,
    resolve_host,
)

if TYPE_CHECKING:
    import httpx

MOST_FILM = 4 * 2**30
"""Bytes of a film that are fetched."""
MOST_REDIRECTS = 5
REDIRECTS = (301, 302, 303, 307, 308)
FILM_TIMEOUTS = Timeouts(whole=3600.0)


class DeadAddress(TransportError):
    """An address under which there is no film, or no longer: the host can be asked for another."""


class BrokenDownload(TransportError):
    """A film did not come, or not whole; it may be fetched again."""


async def download(
    url: str,
    target: Path,
    *,
    loopback: bool = False,
    most: int = MOST_FILM,
    timeouts: Timeouts = FILM_TIMEOUTS,
    transport: httpx.AsyncBaseTransport | None = None,
    resolve: Resolve = resolve_host,
) -> None:
    """Fetches what lies at an address to `target`, which is there only once it is whole. No key goes along.

    Raises DeadAddress, BrokenDownload or RefusedAddress. `loopback` allows addresses of this machine, by http too.
    """
    async with contextlib.AsyncExitStack() as stack:
        if transport is None:
            transport = make_transport(kept=0)
            stack.push_async_callback(transport.aclose)
        try:
            scratch = stack.enter_context(make_scratch(target))
        except OSError as fault:
            raise _disk_fault(fault) from None
        try:
            async with asyncio.timeout(timeouts.whole):
                response, at = await _follow_redirects(url, loopback, transport, resolve, timeouts)
                stack.push_async_callback(response.aclose)
                with classify_failures(at, timeouts):
                    await _pour(response, scratch, most)
        except TimeoutError:
            raise BrokenDownload(f"the film did not come within {timeouts.whole:g} s") from None
        except (Unsent, LostAnswer) as fault:
            raise BrokenDownload(str(fault)) from None
        try:
            await asyncio.to_thread(replace_atomically, scratch, target)
        except OSError as fault:
            raise _disk_fault(fault) from None


async def _follow_redirects(
    url: str, loopback: bool, transport: httpx.AsyncBaseTransport, resolve: Resolve, timeouts: Timeouts
) -> tuple[httpx.Response, httpx.URL]:
    """The response at the end of the redirects, every step of them checked, and where that is."""
    import httpx

    here = parse_address(url)
    for _ in range(MOST_REDIRECTS + 1):
        calls = await check_address(here, loopback, resolve, timeouts)
        with classify_failures(here, timeouts):
            response = await call_host(calls, "GET", PLAIN, b"", transport, timeouts)
        if response.status_code not in REDIRECTS:
            return response, here
        await response.aclose()
        try:
            here = here.join(response.headers["location"])
        except (KeyError, httpx.InvalidURL, ValueError):
            raise RefusedAddress(f"{describe_address(here)} redirects to nowhere") from None
    raise RefusedAddress(f"{describe_address(parse_address(url))} redirects more than {MOST_REDIRECTS} times")


async def _pour(response: httpx.Response, scratch: Path, most: int) -> None:
    """Writes a body to a file, as it was served."""
    status, declared = response.status_code, read_length(response)
    if status >= 400 and not is_retryable(status):
        raise DeadAddress(f"the film's address is dead: HTTP {status}")
    if status != 200:
        raise BrokenDownload(f"the film was not served: HTTP {status}")
    if response.headers.get("content-encoding", "").strip().lower() not in ("", "identity"):
        raise BrokenDownload("the film was served packed, though nobody asked for it")
    if declared is not None and declared > most:
        raise RefusedAddress(f"{declared:,} bytes are no film; {most:,} are the most that is fetched")
    came = 0
    with _open_scratch(scratch) as write:
        async for piece in response.aiter_raw():
            came += len(piece)
            if came > most:
                raise RefusedAddress(f"more than {most:,} bytes came, the most that is fetched")
            write(piece)
    if came == 0 or (declared is not None and came != declared):
        due = f" of {declared:,}" if declared else ""
        raise BrokenDownload(f"{came:,}{due} bytes of the film came")


@contextlib.contextmanager
def _open_scratch(scratch: Path) -> Generator[Callable[[bytes], None], None, None]:
    """Gives what writes to a file; a full disk is not taken for a fault of the network."""

    def write(piece: bytes) -> None:
        try:
            file.write(piece)
            # A full disk shows here, where it is known that the disk is at fault, and not when the file is closed.
            file.flush()
        except OSError as fault:
            raise _disk_fault(fault) from None

    try:
        file = open_scratch(scratch)
    except OSError as fault:
        raise _disk_fault(fault) from None
    with file:
        yield write


def _disk_fault(fault: OSError) -> MediaError:
    words, hint = explain_fault(fault)
    return MediaError(f"a film cannot be written: {words}", hint)
