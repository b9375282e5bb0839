"""What the author wrote that a clip is made from, by path."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from storyforge.compiler.pack import extra_for
from storyforge.language.mentions import Names
from storyforge.model.clip import Clip, LastFrame
from storyforge.model.storyboard import Line, Storyboard
from storyforge.system.lock import part_digests

_SHOT_FIELDS = (
    "action",
    "framing",
    "camera",
    "sound",
    "music",
    "preserve",
    "seconds",
    "cast",
    "first_frame",
    "continues",
)

FIRST_LINE = ("who", "look", "how", "text", "unseen")
"""What release 0.1 kept of a line."""

FIRST_UNSEEN = ("v.o.", "vo", "o.s.", "os")
"""Manners by which release 0.1 knew that a voice is not seen."""


def collect_authored(storyboard: Storyboard, clip: Clip, names: Names) -> dict[str, Any]:
    """What the author wrote that a clip is made from, by path; what is not written is not in it.

    Pictures stand by their content, so that a moved file is no change. Fields of a shot stand by the shot's number in
    the clip, so that a renamed shot is none.
    """
    given: dict[str, Any] = {
        "style": storyboard.style,
        "preserve": list(storyboard.preserve),
        "format.resolution": storyboard.format.resolution,
        "format.aspect": storyboard.format.aspect,
        "format.fps": storyboard.format.fps,
        "language": storyboard.language,
        "provider": clip.provider,
        "prefer": clip.shots[0].prefer or storyboard.prefer,
        "extra": extra_for(clip.provider, storyboard, clip.shots[0]),
    }
    pictures = {(one.kind, one.id, one.look): one.picture.token for one in clip.references}
    unseen = {(line.who, line.look) for beat in clip.beats for line in beat.lines if line.unseen and line.who in names}
    # A set has another order in every process, and records must not.
    for who, look in dict.fromkeys([*clip.cast, *sorted(unseen, key=str)]):
        path = f"cast.{who}" + (f".looks.{look}" if look else "")
        if look is not None and look not in names.get(who, ()):
            continue
        written = storyboard.character(who, look)
        given |= {
            f"{path}.{name}": getattr(written, name) for name in ("name", "marks", "description", "voice", "preserve")
        }
        given[f"{path}.reference"] = pictures.get(("character", who, look))
    place = storyboard.scenes[clip.scene]
    given |= {
        f"scenes.{clip.scene}.{name}": getattr(place, name)
        for name in ("name", "description", "marks", "sound", "preserve")
    }
    given[f"scenes.{clip.scene}.reference"] = pictures.get(("scene", clip.scene, None))
    for number, beat in enumerate(clip.beats):
        given |= {f"shots.{number}.{name}": getattr(beat.shot, name) for name in _SHOT_FIELDS}
        given[f"shots.{number}.dialogue"] = [record_line(line) for line in beat.lines]
        if clip.first_frame and beat.shot.first_frame:
            given[f"shots.{number}.first_frame"] = clip.first_frame.token
    if isinstance(clip.first_frame, LastFrame):
        own = given["shots.0.anchor"] = clip.shots[0].anchor
        if own is None and clip.first_frame.sharpest:
            given["format.anchor"] = storyboard.format.anchor
    # Only where it says something: a film in which nothing is timed has no field of it.
    if storyboard.is_timed(clip.shots[0]):
        given["shots.0.prompt" if clip.shots[0].prompt else "format.prompt"] = "timed"
    given |= {name: getattr(clip.shots[0], name) for name in ("seed", "take")}
    given["seconds"] = clip.seconds
    # A seed of 0 is written; an empty text or list is as good as not.
    return {
        path: list(value) if isinstance(value, tuple) else value for path, value in given.items() if value or value == 0
    }


def digest_first(fields: Mapping[str, Any], clip: Clip) -> dict[str, str]:
    """Digests of the fields that a clip is made from, as release 0.1 wrote them into its locks: of a line, only what
    that release knew."""
    spoken = {f"shots.{number}.dialogue": beat.lines for number, beat in enumerate(clip.beats)}
    first = {path: [record_line(line, True) for line in lines] for path, lines in spoken.items() if lines}
    return part_digests({**fields, **first})


def record_line(line: Line, first: bool = False) -> dict[str, Any]:
    """A line as one of the fields of a clip; `first`, as release 0.1 kept it."""
    record = line.model_dump(mode="json")
    if not first:
        return record
    how, unseen = read_first_manner(line)
    return {name: record[name] for name in FIRST_LINE} | {"how": how, "unseen": unseen}


def read_first_manner(line: Line) -> tuple[str | None, bool]:
    """The manner of a line as release 0.1 read it, and whether it took its voice for one that is not seen."""
    if line.brackets is None:
        return line.how, line.unseen
    manners = [manner.strip() for manner in line.brackets.strip(" ()").split(",") if manner.strip()]
    return (
        ", ".join(manner for manner in manners if manner.lower() not in FIRST_UNSEEN) or None,
        any(manner.lower() in FIRST_UNSEEN for manner in manners),
    )
