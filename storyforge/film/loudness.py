"""How loud a film is, by EBU R128: measured by ffmpeg in a process of its own."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from storyforge.media import run, source

MEASURED = re.compile(r"^lavfi\.r128\.(I|true_peak)=(-?[\d.]+|-?inf|nan)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Loudness:
    """Of the sound as a whole."""

    lufs: float
    """Integrated; -70 and below is silence."""
    peak: float
    """True peak in dBTP; minus infinity where there is no sound at all."""


async def measure_loudness(film: Path, seconds: float | None = None, timeout: float | None = 600) -> Loudness:
    """The loudness of a film's first sound, or of its first seconds; MediaError if it has none or cannot be read."""
    import ffmpeg

    with TemporaryDirectory(prefix="storyforge-") as scratch:
        told = Path(scratch) / "loudness.txt"
        heard = source(film, "film", **({"t": seconds} if seconds else {}))["a:0"]
        heard = heard.filter("ebur128", peak="true", metadata=1).filter("ametadata", "print", file=str(told))
        await run(ffmpeg.output(heard, "-", format="null"), timeout=timeout)
        values = MEASURED.findall(told.read_text(encoding="utf-8")) if told.is_file() else []
    last = {name: float(value) for name, value in values}
    peak = last.get("true_peak", 0.0)
    return Loudness(last.get("I", -math.inf), 20 * math.log10(peak) if peak > 0 else -math.inf)
