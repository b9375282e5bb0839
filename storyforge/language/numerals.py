"""How many syllables a number has when it is read aloud: amounts, decimals, years, times, prices, ordinals.

Languages without a table count 1.8 syllables a digit.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

OTHER = 1.8
"""Syllables a digit in a language without a table."""

NUMBER = re.compile(
    r"(?P<money>[$€£¥])?\s?(?P<digits>\d+(?:[.,:\u00a0\u202f]\d+)*)"
    r"(?P<mark>\s?[%€£¥$]|(?:st|nd|rd|th|er|ère|ème|e|º|ª)\b)?"
)
"""A number with the signs that are read with it."""

_MOST_DIGITS = 12
"""A longer one is read digit by digit, as is one that begins with a zero."""


@dataclass(frozen=True, slots=True)
class _Words:
    """Syllables (Japanese: morae) of the words that numbers are made of."""

    units: tuple[int, ...]
    """Of 0 to 19."""
    tens: tuple[int, ...]
    """Of 20 to 90."""
    hundred: int
    thousand: int
    million: int
    point: int
    percent: int
    money: int
    hour: int
    """Of what is said between hours and minutes."""
    joint: int = 0
    """Between tens and units."""
    one: bool = False
    """Whether `one` is said before hundred and thousand."""
    comma: bool = False
    """Whether decimals follow a comma, and dots part thousands."""
    ordinal: int = 0


_TEENS = (2, 2, 2, 2, 2)
_LONG_TENS = (2, 2, 3, 3, 3, 3, 3, 3)
_WORDS: Mapping[str, _Words] = {
    "en": _Words(
        (2, 1, 1, 1, 1, 1, 1, 2, 1, 1, 1, 3, 1, 2, 2, 2, 2, 3, 2, 2),
        (2, 2, 2, 2, 2, 3, 2, 2),
        *(2, 2, 2, 1, 2, 2, 0),
        one=True,
    ),
    "fr": _Words(
        (2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 1, 1, 2, 2, 2),
        (1, 1, 2, 2, 2, 2, 3, 3),
        *(1, 1, 2, 2, 2, 2, 1),
        comma=True,
        ordinal=1,
    ),
    "de": _Words(
        (1, 1, 1, 1, 1, 1, 1, 2, 1, 1, 1, 1, 1, *_TEENS, 2, 2),
        (2, 2, 2, 2, 2, 2, 2, 2),
        *(2, 2, 4, 2, 2, 2, 1),
        joint=1,
        comma=True,
    ),
    "es": _Words(
        (2, 2, 1, 1, 2, 2, 1, 2, 2, 2, 1, 2, 2, 2, 3, 2, 3, 4, 4, 4),
        _LONG_TENS,
        *(2, 1, 2, 2, 3, 2, 1),
        joint=1,
        comma=True,
        ordinal=1,
    ),
    "pt": _Words(
        (2, 1, 1, 1, 2, 2, 1, 2, 2, 2, 1, 2, 2, 2, 3, 2, 3, 4, 3, 4),
        _LONG_TENS,
        *(2, 1, 2, 3, 3, 2, 1),
        joint=1,
        comma=True,
        ordinal=1,
    ),
    "it": _Words(
        (2, 2, 2, 1, 2, 2, 1, 2, 2, 2, 2, 3, 3, 3, 4, 3, 3, 4, 3, 4),
        _LONG_TENS,
        *(2, 2, 3, 3, 3, 2, 1),
        comma=True,
        ordinal=1,
    ),
    "ja": _Words(
        (2, 2, 1, 2, 2, 1, 2, 2, 2, 2, 2, 4, 3, 4, 4, 3, 4, 4, 4, 4),
        (3, 4, 4, 3, 4, 4, 4, 4),
        *(2, 2, 2, 2, 5, 2, 3),
    ),
    "zh": _Words(
        (1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2),
        (2, 2, 2, 2, 2, 2, 2, 2),
        *(1, 1, 1, 1, 3, 2, 2),
        one=True,
    ),
}


def count_number_syllables(text: str, subtag: str) -> float:
    """Syllables of all numbers of a text, as they are read in a language (its first subtag)."""
    return sum(_read_aloud(found, subtag) for found in NUMBER.finditer(text))


def _read_aloud(found: re.Match[str], subtag: str) -> float:
    digits, mark = found["digits"], (found["mark"] or "").strip()
    words = _WORDS.get(subtag)
    if words is None:
        return OTHER * len(re.findall(r"\d", digits))
    said = _count_time(digits, words) if ":" in digits else _count_parts(digits, subtag, words)
    if mark == "%":
        said += words.percent
    elif found["money"] or mark in tuple("$€£¥"):
        said += words.money
    elif mark:
        said += 1 if mark == "nd" else words.ordinal
    return float(said)


def _count_time(digits: str, words: _Words) -> int:
    parts = re.split(r"\D", digits)
    # The minutes of a full hour are not said.
    said = [_count_short(part, words) for part in parts if int(part[:3]) or part is parts[0]]
    return sum(said) + words.hour


def _count_short(part: str, words: _Words) -> int:
    return _count_digits(part, words) if len(part) > 2 else _count_hundred(int(part), words)


def _count_parts(digits: str, subtag: str, words: _Words) -> int:
    group = r"[.\u00a0\u202f]" if words.comma else r"[,\u00a0\u202f]"
    if re.fullmatch(rf"\d{{1,3}}(?:{group}\d{{3}})+(?:[.,]\d+)?", digits):
        digits = re.sub(rf"{group}(?=\d{{3}}(?:\D|$))", "", digits)
    elif _is_year(digits):
        return _count_year(digits, subtag, words)
    whole, *rest = re.split(r"\D", digits)
    return _count_whole(whole, words) + sum(words.point + _count_fraction(part, words) for part in rest)


def _is_year(digits: str) -> bool:
    return len(digits) == 4 and digits.isdigit() and 1100 <= int(digits) < 2000


def _count_year(digits: str, subtag: str, words: _Words) -> int:
    century, year = int(digits[:2]), int(digits[2:])
    if subtag == "zh":
        return len(digits)
    if subtag not in ("en", "de"):
        return _count_whole(digits, words)
    hundred = words.hundred if subtag == "de" or not year else int(year < 10)
    return _count_hundred(century, words) + hundred + (_count_hundred(year, words) if year else 0)


def _count_fraction(part: str, words: _Words) -> int:
    if words.comma and len(part) == 2 and part[0] != "0":
        return _count_hundred(int(part), words)
    return _count_digits(part, words)


def _count_digits(part: str, words: _Words) -> int:
    return sum(words.units[int(digit)] for digit in part)


def _count_whole(whole: str, words: _Words) -> int:
    if len(whole) > _MOST_DIGITS or (len(whole) > 1 and int(whole[0]) == 0):
        return _count_digits(whole, words)
    number = int(whole)
    if number == 0:
        return words.units[0]
    by_four = words is _WORDS["ja"] or words is _WORDS["zh"]
    base, said, power = (10_000 if by_four else 1000), 0, 0
    while number:
        number, part = divmod(number, base)
        if part:
            said += (
                _count_group(part, words) + (0, words.million if by_four else words.thousand, words.million, 2)[power]
            )
            # `mille`, not `un mille`.
            said -= words.units[1] if part == 1 and power == 1 and not (words.one or by_four) else 0
        power += 1
    return said


def _count_group(number: int, words: _Words) -> int:
    """Syllables of 1 to 9999; thousands only where numbers are grouped by four digits."""
    said = 0
    for size, word in ((1000, words.thousand), (100, words.hundred)):
        many, number = divmod(number, size)
        if many:
            said += word + (words.units[many] if many > 1 or words.one else 0)
    return said + (_count_hundred(number, words) if number else 0)


def _count_hundred(number: int, words: _Words) -> int:
    """Syllables of 0 to 99."""
    if number < 20:
        return words.units[number]
    ten, unit = divmod(number, 10)
    if words is _WORDS["fr"] and ten in (7, 9):
        return words.tens[ten - 3] + words.units[10 + unit]
    joint = words.joint if words is not _WORDS["es"] or ten > 2 else 0
    return words.tens[ten - 2] + (joint + words.units[unit] if unit else 0)
