"""Who is spoken of: texts taken apart at their `@id` mentions, and the cast that a shot brings into a clip."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

from storyforge.model.diagnostics import Path
from storyforge.model.storyboard import JOINERS, Line, Shot, Storyboard

Face = tuple[str, str | None]
"""A character and the look it wears; None is its plain self."""

BRACED = re.compile(r"@\{([^{}@.\s]+)(?:\.([^{}@.\s]+))?\}")
"""A mention whose name ends at the brace."""

PLAIN_RUN = re.compile(r"(?:[A-Za-z0-9_]|-(?!-))+")
"""The most of an id that one look finds: those of its letters that need no table of scripts."""


@dataclass(frozen=True, slots=True)
class Mention:
    """`@id` or `@id.look` in a text, with its offsets there."""

    who: str
    look: str | None
    start: int
    end: int
    known: bool = True
    """False: nobody is called so, and `who` (and `look`) are what is written there."""
    braced: bool = False
    """Written `@{id}`, so that letters may follow."""

    @property
    def face(self) -> Face:
        """The character with the look it is mentioned in."""
        return self.who, self.look

    @property
    def name_span(self) -> tuple[int, int]:
        """Offsets of the name alone, without its sign and braces."""
        return (self.start + 2, self.end - 1) if self.braced else (self.start + 1, self.end)


Words = tuple[str | Mention, ...]
"""A text in pieces: plain words and mentions."""


class Names(dict[str, frozenset[str]]):
    """Ids of the cast, each with the ids of its looks. They never change, so what is read with them can be kept."""

    def __hash__(self) -> int:  # type: ignore[override]
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return hash(frozenset(self.items()))


Known = Names | frozenset[str]
"""Ids that a mention may begin with, or those of looks behind its full stop."""


def collect_names(storyboard: Storyboard) -> Names:
    """The names that mentions may use: ids of characters and looks, composed as Unicode NFC."""
    names = ((_folded(who), frozenset(map(_folded, character.looks))) for who, character in storyboard.cast.items())
    return _interned(Names(names))


@lru_cache(maxsize=16)
def _interned(names: Names) -> Names:
    """The first of equal names: else whatever was read with one of them would be compared with all names of another."""
    return names


@lru_cache(maxsize=4096)
def read_words(text: str, names: Names) -> Words:
    """A text taken apart at its mentions, `@id` or `@{id}`; `@@` becomes an at sign, an `@` before no letter stays as
    it is."""
    if "@" not in text:
        return (text,)
    words: list[str | Mention] = []
    plain, at = "", 0
    while (sign := text.find("@", at)) >= 0:
        plain += text[at:sign]
        if text.startswith("@@", sign):
            plain, at = plain + "@", sign + 2
        elif text[(name := sign + 1 + text.startswith("{", sign + 1)) : name + 1].isalpha():
            mention = _mention(text, sign, names) if name == sign + 1 else _braced(text, sign, names)
            words += [plain, mention] if plain else [mention]
            plain, at = "", mention.end
        else:
            plain, at = plain + "@", sign + 1
    plain += text[at:]
    return (*words, plain) if plain else tuple(words)


def _mention(text: str, sign: int, names: Names) -> Mention:
    who, end = _longest(text, sign + 1, names)
    if who is None:
        end, look_end = _word_end(text, sign + 1), None
        if text[end : end + 1] == "." and text[end + 1 : end + 2].isalpha():
            look_end = _word_end(text, end + 1)
        look = text[end + 1 : look_end] if look_end else None
        return Mention(text[sign + 1 : end], look, sign, look_end or end, known=False)
    if text[end : end + 1] != "." or not text[end + 1 : end + 2].isalpha():
        return Mention(who, None, sign, end)
    look, look_end = _longest(text, end + 1, names[who])
    if look is None:
        look_end = _word_end(text, end + 1)
        return Mention(who, text[end + 1 : look_end], sign, look_end, known=False)
    return Mention(who, look, sign, look_end)


def _braced(text: str, sign: int, names: Names) -> Mention:
    """The mention in braces; one whose brace is never closed is of nobody."""
    found = BRACED.match(text, sign)
    if found is None:
        return Mention(text[sign + 1 : (end := _word_end(text, sign + 2))], None, sign, end, known=False)
    who, look = _folded(found[1]), found[2] and _folded(found[2])
    known = who in names and (not look or look in names[who])
    return Mention(who, look, sign, found.end(), known, braced=True)


def _longest(text: str, start: int, known: Known) -> tuple[str | None, int]:
    """The longest known id that begins at `start` and ends where a word may end, and the offset after it."""
    end = _word_end(text, start)
    run = _folded(text[start:end])
    if run in known:
        return run, end
    lengths = _lengths(known)
    if unicodedata.is_normalized("NFC", text[start:end]):
        # As long as it is written, so it can only end where an id of that length would.
        stops = [start + length for length in lengths if length < len(run)]
    else:
        # No letter is composed of more than four characters.
        stops = [*range(min(end - 1, start + 4 * max(lengths, default=0)), start, -1)]
    for stop in stops:
        if _may_end(text, stop) and (piece := _folded(text[start:stop])) in known:
            return piece, stop
    return None, end


@lru_cache(maxsize=4096)
def _lengths(known: Known) -> list[int]:
    """How long ids are, longest first."""
    return sorted({len(name) for name in known}, reverse=True)


def _word_end(text: str, start: int) -> int:
    """Where the run of letters, digits, `-` and `_` ends; dashes and underscores at its end belong to the sentence."""
    plain = PLAIN_RUN.match(text, start)
    end = plain.end() if plain else start
    while end < len(text) and (_in_id(text[end]) or text[end] in JOINERS) and not text.startswith("--", end):
        end += 1
    return start + len(text[start:end].rstrip("-_" + JOINERS))


def _may_end(text: str, stop: int) -> bool:
    """Inside a run of letters a word ends only next to a script that is written without spaces, or where a joiner
    parts it from its ending."""
    if unicodedata.combining(text[stop]):
        return False
    return _runs_on(text[stop - 1]) or _runs_on(text[stop]) or text[stop] in JOINERS


@lru_cache(maxsize=4096)
def _in_id(letter: str) -> bool:
    return letter in "-_" or unicodedata.category(letter)[0] in "LM" or unicodedata.category(letter) == "Nd"


# Blocks of scripts that put no space between words; Hangul is with them because its particles follow a name at once.
_RUN_ON = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x0F00, 0x109F),  # Tibetan, Myanmar
    (0x1100, 0x11FF),  # Hangul letters
    (0x1780, 0x17FF),  # Khmer
    (0x3005, 0x30FF),  # ideographic marks, kana
    (0x3100, 0x31FF),  # Bopomofo, Hangul letters, kana
    (0x3400, 0x9FFF),  # ideographs
    (0xAC00, 0xD7FF),  # Hangul
    (0xF900, 0xFAFF),  # ideographs
    (0xFF66, 0xFF9F),  # half-width kana
    (0x20000, 0x3FFFF),  # ideographs
)


@lru_cache(maxsize=4096)
def _runs_on(letter: str) -> bool:
    return any(first <= ord(letter) <= last for first, last in _RUN_ON)


def _folded(name: str) -> str:
    return name if name.isascii() else unicodedata.normalize("NFC", name)


def faces_in(words: Words) -> tuple[Face, ...]:
    """Known characters and looks of a text, once for each mention; unknown names are left out."""
    return tuple(word.face for word in words if isinstance(word, Mention) and word.known)


def replace_mentions(text: str, names: Names, name_of: Callable[[Mention, str], str]) -> str:
    """A text on one line with each mention replaced by what `name_of` gives for it and the text before it."""
    said = ""
    for word in read_words(" ".join(text.split()), names):
        said += name_of(word, said) if isinstance(word, Mention) else word
    return said


def read_who(text: str) -> Face:
    """`mira.storm` as character and look."""
    who, _, look = text.partition(".")
    return _folded(who), _folded(look) or None


def find_faces(shot: Shot, lines: tuple[Line, ...], names: Names) -> tuple[Face, ...]:
    """Who is on screen, in order of first mention: framing, camera, action, on-screen speakers, then the cast list.

    A plain speaker speaks in the look that the shot already shows. Unknown names are left out.
    """
    written = [text for text in (shot.framing, shot.camera, shot.action) if text]
    seen = dict.fromkeys(face for text in written for face in faces_in(read_words(text, names)))
    listed = [face for face in map(read_who, shot.cast) if _is_known(face, names)]
    spoken = resolve_speakers((line for line in lines if not line.unseen), (*seen, *listed))
    return tuple(dict.fromkeys([*seen, *(face for face in spoken if _is_known(face, names)), *listed]))


def resolve_speaker(line: Line, shown: Iterable[Face]) -> Face:
    """Who speaks a line, in the look that the shot shows where the line names none."""
    return next(resolve_speakers([line], shown))


def resolve_speakers(lines: Iterable[Line], shown: Iterable[Face]) -> Iterator[Face]:
    """Who speaks each line, in the look that the shot shows where the line names none."""
    looks: dict[str, list[str | None]] = {}
    for who, look in shown:
        looks.setdefault(who, []).append(look)
    for line in lines:
        who = _folded(line.who)
        if line.look is not None:
            yield who, _folded(line.look)
        else:
            worn = looks.get(who, [None])
            # Among many looks of one person, the plain one is what a line without a look means.
            yield who, None if None in worn else worn[0]


def _is_known(face: Face, names: Names) -> bool:
    who, look = face
    return who in names and (look is None or look in names[who])


Texts = Iterator[tuple[Path, str]]
"""Pieces of writing and where they stand."""


def find_mentioning_texts(storyboard: Storyboard) -> Texts:
    """All texts in which mentions are read, of those that hold an at sign."""
    yield from listed_texts(("preserve",), storyboard.preserve)
    for who, character in storyboard.cast.items():
        yield from listed_texts(("cast", who, "preserve"), character.preserve)
        for look, worn in character.looks.items():
            yield from listed_texts(("cast", who, "looks", look, "preserve"), worn.preserve or ())
    for place, scene in storyboard.scenes.items():
        yield from given_texts(("scenes", place), {"sound": scene.sound})
        yield from listed_texts(("scenes", place, "preserve"), scene.preserve)
    for index, shot in enumerate(storyboard.shots or ()):
        yield from given_texts(
            ("shots", index), {"framing": shot.framing, "camera": shot.camera, "action": shot.action}
        )
        for number, line in enumerate(shot.dialogue):
            yield from given_texts(("shots", index, "dialogue", number), {"how": line.how})
        yield from sound_texts(index, shot)


def sound_texts(index: int, shot: Shot) -> Texts:
    """The texts of a shot that are heard or kept and never bring a character on screen: sound, music, `preserve`."""
    yield from given_texts(("shots", index), {"sound": shot.sound, "music": shot.music})
    yield from listed_texts(("shots", index, "preserve"), shot.preserve)


def given_texts(path: Path, fields: Mapping[str, str | None]) -> Texts:
    """Of the fields of the mapping at `path`, those that are written and hold an at sign."""
    return (((*path, name), text) for name, text in fields.items() if text and "@" in text)


def listed_texts(path: Path, texts: tuple[str, ...]) -> Texts:
    """Of the list at `path`, the texts that hold an at sign."""
    return (((*path, number), text) for number, text in enumerate(texts) if "@" in text)
