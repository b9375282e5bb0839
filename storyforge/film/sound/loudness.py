"""How loud sound is, by EBU R128: measured by ffmpeg in a process of its own."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from storyforge.system.ffmpeg import run_ffmpeg
from storyforge.system.media import source

MEASURED = re.compile(r"^lavfi\.r128\.(M|I|true_peak)=(-?[\d.]+|-?inf|nan)$", re.MULTILINE)

SILENCE = -70.0
"""LUFS at and below which nothing is heard: the absolute gate of ITU-R BS.1770."""

GATE = 10.0
"""LU below the mean at which a moment counts no more: the relative gate."""


@dataclass(frozen=True, slots=True)
class Loudness:
    """Of the sound as a whole."""

    lufs: float
    """Integrated; -70 and below is silence."""
    peak: float
    """True peak in dBTP; minus infinity where there is no sound at all."""
    moments: tuple[float, ...] = ()
    """Of the 400 ms before each tenth of a second, in LUFS."""

    @property
    def is_silence(self) -> bool:
        """Whether it is at or below `SILENCE`, so that no gain follows from it."""
        return self.lufs <= SILENCE


async def measure_loudness(film: Path, seconds: float | None = None, timeout: float | None = 600) -> Loudness:
    """The loudness of a film's first sound, or of its first seconds; MediaError if it has none or cannot be read."""
    return await measure_stream(source(film, "film", **({"t": seconds} if seconds else {}))["a:0"], timeout)


async def measure_stream(heard: Any, timeout: float | None = 600) -> Loudness:
    """The loudness of an ffmpeg-python stream; MediaError if there is none."""
    with TemporaryDirectory(prefix="storyforge-") as scratch:
        report = Path(scratch) / "loudness.txt"
        await run_ffmpeg(add_meter(heard, report), timeout=timeout)
        return read_meter(report)


def add_meter(heard: Any, report: Path) -> Any:
    """An output of ffmpeg-python that writes down how loud a stream is, for `read_meter` to read."""
    import ffmpeg

    # the meter tells every tenth of a second, and would keep what it heard of the last to itself
    heard = heard.filter("apad", pad_dur=0.1).filter("ebur128", peak="true", metadata=1)
    return ffmpeg.output(heard.filter("ametadata", "print", file=str(report)), "-", format="null")


def read_meter(report: Path) -> Loudness:
    """What a meter wrote down."""
    values = MEASURED.findall(report.read_text(encoding="utf-8")) if report.is_file() else []
    last = {name: float(value) for name, value in values}
    # Of all that the meter writes, the peak alone is a factor and not in decibels.
    peak = last.get("true_peak", 0.0)
    moments = tuple(float(value) for name, value in values if name == "M")
    return Loudness(last.get("I", -math.inf), 20 * math.log10(peak) if peak > 0 else -math.inf, moments)


def integrate_loudness(moments: Sequence[float]) -> float:
    """The loudness of many moments as a whole, in LUFS, through both gates; minus infinity of silence."""
    audible = [moment for moment in moments if moment > SILENCE]
    return mean_loudness([moment for moment in audible if moment > mean_loudness(audible) - GATE])


def mean_loudness(moments: Sequence[float]) -> float:
    """The mean of their powers, in LUFS; minus infinity of none."""
    return 10 * math.log10(sum(10 ** (moment / 10) for moment in moments) / len(moments)) if moments else -math.inf
