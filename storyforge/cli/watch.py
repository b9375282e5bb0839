"""`watch`: check, plan and a film in small again at every save."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from storyforge.cli.options import FILE, PROVIDER, Console, show_findings, speaking
from storyforge.cli.printer import print_error, print_line, print_text
from storyforge.cli.storyboard import open_storyboard

if TYPE_CHECKING:
    from storyforge.api import Compiled


@click.command()
@FILE
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILM",
    help="Where the small film goes. [default: NAME.watch.mp4 next to the storyboard]",
)
@PROVIDER
@speaking
def watch(file: Path, out: Path | None, provider: str | None, color: str, quiet: bool) -> int:
    """Check, plan and draw the film in small again at every save. Nothing is ordered."""
    from storyforge.api import watch_sources

    voice = Console(color, quiet)
    # A name of its own, so that a drawing never takes the place of the film that `render` delivered.
    target = out or file.with_name(f"{file.name.removesuffix('.yaml').removesuffix('.story')}.watch.mp4")
    for _ in watch_sources(file):
        _look(file, target, provider, voice)
    return 130  # it ends when it is interrupted


def _look(file: Path, target: Path, provider: str | None, console: Console) -> None:
    """One pass over the storyboard as it is now; what cannot be done is said, and the next save may fix it."""
    from storyforge.api import Compiled
    from storyforge.model.errors import StoryForgeError

    begun = time.perf_counter()
    try:
        compiled = open_storyboard(file, provider)
        show_findings(compiled, console, strict=False)
        if isinstance(compiled, Compiled) and not compiled.broken:
            _show_plan(compiled)
            _draw(compiled, target, console)
    except StoryForgeError as fault:
        print_error(fault)
    console.say(f"{time.strftime('%H:%M:%S')} looked at {file.name} in {time.perf_counter() - begun:.1f} s")


def _show_plan(compiled: Compiled) -> None:
    """The part of the plan that is not done."""
    from storyforge.api import plan_film
    from storyforge.reports.plan_text import plan_text

    print_text(plan_text(plan_film(compiled), whole=False))


def _draw(compiled: Compiled, target: Path, console: Console) -> None:
    from storyforge.api import draw_small

    drawn = draw_small(compiled, target)
    for note in drawn.notes:
        console.say(f"note: {note}")
    shots = f"drew {', '.join(drawn.drawn[:5])}{'…' * (len(drawn.drawn) > 5)}" if drawn.drawn else "no shot changed"
    print_line(f"{target}: {drawn.seconds:g} s, {shots}")
