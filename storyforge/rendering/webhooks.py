"""Hear hosts call back when a job ends: the call only wakes the wait for that job, polling finds out what is true.

So a call that is forged, repeated or early costs one poll and nothing else; it is checked all the same.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import secrets
import time
from collections.abc import AsyncIterator, Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from storyforge.model.errors import UsageError

if TYPE_CHECKING:
    from starlette.requests import Request

    from storyforge.providers.host import Host
    from storyforge.system.settings import Settings

LISTEN = "127.0.0.1:8787"
"""Where calls are heard unless `webhook_listen` says otherwise; a proxy leads there from the address hosts know."""

LARGEST = 1_000_000
"""Bytes of a call that are read."""

SLOWEST = 10.0
"""Seconds that a call may take to bring its body."""

CALLS_AT_ONCE = 64
"""Connections that are held; a caller beyond them is answered 503, and calls again."""

LEAVE = 1
"""Seconds that a call which is still coming has when the run ends."""


def callback_addresses(public: str, hosts: Mapping[str, Host]) -> dict[str, str]:
    """The address that each host calls, ending in its name and a secret token."""
    return {name: f"{public.rstrip('/')}/{name}?token={secrets.token_urlsafe(24)}" for name in hosts}


@contextlib.asynccontextmanager
async def receiving(
    public: str,
    addresses: Mapping[str, str],
    hosts: Mapping[str, Host],
    settings: Settings,
    wake: Callable[[str, str], None],
) -> AsyncIterator[None]:
    """Listens while the block runs; `wake` gets host and number of a job. UsageError if the port is taken."""
    import uvicorn

    address = settings.text("webhook_listen") or _own(public) or LISTEN
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise UsageError(f"`webhook_listen` is `{address}`", "write a host and a port: `127.0.0.1:8787`")
    config = uvicorn.Config(
        _app(addresses, hosts, settings, wake), host=host, port=int(port), log_config=None, log_level="critical",
        access_log=False, lifespan="off", limit_concurrency=CALLS_AT_ONCE, timeout_graceful_shutdown=LEAVE,
    )  # fmt: skip
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]  # signals belong to the render
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign,assignment]  # likewise in newer ones
    task = asyncio.ensure_future(_served(server, address))
    try:
        # No order is sent before calls can be heard.
        while not server.started:
            if task.done():
                task.result()
            await asyncio.sleep(0.01)
        yield
    finally:
        server.should_exit = True
        with contextlib.suppress(UsageError):
            await task


async def _served(server: Any, address: str) -> None:
    try:
        await server.serve()
    except SystemExit:
        raise UsageError(f"nobody can listen at `{address}`", "set `webhook_listen` to a free port") from None


def _own(public: str) -> str | None:
    """An address on this machine is listened at as it is."""
    parts = urlsplit(public)
    return f"{parts.hostname}:{parts.port}" if parts.hostname in ("127.0.0.1", "localhost") and parts.port else None


async def _read_body(request: Request) -> bytes | None:
    """The body of a call; None where it is too large, of which no more is read."""
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared[:20]) > LARGEST:
        return None
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > LARGEST:
            return None
    return bytes(body)


def _app(
    addresses: Mapping[str, str], hosts: Mapping[str, Host], settings: Settings, wake: Callable[[str, str], None]
) -> Any:
    from starlette.applications import Starlette
    from starlette.requests import ClientDisconnect
    from starlette.responses import Response
    from starlette.routing import Route

    async def called(request: Request) -> Response:
        name = request.path_params["host"]
        host = hosts.get(name)
        expected = urlsplit(addresses.get(name, "")).query.removeprefix("token=")
        # In constant time, so that the token cannot be found letter by letter; and a host that is unknown is answered
        # alike.
        if host is None or not hmac.compare_digest(request.query_params.get("token", "").encode(), expected.encode()):
            return Response(status_code=404)
        try:
            async with asyncio.timeout(SLOWEST):
                body = await _read_body(request)
        except TimeoutError:
            return Response(status_code=408, headers={"Connection": "close"})
        except ClientDisconnect:
            return Response(status_code=400)
        if body is None:
            return Response(status_code=413, headers={"Connection": "close"})
        secret = settings.environment.get(f"{name.upper()}_WEBHOOK_SECRET") or None
        number = host.read_callback(dict(request.headers), body, secret, time.time())
        if number is None:
            return Response(status_code=400)
        wake(name, number)
        return Response(status_code=204)

    path = urlsplit(next(iter(addresses.values()))).path.rpartition("/")[0]
    return Starlette(routes=[Route(f"{path}/{{host}}", called, methods=["POST"])])
