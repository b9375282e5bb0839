"""An author's phrases as parts of English sentences."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

_ENDS = ".!?…。！？"
_CLOSERS = "\"'”’»」』）)]"
_SENTENCE_START = re.compile(r"(?:^|[.!?…。！？][\"'”’»」』）)\]]*\s+)$")
_DETERMINED = re.compile(
    r"^(?:an?|the|this|that|his|her|their|its|our|my|your|one|two|three|four|several)\s", re.IGNORECASE
)
_SMALL_WORDS = r"(?!(?:on|of|at|from|in|into|over|through|behind|with|to|and|as|the|an?|looking)(?![\w-]))"
_VIEW = re.compile(
    rf"^(?:{_SMALL_WORDS}[a-z][a-z0-9’'/-]*\s+){{0,6}}?{_SMALL_WORDS}(?:[a-z-]+-)?(?:shot|view|angle|close-?up|insert|pan|tilt"
    r"|push-?in|pull-?out|pull-?back|zoom|dolly|track|crane|orbit|arc|frame|framing|profile|portrait|silhouette|tableau"
    r"|detail|cutaway|sweep|glide|rise|drift|hold|single|master|move|camera)\b(?!-)",
    re.IGNORECASE,
)


@lru_cache(maxsize=4096)
def tidy_phrase(text: str | None) -> str:
    """A phrase on one line, without the punctuation that the sentence around it brings."""
    return re.sub(r"(?<!\.)\.$|[,;:]+$", "", " ".join((text or "").split()).rstrip()).rstrip()


@lru_cache(maxsize=4096)
def end_sentence(text: str) -> str:
    """A sentence with its full stop, unless it ends in punctuation of its own."""
    text = text.rstrip().rstrip(",;:")
    return text if text.rstrip(_CLOSERS)[-1:] in tuple(_ENDS) else f"{text}."


def start_sentence(text: str) -> str:
    """The text as the start of a sentence; a reference's own word (`character1`) keeps its letters."""
    return text if re.match(r"character\d", text) else text[:1].upper() + text[1:]


@lru_cache(maxsize=4096)
def add_article(view: str) -> str | None:
    """`close shot` as `a close shot`; None for what is no plain English noun phrase (`close on the lens`, `全景`)."""
    if _DETERMINED.match(view):
        return view
    if not _VIEW.match(view):
        return None
    plain = view[0].lower() + view[1:] if view[1:2].islower() else view
    return f"{'an' if re.match(r'[aeiou]', plain, re.IGNORECASE) else 'a'} {plain}"


def join_list(phrases: Iterable[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    *most, last = list(phrases) or [""]
    return f"{', '.join(most)} and {last}" if most else last


def is_sentence_start(before: str) -> bool:
    """Whether a sentence begins behind this text."""
    # The end of a sentence with its quotes and spaces is short; the whole text, searched for every mention, is not.
    return _SENTENCE_START.search(before[-9:]) is not None
