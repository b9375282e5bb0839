"""What a paid render needs around it: leave to spend, keys, limits, a publisher, and the crew of hosts."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from storyforge.cli.options import FILE
from storyforge.cli.telling import dollars, plan_text, price_notes
from storyforge.errors import BudgetError, CredentialsError, UsageError

if TYPE_CHECKING:
    from storyforge.clip import Job
    from storyforge.compile import Compiled
    from storyforge.crew import Crew, Terms
    from storyforge.diagnostics import Diagnostic
    from storyforge.plan import Planned
    from storyforge.providers.host import Host
    from storyforge.render import Execute, FilmPlan
    from storyforge.settings import Settings
    from storyforge.store import Store

DAY = 86_400.0

STAND_IN = "https://example.com/picture.png"
"""Stands for a picture where only its presence counts."""


def hosts_of(planned: tuple[Planned, ...], settings: Settings) -> dict[str, Host]:
    """The hosts that some clips are rendered by, by name."""
    from storyforge.providers import find_provider
    from storyforge.providers.host import Host

    names = dict.fromkeys(one.clip.provider for one in planned)
    found = {name: find_provider(name, settings.environment) for name in names}
    return {name: host for name, host in found.items() if isinstance(host, Host)}


def sent_again(film: FilmPlan) -> FilmPlan:
    """The plan where what a host refused is rendered like what is new, so that it costs and needs leave like that."""

    def again(ones: Sequence[Planned]) -> tuple[Planned, ...]:
        return tuple(replace(one, state="render") if one.state == "refused" else one for one in ones)

    return replace(film, planned=again(film.planned), further=again(film.further))


def approve(
    board: Compiled,
    film: FilmPlan,
    ordered: tuple[Planned, ...],
    settings: Settings,
    store: Store,
    max_cost: float | None,
    yes: bool,
) -> None:
    """Shows what would be spent and asks; BudgetError where a limit or nobody agrees."""
    from storyforge.plan import total_usd

    paying = hosts_of(ordered, settings)
    if not paying:
        return
    click.echo(plan_text(film), err=True)
    for note in price_notes(film.waiting, board):
        click.echo(note, err=True)
    total = total_usd([one for one in ordered if one.clip.provider in paying])
    for name, limit, spent in _limits(settings, store, max_cost):
        if limit is not None and (total is None or total + spent > limit):
            before = f" and {dollars(spent)} today" if spent else ""
            raise BudgetError(
                f"the plan costs {dollars(total)}{before}, over the {dollars(limit)} of `{name}`; nothing was sent",
                "raise it, or render fewer clips with `--only`",
            )
    if not yes and not (sys.stdin.isatty() and click.confirm("Spend it?", err=True)):
        raise BudgetError("nobody agreed to spend this; nothing was sent", "look at the plan, then add `--yes`")


def _limits(settings: Settings, store: Store, max_cost: float | None) -> Iterator[tuple[str, float | None, float]]:
    """Limits by name, each with what already counts against it."""
    yield "--max-cost", max_cost, 0.0
    yield "budget.per_run", settings.amount("budget.per_run"), 0.0
    per_day = settings.amount("budget.per_day")
    if per_day is not None and store.path("ledger.db").is_file():
        from storyforge.ledger import Ledger

        with contextlib.closing(Ledger(store.path("ledger.db"), readonly=True)) as ledger:
            yield "budget.per_day", per_day, ledger.spent(time.time() - DAY)
    else:
        yield "budget.per_day", per_day, 0.0


def credentials(hosts: Mapping[str, Host], settings: Settings) -> dict[str, dict[str, str]]:
    """The keys of the hosts, from the environment or the keyring; CredentialsError naming all that are missing."""
    found = {name: {setting: key_of(setting, settings) for setting in host.settings} for name, host in hosts.items()}
    lacking = [setting for keys in found.values() for setting, key in keys.items() if not key]
    if lacking:
        raise CredentialsError(
            f"{' and '.join(f'`{name}`' for name in lacking)} not set",
            "put it into the environment or into `.env`; nothing was sent",
        )
    return {name: {setting: key or "" for setting, key in keys.items()} for name, keys in found.items()}


def key_of(name: str, settings: Settings) -> str | None:
    """A credential from the environment or `.env`, or else from the keyring where one is installed."""
    if value := settings.environment.get(name, "").strip():
        return value
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError:
        return None
    with contextlib.suppress(KeyringError):
        found: str | None = keyring.get_password("storyforge", name)
        return found
    return None


def unpublished(board: Compiled, needed: tuple[Planned, ...], settings: Settings) -> list[Diagnostic]:
    """Errors for pictures that a host takes by address alone while nothing publishes them."""
    from storyforge.diagnostics import Diagnostic, located

    if settings.table("publish"):
        return []
    hosts = hosts_of(needed, settings)
    found = []
    for one in needed:
        host = hosts.get(one.clip.provider)
        if host and host.pictures == "address" and one.state == "render" and _brings_pictures(one):
            found.append(
                Diagnostic(
                    "needs-publisher",
                    "error",
                    f"{host.title} takes pictures by address alone, and clip `{one.clip.id}` brings its own",
                    "set up `[publish]` in storyforge.toml, or name the pictures by https addresses",
                    path=(
                        "shots",
                        [shot.id for shot in (board.board and board.board.shots) or ()].index(one.clip.shots[0].id),
                    ),
                )
            )
    return located(found, board.source)


def _brings_pictures(one: Planned) -> bool:
    tokens = (*one.job.references, one.job.first_frame or "")
    return any(token.startswith(("sf:sha256:", "sf:last-frame:")) for token in tokens)


@contextlib.asynccontextmanager
async def rendering(
    hosts: Mapping[str, Host],
    settings: Settings,
    store: Store,
    terms: Terms,
    note: Callable[[str], None],
    webhook: str | None,
) -> AsyncIterator[tuple[Execute, Callable[[str], None]]]:
    """What renders a job, here or at its host, and who is told that a take is safe."""
    from storyforge.render import draw_offline

    if not hosts:
        yield draw_offline, lambda fingerprint: None
        return
    from storyforge.crew import Crew
    from storyforge.ledger import Ledger
    from storyforge.receiver import callback_addresses, receiving
    from storyforge.wire import Pace, Wire, secrets

    keys = credentials(hosts, settings)
    secrets.add(*(key for values in keys.values() for key in values.values()))
    pace = Pace.of(settings.amount("poll_seconds"))

    def open_wire(host: Host) -> Wire:
        return Wire(host.base_url, host.authorization(keys[host.name]), pace=pace, note=note)

    with contextlib.closing(Ledger(store.path("ledger.db"))) as ledger:
        async with contextlib.AsyncExitStack() as stack:
            addresses = callback_addresses(webhook, hosts) if webhook else {}
            told = replace(terms, callbacks=addresses)
            crew = await stack.enter_async_context(Crew(ledger, told, note, open_wire=open_wire))
            if webhook:
                await stack.enter_async_context(receiving(webhook, addresses, hosts, settings, crew.wake))
            yield _executing(crew, hosts), crew.kept


def _executing(crew: Crew, hosts: Mapping[str, Host]) -> Execute:
    from storyforge.render import draw_offline

    async def execute(
        job: Job, pictures: Mapping[str, Path], out: Path, progress: Callable[[float], None]
    ) -> tuple[str, ...]:
        host = hosts.get(job.provider)
        if host is None:
            return await draw_offline(job, pictures, out, progress)
        await crew.render(job, host, pictures, out, progress)
        return ()

    return execute


def terms_of(settings: Settings, film: str, beside: Path, deadline: float | None, retry: bool) -> Terms:
    """What this run is allowed, from flags and settings."""
    from storyforge.crew import Terms
    from storyforge.providers import PROVIDERS
    from storyforge.publish import publisher_of

    limits = settings.table("limits")
    known = {kind.name for kind in PROVIDERS}
    if unknown := [name for name in limits if name not in known]:
        raise UsageError(f"`limits.{unknown[0]}` is no provider", f"known are {', '.join(sorted(known))}")
    return Terms(
        film=film,
        deadline=settings.amount("deadline_seconds", deadline) or 3600.0,
        retry=retry,
        at_once={name: _whole(settings, name, "at_once") for name, table in limits.items() if "at_once" in table},
        per_minute={
            name: _whole(settings, name, "per_minute") for name, table in limits.items() if "per_minute" in table
        },
        publisher=publisher_of(settings, beside),
    )


def _whole(settings: Settings, host: str, name: str) -> int:
    amount = settings.amount(f"limits.{host}.{name}")
    if amount is None or amount < 1 or amount != int(amount):
        raise UsageError(f"`limits.{host}.{name}` is no whole number from 1", "give a whole number")
    return int(amount)


def with_live_prices(film: FilmPlan, settings: Settings, note: Callable[[str], None]) -> FilmPlan:
    """The plan with what the hosts themselves ask for each clip, where they tell; nothing is ordered or uploaded."""
    import asyncio

    hosts = hosts_of(film.waiting, settings)
    prices = asyncio.run(_asked(film, hosts, settings, note)) if hosts else {}
    planned = tuple(
        replace(one, usd=prices[one.clip.id]) if prices.get(one.clip.id) is not None else one for one in film.planned
    )
    return replace(film, planned=planned)


async def _asked(
    film: FilmPlan, hosts: Mapping[str, Host], settings: Settings, note: Callable[[str], None]
) -> dict[str, float | None]:
    from storyforge.wire import Pace, Wire, secrets

    keys = credentials(hosts, settings)
    secrets.add(*(key for values in keys.values() for key in values.values()))
    prices: dict[str, float | None] = {}
    for name, host in hosts.items():
        wire = Wire(
            host.base_url, host.authorization(keys[name]), pace=Pace.of(settings.amount("poll_seconds")), note=note
        )
        async with wire:
            for one in film.waiting:
                if one.clip.provider == name:
                    # A price depends on how many pictures there are, not on what they show.
                    stand_ins = dict.fromkeys((*one.job.references, one.job.first_frame or ""), STAND_IN)
                    prices[one.clip.id] = await wire.talk(host.price(host.order(one.job, stand_ins)))
        told = sum(prices.get(one.clip.id) is not None for one in film.waiting if one.clip.provider == name)
        note(f"{host.title} tells its price for {told} clips" if told else f"{host.title} tells no price")
    return prices


@click.command()
@FILE
@click.argument("clip")
@click.option("--lost", is_flag=True, help="The host never took it: one new order is allowed.")
@click.option("--order", metavar="ID", help="The host took it, as this job.")
def resolve(file: Path, clip: str, lost: bool, order: str | None) -> int:
    """Settle an order of which nobody knows whether the host accepted it."""
    from storyforge.ledger import Ledger
    from storyforge.render import record_name
    from storyforge.store import Store, find_store

    if lost == bool(order):
        raise UsageError("an order is either lost or known", "give `--lost` or `--order ID`")
    store = Store(find_store(file))
    if not store.path("ledger.db").is_file():
        raise UsageError(f"nothing was ever ordered for {file.name}", "`storyforge plan` shows what is unresolved")
    with store.held(), contextlib.closing(Ledger(store.path("ledger.db"))) as ledger:
        undecided = ledger.undecided(record_name(file, store), clip)
        if not undecided:
            raise UsageError(f"`{clip}` has no unresolved order", "`storyforge plan` shows what is unresolved")
        if order:
            ledger.sent(undecided[0], order)
            click.echo(f"{clip}: attached to {order}; the next render collects it")
        else:
            ledger.ended(undecided[0], "failed", time.time(), "declared lost")
            click.echo(f"{clip}: declared lost; the next render may order it once more")
    if left := len(undecided) - 1:
        click.echo(f"{clip}: {left} more {'orders are' if left > 1 else 'order is'} unresolved")
    return 0


COMMANDS = (resolve,)
