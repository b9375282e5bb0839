"""Have a job rendered by a host: order it once, follow it, and bring its film home.

This is the only module that sends an order, and `_send` the only place in it. What was written down before decides
what happens after a crash or a lost answer: see `system/ledger.py` for the statuses, and `providers/recovery.py` for
what is done.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from storyforge.compiler.slates import name_wording
from storyforge.model.clip import Job
from storyforge.model.errors import HostError
from storyforge.model.messages import Filmless, Ready, Recovery, Refused
from storyforge.providers.host import Host
from storyforge.providers.recovery import is_id_known
from storyforge.rendering.arrival import FETCH_AGAIN, FilmCheck, keep_answer
from storyforge.rendering.places import REFUSALS, UNDECIDED, Patience, Places, judge_failure
from storyforge.rendering.recovery import Search, is_own
from storyforge.rendering.terms import Terms
from storyforge.rendering.uploads import SHUT_REASONS, Uploads
from storyforge.rendering.verdicts import (
    InvalidOrder,
    say_absent,
    say_filmless,
    say_gone,
    say_no_longer,
    say_out_of_reach,
    say_refused,
    say_silent,
    say_too_often,
    say_unapproved,
    say_unknown,
)
from storyforge.system.client import Client, retry_after
from storyforge.system.download import DeadAddress
from storyforge.system.files import remove_file
from storyforge.system.http import LostAnswer, RefusedAddress, Unsent
from storyforge.system.ledger import Intent, Ledger, Order
from storyforge.system.secrets import redact

Progress = Callable[[float], None]
"""Hears how far a job is, from 0 to 1."""

REORDERS = 3
"""Orders that may be repeated in one run after failures that a host's table calls transient."""

FETCHES = 4
"""Times that a broken download is fetched before the job counts as failed for now."""

RESENDS = 6
"""Times that the same bytes are sent after answers were lost, before the next run has to go on."""

TOO_MANY = 429
"""HTTP's word for "too much at once": surely said before anything was accepted."""


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
        self._uploads = Uploads(ledger, terms.publisher, now, renew=terms.retry)
        self._checks = asyncio.Semaphore(os.cpu_count() or 1)
        self._search = Search(ledger, note, now, sleep)
        self._places = Places(ledger, self._search, note, now, sleep, terms.wanted)
        self._closing = contextlib.AsyncExitStack()

    async def __aenter__(self) -> Dispatcher:
        self.ledger.sweep()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._places.close()
        await self._closing.aclose()

    def wake(self, provider: str, number: str) -> None:
        """Ends the wait for a job: somebody says that it is done. Polling finds out whether it is."""
        if event := self._woken.get((provider, number)):
            event.set()

    async def render(self, job: Job, host: Host, given: Mapping[str, Path], out: Path, progress: Progress) -> None:
        """Brings the film of a job to `out`, ordering it if that was not done; raises how it failed.

        `given` are the local pictures of the job, by token. When the film is in the store, call `kept`.
        """
        patience = Patience(job.clip, self.terms.deadline)
        self._places.working.add(job.fingerprint)
        try:
            async with patience.limit():
                await self._bring(job, host, given, out, progress, patience)
        finally:
            self._places.working.discard(job.fingerprint)

    async def _bring(
        self, job: Job, host: Host, given: Mapping[str, Path], out: Path, progress: Progress, patience: Patience
    ) -> None:
        wire = await self._wire(host)
        # What an emulator took says nothing of what its host did.
        order = self.ledger.latest(job.fingerprint, emulated=wire.loopback)
        tries = 0
        while True:
            order = await self._accepted(job, host, wire, given, order, patience)
            ended = await self._home(order, host, wire, job, out, progress)
            if isinstance(ended, Ready):
                # Not `done` before its film is safe in the store: until then, the run after one that dies collects it.
                self._paid[job.fingerprint] = order, ended.usd
                return
            if ended.reason in UNDECIDED:
                raise say_refused(host, ended)
            status, usd = judge_failure(host, ended)
            self.ledger.mark_ended(order, status, self._now(), ended.words, usd)
            tries += 1
            again = ended.reason == "transient" and host.reorders and tries <= REORDERS
            if not again or not self._may_order(job):
                raise say_refused(host, ended)
            self.note(f"{job.clip}: {host.title} failed ({ended.words}), ordering it again")
            patience.renew()
            order = None

    def _may_order(self, job: Job) -> bool:
        """Whether orders for a slate were confirmed."""
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
        self, job: Job, host: Host, client: Client, given: Mapping[str, Path], order: Order | None, patience: Patience
    ) -> Order:
        """The order of a job that the host has accepted: one that was made already, or a new one."""
        match order.status if order else "none":
            case "sent" if order and order.done_at and order.message and self.terms.retry and self._may_order(job):
                self.ledger.mark_ended(order, "given-up", self._now(), order.message)
            case "sent" | "done":
                assert order is not None
                return order
            case "refused" if order and not self.terms.retry:
                raise HostError(
                    f"{host.title} refused this clip: {order.message}",
                    "change the clip, or send it as it is with `--retry`",
                )
            case "sending" | "unresolved":
                assert order is not None
                return await self._recovered(order, host, client)
            case "failed" if not self._may_order(job):
                assert order is not None
                raise say_too_often(host, order.message)
        if not self._may_order(job):
            raise say_unapproved(job.clip)
        try:
            return await self._send(await self._written_down(job, host, client, given, patience), host, client)
        except InvalidOrder:
            # The host may have dropped a picture that it was to keep. Nothing was accepted, so it is asked once more.
            if not self._uploads.forget(given, host, client):
                raise
        self.note(f"{job.clip}: {host.title} refused pictures that were uploaded earlier, or the order; both once more")
        return await self._send(await self._written_down(job, host, client, given, patience), host, client)

    async def _written_down(
        self, job: Job, host: Host, client: Client, given: Mapping[str, Path], patience: Patience
    ) -> Order:
        """A new order in the ledger: its pictures are with the host, its bytes fixed, and there is room for it."""
        addresses = await self._uploads.find_addresses(given, host, client)
        attempt = self.ledger.attempts(job.fingerprint) + 1
        # A further attempt has an id of its own: by the same one a host would answer with the job that failed.
        named = job if attempt == 1 else replace(job, fingerprint=f"{job.fingerprint}:{attempt}")
        request = host.with_account(host.order(named, addresses), client.account)
        if address := self.terms.callbacks.get(host.name):
            request = host.with_callback(request, address)
        # Fixed here and kept in the ledger: a host that knows an order again does so by the same bytes.
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
            **name_wording(job),
            run=self.terms.run,
        )
        at_once = self.terms.at_once.get(host.name, host.at_once)
        per_minute = self.terms.per_minute.get(host.name, host.per_minute or 0) or None
        write_down = partial(self._write_down, intent, client, at_once, per_minute)
        return await self._places.take(job.clip, host, client, patience, write_down)

    def _write_down(self, intent: Intent, client: Client, at_once: int | None, per_minute: int | None) -> Order | None:
        """Writes an order down if limits allow it; None where its host has no room yet. Raises BudgetError."""
        now, budget = self._now(), self.terms.budget
        local, emulated = client.loopback, client.emulated
        allowed = budget.allow(intent.clip, intent.usd, self.ledger, now, local) if budget else contextlib.nullcontext()
        with allowed:
            return self.ledger.plan(intent, now, at_once, per_minute, local=local, emulated=emulated)

    def _note_emulated(self, order: Order, client: Client) -> None:
        """Writes down that an emulator answers for an order, once an answer says so."""
        if client.emulated and not self.ledger.read_order(order).emulated:
            self.ledger.mark_emulated(order)
            if self.terms.budget:
                self.terms.budget.close(self.ledger, self._now())

    async def _send(
        self, order: Order, host: Host, client: Client, *, doubtful: bool = False, age: float = 0.0
    ) -> Order:
        """Sends an order: the one step that costs. It is marked before the first byte may leave, and after its answer.

        An order is `doubtful` once a sending of it may have been accepted: then nothing but a clear answer takes its
        row back. Only an order whose host knows the same bytes again is sent while it is doubtful; it was first sent
        `age` seconds ago.
        """
        uptime = asyncio.get_running_loop().time  # which nobody sets, but which stops while the machine sleeps
        begun = uptime() - age
        unsent = lost = 0
        while True:
            # The older of two clocks: one does not go on while the machine sleeps, the other may have been set back.
            age = max(uptime() - begun, self._now() - order.planned_at)
            if doubtful and not is_id_known(host.id_seconds, age):
                return await self._recovered(order, host, client)
            self.ledger.sending(order, self._now(), client.account, client.date, client.loopback)
            try:
                answer = await client.send(order.request)
            except RefusedAddress:
                self._take_back(order, doubtful)
                raise
            except Unsent as fault:
                unsent += 1
                if unsent == 3:
                    self._take_back(order, doubtful)
                    raise say_out_of_reach(host, str(fault)) from None
                if not doubtful:
                    self.ledger.waiting(order)
                await self._sleep(client.pace.back_off(unsent))
                continue
            except LostAnswer:
                said = None
            else:
                self._note_emulated(order, client)
                said = host.read_order(answer, order.request)
                if said is None:
                    self.ledger.note_answer(order, answer.date, answer.status)
                limited = isinstance(said, Refused) and said.reason == "limit"
                if limited or answer.status in host.early_refusals:
                    # That an order is under way, or that there is no room, may be said of one that was accepted.
                    doubtful = doubtful or answer.status != TOO_MANY
                    if not doubtful:
                        self.ledger.waiting(order)
                    self.note(f"{order.clip}: {host.title} asks to wait")
                    await self._sleep(retry_after(answer.headers, self._now()) or client.pace.back_off(1))
                    continue
            if isinstance(said, Refused):
                raise self._refused(order, host, client, replace(said, words=redact(said.words)), doubtful)
            if said is not None:
                self.ledger.mark_sent(order, said)
                return replace(order, status="sent", job_id=said)
            if host.recovery is not Recovery.SAME:
                return await self._recovered(order, host, client)
            doubtful = True
            lost += 1
            if lost == RESENDS:
                raise say_silent(host)
            await self._sleep(client.pace.back_off(lost))

    def _take_back(self, order: Order, doubtful: bool) -> None:
        """The order was surely not sent, and this run gives up: its row goes, unless an earlier sending is in doubt."""
        if not doubtful:
            self.ledger.waiting(order)
            self.ledger.mark_dropped(order)

    def _refused(self, order: Order, host: Host, client: Client, said: Refused, doubtful: bool) -> Exception:
        """Writes down a clear no to an order, and gives the error to raise. A key that is not taken and an account
        without money say nothing of an earlier sending, which may have been accepted, and emptied the account."""
        if said.reason in SHUT_REASONS:
            self.ledger.mark_shut(host.name, said.reason, self._now(), client.emulated)
        if said.reason == "credentials" or (doubtful and said.reason == "credit"):
            self._take_back(order, doubtful)
        else:
            self.ledger.mark_ended(order, "refused" if said.reason in REFUSALS else "failed", self._now(), said.words)
        fault = say_refused(host, said)
        # Of an order that may have been accepted before, no other is made in this run, whatever its pictures.
        return HostError(str(fault), fault.hint) if doubtful and isinstance(fault, InvalidOrder) else fault

    async def _recovered(self, order: Order, host: Host, client: Client) -> Order:
        """An order that may or may not have been accepted, found again.

        What is done where it is not found is in the table of `providers/recovery.py`. An order that surely never
        arrived ends there: a new one is in the next plan, and is asked for.
        """
        order = self.ledger.read_order(order)
        found = await self._search.find(order, host, client)
        self._note_emulated(order, client)
        match found.step:
            case "attach":
                assert found.job_id is not None
                self.ledger.mark_sent(order, found.job_id)
                return replace(order, status="sent", job_id=found.job_id)
            case "send again" if found.age is not None and order.status == "sending":
                return await self._send(order, host, client, doubtful=True, age=found.age)
            case "absent":
                self.ledger.mark_ended(order, "absent", self._now(), "it never reached the host")
                raise say_absent(order.clip, host)
        self.ledger.mark_ended(order, "unresolved", self._now())
        raise say_unknown(order.clip, host, found.words)

    async def _home(
        self, order: Order, host: Host, client: Client, job: Job, out: Path, progress: Progress
    ) -> Ready | Refused:
        """Follows an accepted order to its film and fetches that whole, or gives how the job failed."""
        assert order.job_id is not None
        event = self._woken.setdefault((host.name, order.job_id), asyncio.Event())
        check, broken, gone = FilmCheck(job, self._checks, self.note), "", False
        for _ in range(FETCHES):
            ended = await client.talk(host.collect(order.job_id), wake=event, progress=progress)
            self._note_emulated(order, client)
            if isinstance(ended, Filmless):
                raise self._filmless(order, host, ended.words, ended.said)
            if isinstance(ended, Refused):
                return self._no_longer(order, host, client, ended)
            self.ledger.mark_finished(order, self._now(), ended.usd)
            order = self.ledger.read_order(order)
            try:
                await client.download(ended.url, out)
                await check.demand_whole(out)
                return ended
            except FETCH_AGAIN as fault:
                remove_file(out)
                broken, gone = str(fault), isinstance(fault, DeadAddress)
        if gone and order.status == "done":
            # It was fetched once, and is wanted again since the take here is lost or hurt.
            self.ledger.mark_ended(order, "given-up", self._now(), f"its host has its film no longer: {broken}")
            raise say_gone(order.clip, host, order.job_id)
        raise HostError(f"the film could not be fetched whole: {broken}", "it stays attached; run again to fetch it")

    def _no_longer(self, order: Order, host: Host, client: Client, said: Refused) -> Refused:
        """How a job failed. One that was done once, or that is of another key, stays attached: HostError."""
        if said.reason == "fault" and not is_own(order, host, client):
            raise say_no_longer(order.clip, host, order.job_id, said.words)
        if order.status == "sent" and order.done_at is not None and said.reason not in UNDECIDED:
            raise self._filmless(order, host, said.words, None)
        return said

    def _filmless(self, order: Order, host: Host, words: str, said: Any) -> HostError:
        """Writes down that a job is done and paid whose film is not to be had, and keeps what the host said of it."""
        self.ledger.mark_finished(order, self._now(), message=words)
        kept = None
        if said is not None and self.terms.answers:
            kept = keep_answer(self.terms.answers, host.name, order.job_id or "", said)
        return say_filmless(order.clip, host, order.job_id, words, str(kept) if kept else None)
