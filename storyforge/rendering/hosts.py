"""The hosts that a run needs: keys, limits, publisher, and the coroutine that renders a job."""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from storyforge.model.errors import CredentialsError, UsageError
from storyforge.system.credentials import find_key

if TYPE_CHECKING:
    from storyforge.compiler.compile import Compiled
    from storyforge.compiler.jobs import Planned
    from storyforge.model.clip import Job
    from storyforge.model.diagnostics import Diagnostic
    from storyforge.planning.film_plan import FilmPlan
    from storyforge.providers.host import Host
    from storyforge.rendering.dispatcher import Dispatcher
    from storyforge.rendering.executor import Execute
    from storyforge.rendering.terms import Terms
    from storyforge.system.ledger import Ledger
    from storyforge.system.project import Project
    from storyforge.system.settings import Settings


def find_hosts(planned: tuple[Planned, ...], settings: Settings) -> dict[str, Host]:
    """The hosts that some clips are rendered by, by name; UsageError where the project's files redirect hosts and the
    user has not allowed that."""
    from storyforge.providers import find_provider
    from storyforge.providers.host import Host

    names = dict.fromkeys(one.clip.provider for one in planned)
    found = {name: find_provider(name, settings.environment) for name in names}
    hosts = {name: host for name, host in found.items() if isinstance(host, Host)}
    if hosts:
        settings.require_trust("*_BASE_URL")
    return hosts


def with_retries(film_plan: FilmPlan) -> FilmPlan:
    """The plan in which clips that `--retry` orders again are to be rendered: their cost is counted and confirmed."""
    from storyforge.compiler.jobs import as_today
    from storyforge.planning.orders import is_retried

    def again(ones: Sequence[Planned]) -> tuple[Planned, ...]:
        return tuple(replace(as_today(one), state="render") if is_retried(one) else one for one in ones)

    return replace(film_plan, planned=again(film_plan.planned), further=again(film_plan.further))


def credentials(hosts: Mapping[str, Host], settings: Settings) -> dict[str, dict[str, str]]:
    """The keys of the hosts, from the environment or the keyring; CredentialsError naming all that are missing."""
    found = {name: {setting: find_key(setting, settings) for setting in host.settings} for name, host in hosts.items()}
    lacking = [setting for keys in found.values() for setting, key in keys.items() if not key]
    if lacking:
        raise CredentialsError(
            f"{' and '.join(f'`{name}`' for name in lacking)} not set",
            "put it into the environment or into `.env`; nothing was sent",
        )
    return {name: {setting: key or "" for setting, key in keys.items()} for name, keys in found.items()}


def find_unpublished(compiled: Compiled, needed: tuple[Planned, ...]) -> list[Diagnostic]:
    """Errors for pictures that a host takes by address alone while nothing publishes them."""
    from storyforge.model.diagnostics import Diagnostic, locate_findings

    settings = compiled.project.settings
    hosts = {name: host for name, host in find_hosts(needed, settings).items() if host.pictures == "address"}
    if not hosts or settings.table("publish"):
        return []
    found = []
    for one in needed:
        host = hosts.get(one.clip.provider)
        if host and one.state == "render" and _brings_pictures(one):
            found.append(
                Diagnostic(
                    "needs-publisher",
                    "error",
                    f"{host.title} takes pictures by address alone, and clip `{one.clip.id}` brings its own",
                    "set up `[publish]` in storyforge.toml, or name the pictures by https addresses",
                    path=(
                        "shots",
                        [shot.id for shot in compiled.storyboard.shots or ()].index(one.clip.shots[0].id),
                    ),
                )
            )
    return locate_findings(found, compiled.source)


def _brings_pictures(one: Planned) -> bool:
    # A picture that has an address already has that for its token.
    tokens = (*one.job.references, one.job.first_frame or "")
    return any(token.startswith(("sf:sha256:", "sf:last-frame:")) for token in tokens)


@contextlib.asynccontextmanager
async def rendering(
    hosts: Mapping[str, Host],
    settings: Settings,
    open_ledger: Callable[[], Ledger],
    terms: Terms,
    note: Callable[[str], None],
    webhook: str | None,
) -> AsyncIterator[tuple[Execute, Callable[[str], None]]]:
    """What renders a job, here or at its host, and what is called when a take is safe. `open_ledger` gives the ledger
    of the orders, and is called only if there is a host; the caller closes that ledger."""
    from storyforge.rendering.executor import draw_offline

    if not hosts:
        yield draw_offline, lambda fingerprint: None
        return
    from storyforge.rendering.dispatcher import Dispatcher
    from storyforge.rendering.webhooks import callback_addresses, receiving
    from storyforge.system.client import Client, Pace
    from storyforge.system.secrets import secrets

    keys = credentials(hosts, settings)
    # Before the first request: an error may repeat a key in its text.
    secrets.add(*(key for values in keys.values() for key in values.values()))
    pace = Pace.from_seconds(settings.amount("poll_seconds"))

    def open_wire(host: Host) -> Client:
        return Client(host.base_url, host.authorization(keys[host.name]), pace=pace, note=note)

    async with contextlib.AsyncExitStack() as stack:
        addresses = callback_addresses(webhook, hosts) if webhook else {}
        told = replace(terms, callbacks=addresses)
        ledger = open_ledger()
        if terms.budget:
            # Left last: once the hosts are closed, the ledger says how each order came out, also after Ctrl-C.
            stack.callback(lambda budget: budget.close(ledger, time.time()), terms.budget)
        crew = await stack.enter_async_context(Dispatcher(ledger, told, note, open_wire=open_wire))
        if webhook:
            await stack.enter_async_context(receiving(webhook, addresses, hosts, settings, crew.wake))
        yield _executing(crew, hosts), crew.mark_done


def _executing(dispatcher: Dispatcher, hosts: Mapping[str, Host]) -> Execute:
    from storyforge.rendering.executor import draw_offline

    async def execute(
        job: Job, pictures: Mapping[str, Path], out: Path, progress: Callable[[float], None]
    ) -> tuple[str, ...]:
        host = hosts.get(job.provider)
        if host is None:
            return await draw_offline(job, pictures, out, progress)
        await dispatcher.render(job, host, pictures, out, progress)
        return ()

    return execute


def make_terms(project: Project, deadline: float | None, retry: bool, publishing: bool = True) -> Terms:
    """What a run is allowed, from flags and settings. `publishing` says whether a host takes pictures by address."""
    from storyforge.providers import PROVIDERS
    from storyforge.rendering.publish import find_publisher
    from storyforge.rendering.terms import Terms

    settings = project.settings
    limits = settings.table("limits")
    known = {kind.name for kind in PROVIDERS}
    if unknown := [name for name in limits if name not in known]:
        raise UsageError(f"`limits.{unknown[0]}` is no provider", f"known are {', '.join(sorted(known))}")
    return Terms(
        film=project.record_name,
        deadline=settings.amount("deadline_seconds", deadline) or 3600.0,
        retry=retry,
        at_once={name: _whole(settings, name, "at_once") for name, table in limits.items() if "at_once" in table},
        per_minute={
            name: _whole(settings, name, "per_minute") for name, table in limits.items() if "per_minute" in table
        },
        publisher=find_publisher(settings, project.root) if publishing else None,
    )


def _whole(settings: Settings, host: str, name: str) -> int:
    amount = settings.amount(f"limits.{host}.{name}")
    if amount is None or amount < 1 or amount != int(amount):
        raise UsageError(f"`limits.{host}.{name}` is no whole number from 1", "give a whole number")
    return int(amount)
