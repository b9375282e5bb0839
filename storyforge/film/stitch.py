"""Pieces -> film: only the frames that joins change are encoded, all others are copied as they are."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from threading import Event

from storyforge.compiler.transitions import SEAM
from storyforge.film.conform import PlacedPiece, count_frames
from storyforge.film.cues import Cue
from storyforge.film.mux import Stretch, mux_film
from storyforge.film.sound.mix import Mix, Sound, make_sound
from storyforge.film.subtitle_files import write_track
from storyforge.film.tags import Tags
from storyforge.film.transition_clips import Window, make_window
from storyforge.model.errors import MediaError
from storyforge.system.files import make_folder, make_scratch_folder, stage_file
from storyforge.system.threads import in_thread, together

AT_ONCE = 2
"""Windows that are encoded at the same time."""

MISSED = 0.5
"""LU by which a film may be too quiet before it is noted."""


async def stitch_film(
    pieces: Sequence[PlacedPiece],
    out: Path,
    folder: Path,
    *,
    mix: Mix | None = None,
    tags: Tags | None = None,
    cues: Sequence[Cue] = (),
    progress: Callable[[float], None] | None = None,
    note: Callable[[str], None] | None = None,
) -> int:
    """Write the film to `out`, replaced at once when it is whole; gives its frames: the pieces' less the overlaps.

    `tags` and subtitles go into the film with picture and sound. Windows and sound are kept in `folder`; `note` gets
    what people should know of it. Raises MediaError.
    """
    _check(pieces)
    make_folder(folder)
    tell = progress or (lambda fraction: None)
    plan = list_parts(pieces)
    windows, sound = await _make_parts(plan, pieces, mix or Mix(), folder, lambda done: tell(0.9 * done))
    stretches = [part if isinstance(part, Stretch) else Stretch(windows[part.key], 0, part.frames) for part in plan]
    fps, frames = pieces[0].piece.fps, count_frames(pieces)
    with stage_file(out) as film, make_scratch_folder("words", folder) as aside:
        track = aside / "subtitles.mp4" if cues else None
        if track:
            await write_track(cues, fps, tags.language if tags else "und", track)

        def mux(stop: Event) -> None:
            count = mux_film(stretches, sound.file, fps, film, stop, tags, track)
            if count != frames:
                raise MediaError(f"the film came out at {count} frames where {frames} are due")

        await in_thread(mux)
    tell(1.0)
    if note and sound.master.missing > MISSED:
        note(f"the film is quieter than asked for, {sound.master.lufs:.1f} LUFS: it is nearly all peaks")
    return frames


def _check(pieces: Sequence[PlacedPiece]) -> None:
    if not pieces:
        raise ValueError("a film needs pieces")
    for one in pieces:
        frames, (head, tail) = one.piece.frames, one.margin
        if head + tail > frames:
            raise MediaError(
                f"a clip of {frames} frames is shorter than its transitions, which take {head} and {tail} frames",
                "make the clip longer or the transitions shorter",
            )


def list_parts(pieces: Sequence[PlacedPiece]) -> list[Stretch | Window]:
    """What the film is put together from, in order: the frames of pieces that no join changes, and windows."""
    plan: list[Stretch | Window] = []
    before = None
    for one, after in zip(pieces, [*pieces[1:], None], strict=True):
        piece, own, (head, tail) = one.piece, one.join, one.margin
        if own.kind == "fade":
            if before:
                plan.append(Window("out", own.frames, before, None))
            plan.append(Window("in", own.frames, None, piece))
        elif own.kind not in ("cut", SEAM) and before:
            plan.append(Window(own.kind, own.frames, before, piece))
        # of the two that show a seam's frame, the earlier is played
        end = piece.frames - (tail if after and after.join.kind != SEAM else 0)
        if head < end:
            plan.append(Stretch(piece.video, head, end))
        before = piece
    return plan


async def _make_parts(
    plan: Sequence[Stretch | Window],
    pieces: Sequence[PlacedPiece],
    mix: Mix,
    folder: Path,
    progress: Callable[[float], None],
) -> tuple[dict[str, Path], Sound]:
    """The film of each window, by its key, and the sound, both at the same time."""
    windows = [part for part in plan if isinstance(part, Window)]
    done = [0.0 if windows else 1.0, 0.0]

    def tell(part: int, fraction: float) -> None:
        done[part] = fraction
        progress(sum(done) / len(done))

    made, sound = await together(
        _make_windows(windows, folder, partial(tell, 0)), make_sound(pieces, mix, folder, partial(tell, 1))
    )
    return made, sound


async def _make_windows(windows: Sequence[Window], folder: Path, progress: Callable[[float], None]) -> dict[str, Path]:
    """The film of each window, by its key."""
    # A film that plays a clip several times may have the same window again.
    distinct = {window.key: window for window in windows}
    made: dict[str, Path] = {}
    places = asyncio.Semaphore(AT_ONCE)

    async def make(key: str, window: Window) -> None:
        async with places:
            made[key] = await make_window(window, folder)
        progress(len(made) / len(distinct))

    await together(*(make(key, window) for key, window in distinct.items()))
    return made
