"""Clips levelled to one another: each is laid into the film by how loud it is where somebody speaks.

What counts is the foreground of a clip: those moments of 400 ms that are at most 10 LU below its loudest. So a line is
as loud in one clip as in another, however long the pauses around it are and whatever is heard in them. A clip is
lowered as far as it must be, but raised by 12 dB at most, and by less the quieter it is: what is nearly silent holds
noise alone.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from storyforge.film.conform import RATE, Piece
from storyforge.film.sound.loudness import SILENCE, integrate_loudness, mean_loudness, measure_stream
from storyforge.film.sound.track import SAMPLE
from storyforge.model.errors import MediaError
from storyforge.system.ffmpeg import run_ffmpeg, version_key
from storyforge.system.files import stage_file, write_atomically
from storyforge.system.media import source
from storyforge.system.threads import together
from storyforge.system.whole import is_unchanged, note_made

RECIPE = 1
"""Raised when this module makes other sound from the same pieces."""

REFERENCE = -16.0
"""LUFS at which clips are mixed with music, whatever the loudness of the film is to be."""

FOREGROUND = 10.0
"""LU below its loudest twentieth down to which a moment is a clip's foreground."""

RAISED = 12.0
"""dB by which a clip is raised at most."""

QUIET, NOISE = -40.0, -55.0
"""LUFS below which a clip is raised by less than that, and below which not at all."""

AT_ONCE = 2
"""Clips that are levelled at the same time."""

FLOATS = f"f32{sys.byteorder[0]}e"
"""ffmpeg's name of samples as this machine counts: raw, and free to go beyond full scale until the film is done."""


@dataclass(frozen=True, slots=True)
class Level:
    """A piece's sound as it is laid into the film."""

    sound: Path | None
    """Raw stereo `FLOATS`, gain and all; None of a piece in which nothing is heard."""
    gain: float
    """In dB."""
    moments: tuple[float, ...]
    """How loud it is then, by tenths of a second, in LUFS."""


def level_key(piece: Piece) -> str:
    """Names the level of a piece by all that can change it."""
    return hashlib.sha256(json.dumps([RECIPE, "level", piece.key, version_key()]).encode()).hexdigest()


async def level_pieces(pieces: Sequence[Piece], folder: Path) -> list[Level]:
    """The level of each piece, from `folder` or made there. Raises MediaError."""
    distinct = {piece.key: piece for piece in pieces}
    levels: dict[str, Level] = {}
    places = asyncio.Semaphore(AT_ONCE)

    async def level(piece: Piece) -> None:
        async with places:
            levels[piece.key] = await _level(piece, folder)

    await together(*map(level, distinct.values()))
    return [levels[piece.key] for piece in pieces]


async def _level(piece: Piece, folder: Path) -> Level:
    import ffmpeg

    key = level_key(piece)
    sound, facts = folder / f"{key}.f32", folder / f"{key}.json"
    if is_unchanged(facts) and (known := _known(facts)):
        gain, moments = known["gain"], tuple(known["moments"])
        if not moments or is_unchanged(sound):
            return Level(sound if moments else None, gain, moments)
    heard = source(piece.sound, "sound")["a:0"]
    found = await measure_stream(heard)
    gain = round(clip_gain(found.moments), 2)
    moments = tuple(round(moment + gain, 1) for moment in found.moments if moment > SILENCE)
    if moments:
        with stage_file(sound) as raw:
            louder = heard.filter("aformat", sample_fmts="flt").filter("volume", f"{gain:.2f}dB", precision="float")
            await run_ffmpeg(ffmpeg.output(louder, f"file:{raw.absolute()}", format=FLOATS))
            if raw.stat().st_size != piece.frames * RATE // piece.fps * SAMPLE:
                raise MediaError(f"the sound of piece `{piece.key[:12]}` is not that of {piece.frames} frames")
    # the facts come last: a level that has them is whole
    write_atomically(facts, json.dumps({"gain": gain, "moments": moments}))
    note_made(facts, *([sound] if moments else []))
    return Level(sound if moments else None, gain, moments)


def _known(facts: Path) -> Any:
    try:
        return json.loads(facts.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None


def clip_gain(moments: Sequence[float]) -> float:
    """dB that a clip is laid in with, by how loud its moments are; 0 of silence."""
    audible = sorted(moment for moment in moments if moment > SILENCE)
    if not audible:
        return 0.0
    # Not the very loudest moment: one slam of a door would leave no speech within `FOREGROUND` of it.
    loudest = audible[int(len(audible) * 0.95)]
    foreground = mean_loudness([moment for moment in audible if moment >= loudest - FOREGROUND])
    bound = RAISED * min(1.0, max(0.0, (foreground - NOISE) / (QUIET - NOISE)))
    return min(REFERENCE - foreground, bound)


def common_gain(levels: Sequence[Level]) -> float:
    """dB that brings all clips together to the reference, so that music lies as far below them in every film."""
    found = integrate_loudness([moment for level in levels for moment in level.moments])
    return REFERENCE - found if found > SILENCE else 0.0
