"""A compiled storyboard under another lock: clips that continue others follow what that chose."""

from __future__ import annotations

from dataclasses import replace

from storyforge.compiler.compile import Compiled
from storyforge.compiler.jobs import Jobs, Planned, make_jobs
from storyforge.planning.reasons import as_chosen, take_for
from storyforge.providers import find_provider
from storyforge.system.lock import Lock
from storyforge.system.store import Store


def with_lock(compiled: Compiled, lock: Lock) -> Compiled:
    """A compiled storyboard as it is with another lock: clips that continue others follow what that chose."""
    names = {one.clip.provider for one in compiled.planned}
    # Without settings: only slates are made, which hold no address.
    providers = {name: found for name in names if (found := find_provider(name, {}))}
    jobs = Jobs(compiled.storyboard, {**providers, compiled.provider.name: compiled.provider})
    played = lock.without_emulated(compiled.project.store.is_local)
    planned = make_jobs(jobs, [(one.clip, one.prompt) for one in compiled.planned], played)
    return replace(compiled, lock=lock, planned=tuple(planned))


def without_lost(compiled: Compiled) -> Compiled:
    """The storyboard without choices that cannot be had any more: takes of other words, whose files are not here. Their
    clips are rendered from what is written, and what continues them follows that."""
    store = compiled.project.store
    lost = [one.block for one in compiled.planned if one.slate != one.job.fingerprint and _is_lost(one, store)]
    if not lost:
        return compiled
    kept = Lock({name: block for name, block in compiled.lock.blocks.items() if block not in lost})
    # With the lock as it was read: what is lost here may be in another clone, and is not to be written away.
    return replace(with_lock(compiled, kept), lock=compiled.lock)


def _is_lost(one: Planned, store: Store) -> bool:
    # What was chosen among further takes of the words as they are can be ordered again, so it is not lost.
    return as_chosen(one).job.fingerprint != one.slate and not take_for(one, store)
