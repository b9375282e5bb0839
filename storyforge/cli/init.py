"""`init`: writes a small film that renders at once, and lets git know storyboards and locks."""

from __future__ import annotations

from pathlib import Path

import click

from storyforge.cli.printer import print_line, print_lines


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=Path(), metavar="[DIR]")
@click.option("--git", "known", is_flag=True, help="Let git compare storyboards and films, and merge locks, here.")
def init(folder: Path, known: bool) -> int:
    """Write a small film that renders at once, with its pictures, schema and editor settings.

    With `--git` and a storyboard that is there already, only the settings for git are written.
    """
    from storyforge.api import start_project

    started = start_project(folder, git=known)
    print_lines(path.as_posix() for path in started.files)
    if started.files:
        print_line(f"now: storyforge render {(folder / 'film.story.yaml').as_posix()}", err=True)
    if started.attributes:
        print_line(started.attributes.as_posix())
    if started.drivers:
        print_line("git compares storyboards and films here, and merges locks, by this storyforge", err=True)
        print_line("it keeps that out of clones: each wants `storyforge init --git` once", err=True)
    elif known:
        print_line("git knew this storyforge already", err=True)
    return 0
