"""`fmt`: lays storyboards out in one way."""

from __future__ import annotations

from pathlib import Path

import click

from storyforge.cli.options import STORYBOARD, Console, show_errors, speaking
from storyforge.cli.printer import print_error, print_line, print_text
from storyforge.model.errors import StoryForgeError


@click.command()
@click.argument("files", type=STORYBOARD, metavar="FILE...", nargs=-1, required=True)
@click.option("--check", is_flag=True, help="Name the files that would change, write nothing, and end with 1.")
@click.option("--diff", "differ", is_flag=True, help="Print the changes and write nothing.")
@speaking
def fmt(files: tuple[Path, ...], check: bool, differ: bool, color: str, quiet: bool) -> int:
    """Lay storyboards out in one way: the order of keys, indents and spaces.

    What they say stays the same, and comments stay with what they belong to. Files that YAML cannot read are left.
    """
    from storyforge.api import format_file, write_texts
    from storyforge.reports.text_diff import unified_text

    voice = Console(color, quiet)
    texts: dict[Path, str] = {}
    unread = 0
    for path in files:
        try:
            made = format_file(path)
        except StoryForgeError as fault:
            # The others are laid out all the same.
            print_error(fault)
            unread += 1
            continue
        if made.after is None:
            show_errors(made.findings, made.source, path, voice)
            unread += 1
        elif made.changes:
            texts[path] = made.after
            if differ:
                print_text(unified_text(path.as_posix(), made.before, made.after))
            else:
                print_line(path.as_posix())
    if not check and not differ:
        # All at once: where one of them cannot be written, none is replaced.
        write_texts(texts)
    if not texts and not unread:
        voice.say("nothing to change")
    return int(unread > 0 or (check and bool(texts)))
