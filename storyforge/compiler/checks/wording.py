"""Phrases that findings share: names in a row, long text cut short, and what a misspelt name most likely means."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from itertools import islice

from storyforge.model.spelling import nearest
from storyforge.providers import PROVIDERS
from storyforge.providers.base import Provider

SHOWN = 8
"""Names that a sentence can hold."""

LONGEST = 60
"""Characters of a name in a message; the excerpt shows the rest."""

COMPARED = 500
"""Known names that a misspelt one is held against, so that no file can make a check long."""


def short(text: str) -> str:
    """A text as a message quotes it: at most 60 characters, the last an ellipsis where it is cut."""
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def list_names(names: Iterable[str], word: str = "and") -> str:
    """`a`, `b` and `c`, all in backticks."""
    every = list(names)
    shown = every if len(every) <= SHOWN else every[: SHOWN - 1]
    quoted = [f"`{short(name)}`" for name in shown]
    if rest := len(every) - len(shown):
        quoted.append(f"{rest} more")
    *most, last = quoted or ["nothing"]
    return f"{', '.join(most)} {word} {last}" if most else last


def suggest_name(written: str, known: Collection[str]) -> str | None:
    """The known name that a misspelt one most likely means."""
    return nearest(written, islice(known, COMPARED))


def same_letters(written: str, near: str | None, known: Collection[str]) -> str | None:
    """The nearest name, if it alone differs from what is written in nothing but its case."""
    if near is None or near.casefold() != written.casefold():
        return None
    alike = [name for name in known if name.casefold() == written.casefold()]
    return near if alike == [near] and near != written else None


def hosts_with(has: Callable[[type[Provider]], bool]) -> list[str]:
    """The providers that can do something, by name."""
    return [host.name for host in PROVIDERS if has(host)]
