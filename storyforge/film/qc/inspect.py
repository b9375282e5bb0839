"""Inspect what was rendered: each take is measured once, and judged as its film plays it.

A film's pictures are those of its takes, so it is not decoded again for them; its sound is mixed again, and measured.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

from storyforge.animatic.pictures import cover, open_picture
from storyforge.compiler.compile import Compiled
from storyforge.compiler.jobs import Planned
from storyforge.compiler.pictures import is_local
from storyforge.film.assembly import Assembly
from storyforge.film.colour_match import apply_grade
from storyforge.film.qc.context import Cut, Film, Opening, Played, Thresholds
from storyforge.film.qc.measure import RECIPE as MEASURES
from storyforge.film.qc.measure import Measures, measure_sound, small_text
from storyforge.film.qc.rules import inspect_takes
from storyforge.model.clip import LastFrame, Picture, beat_ends
from storyforge.model.diagnostics import Diagnostic, locate_findings
from storyforge.model.errors import MediaError, UsageError
from storyforge.model.spelling import nearest
from storyforge.planning.film_plan import FilmPlan
from storyforge.planning.takes import played_take
from storyforge.providers import is_free
from storyforge.system.decode import probe
from storyforge.system.files import write_atomically
from storyforge.system.settings import Settings
from storyforge.system.whole import is_unchanged, note_made

RECIPE = 1
"""Raised when the rules find something else in the same numbers."""


def read_thresholds(settings: Settings) -> Thresholds:
    """The thresholds that `[inspect]` sets, and the usual ones otherwise; UsageError for an unknown name."""
    names = [field.name for field in fields(Thresholds)]
    for name in settings.table("inspect"):
        if name not in names:
            near = nearest(name, names)
            hint = f"did you mean `{near}`?" if near else f"known: {', '.join(names)}"
            raise UsageError(f"`inspect.{name}` is no threshold", hint)
    given = {name: settings.amount(f"inspect.{name}") for name in names}
    return Thresholds(**{name: value for name, value in given.items() if value is not None})


def inspect_film(film_plan: FilmPlan, film: Path, limits: Thresholds) -> list[Diagnostic]:
    """Findings about the finished film of a plan, located; what was found before is not looked for again. Raises
    MediaError."""
    compiled, takes = film_plan.compiled, _takes(film_plan)
    asked = [
        RECIPE,
        MEASURES,
        asdict(limits),
        list(takes.items()),
        [_shots(compiled, one) for one in film_plan.planned],
    ]
    asked_for = hashlib.sha256(json.dumps(asked).encode()).hexdigest()
    kept = compiled.project.store.path("inspections", f"{film.stem}.json")
    found = _known(kept, asked_for)
    # Film and takes are named by their content: what was found once holds until the rules or the limits are others.
    if found is None:
        footage = Assembly(compiled, film_plan.planned, takes.get, film_plan.draft)
        reel = footage.timeline()
        played = [_played(placed.one, placed.begins, placed.frames, footage) for placed in reel.clips]
        whole = Film(measure_sound(film), probe(film), reel.frames, footage.size)
        found = inspect_takes(Cut(tuple(played), compiled.storyboard.format.fps, limits, whole))
        _keep(kept, asked_for, found)
    return locate_findings(found, compiled.source)


def inspect_alone(film_plan: FilmPlan, takes: Sequence[tuple[Planned, str]], limits: Thresholds) -> list[Diagnostic]:
    """Findings about takes, by their sha256, that no film plays yet, located. Raises MediaError."""
    compiled, chosen = film_plan.compiled, _takes(film_plan)
    played = []
    for one, take in takes:
        footage = Assembly(compiled, film_plan.planned, {**chosen, one.clip.id: take}.get)
        played.append(_played(one, 0, one.clip.seconds * footage.form.fps, footage))
    return locate_findings(inspect_takes(Cut(tuple(played), compiled.storyboard.format.fps, limits)), compiled.source)


def _played(one: Planned, begins: int, frames: int, assembly: Assembly) -> Played:
    """A clip's take, so many frames of it from a frame of the film on."""
    found = assembly.measures(one.clip.id)
    assert found is not None
    return Played(
        clip=one.clip.id,
        found=replace(found, first=apply_grade(found.first, assembly.grader.grade(one.clip.id))),
        seconds=one.clip.seconds,
        size=one.job.size,
        drawn=is_free(one.clip.provider),
        speaks=any(beat.lines for beat in one.clip.beats),
        begins=begins,
        frames=frames,
        shots=tuple((begins + frame, path) for frame, path in _shots(assembly.compiled, one)),
        opening=_opening(one, found, assembly),
    )


def _opening(one: Planned, found: Measures, assembly: Assembly) -> Opening | None:
    match one.clip.first_frame:
        case LastFrame(clip) if before := assembly.measures(clip):
            return Opening(apply_grade(before.last, assembly.grader.grade(clip)), clip, True)
        case Picture(source, sha256) if sha256 and is_local(source):
            kept = assembly.store.path("pictures", sha256)
            # a host crops a picture of another shape
            shape = (max(found.shape.width // 8, 1), max(found.shape.height // 8, 1))
            # a picture that only a host can read is not held against anything
            with contextlib.suppress(MediaError):
                file = open_picture(kept if kept.is_file() else assembly.compiled.pictures.look(source).path)
                return Opening(small_text(cover(file, shape)), source, False)
    return None


def _shots(compiled: Compiled, one: Planned) -> list[tuple[int, tuple[str | int, ...]]]:
    """A clip's shots: the frame of the clip on which each begins, and where its id is written."""
    places = {shot.id: number for number, shot in enumerate(compiled.storyboard.shots or ())}
    starts = [0, *beat_ends(one.clip, compiled.storyboard.format.fps)]
    return [(start, ("shots", places[beat.shot.id], "id")) for start, beat in zip(starts, one.clip.beats, strict=False)]


def _takes(film_plan: FilmPlan) -> dict[str, str | None]:
    """The takes that a film plays, by clip, as far as they are here."""
    store = film_plan.project.store
    return {one.clip.id: played_take(one, store) for one in film_plan.planned}


def _known(kept: Path, asked_for: str) -> list[Diagnostic] | None:
    """What was found before, if the same was asked."""
    if not is_unchanged(kept):
        return None
    try:
        told = json.loads(kept.read_text(encoding="utf-8"))
        if told["asked"] != asked_for:
            return None
        return [Diagnostic(**{**found, "path": tuple(found["path"])}) for found in told["found"]]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def _keep(kept: Path, asked_for: str, found: Sequence[Diagnostic]) -> None:
    rows: Iterator[dict[str, Any]] = (
        {name: getattr(one, name) for name in ("name", "severity", "message", "hint", "path")} for one in found
    )
    write_atomically(kept, json.dumps({"asked": asked_for, "found": list(rows)}) + "\n")
    note_made(kept)
