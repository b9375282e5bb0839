"""`takes`, `use` and `accept`: which takes there are, and which a clip plays. Nothing here is rendered or paid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from storyforge.cli.options import FILE, PROVIDER, Console, exit_code, formats, print_json, show_findings, speaking
from storyforge.cli.storyboard import open_storyboard
from storyforge.model.errors import StoryForgeError, UsageError
from storyforge.reports.plan_text import dollars

if TYPE_CHECKING:
    from storyforge.compiler.compile import Compiled
    from storyforge.compiler.jobs import Planned
    from storyforge.planning.film_plan import FilmPlan
    from storyforge.planning.takes import Take
    from storyforge.system.lock import Block
    from storyforge.system.store import Store


@click.command()
@FILE
@click.argument("clip", required=False)
@PROVIDER
@formats("text", "json")
@speaking
def takes(file: Path, clip: str | None, provider: str | None, form: str, color: str, quiet: bool) -> int:
    """List the takes of a film's clips, or of one."""
    from storyforge.planning.clips import find_clip
    from storyforge.planning.film_plan import plan_film
    from storyforge.planning.orders import Orders
    from storyforge.planning.takes import all_takes

    compiled, _ = open_storyboard(file, provider)
    show_findings(compiled, Console(color, quiet), strict=False)
    store = compiled.project.store
    names = [find_clip(compiled, clip).clip.id] if clip else [one.clip.id for one in compiled.planned]
    with Orders(store) as orders:
        found = all_takes(compiled, orders)
        planned = {one.clip.id: one for one in plan_film(compiled, orders=orders).planned}
    short = short_ids([take for name in names for take in found[name]])
    if form == "json":
        print_json(
            {
                "storyforge": 1,
                "clips": [
                    {
                        "id": name,
                        "state": planned[name].state,
                        "why": planned[name].why,
                        "takes": [take_document(take, short, store, name) for take in found[name]],
                    }
                    for name in names
                ],
            }
        )
    else:
        for name in names:
            click.echo(takes_text(planned[name], found[name], short))
    return exit_code(compiled.diagnostics, strict=False)


@click.command()
@FILE
@click.argument("clip")
@click.argument("take")
@PROVIDER
@speaking
def use(file: Path, clip: str, take: str, provider: str | None, color: str, quiet: bool) -> int:
    """Choose TAKE for CLIP: its number, or how its id begins. Written into the lock; nothing is rendered.

    This also decides about a clip over which a merge left the lock undecided.
    """
    from storyforge.planning.clips import find_clip
    from storyforge.planning.film_plan import plan_film
    from storyforge.planning.lock_update import choose_take, hold_unchanged
    from storyforge.planning.takes import UNDECIDED, all_takes

    board = _sound(file, provider, Console(color, quiet), but=UNDECIDED)
    one = find_clip(board, clip)
    with hold_unchanged(board) as orders:
        chosen = _found(all_takes(board, orders)[one.clip.id], take, file, one.clip.id)
        before = plan_film(board, orders=orders)
        block = choose_take(board, one, chosen)
        after = plan_film(open_storyboard(file, provider)[0], orders=orders)
    click.echo(f"{one.clip.id}: {describe_choice(block)}")
    _say_missing(one.clip.id, block, board.project.store)
    _say_what_follows(before, after, (one.clip.id,))
    return 0


@click.command()
@FILE
@click.argument("clips", nargs=-1, metavar="[CLIP]...")
@click.option("--all", "every", is_flag=True, help="All clips that would be rendered and have a take of their host.")
@click.option("--undo", is_flag=True, help="Take back what was accepted.")
@PROVIDER
@speaking
def accept(
    file: Path, clips: tuple[str, ...], every: bool, undo: bool, provider: str | None, color: str, quiet: bool
) -> int:
    """Keep the take that a clip was given last, although its words were changed.

    Written into the lock with what differs, and shown in every plan; nothing is rendered. The take must be as long and
    of the shape that the film needs. It may be in the lock alone: then its file is still to be had.
    """
    from storyforge.planning.clips import find_clip
    from storyforge.planning.film_plan import plan_film
    from storyforge.planning.lock_update import accept as accepting
    from storyforge.planning.lock_update import hold_unchanged, save_lock

    if bool(clips) == every:
        raise UsageError("clips are either named, or all of them meant", "name a clip, or say `--all`")
    board = _sound(file, provider, Console(color, quiet))
    names = [find_clip(board, clip).clip.id for clip in clips]
    if undo:
        return _undo(board, names or list(board.lock.blocks), provider)
    with hold_unchanged(board) as orders:
        before = plan_film(board, orders=orders)
        names = names or [one.clip.id for one in before.planned if one.state == "render" and _has_take(one, board)]
        made = accepting(board, names)
        if made.refused and not every:
            name, why = next(iter(made.refused.items()))
            hint = f"`storyforge takes {file} {name}` lists its takes, `storyforge use` chooses one"
            raise UsageError(f"`{name}` cannot be accepted: {why}", hint)
        save_lock(board, made.lock)
        after = plan_film(open_storyboard(file, provider)[0], orders=orders)
    told = [f"{name}: {describe_choice(block)}" for name, block in made.blocks.items()]
    told += [f"{name}: not accepted: {why}" for name, why in made.refused.items()]
    told += [f"{name}: nothing to accept" for name in made.cached if not every]
    for line in told or ["nothing to accept"]:
        click.echo(line)
    for name, block in made.blocks.items():
        _say_missing(name, block, board.project.store)
    _say_what_follows(before, after, names)
    return 0


def _undo(compiled: Compiled, names: Sequence[str], provider: str | None) -> int:
    from storyforge.planning.film_plan import plan_film
    from storyforge.planning.lock_update import hold_unchanged, save_lock, withdraw_acceptance

    blocks = compiled.lock.blocks
    accepted = [name for name in names if name in blocks and blocks[name].accepted]
    with hold_unchanged(compiled) as orders:
        before = plan_film(compiled, orders=orders)
        save_lock(compiled, withdraw_acceptance(compiled.lock, accepted))
        after = plan_film(open_storyboard(compiled.path, provider)[0], orders=orders)
    for name in accepted:
        click.echo(f"{name}: no longer accepted")
    if not accepted:
        click.echo("nothing was accepted")
    _say_what_follows(before, after, ())
    return 0


def _sound(file: Path, provider: str | None, console: Console, but: str | None = None) -> Compiled:
    """The storyboard compiled; StoryForgeError where that finds an error, `but` one that does not matter."""
    from storyforge.compiler.compile import Uncompiled

    compiled, _ = open_storyboard(file, provider)
    faults = tuple(found for found in compiled.diagnostics if found.name != but)
    if isinstance(compiled, Uncompiled) or exit_code(faults, strict=False):
        show_findings(compiled, console, strict=False)
        raise StoryForgeError(f"{file.name} has errors; nothing was changed", "mend them first")
    return compiled


def _found(takes: Sequence[Take], named: str, file: Path, clip: str) -> Take:
    from storyforge.planning.takes import find_take

    found = find_take(takes, named)
    hint = f"`storyforge takes {file} {clip}` lists them"
    if not found:
        raise UsageError(f"`{clip}` has no take `{named}`", hint)
    if len(found) > 1:
        raise UsageError(
            f"`{clip}` has {len(found)} takes that `{named}` may mean", f"{hint} by ids that tell them apart"
        )
    return found[0]


def _has_take(one: Planned, compiled: Compiled) -> bool:
    block = compiled.lock.blocks.get(one.clip.id)
    return block is not None and block.provider == one.clip.provider


def describe_choice(block: Block) -> str:
    """A choice in words."""
    kept = f"accepted although {block.although}" if block.accepted else "chosen"
    return f"take {block.number} ({block.take[:8]}) of {block.provider} is {kept}"


def _say_missing(clip: str, block: Block, store: Store) -> None:
    if not store.take(block.take).is_file():
        click.echo(f"{clip}: the file of this take is not here; `storyforge pull` may bring it")


def describe_change(one: Planned) -> str:
    """What a choice changed for a clip."""
    match one.state:
        case "cached":
            return f"{one.clip.id}: need not be rendered any more"
        case "render":
            return f"{one.clip.id}: would be rendered anew, {dollars(one.usd)}: {one.why}"
    return f"{one.clip.id}: {one.why}"


def _say_what_follows(before: FilmPlan, after: FilmPlan, named: Sequence[str]) -> None:
    from storyforge.planning.clips import find_followers

    for one in find_followers(before, after, named):
        click.echo(describe_change(one))


def short_ids(takes: Sequence[Take]) -> dict[str, str]:
    """For each take the beginning of its sha256, in eight digits or as many as tell it from the others."""
    known = sorted({take.sha256 for take in takes})
    length = 8
    while len({sha256[:length] for sha256 in known}) < len(known):
        length += 1
    return {sha256: sha256[:length] for sha256 in known}


def takes_text(one: Planned, takes: Sequence[Take], short: Mapping[str, str]) -> str:
    """A clip and its takes as a table, `*` before the chosen one, and below each how the words differ now."""
    head = f"{one.clip.id}  {one.clip.seconds} s  {one.state}: {one.why}"
    rows = [
        [
            "*" if take.chosen else " ",
            short[take.sha256],
            f"take {take.number}",
            take.provider,
            f"{take.seconds} s",
            "no seed" if take.seed is None else f"seed {take.seed}",
            take.date or "undated",
            dollars(take.usd),
            take.order or "",
            "" if take.here else "not here",
        ]
        for take in takes
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [head] if rows else [head, "    no take"]
    for take, row in zip(takes, rows, strict=True):
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True) if width)
        was = [f"for clip `{take.clip}`"] if take.clip not in (None, one.clip.id) else []
        lines += ["  " + "  ".join(cells).rstrip(), *(f"      {text}" for text in (*was, *map(str, take.differs)))]
    return "\n".join(lines)


def take_document(take: Take, short: Mapping[str, str], store: Store, clip: str) -> dict[str, Any]:
    """A take for programs; `clip` is what its clip is called now."""
    return {
        "take": take.sha256,
        "id": short[take.sha256],
        "number": take.number,
        "chosen": take.chosen,
        "current": take.current,
        "path": str(store.take(take.sha256)) if take.here else None,
        "provider": take.provider,
        "model": take.model,
        "seconds": take.seconds,
        "seed": take.seed,
        "date": take.date,
        "usd": take.usd,
        "order": take.order,
        "fingerprint": take.slate,
        "differs": [str(one) for one in take.differs],
        **({"clip": take.clip} if take.clip not in (None, clip) else {}),
    }


COMMANDS: Sequence[click.Command] = (takes, use, accept)
