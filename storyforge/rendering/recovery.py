"""Finds out what became of an order whose answer was lost: asks its host, and does what the table says.

The table is in `providers/recovery.py`. Nothing here sends an order.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from storyforge.model.errors import CredentialsError
from storyforge.model.messages import Listing, Recovery
from storyforge.providers.host import Host
from storyforge.providers.recovery import (
    SETTLED,
    Clock,
    Reach,
    Seen,
    Step,
    choose_step,
    find_means,
    measure_age,
    read_clock,
    read_reach,
    search_listing,
)
from storyforge.rendering.verdicts import say_elsewhere
from storyforge.system.client import Client
from storyforge.system.http import LostAnswer, find_origin, is_loopback, parse_address
from storyforge.system.ledger import Ledger, Order
from storyforge.system.secrets import redact

DEAD_ENDS = 500
"""The HTTP status from which on an answer to an order says no more than none: somebody on the way may have given it."""


@dataclass(frozen=True, slots=True)
class Found:
    """What became of an order."""

    step: Step
    """Never `wait`: that is over."""
    job_id: str | None = None
    """The job that it became."""
    words: str = ""
    """Why it is unknown."""
    age: float | None = None
    """Seconds since it was first sent, at most; None where that is unknown."""


@dataclass(frozen=True, slots=True)
class Search:
    """The search for orders of one ledger at their hosts."""

    ledger: Ledger
    note: Callable[[str], None]
    now: Callable[[], float]
    sleep: Callable[[float], Awaitable[None]]

    async def find(self, order: Order, host: Host, client: Client) -> Found:
        """Looks until the table says what to do, which takes a minute or so at most; the caller sees to a deadline.

        Raises CredentialsError where the host refuses the key, TransportError where it is out of reach, and HostError
        where the order was sent elsewhere; it stays as it was then.
        """
        turn = 0
        while True:
            found, left = await self._look(order, host, client)
            if found.step != "wait":
                return found
            if not turn:
                self.note(
                    f"{order.clip}: looking for its order in the list of {host.title}, for {SETTLED:g} s at most;"
                    " nothing is sent"
                )
            await self.sleep(min(client.pace.poll(turn), left))
            turn += 1

    async def _look(self, order: Order, host: Host, client: Client) -> tuple[Found, float]:
        """One look, and after how many seconds a later one may say more."""
        if not is_here(order, host) or (host.recovery is Recovery.SAME and not is_own(order, host, client)):
            raise say_elsewhere(order.clip, host)
        listing = await _ask(order, host, client)
        order = self.ledger.note_answer(order, listing.date)
        trace = order.trace
        age = measure_age(order.planned_at, self.now(), trace, listing.date)
        own = is_own(order, host, client)
        means = find_means(host.recovery, host.id_seconds, age, own)
        # A job that another order became is not this one's, however alike the two are.
        taken = self.ledger.numbers(host.name)
        clock, reach = read_clock(trace, listing.date), read_reach(trace, listing)
        # What speaks against an absence keeps nobody from looking as long as it may only be late.
        doubt = None if clock == "early" else self._doubt(order, own)
        seen = search_listing(listing, order.request.json, taken, trace, doubt)
        step = choose_step(means, seen.look, clock, reach)
        if step == "unresolved" and listing.key_refused:
            self.ledger.mark_ended(order, "unresolved", self.now())
            raise CredentialsError(
                f"{host.title} does not accept the key for its list of jobs: {listing.fault}",
                f"see to {' and '.join(host.settings)}; `{order.clip}` is not ordered again before it is found out",
            )
        left = SETTLED - ((listing.date or 0.0) - (trace.after or 0.0)) + 1.0
        return Found(step, seen.job_id, _explain(seen, host, clock, reach), age), left

    def _doubt(self, order: Order, own: bool) -> str | None:
        """What speaks against it that an order which is not in the list never arrived."""
        if not own:
            return "it was sent with another key"
        if order.trace.account is None:
            return "it was sent by an older release"
        if order.trace.answered is not None and order.trace.answered < DEAD_ENDS:
            return f"it was answered with HTTP {order.trace.answered}, in a way that cannot be read"
        if self.ledger.has_twin(order):
            return "another order of the same words is open"
        return None


def is_own(order: Order, host: Host, client: Client) -> bool:
    """Whether an order was sent with the key and to the address of today: others know nothing of it. What an older
    release sent counts as that."""
    return is_here(order, host) and order.trace.account in (None, client.account)


def is_here(order: Order, host: Host) -> bool:
    """Whether an order was sent to the address of today. An emulator on this machine may have another port by now."""
    now, then = parse_address(host.base_url), parse_address(order.request.url)
    return find_origin(now) == find_origin(then) or (is_loopback(now.host) and is_loopback(then.host))


def _explain(seen: Seen, host: Host, clock: Clock, reach: Reach) -> str:
    """Why nobody can tell what became of an order."""
    match host.recovery:
        case Recovery.ASK:
            return ""
        case Recovery.SAME:
            return f"{host.title} may not know its id any more"
    if seen.look != "not in it":
        return seen.words
    if clock == "untold":
        return "its list tells no time"
    return "its list shows no job that is older, so it may not reach back far enough" if reach == "none older" else ""


async def _ask(order: Order, host: Host, client: Client) -> Listing:
    """What the host says of its jobs; a list that does not answer has a fault."""
    if host.recovery is Recovery.ASK:
        return Listing(fault="it has none")
    try:
        listing = await client.talk(host.find(order.request))
    except LostAnswer as fault:
        return Listing(fault=str(fault))
    return Listing(listing.jobs, listing.fault and redact(listing.fault), listing.date, listing.key_refused)
