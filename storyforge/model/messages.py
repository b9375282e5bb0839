"""What is said between StoryForge and a host: requests and answers as plain values, and how an order can end.

A provider writes its side of a conversation as a generator: it yields what it wants (a `Request` to send, a `Wait`, a
`Note` for people), receives the `Answer` to a request (None to the others), and returns how it ended. Nothing in it
sends, sleeps or keeps anything, so a conversation may be thrown away and begun again at no cost.
"""

from __future__ import annotations

import json
import re
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import parsedate_to_datetime
from enum import Enum
from typing import Any, Literal

# Not None: that is what the JSON `null` reads as, which a host may well mean.
NOT_JSON: Any = object()
"""What an answer holds whose body is no JSON."""


@dataclass(frozen=True, slots=True)
class Request:
    """One call to a provider, without the key."""

    method: str
    url: str
    json: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    """Besides those that every call carries; no secrets."""
    content: bytes | None = None
    """The body where it is no JSON, or the bytes of `json` where they must stay the same."""
    keyed: bool = True
    """Whether the key goes with it; False for an upload ticket, which lies with another host."""


HALVES = re.compile(rb"\\u[dD]|\xed|\x00")
"""What a body holds that may hold halves of characters: an escape of one, its bytes, or an encoding of two bytes."""


def replace_halves(value: Any) -> Any:
    """JSON in which every half of a character, which no file and no terminal takes, is replaced by U+FFFD."""
    if isinstance(value, str):
        # In UTF-16 two halves that belong together become their character again; only lone ones are replaced.
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [replace_halves(one) for one in value]
    if isinstance(value, dict):
        return {replace_halves(name): replace_halves(one) for name, one in value.items()}
    return value


@dataclass(frozen=True, slots=True)
class Answer:
    """A host's answer to a request."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON; `NOT_JSON` where it is none."""
        try:
            said = json.loads(self.body)
            # The bytes are asked first, since a walk through the whole answer is needed for hardly any.
            return replace_halves(said) if HALVES.search(self.body) else said
        # Brackets by the thousand, which anybody can send, are a RecursionError.
        except (ValueError, RecursionError):
            return NOT_JSON

    @property
    def date(self) -> float | None:
        """The host's own clock when it answered, in seconds of the epoch; None where it does not tell."""
        return read_date(self.headers.get("date", ""))


def read_date(written: str) -> float | None:
    """A date of an HTTP header in seconds of the epoch; None where it is none."""
    try:
        moment = parsedate_to_datetime(written)
        # A date without a zone, or with `-0000`, comes back without one and would be read as local time.
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (TypeError, ValueError, IndexError, OverflowError):
        return None


@dataclass(frozen=True, slots=True)
class Wait:
    """Some time until the next step; how much is decided outside, `seconds` is the least that the host advises."""

    seconds: float = 1.0
    share: float | None = None
    """How far the host says the job is, from 0 to 1."""


@dataclass(frozen=True, slots=True)
class Note:
    """Something a person should know."""

    text: str


Reason = Literal["moderation", "credit", "credentials", "limit", "invalid", "fault", "transient"]
"""Why a host says no: content; money; the key; how much at once; parameters; a failure of the host; one that may
pass."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A clear no, in the host's own words: nothing was accepted, or what was accepted came to nothing."""

    reason: Reason
    words: str


@dataclass(frozen=True, slots=True)
class Ready:
    """The film is done and lies at an address."""

    url: str
    usd: float | None = None
    """What it cost, where the host tells."""


@dataclass(frozen=True, slots=True)
class Filmless:
    """The host calls the job done, and its film is not found where its answers have it. It is paid for all the same."""

    words: str
    said: Any
    """The answer, as JSON: what the person who looks into it must see."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A picture lies with the host."""

    address: str
    """What an order names it by: an address, or an id of the host's."""
    seconds: float | None = None
    """How long it is kept; None where until it is deleted."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A picture on its way to a host: named by its content, stripped of what a camera adds to it."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class ListedJob:
    """A job of the account, as the host's list shows it."""

    job_id: str
    body: Any
    """The host's copy of what was ordered; None where it is of another model, so that it is surely another order."""
    created: float | None
    """By the host's own clock, in seconds of the epoch; None where it does not tell."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What a host said when it was asked for its jobs."""

    jobs: tuple[ListedJob, ...] = ()
    """The newest first, as hosts list them."""
    fault: str | None = None
    """Why nothing may be concluded from what is not in it; None where it was read whole, in its known shape."""
    date: float | None = None
    """The host's own clock when it was asked, in seconds of the epoch; None where it does not tell."""
    key_refused: bool = False


@dataclass(frozen=True, slots=True)
class Trace:
    """What is remembered of the sending of an order, so that its status can be found out later."""

    account: str | None = None
    """A hash of the key that it was sent with."""
    before: float | None = None
    """The host's own clock at its last answer before the order was sent: a time at which it was surely not sent yet."""
    after: float | None = None
    """The host's own clock at its first answer since: a time at which it was surely sent already."""
    witness: str | None = None
    """A job of ours that the host had accepted before the order was sent."""
    answered: int | None = None
    """The HTTP status of an answer to the order that came and could not be read; None where none came."""


class Recovery(Enum):
    """What is done about an order whose answer was lost."""

    SAME = "the same bytes are sent again: the host knows them"
    FIND = "the host's list is searched for it"
    ASK = "a person is asked: the host cannot tell"


Step = Request | Wait | Note
Collecting = Generator[Step, Answer | None, Ready | Filmless | Refused]
Uploading = Generator[Step, Answer | None, Placed | Refused]
Finding = Generator[Step, Answer | None, Listing]
