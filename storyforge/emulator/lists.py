"""What the faults of lists do to a host's list of jobs: where pages are cut, and the keys that are renamed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from storyforge.emulator.refusals import FaultRefusal

CUTS = ("list-cut", "list-lost-page", "list-repeated-page")
"""While one of them strikes a page holds one job, so that a short list has pages to lose."""

ENTRIES = {"items": "results", "jobs": "entries", "tasks": "records", "data": "results"}
"""Where a list holds its jobs, and the key that `renamed-list` puts in its place."""
PARTS = {
    "id": "predictionId", "input": "request", "created_at": "createdAt", "jobId": "id", "metadata": "details",
    "createdAt": "created", "taskId": "id", "created": "createTime", "taskUUID": "id", "response": "answer",
}  # fmt: skip
"""What a job of a list holds, and the keys that `renamed-jobs` puts in their places."""


def refuse_list(struck: str | None) -> None:
    """Raise what a fault answers in place of a list."""
    match struck:
        case "list-500":
            raise FaultRefusal("internal", "something went wrong")
        case "list-403":
            raise FaultRefusal("forbidden", "this key may not list jobs")
        case "list-page":
            raise FaultRefusal("page", "")


def limit_page(struck: str | None, size: int) -> int:
    """How many jobs a page holds where `size` were asked for."""
    return 1 if struck in CUTS else size


def take_page(struck: str | None, found: Sequence[Any], start: int, size: int) -> list[Any]:
    """A page of a list from the job at `start`, whole or as a fault cuts it; FaultRefusal where there is none."""
    if struck == "empty-list":
        return []
    if start and struck == "list-cut":
        raise FaultRefusal("internal", "something went wrong")
    if start and struck == "list-lost-page":
        return []
    return list(found[:size] if struck == "list-repeated-page" else found[start : start + size])


def rename_keys(struck: str | None, answer: Mapping[str, Any], where: str) -> dict[str, Any]:
    """An answer with its list at `where`, in the host's shape or in another."""
    if struck == "renamed-list":
        return {ENTRIES[name] if name == where else name: value for name, value in answer.items()}
    if struck == "renamed-jobs":
        jobs = [{PARTS.get(name, name): value for name, value in job.items()} for job in answer[where]]
        return {**answer, where: jobs}
    return dict(answer)
