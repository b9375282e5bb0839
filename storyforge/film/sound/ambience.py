"""What fills a clip that has no sound: the still air of a room, so that the film does not seem to break there.

It is soft brown noise without rumble and hiss, 34 LU below the film, and other noise for each piece; the same always.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from storyforge.film.conform import RATE, Piece
from storyforge.film.sound.levelling import FLOATS
from storyforge.system.ffmpeg import run_ffmpeg, version_key
from storyforge.system.files import stage_file
from storyforge.system.whole import is_unchanged, note_made

RECIPE = 1
"""Raised when this module makes other noise."""

BELOW = 34.0
"""LU under the loudness of the film: a quiet room compared with speech."""

AMPLITUDE = 0.016
"""Of the noise, at which it is that far below the reference of the mix."""


def ambience_key(piece: Piece) -> str:
    """Names the noise of a piece by all that can change it."""
    return hashlib.sha256(json.dumps([RECIPE, "ambience", piece.key, version_key()]).encode()).hexdigest()


async def make_ambience(piece: Piece, folder: Path) -> Path:
    """Noise as long as a piece, raw stereo floats at the level of the mix, from `folder` or made there."""
    import ffmpeg

    key = ambience_key(piece)
    path = folder / f"{key}.f32"
    if is_unchanged(path):
        return path
    # One seed for each ear, since the same noise on both would sound from the middle; and from the key, so that the
    # bytes are the same every time.
    seeds = [int(key[start : start + 8], 16) for start in (0, 8)]
    sides = [ffmpeg.input(_noise(seed), format="lavfi")["a:0"] for seed in seeds]
    heard = (
        ffmpeg.filter(sides, "amerge", inputs=2)
        .filter("highpass", f=80)
        .filter("lowpass", f=1500)
        .filter("atrim", end_sample=piece.frames * RATE // piece.fps)
    )
    with stage_file(path) as raw:
        await run_ffmpeg(ffmpeg.output(heard, f"file:{raw.absolute()}", format=FLOATS, ar=RATE, ac=2))
    note_made(path)
    return path


def _noise(seed: int) -> str:
    return f"anoisesrc=color=brown:sample_rate={RATE}:amplitude={AMPLITUDE}:seed={seed}"
