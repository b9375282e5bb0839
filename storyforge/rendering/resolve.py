"""Settles orders of which nobody knows whether their hosts accepted them."""

from __future__ import annotations

import time
from pathlib import Path

from storyforge.model.errors import UsageError
from storyforge.system.ledger import Ledger, has_ledger
from storyforge.system.project import Project

HINT = "`storyforge plan` shows what is unresolved"


def resolve_order(storyboard: Path, clip: str, job_id: str | None) -> int:
    """Settles the first unresolved order of a clip: the host took it as the job `job_id`, or never, where that is None.
    Returns how many orders of the clip are still unresolved. UsageError where none is."""
    project = Project(storyboard)
    store = project.store
    if not has_ledger(store):
        raise UsageError(f"nothing was ever ordered for {storyboard.name}", HINT)
    with store.hold(), Ledger.from_store(store) as ledger:
        undecided = ledger.find_undecided(project.record_name, clip)
        if not undecided:
            raise UsageError(f"`{clip}` has no unresolved order", HINT)
        if job_id:
            ledger.mark_sent(undecided[0], job_id)
        else:
            ledger.mark_ended(undecided[0], "failed", time.time(), "declared lost")
    return len(undecided) - 1
