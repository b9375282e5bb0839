"""What a run at hosts may do, and what it has to know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from storyforge.rendering.budget import Budget
    from storyforge.rendering.publish import Publisher


@dataclass
class Terms:
    """What a run may do, and what it has to know."""

    film: str
    """The storyboard's name in the store."""
    run: int | None = None
    """The run's row in the ledger."""
    deadline: float = 3600.0
    """Seconds that one run waits for one job."""
    retry: bool = False
    """Whether what was refused is sent again."""
    at_once: Mapping[str, int] = field(default_factory=dict)
    per_minute: Mapping[str, int] = field(default_factory=dict)
    """Limits of hosts by name, over those of their tables."""
    prices: Mapping[str, float | None] = field(default_factory=dict)
    """What the plan says that jobs cost, in US dollars, by fingerprint. The table has the price of any other job."""
    callbacks: Mapping[str, str] = field(default_factory=dict)
    """Addresses that hosts call when a job ends, by host."""
    publisher: Publisher | None = None
    wanted: frozenset[str] | None = None
    """Fingerprints of all slates that the film wants; None where that is not known."""
    answers: Path | None = None
    """Folder in which answers are kept that could not be read; None keeps none."""
    slates: frozenset[str] | None = None
    """Fingerprints of what may be ordered; None where all may."""
    budget: Budget | None = None
    """Limits that every order is held to at the moment when it is written down; None where there are none."""
