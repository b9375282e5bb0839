"""Settles orders by a person's word: those that a host may or may not have, and those whose jobs never end."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from storyforge.model.errors import UsageError
from storyforge.system.ledger import Ledger, has_ledger
from storyforge.system.project import Project

HINT = "`storyforge plan` shows what is unresolved"
UNDER_WAY = "`storyforge plan` shows what is attached"


def resolve_order(storyboard: Path, clip: str, job_id: str | None) -> int:
    """Settles the first unresolved order of a clip: the host took it as the job `job_id`, or never, where that is None.
    Returns how many orders of the clip are still unresolved. UsageError where none is."""
    with _open_ledger(storyboard) as (ledger, film):
        undecided = ledger.find_undecided(film, clip)
        if not undecided:
            raise UsageError(f"`{clip}` has no unresolved order", HINT)
        if job_id:
            ledger.mark_sent(undecided[0], job_id)
        else:
            ledger.mark_ended(undecided[0], "failed", time.time(), "declared lost")
    return len(undecided) - 1


def give_up_order(storyboard: Path, clip: str) -> tuple[str, int]:
    """Ends the wait for the first job of a clip that its host took and that did not end; it may be billed, so counts.
    Returns the job's id, and how many jobs of the clip are still waited for. UsageError where none is."""
    with _open_ledger(storyboard) as (ledger, film):
        accepted = ledger.find_accepted(film, clip)
        if not accepted:
            raise UsageError(f"`{clip}` has no job under way", UNDER_WAY)
        ledger.mark_ended(accepted[0], "given-up", time.time(), accepted[0].message)
    return accepted[0].job_id or "", len(accepted) - 1


@contextmanager
def _open_ledger(storyboard: Path) -> Iterator[tuple[Ledger, str]]:
    """The ledger of a storyboard's store, held, and the storyboard's name in it. UsageError where there is none."""
    project = Project(storyboard)
    if not has_ledger(project.store):
        raise UsageError(f"nothing was ever ordered for {storyboard.name}", HINT)
    # Held, as a run that is under way may be finding out the very same.
    with project.store.hold(), Ledger.from_store(project.store) as ledger:
        yield ledger, project.record_name
