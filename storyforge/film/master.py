"""The finished sound: the mix brought to the film's loudness, encoded once, and measured as it will be heard."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from storyforge.film.conform import RATE
from storyforge.film.level import FLOATS, REFERENCE
from storyforge.film.loudness import measured
from storyforge.media import BITEXACT, run, source

PEAK = -1.5
"""dBTP that no film exceeds."""

MARGIN = 0.3
"""dB below that are kept free at first, because an encoder adds to peaks."""

NEAR = 0.3
"""LU by which a film may miss its loudness."""

TRIES, SETTLED = 12, 8
"""Encodings at most, and after how many only the peak is seen to; one or two are the rule."""

DRIVEN = 18.0
"""dB of gain at most that make up for what the limiter takes."""

OVERSAMPLED = 4 * RATE
"""Samples a second at which peaks are limited, so that those between the film's samples are, too."""

LIMITER = {"attack": 5, "release": 80, "level": 0, "latency": 1}
"""Its milliseconds to come and to go; `level` would raise all again, `latency` keeps it in time."""


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


def raw(path: Path) -> Any:
    """An ffmpeg-python stream of samples that were written raw."""
    import ffmpeg

    return ffmpeg.input(f"file:{path.absolute()}", format=FLOATS, ar=RATE, ch_layout="stereo")["a:0"]


async def master_sound(mix: Path, ambience: Path | None, loudness: float, out: Path) -> Master:
    """Encode a mix at so many LUFS as AAC in an MP4, with ambience, if any, that lies at its own level below it.

    One gain is given to all where the peaks allow it; where they do not, a limiter takes off what is over. What comes
    out is measured, and made anew until it is right. A mix of silence stays as it is, and one that is nearly all peaks
    stays quieter than asked for. Raises MediaError.
    """
    found = await measured(raw(mix))
    gain, ceiling = 0.0 if found.is_silence else loudness - found.lufs, PEAK - MARGIN
    most, step, before = gain + DRIVEN, 0.0, 0.0
    for attempt in range(1, TRIES + 1):
        limit = ceiling if found.peak + gain > ceiling else None
        await run(_encoded(mix, ambience, gain, loudness, limit, out))
        heard = await measured(source(out, "sound")["a:0"])
        off = 0.0 if found.is_silence else loudness - heard.lufs
        over = heard.peak - PEAK
        is_near = abs(off) <= NEAR or (gain >= most and off > 0) or attempt >= SETTLED
        if over <= 0 and is_near:
            break
        ceiling -= max(0.0, over + 0.05)
        if not is_near:
            # a limiter takes back a part of what a gain gives
            share = min(1.0, max(0.2, (heard.lufs - before) / step)) if step > NEAR else 1.0
            before, step = heard.lufs, min(off / share, most - gain)
            gain += step
    return Master(gain, heard.lufs, heard.peak, off)


def _encoded(mix: Path, ambience: Path | None, gain: float, loudness: float, limit: float | None, out: Path) -> Any:
    import ffmpeg

    heard = at_gain(raw(mix), gain)
    if ambience:
        heard = ffmpeg.filter([heard, at_gain(raw(ambience), loudness - REFERENCE)], "amix", inputs=2, normalize=0)
    if limit is not None:
        heard = (
            heard.filter("aresample", OVERSAMPLED)
            .filter("alimiter", limit=f"{10 ** (limit / 20):.6f}", **LIMITER)
            .filter("aresample", RATE)
        )
    return ffmpeg.output(
        heard,
        f"file:{out.absolute()}",
        format="mp4",
        acodec="aac",
        audio_bitrate="192k",
        ar=RATE,
        threads=1,
        **BITEXACT,
    )


def at_gain(heard: Any, gain: float) -> Any:
    """A stream of floats, louder by so many dB."""
    return heard.filter("volume", f"{gain:.3f}dB", precision="float")
