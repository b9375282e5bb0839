"""A bed of music under the clips: looped to the end of the film, and stepping back while somebody speaks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from storyforge.film.conform import RATE
from storyforge.model.errors import MediaError
from storyforge.system.ffmpeg import BITEXACT, run_ffmpeg
from storyforge.system.files import copy_content, make_scratch
from storyforge.system.media import form, source
from storyforge.system.workers import READ_TIMEOUT

FAREWELL = 2.0
"""Seconds in which the music leaves at the end of the film."""

DUCKING = {"threshold": 0.03, "ratio": 8, "attack": 20, "release": 400}
"""How music steps back: from -30 dB of the clips on, to an eighth, within 20 ms, and back within 400 ms."""


@dataclass(frozen=True, slots=True)
class Bed:
    """Music under the whole film."""

    file: Path
    gain: float = -18.0
    """In dB."""
    duck: bool = True
    """Whether it steps back for the sound of the clips."""


async def unpack_music(music: Path, folder: Path, samples: int) -> Path:
    """The music as plain samples, no more of them than are needed: packed sound would leave gaps where it loops."""
    import ffmpeg

    form(music, "sound")
    plain = folder / "bed.wav"
    # Of a copy, so that what was looked at is what is played.
    with make_scratch(folder / "music") as copy:
        copy_content(music, copy)
        heard = source(copy, "sound")["a:0"].filter("aresample", RATE, **{"async": 1, "first_pts": 0})
        heard = heard.filter("aformat", sample_fmts="s16", channel_layouts="stereo").filter("atrim", end_sample=samples)
        output = ffmpeg.output(heard, f"file:{plain.absolute()}", format="wav", acodec="pcm_s16le", **BITEXACT)
        await run_ffmpeg(output, timeout=READ_TIMEOUT)
    # 44 bytes are the head of a WAV.
    if plain.stat().st_size <= 44:
        raise MediaError(f"`{music.name}` holds no sound")
    return plain


def lay_music(clips: Any, music: Path, bed: Bed, samples: int) -> tuple[Any, Any]:
    """The clips, and unpacked music as it lies under them, both as long as the film."""
    import ffmpeg

    under = (
        source(music, "sound", stream_loop=-1)["a:0"]
        .filter("aformat", sample_fmts="flt", channel_layouts="stereo")
        .filter("volume", f"{bed.gain:g}dB")
        .filter("afade", type="out", start_time=f"{max(0.0, samples / RATE - FAREWELL):.6f}", duration=FAREWELL)
    )
    if bed.duck:
        clips, heard = (clips.filter_multi_output("asplit", 2)[number] for number in range(2))
        # neither side may end before the mix does: at its end the compressor drops more or less of what it holds
        under = ffmpeg.filter([under, heard.filter("apad")], "sidechaincompress", **DUCKING)
    return clips, under.filter("atrim", end_sample=samples)
