"""Where the pictures of an order lie: brought to a host once for each content, and remembered while they stay there."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from storyforge.model.errors import UsageError
from storyforge.model.messages import Placed
from storyforge.providers.host import Host
from storyforge.rendering.verdicts import say_refused
from storyforge.system.client import Client
from storyforge.system.files import file_sha256
from storyforge.system.ledger import Ledger
from storyforge.system.secrets import redact

if TYPE_CHECKING:
    from storyforge.rendering.publish import Publisher

SHUT_REASONS = ("credentials", "credit")
"""Reasons for which a host takes nothing of an account, whatever is sent."""

Place = tuple[str, str]
"""Who keeps a picture (host, base address and account), and its sha256."""


@dataclass(slots=True)
class Uploads:
    """The pictures of one run."""

    ledger: Ledger
    publisher: Publisher | None
    now: Callable[[], float]
    renew: bool = False
    """Whether what earlier runs brought to a host is brought once more."""
    _here: dict[Place, str] = field(default_factory=dict)
    """Addresses of what this run brought there."""
    _locks: dict[Place, asyncio.Lock] = field(default_factory=dict)

    async def find_addresses(self, given: Mapping[str, Path], host: Host, client: Client) -> dict[str, str]:
        """The addresses of local pictures in an order, by their tokens. Raises UsageError where nobody publishes them,
        and how a host refuses them."""
        return {token: await self._find_address(path, host, client) for token, path in sorted(given.items())}

    def forget(self, given: Mapping[str, Path], host: Host, client: Client) -> bool:
        """Forgets where pictures lie that an earlier run brought there; whether there are any."""
        places = [_find_place(path, host, client) for path in given.values()]
        old = [place for place in places if place not in self._here and self.ledger.find_upload(*place, self.now())]
        for place in old:
            self.ledger.forget_upload(*place)
        return bool(old)

    async def _find_address(self, path: Path, host: Host, client: Client) -> str:
        place = _find_place(path, host, client)
        # Two clips of one run may want the same picture at once; the second waits for the first.
        async with self._locks.setdefault(place, asyncio.Lock()):
            remembered = None if self.renew else self.ledger.find_upload(*place, self.now())
            return self._here.get(place) or remembered or await self._bring(path, place, host, client)

    async def _bring(self, path: Path, place: Place, host: Host, client: Client) -> str:
        from storyforge.rendering.publish import prepare_picture

        upload = await asyncio.to_thread(prepare_picture, path)
        if host.pictures == "address":
            if self.publisher is None:
                raise UsageError(
                    f"{host.title} takes pictures by address alone, and nothing publishes them",
                    "set up `[publish]` in storyforge.toml",
                )
            return (await asyncio.to_thread(self.publisher.publish, upload)).address
        if len(upload.content) <= host.inline_bytes:
            return f"data:{upload.media_type};base64,{base64.b64encode(upload.content).decode()}"
        placed = await client.talk(host.upload(upload))
        if not isinstance(placed, Placed):
            if placed.reason in SHUT_REASONS:
                self.ledger.mark_shut(host.name, placed.reason, self.now(), client.emulated)
            raise say_refused(host, placed)
        self._here[place] = placed.address
        # Who holds a signed address needs no key, so it is kept for this run alone, and in no file.
        if redact(placed.address) == placed.address:
            self.ledger.place(*place, placed, self.now())
        return placed.address


def _find_place(path: Path, host: Host, client: Client) -> Place:
    return f"{host.name} {host.base_url} {client.account}", file_sha256(path)
