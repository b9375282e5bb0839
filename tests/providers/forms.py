"""Whether what a provider says is what it says it is, down to its last text."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from typing import Any

from storyforge.model.messages import Filmless, ListedJob, Listing, Note, Placed, Ready, Refused, Request, Wait
from storyforge.providers.answers import LONGEST_WORDS

REASONS = ("moderation", "credit", "credentials", "limit", "invalid", "fault", "transient")


def well_formed(value: Any) -> bool:
    """Whether a step, or an end, is what it says it is, down to its last text."""
    match value:
        case None | float():
            return value is None or 0 <= value < 1e9
        case str():
            return bool(value.strip()) and value.isprintable()
        case Listing():
            return all(map(well_formed, (*value.jobs, value.fault))) and isinstance(value.jobs, tuple)
        case ListedJob(job_id, body, created):
            return well_formed(job_id) and isinstance(body, dict | list | None) and isinstance(created, float | None)
        case Filmless(words):
            return well_formed(words) and len(words) <= LONGEST_WORDS
        case Refused(reason, words):
            return reason in REASONS and well_formed(words) and len(words) <= LONGEST_WORDS
        case Note(text):
            return well_formed(text) and len(text) < 2 * LONGEST_WORDS
        case Wait(seconds, share):
            return 0 < seconds <= 60 and (share is None or 0 <= share <= 1)
        case Ready(url, usd):
            return well_formed(url) and " " not in url and well_formed(usd)
        case Placed(address, seconds):
            return well_formed(address) and (seconds is None or seconds > 0)
        case Request():
            json.dumps(asdict(replace(value, content=None)), allow_nan=False).encode()
            return all(isinstance(one, str) for one in value.headers.values())
    return False
