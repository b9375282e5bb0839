"""How many syllables a text has: vowels, Chinese characters, Japanese morae, Hangul blocks, or the signs of its script.

Ranges of characters are written as escapes, because Unicode normalisation turns some of them into others.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from storyforge.language.numerals import NUMBER, count_number_syllables

_LETTER = (
    r"(?:[^\W\d_]|[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670\u07a6-\u07b0\u0900-\u0963\u0971-\u0df3\u0e31-\u0e4e"
    r"\u0eb1-\u0ecd\u0f71-\u0f84\u0f90-\u0fbc\u102b-\u103e\u1056-\u108f\u135d-\u135f\u17b4-\u17d3\u17dd])"
)
"""A letter, or a sign that is written on one."""

_WORD = re.compile(rf"{_LETTER}+(?:['’\u200c\u200d]{_LETTER}+)*")
_SMALL_KANA = frozenset("ぁぃぅぇぉゃゅょゎァィゥェォャュョヮ")
_VOWELS = re.compile(
    "[aeiouyæœøı"
    "\u0430\u0435\u0438\u043e\u0443\u044b\u044d\u044e\u044f\u0456\u0454"  # Cyrillic
    "\u03b1\u03b5\u03b7\u03b9\u03bf\u03c5\u03c9"  # Greek
    "\u0561\u0565\u0567\u0568\u056b\u0578\u0582\u0585"  # Armenian
    "\u10d0\u10d4\u10d8\u10dd\u10e3]+"  # Georgian
)
_SILENT_END: Mapping[str, re.Pattern[str]] = {
    "en": re.compile(r"(?<=[a-z]{2})(?<![aeiouyl])e(?:s|d)?$"),
    "fr": re.compile(r"(?<=[a-z]{2})(?:e|es|ent)$"),
}


@dataclass(frozen=True, slots=True)
class _Script:
    """How syllables are counted in a script whose vowels are not all letters."""

    first: str
    last: str
    letters: float
    """Letters a syllable."""
    killers: str = ""
    """Signs that take a letter's vowel away or write it under another."""
    is_last_mute: bool = False
    """Whether a last letter without a sign has no vowel."""


_SCRIPTS = (
    _Script("\u0590", "\u05ff", 1.6),  # Hebrew
    _Script("\u0600", "\u06ff", 1.8),  # Arabic: short vowels are not written
    _Script("\u0750", "\u077f", 1.8),
    _Script("\u0780", "\u07bf", 1.0, "\u07b0"),  # Thaana
    _Script("\u0900", "\u097f", 1.0, "\u094d", True),  # Devanagari
    _Script("\u0980", "\u09ff", 1.0, "\u09cd", True),  # Bengali
    _Script("\u0a00", "\u0a7f", 1.0, "\u0a4d", True),  # Gurmukhi
    _Script("\u0a80", "\u0aff", 1.0, "\u0acd", True),  # Gujarati
    _Script("\u0b00", "\u0b7f", 1.0, "\u0b4d", True),  # Odia
    _Script("\u0b80", "\u0bff", 1.0, "\u0bcd"),  # Tamil
    _Script("\u0c00", "\u0c7f", 1.0, "\u0c4d"),  # Telugu
    _Script("\u0c80", "\u0cff", 1.0, "\u0ccd"),  # Kannada
    _Script("\u0d00", "\u0d7f", 1.0, "\u0d4d"),  # Malayalam
    _Script("\u0d80", "\u0dff", 1.0, "\u0dca"),  # Sinhala
    _Script("\u0e00", "\u0e7f", 2.0),  # Thai
    _Script("\u0e80", "\u0eff", 2.0),  # Lao
    _Script("\u1000", "\u109f", 1.0, "\u1039\u103a"),  # Burmese
    _Script("\u1200", "\u139f", 1.25),  # Ethiopic
    _Script("\u13a0", "\u167f", 1.0),  # Cherokee, Canadian syllabics
    _Script("\u1780", "\u17ff", 1.4, "\u17d2"),  # Khmer
    _Script("\ua000", "\ua63f", 1.0),  # Yi, Vai
)
_UNKNOWN = 2.5
"""Letters a syllable in scripts that are not known here."""


def syllables(text: str, subtag: str) -> float:
    """Syllables of a text in a language (its first subtag); a number counts as the words it is read in."""
    numbers = count_number_syllables(text, subtag)
    words = _WORD.findall(NUMBER.sub(" ", unicodedata.normalize("NFC", text)))
    return float(numbers + sum(_word_syllables(word, subtag) for word in words))


def name_measure(texts: Iterable[str]) -> str:
    """What most words of texts are measured by: `vowels`, `characters` or `letters`."""
    found = Counter(_measure(word) for text in texts for word in _WORD.findall(unicodedata.normalize("NFC", text)))
    return max(sorted(found), key=lambda measure: found[measure], default="vowels")


def _measure(word: str) -> str:
    letter = word[0]
    if _is_ideograph(letter) or _is_hangul(letter) or _is_kana(letter):
        return "characters"
    return "vowels" if _find_script(word) is None and (word.isascii() or _VOWELS.search(_strip(word))) else "letters"


@lru_cache(maxsize=65536)
def _word_syllables(word: str, subtag: str) -> float:
    ideographs = sum(map(_is_ideograph, word))
    blocks = sum(map(_is_hangul, word))
    kana = sum(_is_kana(letter) and letter not in _SMALL_KANA for letter in word)
    full = ideographs * (1.9 if subtag == "ja" else 1.0) + blocks + kana
    rest = "".join(letter for letter in word if not (_is_ideograph(letter) or _is_hangul(letter) or _is_kana(letter)))
    return full + (_alphabetic(rest, subtag) if rest else 0.0)


def _alphabetic(word: str, subtag: str) -> float:
    if script := _find_script(word):
        return _count_signs(word, script)
    plain = _strip(word)
    silent = _SILENT_END.get(subtag)
    stem = silent.sub("", plain) if silent else plain
    groups = len(_VOWELS.findall(stem))
    return float(groups or (1 if plain.isascii() else max(1.0, len(word) / _UNKNOWN)))


def _strip(word: str) -> str:
    """A word in lower case without its accents."""
    return "".join(letter for letter in unicodedata.normalize("NFD", word.lower()) if not unicodedata.combining(letter))


def _find_script(word: str) -> _Script | None:
    letter = word[0]
    if letter < "\u0590":
        return None
    return next((script for script in _SCRIPTS if script.first <= letter <= script.last), None)


def _count_signs(word: str, script: _Script) -> float:
    letters = sum(letter.isalpha() and unicodedata.category(letter) != "Lm" for letter in word)
    killed = sum(letter in script.killers for letter in word)
    mute = script.is_last_mute and word[-1].isalpha() and letters - killed > 1
    return max(1.0, (letters - killed - mute) / script.letters)


def _is_hangul(letter: str) -> bool:
    return "\uac00" <= letter <= "\ud7a3"


def _is_kana(letter: str) -> bool:
    return "\u3041" <= letter <= "\u30ff"


def _is_ideograph(letter: str) -> bool:
    return "\u3400" <= letter <= "\u9fff" or "\uf900" <= letter <= "\ufaff" or letter >= "\U00020000"
