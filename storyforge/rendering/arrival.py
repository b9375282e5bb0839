"""What comes from a host: films that are checked before they count, and answers that nobody can read."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from storyforge.model.clip import Job
from storyforge.model.errors import MediaError
from storyforge.system.download import BrokenDownload, DeadAddress
from storyforge.system.files import file_sha256, write_atomically
from storyforge.system.secrets import redact

FETCH_AGAIN = (BrokenDownload, DeadAddress, MediaError)
"""Faults after which a film is downloaded again, from a new address if the host gives one."""

TOLERANCE = 0.5
"""Seconds by which a film may be longer or shorter than ordered before it is fetched a second time."""


@dataclass(slots=True)
class FilmCheck:
    """The check of one job's film, however often it is fetched."""

    job: Job
    at_once: asyncio.Semaphore
    note: Callable[[str], None]
    _served: str | None = None

    async def demand_whole(self, path: Path) -> None:
        """A film as it was served must decode to its end and be as long as ordered, MediaError if not. What comes twice
        alike was not broken on its way: it is what the host made, and what was paid, so it is kept with a note."""
        # Decoding keeps a core busy, and a thousand films may come at once.
        async with self.at_once:
            wrong = await self._find_wrong(path)
        if wrong is None:
            return
        before, self._served = self._served, file_sha256(path)
        if before != self._served:
            raise MediaError(wrong)
        self.note(f"{self.job.clip}: {wrong}; it is kept, and the film keeps the storyboard's time")

    async def _find_wrong(self, path: Path) -> str | None:
        from storyforge.system.decode import check_whole

        seconds = (await check_whole(path)).seconds
        if abs(seconds - self.job.seconds) <= TOLERANCE:
            return None
        return f"the film lasts {seconds:.1f} s where {self.job.seconds} s were ordered"


def keep_answer(folder: Path, host: str, job_id: str, said: Any) -> Path:
    """Keeps a host's answer as a file, without keys and signed addresses; returns its path."""
    # A host chooses its ids, and none of them is to lead out of the folder or to be longer than a disk takes.
    name = re.sub(r"[^A-Za-z0-9_-]", "_", job_id)[:80]
    path = folder / f"{host}-{name}.json"
    told = {"host": host, "job": job_id, "answer": said}
    write_atomically(path, redact(json.dumps(told, indent=1)) + "\n")
    return path
