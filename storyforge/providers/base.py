"""The contract of a provider: tables of facts, and pure functions that say requests."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from storyforge.model.capabilities import ALL_MODES, DESCRIPTIVE, Dialect, Limits, Mode, Prices
from storyforge.model.clip import Job
from storyforge.model.messages import Request

NO_PICTURES: Mapping[str, str] = {}


class Provider(ABC):
    """A host of the video model, or this machine's animatic. It never sends, sleeps, logs, retries or opens files."""

    name: str
    """As a storyboard writes it."""
    title: str
    """As its owner writes it."""
    model: str
    """What renders the clips, in the provider's words."""
    base_url: str
    """Where it is reached, with the version path."""
    settings: tuple[str, ...] = ()
    """Environment variables that hold its credentials; empty where it needs none."""
    dialect: Dialect = DESCRIPTIVE
    limits: Limits = Limits()
    modes: tuple[Mode, ...] = ALL_MODES
    prices: Prices | None = None
    """None where no price is public."""
    free_extra: frozenset[str] = frozenset()
    """Fields of an author's `extra` that cost nothing by the host's own page; any other may change the price."""
    draws_panels: bool = False
    """Renders from the shots themselves, so they are part of a job's slate."""

    def __init__(self, base_url: str | None = None) -> None:
        self.base_url = (base_url or self.base_url).rstrip("/")

    @property
    def base_url_setting(self) -> str:
        """Environment variable that redirects all its traffic."""
        return f"{self.name.upper()}_BASE_URL"

    @classmethod
    def estimate_usd(cls, resolution: str, seconds: int) -> float | None:
        """US dollars for a clip of so many seconds by the table of prices; None where no price is public."""
        # Rounded, for 0.14 × 3 is 0.42000000000000004, and prices are added, compared and printed.
        return round(cls.prices.usd[resolution] * seconds, 6) if cls.prices else None

    def price_job(self, job: Job) -> float | None:
        """US dollars for a job by the table of prices; None where no price is public, or `extra` may change it."""
        priced = self.free_extra.issuperset(job.extra)
        return self.estimate_usd(job.resolution, job.seconds) if priced else None

    def takes(self, job: Job) -> bool:
        """Whether the job can be ordered here: its mode, its shape and its resolution."""
        limits = self.limits
        return job.mode in self.modes and job.aspect in limits.aspects and job.resolution in limits.resolutions

    @abstractmethod
    def order(self, job: Job, pictures: Mapping[str, str] = NO_PICTURES) -> Request:
        """The request that orders a clip: the only one that costs money.

        `pictures` maps the tokens of the job's pictures to what the host is given (an address, an asset id); a token
        that is not in it goes into the request as it is. The job keeps to `modes` and `limits`, which the compiler has
        checked, and a mode that is not in the table is a KeyError here, never an order with half its pictures.
        """


def picture_address(pictures: Mapping[str, str], token: str | None) -> str | None:
    """What the host is given for a token."""
    return pictures.get(token, token) if token else None


def merge_extra(body: Mapping[str, Any], extra: Mapping[str, Any]) -> dict[str, Any]:
    """A request's body with the author's extra fields laid over it; mappings are merged, all else is replaced."""
    return {**body} | {
        key: merge_extra(body[key], value)
        if isinstance(value, Mapping) and isinstance(body.get(key), Mapping)
        else value
        for key, value in extra.items()
    }
