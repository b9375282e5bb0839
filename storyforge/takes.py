"""The takes of a film's clips: which the lock chose, and what it says of them once they are rendered."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace

from storyforge.lock import Block, Lock, part_digests
from storyforge.plan import Planned
from storyforge.providers import find_provider
from storyforge.store import Store

Paid = Callable[[str], tuple[str | None, float | None]]
"""For the fingerprint of a slate: the host's number of the job that rendered it, and what that cost in US dollars."""


@contextmanager
def payments(store: Store) -> Iterator[Paid]:
    """What the ledger says of orders; nothing where nothing was ever ordered here."""
    path = store.path("ledger.db")
    if not path.is_file():
        yield lambda fingerprint: (None, None)
        return
    from storyforge.ledger import Ledger

    with closing(Ledger(path, readonly=True)) as ledger:

        def paid(fingerprint: str) -> tuple[str | None, float | None]:
            order = ledger.latest(fingerprint)
            if order is None:
                return None, None
            return order.number, order.usd_planned if order.usd_paid is None else order.usd_paid

        yield paid


def settled(lock: Lock, planned: Sequence[Planned], store: Store, paid: Paid) -> Lock:
    """The lock as it is once a film's clips have the takes that are here.

    Clips without a take keep the block they have, so that it can be told what changed since. A take that costs nothing
    to make again, an animatic's, never takes the place of one that was paid for.
    """
    blocks = {}
    for one in planned:
        old = lock.blocks.get(one.clip.id)
        new = _block(one, store, paid)
        if new is None or (old and _is_free(new.provider) and not _is_free(old.provider)):
            new = old
        if new:
            blocks[one.clip.id] = new
    return Lock(blocks)


def _block(one: Planned, store: Store, paid: Paid) -> Block | None:
    take = one.take or store.take_of(one.job.fingerprint)
    if take is None:
        return None
    if one.block and one.block.take == take:
        if one.block.fingerprint != one.job.fingerprint:
            return one.block
        return replace(one.block, accepted=None, although=None, parts=part_digests(one.fields))
    return new_block(one, one.job.fingerprint, take, store, paid)


def new_block(one: Planned, rendered: str, take: str, store: Store, paid: Paid) -> Block:
    """The choice of a take for a clip, which was rendered from the slate of a fingerprint."""
    facts = store.rendering(rendered) or {}
    slate = facts.get("slate") or one.job.slate
    order, usd = paid(rendered)
    free = _is_free(one.clip.provider)
    return Block(
        fingerprint=one.job.fingerprint,
        take=take,
        provider=one.clip.provider,
        model=str(slate["model"]),
        seconds=one.clip.seconds,
        seed=slate.get("seed"),
        number=int(slate.get("take", 1)),
        rendered=rendered if rendered != one.job.fingerprint else None,
        order=order,
        usd=0.0 if free else usd,
        date=facts.get("date"),
        parts=part_digests(one.fields),
    )


def _is_free(provider: str) -> bool:
    """Whether a provider draws here, for nothing."""
    found = find_provider(provider, {})
    return found is not None and found.draws_panels
