"""Write a clip's prompt: decisions here, words in `templates/`, pointing at pictures in `templates/dialects/`."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import Any

from storyforge.compiler.grammar import end_sentence, tidy_phrase
from storyforge.compiler.language_names import is_latin, name_language, read_language
from storyforge.compiler.pointing import People, Pointing, make_card
from storyforge.compiler.prompt_languages import PromptLanguage, find_prompt_language
from storyforge.compiler.quotes import quote_line
from storyforge.compiler.templates import Templates
from storyforge.compiler.views import spell_out
from storyforge.compiler.wording import find_wording
from storyforge.language.mentions import Face, collect_names, faces_in, read_who, read_words, resolve_speakers
from storyforge.model.capabilities import Dialect
from storyforge.model.clip import Beat, Clip, LastFrame, Prompt
from storyforge.model.storyboard import Line, Storyboard

PARTS = ("opening", "cast", "shot", "heard", "style", "preserve")
"""The templates of a prompt, in its order."""


def find_template(part: str, language: PromptLanguage, templates: Templates) -> str:
    """The template of a part: ours for the language of the prompt, unless the project has one of its own, for this
    language or for any."""
    name = f"{part}.jinja"
    own = language.folder + name
    return name if templates.is_own(name) and not templates.is_own(own) else own


def list_templates(
    storyboard: Storyboard, clip: Clip, dialect: Dialect, language: PromptLanguage, templates: Templates
) -> list[str]:
    """The templates that the prompt of a clip is made with."""
    silent = {"opening": clip.first_frame is None, "style": not storyboard.style}
    parts = [*(part for part in PARTS if not silent.get(part)), f"dialects/{dialect.name}"]
    return [find_template(part, language, templates) for part in parts]


class Writer:
    """Writes the prompts of one storyboard in one dialect."""

    def __init__(self, storyboard: Storyboard, dialect: Dialect, templates: Templates) -> None:
        self.storyboard = storyboard
        self.names = collect_names(storyboard)
        self.language = find_prompt_language(storyboard, self.names)
        self.people = People(storyboard, self.names, self.language)
        parts = (*PARTS, f"dialects/{dialect.name}")
        self._files = {part: find_template(part, self.language, templates) for part in parts}
        self._dialect_file = self._files[f"dialects/{dialect.name}"]
        self._wording = find_wording(templates, list(self._files.values()))
        self._shots = {shot.id: shot for shot in storyboard.shots or ()}
        self.point = lru_cache(maxsize=None)(self._point)
        """A name with its slot in the words of the dialect, by the name of the macro."""

    def _say(self, name: str, **given: Any) -> str:
        # Parts of a template that say nothing leave spaces on both sides.
        return re.sub(r" {2,}", " ", self._wording.say(self._files[name], given)).strip()

    def _point(self, macro: str, name: str, slot: int) -> str:
        return self._wording.point(self._dialect_file, macro, (name, slot)).strip()

    def write(self, clip: Clip) -> Prompt:
        """The prompt of a clip: opening, scene and cast, shots, what is heard, style, preservation; what is empty is
        left out."""
        voices = _Voices(self, clip)
        scene, cast = voices.scene(), voices.cast
        parts = []
        if clip.first_frame:
            parts.append(("opening", self._say("opening", onward=isinstance(clip.first_frame, LastFrame))))
        parts.append(("cast", self._say("cast", scene=scene, cast=cast)))
        leads = _leads(clip, self._is_same_view(clip))
        times = find_times(clip) if self.storyboard.is_timed(clip.shots[0]) else [""] * len(leads)
        for beat, lead, time in zip(clip.beats, leads, times, strict=True):
            parts.append((beat.shot.id, self._say("shot", shot=voices.shot(beat, lead, time))))
        parts.append(("heard", self._say("heard", heard=voices.heard())))
        if self.storyboard.style:
            parts.append(("style", self._say("style", style=tidy_phrase(self.storyboard.style))))
        kept = {"scene": scene, "cast": cast, "clauses": voices.clauses(), "several": len(clip.beats) > 1}
        parts.append(("preserve", self._say("preserve", **kept)))
        parts = [(name, text) for name, text in parts if text]
        return Prompt("\n".join(text for _, text in parts), tuple((name, len(text)) for name, text in parts))

    def _is_same_view(self, clip: Clip) -> bool:
        """Whether the first shot has the framing of the one that it continues, so that the camera has nowhere to go."""
        shot = clip.shots[0]
        before = self._shots.get(shot.continues or "")
        return not shot.framing or (before is not None and before.framing == shot.framing)

    def name_tongue(self, line: Line) -> str:
        """The language of a line, by name; empty where it is the one in which everything is written."""
        spoken = line.language or self.storyboard.language
        words = self.language.tag
        if read_language(spoken) == words == read_language(self.storyboard.language):
            return ""
        # `en` is also what a film has that says nothing of its language; its lines say whether they are in English.
        given = line.language or "language" in self.storyboard.model_fields_set
        if not given and not is_latin(line.text):
            return ""
        return name_language(spoken, words) or ""


class _Voices:
    """What the templates are given for one clip."""

    def __init__(self, writer: Writer, clip: Clip) -> None:
        self.writer, self.storyboard, self.clip, self.people = writer, writer.storyboard, clip, writer.people
        self.pointing = Pointing(writer.people, clip, writer.point)
        self.speaking = {face for beat in clip.beats for line, face in self._spoken(beat) if line.kind == "seen"}
        # A voice is described once: with its owner, or at the first line of one who is not seen to speak.
        self.described = set(self.speaking)
        self.portraits = {face: self._portrait(face) for face in clip.cast}
        self.cast = list(self.portraits.values())

    def scene(self) -> dict[str, Any]:
        place = self.storyboard.place(self.clip.scene)
        lower = self.writer.language.lower
        name = lower(tidy_phrase(place.name))
        description = lower(tidy_phrase(place.description))
        marks = tuple(dict.fromkeys(lower(tidy_phrase(mark)) for mark in place.marks))
        return {
            "name": name,
            "bound": self.pointing.has_placed,
            "mapped": self.pointing.point_to_place(name, "placed"),
            "kept": self.pointing.point_to_place(name, "kept"),
            "tag": self.pointing.tag_marks(marks),
            "card": list(make_card(description, marks)),
            "sound": self._phrase(place.sound),
            "description": description,
            "marks": list(marks),
        }

    def _phrase(self, text: str | None) -> str:
        return self.writer.language.lower(tidy_phrase(self.pointing.bind_text(text))) if text else ""

    def _portrait(self, face: Face) -> dict[str, Any]:
        person = self.people.find(face)
        bound = self.pointing.is_bound(face)
        return {
            "name": person.name,
            "bound": bound,
            "mapped": self.pointing.point_to(face, "bound"),
            "shown": self.pointing.point_to(face, "shown"),
            "kept": self.pointing.point_to(face, "kept"),
            "tag": self.pointing.tag_marks(person.marks),
            "card": list(person.card),
            "description": person.description,
            "marks": list(person.marks),
            "voice": person.voice if face in self.speaking else "",
        }

    def shot(self, beat: Beat, lead: str, time: str) -> dict[str, Any]:
        """One shot. Marks go in the order in which it is read, so that each is at the first mention."""
        shot, language, bind = beat.shot, self.writer.language, self.pointing.bind_phrase
        unmarked = set(beat.faces)
        framing, camera = (
            bind(spell_out(text, language.abbreviations), unmarked) if text else None
            for text in (shot.framing, shot.camera)
        )
        view = language.join_view(framing, camera)
        action = self.pointing.bind_text(beat.action, unmarked, is_sentence=True)
        if not beat.action.startswith("@"):
            action = language.lower(action)
        others = [self.pointing.name_once(face, unmarked) for face in self._others(beat)]
        return {
            "lead": lead,
            "time": time,
            "view": view.text,
            "plain": view.is_noun,
            "labelled": not language.has_spaces and self.pointing.begins_with_label(view.text),
            "cast": [self.portraits[face] for face in beat.faces],
            "action": end_sentence(action, language.stop),
            "part": beat.part,
            "parts": beat.parts,
            "goes_on": beat.part > 1,
            "others": others,
            "lines": self._lines(beat, unmarked),
            "sound": [self._phrase(shot.sound)] if shot.sound else [],
            "music": self._phrase(shot.music),
        }

    def _others(self, beat: Beat) -> list[Face]:
        """Who is in the picture and neither mentioned nor heard: who is listed, and in a later part of a long shot who
        came into it in an earlier one."""
        shot, names = beat.shot, self.writer.names
        seen = {face for line, face in self._spoken(beat) if line.kind == "seen"}
        seen.update(*(faces_in(read_words(text, names)) for text in (shot.framing, shot.camera, beat.action) if text))
        left = [face for face in beat.faces if face not in seen]
        if beat.parts == 1 or not left:
            return left
        whole = " ".join(shot.action.split())
        words = faces_in(read_words(whole[: whole.find(beat.action) + len(beat.action)], names))
        listed = set(map(read_who, shot.cast))
        return [face for face in left if face in words or face in listed]

    def _spoken(self, beat: Beat) -> list[tuple[Line, Face]]:
        """The lines of a shot, each with who says it."""
        return list(zip(beat.lines, resolve_speakers(beat.lines, beat.faces), strict=True))

    def _lines(self, beat: Beat, unmarked: set[Face]) -> list[dict[str, Any]]:
        lines: list[dict[str, Any]] = []
        before: tuple[Any, ...] | None = None
        for line, speaker in self._spoken(beat):
            face = speaker if line.kind == "seen" else self.pointing.find_seen(speaker)
            turn = (line.kind, face, line.language)
            lines.append(self._line(line, face, turn == before, unmarked))
            before = turn
        return lines

    def _line(self, line: Line, face: Face, again: bool, unmarked: set[Face]) -> dict[str, Any]:
        person = self.people.find(face)
        is_new = face not in self.described
        self.described.add(face)
        name = self.pointing.name_once(face, unmarked)
        if not self.writer.language.has_spaces and self.pointing.is_label(name, face):
            name += " "
        return {
            "kind": line.kind,
            "unseen": line.unseen,
            "again": again,
            "name": name,
            "says": self.writer.language.say(person.name),
            "how": tidy_phrase(self.pointing.bind_text(line.how, unmarked)) if line.how else "",
            "voice": person.voice if is_new and line.unseen else "",
            "tongue": self.writer.name_tongue(line),
            "quote": quote_line(line.text, line.language or self.storyboard.language),
        }

    def heard(self) -> dict[str, bool]:
        """What is heard in the clip: lines of people who are seen, of others, or none; and whether music is ours."""
        kinds = {line.kind for beat in self.clip.beats for line in beat.lines}
        return {
            "seen": "seen" in kinds,
            "unseen": bool(kinds - {"seen"}),
            "alone": len(self.clip.cast) == 1,
            "unscored": self.storyboard.music is not None and not any(shot.music for shot in self.clip.shots),
        }

    def clauses(self) -> list[str]:
        """Preservation clauses of film, cast, scene and shots, each said once."""
        given = [
            *self.storyboard.preserve,
            *(clause for face in self.clip.cast for clause in self.storyboard.character(*face).preserve),
            *self.storyboard.place(self.clip.scene).preserve,
            *(clause for shot in self.clip.shots for clause in shot.preserve),
        ]
        return list(dict.fromkeys(map(self._phrase, given)))


def _leads(clip: Clip, is_same_view: bool) -> list[str]:
    """How each shot is led in: begin, or go on from the first frame; then cut and shift in turn, and end on the last of
    several."""
    beats = clip.beats
    inner = ["shift" if number % 2 else "cut" for number in range(len(beats) - 2)]
    return [_first_lead(clip, is_same_view), *inner, *(["end"] if len(beats) > 1 else [])]


def _first_lead(clip: Clip, is_same_view: bool) -> str:
    frame = clip.first_frame
    if clip.beats[0].part > 1:
        return "continue" if frame else "resume"
    if frame is None:
        return "begin"
    # A camera that is already where it shall be does not move there.
    return "onward" if isinstance(frame, LastFrame) and not is_same_view else "frame"


def find_times(clip: Clip) -> list[str]:
    """From which whole second of the clip to which each shot lasts; the last to the end of the clip."""
    # Summed first and then rounded, half up: what is lost by rounding each shot would add up along the clip.
    ends = [(end + 500) // 1000 for end in accumulate(beat.milliseconds for beat in clip.beats)]
    ends[-1] = clip.seconds
    return [f"{_clock(start)}-{_clock(end)}" for start, end in pairwise([0, *ends])]


def _clock(seconds: int) -> str:
    return f"{seconds // 60:02}:{seconds % 60:02}"
