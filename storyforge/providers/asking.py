"""Conversations that all hosts have alike: ask, follow a job, leaf through a list."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from storyforge.model.messages import Answer, Note, Refused, Request, Step, Wait
from storyforge.providers.answers import clean, holds, host_message, moment, read_status

SILENCE = Answer(0, {}, b"")
BREATHLESS = (408, 425, 429)
"""Statuses below 500 by which a request that costs nothing is put again."""
TRIES = 4
UNSEEN = 10
"""Polls in a row that do not know a job, after which it is given up; a new job may take a moment to show."""
MOST_NOTES = 5
MOST_PAGES = 200
SLACK = 60.0
"""Seconds by which a host's clock may be behind ours."""

T = TypeVar("T")
Asking = Generator[Step, Answer | None, T]


@dataclass(frozen=True, slots=True)
class Unseen:
    """The host does not know the job, or not its film, though it should by now."""

    words: str

    @property
    def refused(self) -> Refused:
        """The same as a failure of the job, for hosts that can be asked no further."""
        return Refused("fault", self.words)


Sign = Refused | Unseen | Request | Wait | Note | None
"""What can be read from a poll, beside the end that is hoped for."""


@dataclass(frozen=True, slots=True)
class Match:
    """A job in a host's list."""

    number: str | None
    created: Any
    sent: Any
    """The host's copy of the body."""


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
) -> Asking[T | Refused | Unseen]:
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


def leaf(page: Callable[[int, Any], Request | None], items: Callable[[Any], list[Any] | None]) -> Asking[list[Any]]:
    """All items of a list. `page` is told how many pages there are by now and what the last of them said, and asks for
    the next; a list also ends with a page that only repeats the last."""
    found: list[Any] = []
    last: Any = None
    for count in range(MOST_PAGES):
        request = page(count, last)
        if request is None:
            break
        answer = yield from ask(request)
        said = answer.json
        more = items(said) if 200 <= read_status(answer, said) < 300 else None
        if more is None:
            yield Note(f"the host's list of jobs cannot be read: {host_message(said) or f'HTTP {answer.status}'}")
            break
        if said == last or (more and more == items(last)):
            break
        found += more
        last = said
    return found


def matching(jobs: Iterable[Match], ours: Mapping[str, Any], since: float) -> list[str]:
    """Numbers of the jobs ordered with our body, the oldest first. `jobs` come newest first, as hosts list them."""
    found = [
        (moment(job.created), job.number)
        for job in jobs
        if job.number and holds(job.sent, ours) and (moment(job.created) or since) >= since - SLACK
    ]
    found.reverse()
    found.sort(key=lambda pair: pair[0] or 0.0)  # jobs of the same moment keep the list's order
    return list(dict.fromkeys(number for _, number in found))
