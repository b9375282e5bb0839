"""`textconv`: prints a storyboard or a film as lines, for git to compare."""

from __future__ import annotations

from pathlib import Path

import click

from storyforge.cli.printer import print_content, print_line


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def textconv(file: Path) -> int:
    """Print a storyboard or a film as lines for git to compare."""
    from storyforge.model.errors import UsageError
    from storyforge.reports.textconv import text_for_git

    try:
        print_content(text_for_git(file))
    except UsageError as fault:
        print_line(f"cannot be shown: {fault}")
    except Exception as fault:  # where a driver fails, git shows nothing of the other files either
        print_line(f"cannot be shown: {type(fault).__name__}")
    return 0
