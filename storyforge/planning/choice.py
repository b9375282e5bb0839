"""A compiled storyboard under another lock: clips that continue others follow what that chose."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from storyforge.compiler.compile import Compiled
from storyforge.compiler.jobs import Planned, make_jobs
from storyforge.planning.orders import Orders
from storyforge.planning.reasons import as_chosen, take_for
from storyforge.system.lock import Lock
from storyforge.system.store import Store


def with_lock(compiled: Compiled, lock: Lock, is_known: Callable[[str], bool] | None = None) -> Compiled:
    """A compiled storyboard as it is with another lock: clips that continue others follow what that chose. `is_known`
    is as in `make_jobs`."""
    if compiled.jobs is None:
        return replace(compiled, lock=lock)
    played = lock.without_emulated(compiled.project.store.is_local)
    pairs = [(one.clip, one.prompt) for one in compiled.planned]
    planned = make_jobs(compiled.jobs, pairs, played, is_known, compiled.rewords)
    return replace(compiled, lock=lock, planned=tuple(planned))


def with_rewording(compiled: Compiled) -> Compiled:
    """The storyboard as it is when each clip whose take was worded otherwise is rendered again, and what continues
    it."""
    return with_lock(replace(compiled, rewords=True), compiled.lock)


def settle_choices(compiled: Compiled, orders: Orders) -> Compiled:
    """The storyboard with what release 0.1 rendered and ordered for it without a lock, and without choices that cannot
    be had any more: takes of other words, or of that release's, whose files are not here. Their clips are rendered from
    what is written, and what continues them follows that."""
    store = compiled.project.store

    def is_known(fingerprint: str) -> bool:
        return store.rendering(fingerprint) is not None or orders.is_open(fingerprint)

    read = compiled.lock
    if any(not one.block and not is_known(one.job.fingerprint) for one in compiled.planned) and store.has_past():
        compiled = with_lock(compiled, read, is_known)
    lost = [one.block for one in compiled.planned if one.block and _is_lost(one, store, orders)]
    if not lost:
        return compiled
    kept = Lock({name: block for name, block in read.blocks.items() if block not in lost})
    # With the lock as it was read: what is lost here may be in another clone, and is not to be written away.
    return replace(with_lock(compiled, kept, is_known), lock=read)


def _is_lost(one: Planned, store: Store, orders: Orders) -> bool:
    if take_for(one, store):
        return False
    chosen = as_chosen(one).job
    if one.today:  # which is ordered again as another slate
        return orders.find_standing(chosen) is None
    # What was chosen among further takes of the words as they are can be ordered again, so it is not lost.
    return chosen.fingerprint != one.slate
