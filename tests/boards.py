"""Storyboards for tests, written as an author would."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from storyforge.compiler.pack import Cutter
from storyforge.compiler.partition import Paid
from storyforge.model.clip import Clip, Picture
from storyforge.model.storyboard import Shot, Storyboard
from storyforge.providers import find_provider
from storyforge.providers.base import Provider


def board(*shots: dict[str, Any], **top: Any) -> Storyboard:
    """A storyboard of these shots; `scene` and `action` are filled in, and so are the scenes."""
    filled = [{"scene": "room", "action": "Rain falls.", **shot} for shot in shots]
    scenes = {shot["scene"]: {} for shot in filled} | top.pop("scenes", {})
    return Storyboard.model_validate(
        {"storyforge": 1, "title": "A Test", "scenes": scenes, "shots": filled, **top}, context={}
    )


def picture_of(source: str) -> Picture:
    """A picture as if it were on disk: its sha256 is made of its name."""
    return Picture(source, source.encode().hex().ljust(64, "0")[:64])


def provider(name: str = "offline") -> Provider:
    found = find_provider(name, {})
    assert found is not None
    return found


def everywhere(name: str = "offline"):
    """A `provider_of` that sends every shot to one provider."""
    found = provider(name)

    def provider_of(shot: Shot) -> Provider:
        return found

    return provider_of


def pack_shots(
    made: Storyboard,
    provider_of: Callable[[Shot], Provider],
    picture_of: Callable[[str], Picture],
    length_of: Callable[[Clip], int],
    paid: Paid | None = None,
) -> list[Clip]:
    """The clips of a storyboard."""
    return Cutter(made, provider_of, picture_of).clips(length_of, paid)
