"""What a shot shows and how its camera moves, as one phrase: `a close shot, in a slow push-in`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

from storyforge.compiler.grammar import find_article, lower_start


@dataclass(frozen=True, slots=True)
class Phrase:
    """An author's phrase with its mentions in the words of the dialect."""

    text: str
    plain: str
    """The same with plain names, by which grammar decides, so that all dialects decide alike."""
    begins: str | None = None
    """Whether it begins with a mention: of an `owner` (`@mira's face`), or of a `person`; None for neither."""


@dataclass(frozen=True, slots=True)
class View:
    """Framing and camera as one phrase."""

    text: str
    is_noun: bool
    """Whether a preposition may go before it: `in a wide shot`, not `in close on the lens`."""


_BARE_SIZE = re.compile(
    r"^((?:(?:very|extreme|extremely|medium|wide|close|full|long|tight|establishing|overhead)[ -]?)*"
    r"(?:wide|close|medium|full|long|tight|establishing|overhead))(?=$|,)",
    re.IGNORECASE,
)
_SPLIT_MOVE = re.compile(
    r"^((?:(?:[a-z-]+(?<!ly)|extremely|slightly)\s+){0,3}?(?:push|pull|dolly|zoom|truck))\s+(in|out|back|up|down)\b(?!\s+(?:\w+ly|fast)\b)",
    re.IGNORECASE,
)
_CAMERA = re.compile(r"^(?:the\s+)?camera(?:\s+is|\s*:|,)?\s+", re.IGNORECASE)
_CAMERA_AT_END = re.compile(r"^((?:[a-z-]+,?\s+){1,3})camera(?=$|,)", re.IGNORECASE)
_ANGLE = re.compile(r"^(?:[\w-]+\s){0,3}angle\b", re.IGNORECASE)
_STATE = re.compile(
    r"^(?:(?:very|almost|nearly|quite|now|still|then|always|never|just|[a-z]+ly)\s+)*"
    r"(?:locked(?:[- ](?:off|down))?|static|still|fixed|steady|stationary|motionless|unmoving|hand-?held|low|high|close"
    r"|level|overhead|free"
    r"|[a-z]*[aeiouy][a-z]*ing|(?!speed|need|feed|seed)[a-z]*[aeiouy][a-z]*ed"
    r"|at|on|from|in|inside|outside|above|be(?:low|side|hind)|over|under|along|with|through|across|between|as|into|out"
    r"|towards?|near|next|opposite|down|up|ahead|without)(?![\w-])",
    re.IGNORECASE,
)


@dataclass(frozen=True, eq=False)
class Abbreviations:
    """Abbreviations of shot lists, in capitals, with their words."""

    words: Mapping[str, str]

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Finds one of them, and a `shot` behind it."""
        longest_first = "|".join(map(re.escape, sorted(self.words, key=len, reverse=True)))
        return re.compile(rf"(?<![\w@.-])({longest_first})(?![\w-])(\s+shot\b)?")


@lru_cache(maxsize=4096)
def spell_out(text: str, short: Abbreviations) -> str:
    """A text of a shot list with its abbreviations as words: `MCU of @mira` as `medium close-up of @mira`.

    In small letters they are read only where there is nothing else (`cu`)."""
    whole = text.strip().rstrip(".").upper()
    if whole in short.words:
        return short.words[whole]

    def spelled(found: re.Match[str]) -> str:
        words, shot = short.words[found[1]], found[2] or ""
        return words if words.endswith(" shot") else words + shot

    return short.pattern.sub(spelled, text)


def join_chinese_view(framing: Phrase | None, camera: Phrase | None) -> View:
    """Framing and camera one after the other, which is all that Chinese asks."""
    return View("，".join(phrase.text for phrase in (framing, camera) if phrase), True)


def join_english_view(framing: Phrase | None, camera: Phrase | None) -> View:
    """Framing with its article, and the camera behind it as what it is: a move, a state, or else by a colon."""
    shown = _read_framing(framing) if framing else None
    if camera is None:
        return shown or View("", False)
    moved, is_move = _read_camera(camera)
    if shown is None:
        # The template says `in` or `with` itself.
        return View(moved.partition(" ")[2] if is_move else moved, is_move)
    return View(f"{shown.text}, {moved}", shown.is_noun)


def _read_framing(framing: Phrase) -> View:
    if framing.begins:
        return View(framing.text, True)
    text, plain = (_BARE_SIZE.sub(r"\1 shot", one) for one in (framing.text, framing.plain))
    article = find_article(plain)
    if article is None:
        return View(lower_start(text), False)
    return View(_with_article(text, article), True)


def _with_article(text: str, article: str) -> str:
    return article + _lower_first(text)


def _read_camera(camera: Phrase) -> tuple[str, bool]:
    """The camera's phrase, and whether that is a move behind its preposition (`in a slow push-in`)."""
    if camera.begins:
        return (f"in {camera.text}", True) if camera.begins == "owner" else (f"camera: {camera.text}", False)
    text, plain = (_SPLIT_MOVE.sub(r"\1-\2", one) for one in (camera.text, camera.plain))
    if named := _CAMERA_AT_END.match(plain):
        state = named[1].rstrip().rstrip(",")
        rest = text[named.end() :]
        if state.lower() in ("no", "the", "a"):
            return f"camera: {text}", False
        return f"the camera {_lower_first(state)}{rest}", False
    if named := _CAMERA.match(plain):
        text, plain = text[named.end() :], plain[named.end() :]
    elif re.match(r"no\s", plain, re.IGNORECASE):
        return f"with {_lower_first(text)}", False
    article = find_article(plain)
    if article is not None:
        return ("from " if _ANGLE.match(plain) else "in ") + _with_article(text, article), True
    state = "the camera " if _STATE.match(plain) else "camera: "
    return state + _lower_first(text), False


def _lower_first(text: str) -> str:
    """A phrase that begins small; `POV` and `Dutch angle` stay."""
    return text[:1].lower() + text[1:] if text[1:2].islower() and not text.startswith("Dutch ") else text
