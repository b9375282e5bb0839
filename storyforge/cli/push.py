"""`push` and `pull`: takes to a place that colleagues share, and from there into a project's store."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from storyforge.cli.options import STORYBOARD, Console, formats, print_json, speaking
from storyforge.cli.progress import Meter
from storyforge.model.errors import UsageError

if TYPE_CHECKING:
    from storyforge.rendering.remote import Choice, Tally
    from storyforge.system.object_store import Place
    from storyforge.system.store import Store

FILES = click.argument("files", type=STORYBOARD, metavar="[FILE]...", nargs=-1)


@click.command()
@FILES
@click.option("--all", "everything", is_flag=True, help="Every take in the store, chosen or not.")
@formats("text", "json")
@speaking
def push(files: tuple[Path, ...], everything: bool, form: str, color: str, quiet: bool) -> int:
    """Bring the takes that locks name to where they are shared.

    `[share]` in storyforge.toml says where that is. The locks are those of FILE..., which are storyboards, or those of
    all films of the project that this folder is in.
    """
    from storyforge.rendering import remote as share

    tallies = []
    for store, place, choices in _jobs(files, everything):
        with Meter(Console(color, quiet)) as meter:
            tallies.append(share.push(choices, store, place, meter, everything))
    return _ended(tallies, "sent", "there", form)


@click.command()
@FILES
@formats("text", "json")
@speaking
def pull(files: tuple[Path, ...], form: str, color: str, quiet: bool) -> int:
    """Fetch the takes that locks name and that are not here.

    They come from where `[share]` in storyforge.toml says. The locks are those of FILE..., which are storyboards, or
    those of all films of the project that this folder is in.
    """
    from storyforge.rendering import remote as share

    tallies = []
    for store, place, choices in _jobs(files):
        with store.hold(), Meter(Console(color, quiet)) as meter:
            tallies.append(share.pull(choices, store, place, meter))
    return _ended(tallies, "fetched", "here", form)


def _jobs(files: Sequence[Path], everything: bool = False) -> list[tuple[Store, Place, list[Choice]]]:
    """Each store, the place where its takes are shared, and which are chosen; UsageError where there is nothing to do
    it for."""
    from storyforge.language.load import project_root
    from storyforge.rendering.remote import find_share, read_choices
    from storyforge.system.project import find_store
    from storyforge.system.settings import Settings
    from storyforge.system.store import Store

    anyone = Path("film.story.yaml")  # stands for any storyboard of this folder
    root = project_root(anyone)
    locks = [_lock_of(file) for file in files] or sorted(_locks_below(root))
    if not locks and not everything:
        raise UsageError(f"no storyboard in `{root}` has a lock", "`storyforge render` writes one")
    jobs: dict[tuple[str, Path], tuple[Store, Place, list[Choice]]] = {}
    for lock in locks or [anyone]:
        top = project_root(lock) if files else root
        place = find_share(Settings(lock if files else root / anyone, top), top)
        store = Store(find_store(lock))
        choices = jobs.setdefault((repr(place), store.folder), (store, place, []))[2]
        choices += read_choices(lock) if locks else []
    return list(jobs.values())


def _lock_of(file: Path) -> Path:
    """The lock of a storyboard, or the lock itself."""
    from storyforge.system.lock import lock_path

    lock = file if file.name.endswith(".story.lock") else lock_path(file)
    if lock.is_file():
        return lock
    if file == lock or not file.is_file():
        raise UsageError(f"there is no file `{file}`", "without a file, all films of the project are meant")
    raise UsageError(f"`{file}` has no lock yet, so it has no takes", "`storyforge render` writes it")


def _locks_below(root: Path) -> Iterator[Path]:
    """The locks of a project; folders with a dot and projects inside it are others' matter."""
    for folder, folders, names in os.walk(root):
        here = Path(folder)
        folders[:] = [
            name
            for name in folders
            if not name.startswith(".") and not any((here / name / top).exists() for top in (".git", "storyforge.toml"))
        ]
        yield from (here / name for name in names if name.endswith(".story.lock") and (here / name).is_file())


def _ended(tallies: Sequence[Tally], done: str, already: str, form: str) -> int:
    moved = {name: size for tally in tallies for name, size in tally.moved.items()}
    there = {name for tally in tallies for name in tally.there}
    failures = {name: fault for tally in tallies for name, fault in tally.failures.items()}
    if form == "json":
        document = {
            "storyforge": 1,
            done: [{"name": name, "bytes": size} for name, size in sorted(moved.items())],
            already: sorted(there),
            "failures": {name: str(fault) for name, fault in sorted(failures.items())},
        }
        print_json(document)
    else:
        told = f"{len(there)} take{'s' * (len(there) != 1)} {already} already"
        click.echo(f"{_counted(moved, done)}; {told}" if there else _counted(moved, done))
    if not failures:
        return 0
    click.echo(f"error: {len(failures)} object{'s' * (len(failures) > 1)} could not be {done}", err=True)
    for hint in dict.fromkeys(fault.hint for fault in failures.values() if fault.hint):
        click.echo(f"  = hint: {hint}", err=True)
    return max(fault.exit_code for fault in failures.values())


def _counted(moved: dict[str, int], done: str) -> str:
    """`3 takes and 2 pictures, 41.0 MB sent`."""
    if not moved:
        return f"nothing {done}"
    from rich.filesize import decimal

    takes, pictures = (sum(name.startswith(folder) for name in moved) for folder in ("takes/", "pictures/"))
    told = [f"{count} {kind}{'s' * (count != 1)}" for count, kind in ((takes, "take"), (pictures, "picture"))]
    return f"{' and '.join(told if pictures else told[:1])}, {decimal(sum(moved.values()))} {done}"


COMMANDS: Sequence[click.Command] = (push, pull)
