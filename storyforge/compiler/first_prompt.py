"""The prompts of release 0.1, to the letter.

Its slates held them, so orders and takes of that release are found by them. Nothing is ordered with them any more, and
nothing here may change.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from storyforge.compiler.authored import read_first_manner
from storyforge.compiler.templates import Templates
from storyforge.compiler.wording import Wording, find_wording
from storyforge.language.mentions import Face, Mention, collect_names, replace_mentions, resolve_speakers
from storyforge.model.capabilities import Dialect
from storyforge.model.clip import Beat, Clip
from storyforge.model.storyboard import Line, Storyboard

TONGUES = {
    "fr": "French", "de": "German", "es": "Spanish", "pt": "Portuguese", "it": "Italian", "ja": "Japanese",
    "zh": "Chinese", "ko": "Korean", "nl": "Dutch", "pl": "Polish", "ru": "Russian", "sv": "Swedish", "tr": "Turkish",
    "ar": "Arabic", "hi": "Hindi",
}  # fmt: skip

ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")

LEADS = {"begin": "Begin with", "cut": "Cut to", "shift": "Shift to", "end": "End on", "continue": "Continue with"}

OPENING = "Begin exactly from the first frame and let the action grow out of it."

ENDS = ".!?…。！？"
CLOSERS = "\"'”’»」』）)]"
SENTENCE_START = re.compile(r"(?:^|[.!?…。！？][\"'”’»」』）)\]]*\s+)$")
DETERMINED = re.compile(
    r"^(?:an?|the|this|that|his|her|their|its|our|my|your|one|two|three|four|several)\s", re.IGNORECASE
)
SMALL_WORDS = r"(?!(?:on|of|at|from|in|into|over|through|behind|with|to|and|as|the|an?|looking)(?![\w-]))"
VIEW = re.compile(
    rf"^(?:{SMALL_WORDS}[a-z][a-z0-9’'/-]*\s+){{0,6}}?{SMALL_WORDS}(?:[a-z-]+-)?(?:shot|view|angle|close-?up|insert|pan|tilt"
    r"|push-?in|pull-?out|pull-?back|zoom|dolly|track|crane|orbit|arc|frame|framing|profile|portrait|silhouette|tableau"
    r"|detail|cutaway|sweep|glide|rise|drift|hold|single|master|move|camera)\b(?!-)",
    re.IGNORECASE,
)


class FirstWriter:
    """Writes prompts as release 0.1 did, with the project's own `templates` where it has some. Raises TemplateFault
    where those do not fill in what that release gave them."""

    def __init__(self, storyboard: Storyboard, dialect: Dialect, templates: Templates) -> None:
        self.storyboard, self.dialect = storyboard, dialect.name
        self.names = collect_names(storyboard)
        self.tongue = TONGUES.get(re.split(r"[-_]", storyboard.language.lower())[0])
        self.dialect_file = f"dialects/{dialect.name}.jinja"
        names = ["opening.jinja", "cast.jinja", "shot.jinja", "style.jinja", "preserve.jinja", self.dialect_file]
        self.own = frozenset(name for name in names if templates.is_own(name))
        self.wording: Wording | None = find_wording(templates, sorted(self.own)) if self.own else None

    def write(self, clip: Clip) -> str:
        """The prompt of a clip."""
        voices = _Voices(self, clip)
        scene, cast = voices.scene(), [voices.portrait(face) for face in clip.cast]
        parts = [self.say("opening", lambda: OPENING)] if clip.first_frame else []
        parts.append(self.say("cast", lambda: _cast_words(scene, cast), scene=scene, cast=cast))
        for beat, lead in zip(clip.beats, _leads(clip.beats), strict=True):
            parts.append(self._shot(voices.shot(beat, lead)))
        if self.storyboard.style:
            style = tidy(self.storyboard.style)
            parts.append(self.say("style", lambda: f"Style: {style}.", style=style))
        clauses = voices.clauses()
        kept = {"scene": scene, "cast": cast, "clauses": clauses}
        parts.append(self.say("preserve", lambda: _preserve_words(scene, cast, clauses), **kept))
        return "\n".join(parts)

    def _shot(self, shot: Mapping[str, Any]) -> str:
        return self.say("shot", lambda: _shot_words(shot), shot=shot)

    def say(self, name: str, words: Any, **given: Any) -> str:
        """What a template gives: the project's own, or else the words of release 0.1."""
        file = f"{name}.jinja"
        said = self.wording.say(file, given) if self.wording and file in self.own else words()
        return re.sub(r" {2,}", " ", said).strip()

    def point(self, macro: str, name: str, slot: int) -> str:
        """A name with its slot in the words of the dialect."""
        if self.wording and self.dialect_file in self.own:
            return self.wording.point(self.dialect_file, macro, (name, slot)).strip()
        return _pointed(self.dialect, macro, name, slot).strip()


class _Voices:
    """One clip's characters and scene as its prompt speaks of them."""

    def __init__(self, writer: FirstWriter, clip: Clip) -> None:
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
        return tidy(self.storyboard.character(who, look if look in self.writer.names[who] else None).name or who)

    def name_face(self, face: Face, macro: str) -> str:
        name, slot = self._name(face), self.slots.get(face)
        if slot is None:
            return name
        if macro in ("named", "kept") and name in self.ambiguous:
            macro = "shown"
        return self.writer.point(macro, name, slot)

    def scene(self) -> dict[str, Any]:
        place = self.storyboard.place(self.clip.scene)
        name = tidy(place.name or self.clip.scene)
        bound = self.writer.point("placed", name, self.place_slot) if self.place_slot else f"the scene is {name}"
        marks = [tidy(mark) for mark in place.marks]
        return {"name": name, "mapped": bound, "description": tidy(place.description), "marks": marks}

    def portrait(self, face: Face) -> dict[str, Any]:
        character = self.storyboard.character(*face)
        return {
            "name": self._name(face),
            "bound": face in self.slots,
            "mapped": self.name_face(face, "bound"),
            "shown": self.name_face(face, "shown"),
            "kept": self.name_face(face, "kept"),
            "description": tidy(character.description),
            "marks": [tidy(mark) for mark in character.marks],
            "voice": tidy(character.voice) if face in self.speaking else "",
        }

    def shot(self, beat: Beat, lead: str) -> dict[str, Any]:
        shot = beat.shot
        view = ", ".join(self.bind(text) for text in (shot.framing, shot.camera) if text)
        place = self.storyboard.place(self.clip.scene)
        speakers = resolve_speakers(beat.lines, beat.faces)
        return {
            "lead": lead,
            "view": add_article(view) or view,
            "plain": add_article(view) is not None,
            "cast": [self.portrait(face) for face in beat.faces],
            "action": end_sentence(self.bind(shot.action or "", whole=True)),
            "goes_on": beat.part > 1,
            "lines": [self._line(line, face) for line, face in zip(beat.lines, speakers, strict=True)],
            "sound": [self.bind(text) for text in (place.sound, shot.sound) if text],
            "music": self.bind(shot.music) if shot.music else "",
        }

    def _line(self, line: Line, face: Face) -> dict[str, Any]:
        known = face[0] in self.writer.names
        return {
            "name": self._name(face) if line.unseen else self.name_face(face, "named"),
            "how": tidy(read_first_manner(line)[0]),
            "voice": tidy(self.storyboard.cast[face[0]].voice) if known and line.unseen else "",
            "unseen": line.unseen,
            "tongue": self.writer.tongue,
            "quote": f"“{end_sentence(' '.join(line.text.split()))}”",
        }

    def clauses(self) -> list[str]:
        given = [
            *self.storyboard.preserve,
            *(clause for face in self.clip.cast for clause in self.storyboard.character(*face).preserve),
            *self.storyboard.place(self.clip.scene).preserve,
            *(clause for shot in self.clip.shots for clause in shot.preserve),
        ]
        return list(dict.fromkeys(self.bind(clause) for clause in given))

    def bind(self, text: str, whole: bool = False) -> str:
        def name_of(mention: Mention, before: str) -> str:
            name = self.name_face(mention.face, "named")
            return start_sentence(name) if whole and SENTENCE_START.search(before[-9:]) else name

        said = replace_mentions(text, self.writer.names, name_of)
        return said if whole else tidy(said)


def _leads(beats: Sequence[Beat]) -> list[str]:
    first = "begin" if beats[0].part == 1 else "continue"
    inner = ["shift" if number % 2 else "cut" for number in range(len(beats) - 2)]
    return [first, *inner, "end"] if len(beats) > 1 else [first]


def _pointed(dialect: str, macro: str, name: str, slot: int) -> str:
    ordinal = ORDINALS[slot - 1] if slot <= len(ORDINALS) else f"{slot}th"
    label = f"character{slot}"
    words = {
        "character_n": {
            "shown": label, "named": label, "kept": f"{label}, {name}", "bound": f"{label} is {name}",
            "placed": f"the scene is {label}, {name}",
        },
        "image_n": {
            "shown": f"{name} in [Image {slot}]", "named": f"[Image {slot}]", "kept": f"{name} in [Image {slot}]",
            "bound": f"[Image {slot}] shows {name}", "placed": f"the scene is {name} in [Image {slot}]",
        },
        "descriptive": {
            "shown": f"{name} from the {ordinal} reference image", "named": name, "kept": name,
            "bound": f"the {ordinal} reference image shows {name}",
            "placed": f"the scene is {name} from the {ordinal} reference image",
        },
    }  # fmt: skip
    return words[dialect][macro]


def _cast_words(scene: Mapping[str, Any], cast: Sequence[Mapping[str, Any]]) -> str:
    said = start_sentence(scene["mapped"]) + (f": {scene['description']}" if scene["description"] else "")
    said += f", recognisable by {join_list(scene['marks'])}." if scene["marks"] else "."
    for one in cast:
        bound, description, marks, voice = one["bound"], one["description"], one["marks"], one["voice"]
        if not (bound or description or marks or voice):
            continue
        verb = "is" if description else "appears"
        said += "\n" + (start_sentence(one["mapped"]) if bound else f"{start_sentence(one['name'])} {verb}")
        said += f"{',' if bound else ''} {description}" if description else ""
        if marks:
            by = "recognisable by" if bound or description else "with"
            said += f"{',' if bound or description else ''} {by} {join_list(marks)}"
        said += f"; voice: {voice}." if voice else "."
    return said


def _shot_words(shot: Mapping[str, Any]) -> str:
    said = LEADS[shot["lead"]]
    if shot["plain"]:
        said += f" {shot['view']}."
    else:
        said += f" this view: {shot['view']}." if shot["view"] else " this:"
    if shot["cast"]:
        seen = (one["shown"] + (f", with {join_list(one['marks'])}" if one["marks"] else "") for one in shot["cast"])
        said += f" In view: {'; '.join(seen)}."
    said += (" The action goes on." if shot["goes_on"] else "") + f" {shot['action']}"
    said += "".join(map(_line_words, shot["lines"]))
    said += f" Sound: {'; '.join(shot['sound'])}." if shot["sound"] else ""
    return said + (f" Music: {shot['music']}." if shot["music"] else "")


def _line_words(line: Mapping[str, Any]) -> str:
    how, voice, tongue = line["how"], line["voice"], f" in {line['tongue']}" if line["tongue"] else ""
    if line["unseen"]:
        said = f" Over the picture the voice of {line['name']}" + (f", {how}" if how else "")
        said += (f", {voice}" if voice else "") + ("," if how or voice else "")
        return f"{said} says{tongue}: {line['quote']}"
    said = f" {start_sentence(line['name'])}" + (f", {how}," if how else "")
    return f"{said} says{tongue}{',' if tongue else ''} with clear lip-sync: {line['quote']}"


def _preserve_words(scene: Mapping[str, Any], cast: Sequence[Mapping[str, Any]], clauses: Iterable[str]) -> str:
    said = "Keep the same from the first frame to the last:"
    said += "".join(
        f" {one['kept']}" + (f", with {join_list(one['marks'])}" if one["marks"] else "") + ";" for one in cast
    )
    said += f" {scene['name']}" + (f", with {join_list(scene['marks'])}" if scene["marks"] else "")
    return said + "".join(f"; {clause}" for clause in clauses) + "."


def tidy(text: str | None) -> str:
    """A phrase on one line, without the punctuation that the sentence around it brings."""
    return re.sub(r"(?<!\.)\.$|[,;:]+$", "", " ".join((text or "").split()).rstrip()).rstrip()


def end_sentence(text: str) -> str:
    """A sentence with its full stop, unless it ends in punctuation of its own."""
    text = text.rstrip().rstrip(",;:")
    return text if text.rstrip(CLOSERS)[-1:] in tuple(ENDS) else f"{text}."


def start_sentence(text: str) -> str:
    """The text as the start of a sentence; a reference's own word keeps its letters."""
    return text if re.match(r"character\d", text) else text[:1].upper() + text[1:]


def add_article(view: str) -> str | None:
    """`close shot` as `a close shot`; None for what is no plain English noun phrase."""
    if DETERMINED.match(view):
        return view
    if not VIEW.match(view):
        return None
    plain = view[0].lower() + view[1:] if view[1:2].islower() else view
    return f"{'an' if re.match(r'[aeiou]', plain, re.IGNORECASE) else 'a'} {plain}"


def join_list(phrases: Iterable[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    *most, last = list(phrases) or [""]
    return f"{', '.join(most)} and {last}" if most else last
