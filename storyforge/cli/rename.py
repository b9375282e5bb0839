"""`rename`: renames a character, a look, a scene or a shot everywhere in a project."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from storyforge.cli.options import FILE, Console, relative_place, show_errors, speaking
from storyforge.cli.printer import print_line, print_text

if TYPE_CHECKING:
    from storyforge.api import Kind


@click.command()
@FILE
@click.argument("old")
@click.argument("new")
@click.option("--kind", type=click.Choice(["cast", "scene", "shot"]), help="What OLD is, if it may be several things.")
@click.option("-n", "--dry-run", is_flag=True, help="Print the changes and write nothing.")
@speaking
def rename(file: Path, old: str, new: str, kind: Kind | None, dry_run: bool, color: str, quiet: bool) -> int:
    """Rename a character, a look, a scene or a shot everywhere in the project.

    \b
    storyforge rename film.story.yaml mira nora
    storyforge rename film.story.yaml mira.storm mira.oilskin

    Only the id changes, not a word of any prompt: nothing is rendered again.
    """
    from storyforge.api import Renamed, rename_in_project, write_texts
    from storyforge.reports.text_diff import unified_text

    voice = Console(color, quiet)
    change = rename_in_project(file, old, new, kind)
    if not isinstance(change, Renamed):
        show_errors(change.found, change.source, change.path, voice)
        voice.say("nothing was renamed")
        return 1
    if dry_run:
        for path, (before, after) in change.texts.items():
            print_text(unified_text(relative_place(path), before, after))
    else:
        # In all files or in none: a name that changed in some of them would be unknown in the others.
        write_texts({path: after for path, (_, after) in change.texts.items()})
        for path, places in change.places.items():
            print_line(f"{relative_place(path)}: {places} place{'s' * (places > 1)}")
    if change.name is not None:
        voice.say(f"`name: {change.name}` was added, so that prompts stay as they are")
    return 0
