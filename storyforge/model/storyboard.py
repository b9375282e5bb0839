"""What an author writes: the nouns of a `NAME.story.yaml`, frozen, exactly as the language names them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import isfinite
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    PrivateAttr,
    Strict,
    ValidationInfo,
    model_serializer,
    model_validator,
)
from pydantic_core import PydanticCustomError

from storyforge.model.manners import Kind, join_manners, read_manners

_IN_ID = r"(?:[\u200C\u200D]?[\p{L}\p{M}\p{Nd}_-])*"
ID_PATTERN = rf"^\p{{L}}{_IN_ID}$"
"""An id: letters, digits, `-` and `_` of any script, with the joiners that a script needs, starting with a letter."""

NUMBERED_ID_PATTERN = rf"^[\p{{L}}\p{{Nd}}]{_IN_ID}$"
"""The id of a shot or a scene, which may start with a digit: `14B`."""

WHO_PATTERN = rf"^\p{{L}}{_IN_ID}(\.\p{{L}}{_IN_ID})?$"
"""A character, or one of its looks: `mira`, `mira.storm`."""

LINE_KEY = re.compile(r"^\s*(?P<who>[^\s(（.]+)(?:\.(?P<look>[^\s(（.]+))?(?P<how>(?:\s*[(（][^()（）]*[)）])*)\s*$")
"""The key of a line of dialogue: `mira`, `mira.storm (V.O.) (whispering)`."""

_XFADES = """
    wipeleft wiperight wipeup wipedown slideleft slideright slideup slidedown circlecrop rectcrop distance fadeblack
    fadewhite radial smoothleft smoothright smoothup smoothdown circleopen circleclose vertopen vertclose horzopen
    horzclose pixelize diagtl diagtr diagbl diagbr hlslice hrslice vuslice vdslice hblur fadegrays wipetl wipetr
    wipebl wipebr squeezeh squeezev zoomin fadefast fadeslow hlwind hrwind vuwind vdwind coverleft coverright
    coverup coverdown revealleft revealright revealup revealdown
"""
XFADES = tuple(_XFADES.split())
"""Kinds of ffmpeg's `xfade`, by its own names. Its `fade` and `dissolve` are not among them, for here these words mean
what editors mean."""

OVERLAPS = ("dissolve", "wipe", *XFADES)
"""Transitions in which two clips overlap."""

# `[0-9]` and not `\d`, which in Python takes the digits of every script: the JSON Schema has the same pattern.
TRANSITION = re.compile(
    rf"^\s*(?:(?P<cut>cut)|(?P<kind>fade|{'|'.join(OVERLAPS)})\s+"
    r"(?![0.]+(?:\s*s)?\s*$)(?P<seconds>[0-9]{1,3}(?:\.[0-9]{1,6})?)(?:\s*s)?)\s*$"
)
"""`cut`, `dissolve 0.5`, `fade 1 s`; never of no length."""


def _said(text: str) -> str:
    if not text.strip():
        raise PydanticCustomError("blank", "nothing is written here")
    return text.strip()


Text = Annotated[str, Strict(), AfterValidator(_said), Field(json_schema_extra={"pattern": r"\S"})]
"""A piece of writing: text with at least one visible character; white space around it is dropped."""


def _composed(name: str) -> str:
    """An accented letter as one, however an editor wrote it, so that equal names are equal."""
    return name if name.isascii() else unicodedata.normalize("NFC", name)


def _joined(name: str) -> str:
    """The name, if it has joiners only in scripts that need them: elsewhere they would tell two names apart unseen."""
    for at, letter in enumerate(name if not name.isascii() else ""):
        if letter in JOINERS and unicodedata.name(name[at - 1], "").partition(" ")[0] in _UNJOINED:
            raise PydanticCustomError("string_pattern_mismatch", "a joiner is in a script that needs none")
    return _composed(name)


JOINERS = "\u200c\u200d"
"""ZWNJ and ZWJ, which change how letters of some scripts join."""

_UNJOINED = {"LATIN", "GREEK", "CYRILLIC", "DIGIT", "LOW", "HYPHEN-MINUS", "CJK", "HIRAGANA", "KATAKANA", "HANGUL"}
"""Beginnings of the names of letters that no joiner changes."""

Id = Annotated[str, Strict(), Field(pattern=ID_PATTERN), AfterValidator(_joined)]
NumberedId = Annotated[str, Strict(), Field(pattern=NUMBERED_ID_PATTERN), AfterValidator(_joined)]
Who = Annotated[str, Strict(), Field(pattern=WHO_PATTERN), AfterValidator(_joined)]

Aspect = Literal["16:9", "9:16", "1:1", "4:3", "3:4", "4:5", "5:4", "9:21", "21:9"]
Resolution = Literal["720p", "1080p"]
Preference = Literal["cast", "first_frame"]
Fit = Literal["pad", "crop", "blur"]
FitTime = Literal["trim", "keep", "stretch"]
Anchor = Literal["last", "sharpest"]
Timing = Literal["guide", "timed"]


class Noun(BaseModel):
    """Base of all nouns: frozen, unknown keys are errors, and a key left empty (`camera:`) counts as not written."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    @model_validator(mode="before")
    @classmethod
    def _drop_empty(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        # Unknown keys are kept although empty, so that a misspelt one is an error before anything is written after it.
        return {key: item for key, item in value.items() if item is not None or key not in cls.model_fields}


def _written(value: Any) -> Any:
    """A character, look or scene of which nothing is written but its id."""
    return {} if value is None else value


def _sendable(value: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Mapping[str, Any]]:
    """Fields for a request as they are, if JSON has a word for each: it has none for `.inf` and `.nan`."""
    rest: list[tuple[tuple[str | int, ...], Any]] = [((), value)]
    while rest:
        path, item = rest.pop()
        match item:
            case float() if not isfinite(item):
                raise PydanticCustomError("not_finite", "a request holds finite numbers alone", {"inside": path})
            case Mapping():
                rest += [((*path, key), inner) for key, inner in item.items()]
            case list():
                rest += [((*path, index), inner) for index, inner in enumerate(item)]
    return value


Extra = Annotated[Mapping[str, Mapping[str, Any]], AfterValidator(_sendable)]


class Format(Noun):
    """The shape and sound of the film, and what goes along with them."""

    aspect: Aspect = "16:9"
    """Width to height. Every host takes 16:9, 9:16, 1:1, 4:3 and 3:4; some take the others too."""
    resolution: Resolution = "720p"
    """The short side of the film: 720 or 1080 pixels."""
    fps: Literal[24, 25, 30] = 24
    """Frames a second."""
    fit: Fit | None = None
    """How a take of another shape fills the picture: `pad` shows all of it between black bars, `crop` cuts off what
    is too much, and `blur` lays it over a blurred copy of itself. Left out, it is cropped where it loses 2 % at most,
    else padded."""
    fit_time: FitTime = "trim"
    """How a take of another length fills the time of its clip. `trim` plays it as it is: a long one is cut off at its
    end, a short one holds its last frame in silence. `keep` loses nothing: a long one is played faster, a short one
    holds its last frame. `stretch` plays it faster or slower, to fill the time."""
    anchor: Anchor = "last"
    """The frame on which a clip ends that another continues, and on which that one opens: its last, or `sharpest`,
    the sharpest of its last half second. What comes after it is left out, so the film is shorter by up to that."""
    seam: Literal["keep", "drop"] = "keep"
    """Whether a clip that goes on from the last frame of the one before shows that frame again: `drop` leaves out its
    first frame, and the film is a frame shorter at each such cut."""
    match: Literal["none", "colour"] = "none"
    """Whether a clip that goes on from a last frame is brought to the colours of the first clip of its chain in the
    film; what is drawn offline is left as it is."""
    subtitles: Literal["soft", "burned", "none"] = "soft"
    """The dialogue to read: `soft` is a track that a player shows or not, `burned` is drawn into the picture."""
    artist: Text | None = None
    """Who made the film, for players to show."""
    loudness: Annotated[float, Strict(), Field(ge=-36, le=-12, allow_inf_nan=False)] = -16.0
    """Integrated loudness of the film in LUFS, by EBU R128; true peaks stay below -1.5 dBTP."""
    silence: Literal["keep", "ambience"] = "keep"
    """What is heard in a clip without sound: nothing, or the still air of a room."""
    prompt: Timing = "guide"
    """Whether prompts say when each shot begins and ends: `guide` leaves that to the model, `timed` begins each shot
    with its time in the clip in whole seconds, `[00:04-00:07]`."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels; the long side is rounded to an even number."""
        short = int(self.resolution[:-1])
        wide, high = (int(part) for part in self.aspect.split(":"))
        # Even, since in yuv420p, which films are coded in, two by two pixels share a colour.
        long = round(short * max(wide, high) / min(wide, high) / 2) * 2
        return (long, short) if wide >= high else (short, long)


class Music(Noun):
    """A bed of music under the whole film."""

    file: Text
    """The music: a path from this file."""
    gain: Annotated[float, Strict(), Field(ge=-60, le=12, allow_inf_nan=False)] = -18.0
    """Loudness change in dB."""
    duck: Annotated[bool, Strict()] = True
    """Whether the music steps back while somebody speaks."""


class Look(Noun):
    """The same person dressed or aged otherwise; a field given here replaces the character's, the rest is inherited."""

    name: Text | None = None
    """How a prompt speaks of the character in this look."""
    reference: Text | None = None
    """A picture: path from this file, URL, or a provider's own id (`asset:…`, `uuid:…`)."""
    marks: tuple[Text, ...] | None = None
    """One or two unmistakable details of this look."""
    description: Text | None = None
    """What the character looks like in this look, in a few words."""
    voice: Text | None = None
    """How the character sounds in this look."""
    preserve: tuple[Text, ...] | None = None
    """What must stay the same wherever this look is seen."""


class Character(Noun):
    """One of the cast."""

    name: Text | None = None
    """How a prompt speaks of the character: a noun phrase. Left out, the id with `-` and `_` as spaces."""
    reference: Text | None = None
    """A picture: path from this file, URL, or a provider's own id (`asset:…`, `uuid:…`)."""
    marks: tuple[Text, ...] = ()
    """One or two unmistakable details, repeated wherever the character is mentioned."""
    description: Text | None = None
    """What the character looks like, in a few words."""
    voice: Text | None = None
    """How the character sounds."""
    looks: Mapping[Id, Annotated[Look, BeforeValidator(_written)]] = {}
    """The same person dressed or aged otherwise; written `@mira.storm`."""
    preserve: tuple[Text, ...] = ()
    """What must stay the same wherever the character is seen."""


class Scene(Noun):
    """A place."""

    name: Text | None = None
    """How a prompt speaks of the place. Left out, the id with `-` and `_` as spaces."""
    reference: Text | None = None
    """A scene reference: a picture that locks the place itself."""
    description: Text | None = None
    """What the place looks like, in a few words."""
    marks: tuple[Text, ...] = ()
    """One or two unmistakable details of the place."""
    sound: Text | None = None
    """What is always heard here."""
    preserve: tuple[Text, ...] = ()
    """What must stay the same wherever the place is seen."""


class Line(Noun):
    """One line of dialogue, written `WHO: text` or `WHO (how): text`."""

    who: str
    look: str | None = None
    how: str | None = None
    """Manner of speaking, without the mark of a voice that is not seen and without a language."""
    text: str
    kind: Kind = "seen"
    """Whether lips move in the picture (`seen`), or the voice is of somebody near and out of view (`off`, O.S.), or
    lies over the picture (`over`, V.O.)."""
    language: str | None = None
    """BCP 47 tag of the language in which it is said; None: the film's."""

    @property
    def unseen(self) -> bool:
        """Whether the voice is heard and no lips move."""
        return self.kind != "seen"

    @property
    def brackets(self) -> str | None:
        """What is in brackets behind the speaker, as it is written; None of a line from a record."""
        return self._brackets

    _brackets: str | None = PrivateAttr(None)

    @model_validator(mode="wrap")
    @classmethod
    def _keep(cls, value: Any, make: ModelWrapValidatorHandler[Line], info: ValidationInfo) -> Line:
        line = make(cls._read(value, info))
        if isinstance(value, dict) and len(value) == 1 and (found := LINE_KEY.match(*value)):
            line._brackets = found["how"] or None
        return line

    @classmethod
    def _read(cls, value: Any, info: ValidationInfo) -> Any:
        if isinstance(value, dict) and value.keys() - {"kind", "language"} == _RECORDED:
            kind = value.get("kind") or ("over" if value["unseen"] else "seen")
            return {key: item for key, item in value.items() if key != "unseen"} | {"kind": kind}
        if not isinstance(value, dict) or len(value) != 1:
            raise PydanticCustomError("line", "a line of dialogue is one `WHO: text`")
        ((key, text),) = value.items()
        if not isinstance(text, str) or not text.strip():
            raise PydanticCustomError("line_text", "the words of the line are missing or not text")
        found = LINE_KEY.match(key) if isinstance(key, str) else None
        if found is None:
            raise PydanticCustomError("line_who", "a line begins with `WHO` or `WHO (how)`")
        film = info.context.get("language") if info.context else None
        manners = read_manners(found["how"], film if isinstance(film, str) else "en")
        return {
            "who": _composed(found["who"]),
            "look": found["look"] and _composed(found["look"]),
            "how": join_manners(found["how"], manners.spans),
            "text": text.strip(),
            "kind": manners.kind,
            "language": manners.language,
        }

    @model_serializer
    def _record(self) -> dict[str, Any]:
        """The line as records of takes hold it: what the first release did not know is left out where it says nothing,
        so that a line which was not changed is no change."""
        record = {"who": self.who, "look": self.look, "how": self.how, "text": self.text, "unseen": self.unseen}
        kind = {"kind": self.kind} if self.kind == "off" else {}
        return record | kind | ({"language": self.language} if self.language else {})


_RECORDED = {"who", "look", "how", "text", "unseen"}


@dataclass(frozen=True, slots=True)
class Transition:
    """How a shot follows the one before: `cut`, or `fade` or a kind of overlap in so many seconds."""

    kind: str = "cut"
    seconds: float = 0.0


def _transition(value: Any) -> Transition:
    if isinstance(value, Transition):
        return value
    found = TRANSITION.match(value) if isinstance(value, str) else None
    if found is None:
        raise PydanticCustomError("transition", "a transition is `cut`, `dissolve S`, `fade S` or `wipe S`")
    return Transition() if found["cut"] else Transition(found["kind"], float(found["seconds"]))


class Shot(Noun):
    """One camera view with its action and lines."""

    id: NumberedId
    """The shot's own name; must be unique in the film."""
    scene: NumberedId
    """Where it plays."""
    framing: Text | None = None
    """The size and angle of the view: `wide establishing shot`, `close shot`."""
    camera: Text | None = None
    """How the camera moves: `slow push-in`."""
    action: Text
    """What happens, in a sentence or more; `@id` mentions a character."""
    cast: tuple[Who, ...] = ()
    """Who is present without being mentioned."""
    dialogue: tuple[Line, ...] = ()
    """Lines in order, each `WHO: text` or `WHO (how): text`; `(V.O.)` and `(O.S.)` mark a voice that is not seen."""
    sound: Text | None = None
    """What is heard besides the lines."""
    music: Text | None = None
    """A music cue, in words."""
    seconds: Annotated[float, Strict(), Field(ge=0.5, le=600, allow_inf_nan=False)] | None = None
    """How long it lasts. Left out: the time its dialogue needs, or 4."""
    transition: Annotated[Transition, BeforeValidator(_transition)] = Transition()
    """How this shot follows the one before: `cut`, `dissolve S`, `fade S`, `wipe S`, or another kind of
    ffmpeg's `xfade` by its name: `circleopen S`."""
    first_frame: Text | None = None
    """A picture that the shot opens on exactly."""
    continues: NumberedId | None = None
    """The shot whose last frame this one opens on."""
    anchor: Anchor | None = None
    """Which frame of the clip before it that is, if not what `format` says: its `last`, or the `sharpest` of its last
    half second, on which that clip then ends. Of a shot longer than a clip, it counts for each part."""
    clip: Literal["auto", "new"] = "auto"
    """`new` starts a clip here."""
    preserve: tuple[Text, ...] = ()
    """What must stay the same in this shot."""
    prefer: Preference | None = None
    """What to keep where a provider takes only a first frame or references."""
    prompt: Timing | None = None
    """Whether the prompt says when this shot begins and ends, if not as `format` says: `guide` or `timed`. Shots of the
    two kinds share no clip."""
    provider: Id | None = None
    """Where this shot is rendered, if not where the storyboard says."""
    # 2^31 - 1 is the largest that hosts take.
    seed: Annotated[int, Strict(), Field(ge=0, le=2147483647)] | None = None
    """Number that a host draws its chance from. Left out, one is derived."""
    take: Annotated[int, Strict(), Field(ge=1)] = 1
    """Raise it to ask for another rendering."""
    extra: Extra = {}
    """Fields for a provider's request, passed through: `{provider: {field: value}}`. None that is set here anyway."""
    notes: Text | None = None
    """For people; never sent."""


class Storyboard(Noun):
    """One film or one episode; without `shots`, a bible for `use` alone."""

    storyforge: Literal[1]
    """Version of the language."""
    title: Text
    """The name of the film."""
    use: tuple[Text, ...] = ()
    """Other storyboards whose cast, scenes and settings are used; what is written here wins."""
    language: Text = "en"
    """BCP 47 tag of the dialogue's language."""
    provider: Id = "offline"
    """Where clips are rendered, unless a shot says otherwise."""
    format: Format = Format()
    """The shape of the film: `aspect`, `resolution` and `fps`; how takes fit it: `fit` and `fit_time`; its sound:
    `loudness` and `silence`; and what goes along: `subtitles` and `artist`."""
    style: Text | None = None
    """The look of the whole film, in a few words."""
    music: Music | None = None
    """A bed of music under the whole film."""
    preserve: tuple[Text, ...] = ()
    """What must stay the same in every clip."""
    prefer: Preference | None = None
    """What to keep where a provider takes only a first frame or references."""
    extra: Extra = {}
    """Fields for a provider's request, passed through: `{provider: {field: value}}`. None that is set here anyway."""
    cast: Mapping[Id, Annotated[Character, BeforeValidator(_written)]] = {}
    """Who plays, by id."""
    scenes: Mapping[NumberedId, Annotated[Scene, BeforeValidator(_written)]] = {}
    """Where it plays, by id."""
    shots: tuple[Shot, ...] | None = None
    """The shots, in the order of the film; each has at least an `id`, a `scene` and an `action`."""

    def character(self, who: str, look: str | None = None) -> Character:
        """The character as it shows in a look (None: its plain self), with its name filled in; KeyError if unknown."""
        return self._characters[who, look]

    def place(self, scene: str) -> Scene:
        """The scene with its name filled in; KeyError if unknown."""
        return self._places[scene]

    def is_timed(self, shot: Shot) -> bool:
        """Whether the prompt of a shot says when it begins and ends."""
        return (shot.prompt or self.format.prompt) == "timed"

    @cached_property
    def _characters(self) -> Mapping[tuple[str, str | None], Character]:
        """Each character in each of its looks."""
        return {
            (who, look): _shown(plain, who, look) for who, plain in self.cast.items() for look in (None, *plain.looks)
        }

    @cached_property
    def _places(self) -> Mapping[str, Scene]:
        return {
            scene: found.model_copy(update={"name": found.name or id_words(scene)})
            for scene, found in self.scenes.items()
        }

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy; what was derived from the fields is derived again, for they may be others."""
        copied = super().model_copy(update=update, deep=deep)
        for name in ("_characters", "_places"):
            copied.__dict__.pop(name, None)
        return copied


def _shown(plain: Character, who: str, look: str | None) -> Character:
    worn = plain.looks[look] if look is not None else Look()
    # Not by its truth: an empty list is given too, and takes the character's marks away.
    given = {field: value for field in Look.model_fields if (value := getattr(worn, field)) is not None}
    return plain.model_copy(update={"name": plain.name or id_words(who), **given})


def noun_at(path: tuple[str | int, ...]) -> type[Noun] | None:
    """The noun at a path; None where there is none."""
    match path:
        case ():
            return Storyboard
        case ("format",):
            return Format
        case ("music",):
            return Music
        case ("cast", _):
            return Character
        case ("cast", _, "looks", _):
            return Look
        case ("scenes", _):
            return Scene
        case ("shots", _):
            return Shot
    return None


def id_words(name: str) -> str:
    """An id as words."""
    return name.replace("-", " ").replace("_", " ").strip()
