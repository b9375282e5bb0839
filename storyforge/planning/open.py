"""A storyboard compiled under the settings that stand around it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from storyforge.compiler.compile import Compilation
    from storyforge.system.settings import Settings
    from storyforge.system.store import Store


CHEAPEST = "cheapest"
"""Asks for the cheapest host clip by clip, in the place of a provider's name."""


def open_storyboard(
    file: Path,
    provider: str | None,
    environment: Mapping[str, str] | None = None,
    repack: bool = False,
    texts: Mapping[str, str] | None = None,
    reword: bool = False,
) -> Compilation:
    """The storyboard compiled under the settings that stand around it, in the process's environment or another;
    UsageError for a provider that is none. `repack` packs as if there were no lock, `texts` are read in the place of
    what files hold, and with `reword` takes that an older release worded do not count."""
    from storyforge.compiler.compile import Compiled
    from storyforge.planning.choice import with_rewording

    made = _open(file, provider, environment, repack, texts)
    return with_rewording(made) if reword and isinstance(made, Compiled) else made


def _open(
    file: Path,
    provider: str | None,
    environment: Mapping[str, str] | None,
    repack: bool,
    texts: Mapping[str, str] | None,
) -> Compilation:
    from storyforge.compiler.compile import Compiled, compile_loaded, load_file
    from storyforge.system.ffmpeg import choose_ffmpeg
    from storyforge.system.project import Project

    project = Project(file, environment)
    settings = project.settings
    if environment is None:  # else it is opened to be compared with another
        choose_ffmpeg(lambda: settings.text("ffmpeg"))
    asked = provider or settings.environment.get("STORYFORGE_PROVIDER") or None
    default = settings.text("provider") or "offline"
    if asked == CHEAPEST:
        from storyforge.compiler.cheapest import choose_cheapest

        hosts = _list_open(_priced(settings), project.store)
        loaded = load_file(project, texts)
        choice = choose_cheapest(loaded, hosts, settings.environment)
        chosen, seen = choice.providers, choice.pictures
        board = compile_loaded(loaded, None, settings.environment, hosts[0], chosen, repack, seen)
        if isinstance(board, Compiled):
            board = replace(board, offers=choice.offers_for(board))
        return board
    # Of a flag or a setting it is an error of usage; a name in the storyboard gets a finding with its line instead.
    for name in (asked, default):
        if name:
            check_provider(name)
    return compile_loaded(load_file(project, texts), asked, settings.environment, default, repack=repack)


def _priced(settings: Settings) -> list[str]:
    """Hosts that publish a price and have their keys here; CredentialsError where there is none."""
    from storyforge.model.errors import CredentialsError
    from storyforge.providers import PROVIDERS
    from storyforge.system.credentials import find_key

    priced = [kind for kind in PROVIDERS if kind.settings and kind.prices]
    hosts = [kind.name for kind in priced if all(find_key(name, settings) for name in kind.settings)]
    if not hosts:
        names = ", ".join(name for kind in priced for name in kind.settings)
        raise CredentialsError("no host that publishes a price has its key here", f"set one of {names}")
    return hosts


def _list_open(hosts: list[str], store: Store) -> list[str]:
    """The hosts but those whose last answer was that the key is not taken, or that there is no money; all where there
    would be none."""
    from storyforge.planning.orders import Orders

    with Orders(store) as orders:
        shut = orders.find_shut()
    return [name for name in hosts if name not in shut] or hosts


def check_provider(name: str) -> None:
    """UsageError, with the nearest name as a hint, if no provider is called so and it is not `cheapest`."""
    from storyforge.model.errors import UsageError
    from storyforge.model.spelling import nearest
    from storyforge.providers import PROVIDERS

    names = [*(provider.name for provider in PROVIDERS), CHEAPEST]
    if name not in names:
        near = nearest(name, names)
        meant = f"did you mean `{near}`? " if near else ""
        raise UsageError(f"no provider is called `{name}`", f"{meant}known are {', '.join(names)}")
