"""`render`, and the way to money that it shares with `retake`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from storyforge.cli.inspect import inspect_plan, show_inspection
from storyforge.cli.options import (
    FILE,
    PROVIDER,
    REPACK,
    STRICT,
    Console,
    exit_code,
    formats,
    paying,
    print_json,
    show_findings,
    speaking,
)
from storyforge.cli.session import Flags, hold_unchanged, perform_render, prepare_run
from storyforge.planning.open import open_storyboard

if TYPE_CHECKING:
    from storyforge.compiler.compile import Compiled
    from storyforge.compiler.timeline import Timeline
    from storyforge.model.diagnostics import Diagnostic
    from storyforge.planning.film_plan import FilmPlan
    from storyforge.rendering.run import Outcome


@click.command()
@FILE
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILM",
    help="Where the film goes. [default: NAME.mp4 beside the storyboard]",
)
@PROVIDER
@REPACK
@click.option("--only", multiple=True, metavar="SHOT", help="Render only the clips of this shot; may be repeated.")
@paying
@click.option("--partial", "patched", is_flag=True, help="Stitch even if clips failed, with slates in their places.")
@click.option("--draft", is_flag=True, help="Make the film in small, 480p, as NAME.draft.mp4.")
@click.option("--sheet", is_flag=True, help="Draw a contact sheet beside the film, NAME.sheet.jpg.")
@click.option(
    "--subtitles",
    type=click.Choice(["srt", "vtt", "ass"]),
    multiple=True,
    help="Write the dialogue beside the film to be read, NAME.srt; may be repeated.",
)
@click.option("--stems", is_flag=True, help="Put the parts of the film's sound beside it, as WAV in NAME.stems.")
@click.option("--locked", is_flag=True, help="Fail if anything would be rendered; leave the lock as it is.")
@STRICT
@formats("text", "json")
@speaking
def render(
    file: Path,
    out: Path | None,
    provider: str | None,
    repack: bool,
    only: tuple[str, ...],
    jobs: int | None,
    max_cost: float | None,
    yes: bool,
    retry: bool,
    draft: bool,
    sheet: bool,
    subtitles: tuple[str, ...],
    stems: bool,
    deadline: float | None,
    webhook: str | None,
    patched: bool,
    locked: bool,
    strict: bool,
    form: str,
    color: str,
    quiet: bool,
) -> int:
    """Render what is missing, conform it and stitch the film."""
    from storyforge.cli.sidecars import deliver_with_sidecars, draw_sheet, write_stems, write_subtitles
    from storyforge.compiler.compile import Uncompiled
    from storyforge.film.assembly import make_assembly
    from storyforge.film.signing import find_signer
    from storyforge.model.errors import StoryForgeError, UsageError
    from storyforge.planning.film_plan import plan_film, select_takes, with_new_names
    from storyforge.rendering.hosts import with_retries
    from storyforge.rendering.run import keep_lock
    from storyforge.system.project import find_store
    from storyforge.system.store import Store

    voice, flags = Console(color, quiet), Flags(jobs, max_cost, yes, retry, deadline, webhook)
    saved = None
    if file.suffix == ".json":
        from storyforge.planning.saved_plan import hold_to, read_plan

        saved = read_plan(file)
        if provider or repack:
            told, flag = ("who renders", "--provider") if provider else ("how shots are packed", "--repack")
            raise UsageError(f"a saved plan says {told}", f"leave `{flag}` away, or plan anew with it")
        file, provider, repack = saved.storyboard, saved.provider, saved.repack
    compiled, settings = open_storyboard(file, provider, repack=repack)
    show_findings(compiled, voice, strict)
    if isinstance(compiled, Uncompiled) or exit_code(compiled.diagnostics, strict):
        return 1
    shots = {shot.id for one in compiled.planned for shot in one.clip.shots}
    if unknown := [name for name in only if name not in shots]:
        raise UsageError(f"`{unknown[0]}` is no shot of {file.name}", "name shots by their ids")
    store = Store(find_store(file))
    film_plan = plan_film(compiled, collecting=not locked, draft=draft)
    if saved:
        hold_to(saved, film_plan, compiled)
    film_plan = with_retries(film_plan) if retry else film_plan
    needed = select_takes(film_plan, only)
    if locked and needed:
        names = ", ".join(f"`{one.clip.id}`" for one in needed)
        raise StoryForgeError(
            f"`--locked`, and {len(needed)} clip{'s have' if len(needed) > 1 else ' has'} no take here: {names}",
            "`storyforge plan` says why; `storyforge pull` brings takes that others rendered",
        )
    signer = None if draft else find_signer(settings, compiled.pictures.root)
    approval = prepare_run(compiled, film_plan, needed, flags, settings, store, voice)
    if approval is None:
        return 1
    name = file.name.removesuffix(".yaml").removesuffix(".story")
    called = out.stem if out else name
    target = out or file.with_name(f"{name}.draft.mp4" if draft else f"{name}.mp4")
    with hold_unchanged(compiled, store):
        film_plan = with_new_names(plan_film(compiled, collecting=not locked, draft=draft), compiled, store)
        film_plan = with_retries(film_plan) if retry else film_plan
        needed = select_takes(film_plan, only)
        finished: Path | None
        outcome: Outcome | None = None
        if film_plan.state == "cached" and film_plan.key and not needed:
            finished = store.path("films", f"{film_plan.key}.mp4")
            if not locked:
                keep_lock(compiled, film_plan, store)
        else:
            outcome = perform_render(
                compiled, film_plan, needed, approval, store, voice, only=only, locked=locked, patched=patched
            )
            finished = outcome.film
        whole = not (outcome and outcome.failures)
        reel = make_assembly(compiled, film_plan, store).timeline() if finished else compiled.timeline
        moved = (
            deliver_with_sidecars(compiled, reel, finished, whole, signer, target, store, voice) if finished else False
        )
        if finished and sheet:
            draw_sheet(compiled, reel, finished, target.with_name(f"{called}.sheet.jpg"), voice)
        if finished and subtitles:
            write_subtitles(compiled, reel, subtitles, target, store, voice)
        if finished and stems:
            write_stems(compiled, film_plan, outcome, store, target.with_name(f"{called}.stems"), voice)
        found = inspect_plan(compiled, film_plan, outcome, finished, store, settings)
    code = _ended(compiled, film_plan, reel, outcome, target if finished else None, moved, found, form, voice)
    return max(code, show_inspection(found, compiled, voice, strict))


def _ended(
    compiled: Compiled,
    film_plan: FilmPlan,
    timeline: Timeline,
    outcome: Outcome | None,
    target: Path | None,
    moved: bool,
    found: Sequence[Diagnostic],
    form: str,
    console: Console,
) -> int:
    for one in film_plan.planned:
        if one.state == "cached" and one.why != "unchanged":
            console.say(f"{one.clip.id}: {one.why}")
    for name, number in ((one.clip.id, one.job.take) for one in film_plan.further):
        if outcome and f"{name}, take {number}" in outcome.takes:
            console.say(f"{name}: take {number} is here; `storyforge use {compiled.path} {name} {number}` chooses it")
    for note in outcome.notes if outcome else ():
        console.say(f"note: {note}")
    if form == "json":
        print_json(_document(compiled, film_plan, timeline, outcome, target, found))
    elif target:
        console.say(f"{timeline.seconds:g} s{'' if moved else ', unchanged'}")
        click.echo(str(target))
    else:
        for path in outcome.takes.values() if outcome else ():
            click.echo(str(path))
    return show_failures(outcome) if outcome else 0


def show_failures(outcome: Outcome) -> int:
    """Says what failed, and gives the exit code for it: 0 if nothing did."""
    failures, blocked = outcome.failures, outcome.blocked
    if not failures:
        return 0
    waits = f", {' and '.join(f'`{name}`' for name in blocked)} waited for that" if blocked else ""
    told = f"{len(failures)} step{'s' * (len(failures) > 1)} failed{waits}"
    click.echo(f"error: {told}; run again to do what is missing", err=True)
    for hint in dict.fromkeys(fault.hint for fault in failures.values() if fault.hint):
        click.echo(f"  = hint: {hint}", err=True)
    return max(fault.exit_code for fault in failures.values())


def _document(
    compiled: Compiled,
    film_plan: FilmPlan,
    timeline: Timeline,
    outcome: Outcome | None,
    target: Path | None,
    found: Sequence[Diagnostic],
) -> dict[str, Any]:
    from storyforge.model.diagnostics import as_json

    takes: Mapping[str, Path] = outcome.takes if outcome else {}
    return {
        "storyforge": 1,
        "provider": compiled.provider.name,
        "film": {"path": str(target), "seconds": timeline.seconds, "frames": timeline.frames} if target else None,
        "clips": [
            {"id": one.clip.id, "state": "rendered" if one.clip.id in takes else one.state} for one in film_plan.planned
        ],
        "failures": {step: str(fault) for step, fault in outcome.failures.items()} if outcome else {},
        "notes": list(outcome.notes) if outcome else [],
        "diagnostics": [as_json(one) for one in (*compiled.diagnostics, *found)],
    }


COMMANDS: Sequence[click.Command] = (render,)
