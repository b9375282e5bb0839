"""`merge-lock`: merges two locks clip by clip, for git."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    pass


@click.command("merge-lock")
@click.argument("base", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.argument("ours", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.argument("theirs", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.argument("path", type=click.Path(path_type=Path), required=False)
def merge_lock(base: Path, ours: Path, theirs: Path, path: Path | None) -> int:
    """Merge two locks clip by clip into OURS, for git.

    BASE is what both grew from, PATH what the lock is called where it stands. Ends with 1 where clips are left to
    decide.
    """
    from storyforge.model.printable import escape_text
    from storyforge.reports.lock_merge import merge_locks
    from storyforge.system.files import write_atomically
    from storyforge.system.lock import describe_block

    name = path or ours
    done = merge_locks(base.read_bytes(), ours.read_bytes(), theirs.read_bytes(), name)
    write_atomically(ours, done.text)
    storyboard = name.with_suffix(".yaml").name
    for clip, (mine, yours) in done.left.items():
        what = f"both sides chose a take for `{clip}`: ours {describe_block(mine)}; theirs {describe_block(yours)}"
        click.echo(f"error: {escape_text(what)}", err=True)
        click.echo(f"  = hint: {escape_text(f'choose with `storyforge use {storyboard} {clip} TAKE`')}", err=True)
    for why in done.broken:
        click.echo(f"error: {escape_text(f'`{name.name}` is left with both sides whole: {why}')}", err=True)
    return int(bool(done.left or done.broken))
