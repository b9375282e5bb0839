"""The few frames that a join changes: each window is a small film of its own, encoded and kept like a piece."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from storyforge.film.conform import Piece, encoding_options
from storyforge.film.fit import BT709
from storyforge.model.errors import MediaError
from storyforge.system.ffmpeg import run_ffmpeg, version_key
from storyforge.system.files import stage_file
from storyforge.system.media import source
from storyforge.system.whole import is_unchanged, note_made

RECIPE = 3
"""Raised when this module makes other windows from the same pieces."""


STYLES = {"dissolve": "fade", "wipe": "wipeleft"}
"""What ffmpeg calls those overlaps that have a name of their own here."""


@dataclass(frozen=True, slots=True)
class Window:
    """Frames that are made from the end of one piece, the start of the next, or both."""

    kind: str
    """One of `OVERLAPS`, or a half of a fade: `out`, `in`."""
    frames: int
    before: Piece | None
    """The piece whose last frames go in; None for `in`."""
    after: Piece | None
    """The piece whose first frames go in; None for `out`."""

    @property
    def key(self) -> str:
        """Names it by all that can change it."""
        pieces = [piece and piece.key for piece in (self.before, self.after)]
        return hashlib.sha256(json.dumps([RECIPE, self.kind, self.frames, pieces, version_key()]).encode()).hexdigest()


async def make_window(window: Window, folder: Path) -> Path:
    """The film of a window, from `folder` or made there."""
    path = folder / f"{window.key}.mp4"
    if is_unchanged(path):
        return path
    with stage_file(path) as temporary:
        count = await run_ffmpeg(_graph(window, temporary), frames=window.frames)
        if count != window.frames:
            raise MediaError(f"a {window.kind} came out at {count} frames where {window.frames} are due")
    note_made(path)
    return path


def _graph(window: Window, out: Path) -> Any:
    import ffmpeg

    ends: Any = window.before and _last(window.before, window.frames)
    starts: Any = window.after and _first(window.after, window.frames)
    fps = (window.before or window.after).fps  # type: ignore[union-attr]  # one of them is there
    match window.kind:
        case "out":
            picture = ends.filter("fade", type="out", start_frame=0, nb_frames=window.frames)
        case "in":
            picture = starts.filter("fade", type="in", start_frame=0, nb_frames=window.frames)
        case kind:
            style, seconds = STYLES.get(kind, kind), f"{window.frames / fps:.9f}"
            # Both sides hold the frames of the window and no more, so they overlap from the first on.
            picture = ffmpeg.filter([ends, starts], "xfade", transition=style, duration=seconds, offset=0)
    picture = picture.filter("trim", end_frame=window.frames).filter("format", "yuv420p").filter("setparams", **BT709)
    return ffmpeg.output(picture, f"file:{out.absolute()}", **encoding_options(fps))


def _last(piece: Piece, count: int) -> Any:
    """The last frames of a piece. The seek lands a hair before the first of them, so that rounding cannot lose it."""
    seek = max(0.0, (piece.frames - count) / piece.fps - 0.001)
    return _part(source(piece.video, "film", threads=1, ss=f"{seek:.6f}"), count)


def _first(piece: Piece, count: int) -> Any:
    return _part(source(piece.video, "film", threads=1), count)


def _part(opened: Any, count: int) -> Any:
    return opened["v:0"].filter("trim", end_frame=count).filter("setpts", "PTS-STARTPTS")
