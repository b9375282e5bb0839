"""`init`: writes a small film that renders at once, and lets git know storyboards and locks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    pass


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=Path(), metavar="[DIR]")
@click.option("--git", "known", is_flag=True, help="Let git compare storyboards and films, and merge locks, here.")
def init(folder: Path, known: bool) -> int:
    """Write a small film that renders at once, with its pictures, schema and editor settings.

    With `--git` nothing is written beside a storyboard that is there already, but what git has to know.
    """
    from storyforge.starter import write_starter
    from storyforge.starter.git_drivers import find_repository, has_storyboard, set_drivers, write_attributes

    repository = find_repository(folder) if known else None
    if repository is None or not has_storyboard(repository, folder):
        for path in write_starter(folder):
            click.echo(path.as_posix())
        film = (folder / "film.story.yaml").as_posix()
        click.echo(f"now: storyforge render {film}", err=True)
    if repository:
        if written := write_attributes(repository, folder):
            click.echo(written.as_posix())
        if set_drivers(repository):
            click.echo("git compares storyboards and films here, and merges locks, by this storyforge", err=True)
            click.echo("it keeps that out of clones: each wants `storyforge init --git` once", err=True)
        else:
            click.echo("git knew this storyforge already", err=True)
    return 0
