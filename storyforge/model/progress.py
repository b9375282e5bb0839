"""Who is told how a long piece of work goes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class Progress(Protocol):
    """Who is told how a render goes. Steps are named as a person names them: a clip's id, `film`."""

    def begin(self, steps: Mapping[str, int]) -> None:
        """The steps to come, each with its share of the work."""

    def started(self, step: str, doing: str) -> None: ...

    def moved(self, step: str, share: float) -> None: ...

    def ended(self, step: str, done: str) -> None: ...

    def failed(self, step: str, message: str) -> None: ...
