"""The providers, one file each; `PROVIDERS` is the list."""

from __future__ import annotations

from collections.abc import Mapping

from storyforge.model.errors import UsageError
from storyforge.providers.base import Provider
from storyforge.providers.hiapi import HiApi
from storyforge.providers.joypix import JoyPix
from storyforge.providers.offline import Offline
from storyforge.providers.runware import Runware
from storyforge.providers.scenario import Scenario
from storyforge.providers.wavespeed import WaveSpeed

PROVIDERS: tuple[type[Provider], ...] = (Offline, Runware, WaveSpeed, Scenario, HiApi, JoyPix)


def find_kind(name: str) -> type[Provider] | None:
    """The class of a provider, which holds all facts of its tables; None if there is none of that name."""
    return next((kind for kind in PROVIDERS if kind.name == name), None)


def find_provider(name: str, environment: Mapping[str, str]) -> Provider | None:
    """The provider of that name, reached where the environment says; None if there is none."""
    kind = find_kind(name)
    if kind is None:
        return None
    provider = kind()
    address = environment.get(provider.base_url_setting, "").strip()
    # The animatic is reached nowhere, so there is nothing to redirect.
    if not address or not kind.base_url.startswith("https:"):
        return provider
    return kind(_checked(address, provider.base_url_setting))


def _checked(address: str, setting: str) -> str:
    """A base address that paths can be added to. What is refused is not repeated: it may hold a password."""
    import httpx

    try:
        url = httpx.URL(address)
    except httpx.InvalidURL:
        url = httpx.URL()
    if url.scheme not in ("http", "https") or not url.host or url.userinfo or "?" in address or "#" in address:
        raise UsageError(
            f"`{setting}` is not a base address",
            "write `http://` or `https://`, a host and a path, without user, query or fragment",
        )
    return str(url)


def is_free(provider: str) -> bool:
    """Whether a provider draws here, for nothing; False if there is none of that name."""
    kind = find_kind(provider)
    return kind is not None and kind.draws_panels
