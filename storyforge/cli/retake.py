"""`retake`: further takes of a clip, on the same way to money as `render`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

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
    print_json,
    show_diagnostics,
    show_findings,
    show_inspection,
    speaking,
)
from storyforge.cli.progress import Meter
from storyforge.cli.render import show_failures
from storyforge.cli.storyboard import open_storyboard
from storyforge.cli.takes import describe_change, describe_choice, short_ids, take_document

if TYPE_CHECKING:
    from storyforge.planning.lock_update import Chosen
    from storyforge.rendering.retake import Retaken

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
    jobs: int | None,
    max_cost: float | None,
    allow_unpriced: bool,
    yes: bool,
    retry: bool,
    deadline: float | None,
    webhook: str | None,
    strict: bool,
    form: str,
    color: str,
    quiet: bool,
) -> int:
    """Render further takes of CLIP and choose the last.

    Each has a number and a seed of its own; all else is as it was. What an earlier run ordered is collected first and
    counts. `storyforge use` chooses another, `storyforge render` then stitches the film.
    """
    from storyforge.compiler.compile import Uncompiled
    from storyforge.model.errors import StoryboardError
    from storyforge.rendering.retake import retake_clip
    from storyforge.rendering.session import RunOptions

    voice = Console(color, quiet)
    options = RunOptions(
        jobs=jobs,
        max_cost=max_cost,
        allow_unpriced=allow_unpriced,
        retry=retry,
        deadline=deadline,
        webhook=webhook,
    )
    compiled, settings = open_storyboard(file, provider)
    show_findings(compiled, voice, strict)
    if isinstance(compiled, Uncompiled) or exit_code(compiled.diagnostics, strict):
        return 1
    with Meter(voice) as meter:
        try:
            callbacks = make_callbacks(meter, yes)
            done = retake_clip(
                compiled, clip, count, settings, options, callbacks, lambda: open_storyboard(file, provider)[0]
            )
        except StoryboardError as fault:
            show_diagnostics(fault.findings, compiled, voice)
            return fault.exit_code
    for note in done.outcome.notes:
        voice.say(f"note: {note}")
    _show_takes(done, clip, file, form)
    return max(show_failures(done.outcome), show_inspection(done.findings, compiled, voice, strict))


def _show_takes(done: Retaken, clip: str, file: Path, form: str) -> None:
    """Prints the takes of a clip after a retake, and what else the choice changes."""
    from storyforge.model.diagnostics import as_json
    from storyforge.planning.clips import find_followers
    from storyforge.planning.takes import all_takes
    from storyforge.system.project import find_store
    from storyforge.system.store import Store

    store = Store(find_store(file))
    found = [take for take in all_takes(done.after.compiled, store)[clip] if take.current]
    followers = find_followers(done.before, done.after, (clip,))
    if form == "json":
        diagnostics = (*done.before.compiled.diagnostics, *done.findings)
        print_json(
            {
                "storyforge": 1,
                "id": clip,
                "takes": [take_document(take, short_ids(found), store, clip) for take in found],
                "follows": [
                    {"id": each.clip.id, "state": each.state, "why": each.why, "usd": each.usd} for each in followers
                ],
                "failures": {str(step): str(fault) for step, fault in done.outcome.failures.items()},
                "notes": list(done.outcome.notes),
                "diagnostics": [as_json(one) for one in diagnostics],
            }
        )
        return
    for line in _tell_choice(clip, done.chosen):
        click.echo(line)
    played = {take.sha256 for take in found if take.chosen}
    for take in found:
        if take.here and not take.chosen:
            kept = "is the same film" if take.sha256 in played else "is kept"
            choose = f"`storyforge use {file} {clip} {take.number}` chooses it"
            click.echo(f"{clip}: take {take.number} ({take.sha256[:8]}) {kept}; {choose}")
    for each in followers:
        click.echo(describe_change(each))


def _tell_choice(clip: str, chosen: Chosen | None) -> list[str]:
    if chosen is None:
        return []
    if chosen.spared:
        return [f"{clip}: the lock keeps the take of {chosen.block.provider}, which was paid for"]
    return [f"{clip}: {describe_choice(chosen.block)}"]


COMMANDS: Sequence[click.Command] = (retake,)
