"""Decides about an order that may have arrived or not: one table, and what is put into it.

Nothing here asks or sends. The caller, who has looked at the host, says what can be asked there, what the answer was
and what is known of the time between; the table says what follows. An order is bought a second time only by a
person: the table sends the same bytes again where the host knows them by their id, and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any, Literal

from storyforge.model.messages import ListedJob, Listing, Recovery, Trace
from storyforge.providers.answers import at, holds

Means = Literal["same id", "list", "nothing"]
"""What a host can be asked: to take the same bytes under the same id, which it still knows; for its list, which shows
what was ordered; or neither."""
Look = Literal["not asked", "found", "not in it", "in doubt"]
"""What its list, or its archive, says: nothing yet; the order; that it is not there, read whole and in a known shape;
or something from which nothing follows."""
Clock = Literal["early", "late", "untold"]
"""By the host's own clock: less than `SETTLED` since its first answer after the sending; that long or longer; or that
is unknown."""
Reach = Literal["older", "none older"]
"""Whether the list shows a job of the account that is older than the sending."""
Step = Literal["attach", "send again", "wait", "absent", "unresolved"]
"""The job that was found belongs to the order; the same bytes are sent under the same id; the host is asked again in a
while; the order never arrived, which ends it, and a new one is a purchase like any other; a person decides."""

SETTLED = 60.0
"""Seconds after which a list shows what a host accepted; longer than any lag that was seen."""
ID_MARGIN = 7200.0
"""Seconds before the end of an id's stated life from which it counts as forgotten."""
SKEW = 2.0
"""Seconds by which the clocks of one host's machines may differ."""

ANY = "any"
TABLE: tuple[tuple[str, str, str, str, Step], ...] = (
    (ANY, "found", ANY, ANY, "attach"),
    ("same id", ANY, ANY, ANY, "send again"),
    ("list", "not asked", ANY, ANY, "wait"),
    ("list", "not in it", "early", ANY, "wait"),
    ("list", "not in it", "late", "older", "absent"),
    (ANY, ANY, ANY, ANY, "unresolved"),
)
"""What can be asked, what was said, the host's clock, how far the list reaches; and what is done. The first row that
fits holds."""


def choose_step(means: Means, look: Look, clock: Clock, reach: Reach) -> Step:
    """What the table says."""
    asked = (means, look, clock, reach)
    return next(row[4] for row in TABLE if all(cell in (ANY, one) for cell, one in zip(row, asked, strict=False)))


def all_cases() -> Iterable[tuple[Means, Look, Clock, Reach]]:
    """Every combination that the table can be asked for."""
    means: tuple[Means, ...] = ("same id", "list", "nothing")
    looks: tuple[Look, ...] = ("not asked", "found", "not in it", "in doubt")
    clocks: tuple[Clock, ...] = ("early", "late", "untold")
    reaches: tuple[Reach, ...] = ("older", "none older")
    return product(means, looks, clocks, reaches)


def measure_age(planned_at: float, now: float, trace: Trace, date: float | None) -> float | None:
    """Seconds, at most, since an order was first sent, which was not before it was written down at `planned_at`.

    It is taken by our clock and by the host's own (`date`, where that is known), and the older counts: a clock that was
    set back makes no order young. None where our clock says that it was written down in the future.
    """
    if now < planned_at:
        return None
    since = planned_at if trace.before is None else trace.before
    return max(now - planned_at, 0.0 if date is None else date - since)


def is_id_known(id_seconds: float | None, age: float | None) -> bool:
    """Whether a host still knows an order of this age by its id. None: it knows no ids, or the age is not known."""
    return id_seconds is not None and age is not None and age < id_seconds - ID_MARGIN


def find_means(recovery: Recovery, id_seconds: float | None, age: float | None, own: bool) -> Means:
    """What the host can be asked about an order of this age. `own` is whether it was sent with the key of today: with
    another, the host knows neither its id nor its job."""
    match recovery:
        case Recovery.FIND:
            return "list"
        case Recovery.SAME if own and is_id_known(id_seconds, age):
            return "same id"
    return "nothing"


def read_clock(trace: Trace, date: float | None) -> Clock:
    """How long ago the order was sent, by the host's clock alone."""
    # A clock that was set back says nothing of the time between.
    if trace.after is None or date is None or date < trace.after - SKEW:
        return "untold"
    return "late" if date - trace.after >= SETTLED else "early"


def read_reach(trace: Trace, listing: Listing) -> Reach:
    """Whether the list reaches back past the sending: it shows a job that was there before, by the host's clock or by
    our own ledger."""
    older = any(job.job_id == trace.witness or _is_before(job, trace) for job in listing.jobs)
    return "older" if older else "none older"


def _is_before(job: ListedJob, trace: Trace) -> bool:
    """Whether a job was surely made before the order was sent."""
    return job.created is not None and trace.before is not None and job.created <= trace.before - SKEW


@dataclass(frozen=True, slots=True)
class Seen:
    """What a look at a host's jobs came to."""

    look: Look
    job_id: str | None = None
    """The job that was found."""
    words: str = ""
    """Why there is a doubt."""


def search_listing(listing: Listing, body: Any, taken: Iterable[str], trace: Trace, doubt: str | None = None) -> Seen:
    """Looks for an order by its whole body: the oldest job of it that belongs to no other order (`taken`).

    That it is not there holds only of a list without a fault, of one that shows no job much like it, and where nothing
    else speaks against it (`doubt`).
    """
    held = set(taken)
    free = [job for job in reversed(listing.jobs) if job.job_id not in held]
    if not isinstance(body, Mapping | list):
        return Seen("in doubt", None, "what was sent is not kept")
    # jobs of the same moment keep the list's order
    if found := sorted((job for job in free if holds(job.body, body)), key=lambda job: job.created or 0.0):
        return Seen("found", found[0].job_id)
    prompt = at(body, "prompt")
    if prompt is not None and any(at(job.body, "prompt") == prompt and not _is_before(job, trace) for job in free):
        doubt = doubt or "its list shows a job with these words in another form"
    fault = f"its list of jobs cannot be relied on: {listing.fault}" if listing.fault else doubt
    return Seen("in doubt", None, fault) if fault else Seen("not in it")
