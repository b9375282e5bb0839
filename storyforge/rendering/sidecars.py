"""Files that a render writes next to the film: its provenance, and if asked a contact sheet, subtitles and stems."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from storyforge.film.provenance import provenance
from storyforge.rendering.deliver import deliver
from storyforge.system.files import file_sha256, is_stream, remove_file, write_text
from storyforge.system.whole import is_unchanged, note_made

if TYPE_CHECKING:
    from storyforge.compiler.compile import Compiled
    from storyforge.compiler.timeline import Timeline
    from storyforge.film.signing import Signer
    from storyforge.planning.film_plan import FilmPlan
    from storyforge.planning.orders import Orders
    from storyforge.rendering.run import Outcome
    from storyforge.system.store import Store

Note = Callable[[str], None]
"""Gets what a person should know, a sentence at a time."""


def draw_sheet(compiled: Compiled, timeline: Timeline, film: Path, out: Path, note: Note) -> Path:
    """Draws a still of each shot into one picture. Raises MediaError."""
    from storyforge.film import contact_sheet as sheet

    stills = [
        sheet.Still(one.clip.beats[number].shot.id, begin, (begin + end) // 2)
        for one, number, begin, end in timeline.shots()
    ]
    sheet.draw_sheet(compiled.storyboard.title, stills, film, timeline.fps, out)
    note(f"contact sheet: {out}")
    return out


def write_subtitles(
    compiled: Compiled, timeline: Timeline, forms: Sequence[str], target: Path, note: Note
) -> list[Path]:
    """Writes the dialogue in each form (`srt`, `vtt`, `ass`), under the film's name; nothing where nobody speaks."""
    from storyforge.film.dialogue import film_cues
    from storyforge.film.subtitle_files import subtitles

    cues = film_cues(compiled, timeline)
    if not cues:
        note("no subtitles: nobody says a word")
        return []
    written = []
    for form in dict.fromkeys(forms):
        out = target.with_suffix(f".{form}")
        write_text(out, subtitles(cues, timeline.fps, form, compiled.storyboard.format.size))
        note(f"subtitles: {out}")
        written.append(out)
    return written


def deliver_film(
    compiled: Compiled,
    timeline: Timeline,
    finished: Path,
    signer: Signer | None,
    target: Path,
    orders: Orders,
    note: Note,
) -> bool:
    """Puts a film that has all its takes where it is wanted, signed if it has a signer, and next to it what it was made
    from. False if the film is there already."""
    store = compiled.project.store
    told = provenance(compiled, timeline, store.film_sha256(finished.stem) or file_sha256(finished), orders)
    if signer:
        finished = _signed(finished, told, signer, store, note)
        told["film"]["sha256"] = file_sha256(finished)
    moved = deliver(finished, target, store)
    if is_stream(target):
        note(f"no provenance: nothing is written next to {target}, a device or a pipe")
        return moved
    write_text(_provenance_path(target), json.dumps(told, ensure_ascii=False, indent=2) + "\n")
    return moved


def deliver_patched(finished: Path, target: Path, store: Store) -> bool:
    """Puts a film with slates in it where it is wanted: unsigned, and without provenance. False if it is there
    already."""
    # First: a film with cards in it must not lie next to the provenance of a whole one.
    if not is_stream(target):
        remove_file(_provenance_path(target))
    return deliver(finished, target, store)


def _provenance_path(target: Path) -> Path:
    return target.with_suffix(".provenance.json")


def _signed(film: Path, told: dict[str, Any], signer: Signer, store: Store, note: Note) -> Path:
    """A film in its signer's name, signed once and kept in the store with the unsigned one."""
    from storyforge.film.signing import sign_film

    out = film.with_name(f"{film.stem}.signed-{signer.name}.mp4")
    if not is_unchanged(out):
        takes = {clip["id"]: store.take(clip["take"]) for clip in told["clips"]}
        # a film cannot hold a hash of itself
        within = {**told, "film": {name: value for name, value in told["film"].items() if name != "sha256"}}
        for text in sign_film(film, out, signer, told["title"], takes, within):
            note(f"note: {text}")
        note_made(out)
    return out


def write_stems(film_plan: FilmPlan, outcome: Outcome | None, folder: Path, note: Note) -> list[Path]:
    """Writes the parts of the film's sound as WAV; of a film with slates in it there are none. Raises MediaError."""
    if outcome and outcome.failures:
        note("no stems: clips are missing")
        return []
    import asyncio

    from storyforge.rendering import stems

    written = asyncio.run(stems.write_stems(film_plan, folder))
    for path in written:
        note(f"stem: {path}")
    return written
