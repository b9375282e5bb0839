"""Which take a clip plays: the takes there are, one of them chosen, kept although words changed, or given back.

Nothing here is rendered or paid. Each choice is written into the lock, and comes back with the plan before and after.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from storyforge.compiler.compile import Compilation, Compiled, Uncompiled
from storyforge.compiler.jobs import Planned
from storyforge.model.errors import StoryForgeError, UsageError
from storyforge.planning.clips import find_clip, find_followers
from storyforge.planning.film_plan import FilmPlan, plan_film
from storyforge.planning.home import open_home
from storyforge.planning.lock_update import accept, choose_take, hold_unchanged, save_lock, withdraw_acceptance
from storyforge.planning.orders import Orders
from storyforge.planning.takes import UNDECIDED, Take, all_takes, find_take
from storyforge.providers import is_free
from storyforge.system.lock import Block
from storyforge.system.store import Store

Reopen = Callable[[], Compilation]
"""Compiles the storyboard again, after a choice."""


@dataclass(frozen=True, slots=True)
class ClipTakes:
    """A clip as it is planned, and its takes."""

    planned: Planned
    takes: tuple[Take, ...]
    """Those of the words as they stand now by their numbers, then others, the latest first."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What was written into the lock about some clips, and what that changes."""

    before: FilmPlan
    after: FilmPlan
    named: tuple[str, ...] = ()
    """Clips that it is about."""
    blocks: Mapping[str, Block] = field(default_factory=dict)
    """What the lock says now, by clip."""
    missing: tuple[str, ...] = ()
    """Clips among them whose take is not here; `storyforge pull` may bring it."""
    refused: Mapping[str, str] = field(default_factory=dict)
    """Why a clip's take cannot be accepted, by clip."""
    cached: tuple[str, ...] = ()
    """Clips that were named and play a take as it is, for which nothing is to be accepted."""
    withdrawn: tuple[str, ...] = ()
    """Clips whose take is no longer accepted."""
    forgotten: tuple[Planned, ...] = ()
    """Clips that are to be rendered at the film's own host now, where the choice was made for another."""

    @property
    def followers(self) -> list[Planned]:
        """Clips that are to be rendered now or need it no more, besides those that the choice was about."""
        return find_followers(self.before, self.after, self.named)


def read_takes(compiled: Compilation, clip: str | None = None) -> list[ClipTakes]:
    """The takes of a clip, named by its id, or of all clips in their order. UsageError for a name that no clip has."""
    names = [find_clip(compiled, clip).clip.id] if clip else [one.clip.id for one in compiled.planned]
    with Orders(compiled.project.store) as orders:
        found = all_takes(compiled, orders)
        planned = {one.clip.id: one for one in plan_film(compiled, orders=orders).planned}
    return [ClipTakes(planned[name], tuple(found[name])) for name in names]


def read_current(compiled: Compilation, clip: str) -> list[Take]:
    """The takes of a clip that were rendered from its words as they stand now, by their numbers."""
    return [take for take in all_takes(compiled)[clip] if take.current]


def use_take(compiled: Compilation, clip: str, take: str, reopen: Reopen) -> Choice:
    """Chooses a take for a clip: `take` is its number, or how its id begins. This also decides about a clip over which
    a merge left the lock undecided.

    UsageError for names that mean no take or several, and for one that the clip cannot play; StoryForgeError for a
    storyboard with other errors than an undecided lock.
    """
    sound = check_sound(compiled, UNDECIDED)
    one = find_clip(sound, clip)
    name = one.clip.id
    with hold_unchanged(sound) as orders:
        chosen = _pick(all_takes(sound, orders)[name], take, sound.path, name)
        before = plan_film(sound, orders=orders)
        home = open_home(sound)
        there = plan_film(home, orders=orders) if home else None
        blocks = {name: choose_take(sound, one, chosen, home)}
        # Compiled again and not only planned: what is paid for has a say in how the film is cut.
        after = plan_film(reopen(), orders=orders)
        forgotten = _find_forgotten(there, sound, orders)
    return Choice(before, after, (name,), blocks, _find_missing(blocks, sound.project.store), forgotten=forgotten)


def accept_takes(compiled: Compilation, clips: Sequence[str], reopen: Reopen) -> Choice:
    """Keeps the take that each clip was given last, although its words were changed; where none is named, those of all
    clips that would be rendered and have a take of a host, whichever that was.

    UsageError where a clip that is named has no take to accept; StoryForgeError for a storyboard with errors.
    """
    sound = check_sound(compiled)
    names = [find_clip(sound, clip).clip.id for clip in clips]
    with hold_unchanged(sound) as orders:
        before = plan_film(sound, orders=orders)
        due = names or [one.clip.id for one in before.planned if one.state == "render" and _has_take(one, sound)]
        made = accept(sound, due)
        # Of clips that nobody named, a refusal is reported and stops no other.
        if made.refused and names:
            name, why = next(iter(made.refused.items()))
            hint = f"`storyforge takes {sound.path} {name}` lists its takes, `storyforge use` chooses one"
            raise UsageError(f"`{name}` cannot be accepted: {why}", hint)
        home = open_home(sound)
        there = plan_film(home, orders=orders) if home else None
        save_lock(sound, made.lock)
        after = plan_film(reopen(), orders=orders)
        forgotten = _find_forgotten(there, sound, orders)
    missing, cached = _find_missing(made.blocks, sound.project.store), tuple(made.cached) if names else ()
    return Choice(before, after, tuple(due), made.blocks, missing, made.refused, cached, forgotten=forgotten)


def withdraw_takes(compiled: Compilation, clips: Sequence[str], reopen: Reopen) -> Choice:
    """Takes back what was accepted for some clips, or for all where none is named. StoryForgeError for a storyboard
    with errors."""
    sound = check_sound(compiled)
    blocks = sound.lock.blocks
    # All blocks of the lock, so also those of clips that the film has no more.
    names = [find_clip(sound, clip).clip.id for clip in clips] or list(blocks)
    accepted = tuple(name for name in names if name in blocks and blocks[name].accepted)
    with hold_unchanged(sound) as orders:
        before = plan_film(sound, orders=orders)
        save_lock(sound, withdraw_acceptance(sound.lock, accepted))
        after = plan_film(reopen(), orders=orders)
    return Choice(before, after, withdrawn=accepted)


def check_sound(compiled: Compilation, but: str | None = None) -> Compiled:
    """The storyboard, if it has no error but findings of the name `but`; else StoryForgeError."""
    faults = [found for found in compiled.diagnostics if found.severity == "error" and found.name != but]
    if isinstance(compiled, Uncompiled) or faults:
        raise StoryForgeError(f"{compiled.path.name} has errors; nothing was changed", "fix them first")
    return compiled


def _pick(takes: Sequence[Take], named: str, file: Path, clip: str) -> Take:
    found = find_take(takes, named)
    hint = f"`storyforge takes {file} {clip}` lists them"
    if not found:
        raise UsageError(f"`{clip}` has no take `{named}`", hint)
    if len(found) > 1:
        raise UsageError(
            f"`{clip}` has {len(found)} takes that `{named}` may mean", f"{hint} by ids that tell them apart"
        )
    return found[0]


def _find_forgotten(before: FilmPlan | None, compiled: Compiled, orders: Orders) -> tuple[Planned, ...]:
    """Clips that had their takes at the film's own host before a choice for another, and have none there now."""
    home = open_home(compiled) if before else None
    if before is None or home is None:
        return ()
    had = {one.clip.id for one in before.planned if one.state == "cached"}
    return tuple(one for one in plan_film(home, orders=orders).planned if one.clip.id in had and one.state != "cached")


def _has_take(one: Planned, compiled: Compiled) -> bool:
    """Whether the lock names a take that can be kept for a clip: of any host, but not what was drawn here for one, nor
    what an emulator rendered in its host's place."""
    block = compiled.lock.blocks.get(one.clip.id)
    if block is None or (block.emulated and not compiled.project.store.is_local(block.provider)):
        return False
    return not is_free(block.provider) or is_free(one.clip.provider)


def _find_missing(blocks: Mapping[str, Block], store: Store) -> tuple[str, ...]:
    return tuple(name for name, block in blocks.items() if not store.has_take(block.take))
