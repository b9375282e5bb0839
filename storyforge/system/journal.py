"""What a user ordered lately, over all of their projects, so that a budget of theirs holds for all of them together.

One SQLite file in the user's data folder holds a copy of each project's latest orders: their day and their price. A
project's own ledger is what counts for that project; it is copied here whenever that project orders something.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from storyforge.model.errors import StoryForgeError
from storyforge.system.files import make_folder

WAIT = 30.0
"""Seconds that one project waits for another that is writing."""

TABLE = "create table if not exists orders (store text not null, number integer, sent_at real not null, usd real)"


class JournalError(StoryForgeError):
    """The journal cannot be read or written."""


class Journal:
    """The journal of a user; JournalError where its file cannot be read or written."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @classmethod
    def find(cls) -> Journal:
        """The journal of the user of this process."""
        from platformdirs import user_data_path

        return cls(user_data_path("storyforge") / "orders.db")

    @contextmanager
    def hold(self) -> Iterator[Held]:
        """Holds the journal for one project at a time; what the block wrote is kept if it ends well."""
        try:
            make_folder(self._path.parent)
            base = sqlite3.connect(self._path, timeout=WAIT, isolation_level=None)
        except (OSError, sqlite3.Error) as fault:
            raise self._error(fault) from None
        try:
            base.execute(TABLE)
            # For writing from the start: two projects that both read first would both find room in the budget.
            base.execute("begin immediate")
            yield Held(base)
            base.execute("commit")
        except sqlite3.Error as fault:
            raise self._error(fault) from None
        finally:
            base.close()  # what is not committed is taken back

    def _error(self, fault: Exception) -> JournalError:
        return JournalError(
            f"what you ordered in other projects cannot be read: {fault}", f"see to `{self._path}`, or remove it"
        )


class Held:
    """The journal while one project holds it."""

    def __init__(self, base: sqlite3.Connection) -> None:
        self._base = base

    def sum_others(self, store: Path, since: float) -> float:
        """US dollars that other projects than that of a store ordered since a time, in seconds of the epoch."""
        asked = "select coalesce(sum(usd), 0) from orders where store <> ? and sent_at >= ?"
        (row,) = self._base.execute(asked, (str(store), since))
        return float(row[0])

    def copy_orders(self, store: Path, orders: Iterable[tuple[int, float, float | None]]) -> None:
        """Puts a store's latest orders (row, time, US dollars) in the place of those that were copied before."""
        self._base.execute("delete from orders where store = ?", (str(store),))
        rows = ((str(store), number, at, usd) for number, at, usd in orders)
        self._base.executemany("insert into orders values (?, ?, ?, ?)", rows)
