"""A field of the author that differs from what it was, with its values before and now and its place."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from storyforge.model.diagnostics import Location, Path
from storyforge.model.manners import mark_manner

AROUND = 3
"""Words of a text that are shown before and behind those that differ."""

LONGEST = 72
"""Characters of one value that are shown."""

RUN_ON = "\u0e00-\u109f\u1780-\u17ff\u2e80-\u9fff\uf900-\ufaff\uff00-\uff9f\U00020000-\U0003ffff"
WORD = re.compile(rf"[{RUN_ON}] ?|[^ {RUN_ON}]+ ?")


@dataclass(frozen=True, slots=True)
class Change:
    """A field that is not what a take was rendered from."""

    name: str
    """Its path as a person says it: `cast.mira.marks[0]`, `action of lamp-2`."""
    path: Path
    """Where it is written in the storyboard."""
    before: Any = None
    after: Any = None
    known: bool = False
    """Whether the values are known; of what another clone rendered only digests are."""
    place: Location | None = None

    def __str__(self) -> str:
        where = f" ({self.place.file}:{self.place.line})" if self.place else ""
        if not self.known:
            return f"{self.name} changed{where}"
        # A token of a picture is a hash, which says nothing to a person.
        if any(str(value).startswith("sf:") for value in (self.before, self.after)):
            return f"{self.name}: another picture{where}"
        if self.name == "shots":
            return (
                f"shots: {shorten_text(self.before)} is gone{where}"
                if self.before
                else f"shots: `{self.after}` is new{where}"
            )
        before, after = format_values(self.before, self.after)
        return f"{self.name}: {before} → {after}{where}"


def format_values(before: Any, after: Any) -> tuple[str, str]:
    """Two values as they are shown next to each other: of long texts only the words that differ and those around."""
    old, new = _plain(before), _plain(after)
    if isinstance(old, str) and isinstance(new, str):
        old, new = _around(_words(old), _words(new))
        return f'"{_cut(old)}"', f'"{_cut(new)}"'
    return _format_value(old), _format_value(new)


def shorten_text(text: str) -> str:
    """A text in quotes, cut behind a word where it is long."""
    return f'"{_cut(" ".join(text.split()))}"'


def _plain(value: Any) -> Any:
    """A line of dialogue as it is written, anything else as it is."""
    # Records of takes hold a line as its parts.
    if isinstance(value, Mapping) and {"who", "text"} <= value.keys():
        look = f".{value['look']}" if value.get("look") else ""
        kind = value.get("kind") or ("over" if value.get("unseen") else "seen")
        hows = mark_manner(value.get("how"), kind, value.get("language"))
        return f"{value['who']}{look}{f' ({hows})' if hows else ''}: {value['text']}"
    return value


def _format_value(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, str):
        return shorten_text(value)
    if isinstance(value, list):
        return f"[{_cut(', '.join(_format_value(_plain(one)) for one in value))}]"
    return _cut(json.dumps(value, ensure_ascii=False))


def _words(text: str) -> list[str]:
    """The words of a text with the space behind each; every sign is one in scripts that put no space between words."""
    # With a space after the last word as well, or it would differ from the same word in the middle of a text.
    return WORD.findall(f"{' '.join(text.split())} ")


def _around(old: list[str], new: list[str]) -> tuple[str, str]:
    """The words that differ, with a few of those that both share before and behind them."""
    head = _shared(old, new)
    # Sought in what the head leaves, so that a word which is repeated is not counted from both ends.
    tail = _shared(old[head:][::-1], new[head:][::-1])
    start, behind = max(head - AROUND, 0), max(tail - AROUND, 0)

    def shown(words: list[str]) -> str:
        text = "".join(words[start : len(words) - behind]).strip()
        return f"{'…' * (start > 0)}{text}{'…' * (behind > 0)}"

    return shown(old), shown(new)


def _shared(one: list[str], other: list[str]) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST].rsplit(' ', 1)[0]}…"
