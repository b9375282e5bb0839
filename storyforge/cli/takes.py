"""`takes`: lists the takes of a film's clips. Nothing is rendered or paid."""

from __future__ import annotations

from pathlib import Path

import click

from storyforge.cli.options import FILE, PROVIDER, Console, exit_code, formats, show_findings, speaking
from storyforge.cli.printer import print_json, print_text
from storyforge.cli.storyboard import open_storyboard


@click.command()
@FILE
@click.argument("clip", required=False)
@PROVIDER
@formats("text", "json")
@speaking
def takes(file: Path, clip: str | None, provider: str | None, form: str, color: str, quiet: bool) -> int:
    """List the takes of a film's clips, or of one."""
    from storyforge.api import read_takes
    from storyforge.reports.takes_text import takes_document, takes_text

    compiled = open_storyboard(file, provider)
    show_findings(compiled, Console(color, quiet), strict=False)
    clips = read_takes(compiled, clip)
    if form == "json":
        print_json(takes_document(clips))
    elif clips:
        print_text(takes_text(clips))
    return exit_code(compiled.diagnostics, strict=False)
