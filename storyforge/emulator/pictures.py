"""Pictures as hosts get them: fetched, measured, kept."""

from __future__ import annotations

import base64
import binascii
import io
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

import httpx

from storyforge.emulator.checks import is_loopback, is_web
from storyforge.emulator.films import Links
from storyforge.emulator.jobs import Store
from storyforge.emulator.refusals import Refusal


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that a host has seen."""

    sha256: str
    width: int
    height: int
    size: int
    form: str


@dataclass(frozen=True, slots=True)
class PictureLimits:
    """What a host takes as a picture: shortest side in pixels, bytes at the most, and forms as Pillow names them."""

    shortest: int = 1
    heaviest: int = 10_000_000
    forms: tuple[str, ...] = ("JPEG", "PNG", "WEBP", "BMP")
    widest: float | None = None
    """Largest ratio of the longer to the shorter side."""


def look_at(content: bytes, name: str, store: Store) -> Picture:
    """Measure a picture and keep it; refuses what is none."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(content)) as image:
            width, height = image.size
            form = image.format or ""
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError):
        raise Refusal("unfetchable", f"what `{name}` leads to is not a picture", name) from None
    return Picture(store.keep(content), width, height, len(content), form)


def check(picture: Picture, name: str, limits: PictureLimits) -> None:
    """Refuse what a host's page rules out."""
    short, long = sorted((picture.width, picture.height))
    if short < limits.shortest:
        raise Refusal("invalid", f"a picture of `{name}` has a side under {limits.shortest} pixels", name)
    if picture.size > limits.heaviest:
        raise Refusal("invalid", f"a picture of `{name}` is larger than {limits.heaviest // 1_000_000} MB", name)
    if picture.form not in limits.forms:
        raise Refusal("invalid", f"a picture of `{name}` is {picture.form}, not one of {', '.join(limits.forms)}", name)
    if limits.widest and long / short > limits.widest:
        raise Refusal("invalid", f"a picture of `{name}` is longer than 1:{limits.widest:g}", name)


async def fetch(given: str, name: str, forms: tuple[str, ...], links: Links, store: Store) -> bytes | None:
    """The bytes of a picture in one of the forms; None for an address beyond this machine."""
    if is_web(given):
        if "url" not in forms:
            raise Refusal("invalid", f"`{name}` takes no addresses", name)
        return await fetch_address(given, name, links, store)
    if given.startswith("data:"):
        if "data" not in forms:
            raise Refusal("invalid", f"`{name}` takes no data URIs", name)
        return _data_uri(given, name)
    # Last, since base64 has no sign of its own: nearly any word may be it.
    if "base64" in forms:
        with suppress(binascii.Error, ValueError):
            return base64.b64decode(given, validate=True)
    raise Refusal("unfetchable" if "upload" in forms else "invalid", f"a picture of `{name}` is not known", name)


async def fetch_address(address: str, name: str, links: Links, store: Store) -> bytes | None:
    """The bytes at an address of this machine; refuses one that answers with none."""
    if not is_loopback(address):
        return None
    path = links.own_path(address)
    # From the disk, since a server need not ask itself.
    if path and path.startswith("/files/upload/"):
        stored = store.bytes_path(path.rpartition("/")[2].partition(".")[0])
        if stored.exists():
            return stored.read_bytes()
    try:
        # No proxy of the environment is asked for what is on this machine.
        async with httpx.AsyncClient(timeout=10, trust_env=False, follow_redirects=True, max_redirects=5) as client:
            answer = await client.get(address)
    except httpx.HTTPError:
        raise Refusal("unfetchable", f"`{address}` cannot be fetched", name) from None
    if answer.status_code != 200:
        raise Refusal("unfetchable", f"`{address}` answers {answer.status_code}", name)
    return answer.content


def visible_pictures(pictures: Iterable[Picture | None]) -> list[str]:
    """Those that can be shown in a film."""
    return [picture.sha256 for picture in pictures if picture]


def _data_uri(given: str, name: str) -> bytes:
    head, comma, tail = given.partition(",")
    if not comma or not head.startswith("data:image/") or not head.endswith(";base64"):
        raise Refusal("invalid", f"a data URI of `{name}` is not a picture in base64", name)
    try:
        return base64.b64decode(tail, validate=True)
    except (binascii.Error, ValueError):
        raise Refusal("invalid", f"a data URI of `{name}` is not base64", name) from None
