"""Further takes of a clip: which were ordered and are not here yet, and which come next.

The ledger keeps the number of each take, and its slate. Release 0.1 did not: which take an order of that release is for
is found by trying numbers.
"""

from __future__ import annotations

from collections.abc import Sequence

from storyforge.compiler.compile import Compiled
from storyforge.compiler.jobs import Planned, further_take
from storyforge.planning.orders import Orders
from storyforge.system.ledger import OPEN_STATUSES, Order

FARTHEST = 1000
"""Numbers, from that of the clip on, among which the take of an order of release 0.1 is looked for."""


def next_takes(compiled: Compiled, one: Planned, count: int, orders: Orders) -> list[Planned]:
    """Takes of a clip that are to be brought: all that were ordered and are not here, and new ones up to `count`.

    New ones have the lowest numbers that nobody had: neither this store, nor the lock, nor a host who rendered it. The
    first is the clip's own take, if that was never rendered.
    """
    chosen = {block.slate for block in compiled.lock.blocks.values()}

    def is_had(take: Planned) -> bool:
        slate = take.job.fingerprint
        # A take that the lock names was rendered, also where this clone does not have it.
        return slate in chosen or compiled.project.store.rendering(slate) is not None

    takes = [take for take in _ordered_takes(one, orders.list_orders(*OPEN_STATUSES)) if not is_had(take)]
    ordered = {take.job.take for take in takes}
    number = one.job.take
    while len(takes) < count:
        take = further_take(one, number)
        if number not in ordered and not is_had(take) and not _is_rendered(take, orders):
            takes.append(take)
        number += 1
    return takes


def under_way(compiled: Compiled, orders: Orders) -> list[Planned]:
    """Further takes of a film's clips that were ordered and are not here."""
    film, store = compiled.project.record_name, compiled.project.store
    own = {one.job.fingerprint for one in compiled.planned}
    missing = [
        order
        for order in orders.list_orders(*OPEN_STATUSES)
        if order.film == film and order.fingerprint not in own and not store.find_take(order.fingerprint)
    ]
    return [
        take
        for one in compiled.planned
        for take in _ordered_takes(one, [order for order in missing if order.clip == one.clip.id])
    ]


def _is_rendered(take: Planned, orders: Orders) -> bool:
    """Whether the last order for a take is done."""
    order = orders.find_order(take.job.fingerprint)
    return order is not None and order.status == "done"


def _ordered_takes(one: Planned, orders: Sequence[Order]) -> list[Planned]:
    """The takes of a clip as it is written now that some orders are for, by their numbers, from that of the clip on."""
    wanted = {order.fingerprint: order.take for order in orders if order.provider == one.job.provider}
    numbers = {number for number in wanted.values() if number is not None}
    # Each number is another seed and another fingerprint, and a fingerprint does not say of which number it is.
    if None in wanted.values():
        numbers.update(range(one.job.take, one.job.take + FARTHEST))
    takes = (further_take(one, number) for number in sorted(numbers) if number >= one.job.take)
    return [take for take in takes if take.job.fingerprint in wanted]
