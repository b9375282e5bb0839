"""The places that hosts give: how long a job is waited for, and who waits for a place while others hold it.

What holds a place need not be of this run: an order of a run that was stopped, of a clip that was changed since, of
another film. Such orders are followed while somebody waits, so that their places come free when their jobs end.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

from storyforge.model.errors import HostError, StoryForgeError
from storyforge.model.messages import Refused
from storyforge.providers.host import Host
from storyforge.rendering.recovery import Search, is_own
from storyforge.system.client import Client
from storyforge.system.ledger import Ledger, Order, Status

REFUSALS = ("moderation", "invalid")
"""Reasons after which an order is not sent again until the clip changes: it would be refused again."""

NAMED = 3
"""How many of the orders that hold places are named to a clip that waits."""

UNDECIDED = ("credentials", "limit")
"""Reasons for which a host does not tell of a job: it goes on all the same, and stays attached."""


def judge_failure(host: Host, said: Refused) -> tuple[Status, float | None]:
    """The status of an order whose job failed so, and what it cost in US dollars; None where the host does not say."""
    return "refused" if said.reason in REFUSALS else "failed", 0.0 if host.refunds_failures else None


@dataclass(slots=True)
class Patience:
    """How long one run waits for one job. By the clock of the machine's uptime, which nobody sets."""

    clip: str
    seconds: float
    waits_for: str | None = None
    """What is waited for before the job is ordered."""
    _limit: asyncio.Timeout | None = None

    @contextlib.asynccontextmanager
    async def limit(self) -> AsyncIterator[None]:
        """Ends its block by a HostError once the time is over."""
        try:
            async with asyncio.timeout(self.seconds) as self._limit:
                yield
        except TimeoutError:
            if self.waits_for:
                raise HostError(
                    f"`{self.clip}` waited {self.seconds:g} s for {self.waits_for}; it is not ordered",
                    "run again later; `storyforge resolve FILE CLIP --give-up` gives up a job that never ends",
                ) from None
            raise HostError(
                f"`{self.clip}` was not done within {self.seconds:g} s",
                "the job stays attached; the next run collects it",
            ) from None

    def renew(self) -> None:
        """Starts the time again: the waiting had a result."""
        if self._limit:
            self._limit.reschedule(asyncio.get_running_loop().time() + self.seconds)


@dataclass(slots=True)
class _Line:
    """Those who wait for a place at one host, in the order in which they came."""

    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    waiting: list[Patience] = field(default_factory=list)
    holders: list[Order] = field(default_factory=list)
    """The orders that held the places when the first in line looked."""


@dataclass(slots=True)
class Places:
    """Who holds the places of hosts, for one run."""

    ledger: Ledger
    search: Search
    note: Callable[[str], None]
    now: Callable[[], float]
    sleep: Callable[[float], Awaitable[None]]
    wanted: frozenset[str] | None = None
    """Fingerprints of the slates that this run's film wants; None where that is not known."""
    working: set[str] = field(default_factory=set)
    """Fingerprints of the slates that this run works on now, each of which is followed there."""
    _lines: dict[str, _Line] = field(default_factory=dict)
    """By the host's name."""
    _followed: dict[int, asyncio.Task[None]] = field(default_factory=dict)

    async def take(
        self, clip: str, host: Host, client: Client, patience: Patience, write_down: Callable[[], Order | None]
    ) -> Order:
        """The order that `write_down` wrote; as long as it finds no place at the host, waits for one, and follows
        others' orders meanwhile. The deadline begins again whenever a place comes free."""
        line = self._lines.setdefault(host.name, _Line())
        if line.turn.locked():
            self._say_waiting(clip, host, line, patience)
        line.waiting.append(patience)
        try:
            # Only the first in line looks: a thousand clips that all did would read the ledger all the time.
            async with line.turn:
                while (order := write_down()) is None:
                    self._look(clip, host, client, line, patience)
                    await self.sleep(client.pace.first)
        finally:
            line.waiting.remove(patience)
        if patience.waits_for:
            patience.waits_for = None
            patience.renew()
        return order

    def _look(self, clip: str, host: Host, client: Client, line: _Line, patience: Patience) -> None:
        """Finds out who holds the places, renews the time of all in line if one came free, and follows the holders."""
        before, line.holders = line.holders, self.ledger.find_holders(host.name, self.now(), client.loopback)
        self._say_waiting(clip, host, line, patience)
        if {order.id for order in before} - {order.id for order in line.holders}:
            for one in line.waiting:
                one.renew()
        for order in line.holders:
            if order.fingerprint not in self.working and order.id not in self._followed:
                self._followed[order.id] = asyncio.ensure_future(self._follow(order, host, client))

    def _say_waiting(self, clip: str, host: Host, line: _Line, patience: Patience) -> None:
        """Says once that a clip waits, and for whom: what no clip wants first, as somebody may want to give it up."""
        if patience.waits_for:
            return
        patience.waits_for = f"a place at {host.title}"
        # Sorting keeps the order of the rest.
        holders = sorted(line.holders, key=self._is_wanted)
        said = [self._describe(order) for order in holders[:NAMED]]
        if len(holders) > NAMED:
            said.append(f"{len(holders) - NAMED} more")
        self.note(f"{clip}: waits for a place at {host.title}" + (f", held by {', '.join(said)}" if said else ""))

    async def close(self) -> None:
        """Follows nobody any more."""
        for task in self._followed.values():
            task.cancel()
        await asyncio.gather(*self._followed.values(), return_exceptions=True)

    def _is_wanted(self, order: Order) -> bool:
        return self.wanted is None or order.fingerprint in self.wanted

    def _describe(self, order: Order) -> str:
        job = f" (job {order.job_id})" if order.job_id else ""
        return f"`{order.clip}`{job}" + (
            "" if self._is_wanted(order) else ", which no clip of this film wants any more"
        )

    async def _follow(self, order: Order, host: Host, client: Client) -> None:
        """Follows an order that no step of this run does, to its end: its film stays at the host until a clip wants it.
        Whatever goes wrong leaves it as it is."""
        with contextlib.suppress(StoryForgeError):
            if not is_own(order, host, client):
                return
            if order.status == "sending":
                if self._is_wanted(order) or not (job_id := await self._find(order, host, client)):
                    return
                order = self.ledger.read_order(order)
            else:
                job_id = order.job_id
            if job_id is None:
                return
            ended = await client.talk(host.collect(job_id))
            if client.emulated:
                self.ledger.mark_emulated(order)
            if not isinstance(ended, Refused):
                self.ledger.mark_finished(order, self.now(), getattr(ended, "usd", None))
                said = "is done, and paid; its film stays there until a clip wants it"
            elif ended.reason in UNDECIDED:
                return
            else:
                status, usd = judge_failure(host, ended)
                self.ledger.mark_ended(order, status, self.now(), ended.words, usd)
                said = f"failed: {ended.words}"
            if not self._is_wanted(order):
                self.note(f"{order.clip}: job {job_id} at {host.title}, which no clip wants any more, {said}")

    async def _find(self, order: Order, host: Host, client: Client) -> str | None:
        """The job of an order that may have been accepted and that nobody wants: it is not sent again."""
        found = await self.search.find(order, host, client)
        if found.job_id:
            self.ledger.mark_sent(order, found.job_id)
            return found.job_id
        absent = found.step == "absent"
        self.ledger.mark_ended(order, "absent" if absent else "unresolved", self.now())
        if not absent:
            self.note(f"{order.clip}: it is unknown whether {host.title} took an order that no clip wants any more")
        return None
