"""The sound of a film: one line of samples, exact to the sample, encoded once.

Sounds of pieces are never encoded apart and joined: an encoder adds samples of its own at the start, and they pile up.
"""

from __future__ import annotations

import math
import sys
import wave
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from storyforge.errors import MediaError
from storyforge.film.conform import RATE, Piece
from storyforge.film.joins import Join, film_frames, margins
from storyforge.media import BITEXACT, run, source

RAMP = RATE * 5 // 1000
"""Samples over which sound comes and goes at a cut, against clicks: 5 ms."""

BLOCK = RATE
"""Samples that are held at a time."""

FAREWELL = 2.0
"""Seconds in which the music leaves at the end of the film."""


@dataclass(frozen=True, slots=True)
class Bed:
    """Music under the whole film."""

    file: Path
    gain: float = -18.0
    """In dB."""
    duck: bool = True
    """Whether it steps back for the sound of the clips."""


DUCKING = {"threshold": 0.03, "ratio": 8, "attack": 20, "release": 400}
"""How music steps back: from -30 dB of the clips on, to an eighth, within 20 ms, and back within 400 ms."""


async def mix_sound(
    pieces: Sequence[Piece],
    joins: Sequence[Join],
    out: Path,
    bed: Bed | None = None,
    progress: Callable[[float], None] | None = None,
) -> None:
    """Write the film's sound as AAC in an MP4, over a bed of music if there is one. Raises MediaError."""
    import ffmpeg

    samples = film_frames([piece.frames for piece in pieces], joins) * RATE // pieces[0].fps
    clips = ffmpeg.input("pipe:0", format=f"s16{sys.byteorder[0]}e", ar=RATE, ch_layout="stereo")["a:0"]
    with TemporaryDirectory(prefix=".bed-", dir=out.parent) as aside:
        if bed is not None:
            clips = _with_music(clips, await _unpacked(bed.file, Path(aside), samples), bed, samples)
        encoded = ffmpeg.output(
            clips,
            f"file:{out.absolute()}",
            format="mp4",
            acodec="aac",
            audio_bitrate="192k",
            ar=RATE,
            threads=1,
            **BITEXACT,
        )
        await run(encoded, feed=_told(timeline(pieces, joins), samples, progress))


async def _unpacked(music: Path, folder: Path, samples: int) -> Path:
    """The music as plain samples, no more of them than are needed: packed sound would leave gaps where it loops."""
    import ffmpeg

    plain = folder / "bed.wav"
    heard = source(music, "sound")["a:0"].filter("aresample", RATE, **{"async": 1, "first_pts": 0})
    heard = heard.filter("aformat", sample_fmts="s16", channel_layouts="stereo").filter("atrim", end_sample=samples)
    await run(ffmpeg.output(heard, f"file:{plain.absolute()}", format="wav", acodec="pcm_s16le", **BITEXACT))
    if plain.stat().st_size <= 44:
        raise MediaError(f"`{music.name}` holds no sound")
    return plain


def _with_music(clips: Any, music: Path, bed: Bed, samples: int) -> Any:
    """The clips over a bed of music, which is played again and again to the end of the film."""
    import ffmpeg

    under = (
        source(music, "sound", stream_loop=-1)["a:0"]
        .filter("aformat", sample_fmts="fltp", channel_layouts="stereo")
        .filter("volume", f"{bed.gain:g}dB")
        .filter("afade", type="out", start_time=f"{max(0.0, samples / RATE - FAREWELL):.6f}", duration=FAREWELL)
    )
    clips = clips.filter("aformat", sample_fmts="fltp", channel_layouts="stereo")
    if bed.duck:
        clips, heard = (clips.filter_multi_output("asplit", 2)[number] for number in range(2))
        # neither side may end before the mix does: at its end the compressor drops more or less of what it holds
        under = ffmpeg.filter([under, heard.filter("apad")], "sidechaincompress", **DUCKING)
    return ffmpeg.filter([clips, under], "amix", inputs=2, duration="first", normalize=0)


def _told(blocks: Iterator[bytes], samples: int, progress: Callable[[float], None] | None) -> Iterator[bytes]:
    sent = 0
    for block in blocks:
        yield block
        sent += len(block) // 4
        if progress:
            progress(min(1.0, sent / samples))


def timeline(pieces: Sequence[Piece], joins: Sequence[Join]) -> Iterator[bytes]:
    """The clips' sound as raw 16-bit stereo, in blocks.

    It is crossfaded at equal power as long as the pictures overlap, follows a fade out and in, and is ramped at cuts.
    """
    held = array("h")
    for index, (piece, (head, tail)) in enumerate(zip(pieces, margins(joins), strict=True)):
        scale = RATE // piece.fps
        before = joins[index]
        after = joins[index + 1] if index + 1 < len(joins) else Join()
        with wave.open(str(piece.sound), "rb") as sound:
            _check(sound, piece)
            start = _read(sound, head * scale or RAMP)
            _rise(start)
            if index and before.overlap:
                start = _sum(held, start)
            yield start.tobytes()
            last = tail * scale or RAMP
            while (left := sound.getnframes() - sound.tell() - last) > 0:
                yield sound.readframes(min(left, BLOCK))
            held = _read(sound, last)
            _fall(held)
        if not after.overlap:
            yield held.tobytes()


def _check(sound: wave.Wave_read, piece: Piece) -> None:
    shape = (sound.getnchannels(), sound.getsampwidth(), sound.getframerate(), sound.getnframes())
    if shape != (2, 2, RATE, piece.frames * RATE // piece.fps):
        raise MediaError(f"the sound of piece `{piece.key[:12]}` is not that of {piece.frames} frames")


def _read(sound: wave.Wave_read, samples: int) -> array[int]:
    return array("h", sound.readframes(samples))


def _rise(values: array[int]) -> None:
    """Let both channels come in along a quarter of a sine: with `_fall`, their powers always sum to one."""
    samples = len(values) // 2
    for index in range(samples):
        factor = math.sin((index + 0.5) / samples * math.pi / 2)
        values[2 * index] = round(values[2 * index] * factor)
        values[2 * index + 1] = round(values[2 * index + 1] * factor)


def _fall(values: array[int]) -> None:
    values.reverse()
    _rise(values)
    values.reverse()


def _sum(one: array[int], other: array[int]) -> array[int]:
    return array("h", (max(-32768, min(32767, a + b)) for a, b in zip(one, other, strict=True)))
