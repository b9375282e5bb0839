"""An author's phrases as parts of sentences: their ends, their starts, and what English grammar asks of them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

_ENDS = ".!?…。！？؟۔।॥։"
_CLOSERS = "\"'”’»」』）)]"
_SENTENCE_START = re.compile(r"(?:^|[.!?…。！？؟۔।॥։][\"'”’»」』）)\]]*\s+)$")

HAN = r"\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
"""Chinese characters, as a range within a pattern."""

_FULL_STOPS = (
    (re.compile(rf"[\u3040-\u30ff{HAN}]"), "。"),
    (re.compile(r"[\u0900-\u09ff]"), "।"),
)
"""Full stops of scripts that have their own: kana and Han, and those of Hindi and Bangla."""

_DETERMINED = re.compile(
    r"^(?:an?|the|this|that|his|her|their|its|our|my|your|one|two|three|four|several)\s", re.IGNORECASE
)
_SMALL_WORDS = r"(?!(?:on|of|at|from|in|into|over|through|behind|with|to|and|as|the|an?|looking)(?![\w-]))"
_MOVES = (
    r"(?:push|pull|pan|tilt|zoom|dolly|track|crane|orbit|arc|sweep|glide|rise|drift|hold|move|reveal|frame|master|take)"
)
_VIEW = re.compile(
    rf"^(?!(?:no|not|then|again)\b)(?!\w+ly\s+{_MOVES}\b)(?:{_SMALL_WORDS}[a-z][a-z0-9’'/-]*\s+){{0,6}}?{_SMALL_WORDS}(?:[a-z-]+-)?"
    r"(?:shot|view|angle|close-?up|insert|pan|tilt|push-?in|pull-?out|pull-?back|zoom|dolly|track|crane|orbit|arc"
    r"|frame|framing|profile|portrait|silhouette|tableau|detail|cutaway|sweep|glide|rise|drift|hold|single|master|move"
    r"|take|perspective|point-of-view|descent|ascent|reveal)(?:-in|-out|-up|-down|-back)?\b(?!-)",
    re.IGNORECASE,
)
_SAID_WITH_A = re.compile(r"^(?:uni(?!n|m)|use|usual|ubiq|eu|ufo|one\b|once\b|one-|u-)", re.IGNORECASE)
_SAID_WITH_AN = re.compile(r"^(?:[aeiou]|hour|honest|heir|8|11\b|18\b|[fhlmnrsx]-)", re.IGNORECASE)

_SMALL = """
    a an the this that these those one two three four five six several some both all each every another half
    he she it they we you his her its their our my your who what
    in on at by of from with without to into onto over under above below behind beneath between beyond through across
    along around near next inside outside before after until while when as if like up down out off away against among
    at last first then now still again there here nobody nothing everybody everyone everything somebody someone
    something slowly suddenly quickly softly gently quietly finally together
    close wide tight low high looking
"""
_LOWERED = frozenset(_SMALL.split())
"""English words that are no names, and so begin with a small letter inside a sentence."""

_MANY = "children men women people folk police mice geese feet teeth oxen twins triplets staff brethren kin cattle"
_PLURALS = frozenset(_MANY.split())
_ONE = "lens atlas gas canvas alias cosmos chaos pathos thermos rhinoceros cyclops albatros bias"
_SINGULARS = frozenset(_ONE.split())
_COUNTED = re.compile(
    r"^(?:(?:the|these|those|our|my|your|his|her|their|a pair of|a couple of)\s+)?"
    r"(?:two|three|four|five|six|seven|eight|nine|ten|both|several|many)\s",
    re.IGNORECASE,
)
_COUNTED_ELSEWHERE = re.compile(
    r"(?:les|los|las|gli|deux|trois|quatre|dos|tres|cuatro|due|tre|quattro|zwei|drei|vier)\s", re.IGNORECASE
)
"""How French, Spanish, Italian and German names of several begin; `die` and `i` begin others too."""
_HEAD = re.compile(r"\s(?:of|in|on|at|from|with|without|under|behind|who|that|to|by|for|near)\s|,")


@lru_cache(maxsize=4096)
def tidy_phrase(text: str | None) -> str:
    """A phrase on one line, without the punctuation that the sentence around it brings."""
    said = " ".join((text or "").split())
    end = len(said)
    # An ellipsis of three full stops stays.
    while end and (said[end - 1] in ",;:，；：、。 " or (said[end - 1] == "." and said[end - 2 : end - 1] != ".")):
        end -= 1
    return said[:end]


@lru_cache(maxsize=4096)
def end_sentence(text: str, stop: str = ".") -> str:
    """A sentence with the full stop of its script, unless it ends in punctuation of its own; `stop` is that of the text
    around it, for a script that has none."""
    text = text.rstrip().rstrip(",;:，；：、")
    bare = text.rstrip(_CLOSERS)
    return text if bare[-1:] in tuple(_ENDS) else text + _full_stop(bare[-1:], stop)


def _full_stop(letter: str, other: str) -> str:
    return next((stop for script, stop in _FULL_STOPS if script.match(letter)), other)


def start_sentence(text: str) -> str:
    """The text as the start of a sentence; a reference's own word (`character1`) keeps its letters."""
    return text if re.match(r"character\d", text) else text[:1].upper() + text[1:]


@lru_cache(maxsize=4096)
def lower_start(text: str) -> str:
    """English text as it goes on inside a sentence: its first word small, where that is surely no name."""
    first = re.match(r"[A-Za-z]+(?![\w’'-])", text)
    # Of a single letter only `A` is an article: `I` is always written large.
    known = first is not None and first.group().lower() in _LOWERED and (first.group()[1:].islower() or text[0] == "A")
    return text[:1].lower() + text[1:] if known else text


@lru_cache(maxsize=4096)
def find_article(view: str) -> str | None:
    """What goes before a view as an English noun phrase: `a ` before `close shot`, nothing before `the same view`; None
    for what is no noun phrase (`close on the lens`, `全景`)."""
    if _DETERMINED.match(view):
        return ""
    if not _VIEW.match(view):
        return None
    return "an " if _SAID_WITH_AN.match(view) and not _SAID_WITH_A.match(view) else "a "


@lru_cache(maxsize=4096)
def is_plural(name: str) -> bool:
    """Whether a name is of several: `the twins`, `two guards`, `Ann and Bo`, `les jumeaux`; not `the princess` or
    `James`."""
    if _COUNTED.match(name) or _COUNTED_ELSEWHERE.match(name):
        return True
    head = _HEAD.split(name, maxsplit=1)[0]
    if " and " in head:
        return True
    last = head.rpartition(" ")[2].lower()
    if last in _PLURALS:
        return True
    # Without an article, a word in `s` is more often the name of one: `James`, `Mr. Jones`.
    determined = re.match(r"(?:the|these|those|our|my|your|his|her|their|some)\s", head, re.IGNORECASE)
    return bool(determined) and last not in _SINGULARS and re.search(r"[^su'’i]s$", last) is not None


def is_bare_word(name: str) -> bool:
    """Whether a name is one small word, as an id is: `bo`, not `the boy`, `twins` or `米拉`."""
    return name.isascii() and name.isalpha() and name.islower() and name not in _LOWERED and name not in _PLURALS


def join_list(phrases: Iterable[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    *most, last = list(phrases) or [""]
    return f"{', '.join(most)} and {last}" if most else last


def is_sentence_start(before: str) -> bool:
    """Whether a sentence begins behind this text."""
    # The end of a sentence with its quotes and spaces is short; the whole text, searched for every mention, is not.
    return _SENTENCE_START.search(before[-9:]) is not None
