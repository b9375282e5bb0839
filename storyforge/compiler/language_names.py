"""What languages are called, by the names of Unicode's CLDR."""

from __future__ import annotations

import re
from functools import lru_cache

_LATIN = re.compile(r"[^\W\d_]", re.ASCII)


@lru_cache(maxsize=1024)
def read_language(tag: str) -> str:
    """The language of a BCP 47 tag without script and region, as its subtag of today: `he` for `iw-IL`. Mandarin is
    `zh`. What is no tag is given back as it begins."""
    # Not at the top: a plan without prompts needs neither of the two.
    from langcodes import Language
    from langcodes.tag_parser import LanguageTagError

    try:
        found = Language.get(tag).language or tag
    except LanguageTagError:
        found = re.split(r"[-_]", tag.lower())[0]
    return "zh" if found == "cmn" else found


@lru_cache(maxsize=1024)
def name_language(tag: str, inside: str) -> str | None:
    """The name of a BCP 47 language (`th`: `Thai`) in another (`zh`: `泰语`); None where it has none there.

    Script and region are left out: they are no other way to speak, as far as a model knows."""
    from babel import Locale

    return Locale.parse(inside).languages.get(read_language(tag))


def is_latin(text: str) -> bool:
    """Whether a text has letters from A to Z, as one in English has."""
    return _LATIN.search(text) is not None
