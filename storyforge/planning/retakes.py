"""Further takes of a clip: which were ordered and are not here yet, and which come next.

A take's number and the words of its clip make its slate, and so its fingerprint in the ledger. So a number is never
ordered twice, and what a retake that was broken off had ordered is found by trying the numbers.
"""

from __future__ import annotations

from storyforge.compiler.compile import Compiled
from storyforge.compiler.jobs import Planned, further_take
from storyforge.planning.orders import Orders
from storyforge.system.ledger import OPEN_FATES
from storyforge.system.lock import Lock
from storyforge.system.store import Store

FARTHEST = 100
"""Numbers beyond the last known one among which an order is looked for, and so the most takes of one retake."""


def next_takes(one: Planned, count: int, lock: Lock, store: Store, orders: Orders) -> list[Planned]:
    """Takes of a clip that are to be brought: all that were ordered and are not here, and new ones up to `count`.

    New ones have the lowest numbers that nobody had: neither this store, nor the lock, nor a host who rendered it. The
    first is the clip's own take, if that was never rendered.
    """
    chosen = {block.slate for block in lock.blocks.values()}
    ordered, new = list[Planned](), list[Planned]()
    number = last = one.job.take
    while number <= last + FARTHEST:
        take = further_take(one, number)
        slate = take.job.fingerprint
        order = orders.find_order(slate)
        fate = order.fate if order else None
        had = fate == "done" or slate in chosen or store.rendering(slate) is not None
        is_open = not had and fate in OPEN_FATES
        if is_open:
            ordered.append(take)
        elif not had:
            new.append(take)
        last = number if had or is_open else last
        number += 1
    return ordered + new[: max(count - len(ordered), 0)]


def under_way(compiled: Compiled, film: str, store: Store, orders: Orders) -> list[Planned]:
    """Further takes of a film's clips that were ordered and are not here; `film` is its name in the ledger."""
    clips = {one.clip.id: one for one in compiled.planned}
    own = {one.job.fingerprint for one in compiled.planned}
    found = [
        _of_slate(clips[order.clip], order.fingerprint)
        for order in orders.list_orders(*OPEN_FATES)
        if order.film == film
        and order.clip in clips
        and order.fingerprint not in own
        and not store.take_of(order.fingerprint)
    ]
    return sorted((take for take in found if take), key=lambda take: (list(clips).index(take.clip.id), take.job.take))


def _of_slate(one: Planned, slate: str) -> Planned | None:
    """The take of a clip that is rendered from a slate; None if the words were others."""
    takes = (further_take(one, one.job.take + beyond) for beyond in range(1, 10 * FARTHEST))
    return next((take for take in takes if take.job.fingerprint == slate), None)
