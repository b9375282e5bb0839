"""Finds the language that a manner of speaking names: `in English`, `auf Englisch`, `em inglês`.

Names of languages are those of CLDR (https://cldr.unicode.org), in the language of the storyboard and in English.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from functools import lru_cache

FORMS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "ar": (("", "ب{}"), ("", "باللغة {}")),
    "ca": (("", "en {}"),),
    "cs": (("čtina", "{}cky"), ("ština", "{}sky"), ("čina", "{}cky"), ("a", "v {}ě")),
    "da": (("", "på {}"),),
    "de": (("", "auf {}"), ("", "in {}")),
    "el": (("", "στα {}"),),
    "en": (("", "in {}"), ("", "speaking {}"), ("", "speaks {}")),
    "es": (("", "en {}"),),
    "fa": (("", "به {}"), ("", "به زبان {}")),
    "fi": (("nti", "{}nniksi"), ("", "{}ksi")),
    "fr": (("", "en {}"),),
    "gl": (("", "en {}"),),
    "he": (("", "ב{}"),),
    "hi": (("", "{} में"),),
    "hu": (("", "{}ul"), ("", "{}ül"), ("a", "{}ául")),
    "id": (("", "dalam {}"), ("", "dalam bahasa {}"), ("", "bahasa {}")),
    "it": (("", "in {}"),),
    "ja": (("", "{}で"), ("", "{}")),
    "ko": (("", "{}로"), ("", "{}")),
    "nb": (("", "på {}"),),
    "nl": (("", "in het {}"), ("", "in {}")),
    "no": (("", "på {}"),),
    "pl": (("i", "po {}u"),),
    "pt": (("", "em {}"),),
    "ro": (("ă", "în {}ă"), ("", "în {}")),
    "ru": (("й", "по-{}"), ("ий", "на {}ом"), ("ий", "на {}ом языке")),
    "sv": (("", "på {}"),),
    "th": (("", "เป็นภาษา{}"), ("", "ภาษา{}")),
    "tr": (("", "{}"), ("", "{} olarak")),
    "uk": (("а", "{}ою"), ("ська", "по-{}ськи")),
    "vi": (("", "bằng {}"), ("", "nói {}")),
    "yue": (("", "用{}"), ("", "講{}"), ("", "{}")),
    "zh": (
        ("", "用{}"),
        ("", "说{}"),
        ("", "說{}"),
        ("", "讲{}"),
        ("", "講{}"),
        ("", "{}"),
        ("文", "用{}語"),
        ("文", "{}語"),
    ),
}
"""How a language, by its first subtag, says that something is said in another: what its name loses at its end, and
what is put around the rest. Where it is the name alone, that is never a manner of another kind."""

ALSO: Mapping[str, Mapping[str, str]] = {
    "en": {"Mandarin": "zh", "Mandarin Chinese": "zh", "Farsi": "fa", "Castilian": "es", "Tagalog": "tl"},
    "zh": {
        "普通话": "zh",
        "普通話": "zh",
        "国语": "zh",
        "國語": "zh",
        "英文": "en",
        "日文": "ja",
        "法文": "fr",
        "德文": "de",
    },
}
"""Usual names that CLDR does not have."""

LONGEST = 60
"""Characters of the longest manner that may name a language."""


@lru_cache(maxsize=4096)
def find_spoken_language(manner: str, language: str) -> str | None:
    """The BCP 47 tag of the language that a manner names, in `language` (a tag too) or in English; None for any other
    manner."""
    if len(manner) > LONGEST:
        return None
    said = _folded(manner)
    for spoken in dict.fromkeys((language, "en")):
        forms = FORMS.get(read_subtag(spoken), ())
        # CLDR is read only where there is something to look up: few lines name a language.
        if any(_fits(said, form) for _, form in forms) and (found := _forms(spoken).get(said)):
            return found
    return None


def read_subtag(language: str) -> str:
    """The first subtag of a BCP 47 tag, in small letters: `pt` of `pt-BR`."""
    return language.replace("_", "-").partition("-")[0].lower()


def _folded(text: str) -> str:
    """A text whatever its case, its accents and its white space."""
    letters = unicodedata.normalize("NFKD", text).casefold()
    return " ".join("".join(letter for letter in letters if not unicodedata.combining(letter)).split())


def _fits(said: str, form: str) -> bool:
    before, after = _around(form)
    return len(said) > len(before) + len(after) and said.startswith(before) and said.endswith(after)


@lru_cache(maxsize=256)
def _around(form: str) -> tuple[str, str]:
    """What is put before and behind a name, folded."""
    before, _, after = _folded(form).partition("{}")
    return before, after


@lru_cache(maxsize=64)
def _forms(language: str) -> Mapping[str, str]:
    """Each way of saying in `language` that something is said in another, folded, with that one's tag."""
    found: dict[str, str] = {}
    for tag, name in _names(language):
        for ending, form in FORMS[read_subtag(language)]:
            if name.endswith(ending):
                found.setdefault(_folded(form.format(name.removesuffix(ending))), tag)
    return found


def _names(language: str) -> Iterator[tuple[str, str]]:
    """The tags of languages and their names in another."""
    # Here, and not above, since a film that names no language needs none of its data.
    from babel import Locale, UnknownLocaleError

    yield from ((tag, name) for name, tag in ALSO.get(read_subtag(language), {}).items())
    for known in (language.replace("_", "-"), read_subtag(language)):
        try:
            locale = Locale.parse(known, sep="-")
        except (UnknownLocaleError, ValueError):
            continue
        yield from ((tag.replace("_", "-"), name) for tag, name in sorted(locale.languages.items()))
        return
