"""`gc`: says what the store of a project holds that nobody needs, and deletes it with leave."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from storyforge.cli.options import formats, print_json
from storyforge.model.errors import UsageError

if TYPE_CHECKING:
    from storyforge.rendering.gc import Rest
    from storyforge.system.store import Store

KINDS = {
    "takes": "take",
    "slates": "record",
    "pictures": "picture",
    "frames": "last frame",
    "pieces": "piece",
    "films": "film file",
    "sketches": "sketch",
    "inspections": "inspection",
}
"""What the files of a folder of the store are called."""


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False), default=".")
@click.option(
    "--since",
    metavar="DATE|BRANCH|TAG",
    help="From where on git's history counts: a day as YYYY-MM-DD, a branch or a tag. [default: all of it]",
)
@click.option("--yes", "agreed", is_flag=True, help="Delete without asking.")
@formats("text", "json")
def gc(folder: Path, since: str | None, agreed: bool, form: str) -> int:
    """Delete what nobody needs any more from the store of the project that FOLDER is in.

    Takes are kept that any lock names: those here, and those in git's history on any branch, tag or stash, in what git
    still remembers of moved ones, and in its index. So is what the storyboards need as they stand, what was ordered and
    did not come yet, and the ledger. What would go is printed first; without a terminal or `--yes` that is all.
    """
    from storyforge.system.project import find_store
    from storyforge.system.store import Store

    store = Store(find_store(folder / "film.story.yaml"))
    if not store.folder.is_dir():
        raise UsageError(f"there is no store in {folder.resolve()} or above it", "a render makes one: `.storyforge`")
    asking = form == "text" and sys.stdin.isatty() and not agreed
    if agreed or asking:
        with store.hold():
            return _swept(store, since, agreed, form)
    if store.is_held():
        raise UsageError("another run is rendering into this project's store", "wait for it to end, or stop it")
    return _swept(store, since, agreed, form)


def _swept(store: Store, since: str | None, agreed: bool, form: str) -> int:
    from storyforge.rendering.gc import delete, find_rest

    gone, kept = find_rest(store, since)
    if form == "json":
        if agreed:
            delete(gone)
        print_json(
            {
                "storyforge": 1,
                "store": str(store.folder),
                "deleted": agreed,
                "gone": [_document(rest, store) for rest in gone],
                "kept": [_document(rest, store) for rest in kept],
            }
        )
        return 0
    for line in (*_gone_lines(gone), *_kept_lines(kept)):
        click.echo(line)
    if not gone:
        click.echo("nothing to delete")
    elif agreed or (sys.stdin.isatty() and click.confirm(f"Delete {_sum(gone)}?", err=True)):
        delete(gone)
        click.echo(f"deleted {_sum(gone)}")
    else:
        click.echo(f"{_sum(gone)} would be deleted; `--yes` does it")
    return 0


def _gone_lines(gone: Sequence[Rest]) -> Iterator[str]:
    """A line for each take, one for all else of a kind."""
    for rest in gone:
        if rest.kind == "takes":
            shown = f" of {rest.told}" if rest.told else ""
            yield f"delete  take {rest.path.stem[:8]}{shown}, {size(rest.bytes)}: {rest.why}"
    for kind, why in dict.fromkeys((rest.kind, rest.why) for rest in gone if rest.kind != "takes"):
        same = [rest for rest in gone if (rest.kind, rest.why) == (kind, why)]
        yield f"delete  {_counted(same)}, {size(sum(rest.bytes for rest in same))}: {why}"


def _kept_lines(kept: Sequence[Rest]) -> Iterator[str]:
    for why in dict.fromkeys(rest.why for rest in kept):
        same = [rest for rest in kept if rest.why == why]
        kinds = [[rest for rest in same if rest.kind == kind] for kind in KINDS]
        counted = ", ".join(_counted(rests) for rests in kinds if rests)
        yield f"keep    {counted}, {size(sum(rest.bytes for rest in same))}: {why}"


def _counted(rests: Sequence[Rest]) -> str:
    """Files of one kind."""
    return f"{len(rests)} {KINDS[rests[0].kind]}{'s' * (len(rests) > 1)}"


def _sum(rests: Sequence[Rest]) -> str:
    return f"{len(rests)} file{'s' * (len(rests) > 1)}, {size(sum(rest.bytes for rest in rests))}"


def size(count: int) -> str:
    """Bytes as a person reads them."""
    for unit, length in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= length:
            return f"{count / length:.1f} {unit}"
    return f"{count} bytes"


def _document(rest: Rest, store: Store) -> dict[str, object]:
    place = rest.path.relative_to(store.folder).as_posix()
    return {"path": place, "bytes": rest.bytes, "why": rest.why, **({"of": rest.told} if rest.told else {})}
