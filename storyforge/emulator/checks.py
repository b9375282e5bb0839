"""Rules for the fields of a request, and how a request breaks them; each host words the breach in its own way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

What = Literal["unknown", "missing", "invalid"]

RESOLUTIONS = ("720p", "1080p")
FIVE_RATIOS = ("16:9", "9:16", "1:1", "4:3", "3:4")
NINE_RATIOS = (*FIVE_RATIOS, "4:5", "5:4", "9:21", "21:9")
MAX_SEED = 2_147_483_647
MAX_PROMPT = 2500


@dataclass(frozen=True, slots=True)
class Field:
    """What one field may hold."""

    kind: Literal["text", "whole", "flag", "texts", "url", "object", "list"]
    required: bool = False
    low: int | None = None
    """Least length of a text or a list, least value of a number."""
    high: int | None = None
    choices: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Breach:
    """What is wrong with which field, in plain words."""

    what: What
    name: str
    words: str


PROMPT = Field("text", required=True, low=1, high=MAX_PROMPT)
OPTIONAL_PROMPT = Field("text", low=1, high=MAX_PROMPT)
DURATION = Field("whole", low=3, high=15)
SEED = Field("whole", low=0, high=MAX_SEED)
RESOLUTION = Field("text", choices=RESOLUTIONS)
REFERENCES = Field("texts", required=True, low=1, high=9)
ONE_PICTURE = Field("texts", required=True, low=1, high=1)


def find_breach(body: Mapping[str, Any], fields: Mapping[str, Field]) -> Breach | None:
    """The first way in which a body breaks the rules: an unknown field, a missing one, a wrong value."""
    for name in body:
        if name not in fields:
            return Breach("unknown", name, f"`{name}` is not a parameter")
    for name, field in fields.items():
        if field.required and body.get(name) is None:
            return Breach("missing", name, f"`{name}` is required")
    for name, value in body.items():
        words = _wrong(value, fields[name])
        if words:
            return Breach("invalid", name, f"`{name}` {words}")
    return None


def _wrong(value: Any, field: Field) -> str | None:
    match field.kind:
        case "whole":
            # `True` is an `int` in Python; to a host it is no number.
            fits = isinstance(value, int) and not isinstance(value, bool)
        case "flag":
            fits = isinstance(value, bool)
        case "object":
            fits = isinstance(value, dict)
        case "list":
            fits = isinstance(value, list)
        case "texts":
            fits = isinstance(value, list) and all(isinstance(one, str) and one for one in value)
        case _:
            fits = isinstance(value, str)
    if not fits:
        return f"is not a {'list of texts' if field.kind == 'texts' else field.kind}"
    if field.choices:
        return None if value in field.choices else f"is not one of {', '.join(map(str, field.choices))}"
    if field.kind == "url" and not is_web(value):
        return "is not an http address"
    measure = value if field.kind == "whole" else len(value) if field.kind in ("text", "texts", "list") else None
    if measure is None:
        return None
    if field.low is not None and measure < field.low:
        return f"is less than {field.low}" if field.kind == "whole" else f"has fewer than {field.low}"
    if field.high is not None and measure > field.high:
        return f"is more than {field.high}" if field.kind == "whole" else f"has more than {field.high}"
    return None


def is_web(value: Any) -> bool:
    """Whether a value is an absolute address of the web."""
    if not isinstance(value, str) or value != value.strip():
        return False
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def is_loopback(address: str) -> bool:
    """Whether an address leads to this machine."""
    # By the name alone: to look one up would ask the network.
    host = urlsplit(address).hostname or ""
    return host in ("localhost", "::1") or host.startswith("127.")


SIZES: Mapping[tuple[str, str], tuple[int, int]] = {
    ("16:9", "720p"): (1280, 720),
    ("9:16", "720p"): (720, 1280),
    ("1:1", "720p"): (960, 960),
    ("4:3", "720p"): (1088, 832),
    ("3:4", "720p"): (832, 1088),
    ("4:5", "720p"): (864, 1080),
    ("5:4", "720p"): (1080, 864),
    ("9:21", "720p"): (624, 1456),
    ("21:9", "720p"): (1456, 624),
    ("16:9", "1080p"): (1920, 1080),
    ("9:16", "1080p"): (1080, 1920),
    ("1:1", "1080p"): (1440, 1440),
    ("4:3", "1080p"): (1632, 1248),
    ("3:4", "1080p"): (1248, 1632),
    ("4:5", "1080p"): (1296, 1620),
    ("5:4", "1080p"): (1620, 1296),
    ("9:21", "1080p"): (944, 2184),
    ("21:9", "1080p"): (2184, 944),
}
"""Pixels of a shape in a tier. Those of the first five are published; the last four are assumed (2026-11)."""


def shape_size(width: int, height: int, resolution: str) -> tuple[int, int]:
    """Even pixels of a tier in the shape of a picture."""
    area = 1280 * 720 if resolution.lower() == "720p" else 1920 * 1080
    across = (area * width / height) ** 0.5
    return max(2, round(across / 2) * 2), max(2, round(area / across / 2) * 2)
