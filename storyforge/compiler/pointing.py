"""How a prompt speaks of the people and the place of one clip: by name and picture, with marks at the first mention."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from storyforge.compiler.grammar import is_bare_word, is_plural, is_sentence_start, tidy_phrase
from storyforge.compiler.prompt_languages import PromptLanguage
from storyforge.compiler.views import Phrase
from storyforge.language.mentions import Face, Mention, Names, read_words
from storyforge.model.clip import Clip
from storyforge.model.storyboard import Storyboard

PointTo = Callable[[str, str, int], str]
"""Fills in a macro of the dialect for a name and its slot."""

_ARTICLE = re.compile(r"(?:The|A|An)\s+\S")
_OWNS = re.compile(r"[’']s(?!\w)")
_OWNS_PLURAL = re.compile(r"[’'](?=\s)")
_ENDING = re.compile(r"[A-Za-z\u00c0-\u024f\u0370-\u052f]+")

TAIL = 9
"""Characters that say whether a sentence ended."""


@dataclass(frozen=True, slots=True)
class Person:
    """One of the cast in one look, in the words that every prompt has of it."""

    name: str
    marks: tuple[str, ...]
    description: str
    card: tuple[str, ...]
    """Description and marks; a mark that the description already holds is left out."""
    voice: str


class People:
    """The cast of a storyboard as its prompts describe them."""

    def __init__(self, storyboard: Storyboard, names: Names, language: PromptLanguage) -> None:
        self.storyboard, self.names, self.language = storyboard, names, language
        self._known: dict[Face, Person] = {}

    def find(self, face: Face) -> Person:
        """Somebody in a look; who is not of the cast has a name alone."""
        if face not in self._known:
            self._known[face] = self._describe(face)
        return self._known[face]

    def _describe(self, face: Face) -> Person:
        who, look = face
        if who not in self.names:
            return Person(who, (), "", (), "")
        character = self.storyboard.character(who, look if look in self.names[who] else None)
        # An id as a name is read like the same word written as one, so that a new id changes no prompt.
        name = self.tidy_name(character.name or who)
        lower = self.language.lower
        description = lower(tidy_phrase(character.description))
        marks = tuple(dict.fromkeys(lower(tidy_phrase(mark)) for mark in character.marks))
        return Person(name, marks, description, make_card(description, marks), lower(tidy_phrase(character.voice)))

    @staticmethod
    def tidy_name(name: str) -> str:
        """A name inside a sentence: `The Keeper` as `the Keeper`, `bo` as `Bo`."""
        said = tidy_phrase(name)
        if is_bare_word(said):
            return said.capitalize()
        return said[:1].lower() + said[1:] if _ARTICLE.match(said) else said


def make_card(description: str, marks: tuple[str, ...]) -> tuple[str, ...]:
    """A description and the marks that it does not hold."""
    folded = description.casefold()
    new = [mark for mark in marks if not _holds(folded, re.sub(r"^(?:the|an?)\s+", "", mark.casefold()))]
    return (*([description] if description else []), *new)


def _holds(description: str, mark: str) -> bool:
    """Whether a mark is in a description, and not only as a part of a word."""
    if mark not in description:
        return False
    edges = (r"\b" if mark[:1].isascii() else "", r"\b" if mark[-1:].isascii() else "")
    return re.search(f"{edges[0]}{re.escape(mark)}{edges[1]}", description) is not None


class Pointing:
    """One clip's people and place as its prompt speaks of them."""

    def __init__(self, people: People, clip: Clip, point: PointTo) -> None:
        self.people, self.clip, self.language = people, clip, people.language
        self._point = point
        self._slots = {(one.id, one.look): one.slot for one in clip.references if one.kind == "character"}
        self._place_slot = next((one.slot for one in clip.references if one.kind == "scene"), None)
        named = Counter(people.find(face).name for face in clip.cast)
        self._ambiguous = {name for name, times in named.items() if times > 1}
        self._looks: dict[str, Face] = {}
        for face in clip.cast:
            self._looks.setdefault(face[0], face)

    def find_seen(self, face: Face) -> Face:
        """Who is meant by a mention that brings nobody in: a plain one means the look in which the clip shows them."""
        return face if face[1] is not None or face in self._in_clip else self._looks.get(face[0], face)

    @cached_property
    def _in_clip(self) -> frozenset[Face]:
        return frozenset(self.clip.cast)

    def point_to(self, face: Face, macro: str) -> str:
        """Somebody in the words of the dialect; who has no picture, by name."""
        name, slot = self.people.find(face).name, self._slots.get(face)
        if slot is None:
            return name
        if macro in ("named", "kept") and name in self._ambiguous:
            macro = "shown"
        return self._point(macro, name, slot)

    def is_bound(self, face: Face) -> bool:
        """Whether somebody has a picture in this clip."""
        return face in self._slots

    def is_label(self, said: str, face: Face) -> bool:
        """Whether what is said of somebody ends in a word of the dialect, which no letter may follow at once."""
        return (
            face in self._slots
            and said[-1:] != self.language.brackets[1]
            and not said.endswith(self.people.find(face).name)
        )

    def begins_with_label(self, text: str) -> bool:
        """Whether a text begins with a word of the dialect, which may touch no letter before it."""
        pointed = ((face, self.point_to(face, macro)) for face in self._slots for macro in ("named", "owner"))
        return any(text.startswith(said) and not said.startswith(self.people.find(face).name) for face, said in pointed)

    def point_to_place(self, name: str, macro: str) -> str:
        """The scene in the words of the dialect; without a picture, by name."""
        return self._point(macro, name, self._place_slot) if self._place_slot else name

    @property
    def has_placed(self) -> bool:
        """Whether the scene has a picture."""
        return self._place_slot is not None

    def tag_marks(self, marks: tuple[str, ...]) -> str:
        """Marks in brackets, as they go behind a name; nothing where there are none."""
        opening, closing = self.language.brackets
        return f"{opening}{self.language.pause.join(marks)}{closing}" if marks else ""

    def tag_once(self, face: Face, unmarked: set[Face]) -> str:
        """The marks of somebody of whom a shot has said none yet."""
        if face not in unmarked:
            return ""
        unmarked.discard(face)
        return self.tag_marks(self.people.find(face).marks)

    def name_once(self, face: Face, unmarked: set[Face]) -> str:
        """Somebody in the words of the dialect, with the marks if the shot has not said them yet."""
        return self.point_to(face, "named") + self.tag_once(face, unmarked)

    def bind_phrase(self, text: str, unmarked: set[Face] | None = None) -> Phrase:
        """An author's phrase with its mentions in the dialect's words, and with plain names."""
        words = read_words(" ".join(text.split()), self.people.names)
        plain = "".join(word if isinstance(word, str) else self.people.find(word.face).name for word in words)
        begins = None
        if isinstance(words[0], Mention):
            after = words[1] if len(words) > 1 and isinstance(words[1], str) else ""
            owns = self._find_ending(words[0].face, after).startswith(("’", "'"))
            begins = "owner" if owns else "person"
        return Phrase(tidy_phrase(self.bind_text(text, unmarked)), tidy_phrase(plain), begins)

    def bind_text(self, text: str, unmarked: set[Face] | None = None, is_sentence: bool = False) -> str:
        """An author's text on one line with its mentions in the dialect's words, each with its marks where it is of
        `unmarked`; `is_sentence` where it is made of sentences, the first of which has begun before it."""
        words = read_words(" ".join(text.split()), self.people.names)
        said: list[str] = []
        tail, is_label, used = "", False, 0
        for number, word in enumerate(words):
            if isinstance(word, str):
                piece, begins_label, ends_label = word[used:], False, False
                used = 0
            else:
                after = words[number + 1] if number + 1 < len(words) else ""
                ending = self._find_ending(word.face, after) if isinstance(after, str) else ""
                used = len(ending)
                piece, begins_label, ends_label = self._mention(word, ending, unmarked)
                if is_sentence and tail and is_sentence_start(tail):
                    piece = self.language.start(piece)
            if piece:
                if _needs_space(tail, piece, is_label, begins_label):
                    piece = f" {piece}"
                said.append(piece)
                tail, is_label = (tail + piece)[-TAIL:], ends_label
        return "".join(said)

    def _find_ending(self, face: Face, after: str) -> str:
        """What belongs to a mention of the text behind it: an `'s`, or the ending of a language that has some."""
        owns = _OWNS.match(after) or (_OWNS_PLURAL.match(after) if self.people.find(face).name[-1:] == "s" else None)
        found = owns or _ENDING.match(after)
        return found.group() if found else ""

    def _mention(self, mention: Mention, ending: str, unmarked: set[Face] | None) -> tuple[str, bool, bool]:
        """A mention with its ending and marks, and whether it begins and ends with a word of the dialect."""
        face = mention.face if unmarked is not None and mention.face in self._in_clip else self.find_seen(mention.face)
        person = self.people.find(face)
        marks = person.marks if unmarked is not None and face in unmarked else ()
        if unmarked is not None:
            unmarked.discard(face)
        owns = ending[:1] in ("’", "'")
        said = self.point_to(face, "owner" if owns else "named")
        if owns and person.name in self._ambiguous and face in self._slots:
            # `Ana from the first reference image's hand` would say whose image it is.
            shown = self.point_to(face, "shown")
            if shown.startswith(person.name):
                marks = (shown[len(person.name) :].strip(), *marks)
        if owns and _takes_bare_mark(person.name) and said.endswith(person.name.rpartition(" ")[2]):
            ending = ending[:1]
        begins_label = not said.startswith(person.name)
        ends_label = not said.endswith(person.name) and not ending and not marks
        if said.startswith(person.name):
            said = person.name + ending + said[len(person.name) :]
        else:
            said += ending if owns or not ending else f" {ending}"
        return said + self.tag_marks(marks), begins_label, ends_label


def _takes_bare_mark(name: str) -> bool:
    """Whether a name has no `s` behind its mark where it owns something: `the twins' hats`, but `James's coat`."""
    return name.endswith("s") and is_plural(name)


def _needs_space(before: str, piece: str, is_label: bool, begins_label: bool) -> bool:
    """Whether two pieces of a text must not touch: a label and a letter, a digit or another label, or two Latin words
    of which one is a name."""
    left, right = before[-1:], piece[:1]
    if is_label or begins_label:
        return (left.isalnum() or is_label) and (right.isalnum() or begins_label)
    return left.isascii() and right.isascii() and left.isalnum() and right.isalnum()
