"""`render`: renders what is missing of a film, stitches and delivers it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from storyforge.cli.consent import make_callbacks
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
    show_diagnostics,
    show_findings,
    show_inspection,
    speaking,
)
from storyforge.cli.progress import Meter
from storyforge.cli.storyboard import open_storyboard

if TYPE_CHECKING:
    from storyforge.rendering.render import Rendered
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
    allow_unpriced: bool,
    yes: bool,
    retry: bool,
    draft: bool,
    sheet: bool,
    subtitles: tuple[Literal["srt", "vtt", "ass"], ...],
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
    from storyforge.compiler.compile import Uncompiled
    from storyforge.model.errors import StoryboardError, UsageError
    from storyforge.planning.film_plan import plan_film
    from storyforge.rendering.render import RenderOptions, render_plan

    voice = Console(color, quiet)
    options = RenderOptions(
        jobs=jobs,
        max_cost=max_cost,
        allow_unpriced=allow_unpriced,
        retry=retry,
        deadline=deadline,
        webhook=webhook,
        out=out,
        only=only,
        patched=patched,
        locked=locked,
        sheet=sheet,
        subtitles=subtitles,
        stems=stems,
    )
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
    film_plan = plan_film(compiled, collecting=not locked, draft=draft)
    if saved:
        film_plan = hold_to(saved, film_plan, compiled)
    with Meter(voice) as meter:
        try:
            rendered = render_plan(film_plan, settings, options, make_callbacks(meter, yes))
        except StoryboardError as fault:
            show_diagnostics(fault.findings, compiled, voice)
            return fault.exit_code
    code = _show_end(rendered, form, voice)
    return max(code, show_inspection(rendered.findings, compiled, voice, strict))


def _show_end(rendered: Rendered, form: str, console: Console) -> int:
    """Prints how a render ended; gives its exit code."""
    plan, outcome, path = rendered.plan, rendered.outcome, rendered.plan.compiled.path
    for one in plan.planned:
        if one.state == "cached" and one.why != "unchanged":
            console.say(f"{one.clip.id}: {one.why}")
    for one in plan.further:
        if outcome and one.job.fingerprint in outcome.takes:
            name, number = one.clip.id, one.job.take
            console.say(f"{name}: take {number} is here; `storyforge use {path} {name} {number}` chooses it")
    for note in outcome.notes if outcome else ():
        console.say(f"note: {note}")
    if form == "json":
        print_json(_document(rendered))
    elif rendered.film:
        console.say(f"{rendered.timeline.seconds:g} s{'' if rendered.moved else ', unchanged'}")
        click.echo(str(rendered.film))
    else:
        for take in outcome.takes.values() if outcome else ():
            click.echo(str(take))
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


def _document(rendered: Rendered) -> dict[str, Any]:
    from storyforge.model.diagnostics import as_json

    plan, outcome, reel = rendered.plan, rendered.outcome, rendered.timeline
    takes: Mapping[str, Path] = outcome.takes if outcome else {}
    film = {"path": str(rendered.film), "seconds": reel.seconds, "frames": reel.frames} if rendered.film else None
    return {
        "storyforge": 1,
        "provider": plan.compiled.provider.name,
        "film": film,
        "clips": [
            {"id": one.clip.id, "state": "rendered" if one.job.fingerprint in takes else one.state}
            for one in plan.planned
        ],
        "failures": {str(step): str(fault) for step, fault in outcome.failures.items()} if outcome else {},
        "notes": list(outcome.notes) if outcome else [],
        "diagnostics": [as_json(one) for one in (*plan.compiled.diagnostics, *rendered.findings)],
    }


COMMANDS: Sequence[click.Command] = (render,)
