"""The clips of a film by their names, and what a choice of takes changes for them."""

from __future__ import annotations

from collections.abc import Sequence

from storyforge.compiler.compile import Compilation
from storyforge.compiler.jobs import Planned
from storyforge.model.errors import UsageError
from storyforge.model.spelling import nearest
from storyforge.planning.film_plan import FilmPlan


def find_clip(compiled: Compilation, name: str) -> Planned:
    """The clip of a name; UsageError where none is called so, with the clip that plays a shot of that name."""
    clips = {one.clip.id: one for one in compiled.planned}
    if name in clips:
        return clips[name]
    playing = next((one.clip.id for one in compiled.planned if name in (shot.id for shot in one.clip.shots)), None)
    near = nearest(name, clips)
    hint = f"the shot is played by clip `{playing}`" if playing else f"did you mean `{near}`?" if near else None
    raise UsageError(f"`{name}` is no clip of {compiled.path.name}", hint or "`storyforge plan` lists the clips")


def find_followers(before: FilmPlan, after: FilmPlan, named: Sequence[str]) -> list[Planned]:
    """Clips that a choice made or spared to be rendered, besides those that it was about."""
    states = {one.clip.id: one.state for one in before.planned}
    changed = [one for one in after.planned if one.state != states.get(one.clip.id)]
    # That a clip which was named is cached now is what was asked for.
    return [one for one in changed if one.clip.id not in named or one.state != "cached"]
