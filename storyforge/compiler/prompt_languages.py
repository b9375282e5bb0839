"""The languages that prompts are written in: for each its folder of templates, its list of words and its grammar.

English is what every other storyboard gets too: models read it best, and it is most often what the author wrote around
the mentions.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from storyforge.compiler.grammar import HAN, is_plural, lower_start, start_sentence
from storyforge.compiler.views import Abbreviations, Phrase, View, join_chinese_view, join_english_view
from storyforge.language.mentions import Names, read_words
from storyforge.model.storyboard import Storyboard

_HAN = re.compile(f"[{HAN}]")
_KANA = re.compile(r"[\u3041-\u30fa\uff66-\uff9f]")


@dataclass(frozen=True)
class PromptLanguage:
    """How prompts are written in one language, as far as templates do not say it."""

    tag: str
    """BCP 47, without a region."""
    folder: str
    """Where its templates are, below `templates/`, with a slash at its end; empty for English."""
    has_spaces: bool
    """Whether spaces are between its words."""
    stop: str
    """What ends a sentence."""
    brackets: tuple[str, str]
    """What goes around the marks of a character in a sentence."""
    pause: str
    """What goes between two marks."""
    abbreviations: Abbreviations
    join_view: Callable[[Phrase | None, Phrase | None], View]
    """Makes one phrase of framing and camera."""
    lower: Callable[[str], str]
    """Makes of the start of a text what it is inside a sentence."""
    start: Callable[[str], str]
    """Makes of a name what it is at the start of a sentence."""
    say: Callable[[str], str]
    """The verb for a speaker of this name."""


ENGLISH = PromptLanguage(
    tag="en",
    folder="",
    has_spaces=True,
    stop=".",
    brackets=(" (", ")"),
    pause=", ",
    abbreviations=Abbreviations(
        {
            "BCU": "big close-up",
            "CU": "close-up",
            "ECU": "extreme close-up",
            "ELS": "extreme long shot",
            "EST": "establishing shot",
            "EWS": "extreme wide shot",
            "FS": "full shot",
            "LS": "long shot",
            "M2S": "medium two-shot",
            "MCS": "medium close shot",
            "MCU": "medium close-up",
            "MFS": "medium full shot",
            "MLS": "medium long shot",
            "MS": "medium shot",
            "MWS": "medium wide shot",
            "OSS": "over-the-shoulder shot",
            "OTS": "over-the-shoulder shot",
            "POV": "point-of-view shot",
            "VLS": "very long shot",
            "VWS": "very wide shot",
            "WS": "wide shot",
            "XCU": "extreme close-up",
            "XLS": "extreme long shot",
            "XWS": "extreme wide shot",
            "2S": "two-shot",
            "3S": "three-shot",
            "2-SHOT": "two-shot",
            "3-SHOT": "three-shot",
        }
    ),
    join_view=join_english_view,
    lower=lower_start,
    start=start_sentence,
    say=lambda name: "say" if is_plural(name) else "says",
)


def _as_it_is(text: str) -> str:
    return text


CHINESE = PromptLanguage(
    tag="zh",
    folder="zh/",
    has_spaces=False,
    stop="。",
    brackets=("（", "）"),
    pause="、",
    abbreviations=Abbreviations(
        {
            "BCU": "大特写",
            "CU": "特写",
            "ECU": "大特写",
            "ELS": "大远景",
            "EST": "定场镜头",
            "EWS": "大远景",
            "FS": "全身镜头",
            "LS": "远景",
            "M2S": "中景双人镜头",
            "MCS": "近景",
            "MCU": "近景",
            "MFS": "中全景",
            "MLS": "中远景",
            "MS": "中景",
            "MWS": "中全景",
            "OSS": "过肩镜头",
            "OTS": "过肩镜头",
            "POV": "主观镜头",
            "VLS": "大远景",
            "VWS": "大全景",
            "WS": "全景",
            "XCU": "大特写",
            "XLS": "大远景",
            "XWS": "大远景",
            "2S": "双人镜头",
            "3S": "三人镜头",
            # No abbreviations, but what shot lists in Chinese write in English too.
            "HANDHELD": "手持镜头",
            "LOCKED OFF": "固定镜头",
            "STATIC": "固定镜头",
        }
    ),
    join_view=join_chinese_view,
    lower=_as_it_is,
    start=_as_it_is,
    say=lambda name: "说",
)

LANGUAGES = (ENGLISH, CHINESE)
"""All languages that prompts are written in; each has its templates in its folder."""


def find_prompt_language(storyboard: Storyboard, names: Names) -> PromptLanguage:
    """The language of the actions, as far as there are templates in it: Chinese where most of their letters are Han and
    none is kana, else English. The dialogue may be in any other."""
    actions = [shot.action for shot in storyboard.shots or () if not shot.action.isascii()]
    if not actions:
        return ENGLISH
    words = "".join(
        word for shot in storyboard.shots or () for word in read_words(shot.action, names) if isinstance(word, str)
    )
    letters = sum(map(str.isalpha, words))
    return CHINESE if len(_HAN.findall(words)) * 2 > letters and not _KANA.search(words) else ENGLISH
