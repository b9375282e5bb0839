"""Write a clip's prompt: decisions here, words in `templates/`, pointing at pictures in `templates/dialects/`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from storyforge.compiler.grammar import add_article, end_sentence, is_sentence_start, start_sentence, tidy_phrase
from storyforge.compiler.templates import Templates
from storyforge.compiler.wording import find_wording
from storyforge.language.mentions import Face, Mention, collect_names, replace_mentions, resolve_speakers
from storyforge.model.capabilities import Dialect
from storyforge.model.clip import Beat, Clip, Prompt
from storyforge.model.storyboard import Line, Storyboard

TONGUES = {
    "fr": "French",
    "de": "German",
    "es": "Spanish",
    "pt": "Portuguese",
    "it": "Italian",
    "ja": "Japanese",
    "zh": "Chinese",
    "ko": "Korean",
    "nl": "Dutch",
    "pl": "Polish",
    "ru": "Russian",
    "sv": "Swedish",
    "tr": "Turkish",
    "ar": "Arabic",
    "hi": "Hindi",
}
"""Languages by name; dialogue in English, which the models take by default, is not mentioned."""

PARTS = ("opening", "cast", "shot", "style", "preserve")
"""The templates of a prompt, in its order."""


def list_templates(storyboard: Storyboard, clip: Clip, dialect: Dialect) -> list[str]:
    """The templates that the prompt of a clip is made with."""
    silent = {"opening": clip.first_frame is None, "style": not storyboard.style}
    return [*(f"{part}.jinja" for part in PARTS if not silent.get(part)), f"dialects/{dialect.name}.jinja"]


class Writer:
    """Writes the prompts of one storyboard in one dialect."""

    def __init__(self, storyboard: Storyboard, dialect: Dialect, templates: Templates) -> None:
        self.storyboard = storyboard
        self.names = collect_names(storyboard)
        self.tongue = TONGUES.get(re.split(r"[-_]", storyboard.language.lower())[0])
        self.templates = templates
        self._dialect_file = f"dialects/{dialect.name}.jinja"
        self._wording = find_wording(templates, [*(f"{part}.jinja" for part in PARTS), self._dialect_file])
        self.pointed = lru_cache(maxsize=None)(self._pointed)
        """A name with its slot in the words of the dialect, by the name of the macro."""

    def _said(self, name: str, **given: Any) -> str:
        # Parts of a template that say nothing leave spaces on both sides.
        return re.sub(r" {2,}", " ", self._wording.say(f"{name}.jinja", given)).strip()

    def _pointed(self, macro: str, name: str, slot: int) -> str:
        return self._wording.point(self._dialect_file, macro, (name, slot)).strip()

    def write(self, clip: Clip) -> Prompt:
        """The prompt of a clip: opening, scene and cast, shots, style, preservation; what is empty is left out."""
        voices = _Voices(self, clip)
        scene, cast = voices.scene(), [voices.portrait(face) for face in clip.cast]
        parts = [("opening", self._said("opening"))] if clip.first_frame else []
        parts.append(("cast", self._said("cast", scene=scene, cast=cast)))
        leads = _leads(clip.beats)
        for beat, lead in zip(clip.beats, leads, strict=True):
            parts.append((beat.shot.id, self._said("shot", shot=voices.shot(beat, lead))))
        if self.storyboard.style:
            parts.append(("style", self._said("style", style=tidy_phrase(self.storyboard.style))))
        clauses = voices.clauses()
        parts.append(("preserve", self._said("preserve", scene=scene, cast=cast, clauses=clauses)))
        return Prompt("\n".join(text for _, text in parts), tuple((name, len(text)) for name, text in parts))


class _Voices:
    """One clip's characters and scene as its prompt speaks of them."""

    def __init__(self, writer: Writer, clip: Clip) -> None:
        self.writer, self.storyboard, self.clip = writer, writer.storyboard, clip
        self.slots = {(one.id, one.look): one.slot for one in clip.references if one.kind == "character"}
        self.place_slot = next((one.slot for one in clip.references if one.kind == "scene"), None)
        named = Counter(self._name(face) for face in clip.cast)
        self.ambiguous = {name for name, times in named.items() if times > 1}
        seen = (line for beat in clip.beats for line in beat.lines if not line.unseen)
        self.speaking = set(resolve_speakers(seen, clip.cast))

    def _name(self, face: Face) -> str:
        who, look = face
        if who not in self.writer.names:
            return who
        return tidy_phrase(self.storyboard.character(who, look if look in self.writer.names[who] else None).name or who)

    def name_face(self, face: Face, macro: str) -> str:
        """A character in the words of the dialect; one without a picture by its name."""
        name, slot = self._name(face), self.slots.get(face)
        if slot is None:
            return name
        if macro in ("named", "kept") and name in self.ambiguous:
            macro = "shown"
        return self.writer.pointed(macro, name, slot)

    def scene(self) -> dict[str, Any]:
        place = self.storyboard.place(self.clip.scene)
        name = tidy_phrase(place.name or self.clip.scene)
        bound = self.writer.pointed("placed", name, self.place_slot) if self.place_slot else f"the scene is {name}"
        return {
            "name": name,
            "mapped": bound,
            "description": tidy_phrase(place.description),
            "marks": [tidy_phrase(mark) for mark in place.marks],
        }

    def portrait(self, face: Face) -> dict[str, Any]:
        character = self.storyboard.character(*face)
        return {
            "name": self._name(face),
            "bound": face in self.slots,
            "mapped": self.name_face(face, "bound"),
            "shown": self.name_face(face, "shown"),
            "kept": self.name_face(face, "kept"),
            "description": tidy_phrase(character.description),
            "marks": [tidy_phrase(mark) for mark in character.marks],
            "voice": tidy_phrase(character.voice) if face in self.speaking else "",
        }

    def shot(self, beat: Beat, lead: str) -> dict[str, Any]:
        shot = beat.shot
        view = ", ".join(self.bind_text(text) for text in _given(shot.framing, shot.camera))
        scene_sound = self.storyboard.place(self.clip.scene).sound
        return {
            "lead": lead,
            "view": add_article(view) or view,
            "plain": add_article(view) is not None,
            "cast": [self.portrait(face) for face in beat.faces],
            "action": end_sentence(self.bind_text(shot.action, whole=True)),
            "goes_on": beat.part > 1,
            "lines": [
                self._line(line, face)
                for line, face in zip(beat.lines, resolve_speakers(beat.lines, beat.faces), strict=True)
            ],
            "sound": [self.bind_text(text) for text in _given(scene_sound, shot.sound)],
            "music": self.bind_text(shot.music) if shot.music else "",
        }

    def _line(self, line: Line, face: Face) -> dict[str, Any]:
        known = face[0] in self.writer.names
        return {
            "name": self._name(face) if line.unseen else self.name_face(face, "named"),
            "how": tidy_phrase(line.how),
            "voice": tidy_phrase(self.storyboard.cast[face[0]].voice) if known and line.unseen else "",
            "unseen": line.unseen,
            "tongue": self.writer.tongue,
            "quote": f"“{end_sentence(' '.join(line.text.split()))}”",
        }

    def clauses(self) -> list[str]:
        """Preservation clauses of film, cast, scene and shots, each said once."""
        given = [
            *self.storyboard.preserve,
            *(clause for face in self.clip.cast for clause in self.storyboard.character(*face).preserve),
            *self.storyboard.place(self.clip.scene).preserve,
            *(clause for shot in self.clip.shots for clause in shot.preserve),
        ]
        return list(dict.fromkeys(self.bind_text(clause) for clause in given))

    def bind_text(self, text: str, whole: bool = False) -> str:
        """An author's text with its mentions in the dialect's words; `whole` sentences keep their full stop."""

        def name_of(mention: Mention, before: str) -> str:
            name = self.name_face(mention.face, "named")
            return start_sentence(name) if whole and is_sentence_start(before) else name

        said = replace_mentions(text, self.writer.names, name_of)
        return said if whole else tidy_phrase(said)


def _given(*texts: str | None) -> list[str]:
    return [text for text in texts if text]


def _leads(beats: Sequence[Beat]) -> list[str]:
    """How each shot is led in: begin, then cut and shift in turn, and end on the last of several."""
    first = "begin" if beats[0].part == 1 else "continue"
    inner = ["shift" if number % 2 else "cut" for number in range(len(beats) - 2)]
    return [first, *inner, "end"] if len(beats) > 1 else [first]
