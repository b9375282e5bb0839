"""Orders and runs in a ledger, as they came out."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime

from storyforge.model.messages import Request
from storyforge.system.ledger import Intent, Ledger

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC).timestamp()
DAY = 86_400

number = itertools.count(1)


def count_openings(monkeypatch):
    """A list of each opening of a ledger from now on: True for reading alone, False for writing."""
    found, begin = [], Ledger.__init__

    def counted(self, path, readonly=False):
        found.append(readonly)
        begin(self, path, readonly)

    monkeypatch.setattr(Ledger, "__init__", counted)
    return found


def order(ledger, fate="done", film="ferry-1", clip="wait", host="runware", usd=0.42, paid=None, at=NOON, run=None):
    """An order of three seconds as it came out, sent at a time."""
    request = Request("POST", "https://host.example/order", {}, {}, b"{}")
    intent = Intent(f"f{next(number)}", host, "model", clip, film, request, 3, usd, 1, {}, run)
    made = ledger.plan(intent, at - 1)
    if fate != "planned":
        ledger.sending(made, at)
    if fate == "sent":
        ledger.mark_sent(made, "job")
    elif fate not in ("planned", "sending"):
        ledger.mark_ended(made, fate, at + 9, usd=paid)


def begun(ledger, film="ferry-1", place="ferry.story.yaml", at=NOON, usd=0.42):
    return ledger.begin_run(film, place, "1.2", 2, usd, at)
