"""`plan`: says what would be rendered and why, and what it costs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from storyforge.cli.options import (
    FILE,
    PROVIDER,
    REPACK,
    REWORD,
    STRICT,
    Console,
    exit_code,
    formats,
    show_findings,
    speaking,
)
from storyforge.cli.printer import print_comment, print_json_text, print_spans, print_text
from storyforge.cli.storyboard import open_storyboard

if TYPE_CHECKING:
    from storyforge.api import Compilation, FilmPlan, Memory


@click.command()
@FILE
@PROVIDER
@REPACK
@REWORD
@click.option("--exit-code", "changes", is_flag=True, help="End with 3 if something would be rendered.")
@click.option("--live-prices", is_flag=True, help="Ask the hosts that tell what each clip would cost.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="PLAN.json",
    help="Save the plan; `render PLAN.json` does exactly that, or refuses.",
)
@click.option("--blame", is_flag=True, help="Say who last changed each line that makes a clip be rendered again.")
@click.option(
    "--base", metavar="REV", help="Compare with where REV and HEAD parted, by the lock and dated prices alone."
)
@STRICT
@formats("text", "json", "markdown", "github")
@speaking
def plan(
    file: Path,
    provider: str | None,
    repack: bool,
    reword: bool,
    changes: bool,
    live_prices: bool,
    out: Path | None,
    blame: bool,
    base: str | None,
    strict: bool,
    form: str,
    color: str,
    quiet: bool,
) -> int:
    """Say what would be rendered and why, what it costs, and what is kept."""
    from storyforge.model.errors import UsageError

    voice = Console(color, quiet)
    if base is not None and (live_prices or out):
        hint = f"leave out `{'--live-prices' if live_prices else '--out'}`"
        raise UsageError("`--base` compares by the lock and dated prices alone", hint)
    memory = None
    # What the memory of the last plan cannot tell to be old is planned again: prices of this moment, and what git says.
    if form in ("text", "json") and not (live_prices or out or blame or base is not None):
        memory = _open_memory(file, (provider, repack, reword, strict, form), voice)
        if (code := _recall(memory, form, voice)) is not None:
            return code
    from storyforge.api import Printed, plan_film
    from storyforge.reports.plan_report import plan_report
    from storyforge.reports.plan_text import find_blames

    compiled = open_storyboard(file, provider, repack=repack, reword=reword)
    findings = show_findings(compiled, voice, strict)
    if base is not None:
        unpaid = _compare(compiled, provider, base, blame, form)
        return exit_code(compiled.diagnostics, strict) or (3 if changes and unpaid else 0)
    film_plan = plan_film(compiled)
    if live_prices:
        from storyforge.api import ask_prices

        film_plan = ask_prices(film_plan, voice.say)
    text = plan_report(film_plan, form, find_blames(film_plan.planned, compiled) if blame else None)
    _print(text, form)
    if out and not compiled.broken:
        # A saved plan names the host that it was made for, so that it is the same where the variable is not set.
        asked = provider or compiled.project.settings.environment.get("STORYFORGE_PROVIDER") or None
        _save(out, file, film_plan, asked, repack, voice)
    unresolved = any(one.state == "unresolved" for one in (*film_plan.planned, *film_plan.further))
    code = exit_code(compiled.diagnostics, strict) or int(unresolved)
    if memory:
        memory.keep(compiled, film_plan, Printed(text, tuple(findings), code))
    # An error comes first: a script takes 3 for a plan that is sound and waits to be rendered.
    if code or not changes:
        return code
    return 3 if film_plan.waiting or film_plan.state == "render" else 0


def _open_memory(file: Path, asked: tuple[object, ...], console: Console) -> Memory:
    """Where the last printed plan of a storyboard is kept."""
    from storyforge.api import Memory

    return Memory(file, (*asked, console.quiet))


def _recall(memory: Memory, form: str, console: Console) -> int | None:
    """Prints the plan of the same film again and gives its exit code; None if it may have changed."""
    told = memory.recall()
    if told is None:
        return None
    print_spans(told.err, console.has_colour(sys.stderr), err=True)
    _print(told.out, form)
    return told.code


def _print(text: str, form: str) -> None:
    {"json": print_json_text, "markdown": print_comment}.get(form, print_text)(text)


def _save(out: Path, file: Path, film_plan: FilmPlan, provider: str | None, repack: bool, console: Console) -> None:
    from storyforge.api import write_plan

    write_plan(out, file, film_plan, provider, repack)
    console.say(f"saved as {out}; `storyforge render {out}` does exactly this")


def _compare(compiled: Compilation, provider: str | None, rev: str, blame: bool, form: str) -> bool:
    """Prints what became of a storyboard since a revision and HEAD parted; whether anything is to be paid."""
    from storyforge.reports.plan_report import compare_with_base, comparison_report
    from storyforge.reports.plan_text import find_blames

    comparison, base = compare_with_base(compiled, rev, provider)
    blames = find_blames([row.now for row in comparison.rows if row.now], compiled) if blame else {}
    _print(comparison_report(comparison, base, form, blames), form)
    return bool(comparison.ordered or comparison.left)
