"""How long a line takes to say: syllables at each language's pace, and the pauses between.

Words a minute mislead (numerals, and scripts without spaces), so syllables are counted: groups of vowels, Chinese
characters, Japanese morae. The rates are those of acted speech, about three quarters of what Coupé et al. measured for
reading aloud (Science Advances 5, eaaw2594, 2019).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache
from math import ceil

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
}
"""Syllables (Japanese: morae; Chinese: characters) a second, by the language's first subtag."""

OTHER_RATE = 4.6
"""For a language that is not in the table."""

HEAD, SENTENCE, COMMA, TURN = 0.3, 0.35, 0.2, 0.35
"""Seconds before the first line, at the end of a sentence, at a comma, and between two speakers."""

_SENTENCE_END = re.compile(r"[.!?…]+|[。！？]+")
_COMMA = re.compile(r"[,;:、，；：—–]")
_NUMBER = re.compile(r"\d[\d.,]*")
_SMALL_KANA = frozenset("ぁぃぅぇぉゃゅょゎァィゥェォャュョヮ")
_VOWELS = re.compile(r"[aeiouyæœøаеёиоуыэюяіїєαεηιουω]+")
_SILENT_END: Mapping[str, re.Pattern[str]] = {
    "en": re.compile(r"(?<=[a-z]{2})(?<![aeiouyl])e(?:s|d)?$"),
    "fr": re.compile(r"(?<=[a-z]{2})(?:e|es|ent)$"),
}


def is_known(language: str) -> bool:
    """Whether the pace of a BCP 47 language is in the table."""
    return _subtag(language) in RATES


def _subtag(language: str) -> str:
    return re.split(r"[-_]", language.lower(), maxsplit=1)[0].replace("cmn", "zh")


@lru_cache(maxsize=65536)
def line_seconds(text: str, language: str) -> float:
    """Seconds to say a text."""
    subtag = _subtag(language)
    # Not the last: the pause after a line is that of the next turn, or the one that `dialogue_seconds` adds at the end.
    inner_ends = len(_SENTENCE_END.findall(text.strip(" .!?…。！？")))
    pauses = SENTENCE * inner_ends + COMMA * len(_COMMA.findall(text))
    return float(syllables(text, subtag) / RATES.get(subtag, OTHER_RATE) + pauses)


def dialogue_seconds(lines: Sequence[Line], language: str) -> float:
    """Seconds that lines need one after another, with a breath before, between and after."""
    if not lines:
        return 0.0
    spoken = sum(line_seconds(line.text, language) for line in lines)
    return HEAD + spoken + TURN * (len(lines) - 1) + SENTENCE


def syllables(text: str, subtag: str) -> float:
    """Syllables of a text; a digit counts as the words it is read in."""
    numbers = sum(1.8 * sum(letter.isdigit() for letter in found) for found in _NUMBER.findall(text))
    words = re.findall(r"[^\W\d_]+(?:['’][^\W\d_]+)*", _NUMBER.sub(" ", text))
    return float(numbers + sum(_word_syllables(word, subtag) for word in words))


@lru_cache(maxsize=65536)
def _word_syllables(word: str, subtag: str) -> float:
    ideographs = sum(_is_ideograph(letter) for letter in word)
    blocks = sum(map(_is_hangul, word))
    kana = sum(_is_kana(letter) and letter not in _SMALL_KANA for letter in word)
    full = ideographs * (1.9 if subtag == "ja" else 1.0) + blocks + kana
    rest = "".join(letter for letter in word if not (_is_ideograph(letter) or _is_hangul(letter) or _is_kana(letter)))
    return full + (_alphabetic(rest, subtag) if rest else 0.0)


def _alphabetic(word: str, subtag: str) -> float:
    plain = "".join(
        letter for letter in unicodedata.normalize("NFD", word.lower()) if not unicodedata.combining(letter)
    )
    silent = _SILENT_END.get(subtag)
    stem = silent.sub("", plain) if silent else plain
    groups = len(_VOWELS.findall(stem))
    # Scripts whose vowels are not in the table are counted by letters: about two and a half to a syllable.
    return float(groups or (1 if plain.isascii() else max(1.0, len(word) / 2.5)))


def _is_hangul(letter: str) -> bool:
    return "\uac00" <= letter <= "\ud7a3"


def _is_kana(letter: str) -> bool:
    return "\u3041" <= letter <= "\u30ff"


def _is_ideograph(letter: str) -> bool:
    # By escapes: Unicode normalisation turns some of these characters into others.
    return "\u3400" <= letter <= "\u9fff" or "\uf900" <= letter <= "\ufaff" or letter >= "\U00020000"


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
