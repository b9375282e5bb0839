"""`merge-lock`: merges two locks clip by clip, for git."""

from __future__ import annotations

from pathlib import Path

import click

from storyforge.cli.printer import print_lines


@click.command("merge-lock")
@click.argument("base", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.argument("ours", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.argument("theirs", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.argument("path", type=click.Path(path_type=Path), required=False)
def merge_lock(base: Path, ours: Path, theirs: Path, path: Path | None) -> int:
    """Merge two locks clip by clip into OURS, for git.

    BASE is what both started from, PATH is the lock's own path. Ends with 1 if clips are left to decide.
    """
    from storyforge.reports.lock_merge import conflict_lines, merge_lock_files

    # git gives the three versions as temporary files (`%O %A %B`), and only `%P` says which lock they are of.
    name = path or ours
    done = merge_lock_files(base, ours, theirs, name)
    print_lines(conflict_lines(done, name), err=True)
    return int(bool(done.left or done.broken))
