"""What a store's ledger says of orders, for all who plan and report: one view, for reading alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

from storyforge.compiler.jobs import Planned, Standing
from storyforge.compiler.slates import name_wording
from storyforge.model.clip import Job
from storyforge.model.messages import Recovery
from storyforge.providers import find_kind
from storyforge.providers.host import Host
from storyforge.system.ledger import Ledger, Order, Status, has_ledger
from storyforge.system.store import Store

FAILURES = 3
"""Failed jobs for one slate, over all runs, after which it is not ordered again unasked."""

FILMLESS = "done, but its film is not to be had"
"""Of a clip whose job is done and paid: it is not ordered again but with `--retry`."""


class Orders:
    """The orders of a store; none where nothing was ever ordered.

    Orders that an emulator took count where their host is reached on this machine, and nowhere else.

    The ledger is opened at the first question after it was made, once, and closed with this view. Every answer is as
    the ledger is when it is asked, so it holds what was written meanwhile. Any question raises LedgerError where the
    ledger cannot be read.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._opened: Ledger | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._opened:
            self._opened.close()
            self._opened = None

    def _ledger(self) -> Ledger | None:
        """None where nothing was ordered yet."""
        if self._opened is None and has_ledger(self._store):
            self._opened = Ledger.from_store(self._store, readonly=True)
        return self._opened

    def find_order(self, fingerprint: str) -> Order | None:
        """The last order for a slate; None if there is none."""
        ledger = self._ledger()
        if not ledger or not (order := ledger.latest(fingerprint)):
            return None
        real_only = order.emulated and not self._store.is_local(order.provider)
        return ledger.latest(fingerprint, emulated=False) if real_only else order

    def is_open(self, fingerprint: str) -> bool:
        """Whether something was ordered for a slate that is still to be had, or a person is to decide about."""
        order = self.find_order(fingerprint)
        return order is not None and order.status not in ("planned", "absent", "given-up")

    def has_first(self) -> bool:
        """Whether release 0.1 ordered anything, whose slates say nothing of their form."""
        ledger = self._ledger()
        asked = "select 1 from orders where slate is null or json_extract(slate, '$.form') is null limit 1"
        return bool(ledger and ledger.rows(asked))

    def describe_order(self, job: Job) -> dict[str, Any]:
        """What is kept of the order for a job with its take: whether an emulator took it, and its wording, as it was
        sent."""
        order = self.find_order(job.fingerprint)
        emulated = {"emulated": True} if order and order.emulated else {}
        if order and order.prompt is not None and order.release is not None:
            return {**emulated, "prompt": order.prompt, "release": order.release}
        return {**emulated, **name_wording(job)}

    def is_emulated(self, fingerprint: str) -> bool:
        """Whether the last order for a slate was an emulator's."""
        order = self.find_order(fingerprint)
        return order is not None and order.emulated

    def list_orders(self, *statuses: Status) -> list[Order]:
        """Orders with one of these statuses, the oldest first; without any, all."""
        ledger = self._ledger()
        orders = ledger.orders(*statuses) if ledger else []
        return [order for order in orders if not order.emulated or self._store.is_local(order.provider)]

    def find_shut(self) -> frozenset[str]:
        """Hosts whose last answer to an order was that the key is not taken, or that there is no money."""
        ledger = self._ledger()
        return ledger.find_shut(self._store.is_local) if ledger else frozenset()

    def find_payment(self, fingerprint: str) -> tuple[str | None, float | None]:
        """The host's number of the job that rendered a slate, and what it cost in US dollars: what was paid where the
        host says so, else what was planned. None for either that is not known."""
        order = self.find_order(fingerprint)
        if order is None:
            return None, None
        return order.job_id, order.usd_planned if order.usd_paid is None else order.usd_paid

    def find_standing(self, job: Job) -> Standing:
        """The state of a clip that has no take, and why; None where the ledger says nothing of it."""
        order, kind = self.find_order(job.fingerprint), find_kind(job.provider)
        host = kind if kind and issubclass(kind, Host) else None
        match order.status if order and host else None:
            case "sending" if host and host.recovery is Recovery.ASK:
                # This host has neither keys nor a list: to send the order again might pay for it twice.
                return "unresolved", "its order was sent, and it is unknown whether it was accepted"
            case "sending":
                return "attached", "its order was sent, the answer is still to be had"
            case "sent" if order and order.done_at and order.message:
                return "attached", f"ordered already as {order.job_id}, {FILMLESS}"
            case "sent" | "done" if order:
                # Done as well: the take was lost here, and the job that is paid for is fetched again for nothing.
                return "attached", f"ordered already as {order.job_id}"
            case "unresolved":
                return "unresolved", "it is unknown whether its order was accepted"
            case "refused" if order:
                return "refused", f"its host refused it: {order.message}"
            case "failed" if order and self._count_failures(job) >= FAILURES:
                return "failed", f"the host failed {FAILURES} times: {order.message}; `--retry` orders it again"
            case "failed" if order:
                return "render", f"the host failed: {order.message}"
            case "absent":
                return "render", "its order never reached the host"
            case "given-up" if order:
                return "render", f"its job {order.job_id} was given up"
        return None

    def _count_failures(self, job: Job) -> int:
        """How many orders for a slate were accepted and failed."""
        ledger = self._ledger()
        return ledger.count_failures(job.fingerprint, self._store.is_local(job.provider)) if ledger else 0


def is_retried(one: Planned) -> bool:
    """Whether `--retry` orders a clip again: refused by its host, failed too often, or done without a film."""
    return one.state in ("refused", "failed") or (one.state == "attached" and one.why.endswith(FILMLESS))


@contextmanager
def share_orders(store: Store, orders: Orders | None) -> Iterator[Orders]:
    """The orders of a store: those that somebody reads already, or a view of its own that ends with the block."""
    if orders:
        yield orders
        return
    with Orders(store) as own:
        yield own
