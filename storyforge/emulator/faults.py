"""The faults that a host can be made to have, and when each strikes.

A rule is written `NAME[:PROBABILITY][@HOST]` or `NAME[:COUNTx][@HOST]`: `accept-then-500:1x@wavespeed` strikes the
first order that WaveSpeed accepts, `429-seconds:0.2` a fifth of all orders. A fault that is measured in seconds is
always there, and is written `NAME[:SECONDSs][@HOST]`: `clock:-75s@hiapi`. Draws come from the seed, the rule and how
many draws it had, so a run with the same seed and the same requests has the same faults.
"""

from __future__ import annotations

import random
import re
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from storyforge.model.errors import UsageError

HOSTS = ("runware", "wavespeed", "scenario", "hiapi", "joypix")
WITH_CALLBACKS = ("runware", "wavespeed", "scenario", "hiapi")
WITH_LISTS = ("runware", "wavespeed", "scenario", "hiapi")
"""Runware lists nothing; a look-up of one task takes its place."""
WITH_PAGES = ("wavespeed", "scenario", "hiapi")

Moment = Literal["before", "accepted", "job", "callback", "poll", "list", "error", "link", "download", "always"]
"""When a fault is drawn: before an order is accepted, right after, for the life of the job that it starts, at each of
its callbacks, at each poll, at each listing, at each error answered, at each address handed out, at each download;
never, because it is there all the time."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that may go wrong at a host: its name, when it is drawn, a line for people, and which hosts have it."""

    name: str
    moment: Moment
    line: str
    hosts: tuple[str, ...] = HOSTS
    seconds: float | None = None
    """How much of it there is where a rule does not say; None for a fault that is not measured in seconds."""


FAULTS = (
    Fault("reject-500", "before", "an order is answered 500 and not accepted"),
    Fault("reject-drop", "before", "the connection closes before an order is accepted"),
    Fault("429-seconds", "before", "an order is refused with 429 and `Retry-After: 1`"),
    Fault("429-date", "before", "an order is refused with 429 and a date in `Retry-After`"),
    Fault("503-before", "before", "an order is refused with 503 and not accepted"),
    Fault("401", "before", "the key of an order is not known"),
    Fault("402", "before", "the account of an order has no money"),
    Fault("403", "before", "the account may not use the model"),
    Fault("moderation", "before", "an order is refused for its content"),
    Fault("invalid-parameter", "before", "an order is refused for a value that is right"),
    Fault("mismatch-422", "before", "an order's key was used for another body, says the host", ("hiapi",)),
    Fault("accept-then-500", "accepted", "an order is accepted, the answer is 500"),
    Fault("accept-then-503", "accepted", "an order is accepted, the answer is 503"),
    Fault("accept-then-drop", "accepted", "an order is accepted, the connection closes without an answer"),
    Fault("accept-then-not-json", "accepted", "an order is accepted, the answer is a page of HTML"),
    Fault("slow-answer", "accepted", "an order is accepted, the answer comes after a long time"),
    Fault(
        "accept-then-conflict",
        "accepted",
        "an order is accepted and answered as if it were its own repetition",
        ("runware",),
    ),
    Fault("in-flight-409", "accepted", "an order is accepted, the answer is 409: it is still in flight", ("hiapi",)),
    Fault("code-0", "accepted", "an order is answered in the other form: `code` 0, `msg`, `status`", ("joypix",)),
    Fault("failed-job", "job", "the job fails for good"),
    Fault("failed-with-200", "job", "the job fails for good, reported inside an answer that looks fine"),
    Fault("moderation-later", "job", "the job fails for its content"),
    Fault("transient-failure", "job", "the job fails in a way that may pass when it is ordered again"),
    Fault("unknown-status", "job", "while it runs the job has an unknown status"),
    Fault("pending-word", "job", "while it runs the job says `pending`"),
    Fault("endless-job", "job", "the job never ends"),
    Fault("wrong-length-film", "job", "the film is a second shorter than ordered"),
    Fault("soft-ending", "job", "the last quarter of a second of the film is blurred"),
    Fault("early-callback", "job", "the job ends, and is called back, before its order is answered", WITH_CALLBACKS),
    Fault("visibility-lag", "job", "the job is in lists and look-ups only after a while", WITH_LISTS),
    Fault("duplicate-callback", "callback", "a callback comes twice", WITH_CALLBACKS),
    Fault("lost-poll", "poll", "a poll is answered 500"),
    Fault("poll-drop", "poll", "the connection closes at a poll"),
    Fault("poll-429", "poll", "a poll is refused with 429"),
    Fault("slow-poll", "poll", "a poll is answered after a long time"),
    Fault("empty-data", "poll", "a poll is answered with nothing in it"),
    Fault("errors-beside-data", "poll", "an answer to a poll carries an error of something else next to its own"),
    Fault("repeated-result", "poll", "a finished result is in an answer twice", ("runware",)),
    Fault("huge-json", "poll", "a poll is answered with 50 MB of JSON"),
    Fault("not-json", "poll", "a poll is answered with a page of HTML"),
    Fault("other-error-envelope", "error", "errors come in the host's other form", ("hiapi",)),
    Fault("echoed-key", "error", "errors quote the key that they answer"),
    Fault("half-character", "error", "errors end in half of a character, a lone surrogate"),
    Fault("empty-page", "list", "a page of a list is empty though others follow", ("scenario",)),
    Fault("empty-list", "list", "a list of jobs is empty whatever was ordered", WITH_LISTS),
    Fault("list-500", "list", "a list of jobs is answered 500", WITH_LISTS),
    Fault("list-403", "list", "a list of jobs is refused with 403", WITH_LISTS),
    Fault("list-page", "list", "a list of jobs is answered with a page of HTML and status 200", WITH_LISTS),
    Fault("renamed-list", "list", "a list of jobs is under another key", WITH_LISTS),
    Fault("renamed-jobs", "list", "the jobs of a list have other keys", WITH_LISTS),
    Fault("list-cut", "list", "a page of a list holds one job, and all but the first are answered 500", WITH_PAGES),
    Fault("list-lost-page", "list", "a page of a list holds one job, and all but the first are empty", WITH_PAGES),
    Fault("list-repeated-page", "list", "a page of a list holds one job, and all are like the first", WITH_PAGES),
    Fault("late-list", "always", "a job is in lists only after 30 s, or `late-list:5s`", WITH_LISTS, 30),
    Fault(
        "clock",
        "always",
        "the host's clock is an hour ahead, or `clock:-75s`: its `Date` and times of jobs",
        HOSTS,
        3600,
    ),
    Fault("film-elsewhere", "link", "the address of a film is under another key than the host's"),
    Fault("film-nowhere", "link", "a job is done, and no address of its film is in the answer"),
    Fault("expired-url", "link", "the address of a film has expired when it is handed out"),
    Fault("truncated-download", "download", "a film breaks off half way"),
    Fault("corrupt-download", "download", "a film has wrong bytes in its middle"),
    Fault("empty-download", "download", "a film has no bytes"),
    Fault("page-for-film", "download", "a page of HTML comes where the film should"),
    Fault("redirect-to-file", "download", "a film's address redirects to `file:///etc/passwd`"),
    Fault("redirect-to-metadata", "download", "a film's address redirects to 169.254.169.254"),
    Fault("redirect-with-key-check", "download", "a film's address redirects to one that refuses requests with a key"),
    Fault("redirect-loop", "download", "a film's address redirects to itself for ever"),
)

BY_NAME = {fault.name: fault for fault in FAULTS}

_RULE = re.compile(
    r"(?P<name>[a-z0-9-]+)"
    r"(?::(?:(?P<count>\d+)x|(?P<seconds>[+-]?\d+(?:\.\d+)?)s|(?P<share>[0-9.]+)))?"
    r"(?:@(?P<host>[a-z]+))?"
)


@dataclass(slots=True)
class Rule:
    """One fault asked for."""

    text: str
    fault: Fault
    host: str | None
    share: float
    left: int | None
    """How often it still strikes; None for no end."""
    dice: random.Random
    seconds: float = 0.0
    """How much of a fault that is measured in seconds there is."""

    def concerns(self, host: str) -> bool:
        """Whether it may strike at a host at all."""
        return self.host in (None, host) and host in self.fault.hosts

    def strikes(self, host: str) -> bool:
        """Whether it strikes now at a host; each strike uses up one of those that are left."""
        if not self.concerns(host) or self.left == 0:
            return False
        if self.share < 1 and self.dice.random() >= self.share:
            return False
        if self.left is not None:
            self.left -= 1
        return True


def read_rule(text: str, seed: int = 0) -> Rule:
    """A rule from its text; UsageError where it names no fault or no host of it."""
    found = _RULE.fullmatch(text)
    fault = BY_NAME.get(found["name"]) if found else None
    if found is None or fault is None:
        raise UsageError(f"`{text}` is no fault", "`storyforge emulate --list-faults` names them")
    # `0.1.2` is no number, and 2.0 is refused below like any share above 1.
    share = float(found["share"] or 1) if (found["share"] or "1").count(".") < 2 else 2.0
    if not 0 < share <= 1:
        raise UsageError(f"`{text}` has no probability from 0 to 1", "write `name:0.3`, or `name:2x` for the first two")
    if found["host"] and found["host"] not in fault.hosts:
        raise UsageError(f"`{fault.name}` is no fault of `{found['host']}`", f"it is one of {', '.join(fault.hosts)}")
    measured = fault.seconds is not None
    if (found["count"] or found["share"]) if measured else found["seconds"]:
        hint = f"write `{fault.name}:5s`" if measured else f"write `{fault.name}:2x` for the first two"
        raise UsageError(f"`{text}`: `{fault.name}` is {'' if measured else 'not '}measured in seconds", hint)
    left = int(found["count"]) if found["count"] else None
    seconds = float(found["seconds"] or fault.seconds or 0)
    # Dice for each rule: a rule that is added changes nothing in what the others strike.
    return Rule(text, fault, found["host"], share, left, random.Random(f"{seed}:{text}"), seconds)


class Faults:
    """The rules in force; asked from the server's thread, set from any."""

    def __init__(self, rules: Iterable[str] = (), seed: int = 0) -> None:
        self._lock = threading.Lock()
        self._seed = seed
        self._rules = [read_rule(text, seed) for text in rules]

    def replace_rules(self, rules: Iterable[str], seed: int | None = None) -> None:
        """Replace all rules; what they struck so far is forgotten."""
        # All are read before one is replaced: a wrong rule leaves those that are in force.
        fresh = [read_rule(text, self._seed if seed is None else seed) for text in rules]
        with self._lock:
            self._seed = self._seed if seed is None else seed
            self._rules = fresh

    def texts(self) -> list[str]:
        """The rules in force, as they were written."""
        return [rule.text for rule in self._rules]

    def strike(self, name: str, host: str) -> bool:
        """Draw for one fault at one occasion."""
        with self._lock:
            return any(rule.strikes(host) for rule in self._rules if rule.fault.name == name)

    def seconds(self, name: str, host: str) -> float:
        """How much of a fault that is measured in seconds a host has; 0 where no rule names it."""
        with self._lock:
            found = (rule.seconds for rule in self._rules if rule.fault.name == name and rule.concerns(host))
            return next(found, 0.0)

    def first(self, moment: Moment, host: str) -> str | None:
        """The first rule of a moment that strikes; the others are not drawn."""
        with self._lock:
            return next(
                (rule.fault.name for rule in self._rules if rule.fault.moment == moment and rule.strikes(host)), None
            )

    def all(self, moment: Moment, host: str) -> list[str]:
        """All faults of a moment that strike, as a job carries them."""
        with self._lock:
            return [rule.fault.name for rule in self._rules if rule.fault.moment == moment and rule.strikes(host)]
