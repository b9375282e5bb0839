"""Further takes of a clip: which were ordered and are not here yet, and which come next.

A take's number and the words of its clip make its slate, and so its fingerprint in the ledger. So a number is never
ordered twice, and what a retake that was broken off had ordered is found by trying the numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

from storyforge.compiler.compile import Compiled
from storyforge.compiler.jobs import Planned, further_take
from storyforge.system.ledger import OPEN, Fate, Ledger
from storyforge.system.lock import Lock
from storyforge.system.store import Store

FARTHEST = 100
"""Numbers beyond the last known one among which an order is looked for, and so the most takes of one retake."""

Fates = Callable[[str], Fate | None]
"""How the last order of a slate stands, by its fingerprint."""


@contextmanager
def fates(store: Store) -> Iterator[Fates]:
    """What the ledger says of orders; nothing where nothing was ever ordered here."""
    path = store.path("ledger.db")
    if not path.is_file():
        yield lambda slate: None
        return
    with closing(Ledger(path, readonly=True)) as ledger:

        def fate_of(slate: str) -> Fate | None:
            order = ledger.latest(slate)
            return order.fate if order else None

        yield fate_of


def next_takes(one: Planned, count: int, lock: Lock, store: Store, fate_of: Fates) -> list[Planned]:
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
        fate = fate_of(slate)
        had = fate == "done" or slate in chosen or store.rendering(slate) is not None
        is_open = not had and fate in ("sending", "sent", "unresolved")
        if is_open:
            ordered.append(take)
        elif not had:
            new.append(take)
        last = number if had or is_open else last
        number += 1
    return ordered + new[: max(count - len(ordered), 0)]


def under_way(compiled: Compiled, film: str, store: Store) -> list[Planned]:
    """Further takes of a film's clips that were ordered and are not here; `film` is its name in the ledger."""
    path = store.path("ledger.db")
    if not path.is_file():
        return []
    with closing(Ledger(path, readonly=True)) as ledger:
        rows = ledger.rows(f"select distinct clip, fingerprint from orders where film = ? and {OPEN}", (film,))
    clips = {one.clip.id: one for one in compiled.planned}
    own = {one.job.fingerprint for one in compiled.planned}
    found = [
        _of_slate(clips[row["clip"]], row["fingerprint"])
        for row in rows
        if row["clip"] in clips and row["fingerprint"] not in own and not store.take_of(row["fingerprint"])
    ]
    return sorted((take for take in found if take), key=lambda take: (list(clips).index(take.clip.id), take.job.take))


def _of_slate(one: Planned, slate: str) -> Planned | None:
    """The take of a clip that is rendered from a slate; None if the words were others."""
    takes = (further_take(one, one.job.take + beyond) for beyond in range(1, 10 * FARTHEST))
    return next((take for take in takes if take.job.fingerprint == slate), None)
