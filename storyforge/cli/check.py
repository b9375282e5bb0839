"""`check`: says every finding about storyboards."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from storyforge.cli.options import (
    PROVIDER,
    STORYBOARD,
    STRICT,
    Console,
    exit_code,
    formats,
    speaking,
)
from storyforge.cli.printer import print_json, print_spans, print_text
from storyforge.cli.storyboard import open_storyboard
from storyforge.model.printable import displayed_folder

if TYPE_CHECKING:
    from storyforge.api import Compilation


@click.command()
@click.argument("files", type=STORYBOARD, metavar="FILE...", nargs=-1, required=True)
@click.option("--fix", is_flag=True, help="Fix what has one safe fix, then check again.")
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
    boards = [open_storyboard(file, provider) for file in files]
    if fix:
        boards = [_fix(board, provider, voice) for board in boards]
    found = [(board.diagnostics, board.source, displayed_folder(board.path)) for board in boards]
    match form:
        case "json":
            print_json(report.as_document(found))
        case "github":
            print_text(report.as_github(found))
        case "sarif":
            print_json(report.as_sarif(found))
        case _:
            # Without those that have nothing to say, or each would leave an empty line.
            told = [report.as_spans(*one) for one in found if one[0]]
            spans = [span for number, one in enumerate(told) for span in ([("\n", "")] * (number > 0) + one)]
            print_spans(spans, voice.has_colour(sys.stdout))
            if not told:
                voice.say(f"{len(files)} storyboard{'s' * (len(files) > 1)}, nothing to say")
    return max(exit_code(board.diagnostics, strict) for board in boards)


def _fix(compiled: Compilation, provider: str | None, console: Console) -> Compilation:
    """Writes the safe fixes of a storyboard and compiles it again."""
    from storyforge.api import write_fixes

    changed = write_fixes(compiled.source, compiled.diagnostics, compiled.path.parent)
    for path in changed:
        console.say(f"fixed {path}")
    return open_storyboard(compiled.path, provider) if changed else compiled
