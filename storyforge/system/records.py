"""Reads what the store has written of takes, clips and films; what is hurt counts as not written.

Nothing is lost by that: the lock names takes too, hosts still have the films of their jobs, and what is made from takes
is made again. `storyforge doctor FILE` names each file that is hurt.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from storyforge.system.inputs import UnreadableFile, read_text

SHA256 = re.compile("[0-9a-f]{64}")
SHOT = re.compile(r"shots\.\d{1,6}\.")
"""How the path of a field of a shot begins."""
SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
"""How JSON may write half of a character, which is no text; we write none."""

Check = Callable[[dict[str, Any]], bool]


def read_json(path: Path, check: Check) -> dict[str, Any] | None:
    """A JSON object that passes a check; None where there is no such file, or it is hurt."""
    try:
        return load_json(read_text(path), check)
    except (UnreadableFile, ValueError):
        return None


def parse_json(text: str) -> Any:
    """The value of a JSON text; ValueError where it is none, is too deep, or holds half a character."""
    try:
        found = json.loads(text)
        if SURROGATE.search(text):
            # Two escapes may be a whole character, and after another backslash none is one.
            json.dumps(found, ensure_ascii=False).encode()
    except RecursionError:
        raise ValueError("it is too deep") from None
    except UnicodeEncodeError:
        raise ValueError("it holds text that is none") from None
    return found


def load_json(text: str, check: Check) -> dict[str, Any]:
    """The JSON object of a text; ValueError as of `parse_json`, and where it does not pass the check."""
    found = parse_json(text)
    if not isinstance(found, dict) or not check(found):
        raise ValueError("it is not of its form")
    return found


def read_rendering(path: Path) -> dict[str, Any] | None:
    """What is known of a take, from a file of `slates/`."""
    return read_json(path, is_rendering)


def read_film(path: Path) -> dict[str, Any] | None:
    """What is known of a stitched film, from a file of `films/`."""
    return read_json(path, is_film)


def read_record(path: Path) -> dict[str, Any] | None:
    """What the clips of a storyboard were last rendered from, from a file of `records/`."""
    return read_json(path, is_record)


def is_rendering(told: Mapping[str, Any]) -> bool:
    """Whether an object has the form of what is known of a take."""
    made, fields = told.get("slate"), told.get("fields")
    return (
        is_sha256(told.get("take"))
        and isinstance(made, dict | None)
        and (not made or (_is_whole_number(made.get("take", 1)) and isinstance(made.get("provider", ""), str)))
        and (fields is None or is_fields(fields))
        and isinstance(told.get("notes", []), list)
        and all(isinstance(told.get(name), str | None) for name in ("film", "clip", "date", "prompt", "release"))
        and isinstance(told.get("emulated"), bool | None)
    )


def is_film(told: Mapping[str, Any]) -> bool:
    """Whether an object has the form of what is known of a stitched film."""
    return is_sha256(told.get("sha256")) and isinstance(told.get("names"), list | None)


def is_record(told: Mapping[str, Any]) -> bool:
    """Whether an object has the form of a storyboard's record."""
    clips = told.get("clips", {})
    return (
        isinstance(clips, dict)
        and all(isinstance(clip, dict) and is_fields(clip.get("fields", {})) for clip in clips.values())
        and all(isinstance(clip.get("after"), list | None) for clip in clips.values())
        and all(isinstance(name, str) for clip in clips.values() for name in clip.get("after") or ())
        and isinstance(told.get("film"), dict | None)
    )


def is_fields(fields: Any) -> bool:
    """Whether a value has the form of the fields that a clip is made from, by their paths."""
    return isinstance(fields, dict) and all(
        not path.startswith("shots.") or SHOT.match(path) is not None for path in fields
    )


def is_sha256(value: Any) -> bool:
    """Whether a value is a sha256 in hexadecimal."""
    return isinstance(value, str) and SHA256.fullmatch(value) is not None


def _is_whole_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
