"""Progress of a long piece of work, as events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Work:
    """A step of the work, as `Progress.begin` announces it."""

    name: str
    """As a person reads it: a clip's id, `film`, `take 1f3a9c27 of boat`. Two steps may have the same name."""
    weight: int
    """Its share of the work, in a unit of the caller's; 0 where it takes no time."""


class Progress(Protocol):
    """Receives the events of a piece of work. Every event names its step by the id under which `begin` announced it.

    The ids of a render are `take FINGERPRINT`, `piece CLIP` and `film`; those of a push or pull are names of objects,
    as `takes/SHA256.mp4`.
    """

    def begin(self, steps: Mapping[str, Work]) -> None:
        """Announces steps by their ids, before any other event of theirs. A further call adds steps."""

    def start(self, step: str, doing: str) -> None:
        """A step has begun; `doing` says with what, as `rendering`."""

    def advance(self, step: str, share: float) -> None:
        """`share` of a step is done, from 0 to 1."""

    def finish(self, step: str, done: str) -> None:
        """A step is done; `done` says what was, as `rendered`."""

    def fail(self, step: str, message: str) -> None:
        """A step failed, and `message` says why."""


class Silent:
    """A `Progress` that ignores all events."""

    def begin(self, steps: Mapping[str, Work]) -> None:
        """Ignores the announced steps."""

    def start(self, step: str, doing: str) -> None:
        """Ignores that a step has begun."""

    def advance(self, step: str, share: float) -> None:
        """Ignores how far a step is."""

    def finish(self, step: str, done: str) -> None:
        """Ignores that a step is done."""

    def fail(self, step: str, message: str) -> None:
        """Ignores that a step failed."""
