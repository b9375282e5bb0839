"""The stems of a film: the parts of its sound as files beside it, for whoever goes on with it in a studio."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from storyforge.compile import Compiled
from storyforge.film.conform import conform_take
from storyforge.film.joins import joins_of, margins
from storyforge.film.sound import make_stems
from storyforge.render import FilmPlan, deliver, delivery, draft_size, grader_of, keep_drawn, mix_of
from storyforge.store import Store
from storyforge.subtitles import burned_cues
from storyforge.takes import played_take

NAMES = ("clips", "music", "ambience")
"""What a stem may hold; its file is called so."""


async def write_stems(compiled: Compiled, plan: FilmPlan, store: Store, folder: Path) -> list[Path]:
    """Puts the stems of a film whose clips all have their takes into a folder, and takes away those of an earlier film;
    their paths. Raises MediaError."""
    assert compiled.board is not None
    form, pieces = compiled.board.format, []
    joins = joins_of([one.clip for one in plan.planned], form)
    takes = {one.clip.id: played_take(one, store) or "" for one in plan.planned}
    grader = grader_of(plan.planned, form, store, takes.get)
    kept, size = store.path("pieces"), draft_size(form) if plan.draft else form.size
    for one, margin in zip(plan.planned, margins(joins), strict=True):
        take = takes[one.clip.id]
        cues = burned_cues(one, compiled, store.take(take))
        wanted = delivery(one, margin, form, size, partial(keep_drawn, store), cues, grader.grade(one.clip.id))
        pieces.append(await conform_take(store.take(take), take, wanted, kept))
    stems = await make_stems(pieces, joins, mix_of(compiled), kept)
    for name in NAMES:
        if name in stems:
            deliver(stems[name], folder / f"{name}.wav", store)
        else:
            (folder / f"{name}.wav").unlink(missing_ok=True)
    return [folder / f"{name}.wav" for name in stems]
