"""`check`, `compile` and `plan`: everything that is known before a clip is rendered."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from storyforge.cli.options import (
    FILE,
    PROVIDER,
    REPACK,
    STORYBOARD,
    STRICT,
    Console,
    exit_code,
    formats,
    json_text,
    print_json,
    show_findings,
    speaking,
)
from storyforge.cli.storyboard import open_storyboard
from storyforge.model.printable import displayed_folder
from storyforge.reports.plan_text import (
    dollars,
    find_blames,
    packing_document,
    packing_notes,
    plan_document,
    plan_text,
    price_notes,
)

if TYPE_CHECKING:
    from storyforge.compiler.compile import Compilation
    from storyforge.compiler.jobs import Planned


@click.command()
@click.argument("files", type=STORYBOARD, metavar="FILE...", nargs=-1, required=True)
@click.option("--fix", is_flag=True, help="Mend what has one safe mend, then check again.")
@PROVIDER
@STRICT
@formats("text", "json", "github", "sarif")
@speaking
def check(
    files: tuple[Path, ...], fix: bool, provider: str | None, strict: bool, form: str, color: str, quiet: bool
) -> int:
    """Say every finding, with its place, an excerpt and a hint."""
    from storyforge.reports import findings as report

    voice = Console(color, quiet)
    boards = [open_storyboard(file, provider)[0] for file in files]
    if fix:
        boards = [_mended(board, provider, voice) for board in boards]
    found = [(board.diagnostics, board.source, displayed_folder(board.path)) for board in boards]
    match form:
        case "json":
            print_json(report.as_document(found))
        case "github":
            click.echo(report.as_github(found), nl=False)
        case "sarif":
            print_json(report.as_sarif(found))
        case _:
            coloured = voice.has_colour(sys.stdout)
            texts = [report.as_text(*one, color=coloured) for one in found if one[0]]
            click.echo("\n".join(texts), nl=False, color=coloured)
            if not texts:
                voice.say(f"{len(files)} storyboard{'s' * (len(files) > 1)}, nothing to say")
    return max(exit_code(board.diagnostics, strict) for board in boards)


def _mended(compiled: Compilation, provider: str | None, console: Console) -> Compilation:
    """Writes the safe mends of a storyboard and compiles it again."""
    from storyforge.language.autofix import apply_fixes
    from storyforge.system.files import write_texts

    texts = {
        compiled.path.parent / name: text for name, text in apply_fixes(compiled.source, compiled.diagnostics).items()
    }
    write_texts(texts)
    for path in texts:
        console.say(f"mended {path}")
    return open_storyboard(compiled.path, provider)[0] if texts else compiled


@click.command("compile")
@FILE
@PROVIDER
@REPACK
@STRICT
@formats("text", "json")
@speaking
def compile_(file: Path, provider: str | None, repack: bool, strict: bool, form: str, color: str, quiet: bool) -> int:
    """Show the prompts and the exact requests, clip by clip."""
    from storyforge.reports.compiled_document import compiled_document

    compiled, _ = open_storyboard(file, provider, repack=repack)
    show_findings(compiled, Console(color, quiet), strict)
    if form == "json":
        print_json(compiled_document(compiled))
    else:
        for one in compiled.planned:
            click.echo(_told(one))
    return exit_code(compiled.diagnostics, strict)


def _told(one: Planned) -> str:
    """A clip as a person reads it: its facts, its pictures, its prompt and its request."""
    import json

    clip = one.clip
    facts = [f"{clip.seconds} s", clip.mode, dollars(one.usd), clip.why]
    lines = [f"{clip.id}  {' · '.join(facts)}"]
    lines += [
        f"  {ref.slot}. {ref.kind} {ref.id}{f'.{ref.look}' if ref.look else ''}: {ref.picture.source}"
        for ref in clip.references
    ]
    if clip.first_frame:
        lines.append(f"  first frame: {getattr(clip.first_frame, 'source', None) or 'the last of ' + clip.after[0]}")
    lines += ["", one.prompt.text, ""]
    if one.request:
        lines += [
            f"{one.request.method} {one.request.url}",
            json.dumps(one.request.json, ensure_ascii=False, indent=2),
            "",
        ]
    return "\n".join(lines)


@click.command()
@FILE
@PROVIDER
@REPACK
@click.option("--exit-code", "changes", is_flag=True, help="End with 3 if something would be rendered.")
@click.option("--live-prices", is_flag=True, help="Ask the hosts that tell what each clip would cost.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="PLAN.json",
    help="Save the plan; `render PLAN.json` does exactly that, or refuses.",
)
@click.option("--blame", is_flag=True, help="Say who last changed each line that makes a clip be rendered anew.")
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
    if form in ("text", "json") and not (live_prices or out or blame or base is not None):
        from storyforge.planning.plan_cache import Memory, Told

        coloured = voice.has_colour(sys.stderr)
        memory = Memory(file, (provider, repack, strict, form, coloured, quiet))
        if told := memory.recall():
            click.echo(told.err, err=True, color=coloured, nl=bool(told.err))
            click.echo(told.out, nl=False)
            return told.code
    from storyforge.compiler.compile import Compiled
    from storyforge.planning.film_plan import plan_film
    from storyforge.reports import plan_diff_text as comparing

    compiled, settings = open_storyboard(file, provider, repack=repack)
    findings = show_findings(compiled, voice, strict)
    if base is not None:
        unpaid = _compare(compiled, provider, base, blame, form)
        return exit_code(compiled.diagnostics, strict) or (3 if changes and unpaid else 0)
    film_plan = plan_film(compiled)
    if live_prices:
        from storyforge.rendering.live_prices import ask_prices

        film_plan = ask_prices(film_plan, voice.say)
    blames = find_blames(film_plan.planned, compiled) if blame else None
    cheaper = None
    if isinstance(compiled, Compiled) and compiled.repacked:
        cheaper = plan_film(replace(compiled, planned=compiled.repacked))
    packing = packing_notes(film_plan, cheaper)
    match form:
        case "json":
            text = json_text(plan_document(film_plan, compiled, blames) | packing_document(cheaper))
        case "markdown":
            text = comparing.plan_comment(film_plan, compiled, blames or {}, packing)
        case "github":
            text = comparing.plan_annotations(film_plan, compiled, packing) + "\n"
        case _:
            text = "\n".join([plan_text(film_plan, blames), *packing, *price_notes(film_plan.waiting, compiled), ""])
    click.echo(text, nl=False)
    if out and not compiled.broken:
        from storyforge.planning.saved_plan import write_plan

        asked = provider or settings.environment.get("STORYFORGE_PROVIDER") or None
        write_plan(out, file, film_plan, asked, repack)
        voice.say(f"saved as {out}; `storyforge render {out}` does exactly this")
    unresolved = any(one.state == "unresolved" for one in (*film_plan.planned, *film_plan.further))
    code = exit_code(compiled.diagnostics, strict) or int(unresolved)
    if memory:
        memory.keep(compiled, film_plan, Told(text, findings, code))
    if code or not changes:
        return code
    return 3 if film_plan.waiting or film_plan.state == "render" else 0


def _compare(compiled: Compilation, provider: str | None, rev: str, blame: bool, form: str) -> bool:
    """Prints what became of a storyboard since a revision and HEAD parted; whether anything is to be paid."""
    from storyforge.reports import plan_diff_text as comparing
    from storyforge.reports.plan_diff import compare_plans

    with comparing.fork_point(compiled.path, rev) as (base, path):
        before = open_storyboard(path, provider, compiled.project.settings.environment)[0] if path else None
        comparison = compare_plans(before, compiled)
    blames = find_blames([row.now for row in comparison.rows if row.now], compiled) if blame else {}
    match form:
        case "json":
            print_json(comparing.comparison_document(comparison, base, blames))
        case "markdown":
            click.echo(comparing.comparison_comment(comparison, base, blames), nl=False)
        case "github":
            click.echo(comparing.comparison_annotations(comparison, base))
        case _:
            click.echo(comparing.comparison_text(comparison, base, blames))
    return bool(comparison.ordered or comparison.left)


COMMANDS = (check, compile_, plan)
