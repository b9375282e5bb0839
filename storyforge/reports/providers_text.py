"""The providers, what each takes and what it costs: as text for people, as a document for programs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from storyforge.providers import PROVIDERS

if TYPE_CHECKING:
    from storyforge.providers.base import Provider


def providers_text() -> str:
    """All providers, some lines for each."""
    return "\n".join(line for kind in PROVIDERS for line in _facts(kind()))


def providers_document() -> dict[str, Any]:
    """All providers as `providers --format json` prints them."""
    return {"storyforge": 1, "providers": [_row(kind()) for kind in PROVIDERS]}


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
    # Never the key itself, nor a part of it.
    keys = [f"{name} is {'set' if os.environ.get(name) else 'not set'}" for name in one.settings]
    yield f"  keys: {', '.join(keys)}"


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
