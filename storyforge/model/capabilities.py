"""How a provider's prompt points at the n-th reference, what fits in one clip, and what that costs: all data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Mode = Literal["text-to-video", "image-to-video", "reference-to-video", "combined"]
ALL_MODES: tuple[Mode, ...] = ("text-to-video", "image-to-video", "reference-to-video", "combined")
EITHER_MODES: tuple[Mode, ...] = ("text-to-video", "image-to-video", "reference-to-video")
"""Of a host that takes a first frame or references, never both in one clip."""

COMMON_ASPECTS = ("16:9", "9:16", "1:1", "4:3", "3:4")
ALL_ASPECTS = (*COMMON_ASPECTS, "4:5", "5:4", "9:21", "21:9")

MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Dialect:
    """Words that a model binds to pictures; the words themselves stand in `templates/dialects/NAME.jinja`."""

    name: str


CHARACTER_N = Dialect("character_n")
"""`character1`."""
IMAGE_N = Dialect("image_n")
"""`[Image 1]`."""
DESCRIPTIVE = Dialect("descriptive")
"""`the lighthouse keeper from the first reference image`."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one clip may be on a provider. Only what the compiler itself needs."""

    # The defaults are what HappyHorse takes, the model that all hosts here run; a host's table names where it differs.
    min_seconds: int = 3
    """Shortest clip, and the least that is billed."""
    max_seconds: int = 15
    """Longest clip."""
    max_references: int = 9
    """Pictures that bind characters and the scene in one clip."""
    max_characters: int = 2500
    """Length of a prompt, in characters, as the provider counts it."""
    speech_seconds: int = 11
    """Clips shorter than this tend to cut lines off in the middle of a sentence: advice, not a limit."""
    aspects: tuple[str, ...] = COMMON_ASPECTS
    resolutions: tuple[str, ...] = ("720p", "1080p")
    takes_seed: bool = True
    reference_side: int = 400
    """Least short side of a reference, in pixels."""
    frame_side: int = 300
    """Least short side of a first frame, in pixels."""
    picture_bytes: int | None = None
    """Largest picture; None where there is no limit."""
    frame_ratio: float | None = None
    """A first frame is at most so many times as long as it is short; None where nothing is said."""
    own_ids: str | None = None
    """Prefix of the provider's own picture ids in a storyboard (`asset`, `uuid`); None where it has none."""


@dataclass(frozen=True, slots=True)
class Prices:
    """US dollars a billed second, by resolution, with where and when that was read."""

    usd: Mapping[str, float]
    source: str
    date: str
