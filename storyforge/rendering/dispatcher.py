"""Have a job rendered by a host: order it once, follow it, and bring its film home.

This is the only module that sends an order, and `_send` the only place in it. What was written down before decides
what happens after a crash or a lost answer: see `system/ledger.py` for the statuses, and `recovery` for what is done.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from storyforge.model.clip import Job
from storyforge.model.errors import CredentialsError, HostError, MediaError, UsageError
from storyforge.model.messages import Placed, Ready, Recovery, Refused
from storyforge.providers.host import Host
from storyforge.system.files import file_sha256
from storyforge.system.ledger import Intent, Ledger, Order, Status

if TYPE_CHECKING:
    from storyforge.rendering.budget import Budget
    from storyforge.rendering.publish import Publisher
    from storyforge.system.client import Client

REORDERS = 3
"""Orders that may be made anew in one run after failures that a host's table calls transient."""

FETCHES = 4
"""Times that a broken download is fetched before the job counts as failed for now."""

RESENDS = 6
"""Times that the same bytes are sent after answers were lost, before the next run has to go on."""

TOO_MANY = 429
"""HTTP's word for "too much at once": surely said before anything was accepted."""

TOLERANCE = 0.5
"""Seconds by which a film may be longer or shorter than ordered before it is fetched a second time."""

REFUSALS = ("moderation", "invalid")
"""Reasons after which an order is not sent again until the clip changes: it would be refused again."""


UNDECIDED = ("credentials", "limit")
"""Reasons for which a host does not tell of a job: it goes on all the same, and stays attached."""


@dataclass
class Terms:
    """What a run is allowed and told."""

    film: str
    """The storyboard's name in the store."""
    run: int | None = None
    """The run's row in the ledger."""
    deadline: float = 3600.0
    """Seconds that one run waits for one job."""
    retry: bool = False
    """Whether what was refused is sent again."""
    at_once: Mapping[str, int] = field(default_factory=dict)
    per_minute: Mapping[str, int] = field(default_factory=dict)
    """Limits of hosts by name, over those of their tables."""
    prices: Mapping[str, float | None] = field(default_factory=dict)
    """What the plan says that jobs cost, in US dollars, by fingerprint. The table has the price of any other job."""
    callbacks: Mapping[str, str] = field(default_factory=dict)
    """Addresses that hosts call when a job ends, by host."""
    publisher: Publisher | None = None
    slates: frozenset[str] | None = None
    """Fingerprints of what may be ordered; None where all may."""
    budget: Budget | None = None
    """Limits that every order is held to at the moment when it is written down; None where there are none."""


class Dispatcher:
    """The hosts at work for one run; `open` gives a host's client, which is made once and closed with the crew."""

    def __init__(
        self,
        ledger: Ledger,
        terms: Terms,
        note: Callable[[str], None],
        *,
        open_wire: Callable[[Host], Client],
        now: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.ledger, self.terms, self.note = ledger, terms, note
        self._open_wire, self._now, self._sleep = open_wire, now, sleep
        self._wires: dict[str, Client] = {}
        self._woken: dict[tuple[str, str], asyncio.Event] = {}
        self._paid: dict[str, tuple[Order, float | None]] = {}
        self._places: dict[tuple[str, str], asyncio.Lock] = {}
        self._signed: dict[tuple[str, str], str] = {}
        self._checks = asyncio.Semaphore(os.cpu_count() or 1)
        self._closing = contextlib.AsyncExitStack()

    async def __aenter__(self) -> Dispatcher:
        self.ledger.sweep()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._closing.aclose()

    def wake(self, provider: str, number: str) -> None:
        """Ends the wait for a job: somebody says that it is done. Polling finds out whether it is."""
        if event := self._woken.get((provider, number)):
            event.set()

    async def render(
        self, job: Job, host: Host, given: Mapping[str, Path], out: Path, progress: Callable[[float], None]
    ) -> None:
        """Brings the film of a job to `out`, ordering it if that was not done; raises how it failed.

        `given` are the local pictures of the job, by token. When the film is in the store, call `kept`.
        """
        wire = await self._wire(host)
        order = self.ledger.latest(job.fingerprint)
        tries = 0
        while True:
            order = await self._accepted(job, host, wire, given, order)
            ended = await self._home(order, host, wire, job, out, progress)
            if isinstance(ended, Ready):
                self._paid[job.fingerprint] = order, ended.usd
                return
            if ended.reason in UNDECIDED:
                raise _told(host, ended)
            status: Status = "refused" if ended.reason in REFUSALS else "failed"
            usd = 0.0 if host.refunds_failures else None
            self.ledger.mark_ended(order, status, self._now(), ended.words, usd)
            tries += 1
            again = ended.reason == "transient" and host.reorders and tries <= REORDERS
            if not again or not self._may_order(job):
                raise _told(host, ended)
            self.note(f"{job.clip}: {host.title} failed ({ended.words}), ordering it anew")
            order = None

    def _may_order(self, job: Job) -> bool:
        """Whether whoever pays has agreed to orders for a slate."""
        return self.terms.slates is None or job.fingerprint in self.terms.slates

    def mark_done(self, fingerprint: str) -> None:
        """The film of a job is in the store: its order is done."""
        if paid := self._paid.pop(fingerprint, None):
            order, usd = paid
            self.ledger.mark_ended(order, "done", self._now(), usd=usd)

    async def _wire(self, host: Host) -> Client:
        if host.name not in self._wires:
            self._wires[host.name] = await self._closing.enter_async_context(self._open_wire(host))
        return self._wires[host.name]

    async def _accepted(
        self, job: Job, host: Host, client: Client, given: Mapping[str, Path], order: Order | None
    ) -> Order:
        """The order of a job that the host has accepted: one that was made already, or a new one."""
        match order.status if order else "none":
            case "sent" | "done":
                assert order is not None
                return order
            case "unresolved":
                raise _unknown(job.clip, host)
            case "refused" if not self.terms.retry:
                assert order is not None
                raise HostError(
                    f"{host.title} refused this clip: {order.message}",
                    "change the clip, or send it as it is with `--retry`",
                )
            case "sending":
                assert order is not None
                return await self._recovered(order, host, client, job.clip, crashed=True)
            case "failed" if not self._may_order(job):
                assert order is not None
                raise HostError(
                    f"{host.title} failed at this clip too often: {order.message}",
                    "order it once more with `--retry`",
                )
        if not self._may_order(job):
            raise HostError("this clip was not ordered, for nobody was asked for it", "run again")
        order = await self._written_down(job, host, client, given)
        return await self._send(order, host, client, job.clip)

    async def _written_down(self, job: Job, host: Host, client: Client, given: Mapping[str, Path]) -> Order:
        """A new order in the ledger: its pictures are with the host, its bytes fixed, and there is room for it."""
        addresses = {token: await self._address(path, host, client) for token, path in sorted(given.items())}
        attempt = self.ledger.attempts(job.fingerprint) + 1
        named = job if attempt == 1 else replace(job, fingerprint=f"{job.fingerprint}:{attempt}")
        request = host.order(named, addresses)
        if address := self.terms.callbacks.get(host.name):
            request = host.with_callback(request, address)
        content = json.dumps(request.json, ensure_ascii=False, separators=(",", ":")).encode()
        intent = Intent(
            fingerprint=job.fingerprint,
            provider=host.name,
            model=host.model,
            clip=job.clip,
            film=self.terms.film,
            request=replace(request, content=content),
            seconds=job.seconds,
            usd=self.terms.prices.get(job.fingerprint, host.price_job(job)),
            take=job.take,
            slate=job.slate,
            run=self.terms.run,
        )
        at_once = self.terms.at_once.get(host.name, host.at_once)
        per_minute = self.terms.per_minute.get(host.name, host.per_minute or 0) or None
        # Waiting for a place is no waiting for this job, so no deadline runs.
        while True:
            now, budget = self._now(), self.terms.budget
            with budget.allow(job.clip, intent.usd, self.ledger, now) if budget else contextlib.nullcontext():
                order = self.ledger.plan(intent, now, at_once, per_minute)
            if order:
                return order
            await self._sleep(client.pace.first)

    async def _address(self, path: Path, host: Host, client: Client) -> str:
        """What stands for a local picture in an order: brought to the host once for each content."""
        from storyforge.rendering.publish import prepare_picture
        from storyforge.system.secrets import redact

        sha256 = file_sha256(path)
        async with self._places.setdefault((host.name, sha256), asyncio.Lock()):
            known = self._signed.get((host.name, sha256)) or self.ledger.find_upload(host.name, sha256, self._now())
            if known:
                return known
            upload = await asyncio.to_thread(prepare_picture, path)
            if host.pictures == "address":
                if self.terms.publisher is None:
                    raise UsageError(
                        f"{host.title} takes pictures by address alone, and nothing publishes them",
                        "set up `[publish]` in storyforge.toml",
                    )
                return (await asyncio.to_thread(self.terms.publisher.publish, upload)).address
            if len(upload.content) <= host.inline_bytes:
                return f"data:{upload.media_type};base64,{base64.b64encode(upload.content).decode()}"
            placed = await client.talk(host.upload(upload))
            if not isinstance(placed, Placed):
                raise _told(host, placed)
            # Who holds a signed address needs no key, so it is kept for this run alone, and in no file.
            if redact(placed.address) == placed.address:
                self.ledger.place(host.name, sha256, placed, self._now())
            else:
                self._signed[host.name, sha256] = placed.address
            return placed.address

    async def _send(self, order: Order, host: Host, client: Client, clip: str, *, doubtful: bool = False) -> Order:
        """Sends an order: the one step that costs. It is marked before the first byte may leave, and after its answer.

        An order is `doubtful` once a sending of it may have been accepted: then nothing but a clear answer takes its
        row back. Only an order whose host knows the same bytes again is sent while it is doubtful.
        """
        from storyforge.system.client import retry_after
        from storyforge.system.http import LostAnswer, RefusedAddress, Unsent
        from storyforge.system.secrets import redact

        unsent = lost = 0
        async with self._in_time(clip):
            while True:
                self.ledger.sending(order, self._now())
                try:
                    answer = await client.send(order.request)
                except RefusedAddress:
                    self._take_back(order, doubtful)
                    raise
                except Unsent as fault:
                    unsent += 1
                    if unsent == 3:
                        self._take_back(order, doubtful)
                        words = f"{host.title} is out of reach: {fault}"
                        raise CredentialsError(words, "see to the network, then run again") from None
                    if not doubtful:
                        self.ledger.waiting(order)
                    await self._sleep(client.pace.back_off(unsent))
                    continue
                except LostAnswer:
                    said = None
                else:
                    said = host.read_order(answer, order.request)
                    limited = isinstance(said, Refused) and said.reason == "limit"
                    if limited or answer.status in host.early_refusals:
                        # That an order is under way, or that there is no room, may be said of one that was accepted.
                        doubtful = doubtful or answer.status != TOO_MANY
                        if not doubtful:
                            self.ledger.waiting(order)
                        self.note(f"{clip}: {host.title} asks to wait")
                        await self._sleep(retry_after(answer.headers, self._now()) or client.pace.back_off(1))
                        continue
                if isinstance(said, Refused):
                    raise self._refused(order, host, replace(said, words=redact(said.words)), doubtful)
                if said is not None:
                    self.ledger.mark_sent(order, said)
                    return replace(order, status="sent", job_id=said)
                if host.recovery is not Recovery.SAME:
                    return await self._recovered(order, host, client, clip, crashed=False)
                doubtful = True
                lost += 1
                if lost == RESENDS:
                    words = f"{host.title} did not answer an order"
                    raise HostError(words, "it is attached; the next run asks again without paying twice")
                await self._sleep(client.pace.back_off(lost))

    def _take_back(self, order: Order, doubtful: bool) -> None:
        """The order was surely not sent, and this run gives up: its row goes, unless an earlier sending is in doubt."""
        if not doubtful:
            self.ledger.waiting(order)
            self.ledger.mark_dropped(order)

    def _refused(self, order: Order, host: Host, said: Refused, doubtful: bool) -> Exception:
        """Writes down a clear no to an order, and gives the error to raise."""
        if said.reason == "credentials":
            self._take_back(order, doubtful)
        else:
            self.ledger.mark_ended(order, "refused" if said.reason in REFUSALS else "failed", self._now(), said.words)
        return _told(host, said)

    async def _recovered(self, order: Order, host: Host, client: Client, clip: str, *, crashed: bool) -> Order:
        """An order that may or may not have been accepted, found again; unresolved where that cannot be told.

        After a crash, an order that the host's list does not show once its grace is over never left this machine, and
        is sent. After a lost answer it did leave, so then nobody knows, and a person decides.
        """
        match host.recovery:
            case Recovery.SAME:
                return await self._send(order, host, client, clip, doubtful=True)
            case Recovery.FIND:
                sent_at = self.ledger.read_sent_at(order)
                while True:
                    numbers = await client.talk(host.find(order.request, sent_at))
                    taken = self.ledger.numbers(host.name)
                    if number := next((number for number in numbers if number not in taken), None):
                        self.ledger.mark_sent(order, number)
                        return replace(order, status="sent", job_id=number)
                    left = sent_at + host.grace - self._now()
                    if left <= 0:
                        break
                    await self._sleep(min(client.pace.first, left))
                if crashed:
                    return await self._send(order, host, client, clip)
        self.ledger.mark_ended(order, "unresolved", self._now())
        raise _unknown(clip, host)

    async def _home(
        self, order: Order, host: Host, client: Client, job: Job, out: Path, progress: Callable[[float], None]
    ) -> Ready | Refused:
        """Follows an accepted order to its film and fetches that whole, or gives how the job failed."""
        from storyforge.system.download import BrokenDownload, DeadAddress

        assert order.job_id is not None
        event = self._woken.setdefault((host.name, order.job_id), asyncio.Event())
        served = None
        async with self._in_time(job.clip):
            for _ in range(FETCHES):
                ended = await client.talk(host.collect(order.job_id), wake=event, progress=progress)
                if isinstance(ended, Refused):
                    return ended
                try:
                    await client.download(ended.url, out)
                    async with self._checks:
                        wrong = await _check_film(out, job)
                    # what comes twice alike was not broken on its way: it is what the host made, and what was paid
                    if wrong and served != (served := file_sha256(out)):
                        raise MediaError(wrong)
                    if wrong:
                        self.note(f"{job.clip}: {wrong}; it is kept, and the film keeps the storyboard's time")
                    return ended
                except (BrokenDownload, DeadAddress, MediaError) as fault:
                    out.unlink(missing_ok=True)
                    broken = fault
        raise HostError(f"the film could not be fetched whole: {broken}", "it stays attached; run again to fetch it")

    @contextlib.asynccontextmanager
    async def _in_time(self, clip: str) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(self.terms.deadline):
                yield
        except TimeoutError:
            raise HostError(
                f"`{clip}` was not done within {self.terms.deadline:g} s",
                "the job stays attached; the next run collects it",
            ) from None


async def _check_film(path: Path, job: Job) -> str | None:
    """A film as it was served must decode to its end, MediaError if not; says if it has another length than ordered."""
    from storyforge.system.decode import check_whole

    seconds = (await check_whole(path)).seconds
    if abs(seconds - job.seconds) <= TOLERANCE:
        return None
    return f"the film lasts {seconds:.1f} s where {job.seconds} s were ordered"


def _told(host: Host, said: Refused) -> Exception:
    """A host's no as an error for people, in its own words."""
    match said.reason:
        case "credentials":
            return CredentialsError(
                f"{host.title} does not accept the key: {said.words}", f"see to {' and '.join(host.settings)}"
            )
        case "credit":
            return HostError(f"{host.title} wants money: {said.words}", "top up the account, then run again")
        case "moderation":
            return HostError(
                f"{host.title} refused this clip for its content: {said.words}", "change the clip, or `--retry`"
            )
        case "invalid":
            return HostError(f"{host.title} refused this clip: {said.words}", "change the clip, or `--retry`")
        case "limit":
            return HostError(f"{host.title} takes no more now: {said.words}", "run again later")
    return HostError(f"{host.title} failed: {said.words}", "run again to order it anew")


def _unknown(clip: str, host: Host) -> HostError:
    return HostError(
        f"nobody knows whether {host.title} accepted the order of `{clip}`, so it is not sent again",
        f"look at the account there, then `storyforge resolve FILE {clip} --lost` or `--order ID`",
    )
