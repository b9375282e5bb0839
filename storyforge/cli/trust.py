"""`trust`: shows what a project's own files redirect, and allows it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from storyforge.cli.options import formats
from storyforge.cli.printer import ask, print_json, print_line, print_text

if TYPE_CHECKING:
    from storyforge.api import Trust


@click.command()
@click.argument(
    "folder", type=click.Path(path_type=Path, exists=True, file_okay=False), metavar="[DIR]", default=Path()
)
@click.option("--list", "listed", is_flag=True, help="Show what you have allowed, in all projects.")
@click.option("--revoke", is_flag=True, help="Forget what you allowed in DIR.")
@formats("text", "json")
def trust(folder: Path, listed: bool, revoke: bool, form: str) -> int:
    """Show and allow what the project's own files redirect.

    The .env and storyforge.toml of a project may name other addresses for hosts, places where takes and pictures go,
    and a program that is run. Before anything is sent there, you allow it here, once for this content: on a terminal
    you are asked, elsewhere running this command allows it. What is changed later has to be allowed again. Your own
    environment and settings need no permission.

    Where nobody can be asked, STORYFORGE_TRUST allows what has the hash that is printed here.
    """
    from storyforge.api import find_trust, list_allowed
    from storyforge.reports.trust_text import allowed_document, allowed_text

    if listed and revoke:
        raise click.UsageError("`--list` and `--revoke` exclude each other")
    if listed:
        found = list_allowed()
        print_json(allowed_document(found)) if form == "json" else print_text(allowed_text(found))
        return 0
    seen = find_trust(folder)
    if revoke:
        return _revoke(seen, form)
    return _allow(seen, form)


def _revoke(seen: Trust, form: str) -> int:
    """Forgets what was allowed, and says so."""
    from storyforge.reports.trust_text import trust_document

    count = seen.revoke()
    if form == "json":
        print_json(trust_document(seen, allowed=not seen.redirects))
    else:
        print_line("nothing was allowed here" if not count else "not allowed any more")
    return 0


def _allow(seen: Trust, form: str) -> int:
    """Shows what is redirected and remembers that it is allowed; 1 if the user does not agree."""
    import os

    from storyforge.reports.trust_text import trust_document, trust_text

    known = seen.is_allowed(os.environ)
    if form == "text":
        print_text(trust_text(seen))
    agreed = known or not sys.stdin.isatty() or ask("Allow this?")
    if agreed and not known:
        seen.allow()
    if form == "json":
        print_json(trust_document(seen, agreed))
    elif seen.redirects:
        print_line(("allowed already" if known else "allowed") if agreed else "not allowed", err=not agreed)
    return int(not agreed)
