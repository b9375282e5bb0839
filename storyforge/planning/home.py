"""Which host a film is rendered at: the one that its storyboard or settings name, or else the one whose takes it plays.

A clip that is tried at another host has a take more; what the film plays at its own host is not touched by that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from storyforge.compiler.compile import Compiled
from storyforge.compiler.jobs import Planned
from storyforge.model.errors import StoryForgeError
from storyforge.planning.film_plan import FilmPlan
from storyforge.planning.open import CHEAPEST, open_storyboard
from storyforge.providers import is_free
from storyforge.system.lock import Block, lock_path, read_lock


def find_home(compiled: Compiled, one: Planned) -> str | None:
    """The host at which a clip of a film is rendered where no flag says otherwise; None where nothing names one, and no
    take of any is in the lock."""
    named = _named(compiled, one)
    # Who leaves it to prices is at home wherever these lead.
    if named == CHEAPEST or compiled.offers:
        return one.clip.provider
    if not is_free(named):
        return named
    played = Counter(block.provider for block in compiled.lock.blocks.values() if not is_free(block.provider))
    return played.most_common(1)[0][0] if played else None


def is_away(compiled: Compiled, one: Planned) -> bool:
    """Whether a clip is compiled for another host than the one that it is rendered at otherwise."""
    return find_home(compiled, one) not in (None, one.clip.provider)


def open_home(compiled: Compiled) -> Compiled | None:
    """The film as it is at its own host; None where it is compiled for that, or for none, or where it cannot be."""
    away = [one for one in compiled.planned if not is_free(one.clip.provider) and is_away(compiled, one)]
    if not away:
        return None
    named = _named(compiled, away[0])
    flag = find_home(compiled, away[0]) if is_free(named) else None
    try:
        home = open_storyboard(compiled.path, flag, compiled.project.environment)
    except StoryForgeError:
        return None
    return home if isinstance(home, Compiled) else None


def find_spared(film_plan: FilmPlan, came: Collection[str]) -> dict[str, Block]:
    """What the lock, as it is on disk, names for clips of which hosts rendered another take, by clip; `came` are the
    fingerprints of the slates that were rendered."""
    lock = read_lock(lock_path(film_plan.compiled.path))[0]
    paid = [one for one in film_plan.planned if one.job.fingerprint in came and not is_free(one.clip.provider)]
    named = {one.clip.id: lock.blocks.get(one.clip.id) for one in paid}
    new = {one.clip.id: (one.clip.provider, film_plan.project.store.find_take(one.job.fingerprint)) for one in paid}
    return {clip: block for clip, block in named.items() if block and (block.provider, block.take) != new[clip]}


def _named(compiled: Compiled, one: Planned) -> str:
    """The provider of a clip by the settings and the storyboard, without any flag."""
    settings, board = compiled.project.settings, compiled.loaded.storyboard
    if asked := settings.environment.get("STORYFORGE_PROVIDER"):
        return asked
    # As they were read: where hosts were chosen by price, the compiled shots hold what was chosen.
    shots = {shot.id: shot.provider for shot in (board and board.shots) or ()}
    written = board.provider if board and "provider" in board.model_fields_set else settings.text("provider")
    return shots.get(one.clip.shots[0].id) or written or "offline"
