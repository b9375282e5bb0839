"""`retake`: further takes of a clip, on the same way to money as `render`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from storyforge.cli.inspect import inspect_plan, show_inspection
from storyforge.cli.options import (
    FILE,
    PROVIDER,
    STRICT,
    Console,
    exit_code,
    formats,
    paying,
    print_json,
    show_findings,
    speaking,
)
from storyforge.cli.render import show_failures
from storyforge.cli.session import Flags, hold_unchanged, perform_render, prepare_run
from storyforge.cli.takes import (
    all_takes,
    describe_change,
    describe_choice,
    find_clip,
    find_followers,
    short_ids,
    take_document,
)
from storyforge.planning.open import open_storyboard

if TYPE_CHECKING:
    from storyforge.compiler.compile import Compiled
    from storyforge.compiler.jobs import Planned
    from storyforge.planning.film_plan import FilmPlan
    from storyforge.system.store import Store

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
    from storyforge.model.diagnostics import as_json
    from storyforge.planning.film_plan import plan_film
    from storyforge.system.project import find_store
    from storyforge.system.store import Store

    voice, flags = Console(color, quiet), Flags(jobs, max_cost, yes, retry, deadline, webhook)
    compiled, settings = open_storyboard(file, provider)
    show_findings(compiled, voice, strict)
    if isinstance(compiled, Uncompiled) or exit_code(compiled.diagnostics, strict):
        return 1
    name, store = find_clip(compiled, clip).clip.id, Store(find_store(file))
    film, _, takes = _planned(compiled, name, count, store, retry)
    shown = replace(film, planned=tuple(take for take in takes if take not in film.further))
    approval = prepare_run(compiled, shown, takes, flags, settings, store, voice)
    if approval is None:
        return 1
    with hold_unchanged(compiled, store):
        film, one, takes = _planned(compiled, name, count, store, retry)
        outcome = perform_render(compiled, film, takes, approval, store, voice, takes=takes)
        chosen = _choose(compiled, one, takes, store)
        now = open_storyboard(file, provider)[0]
        after = plan_film(now)
        faults = inspect_plan(compiled, film, outcome, None, store, settings)
    found = [take for take in all_takes(now, store).get(name, []) if take.current]
    for note in outcome.notes:
        voice.say(f"note: {note}")
    if form == "json":
        print_json(
            {
                "storyforge": 1,
                "id": name,
                "takes": [take_document(take, short_ids(found), store, name) for take in found],
                "follows": [
                    {"id": each.clip.id, "state": each.state, "why": each.why, "usd": each.usd}
                    for each in find_followers(film, after, (name,))
                ],
                "failures": {step: str(fault) for step, fault in outcome.failures.items()},
                "notes": list(outcome.notes),
                "diagnostics": [as_json(one) for one in (*compiled.diagnostics, *faults)],
            }
        )
    else:
        for line in chosen:
            click.echo(line)
        played = {take.sha256 for take in found if take.chosen}
        for take in found:
            if take.here and not take.chosen:
                kept = "is the same film" if take.sha256 in played else "is kept"
                choose = f"`storyforge use {file} {name} {take.number}` chooses it"
                click.echo(f"{name}: take {take.number} ({take.sha256[:8]}) {kept}; {choose}")
        for each in find_followers(film, after, (name,)):
            click.echo(describe_change(each))
    return max(show_failures(outcome), show_inspection(faults, compiled, voice, strict))


def _planned(
    compiled: Compiled, clip: str, count: int, store: Store, retry: bool
) -> tuple[FilmPlan, Planned, list[Planned]]:
    """The film with the further takes of a clip that are to come; the clip; and those takes with all that they need."""
    from storyforge.planning.choice import without_lost
    from storyforge.planning.film_plan import find_needed, plan_film, with_standings
    from storyforge.planning.retakes import fates, next_takes
    from storyforge.rendering.hosts import with_retries

    (one,) = (one for one in without_lost(compiled, store).planned if one.clip.id == clip)
    with fates(store) as fate_of:
        takes = next_takes(one, count, compiled.lock, store, fate_of)
    wanted = {take.job.fingerprint for take in takes}
    further = [take for take in takes if take.job.fingerprint != one.job.fingerprint]
    film = replace(plan_film(compiled, collecting=False), further=with_standings(further, store))
    film = with_retries(film) if retry else film
    # Where the take that the lock chose is lost, a retake is not asked for that.
    due = [each for each in find_needed(film, [clip]) if each.clip.id != clip or each.job.fingerprint in wanted]
    return film, one, due


def _choose(compiled: Compiled, one: Planned, takes: Sequence[Planned], store: Store) -> list[str]:
    """Writes the last of a clip's takes that came into the lock, and says so."""
    from storyforge.planning.takes import hides_paid, make_block, payments, remember_former, take_from_record
    from storyforge.system.lock import Lock, lock_path, read_lock, write_lock

    clip = one.clip.id
    came = [take for take in takes if take.clip.id == clip and store.take_of(take.job.fingerprint)]
    if not came:
        return []
    slate = max(came, key=lambda take: take.job.take).job.fingerprint
    with payments(store) as paid:
        last = replace(take_from_record(slate, store.rendering(slate) or {}, paid), current=True)
    path = lock_path(compiled.path)
    lock = read_lock(path)[0]
    old = lock.blocks.get(clip)
    block = remember_former(make_block(one, last), old)
    if old and hides_paid(block, old):
        return [f"{clip}: the lock keeps the take of {old.provider}, which was paid for"]
    write_lock(path, Lock({**lock.blocks, clip: block}))
    return [f"{clip}: {describe_choice(block)}"]


COMMANDS: Sequence[click.Command] = (retake,)
