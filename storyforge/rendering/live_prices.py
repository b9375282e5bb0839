"""What hosts themselves ask for each clip; nothing is ordered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from storyforge.planning.film_plan import with_live_prices
from storyforge.rendering.hosts import credentials, find_hosts

if TYPE_CHECKING:
    from storyforge.planning.film_plan import FilmPlan
    from storyforge.providers.host import Host


STAND_IN = "https://example.com/picture.png"
"""The address of a picture where only its presence counts."""


def ask_prices(film_plan: FilmPlan, note: Callable[[str], None]) -> FilmPlan:
    """The plan with what the hosts themselves ask for each clip, where they tell; nothing is ordered or uploaded."""
    import asyncio

    hosts = find_hosts(film_plan.waiting, film_plan.project.settings)
    return with_live_prices(film_plan, asyncio.run(_asked(film_plan, hosts, note)) if hosts else {})


async def _asked(film_plan: FilmPlan, hosts: Mapping[str, Host], note: Callable[[str], None]) -> dict[str, float]:
    from storyforge.system.client import Client, Pace
    from storyforge.system.secrets import secrets

    settings = film_plan.project.settings
    keys = credentials(hosts, settings)
    secrets.add(*(key for values in keys.values() for key in values.values()))
    prices: dict[str, float] = {}
    for name, host in hosts.items():
        wire = Client(
            host.base_url,
            host.authorization(keys[name]),
            pace=Pace.from_seconds(settings.amount("poll_seconds")),
            note=note,
        )
        async with wire:
            for one in film_plan.waiting:
                if one.clip.provider == name:
                    # A price depends on how many pictures there are, not on what they show.
                    stand_ins = dict.fromkeys((*one.job.references, one.job.first_frame or ""), STAND_IN)
                    usd = await wire.talk(host.price(host.order(one.job, stand_ins)))
                    prices |= {} if usd is None else {one.job.fingerprint: usd}
        told = sum(one.job.fingerprint in prices for one in film_plan.waiting if one.clip.provider == name)
        note(f"{host.title} tells its price for {told} clips" if told else f"{host.title} tells no price")
    return prices
