"""The finished sound: the mix brought to the film's loudness, encoded once, and measured as it will be heard."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from storyforge.film.conform import RATE
from storyforge.film.sound.levelling import FLOATS, REFERENCE
from storyforge.film.sound.loudness import Loudness, measure_stream
from storyforge.system.ffmpeg import BITEXACT, run_ffmpeg
from storyforge.system.media import source

PEAK = -1.5
"""dBTP that no film exceeds."""

MARGIN = 0.7
"""dB below that are kept free at first, because an encoder adds to peaks."""

NEAR = 0.3
"""LU by which a film may miss its loudness."""

TRIES, ENCODINGS = 14, 6
"""Gains that are tried at most, and how many of them with an encoder at least; the first is right for most films."""

DRIVEN = 18.0
"""dB of gain at most that make up for what the limiter takes."""

OVERSAMPLED = 4 * RATE
"""Samples a second at which peaks are limited, so that those between the film's samples are, too."""

LIMITER = {"attack": 5, "release": 80, "level": 0, "latency": 1}
"""Its milliseconds to come and to go; `level` would raise all again, `latency` keeps it in time."""


CODER = {"audio_bitrate": "192k", "aac_coder": "fast"}
"""At this rate the fast coder takes a third of the time of the usual one and is no worse, by ffmpeg's own manual."""


@dataclass(frozen=True, slots=True)
class Master:
    """How a mix became the sound of the film."""

    gain: float
    """In dB, of the whole mix."""
    lufs: float
    """Integrated loudness of the finished sound."""
    peak: float
    """Its true peak in dBTP."""
    missing: float
    """LU by which it is quieter than asked for; 0 of silence."""


def raw_stream(path: Path) -> Any:
    """An ffmpeg-python stream of samples that were written raw."""
    import ffmpeg

    return ffmpeg.input(f"file:{path.absolute()}", format=FLOATS, ar=RATE, ch_layout="stereo")["a:0"]


async def master_sound(mix: Path, found: Loudness, ambience: Path | None, loudness: float, out: Path) -> Master:
    """Encode a mix, which is `found` so loud, at so many LUFS as AAC in an MP4, with ambience, if any, that lies at its
    own level below it.

    One gain is given to all where the peaks allow it; where they do not, a limiter takes off what is over. What comes
    out is measured, and made again until it is right. A mix of silence stays as it is, and one that is nearly all peaks
    stays quieter than asked for. Raises MediaError.
    """
    gain, ceiling = 0.0 if found.is_silence else loudness - found.lufs, PEAK - MARGIN
    most, step, before = gain + DRIVEN, 0.0, 0.0
    # Where no limiter is needed, the gain is right at once, and the first thing to measure is what the encoder makes of
    # it.
    encoding = found.peak + gain <= ceiling
    for left in reversed(range(TRIES)):
        encoding = encoding or left < ENCODINGS
        limit = ceiling if found.peak + gain > ceiling else None
        heard = _finished(mix, ambience, loudness, gain, limit)
        if encoding:
            await run_ffmpeg(_encoded(heard, out))
            heard = source(out, "sound")["a:0"]
        told = await measure_stream(heard)
        missing = 0.0 if found.is_silence else loudness - told.lufs
        over = told.peak - PEAK
        # Half the room is left to the encoder, which changes the loudness a little, too.
        near = NEAR if encoding else NEAR / 2
        if abs(missing) > near and (missing < 0 or gain < most) and left > ENCODINGS // 2:
            # a limiter takes back a part of what a gain gives
            share = min(1.0, max(0.2, (told.lufs - before) / step)) if step > NEAR else 1.0
            before, step = told.lufs, min(missing / share, most - gain)
            gain += step
        elif over <= 0:
            if encoding:
                break
            encoding = True
        ceiling -= max(0.0, over + 0.05)
    return Master(gain, told.lufs, told.peak, missing)


def _finished(mix: Path, ambience: Path | None, loudness: float, gain: float, limit: float | None) -> Any:
    import ffmpeg

    heard = apply_gain(raw_stream(mix), gain)
    if ambience:
        heard = ffmpeg.filter(
            [heard, apply_gain(raw_stream(ambience), loudness - REFERENCE)], "amix", inputs=2, normalize=0
        )
    if limit is None:
        return heard
    ceiling = f"{10 ** (limit / 20):.6f}"
    limited = heard.filter("aresample", OVERSAMPLED).filter("alimiter", limit=ceiling, **LIMITER)
    return limited.filter("aresample", RATE)


def _encoded(heard: Any, out: Path) -> Any:
    import ffmpeg

    # One thread, for the same bytes on every machine.
    options = {"format": "mp4", "acodec": "aac", **CODER, "ar": RATE, "threads": 1, **BITEXACT}
    return ffmpeg.output(heard, f"file:{out.absolute()}", **options)


def apply_gain(heard: Any, gain: float) -> Any:
    """A stream of floats, louder by so many dB."""
    return heard.filter("volume", f"{gain:.3f}dB", precision="float")
