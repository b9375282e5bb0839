"""Render a job of the offline provider: an animatic, drawn and spoken from the panels of its request."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from storyforge.animatic.panels import Stage
from storyforge.animatic.sound import speak_clip
from storyforge.animatic.text import undrawable
from storyforge.system.ffmpeg import BITEXACT, run_ffmpeg
from storyforge.system.files import stage_file, write_new

SOUND_RATE = 48_000

Encoding = Callable[[Mapping[str, Any], Path, Path], Any]
"""The output of ffmpeg for a body, its sound and the film to write; pictures come in raw on standard input."""

BT709 = {"colorspace": "bt709", "color_primaries": "bt709", "color_trc": "bt709"}


async def render_animatic(
    body: Mapping[str, Any],
    pictures: Mapping[str, Path],
    out: Path,
    *,
    progress: Callable[[float], None] | None = None,
    encoding: Encoding | None = None,
) -> tuple[str, ...]:
    """Write an mp4 of exactly the body's size, frames and rate; the same body and pictures give the same bytes.

    `pictures` are local files by token; a token without one is drawn as a placeholder. `progress` is called with a
    fraction from 0 to 1; `encoding` is another way to write it. Returns notes for people; raises MediaError for a
    broken picture.
    """
    speech = await speak_clip(body)
    stage = await asyncio.to_thread(Stage, body, pictures, speech.cues)
    with tempfile.TemporaryDirectory(prefix="storyforge-") as folder, stage_file(out) as film:
        sound = Path(folder) / "speech.wav"
        write_new(sound, speech.to_wav())
        await run_ffmpeg(
            (encoding or _encoding)(body, sound, film), feed=stage.frames(), frames=body["frames"], progress=progress
        )
    return speech.notes + _letters_note(body)


def _encoding(body: Mapping[str, Any], sound: Path, film: Path) -> Any:
    import ffmpeg

    (width, height), fps, frames = body["size"], body["fps"], body["frames"]
    samples = frames * SOUND_RATE // fps
    raw = {"format": "rawvideo", "pix_fmt": "yuv420p", "video_size": (width, height), "framerate": fps}
    # The tags of the colours come from the frames; those given to the encoder alone are overruled.
    picture = ffmpeg.input("pipe:0", **raw).video.filter("setparams", range="tv", **BT709)
    voice = ffmpeg.input(f"file:{sound.absolute()}", format="wav").audio
    voice = (
        voice.filter("aresample", SOUND_RATE)
        .filter("aformat", sample_fmts="fltp", channel_layouts="stereo")
        .filter("apad", whole_len=samples)
        .filter("atrim", end_sample=samples)
    )
    return ffmpeg.output(
        picture,
        voice,
        f"file:{film.absolute()}",
        **BITEXACT,
        vcodec="libx264",
        preset="veryfast",
        crf=20,
        pix_fmt="yuv420p",
        # One thread: drawing keeps another processor busy, and the bytes do not depend on how many there are. Stills
        # that slide need no more than the simplest search for motion.
        **{"profile:v": "high", "x264-params": "threads=1:subme=1:me=dia:ref=1", "frames:v": frames},
        acodec="aac",
        audio_bitrate="128k",
        movflags="+faststart",
        video_track_timescale=fps * 512,
        format="mp4",
    )


def _letters_note(body: Mapping[str, Any]) -> tuple[str, ...]:
    read = [panel[key] for panel in body["panels"] for key in ("framing", "camera", "action", "sound", "music")]
    read += [line[key] for panel in body["panels"] for line in panel["lines"] for key in ("name", "how", "text")]
    read += [person["name"] for panel in body["panels"] for person in (*panel["cast"], panel["scene"])]
    scripts = undrawable("".join(text or "" for text in read))
    return (f"the captions have no letters for {', '.join(scripts)}: boxes stand in their place",) if scripts else ()
