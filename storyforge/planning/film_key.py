"""What names a film: all that it is made from besides its takes, and what changed of that."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from storyforge.compiler.compile import Compiled
from storyforge.compiler.jobs import Planned
from storyforge.compiler.timeline import Timeline
from storyforge.compiler.transitions import find_anchored
from storyforge.model.clip import LastFrame
from storyforge.model.storyboard import Line
from storyforge.providers import is_free
from storyforge.system.files import file_sha256
from storyforge.system.inputs import UnreadableFile


def metadata_fields(compiled: Compiled) -> dict[str, Any]:
    """What the author wrote that makes another film of the same picture and sound, by path."""
    board = compiled.storyboard
    return {
        "language": board.language,
        "dialogue": [] if board.format.subtitles == "none" else [_lines(one) for one in compiled.planned],
    }


def film_names(compiled: Compiled) -> list[str]:
    """The names of a film and of its scenes. If only they change, it is the same film, and they are written into it."""
    return [compiled.storyboard.title, *(name for _, name in chapters(compiled, compiled.timeline))]


def _lines(one: Planned) -> list[Any]:
    """What is said in a clip, by the lengths of its shots."""
    said = [[beat.milliseconds, list(map(_line, beat.lines))] for beat in one.clip.beats]
    return said if any(lines for _, lines in said) else []


def _line(line: Line) -> list[Any]:
    """What of a line is seen in subtitles; what the first release did not know only where it says something, so that
    other films keep the keys that they have."""
    further = [part for part in (line.language, "off" if line.kind == "off" else None) if part]
    return [line.text, line.unseen, *further]


def chapters(compiled: Compiled, timeline: Timeline) -> Iterator[tuple[int, str]]:
    """The frame on which each scene begins, and its name; a scene that comes back begins again."""
    last = None
    for one, _, start, _ in timeline.shots():
        if one.clip.scene != last:
            last = one.clip.scene
            name = compiled.storyboard.place(last).name or last
            yield start, name[:1].upper() + name[1:]


def shot_labels(one: Planned) -> list[tuple[int, str]]:
    """Shot ids that are drawn over a clip's picture, each with the frame it begins on; hosts' films show none."""
    if not is_free(one.clip.provider):
        return []
    starts = [0]
    for panel in one.job.panels:
        starts.append(starts[-1] + panel["frames"])
    return [(start, beat.shot.id) for start, beat in zip(starts, one.clip.beats, strict=False)]


def film_fields(compiled: Compiled) -> dict[str, Any]:
    """What the author wrote that the film is made from besides its clips, by path."""
    board = compiled.storyboard
    music = board.music.model_dump() if board.music else {}
    if board.music and (path := music_path(compiled)):
        music["file"] = _sha256(path, compiled.project.root)
    return {
        **metadata_fields(compiled),
        ORDER: [one.clip.id for one in compiled.planned],
        **{
            f"transition of {one.clip.id}": [one.clip.transition.kind, one.clip.transition.seconds]
            for one in compiled.planned
        },
        **{
            f"anchor of {one.clip.id}": "sharpest"
            for one in compiled.planned
            if isinstance(one.clip.first_frame, LastFrame) and one.clip.first_frame.sharpest
        },
        **{f"music.{name}": value for name, value in music.items()},
        **{f"format.{name}": value for name, value in board.format.model_dump(exclude={"prompt"}).items()},
        "shot ids in the picture": [[list(label) for label in shot_labels(one)] for one in compiled.planned],
    }


def _sha256(path: Path, root: Path) -> str | None:
    try:
        return file_sha256(path, root)
    except (OSError, UnreadableFile):
        return None


ORDER = "order of the clips"
FOLLOWING = (ORDER, "shot ids in the picture", "dialogue", "names of the scenes")
"""Of a film, what follows from which clips it has, and in which order."""

BY_NAME = ("order of ", "transition of ", "anchor of ")
"""Beginnings of the fields that name clips. Names of clips are no part of a film, so its key leaves these out."""


def film_why(fields: Mapping[str, Any], last: Any) -> str:
    """Why a film is stitched again: which fields differ from `last`, those of its last stitching (no mapping if
    none)."""
    if not isinstance(last, dict):
        return "not stitched yet"
    changed = [path for path in dict.fromkeys([*fields, *last]) if fields.get(path) != last.get(path)]
    if ORDER in changed:
        # Clips that come or go bring their lines, ids and transitions with them.
        own = [name for name in changed if name not in FOLLOWING and not name.startswith(BY_NAME)]
        changed = [ORDER, *own]
    return f"{', '.join(changed)} changed" if changed else "a take is another"


def film_key(compiled: Compiled, takes: Mapping[str, str], draft: bool = False) -> str:
    """Names a film by all that it is made from."""
    made = [[takes[one.clip.id], one.clip.seconds] for one in compiled.planned]
    fields = {name: value for name, value in film_fields(compiled).items() if not name.startswith(BY_NAME)}
    positions = [[one.clip.transition.kind, one.clip.transition.seconds] for one in compiled.planned]
    # By places and not by ids: a film whose clips are renamed is the same film.
    places = {one.clip.id: number for number, one in enumerate(compiled.planned)}
    shared: list[Any] = [[join.overlap for join in compiled.timeline.joins[1:]]]
    if shortened := sorted(
        places[clip] for clip in find_anchored(one.clip for one in compiled.planned) if clip in places
    ):
        shared.append({"sharpest": shortened})
    if compiled.storyboard.format.match == "colour":
        shared.append([[places[name] for name in one.clip.after if name in places] for one in compiled.planned])
    # Added only where it is asked for, as `sharpest` is: all other films keep the keys that they have.
    small = ["draft"] if draft else []
    return hashlib.sha256(json.dumps([made, positions, shared, fields, *small], sort_keys=True).encode()).hexdigest()


def music_path(compiled: Compiled) -> Path | None:
    """The file of the film's music, whether it is there or not; None where the storyboard has none."""
    music = compiled.storyboard.music
    return compiled.path.parent / music.file if music else None
