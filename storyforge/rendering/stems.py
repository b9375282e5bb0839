"""The stems of a film: the parts of its sound as files next to it, for the work in a studio."""

from __future__ import annotations

from pathlib import Path

from storyforge.film.assembly import make_assembly, make_mix
from storyforge.film.conform import conform_take
from storyforge.film.sound.mix import make_stems
from storyforge.planning.film_plan import FilmPlan
from storyforge.rendering.deliver import deliver
from storyforge.system.files import remove_file

NAMES = ("clips", "music", "ambience")
"""What a stem may hold; its file is called so."""


async def write_stems(film_plan: FilmPlan, folder: Path) -> list[Path]:
    """Puts the stems of a film whose clips all have their takes into a folder, and takes away those of an earlier film;
    their paths. Raises MediaError."""
    assembly, store = make_assembly(film_plan), film_plan.project.store
    kept, pieces = store.path("pieces"), {}
    for one in film_plan.planned:
        take = assembly.take_of(one.clip.id) or ""
        delivery = assembly.delivery(one, assembly.cues(one))
        # Mostly there already: the film was stitched from the same pieces.
        pieces[one.clip.id] = await conform_take(store.take(take), take, delivery, kept)
    stems = await make_stems(assembly.place_pieces(pieces), make_mix(film_plan.compiled), kept)
    for name in NAMES:
        if name in stems:
            deliver(stems[name], folder / f"{name}.wav", store)
        else:
            remove_file(folder / f"{name}.wav")
    return [folder / f"{name}.wav" for name in stems]
