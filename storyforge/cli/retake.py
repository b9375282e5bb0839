"""`retake`: further takes of a clip, on the same way to money as `render`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from storyforge.cli.consent import make_callbacks
from storyforge.cli.options import (
    FILE,
    PROVIDER,
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
from storyforge.cli.printer import print_json, print_lines
from storyforge.cli.progress import Meter
from storyforge.cli.storyboard import open_storyboard

MOST = 100
"""Takes that are ordered at once."""


@click.command()
@FILE
@click.argument("clip")
@click.option("-n", "count", type=click.IntRange(1, MOST), default=1, metavar="N", help="How many. [default: 1]")
@PROVIDER
@paying
@STRICT
@formats("text", "json")
@speaking
def retake(
    file: Path,
    clip: str,
    count: int,
    provider: str | None,
    flags: dict[str, Any],
    yes: bool,
    strict: bool,
    form: str,
    color: str,
    quiet: bool,
) -> int:
    """Render further takes of CLIP and choose the last.

    Each has a number and a seed of its own; all else is as it was. What an earlier run ordered is collected first and
    counts. `storyforge use` chooses another, `storyforge render` then stitches the film.
    """
    from storyforge.api import RunOptions, Uncompiled, retake_clip
    from storyforge.model.errors import StoryboardError
    from storyforge.reports.run_text import retake_document, retake_lines

    voice = Console(color, quiet)
    options = RunOptions(**flags)
    compiled = open_storyboard(file, provider)
    show_findings(compiled, voice, strict)
    # Under `--strict` a warning ends it too, before anything is ordered.
    if isinstance(compiled, Uncompiled) or exit_code(compiled.diagnostics, strict):
        return 1
    with Meter(voice) as meter:
        try:
            callbacks = make_callbacks(meter, yes)
            done = retake_clip(compiled, clip, count, options, callbacks, lambda: open_storyboard(file, provider))
        except StoryboardError as fault:
            show_diagnostics(fault.findings, compiled, voice)
            return fault.exit_code
    for note in done.outcome.notes:
        voice.say(f"note: {note}")
    if form == "json":
        print_json(retake_document(done))
    else:
        print_lines(retake_lines(done))
    return max(show_failures(done.outcome), show_inspection(done.findings, compiled, voice, strict))
