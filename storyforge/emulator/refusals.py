"""Requests that are not done, before a host has put that in its own words."""

from __future__ import annotations

from typing import Literal

Kind = Literal[
    "unknown", "missing", "invalid", "clash", "unfetchable", "key", "credit", "forbidden", "absent", "rate",
    "unavailable", "internal", "moderation", "conflict", "in-flight", "mismatch", "accept", "length",
    "media-type", "drop", "page", "huge",
]  # fmt: skip

STATUS: dict[Kind, int] = {
    "key": 401, "credit": 402, "forbidden": 403, "absent": 404, "accept": 406, "in-flight": 409,
    "length": 411, "media-type": 415, "mismatch": 422,
    "rate": 429, "internal": 500, "unavailable": 503,
}  # fmt: skip
"""HTTP status of a refusal; 400 where none is named."""


class Refusal(Exception):
    """A request that is not done, before a host has put it in its own words."""

    def __init__(self, kind: Kind, message: str, name: str | None = None, retry_after: str | None = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.name = name
        self.retry_after = retry_after

    @property
    def status(self) -> int:
        """The HTTP status of its kind; 400 for a kind that has none of its own."""
        return STATUS.get(self.kind, 400)

    @property
    def headers(self) -> dict[str, str]:
        """`Retry-After`, if the refusal says when to come again."""
        return {"Retry-After": self.retry_after} if self.retry_after else {}


class FaultRefusal(Refusal):
    """A fault's refusal: it ends the whole request, whatever else the request holds."""
