"""`render`: renders what is missing of a film, stitches and delivers it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from storyforge.cli.consent import make_callbacks
from storyforge.cli.options import (
    FILE,
    PROVIDER,
    REPACK,
    REWORD,
    STRICT,
    Console,
    exit_code,
    formats,
    paying,
    show_diagnostics,
    show_failures,
    show_findings,
    show_inspection,
    speaking,
)
from storyforge.cli.printer import print_json, print_line, print_lines
from storyforge.cli.progress import Meter
from storyforge.cli.storyboard import open_storyboard

if TYPE_CHECKING:
    from storyforge.api import Compiled, FilmPlan, Rendered, Saved


@click.command()
@FILE
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILM",
    help="Where the film goes. [default: NAME.mp4 next to the storyboard]",
)
@PROVIDER
@REPACK
@REWORD
@click.option("--only", multiple=True, metavar="SHOT", help="Render only the clips of this shot; may be repeated.")
@paying
@click.option("--partial", "patched", is_flag=True, help="Stitch even if clips failed, with slates in their places.")
@click.option("--draft", is_flag=True, help="Make the film in small, 480p, as NAME.draft.mp4.")
@click.option("--sheet", is_flag=True, help="Draw a contact sheet next to the film, NAME.sheet.jpg.")
@click.option(
    "--subtitles",
    type=click.Choice(["srt", "vtt", "ass"]),
    multiple=True,
    help="Write subtitles next to the film, NAME.srt; may be repeated.",
)
@click.option("--stems", is_flag=True, help="Put the parts of the film's sound next to it, as WAV in NAME.stems.")
@click.option("--locked", is_flag=True, help="Fail if anything would be rendered; leave the lock as it is.")
@STRICT
@formats("text", "json")
@speaking
def render(
    file: Path,
    out: Path | None,
    provider: str | None,
    repack: bool,
    reword: bool,
    only: tuple[str, ...],
    flags: dict[str, Any],
    yes: bool,
    draft: bool,
    sheet: bool,
    subtitles: tuple[Literal["srt", "vtt", "ass"], ...],
    stems: bool,
    patched: bool,
    locked: bool,
    strict: bool,
    form: str,
    color: str,
    quiet: bool,
) -> int:
    """Render what is missing, conform it and stitch the film."""
    from storyforge.api import RenderOptions, Uncompiled, render_plan
    from storyforge.model.errors import StoryboardError

    voice = Console(color, quiet)
    options = RenderOptions(
        **flags,
        out=out,
        only=only,
        patched=patched,
        locked=locked,
        sheet=sheet,
        subtitles=subtitles,
        stems=stems,
    )
    saved = _read_saved(file, provider, repack, reword) if file.suffix == ".json" else None
    if saved:
        file, provider, repack, reword = saved.storyboard, saved.provider, saved.repack, saved.reword
    compiled = open_storyboard(file, provider, repack=repack, reword=reword)
    show_findings(compiled, voice, strict)
    if isinstance(compiled, Uncompiled) or exit_code(compiled.diagnostics, strict):
        return 1
    film_plan = _plan(compiled, saved, draft, locked, voice)
    try:
        with Meter(voice) as meter:
            rendered = render_plan(film_plan, options, make_callbacks(meter, yes))
    except StoryboardError as fault:
        show_diagnostics(fault.findings, compiled, voice)
        return fault.exit_code
    return max(_show_end(rendered, form, voice), show_inspection(rendered.findings, compiled, voice, strict))


def _read_saved(file: Path, provider: str | None, repack: bool, reword: bool) -> Saved:
    """A saved plan; UsageError where flags say what it says itself."""
    from storyforge.api import read_plan
    from storyforge.model.errors import UsageError

    saved = read_plan(file)
    given = {
        "--provider": (provider, "who renders"),
        "--repack": (repack, "how shots are packed"),
        "--reword": (reword, "what is rendered again"),
    }
    if flag := next((flag for flag, (value, _) in given.items() if value), None):
        told = given[flag][1]
        raise UsageError(f"a saved plan says {told}", f"leave out `{flag}`, or plan again with it")
    return saved


def _plan(compiled: Compiled, saved: Saved | None, draft: bool, locked: bool, console: Console) -> FilmPlan:
    """The plan of a film, held to what was saved, at the prices that hosts ask now where they were asked then."""
    from storyforge.api import ask_prices, hold_to, plan_film

    # Further takes that were ordered are not in the film, and `--locked` is about the film alone.
    film_plan = plan_film(compiled, collecting=not locked, draft=draft)
    if saved is None:
        return film_plan
    asked = ask_prices(film_plan, console.say) if saved.live_prices else film_plan
    return hold_to(saved, asked, compiled)


def _show_end(rendered: Rendered, form: str, console: Console) -> int:
    """Prints how a render ended; gives its exit code."""
    from storyforge.reports.run_text import render_document, render_notes

    outcome = rendered.outcome
    for note in render_notes(rendered):
        console.say(note)
    if form == "json":
        print_json(render_document(rendered))
    elif rendered.film:
        console.say(f"{rendered.timeline.seconds:g} s{'' if rendered.moved else ', unchanged'}")
        print_line(str(rendered.film))
    else:
        print_lines(map(str, outcome.takes.values() if outcome else ()))
    return show_failures(outcome) if outcome else 0
