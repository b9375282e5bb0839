"""Further takes of a clip: which were ordered and are not here yet, and which come next.

The ledger keeps the number of each take, and its slate. Release 0.1 did not: which take an order of that release is for
is found by trying numbers.
"""

from __future__ import annotations

from collections.abc import Sequence

from storyforge.compiler.compile import Compiled
from storyforge.compiler.jobs import Planned, further_take
from storyforge.compiler.slates import is_first_form
from storyforge.planning.orders import Orders
from storyforge.planning.takes import list_forms
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

    forms, opened = list_forms(one, compiled, orders.has_first()), orders.list_orders(*OPEN_STATUSES)
    takes = [take for take in _ordered_in(forms, opened) if not is_had(take)]
    ordered = {take.job.take for take in takes}
    number = one.job.take
    while len(takes) < count:
        same = [further_take(form, number) for form in forms]
        if number not in ordered and not any(is_had(take) or _is_rendered(take, orders) for take in same):
            takes.append(same[0])  # in today's words
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
    of_clip: dict[str, list[Order]] = {}
    for order in missing:
        of_clip.setdefault(order.clip, []).append(order)
    return [
        take
        for one in compiled.planned
        if one.clip.id in of_clip
        for take in _ordered_in(list_forms(one, compiled, orders.has_first()), of_clip[one.clip.id])
    ]


def _ordered_in(forms: Sequence[Planned], orders: Sequence[Order]) -> list[Planned]:
    """The takes of a clip that some orders are for, in whichever form, by their numbers."""
    return sorted((take for form in forms for take in _ordered_takes(form, orders)), key=lambda take: take.job.take)


def _is_rendered(take: Planned, orders: Orders) -> bool:
    """Whether the last order for a take is done."""
    order = orders.find_order(take.job.fingerprint)
    return order is not None and order.status == "done"


def _ordered_takes(one: Planned, orders: Sequence[Order]) -> list[Planned]:
    """The takes of a clip as it is written now that some orders are for, by their numbers, from that of the clip on."""
    first = is_first_form(one.job.slate)
    wanted = {
        order.fingerprint: order.take
        for order in orders
        if order.provider == one.job.provider and is_first_form(order.slate or {}) == first
    }
    numbers = {number for number in wanted.values() if number is not None}
    # Each number is another seed and another fingerprint, and a fingerprint does not say of which number it is.
    if None in wanted.values():
        numbers.update(range(one.job.take, one.job.take + FARTHEST))
    takes = (further_take(one, number) for number in sorted(numbers) if number >= one.job.take)
    return [take for take in takes if take.job.fingerprint in wanted]
