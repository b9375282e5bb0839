"""Pieces made of synthetic sound alone, and an independent meter to hold the films against."""

from __future__ import annotations

import asyncio
import hashlib
import math
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from storyforge.film.conform import Piece
from storyforge.film.sound.levelling import FLOATS
from storyforge.system.ffmpeg import run_ffmpeg

SPEECH = "anoisesrc=color=pink:seed=7:sample_rate=48000:amplitude=1,volume='0.01+max(0,sin(2*PI*t*0.7))*abs(sin(2*PI*t*5))':eval=frame"
QUIET = "anoisesrc=color=pink:seed=5:sample_rate=48000:amplitude=0.01"
LOUD = "aevalsrc='clip(4*sin(2*PI*330*t),-1,1)':s=48000"
PEAKY = "aevalsrc='0.02*sin(2*PI*300*t)+0.9*sin(2*PI*2000*t)*lt(mod(t,0.7),0.004)':s=48000"
SILENT = "anullsrc=r=48000"


def tone(folder: Path, sound: str, frames: int = 72, name: str | None = None) -> Piece:
    """A piece of 24 frames a second whose sound is what a source of ffmpeg makes."""
    key = name or hashlib.sha256(f"{sound} {frames}".encode()).hexdigest()
    path = folder / f"{key}.wav"
    shape = "aresample=48000,aformat=sample_fmts=s16:channel_layouts=stereo"
    work = ["-f", "lavfi", "-i", f"{sound},{shape}", "-t", f"{frames / 24:.6f}", "-bitexact", str(path)]
    asyncio.run(run_ffmpeg(work))
    return Piece(key, Path("none.mp4"), path, frames, 24)


def floats(path: Path) -> list[float]:
    """The left channel of raw stereo floats, or of a sound that ffmpeg reads."""
    return array("f", path.read_bytes())[::2].tolist() if path.suffix == ".f32" else read(path, 48000)[0]


@dataclass(frozen=True)
class Heard:
    lufs: float
    peak: float


def meter(path: Path) -> Heard:
    """A meter of our own, by the letter of ITU-R BS.1770-4: that of ffmpeg is the one that films are made by."""
    sides = read(path, 48000)
    weighted = [[value * value for value in filtered(filtered(side, *SHELF), *PASS)] for side in sides]
    tenths = [
        sum(sum(side[at : at + 4800]) for side in weighted) / 4800 for at in range(0, len(weighted[0]) - 4799, 4800)
    ]
    blocks = [sum(tenths[at : at + 4]) / 4 for at in range(len(tenths) - 3)]
    audible = [block for block in blocks if lufs(block) > -70]
    gate = lufs(sum(audible) / len(audible)) - 10 if audible else 0.0
    counted = [block for block in audible if lufs(block) > gate]
    peak = max(max(map(abs, side)) for side in read(path, 192000))
    return Heard(lufs(sum(counted) / len(counted)) if counted else -math.inf, 20 * math.log10(peak or 1e-9))


SHELF = (1.53512485958697, -2.69169618940638, 1.19839281085285), (-1.69065929318241, 0.73248077421585)
PASS = (1.0, -2.0, 1.0), (-1.99004745483398, 0.99007225036621)


def filtered(values: Iterable[float], forth: tuple[float, ...], back: tuple[float, ...]) -> Iterator[float]:
    (b0, b1, b2), (a1, a2) = forth, back
    one = other = 0.0
    for value in values:
        out = b0 * value + one
        one, other = b1 * value - a1 * out + other, b2 * value - a2 * out
        yield out


def lufs(power: float) -> float:
    return -0.691 + 10 * math.log10(power + 1e-15)


def read(path: Path, rate: int) -> tuple[list[float], list[float]]:
    """Both channels of a sound."""
    raw = path.with_suffix(".read.f32")
    asyncio.run(run_ffmpeg(["-i", str(path), "-f", FLOATS, "-ar", str(rate), "-ac", "2", str(raw)]))
    values = array("f", raw.read_bytes())
    raw.unlink()
    return values[::2].tolist(), values[1::2].tolist()
