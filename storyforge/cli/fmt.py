"""`rename` and `fmt`: changes of storyboards that leave everything else as it was written."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from storyforge.cli.options import FILE, STORYBOARD, Console, speaking
from storyforge.model.printable import displayed_folder

if TYPE_CHECKING:
    from storyforge.language.rename import Kind
    from storyforge.language.source_map import Source
    from storyforge.model.diagnostics import Diagnostic


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
    from storyforge.language.rename import Renamed
    from storyforge.language.rename import rename as renamed
    from storyforge.system.files import write_texts

    voice = Console(color, quiet)
    change = renamed(file, old, new, kind)
    if not isinstance(change, Renamed):
        _show(change.found, change.source, change.path, voice)
        voice.say("nothing was renamed")
        return 1
    if dry_run:
        for path, (before, after) in change.texts.items():
            click.echo(_difference(_shown(path), before, after), nl=False)
    else:
        write_texts({path: after for path, (_, after) in change.texts.items()})
        for path, places in change.places.items():
            click.echo(f"{_shown(path)}: {places} place{'s' * (places > 1)}")
    if change.name is not None:
        voice.say(f"`name: {change.name}` was added, so that prompts stay as they are")
    return 0


@click.command()
@click.argument("files", type=STORYBOARD, metavar="FILE...", nargs=-1, required=True)
@click.option("--check", is_flag=True, help="Name the files that would change, write nothing, and end with 1.")
@click.option("--diff", "differ", is_flag=True, help="Print the changes and write nothing.")
@speaking
def fmt(files: tuple[Path, ...], check: bool, differ: bool, color: str, quiet: bool) -> int:
    """Lay storyboards out in one way: the order of keys, indents and spaces.

    What they say stays the same, and comments stay with what they belong to. Files that YAML cannot read are left.
    """
    from storyforge.language.format import format_page
    from storyforge.language.load import load_page
    from storyforge.language.source_map import Source
    from storyforge.system.files import write_texts

    voice = Console(color, quiet)
    texts: dict[Path, str] = {}
    unread = 0
    for path in files:
        page, found = load_page(path)
        text = format_page(page, found)
        if text is None:
            _show(found, Source(path.parent, {page.file: page}), path, voice)
            unread += 1
        elif text != page.text:
            texts[path] = text
            click.echo(_difference(path.as_posix(), page.text, text) if differ else path.as_posix(), nl=not differ)
    if not check and not differ:
        write_texts(texts)
    if not texts and not unread:
        voice.say("nothing to change")
    return int(unread > 0 or (check and bool(texts)))


def _shown(path: Path) -> str:
    """A file as seen from here."""
    return Path(os.path.relpath(path)).as_posix()


def _difference(name: str, before: str, after: str) -> str:
    """What changes in a file, as a diff."""
    from difflib import unified_diff

    old, new = (re.findall(r".*?(?:\r\n|\n|\r)|.+", text) for text in (before, after))
    lines = unified_diff(old, new, name, name)
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def _show(found: Sequence[Diagnostic], source: Source, path: Path, console: Console) -> None:
    """The errors of a file, on the error stream."""
    import sys

    from storyforge.reports.findings import as_text

    errors = [one for one in found if one.severity == "error"]
    coloured = console.has_colour(sys.stderr)
    seen = Path(_shown(path)) if path.is_absolute() else path
    text = as_text(errors, source, prefix=displayed_folder(seen), color=coloured)
    click.echo(text.rstrip("\n"), err=True, color=coloured)


COMMANDS = (rename, fmt)
