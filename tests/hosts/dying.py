"""One clip ordered at the emulator in this process and in a time of its own, by runs that can die at any step.

Sleeping moves the emulator's clock instead of waiting, and our clock is that one with whatever it is wrong by. A run
that dies leaves its ledger as `kill -9` does: the connection is closed, and nothing that was not committed is there.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

from storyforge.emulator import Emulator
from storyforge.model.clip import Job
from storyforge.model.errors import StoryForgeError
from storyforge.providers import find_provider
from storyforge.rendering.dispatcher import Dispatcher
from storyforge.rendering.terms import Terms
from storyforge.reports.spending import Span, total
from storyforge.system.client import Client, Pace
from storyforge.system.ledger import Ledger, Order

SETTLED = ("done", "failed", "refused", "absent")
"""Statuses of an order whose clip may be bought again, if somebody asks for that: all that is not open."""


FILM = "ferry-1"


def clip_job(host: str, prompt: str) -> Job:
    """A clip of three seconds without pictures."""
    return Job(
        "wait", host, "text-to-video", prompt, (), None, 3, "720p", "16:9", (1280, 720), 24, 7, 1, {}, (), "en", {},
        f"fingerprint of {prompt}",
    )  # fmt: skip


class Killed(BaseException):
    """The process is gone."""


@dataclass
class Death:
    """When a run dies, if it does."""

    point: str | None
    ledger: Ledger | None = None
    came: bool = False

    def reach(self, point: str) -> None:
        if self.came or point == self.point:
            self.came = True
            if self.ledger:
                self.ledger.close()
            raise Killed(point)


class DyingLedger(Ledger):
    """Dies before an order is marked, and before the host's acceptance is written down."""

    death: Death

    def _prepare(self, readonly: bool) -> None:
        super()._prepare(readonly)
        self._base.execute("pragma synchronous = off")  # a process dies here, not a machine

    def sending(self, order: Order, *values: object) -> None:
        self.death.reach("before it is marked")
        super().sending(order, *values)

    def mark_sent(self, order: Order, job_id: str) -> None:
        self.death.reach("before acceptance is written down")
        super().mark_sent(order, job_id)


class DyingClient(Client):
    """Dies before an order leaves, and before its answer is read."""

    death: Death

    async def send(self, request):
        self.death.reach("before it leaves")
        answer = await super().send(request)
        self.death.reach("before the answer is read")
        return answer


@dataclass
class World:
    """An emulated host, the account's key there, and a project that wants one clip."""

    emulator: Emulator
    host: str
    keys: dict[str, str]
    folder: Path
    prompt: str
    ahead: float = 0.0
    """Seconds by which our clock is ahead of the world's."""
    said: list[str] = field(default_factory=list)
    """How each run ended, in words."""

    def __post_init__(self) -> None:
        self.folder.mkdir()
        self.provider = find_provider(self.host, self.emulator.environment())
        self.job = clip_job(self.host, self.prompt)

    @property
    def film(self) -> Path:
        return self.folder / "take.mp4"

    def now(self) -> float:
        return self.emulator.desk.clock.time() + self.ahead

    # runs

    def render_earlier(self) -> None:
        """Another film of the project, rendered well: by its job a list shows that it reaches back."""
        asyncio.run(self._run(Death(None), Terms("ferry-0"), clip_job(self.host, "An earlier film.")))

    def run(self, point: str | None = None, *, approved: bool = True) -> None:
        """One run, which may order the clip only if that was approved, and dies at `point`."""
        terms = Terms(FILM, slates=frozenset([self.job.fingerprint] if approved else []))
        try:
            asyncio.run(self._run(Death(point), terms, self.job))
            self.said.append("rendered")
        except Killed as death:
            self.said.append(f"killed {death}")
        except StoryForgeError as fault:
            self.said.append(str(fault))

    async def _run(self, death: Death, terms: Terms, job: Job) -> None:
        async def sleep(seconds: float) -> None:
            death.reach("while it waits")
            self.emulator.move_clock(seconds)
            await asyncio.sleep(0.004)

        def open_client(host):
            client = DyingClient(
                host.base_url,
                host.authorization(self.keys),
                pace=Pace(),
                note=self.said.append,
                sleep=sleep,
                now=self.now,
            )
            client.death = death
            return client

        ledger = DyingLedger(self.folder / "ledger.db")
        ledger.death, death.ledger = death, ledger
        try:
            crew = Dispatcher(ledger, terms, self.said.append, open_wire=open_client, now=self.now, sleep=sleep)
            async with crew:
                await crew.render(job, self.provider, {}, self.film, lambda share: None)
                crew.mark_done(job.fingerprint)
        finally:
            ledger.close()

    # what a person sees and does

    def ledger(self) -> Ledger:
        return Ledger(self.folder / "ledger.db")

    def status(self) -> str | None:
        """Of the clip's last order; None where none is left."""
        with self.ledger() as ledger:
            order = ledger.latest(self.job.fingerprint)
        return order.status if order else None

    def may_buy(self) -> bool:
        """Whether a person who looks at the plan may have the clip ordered again."""
        return self.status() in (None, *SETTLED)

    def resolve(self) -> None:
        """A person who knows the truth settles what is not known."""
        jobs = [order["job"] for order in self.accepted()]
        with self.ledger() as ledger:
            order = ledger.latest(self.job.fingerprint)
            if jobs:
                ledger.mark_sent(order, jobs[0])
            else:
                ledger.mark_ended(order, "failed", self.now(), "declared lost")

    # the truth

    def accepted(self) -> list[dict]:
        """Orders of the clip that the host accepted, and bills."""
        return [order for order in self.emulator.orders(self.host) if self.prompt in str(order["body"])]

    def spend(self) -> tuple[int, int]:
        """Orders that `spend` counts as paid, and that many more that may be billed."""
        with self.ledger() as ledger:
            ledger.rows("update orders set emulated = null")  # here the emulator is the host
            row = total(ledger, Span(film=FILM))
        return row.spent.orders - row.open.orders, row.open.orders + row.may_be_billed.orders
