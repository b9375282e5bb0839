"""Test cards: small films whose every frame tells, in black and white blocks, which take and which frame it is."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ffmpeg

from storyforge.system import decode
from storyforge.system.ffmpeg import run_ffmpeg

WIDTH, HEIGHT = 320, 180
BITS = 16
BLOCK = WIDTH // BITS


def pictures(take: int, frames: int, height: int = HEIGHT, striped: bool = False) -> Iterator[bytes]:
    """Grey pictures, 320 wide: ten bits of the frame's number under six of the take's. With stripes above and below, all
    are about as sharp."""
    edge = (b"\xff\xff\x00\x00" * (WIDTH // 4)) * (height // 3 if striped else 0)
    for frame in range(frames):
        code = take << 10 | frame
        row = b"".join((b"\xff" if code >> bit & 1 else b"\x00") * BLOCK for bit in range(BITS))
        yield edge + row * (height - 2 * len(edge) // WIDTH) + edge


def card(path: Path, take: int = 1, frames: int = 48, fps: int = 24, **wanted: Any) -> Path:
    """Write a card.

    `sound`: an expression of `t` or None; `rate`, `layout`, `sound_seconds` of it; `height` and `sar` of the picture;
    `vfr`: an expression for setpts, in milliseconds; `blurred`: the frame from which on it is; `video`: output options.
    """
    height = wanted.get("height", HEIGHT)
    picture = ffmpeg.input("pipe:0", format="rawvideo", pix_fmt="gray", video_size=(WIDTH, height), framerate=fps)
    shown = picture["v:0"].filter("setsar", wanted.get("sar", "1"))
    if "vfr" in wanted:
        shown = shown.filter("settb", "1/1000").filter("setpts", wanted["vfr"])
    shown = shown.filter("format", "yuv420p")
    if "blurred" in wanted:
        shown = shown.filter("gblur", sigma=4, enable=f"gte(n,{wanted['blurred']})")
    streams = [shown]
    sound = wanted.get("sound", "0.3*sin(440*2*PI*t)")
    if sound is not None:
        lasting = wanted.get("sound_seconds", frames / fps)
        told = f"aevalsrc='{sound}':c={wanted.get('layout', 'stereo')}:s={wanted.get('rate', 48000)}:d={lasting}"
        if wanted.get("layout", "stereo") == "stereo":
            told = told.replace(f"'{sound}'", f"'{sound}|{sound}'")
        streams.append(ffmpeg.input(told, format="lavfi")["a:0"])
    options = {"vcodec": "libx264", "preset": "ultrafast", "bf": 2, "crf": 20, "g": 30, "threads": 1, "fps_mode": "vfr"}
    options |= {"acodec": "aac"} if sound is not None else {}
    graph = ffmpeg.output(*streams, f"file:{path.absolute()}", **options | wanted.get("video", {}))
    asyncio.run(run_ffmpeg(graph, feed=pictures(take, frames, height, "blurred" in wanted), timeout=60))
    return path


def read(luma: bytes, line: int, height: int, width: int = WIDTH) -> tuple[int, int] | None:
    """The take and frame that a picture tells; None where two pictures are mixed."""
    code = 0
    for bit in range(BITS):
        across = int((bit + 0.5) * width / BITS)
        value = luma[height // 2 * line + across]
        if 75 < value < 180:
            return None
        code |= (value >= 180) << bit
    return code >> 10, code & 1023


def wiped(one: tuple[int, int], other: tuple[int, int]) -> set[tuple[int, int] | None]:
    """What may be read while one picture is on the left of the other."""
    left, right = (take << 10 | frame for take, frame in (one, other))
    told = {left & (1 << bits) - 1 | right >> bits << bits for bits in range(BITS + 1)}
    return {None} | {(code >> 10, code & 1023) for code in told}


def codes(path: Path) -> list[tuple[int, int] | None]:
    """What each frame of a film tells, in the order shown."""
    with decode.open_media(path) as film:
        return [
            read(bytes(frame.planes[0]), frame.planes[0].line_size, frame.height, frame.width)
            for frame in film.decode(video=0)
        ]


def samples(path: Path) -> list[int]:
    """The left channel of a film's sound, in 16 bits."""
    import av

    with decode.open_media(path, "sound") as film:
        resampler = av.AudioResampler(format="s16", layout="stereo", rate=48000)
        raw = b"".join(
            bytes(part.planes[0])[: part.samples * 4]
            for frame in film.decode(audio=0)
            for part in resampler.resample(frame)
        )
    return [int.from_bytes(raw[at : at + 2], "little", signed=True) for at in range(0, len(raw), 4)]
