"""The smallest fields and items in which two values of a storyboard differ, each in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from difflib import SequenceMatcher
from typing import Any, NamedTuple

from storyforge.model.changes import format_values
from storyforge.model.diagnostics import Path
from storyforge.model.storyboard import Line, Noun, Transition

TokenOf = Callable[[str], str]
"""The token of a file's content, from the file's name in the storyboard."""

FILES = ("reference", "first_frame", "file")
"""Fields that name a file, which is known by its content."""

COMPARED = 4_000_000
"""Pairs of items of two lists that are held against each other, so that no file can make this long."""


class Difference(NamedTuple):
    """A field, or an item of one, that is not as it was; the values as JSON has them."""

    field: str
    """By its path in the noun: `action`, `marks[0]`, `looks.storm.voice`."""
    path: Path
    before: Any
    after: Any
    text: str


def differences(
    field: str, path: Path, was: Any, now: Any, token_then: TokenOf = str, token_now: TokenOf = str
) -> Iterator[Difference]:
    """What differs in the field at a path, down to the fields of nouns and the items of lists."""
    if path[-1] in FILES and was and now:
        if token_then(was) != token_now(now):
            told = f"{was} → {now}" if was != now else f"another file as {now}"
            yield Difference(field, path, was, now, f"{field}: {told}")
    elif was == now:
        return
    elif isinstance(was, Noun) and isinstance(now, Noun) and not isinstance(now, Line):
        for name in type(now).model_fields:
            inner = getattr(was, name), getattr(now, name)
            yield from differences(f"{field}.{name}", (*path, name), *inner, token_then, token_now)
    elif isinstance(was, Mapping) and isinstance(now, Mapping):
        for key in dict.fromkeys([*now, *was]):
            inner = was.get(key), now.get(key)
            yield from differences(f"{field}.{key}", (*path, key), *inner, token_then, token_now)
    elif isinstance(was, tuple) and isinstance(now, tuple) and len(was) * len(now) <= COMPARED:
        yield from _items(field, path, _plain(was), _plain(now))
    else:
        yield _leaf(field, path, _plain(was), _plain(now))


def _leaf(field: str, path: Path, was: Any, now: Any) -> Difference:
    before, after = format_values(was, now)
    return Difference(field, path, was, now, f"{field}: {before} → {after}")


def _items(field: str, path: Path, was: list[Any], now: list[Any]) -> Iterator[Difference]:
    """Items of a list that changed, came or went."""
    # As texts, since the matcher wants what can be hashed, and a line of dialogue is a mapping.
    old, new = list(map(repr, was)), list(map(repr, now))
    # Not `autojunk`, which in lists of 200 and more passes over what is in them often.
    for kind, start, stop, begin, end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        # As many came as went: each is taken for the one in its place, changed.
        if kind == "replace" and stop - start == end - begin:
            for one, number in zip(was[start:stop], range(begin, end), strict=True):
                yield _leaf(f"{field}[{number}]", (*path, number), one, now[number])
        elif kind != "equal":
            for one in was[start:stop]:
                yield Difference(field, path, one, None, f"{field}: − {_shown(one)}")
            for number in range(begin, end):
                yield Difference(
                    f"{field}[{number}]", (*path, number), None, now[number], f"{field}: + {_shown(now[number])}"
                )


def _shown(value: Any) -> str:
    return format_values(None, value)[1]


def _plain(value: Any) -> Any:
    """A value as JSON has it."""
    match value:
        case Transition(kind, seconds):
            return f"{kind} {seconds:g}" if seconds else kind
        case Line():
            return value.model_dump(mode="json")
        case Noun():
            return value.model_dump(mode="json", exclude_unset=True)
        case tuple():
            return [_plain(one) for one in value]
    return value
