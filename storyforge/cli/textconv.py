"""`textconv`: prints a storyboard or a film as lines, for git to compare."""

from __future__ import annotations

import sys
from pathlib import Path

import click


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def textconv(file: Path) -> int:
    """Print a storyboard or a film as lines for git to compare."""
    from storyforge.reports.textconv import text_for_git

    try:
        sys.stdout.buffer.write(text_for_git(file))
    except Exception as fault:  # where a driver fails, git shows nothing of the other files either
        click.echo(f"cannot be shown: {type(fault).__name__}")
    return 0
