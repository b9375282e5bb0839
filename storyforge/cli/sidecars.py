"""What a render writes beside the film: where it comes from, and if asked to a contact sheet, subtitles and stems."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from storyforge.cli.options import Console
    from storyforge.compiler.compile import Compiled
    from storyforge.compiler.timeline import Timeline
    from storyforge.film.signing import Signer
    from storyforge.planning.film_plan import FilmPlan
    from storyforge.rendering.run import Outcome
    from storyforge.system.store import Store


def draw_sheet(compiled: Compiled, timeline: Timeline, film: Path, out: Path, console: Console) -> None:
    """A still of each shot."""
    from storyforge.film import contact_sheet as sheet

    stills = [
        sheet.Still(one.clip.beats[number].shot.id, begin, (begin + end) // 2)
        for one, number, begin, end in timeline.shots()
    ]
    sheet.draw_sheet(compiled.storyboard.title, stills, film, timeline.fps, out)
    console.say(f"contact sheet: {out}")


def write_subtitles(
    compiled: Compiled, timeline: Timeline, forms: Sequence[str], target: Path, store: Store, console: Console
) -> None:
    """The dialogue in each form, under the film's name."""
    from storyforge.film.dialogue import film_cues
    from storyforge.film.subtitle_files import subtitles
    from storyforge.system.lock import write_text

    cues = film_cues(compiled, timeline, store)
    if not cues:
        console.say("no subtitles: nobody says a word")
        return
    for form in dict.fromkeys(forms):
        out = target.with_suffix(f".{form}")
        write_text(out, subtitles(cues, timeline.fps, form, compiled.storyboard.format.size))
        console.say(f"subtitles: {out}")


def deliver_with_sidecars(
    compiled: Compiled,
    timeline: Timeline,
    finished: Path,
    whole: bool,
    signer: Signer | None,
    target: Path,
    store: Store,
    console: Console,
) -> bool:
    """Puts the film where it is wanted, signed if it has a signer, and beside it what it was made from, but of one with
    slates. False if the film stands there already."""
    import json

    from storyforge.film.provenance import provenance
    from storyforge.rendering.deliver import deliver
    from storyforge.system.files import file_sha256
    from storyforge.system.lock import write_text

    beside = target.with_suffix(".provenance.json")
    if not whole:
        beside.unlink(missing_ok=True)
        return deliver(finished, target, store)
    told = provenance(compiled, timeline, store, store.film_sha256(finished.stem) or file_sha256(finished))
    if signer:
        finished = _signed(finished, told, signer, store, console)
        told["film"]["sha256"] = file_sha256(finished)
    moved = deliver(finished, target, store)
    write_text(beside, json.dumps(told, ensure_ascii=False, indent=2) + "\n")
    return moved


def _signed(film: Path, told: dict[str, Any], signer: Signer, store: Store, console: Console) -> Path:
    """A film in its signer's name, signed once and kept beside the unsigned one."""
    from storyforge.film.signing import sign_film

    out = film.with_name(f"{film.stem}.signed-{signer.name}.mp4")
    if not out.is_file():
        takes = {clip["id"]: store.take(clip["take"]) for clip in told["clips"]}
        # a film cannot hold a hash of itself
        within = {**told, "film": {name: value for name, value in told["film"].items() if name != "sha256"}}
        for note in sign_film(film, out, signer, told["title"], takes, within):
            console.say(f"note: {note}")
    return out


def write_stems(
    compiled: Compiled, film_plan: FilmPlan, outcome: Outcome | None, store: Store, folder: Path, console: Console
) -> None:
    """The parts of the film's sound; of a film with slates in it there are none."""
    import asyncio

    from storyforge.rendering.stems import write_stems

    if outcome and outcome.failures:
        console.say("no stems: clips are missing")
        return
    for path in asyncio.run(write_stems(compiled, film_plan, store, folder)):
        console.say(f"stem: {path}")
