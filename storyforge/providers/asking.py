"""Conversations that all hosts have alike: ask, follow a job, leaf through a list."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any, TypeVar

from storyforge.model.messages import Answer, Filmless, ListedJob, Listing, Note, Refused, Request, Step, Wait
from storyforge.providers.answers import clean, host_message, read_status

SILENCE = Answer(0, {}, b"")
BREATHLESS = (408, 425, 429)
"""Statuses below 500 by which a request that costs nothing is put again."""
TRIES = 4
UNSEEN = 10
"""Polls in a row that do not know a job, after which it is given up; a new job may take a moment to show."""
MOST_NOTES = 5
MOST_PAGES = 200
READINGS = 3
"""Times that a list is read which changes meanwhile."""
CHANGED = "it changed while it was read, or is cut"

T = TypeVar("T")
Asking = Generator[Step, Answer | None, T]


@dataclass(frozen=True, slots=True)
class Unseen:
    """The host does not know the job, or not its film, though it should by now."""

    words: str
    said: Any = None
    """The answer of a host that calls the job done; None where it does not know the job."""

    @property
    def ended(self) -> Refused | Filmless:
        """How the job ended, where it stays so."""
        return Refused("fault", self.words) if self.said is None else Filmless(self.words, self.said)


Sign = Refused | Filmless | Unseen | Request | Wait | Note | None
"""What can be read from a poll that does not find the job done."""


def ask(request: Request) -> Asking[Answer]:
    """Asks what may be asked again, a few times while the host is out of breath."""
    answer = SILENCE
    for attempt in range(TRIES):
        if attempt:
            yield Wait(2.0 ** (attempt - 1))
        answer = (yield request) or SILENCE
        if 0 < answer.status < 500 and answer.status not in BREATHLESS:
            break
    return answer


def follow(
    poll: Request, read: Callable[[Any], T | Sign], seconds: float, unseen: int = UNSEEN
) -> Asking[T | Refused | Filmless | Unseen]:
    """Polls until `read`, which is given the JSON of each answer, says how it ended.

    It goes on at a wait, a note, a request (polls there from now on) and None (nothing to be read). What is not
    seen many times in a row is given up.
    """
    home, moved = poll, False
    noted: set[str] = set()
    missed = 0
    while True:
        sign = _sign((yield poll) or SILENCE, read)
        missed = missed + 1 if isinstance(sign, Unseen) else missed if sign is None else 0
        match sign:
            case Unseen() if missed < unseen:
                yield Wait(seconds)
            # Where the host sent us knows nothing of the job; the address that we know may.
            case Unseen() if poll is not home:
                poll, missed = home, 0
            case Request():
                poll, moved = poll if moved else sign, True
                yield Wait(seconds)
            case Note():
                if sign.text not in noted and len(noted) < MOST_NOTES:
                    noted.add(sign.text)
                    yield sign
                yield Wait(seconds)
            case Wait():
                yield sign
            case None:
                yield Wait(seconds)
            case _:
                return sign


def _sign(answer: Answer, read: Callable[[Any], T | Sign]) -> T | Sign:
    said = answer.json
    status, words = read_status(answer, said), host_message(said)
    if status in (401, 403):
        return Refused("credentials", words or f"HTTP {status}")
    if status in BREATHLESS or not 200 <= status < 500:
        return None
    sign = read(said)
    return Unseen(words or f"HTTP {status}") if sign is None and status in (404, 410) else sign


def unknown_word(title: str, word: str) -> Note:
    """The note that a host's status word is not in its table, so the job is waited for."""
    return Note(f"{title} says `{clean(word, 40)}` of a job, a word that storyforge does not know; waiting on")


@dataclass(frozen=True, slots=True)
class Pages:
    """How a host's list is read. Of an answer, `items` and `total` are given the JSON."""

    page: Callable[[int, Any], Request | None]
    """Asks for the next page, given how many there are by now and what the last of them said. None at the end."""
    items: Callable[[Any], list[Any] | None]
    """The jobs of a page; None where it is none."""
    read: Callable[[Any], ListedJob | None]
    """A job of a page; None where it lacks what tells it from others."""
    total: Callable[[Any], int | None] = lambda said: None
    """How many jobs the list has, where a page tells."""


def read_list(pages: Pages) -> Asking[Listing]:
    """Reads a list to its end. Nothing may be concluded from what is not in it where it has a fault: it could not be
    read, is of another shape, changed meanwhile, or goes on too long."""
    listing = Listing()
    for _ in range(READINGS):
        listing = yield from _read_once(pages)
        if listing.fault != CHANGED:
            break
    return listing


def _read_once(pages: Pages) -> Asking[Listing]:
    jobs: dict[str, ListedJob] = {}
    totals: set[int | None] = set()
    date: float | None = None
    fault: str | None = None
    last: Any = None

    def end(why: str | None, key_refused: bool = False) -> Listing:
        return Listing(tuple(jobs.values()), fault or why, date, key_refused)

    for count in range(MOST_PAGES):
        if (request := pages.page(count, last)) is None:
            counted = totals - {None}
            return end(CHANGED if counted and counted != {len(jobs)} else None)
        answer = yield from ask(request)
        date, said = date or answer.date, answer.json
        status = read_status(answer, said)
        found = pages.items(said) if 200 <= status < 300 else None
        if found is None:
            refused = not 200 <= status < 300
            words = host_message(said) or f"HTTP {status}" if refused else "it has another shape"
            return end(words, status in (401, 403))
        read = [job for job in map(pages.read, found) if job]
        if len(read) < len(found):  # what can be read of the others may still be what is looked for
            fault = "a job in it has no id, or does not show what was ordered"
        # A host that ignores the number of the page would be asked for page after page.
        repeated = count > 0 and (said == last or (bool(read) and all(job.job_id in jobs for job in read)))
        jobs |= {job.job_id: job for job in read if job.job_id not in jobs}
        totals.add(pages.total(said))
        if repeated:
            return end(None if totals == {len(jobs)} else "one page of it repeats the one before")
        last = said
    return end(f"it has more than {MOST_PAGES} pages")
