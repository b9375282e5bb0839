"""A server on this machine that speaks as the hosts of the video model do, strictly, and returns real films.

It shares no code with the providers that talk to hosts: each checks the other. Needs starlette and uvicorn, so it is
imported where it is used.

    with running(faults=["accept-then-500:1x@wavespeed"], card=True) as emulator:
        environment = emulator.environment()    # RUNWARE_BASE_URL and so on
        ...
        emulator.orders()
"""

from __future__ import annotations

import contextlib
import signal
import socket
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import uvicorn

from storyforge.emulator.app import HOSTS, Log, build
from storyforge.emulator.clock import Clock
from storyforge.emulator.faults import Faults
from storyforge.emulator.films import Films, Links
from storyforge.emulator.host import Desk
from storyforge.emulator.jobs import Store
from storyforge.emulator.webhooks import Post
from storyforge.model.errors import UsageError

ADDRESS = "127.0.0.1"


class Server(uvicorn.Server):
    """uvicorn kills its process with the signal that stopped it; this one returns, so temporary folders are deleted."""

    interrupted = False

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """SIGINT and SIGTERM stop the server in its main thread; in another thread they are left to the caller."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return

        def stop(number: int, _: Any) -> None:
            self.interrupted = number == signal.SIGINT
            self.should_exit = True

        before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


class Emulator:
    """A server that is bound to its port but does not answer yet; what it knows can be asked from any thread."""

    def __init__(
        self,
        state: Path,
        *,
        port: int = 0,
        log: Path | None = None,
        faults: Iterable[str] = (),
        seed: int = 0,
        delay: float = 1.0,
        slow: float = 90.0,
        card: bool = False,
        films: Path | None = None,
        webhook_secret: str | None = None,
        ahead: float = 0.0,
    ) -> None:
        """Seconds of `ahead` are those by which its clock is ahead of this machine's."""
        rules = Faults(faults, seed)
        self._socket = _bound(port)
        store = Store(state)
        clock = Clock(ahead)
        links = Links(store.secret("links"), clock)
        links.base = f"http://{ADDRESS}:{self._socket.getsockname()[1]}"
        drawn = Films(films or state / "films", store, card)
        self.desk = Desk(store, rules, drawn, links, Post(), delay, slow, webhook_secret, clock)
        self.log = Log(log)
        # Without uvicorn's `Date`: each host has a clock of its own, which the fault `clock` moves.
        config = uvicorn.Config(
            build(self.desk, self.log), http="h11", ws="none", loop="asyncio", lifespan="on", log_level="critical",
            access_log=False, timeout_graceful_shutdown=1, date_header=False,
        )  # fmt: skip
        self.server = Server(config)

    @property
    def url(self) -> str:
        """Scheme, host and port, without a slash at the end."""
        return self.desk.links.base

    def bases(self) -> dict[str, str]:
        """Base address of each host."""
        return {host.name: self.url + f"/{host.name}{host.version}" for host in HOSTS}

    def environment(self) -> dict[str, str]:
        """The base addresses as environment variables."""
        return {f"{name.upper()}_BASE_URL": base for name, base in self.bases().items()}

    def orders(self, host: str | None = None) -> list[dict[str, Any]]:
        """Accepted orders, oldest first: `host, time, body, job, key` and `times` its body was accepted."""
        return [order for order in self.desk.store.orders() if host in (None, order["host"])]

    def requests(self, host: str | None = None) -> list[dict[str, Any]]:
        """Everything that was asked: `time, host, method, path, status, authorization, headers, body`."""
        return [entry for entry in self.log.requests() if host in (None, entry["host"])]

    def callbacks(self) -> list[dict[str, Any]]:
        """Every try to call back: `time, url, headers, body, status`."""
        return list(self.desk.post.sent)

    def faults(self, *rules: str, seed: int | None = None) -> None:
        """Replace all faults."""
        self.desk.faults.replace_rules(rules, seed)

    def move_clock(self, seconds: float) -> None:
        """Let time pass: keys against repetition are forgotten, and addresses expire, by this clock."""
        self.desk.clock.move(seconds)

    def reset(self) -> None:
        """Forget orders, jobs, uploads, requests and faults, and set the clock to this machine's."""
        self.desk.store.forget()
        self.desk.clock.ahead = 0.0
        self.desk.faults.replace_rules([])
        self.desk.post.sent.clear()
        self.log.forget()

    def serve(self) -> int:
        """Answer until stopped; the exit code says whether by an interrupt."""
        try:
            self.server.run(sockets=[self._socket])
        finally:
            self.close()
        return 130 if self.server.interrupted else 0

    def close(self) -> None:
        """Closes the socket, the store and the log; the folder stays as it is."""
        self._socket.close()
        self.desk.store.close()
        self.log.close()


def _bound(port: int) -> socket.socket:
    # With the protocol named, asyncio sends small answers at once; without, each waits 40 ms for the one before.
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    # So that the port can be used again as soon as an emulator has ended.
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((ADDRESS, port))
        bound.listen()  # who reads the address may call at once, and waits until the server answers
    except (OSError, OverflowError) as error:
        bound.close()
        raise UsageError(
            f"port {port} cannot be used: {error}", "leave `--port` out, and any free one is taken"
        ) from None
    return bound


@contextlib.contextmanager
def running(state: Path | None = None, **settings: Any) -> Iterator[Emulator]:
    """An emulator that answers while the block lasts; settings are those of `Emulator`.

    Without `state`, all is forgotten at the end.
    """
    with contextlib.ExitStack() as stack:
        folder = state or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="storyforge-emulator-")))
        emulator = Emulator(folder, **settings)
        # A daemon: a test that dies in the block does not hang on the server.
        thread = threading.Thread(target=emulator.serve, name="emulator", daemon=True)
        thread.start()
        try:
            until = time.monotonic() + 20
            while not emulator.server.started:
                if time.monotonic() > until or not thread.is_alive():
                    raise RuntimeError("the emulator does not start")
                time.sleep(0.005)
            yield emulator
        finally:
            emulator.server.should_exit = True
            thread.join(20)
