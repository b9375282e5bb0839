"""A shot of an animatic in small, drawn at once: what `watch` shows while the author writes.

A sketch is a fragmented MP4 that can be joined to others by its bytes: one size, one rate, no picture that refers to
another sketch, and sound that is packed without loss, so that it begins and ends exactly where the pictures do.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from storyforge.animatic.label import draw_label
from storyforge.animatic.render import BT709, render_animatic
from storyforge.system import media
from storyforge.system.ffmpeg import BITEXACT, version_key

RECIPE = 1
"""Raised when this module draws other sketches of the same shots."""

FPS = 12
RATE = 24_000
"""Samples a second of the sound, on one channel."""

SHORT = 270
"""Pixels of the short side."""


def sketch_size(aspect: str) -> tuple[int, int]:
    """Width and height in pixels, both even."""
    wide, high = (int(part) for part in aspect.split(":"))
    long = round(SHORT * max(wide, high) / min(wide, high) / 2) * 2
    return (long, SHORT) if wide >= high else (SHORT, long)


def sketch_key(body: Mapping[str, Any], label: str) -> str:
    """Names a sketch by all that can change it."""
    made = [RECIPE, FPS, RATE, body, label, version_key()]
    return hashlib.sha256(json.dumps(made, sort_keys=True).encode()).hexdigest()


async def draw_sketch(body: Mapping[str, Any], pictures: Mapping[str, Path], label: str, out: Path) -> tuple[str, ...]:
    """Draw and speak the panel of a body, its shot's id in a corner; gives notes for people, raises MediaError."""
    with tempfile.TemporaryDirectory(prefix="storyforge-") as folder:
        plate = Path(folder) / "label.png"
        draw_label(label, (body["size"][0], body["size"][1])).save(plate)
        return await render_animatic(body, pictures, out, encoding=partial(_encoding, plate))


def _encoding(plate: Path, body: Mapping[str, Any], sound: Path, film: Path) -> Any:
    import ffmpeg

    (width, height), fps, frames = body["size"], body["fps"], body["frames"]
    samples = frames * RATE // fps
    raw = {"format": "rawvideo", "pix_fmt": "yuv420p", "video_size": (width, height), "framerate": fps}
    marked = media.source(plate, "picture").filter("scale", out_color_matrix="bt709", out_range="tv")
    picture = ffmpeg.input("pipe:0", **raw).video.overlay(marked.filter("format", "yuva420p"))
    voice = ffmpeg.input(f"file:{sound.absolute()}", format="wav").audio.filter("aresample", RATE)
    voice = voice.filter("aformat", sample_fmts="s16", channel_layouts="mono")
    return ffmpeg.output(
        picture.filter("setparams", range="tv", **BT709),
        voice.filter("apad", whole_len=samples).filter("atrim", end_sample=samples),
        f"file:{film.absolute()}",
        **BITEXACT,
        vcodec="libx264",
        preset="ultrafast",
        crf=26,
        pix_fmt="yuv420p",
        # One key frame, the first: a fragment begins on each, and a sketch is to be a single one.
        **{"x264-params": f"threads=1:scenecut=0:keyint={10 * frames}", "frames:v": frames},
        # AAC would put samples of its own before the first, and they would pile up where sketches are joined.
        acodec="flac",
        compression_level=0,
        movflags="empty_moov+default_base_moof+frag_keyframe",
        video_track_timescale=fps * 512,
        format="mp4",
    )
