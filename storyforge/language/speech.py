"""How long a line takes to say: syllables at each language's pace, and the pauses between.

Words a minute mislead (numerals, and scripts without spaces), so syllables are counted: groups of vowels, Chinese
characters, Japanese morae. The rates are those of acted speech, about three quarters of what Coupé et al. measured for
reading aloud (Science Advances 5, eaaw2594, 2019).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from math import ceil

from storyforge.language.numerals import NUMBER
from storyforge.language.syllables import syllables
from storyforge.model.spoken_language import read_subtag
from storyforge.model.storyboard import Line, Shot

RATES: Mapping[str, float] = {
    "en": 4.6,
    "fr": 5.2,
    "de": 4.5,
    "es": 5.6,
    "pt": 5.2,
    "it": 5.3,
    "ja": 6.5,
    "zh": 3.3,
    "nl": 4.6,
    "sv": 4.6,
    "pl": 4.6,
    "cs": 4.9,
    "ru": 5.5,
    "uk": 4.8,
    "el": 5.7,
    "tr": 4.6,
    "ar": 4.6,
    "fa": 4.9,
    "he": 5.8,
    "hi": 4.6,
    "bn": 4.6,
    "th": 3.3,
    "vi": 4.2,
    "id": 5.0,
    "ko": 4.8,
}
"""Syllables (Japanese: morae; Chinese: characters) a second, by the language's first subtag.

The first eight are those of acted speech; the others are set by how long espeak-ng 1.52.0 speaks twenty lines of each,
compared with English (`benchmarks/pace.py`, 2026-12-01).
"""

OTHER_RATE = 4.6
"""For a language that is not in the table."""

HEAD, SENTENCE, COMMA, TURN = 0.3, 0.35, 0.2, 0.35
"""Seconds before the first line, at the end of a sentence, at a comma, and between two speakers."""

_SENTENCE_END = re.compile(r"[.!?…]+|[。！？؟۔।॥։።។။]+")
_COMMA = re.compile(r"[,;:、，；：—–،؛]")
_GREEK_QUESTION = re.compile("[;\u037e]")


def is_known(language: str) -> bool:
    """Whether the pace of a BCP 47 language is in the table."""
    return _subtag(language) in RATES


def _subtag(language: str) -> str:
    subtag = read_subtag(language)
    return "zh" if subtag == "cmn" else subtag


@lru_cache(maxsize=65536)
def line_seconds(text: str, language: str) -> float:
    """Seconds to say a text."""
    subtag = _subtag(language)
    if subtag == "el":
        text = _GREEK_QUESTION.sub("?", text)
    # Numbers keep their own points and commas.
    plain = NUMBER.sub("0", text)
    # Not the last: the pause after a line is that of the next turn, or the one that `dialogue_seconds` adds at the end.
    inner_ends = len(_SENTENCE_END.findall(plain.strip(" .!?…。！？؟۔।॥։።។။")))
    pauses = SENTENCE * inner_ends + COMMA * len(_COMMA.findall(plain))
    return float(syllables(text, subtag) / RATES.get(subtag, OTHER_RATE) + pauses)


def dialogue_seconds(lines: Sequence[Line], language: str) -> float:
    """Seconds that lines need one after another, with a breath before, between and after; `language` is that of lines
    that name none."""
    if not lines:
        return 0.0
    spoken = sum(line_seconds(line.text, line.language or language) for line in lines)
    return HEAD + spoken + TURN * (len(lines) - 1) + SENTENCE


DEFAULT_SECONDS = 4.0
"""Length of a shot that gives no seconds and has no lines."""


def shot_milliseconds(shot: Shot, language: str) -> int:
    """How long a shot lasts: as written, or as its dialogue needs, or four seconds."""
    if shot.seconds is not None:
        return round(shot.seconds * 1000)
    if shot.dialogue:
        # As long as `seconds` may be written; `long-dialogue` reports lines that need more.
        return min(ceil(dialogue_seconds(shot.dialogue, language) * 10) * 100, 600_000)
    return round(DEFAULT_SECONDS * 1000)
