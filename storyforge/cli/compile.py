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
from storyforge.model.printable import displayed_folder
from storyforge.planning.open import open_storyboard
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
    from storyforge.system.settings import Settings


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
            coloured = voice.coloured(sys.stdout)
            texts = [report.as_text(*one, color=coloured) for one in found if one[0]]
            click.echo("\n".join(texts), nl=False, color=coloured)
            if not texts:
                voice.say(f"{len(files)} storyboard{'s' * (len(files) > 1)}, nothing to say")
    return max(exit_code(board.diagnostics, strict) for board in boards)


def _mended(board: Compilation, provider: str | None, voice: Console) -> Compilation:
    """Writes the safe mends of a storyboard and compiles it again."""
    from storyforge.language.autofix import apply_fixes
    from storyforge.language.text_edits import write_texts

    texts = {board.path.parent / name: text for name, text in apply_fixes(board.source, board.diagnostics).items()}
    write_texts(texts)
    for path in texts:
        voice.say(f"mended {path}")
    return open_storyboard(board.path, provider)[0] if texts else board


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

    board, _ = open_storyboard(file, provider, repack=repack)
    show_findings(board, Console(color, quiet), strict)
    if form == "json":
        print_json(compiled_document(board))
    else:
        for one in board.planned:
            click.echo(_told(one))
    return exit_code(board.diagnostics, strict)


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

        coloured = voice.coloured(sys.stderr)
        memory = Memory(file, (provider, repack, strict, form, coloured, quiet))
        if told := memory.recall():
            click.echo(told.err, err=True, color=coloured, nl=bool(told.err))
            click.echo(told.out, nl=False)
            return told.code
    from storyforge.compiler.compile import Compiled
    from storyforge.planning.film_plan import plan_film
    from storyforge.reports import plan_diff_text as comparing

    board, settings = open_storyboard(file, provider, repack=repack)
    findings = show_findings(board, voice, strict)
    if base is not None:
        unpaid = _compare(board, settings, provider, base, blame, form)
        return exit_code(board.diagnostics, strict) or (3 if changes and unpaid else 0)
    film = plan_film(board)
    if live_prices:
        from storyforge.rendering.live_prices import with_live_prices

        film = with_live_prices(film, settings, voice.say)
    blames = find_blames(film.planned, board) if blame else None
    cheaper = None
    if isinstance(board, Compiled) and board.repacked:
        cheaper = plan_film(replace(board, planned=board.repacked))
    packing = packing_notes(film, cheaper)
    match form:
        case "json":
            text = json_text(plan_document(film, board, blames) | packing_document(cheaper))
        case "markdown":
            text = comparing.plan_comment(film, board, blames or {}, packing)
        case "github":
            text = comparing.plan_annotations(film, board, packing) + "\n"
        case _:
            text = "\n".join([plan_text(film, blames), *packing, *price_notes(film.waiting, board), ""])
    click.echo(text, nl=False)
    if out and not board.broken:
        from storyforge.planning.saved_plan import write_plan

        asked = provider or settings.environment.get("STORYFORGE_PROVIDER") or None
        write_plan(out, file, film, asked, repack)
        voice.say(f"saved as {out}; `storyforge render {out}` does exactly this")
    unresolved = any(one.state == "unresolved" for one in (*film.planned, *film.further))
    code = exit_code(board.diagnostics, strict) or int(unresolved)
    if memory:
        memory.keep(board, film, Told(text, findings, code))
    if code or not changes:
        return code
    return 3 if film.waiting or film.state == "render" else 0


def _compare(board: Compilation, settings: Settings, provider: str | None, rev: str, blame: bool, form: str) -> bool:
    """Prints what became of a storyboard since a revision and HEAD parted; whether anything is to be paid."""
    from storyforge.reports import plan_diff_text as comparing
    from storyforge.reports.plan_diff import compare_plans

    with comparing.fork_point(board.path, rev) as (base, path):
        before = open_storyboard(path, provider, settings.environment)[0] if path else None
        comparison = compare_plans(before, board)
    blames = find_blames([row.now for row in comparison.rows if row.now], board) if blame else {}
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
