"""Reads untrusted answers: what is not there, or is not of the type that it should be, reads as None."""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from storyforge.model.messages import Answer, Reason, Refused

LONGEST_WORDS = 500
LONGEST_NUMBER = 255
LEEWAY = 300.0
"""Seconds that the clock of a signed call may be off, either way."""
MOST_USD = 10_000.0
"""A clip that costs more is a misreading."""

TELLING = (
    "message", "msg", "error", "errors", "error_message", "errorMessage", "detail", "details", "reason", "hint", "code",
    "error_code", "actionName",
)  # fmt: skip
"""Keys under which hosts say what is wrong, the plainest first."""

MODERATION = re.compile(
    r"moderation|moderated|flagged|nsfw|inappropriate|unsafe|sensitive.?(content|information|words?|data)|content.?(polic|filter|safety)"
    r"|violat\w*.{0,40}(polic|guideline|terms)|(prohibited|explicit|harmful).?content|(prompt|image).?blocked"
    r"|data.?inspection",
    re.IGNORECASE,
)
CREDIT = re.compile(
    r"\b(insufficient|not enough|no|low|exhausted)\W{0,3}(account\W)?(credit|balance|fund|quota)"
    r"|(credit|balance|fund)s?\W{1,3}(is |are )?(insufficient|exhausted|too low)|payment.?required",
    re.IGNORECASE,
)
CREDENTIALS = re.compile(
    r"(invalid|missing|incorrect|expired|revoked|unknown).{0,3}(api.?)?key\b|unauthori|unauthenti|forbidden",
    re.IGNORECASE,
)
LIMIT = re.compile(
    r"rate.?limit|too.?many.?requests|(concurren|parallel)\w*.{0,20}(limit|exceed)|queue.?(is.?)?full", re.IGNORECASE
)


def at(value: Any, *path: str | int) -> Any:
    """What lies at a path."""
    for step in path:
        if isinstance(step, str) and isinstance(value, dict):
            value = value.get(step)
        elif isinstance(step, int) and isinstance(value, list) and step < len(value):
            value = value[step]
        else:
            return None
    return value


def text_at(value: Any, *path: str | int) -> str | None:
    """The text at a path; None where there is none, or only white space."""
    found = at(value, *path)
    return found if isinstance(found, str) and found.strip() else None


def whole_at(value: Any, *path: str | int) -> int | None:
    """The whole number at a path; None for anything else, `true` and `1.0` too."""
    found = at(value, *path)
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def list_at(value: Any, *path: str | int) -> list[Any] | None:
    """The list at a path; None where there is none, which is not an empty one."""
    found = at(value, *path)
    return found if isinstance(found, list) else None


def items_at(value: Any, *path: str | int) -> list[Any]:
    """What lies in a list there; nothing where there is no list."""
    return list_at(value, *path) or []


def word_at(value: Any, *path: str | int) -> str | None:
    """A status word, in lower case."""
    found = text_at(value, *path)
    return clean(found, 40).lower() if found else None


def number_at(value: Any, *path: str | int) -> str | None:
    """The number of a job, as it can stand in an address once it is quoted."""
    found = text_at(value, *path)
    # `.` and `..` would be steps of an address that quoting leaves as they are.
    good = found and len(found) <= LONGEST_NUMBER and found.isprintable() and found.strip(" .")
    return found if good else None


def address_at(value: Any, *path: str | int) -> str | None:
    """An address. Whether it may be called is decided where it is called (`system/http.py`)."""
    found = text_at(value, *path)
    return found if found and found.isprintable() and " " not in found else None


def share_at(value: Any, whole: float, *path: str | int) -> float | None:
    """How far a job is, of `whole`."""
    found = at(value, *path)
    good = isinstance(found, int | float) and not isinstance(found, bool) and 0 <= found <= whole
    return found / whole if good else None


def usd_at(value: Any, *path: str | int) -> float | None:
    """US dollars at a path; None for no number, and for one below 0 or above `MOST_USD`."""
    share = share_at(value, MOST_USD, *path)
    return None if share is None else float(at(value, *path))


def clean(text: str, longest: int = LONGEST_WORDS) -> str:
    """Words that can be shown anywhere: one line, no characters that steer a terminal, none that no file takes."""
    # Cut before it is cleaned: an answer may be as large as its host likes.
    line = " ".join("".join(one if one.isprintable() else " " for one in text[: 4 * longest]).split())
    return line if len(line) <= longest else line[: longest - 1] + "…"


def host_message(value: Any) -> str:
    """The host's own words on what is wrong, wherever in its answer it put them."""
    return clean("; ".join(dict.fromkeys(_told(value, 4))))


def _told(value: Any, depth: int) -> Iterator[str]:
    if isinstance(value, str) and value.strip():
        yield value.strip()
    elif isinstance(value, list) and depth:
        for item in value[:4]:
            yield from _told(item, depth - 1)
    elif isinstance(value, dict) and depth:
        for key in TELLING:
            yield from _told(value.get(key), depth - 1)


def read_status(answer: Answer, said: Any) -> int:
    """The HTTP status, or the one that an answer which pretends to be well carries as its `code`."""
    code = whole_at(said, "code")
    return code if 200 <= answer.status < 300 and code is not None and 400 <= code < 600 else answer.status


def classify_refusal(status: int, words: str) -> Reason | None:
    """Why a request was refused; None where neither its status nor its words say that it was."""
    by_status: Mapping[int, Reason] = {401: "credentials", 402: "credit", 429: "limit"}
    if status in by_status:
        return by_status[status]
    if status >= 500 or status == 408:  # somebody on the way gave up: the host may have heard it all
        return None
    # Words before the rest of the statuses: hosts answer with one and the same to content, to money and to parameters.
    if MODERATION.search(words):
        return "moderation"
    if CREDIT.search(words):
        return "credit"
    if status == 403:
        return "credentials"
    if status >= 400:
        return "invalid"
    return "credentials" if CREDENTIALS.search(words) else "limit" if LIMIT.search(words) else None


def read_failure(reason: Reason, words: str) -> Refused:
    """What a job came to that was accepted; its words tell content from all else."""
    return Refused("moderation" if MODERATION.search(words) else reason, words or "the host gives no reason")


def holds(theirs: Any, ours: Any) -> bool:
    """Whether a host's copy of a body is ours, apart from keys that it added."""
    if isinstance(ours, Mapping):
        return isinstance(theirs, dict) and all(key in theirs and holds(theirs[key], ours[key]) for key in ours)
    if isinstance(ours, list):
        return isinstance(theirs, list) and len(theirs) == len(ours) and all(map(holds, theirs, ours))
    # In Python `True` equals 1; in JSON they are two values.
    return bool(theirs == ours) and isinstance(theirs, bool) == isinstance(ours, bool)


def moment(value: Any) -> float | None:
    """A time as hosts write it, in seconds of the epoch."""
    try:
        time = datetime.fromisoformat(value)
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()
    except (TypeError, ValueError, OverflowError):
        return None


def is_signed(signature: str, secret: str, stamp: str, signed: bytes, now: float) -> bool:
    """Whether somebody who has the secret signed these bytes lately."""
    if not re.fullmatch(r"[0-9]{1,12}", stamp) or abs(now - int(stamp)) > LEEWAY:
        return False
    # Compared as bytes, since `compare_digest` refuses text beyond ASCII, which a forged signature may be.
    digest = hmac.new(secret.encode(), signed, sha256).hexdigest()
    return hmac.compare_digest(digest.encode(), signature.encode(errors="replace"))
