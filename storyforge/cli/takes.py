"""`takes`: lists the takes of a film's clips. Nothing is rendered or paid."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from storyforge.cli.options import FILE, PROVIDER, Console, exit_code, formats, print_json, show_findings, speaking
from storyforge.cli.storyboard import open_storyboard
from storyforge.reports.takes_text import short_ids, take_document, takes_text

if TYPE_CHECKING:
    pass


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
    from storyforge.system.project import find_store
    from storyforge.system.store import Store

    compiled, _ = open_storyboard(file, provider)
    show_findings(compiled, Console(color, quiet), strict=False)
    store = Store(find_store(file))
    names = [find_clip(compiled, clip).clip.id] if clip else [one.clip.id for one in compiled.planned]
    with Orders(store) as orders:
        found = all_takes(compiled, store, orders)
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
