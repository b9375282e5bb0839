"""Our own conversations with a recording server: jobs go through the dispatcher and `Client`, as in a render."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
from providers.suite import job_for

from storyforge.model.clip import Job
from storyforge.model.errors import StoryForgeError
from storyforge.model.messages import Upload
from storyforge.providers import find_provider
from storyforge.providers.host import Host
from storyforge.rendering.dispatcher import Dispatcher
from storyforge.rendering.terms import Terms
from storyforge.system.client import Client, Pace
from storyforge.system.ledger import Ledger

from .record import ADDRESSES, BUSY, CALLBACK, KEY, REFUSALS, SECRET, WORDS
from .server import RecordingServer, draw_png

MODES = ("text-to-video", "image-to-video", "reference-to-video", "combined")
UNSEEN = 30
"""Empty answers after which Runware's archive is asked."""


class Ours:
    """One of our hosts, connected to a recording server; a `transport` can change what is sent."""

    def __init__(
        self, server: RecordingServer, folder: Path, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        host = find_provider(server.host, {f"{server.host.upper()}_BASE_URL": server.base})
        assert isinstance(host, Host)
        self.server, self.folder, self.host, self.transport = server, folder, host, transport

    def converse(self, name: str) -> list[dict[str, Any]]:
        """The requests that we send in the conversation of that name, as the server describes them."""
        asyncio.run(getattr(self, f"_{name.replace(' ', '_')}")() if name not in MODES else self._render(name))
        return self.server.take()

    def open_client(self, host: Host | None = None) -> Client:
        keys = dict.fromkeys(self.host.settings, KEY) | {"SCENARIO_SDK_API_SECRET": SECRET}
        pace = Pace(first=0.001, fixed=True)
        return Client(self.server.base, self.host.authorization(keys), pace=pace, transport=self.transport)

    async def _render(self, mode: Any, **terms: Any) -> None:
        job, given = self._job(mode)
        waits: list[float] = []

        async def sleep(seconds: float) -> None:
            waits.append(seconds)

        with contextlib.closing(Ledger(self.folder / "ledger.db")) as ledger:
            settings = {"open_wire": self.open_client, "sleep": sleep}
            async with Dispatcher(ledger, Terms("film", **terms), lambda note: None, **settings) as dispatcher:
                with contextlib.suppress(StoryForgeError):  # the outcome is covered by other tests
                    await dispatcher.render(job, self.host, given, self.folder / "out.mp4", lambda share: None)

    def _job(self, mode: Any) -> tuple[Job, dict[str, Path]]:
        """The shot of the recordings, with the files of its pictures where the host takes files."""
        job = job_for(type(self.host), mode, WORDS[self.host.name])
        if self.host.pictures == "address":
            frame = ADDRESSES[0] if job.first_frame else None
            return replace(job, first_frame=frame, references=ADDRESSES if job.references else ()), {}
        given = {}
        for colour, token in enumerate((*job.references, *([job.first_frame] if job.first_frame else []))):
            given[token] = self.folder / f"{colour}.png"
            given[token].write_bytes(draw_png(colour=200 + colour))
        return job, given

    async def _busy(self) -> None:
        self.server.failures = [BUSY]
        await self._render("text-to-video")

    async def _refused(self) -> None:
        self.server.failures = [REFUSALS[self.host.name]]
        await self._render("text-to-video")

    async def _called_back(self) -> None:
        await self._render("text-to-video", callbacks={self.host.name: CALLBACK})

    async def _list(self) -> None:
        """The list is read when it is not known whether an order arrived."""
        await self._render("text-to-video")
        job, _ = self._job("text-to-video")
        await self._talk(lambda: self.host.find(self.host.order(job)))
        self.server.requests = [one for one in self.server.requests if one["what"] == "list"][:1]

    async def _upload(self) -> None:
        await self._talk(lambda: self.host.upload(Upload("mira.png", "image/png", draw_png())))

    async def _large_upload(self) -> None:
        await self._talk(lambda: self.host.upload(Upload("mira.png", "image/png", draw_png() + bytes(6_000_000))))

    async def _details(self) -> None:
        """The host is asked for the task after many empty answers."""
        self.server.unseen = UNSEEN
        await self._talk(lambda: self.host.collect("0f0f0f0f-0f0f-4f0f-8f0f-0f0f0f0f0f0f"))
        self.server.requests = [one for one in self.server.requests if one["what"] == "details"]

    async def _price(self) -> None:
        job, _ = self._job("reference-to-video" if self.host.pictures == "upload" else "text-to-video")
        addresses = {token: f"https://files.example/{1 + number}.png" for number, token in enumerate(job.references)}
        await self._talk(lambda: self.host.price(self.host.order(job, addresses)))

    async def _talk(self, begin: Callable[[], Any]) -> None:
        async with asyncio.timeout(30), self.open_client() as client:
            await client.talk(begin())
