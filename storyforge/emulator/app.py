"""The application: all hosts under their paths, the files they serve, and what tests ask the emulator itself."""

from __future__ import annotations

import asyncio
import contextlib
import email.utils
import json
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from storyforge.emulator.clock import Clock
from storyforge.emulator.faults import FAULTS
from storyforge.emulator.films import spoil_film
from storyforge.emulator.hiapi import HiApi
from storyforge.emulator.host import Desk, Dropped, Host
from storyforge.emulator.joypix import JoyPix
from storyforge.emulator.runware import Runware
from storyforge.emulator.scenario import Scenario
from storyforge.emulator.wavespeed import WaveSpeed
from storyforge.model.errors import UsageError
from storyforge.version import __version__

HOSTS: tuple[type[Host], ...] = (Runware, WaveSpeed, Scenario, HiApi, JoyPix)
MARK = "X-StoryForge-Emulator"
"""The header by which an answer of the emulator is known; its value is the version."""
REMEMBERED = 20_000
"""Requests that are kept, to be asked for later."""
LONG_TEXT = 4_000
LOGGED = ("content-type", "idempotency-key", "user-agent", "x-runware-dry-run")
"""Headers that the log keeps."""


class Log:
    """Every request: time, host, method, path, status, whether a key came with it, body. No key is ever written."""

    def __init__(self, path: Path | None) -> None:
        self._file = open(path, "a", encoding="utf-8") if path else None  # noqa: SIM115  # closed with the emulator
        self._lock = threading.Lock()
        self._kept: deque[dict[str, Any]] = deque(maxlen=REMEMBERED)

    def add(self, entry: dict[str, Any]) -> None:
        """Keeps an entry, and writes it to the file at once, one line of JSON each."""
        with self._lock:
            self._kept.append(entry)
            if self._file and not self._file.closed:
                self._file.write(json.dumps(entry, ensure_ascii=False) + "\n")
                self._file.flush()

    def requests(self) -> list[dict[str, Any]]:
        """The entries that are kept, oldest first: the last `REMEMBERED`."""
        with self._lock:
            return list(self._kept)

    def forget(self) -> None:
        """Drops what is kept in memory; the file keeps all."""
        with self._lock:
            self._kept.clear()

    def close(self) -> None:
        """Closes the file; later entries are kept in memory alone."""
        if self._file:
            self._file.close()


def build(desk: Desk, log: Log) -> ASGIApp:
    """The emulator as an ASGI application."""
    hosts = [host(desk) for host in HOSTS]
    files, inspection = Files(desk, hosts), Inspection(desk, log)

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        for host in hosts:
            for job in desk.store.jobs(host.name):
                # Jobs outlive a restart, as they do at a host.
                if not job.ended:
                    host.resume(job)
        yield
        for task in [task for host in hosts for task in host.busy]:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await task
        await desk.post.close()

    routes: list[BaseRoute] = [route for host in hosts for route in host.routes()]
    routes += [*files.routes(), *inspection.routes()]
    app = Starlette(routes=routes, lifespan=lifespan, exception_handlers={404: _nowhere, 405: _nowhere})
    app.router.redirect_slashes = False  # a path with a slash too many is another path
    return Outermost(app, log, {host.name: host for host in hosts}, desk.clock)


async def _nowhere(request: Request, error: Exception) -> Response:
    """The answer to a path that no host has, or that takes another method."""
    status = error.status_code if isinstance(error, HTTPException) else 404
    return JSONResponse({"message": f"the emulator has nothing at {request.method} {request.url.path}"}, status)


class Outermost:
    """Logs every request, heads every answer with its time and its origin, and lets one close the connection."""

    def __init__(self, app: ASGIApp, log: Log, hosts: Mapping[str, Host], clock: Clock) -> None:
        self._app = app
        self._log = log
        self._hosts = hosts
        self._clock = clock

    def _heads(self, path: str) -> list[tuple[bytes, bytes]]:
        """Headers of every answer: the time by the clock of the host that answers, and that it is an emulator."""
        host = self._hosts.get(path.split("/")[1])
        date = email.utils.formatdate(host.show_time() if host else self._clock.time(), usegmt=True)
        return [(b"date", date.encode()), (MARK.lower().encode(), __version__.encode())]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = await _whole_body(receive)
        entry: dict[str, Any] | None = _entry(scope, body) if not scope["path"].startswith("/_emulator/") else None
        # The log has read the body to its end, and the host is to read it too.
        waiting = [body]

        async def again() -> Message:
            if waiting:
                return {"type": "http.request", "body": waiting.pop(), "more_body": False}
            return await receive()

        def note(status: int | None) -> None:
            nonlocal entry
            if entry:
                self._log.add({**entry, "status": status})
                entry = None

        async def noting(message: Message) -> None:
            if message["type"] == "http.response.start":
                note(message["status"])
                message["headers"] = [*message.get("headers", ()), *self._heads(scope["path"])]
            await send(message)

        scope["emulator.hang_up"] = _hanging_up(send)
        try:
            await self._app(scope, again, noting)
        finally:
            # Only where no answer began: the connection was closed.
            note(None)


async def _whole_body(receive: Receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


def _hanging_up(send: Send) -> Callable[[bool], Any]:
    async def hang_up(at_once: bool) -> None:
        # uvicorn hands out `send` as a method of the cycle that owns the connection; ASGI itself knows no hanging up.
        transport = send.__self__.transport  # type: ignore[attr-defined]
        if at_once:
            transport.abort()
        else:
            transport.close()
        while not send.__self__.disconnected:  # type: ignore[attr-defined]
            await asyncio.sleep(0.005)

    return hang_up


def _entry(scope: Scope, body: bytes) -> dict[str, Any]:
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    host = scope["path"].split("/")[1] if scope["path"].count("/") else ""
    query = scope["query_string"].decode("latin-1")
    entry = {
        "time": time.time(),
        "host": host,
        "method": scope["method"],
        "path": scope["path"] + (f"?{query}" if query else ""),
        "authorization": "redacted" if "authorization" in headers else None,
        "headers": {name: headers[name] for name in LOGGED if name in headers},
    }
    if not body:
        return entry | {"body": None}
    try:
        return entry | {"body": _shortened(json.loads(body))}
    except (ValueError, RecursionError):
        return entry | {"body": {"bytes": len(body)}}


def _shortened(value: Any) -> Any:
    """Without keys, and without the bytes of pictures."""
    if isinstance(value, dict):
        return {name: "redacted" if name == "apiKey" else _shortened(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_shortened(one) for one in value]
    if isinstance(value, str) and len(value) > LONG_TEXT:
        return f"{value[:200]}… ({len(value)} characters)"
    return value


class Files:
    """Films and uploads, as from another machine: by signed addresses, to nobody who brings a key."""

    def __init__(self, desk: Desk, hosts: list[Host]) -> None:
        self._desk = desk
        self._hosts = {host.name: host for host in hosts}

    def routes(self) -> list[Route]:
        """Addresses of films, stills and uploads; `/elsewhere` plays another machine that films are redirected to."""
        return [
            Route("/files/film/{host}/{job}/{number:int}.{form}", self.film),
            Route("/elsewhere/film/{host}/{job}/{number:int}.{form}", self.film),
            Route("/files/still/{host}/{job}.png", self.still),
            Route("/files/upload/{sha256}.{form}", self.upload),
            Route("/files/ticket/{host}/{ticket}", self.ticket),
        ]

    def _refused(self, request: Request) -> Response | None:
        if "authorization" in request.headers:
            return PlainTextResponse("only one authentication mechanism is allowed: this address is signed", 400)
        wrong = self._desk.links.check(request.url.path, request.url.query)
        return (
            PlainTextResponse(f"<Error><Code>AccessDenied</Code><Message>{wrong}</Message></Error>", 403)
            if wrong
            else None
        )

    async def film(self, request: Request) -> Response:
        """A finished film, rendered when it is first asked for, or what a fault sends in its place."""
        if refused := self._refused(request):
            return refused
        asked = request.path_params
        host = self._hosts.get(asked["host"])
        job = self._desk.store.job(asked["host"], asked["job"])
        if host is None or job is None or job.failed or not 0 <= asked["number"] < job.count:
            return PlainTextResponse("not found", 404)
        path = await self._desk.films.make(host.film(job, asked["number"]))
        # The address that a fault redirected to gives the film: struck again, it would redirect for ever.
        struck = None if request.url.path.startswith("/elsewhere") else self._desk.faults.first("download", host.name)
        return self._served(path, request, struck)

    def _served(self, path: Path, request: Request, struck: str | None) -> Response:
        kind = {"mp4": "video/mp4", "mov": "video/quicktime", "webm": "video/webm"}[path.suffix[1:]]
        match struck:
            case "truncated-download":
                content = path.read_bytes()
                return Dropped(content[: len(content) // 2], len(content), kind)
            case "corrupt-download":
                return Response(spoil_film(path.read_bytes()), media_type=kind)
            case "empty-download":
                return Response(b"", media_type=kind)
            case "page-for-film":
                return Response("<!doctype html><title>Sign in</title>", media_type="text/html")
            case "redirect-to-file":
                return RedirectResponse("file:///etc/passwd", 302)
            case "redirect-to-metadata":
                return RedirectResponse("http://169.254.169.254/latest/meta-data/", 302)
            case "redirect-with-key-check":
                return RedirectResponse(
                    self._desk.links.sign(request.url.path.replace("/files", "/elsewhere", 1), 60), 302
                )
            case "redirect-loop":
                return RedirectResponse(str(request.url), 302)
        return FileResponse(path, media_type=kind)

    async def still(self, request: Request) -> Response:
        """A picture next to a film, for those who take the first output whatever it is."""
        import io

        from PIL import Image

        if refused := self._refused(request):
            return refused
        out = io.BytesIO()
        Image.new("RGB", (64, 36), "grey").save(out, "PNG")
        return Response(out.getvalue(), media_type="image/png")

    async def upload(self, request: Request) -> Response:
        """A picture that was uploaded, by its sha256; 404 where there is none."""
        if refused := self._refused(request):
            return refused
        path = self._desk.store.bytes_path(request.path_params["sha256"])
        return (
            FileResponse(path, media_type=f"image/{request.path_params['form']}")
            if path.exists()
            else PlainTextResponse("not found", 404)
        )

    async def ticket(self, request: Request) -> Response:
        """What was brought with a ticket; its address is public, since nobody can guess it."""
        stored = self._desk.store.get("ticket", request.path_params["host"], request.path_params["ticket"])
        if stored is None or "sha256" not in stored:
            return PlainTextResponse("not found", 404)
        return FileResponse(self._desk.store.bytes_path(stored["sha256"]), media_type=stored.get("content_type"))


class Inspection:
    """What the emulator tells of itself; no host has this."""

    def __init__(self, desk: Desk, log: Log) -> None:
        self._desk = desk
        self._log = log

    def routes(self) -> list[Route]:
        """All addresses under `/_emulator`, which take no key."""
        return [
            Route("/_emulator/orders", self.orders),
            Route("/_emulator/jobs", self.jobs),
            Route("/_emulator/requests", self.requests),
            Route("/_emulator/callbacks", self.callbacks),
            Route("/_emulator/faults", self.faults, methods=["GET", "POST"]),
            Route("/_emulator/clock", self.clock, methods=["GET", "POST"]),
            Route("/_emulator/reset", self.reset, methods=["POST"]),
        ]

    async def orders(self, _: Request) -> Response:
        """Accepted orders, oldest first, each with how often an equal one was accepted."""
        return JSONResponse(self._desk.store.orders())

    async def jobs(self, _: Request) -> Response:
        """All jobs of all hosts with every field, faults among them, oldest first."""
        return JSONResponse([asdict(job) for job in self._desk.store.jobs()])

    async def requests(self, _: Request) -> Response:
        """The requests of the log, oldest first, without keys."""
        return JSONResponse(self._log.requests())

    async def callbacks(self, _: Request) -> Response:
        """Every try to deliver a callback, the ones that nobody answered too."""
        return JSONResponse(self._desk.post.sent)

    async def faults(self, request: Request) -> Response:
        """`{"faults": ["name:1x@host", …], "seed": 0}` replaces all rules; a GET lists them and all there are."""
        if request.method == "POST":
            try:
                asked = await request.json()
                self._desk.faults.replace_rules(asked["faults"], asked.get("seed"))
            except (ValueError, KeyError, TypeError, UsageError) as wrong:
                return JSONResponse({"message": str(wrong)}, 400)
        known = [{"name": fault.name, "line": fault.line, "hosts": fault.hosts} for fault in FAULTS]
        return JSONResponse({"faults": self._desk.faults.texts(), "known": known})

    async def clock(self, request: Request) -> Response:
        """`{"move": 3600}` lets an hour pass, `{"ahead": 0}` sets the clock to this machine's; either tells `ahead`."""
        clock = self._desk.clock
        if request.method == "POST":
            try:
                asked = await request.json()
                clock.ahead = float(asked.get("ahead", clock.ahead)) + float(asked.get("move", 0))
            except (ValueError, AttributeError, TypeError) as wrong:
                return JSONResponse({"message": str(wrong)}, 400)
        return JSONResponse({"ahead": clock.ahead})

    async def reset(self, _: Request) -> Response:
        """Forget all orders, jobs, uploads, requests and faults, and set the clock to this machine's."""
        self._desk.store.forget()
        self._desk.faults.replace_rules([])
        self._desk.clock.ahead = 0.0
        self._desk.post.sent.clear()
        self._log.forget()
        return JSONResponse({})
