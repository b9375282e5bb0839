"""`diff`: says what changed in a storyboard, in shots, and its cost; git calls it as an external diff."""

from __future__ import annotations

from pathlib import Path

import click

from storyforge.cli.options import PROVIDER, Console, formats, show_diagnostics, speaking
from storyforge.cli.printer import print_json, print_lines, print_text
from storyforge.cli.storyboard import open_storyboard


@click.command()
@click.argument("given", nargs=-1, required=True, metavar="FILE [REV|OTHER]")
@PROVIDER
@click.option("--git", "called", is_flag=True, help="Take the arguments with which git calls an external diff.")
@formats("text", "json")
@speaking
def diff(given: tuple[str, ...], provider: str | None, called: bool, form: str, color: str, quiet: bool) -> int:
    """Say what changed in a storyboard, in shots, and its cost.

    Before is what the file held at REV, a commit, branch or tag (HEAD, if nothing is named), or another storyboard.
    """
    from storyforge.model.diagnostics import as_json
    from storyforge.model.errors import UsageError
    from storyforge.reports.diff_text import (
        diff_for_git,
        line_changes,
        lines_text,
        versions_document,
        versions_lines,
    )
    from storyforge.reports.versions import compare_versions, earlier_version, find_whole

    if called:
        print_text(diff_for_git(given))
        return 0
    if len(given) > 2:
        raise UsageError("`diff` takes a storyboard and one thing to compare it with", "leave out the rest")
    file, before = Path(given[0]), given[1] if len(given) == 2 else "HEAD"
    voice = Console(color, quiet)
    # All of it inside: the earlier version lies in a folder that is gone behind the block, and its lines are read late.
    with earlier_version(file, before) as path:
        now = open_storyboard(file, provider)
        then = open_storyboard(path, provider) if path else None
        new, old = find_whole(now), find_whole(then) if then else None
        # What was not there at all is compared, as all new; what was there and is not whole is compared by its lines.
        versions = compare_versions(old, new) if new and (old or not then) else None
        if form == "json":
            told = versions_document(versions) if versions else {"lines": line_changes(path, file)}
            found = [as_json(one) for one in now.diagnostics]
            print_json({"storyforge": 1, "file": file.as_posix(), "since": before, **told, "diagnostics": found})
            return int(now.broken)
        show_diagnostics([found for found in now.diagnostics if found.severity == "error"], now, voice)
        if versions is None:
            print_text(lines_text(file.name, path, file))
        elif versions.same:
            voice.say(f"nothing changed in {file.name} since {before}")
        else:
            since = f"since {before}" if path else f"new since {before}"
            print_lines(versions_lines(versions, f"{file.name}, {since}"))
    return int(now.broken)
