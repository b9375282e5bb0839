"""`compile`: shows the prompts and the exact requests, clip by clip."""

from __future__ import annotations

from pathlib import Path

import click

from storyforge.cli.options import (
    FILE,
    PROVIDER,
    REPACK,
    STRICT,
    Console,
    exit_code,
    formats,
    show_findings,
    speaking,
)
from storyforge.cli.printer import print_json, print_text
from storyforge.cli.storyboard import open_storyboard


@click.command()
@FILE
@PROVIDER
@REPACK
@STRICT
@formats("text", "json")
@speaking
def compile(file: Path, provider: str | None, repack: bool, strict: bool, form: str, color: str, quiet: bool) -> int:
    """Show the prompts and the exact requests, clip by clip."""
    from storyforge.reports.compiled_document import clip_text, compiled_document

    compiled = open_storyboard(file, provider, repack=repack)
    show_findings(compiled, Console(color, quiet), strict)
    if form == "json":
        print_json(compiled_document(compiled))
    else:
        for one in compiled.planned:
            print_text(f"{clip_text(one)}\n")
    return exit_code(compiled.diagnostics, strict)
