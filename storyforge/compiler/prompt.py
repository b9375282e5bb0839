"""Write a clip's prompt: decisions here, words in `templates/`, pointing at pictures in `templates/dialects/`."""

from __future__ import annotations

import re
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import FunctionLoader, StrictUndefined, TemplateError, TemplateSyntaxError
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from storyforge.compiler.grammar import (
    add_article,
    end_sentence,
    is_sentence_start,
    join_list,
    start_sentence,
    tidy_phrase,
)
from storyforge.compiler.templates import Templates
from storyforge.language.mentions import Face, Mention, collect_names, replace_mentions, resolve_speakers
from storyforge.model.capabilities import Dialect
from storyforge.model.clip import Beat, Clip, Prompt
from storyforge.model.diagnostics import Diagnostic, Location
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

ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")


class TemplateFault(Exception):
    """A project's own template is broken; carries the finding."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


class _Sandbox(ImmutableSandboxedEnvironment):
    """Jinja without what could spin or swell: no globals, a short list of filters, no multiplying."""

    # A text times a number, a power, or a width to pad to: each can fill the memory in one short expression.
    intercepted_binops = frozenset({"*", "**", "%"})

    def getattr(self, obj: Any, attribute: str) -> Any:
        # What templates are given is plain data in mappings, and to look there last takes most of the writing's time.
        return obj[attribute] if type(obj) is dict and attribute in obj else super().getattr(obj, attribute)

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        raise SecurityError(f"`{operator}` is not for templates")


class Writer:
    """Writes the prompts of one storyboard in one dialect."""

    def __init__(self, storyboard: Storyboard, dialect: Dialect, templates: Templates) -> None:
        self.storyboard = storyboard
        self.names = collect_names(storyboard)
        self.tongue = TONGUES.get(re.split(r"[-_]", storyboard.language.lower())[0])
        self.templates = templates
        environment = _Sandbox(
            loader=FunctionLoader(self._source),
            # A prompt is plain text and no HTML.
            autoescape=False,
            # A misspelt name is a finding, not a gap in a prompt that is paid for.
            undefined=StrictUndefined,
            keep_trailing_newline=False,
            trim_blocks=False,
        )
        kept = ("join", "first", "last", "length", "lower", "upper", "trim", "replace", "default")
        environment.filters = {name: environment.filters[name] for name in kept} | {
            "listed": join_list,
            "sentence": start_sentence,
            "ordinal": lambda n: ORDINALS[n - 1] if n <= len(ORDINALS) else f"{n}th",
        }
        environment.globals = {}
        self._environment = environment
        self._parts = {name: self._loaded(f"{name}.jinja") for name in ("opening", "cast", "shot", "style", "preserve")}
        self._dialect_file = f"dialects/{dialect.name}.jinja"
        pointers = self._loaded(self._dialect_file)
        self._pointers: Any = self._guarded(self._dialect_file, lambda: pointers.module)
        self.pointed = lru_cache(maxsize=None)(self._pointed)
        """A name with its slot in the words of the dialect, by the name of the macro."""

    def _source(self, name: str) -> tuple[str, str | None, Callable[[], bool]] | None:
        found = self.templates.find(name)
        # Always up to date: a template that is edited meanwhile must not change half of the prompts.
        return found and (found[0], str(found[1]), lambda: True)

    def _loaded(self, name: str) -> Any:
        return self._guarded(name, lambda: self._environment.get_template(name))

    def _guarded(self, name: str, make: Callable[[], Any]) -> Any:
        try:
            return make()
        except (
            TemplateError,
            RecursionError,
            TypeError,
            ValueError,
            ArithmeticError,
            LookupError,
            AttributeError,
        ) as fault:
            # A project's own template may fail in all of these ways while it runs, and its author wants a line number,
            # not a traceback.
            raise TemplateFault(_broken(fault, name)) from None

    def _said(self, name: str, **given: Any) -> str:
        text = self._guarded(f"{name}.jinja", lambda: self._parts[name].render(**given))
        # Parts of a template that say nothing leave spaces on both sides.
        return re.sub(r" {2,}", " ", text).strip()

    def _pointed(self, macro: str, name: str, slot: int) -> str:
        return str(self._guarded(self._dialect_file, lambda: getattr(self._pointers, macro)(name, slot))).strip()

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


def _broken(fault: Exception, name: str) -> Diagnostic:
    """The finding that a template cannot be used, at the line that jinja or Python stopped on."""
    if isinstance(fault, TemplateSyntaxError):
        name, line = fault.name or name, fault.lineno
    else:
        frames = [frame for frame in traceback.extract_tb(fault.__traceback__) if frame.filename.endswith(".jinja")]
        name, line = (_short(frames[-1].filename), frames[-1].lineno or 1) if frames else (name, 1)
    said = str(fault).strip().split("\n")[0].rstrip(".") or type(fault).__name__
    return Diagnostic(
        "broken-template",
        "error",
        f"the template cannot be used: {said}",
        "fix it, or remove it to use the one that comes with StoryForge",
        location=Location(f"templates/{name}", line, 1),
    )


def _short(filename: str) -> str:
    """A template's path below its `templates/` folder."""
    return Path(filename).as_posix().rpartition("templates/")[2]


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
