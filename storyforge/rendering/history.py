"""The row that a run leaves in the ledger, for `spend` to report."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from storyforge.compiler.jobs import Planned, total_usd
from storyforge.planning.film_plan import FilmPlan
from storyforge.system.ledger import Ledger, LedgerError, Outcome
from storyforge.system.store import Store
from storyforge.version import __version__


@dataclass
class Recording:
    """A run while it goes on."""

    store: Store
    run: int | None = None
    """Its row in the ledger, if it has one."""
    outcome: Outcome = "failed"
    """`failed` until the run is known to have ended otherwise."""
    _ledger: Ledger | None = None

    def open_ledger(self) -> Ledger:
        """The ledger of the run's store for writing, opened at the first call. Raises LedgerError."""
        self._ledger = self._ledger or Ledger.from_store(self.store)
        return self._ledger

    def close(self) -> None:
        """Closes the ledger, if it was opened."""
        if self._ledger:
            self._ledger.close()


@contextlib.contextmanager
def record_run(film_plan: FilmPlan, needed: Sequence[Planned], note: Callable[[str], None]) -> Iterator[Recording]:
    """Keeps a row of a render while it goes on, and of how it ended; none if it needs no clip.

    A history that cannot be written is noted, and stops no film: orders have rows of their own, and rules of their own.
    """
    project, store = film_plan.project, film_plan.project.store
    recording = Recording(store)
    if not needed:
        yield recording
        return
    reused = len(film_plan.planned) - len(film_plan.missing)
    usd = total_usd([one for one in needed if one.state == "render"])
    names = project.record_name, project.film_name
    with contextlib.closing(recording):
        with _noted(note):
            recording.run = recording.open_ledger().begin_run(*names, __version__, reused, usd, time.time())
        try:
            yield recording
        except KeyboardInterrupt:
            recording.outcome = "interrupted"
            raise
        finally:
            if recording.run is not None:
                # By what is in the store: a run that was stopped or broke down has no outcome to count.
                rendered = {one.job.fingerprint for one in needed if store.find_take(one.job.fingerprint)}
                with _noted(note):
                    recording.open_ledger().end_run(recording.run, recording.outcome, len(rendered), time.time())


@contextlib.contextmanager
def _noted(note: Callable[[str], None]) -> Iterator[None]:
    try:
        yield
    except LedgerError as fault:
        note(f"this run is not in the history: {fault}")
