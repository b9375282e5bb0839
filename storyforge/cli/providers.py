"""`providers`: lists the providers, what each takes and what it costs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from storyforge.cli.options import formats, print_json

if TYPE_CHECKING:
    from storyforge.providers.base import Provider


@click.command()
@formats("text", "json")
def providers(form: str) -> int:
    """List the providers: what each takes, and what it costs."""
    from storyforge.providers import PROVIDERS

    listed = [kind() for kind in PROVIDERS]
    if form == "json":
        print_json({"storyforge": 1, "providers": [_row(one) for one in listed]})
    else:
        click.echo("\n".join(line for one in listed for line in _facts(one)))
    return 0


def _row(one: Provider) -> dict[str, Any]:
    return {
        "name": one.name,
        "title": one.title,
        "model": one.model,
        "base_url": one.base_url,
        "modes": list(one.modes),
        "aspects": list(one.limits.aspects),
        "resolutions": list(one.limits.resolutions),
        "seconds": [one.limits.min_seconds, one.limits.max_seconds],
        "references": one.limits.max_references,
        "characters": one.limits.max_characters,
        "dialect": one.dialect.name,
        "seed": one.limits.takes_seed,
        "usd_per_second": dict(one.prices.usd) if one.prices else None,
        "price_source": one.prices.source if one.prices else None,
        "price_date": one.prices.date if one.prices else None,
        "keys": list(one.settings),
        "keys_set": all(os.environ.get(name) for name in one.settings),
    }


def _facts(one: Provider) -> Iterator[str]:
    """A provider as a person reads it."""
    limits = one.limits
    both = "first frame and references together" if "combined" in one.modes else "first frame or references"
    seeds = "seeds" if limits.takes_seed else "no seeds"
    yield f"{one.name}: {one.title}, {one.model}"
    yield (
        f"  clips of {limits.min_seconds}–{limits.max_seconds} s, {limits.max_references} references,"
        f" prompts of {limits.max_characters} characters, {both}"
    )
    yield f"  {', '.join(limits.aspects)}; {', '.join(limits.resolutions)}; {seeds}; {one.dialect.name}"
    if not one.settings:
        yield "  free"
        return
    if one.prices is None:
        yield "  price not public"
    else:
        rates = ", ".join(f"${usd:g}/s {name}" for name, usd in one.prices.usd.items())
        yield f"  {rates} (from {one.prices.source}, {one.prices.date})"
    keys = [f"{name} is {'set' if os.environ.get(name) else 'not set'}" for name in one.settings]
    yield f"  keys: {', '.join(keys)}"
