"""Spread the lines of a clip over its panels, and mix them into one track as long as the clip."""

from __future__ import annotations

import array
import asyncio
import io
import math
import sys
import wave
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from storyforge.animatic.text import clean
from storyforge.animatic.voice import (
    MISSING,
    SAMPLE_RATE,
    Library,
    Samples,
    Voice,
    cast_voices,
    choose_language,
    find_library,
    in_manner,
    say,
)
from storyforge.language.speech import line_seconds

LEAD, TAIL, PAUSE = 0.3, 0.25, 0.25
"""Seconds before the first line of a panel, after the last, and between two."""

FASTEST = 1.35
"""Lines are spoken at most so many times as fast as is natural."""

_PEAK = 0.66 * 32767  # leaves the encoder a decibel below -3 dBFS to overshoot into
_LOUDNESS = 0.11 * 32767
_FADE = 0.06
_AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class Cue:
    """When a line of a panel is heard, in seconds from the panel's start."""

    line: int
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Speech:
    """All that is said in a clip."""

    cues: tuple[tuple[Cue, ...], ...]
    """For each panel, in order."""
    track: Samples[int]
    """Mono at SAMPLE_RATE, as long as the clip."""
    notes: tuple[str, ...]

    def to_wav(self) -> bytes:
        """The track as a WAV file: mono, 16 bits, little-endian on every machine."""
        samples = array.array("h", self.track)
        if sys.byteorder == "big":
            samples.byteswap()
        sound = io.BytesIO()
        with wave.open(sound, "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(SAMPLE_RATE)
            file.writeframes(samples.tobytes())
        return sound.getvalue()


async def speak_clip(body: Mapping[str, Any]) -> Speech:
    """Speak the lines of a job's body; without the library they keep their time, but are silent."""
    panels, fps = body["panels"], body["fps"]
    track = array.array("h", bytes(2 * math.ceil(body["frames"] * SAMPLE_RATE / fps)))
    lines = [line for panel in panels for line in panel["lines"]]
    library = find_library() if lines else None
    notes = [MISSING] if lines and library is None else []
    tongues = dict.fromkeys(line.get("language") or body["language"] for line in lines)
    languages = {tongue: choose_language(tongue, library) for tongue in tongues} if library else {}
    for tongue in (tongue for tongue, spoken in languages.items() if spoken is None):
        notes.append(f"the scratch voice does not speak `{tongue}`: it reads the lines as English")
    # For all lines at once, so that no two characters of the clip sound alike.
    voices = cast_voices((line["name"], line["voice"], line["description"]) for line in lines)
    booth = _Booth(library, body["language"], languages, voices, asyncio.Semaphore(_AT_ONCE))
    begin, cues = 0, []
    for panel in panels:
        seconds = panel["frames"] / fps
        spoken = await booth.speak(panel["lines"], seconds)
        if spoken is None:
            needed = [line_seconds(line["text"], line.get("language") or body["language"]) for line in panel["lines"]]
            placed = place(needed, seconds)
            if library:
                notes.append("the scratch voice failed; some lines are silent")
        else:
            placed = place([len(samples) / SAMPLE_RATE for samples in spoken], seconds)
            notes += _mix(track, begin / fps, panel, spoken, placed)
        cues.append(tuple(placed))
        begin += panel["frames"]
    return Speech(tuple(cues), track, tuple(dict.fromkeys(notes)))


@dataclass(frozen=True, slots=True)
class _Booth:
    library: Library | None
    language: str
    """Of lines that name none."""
    languages: Mapping[str, str | None]
    """What the library calls each language; None for one that it does not speak."""
    voices: Mapping[str, Voice]
    places: asyncio.Semaphore

    async def speak(self, lines: Sequence[Mapping[str, Any]], seconds: float) -> list[Samples[int]] | None:
        """Samples of each line, faster where they need more time than there is; None without a voice."""
        spoken = await self._all(lines, 1.0)
        if not spoken:
            return spoken
        room = max(0.5, seconds - LEAD - TAIL - PAUSE * (len(lines) - 1))
        haste = sum(map(len, spoken)) / SAMPLE_RATE / room
        # A little more than is needed, as pauses between words shrink less than the words.
        return spoken if haste <= 1 else await self._all(lines, min(FASTEST, haste * 1.03))

    async def _all(self, lines: Sequence[Mapping[str, Any]], haste: float) -> list[Samples[int]] | None:
        if self.library is None:
            return None if lines else []
        takes = await asyncio.gather(*(self._one(line, haste, self.library) for line in lines))
        spoken = [take for take in takes if take is not None]
        return spoken if len(spoken) == len(lines) else None

    async def _one(self, line: Mapping[str, Any], haste: float, library: Library) -> Samples[int] | None:
        voice = in_manner(self.voices[line["name"]], line["how"])
        voice = replace(voice, rate=round(voice.rate * haste))
        language = self.languages[line.get("language") or self.language] or "en"
        async with self.places:
            return await say(clean(line["text"]), voice, language, library)


def place(lengths: Sequence[float], seconds: float) -> list[Cue]:
    """Lines one after another, in seconds; pauses shrink before anything is cut at the panel's end."""
    if not lengths:
        return []
    spare = seconds - sum(lengths)
    usual = LEAD + TAIL + PAUSE * (len(lengths) - 1)
    squeeze = max(0.1, min(1.0, spare / usual))
    # Time to spare goes between the lines, but no pause grows as long as a hesitation.
    pause = PAUSE * squeeze + max(0.0, min(0.6, (spare - usual) / (len(lengths) + 1)))
    cues, start = [], LEAD * squeeze
    for line, length in enumerate(lengths):
        end = min(start + length, seconds)
        cues.append(Cue(line, min(start, seconds), end))
        start = end + pause
    return cues


def _mix(
    track: Samples[int],
    begin: float,
    panel: Mapping[str, Any],
    spoken: Sequence[Samples[int]],
    cues: Sequence[Cue],
) -> list[str]:
    """Lay the lines of one panel into the track, in place; gives notes on what is cut off."""
    notes = []
    for line, samples, cue in zip(panel["lines"], spoken, cues, strict=True):
        length = min(len(samples), int((cue.end - cue.start) * SAMPLE_RATE))
        if length < len(samples) - SAMPLE_RATE // 50:
            said = clean(line["text"])
            notes.append(f"no time for all of “{said[:40]}{'…' if len(said) > 40 else ''}”: it is cut off")
        voiced = _levelled(_narrowed(samples[:length]) if line["unseen"] else samples[:length], _volume(line["how"]))
        at = round((begin + cue.start) * SAMPLE_RATE)
        voiced = voiced[: max(0, len(track) - at)]
        track[at : at + len(voiced)] = voiced
    return notes


def _volume(how: str | None) -> float:
    said = (how or "").lower()
    return 0.6 if any(word in said for word in ("whisper", "murmur", "soft", "quiet")) else 1.0


def _levelled(samples: Samples[int], volume: float) -> Samples[int]:
    """At an even loudness below the peak, with short fades at both ends."""
    if not samples:
        return samples
    peak = max(max(samples), -min(samples), 1)
    loudness = math.sqrt(sum(value * value for value in samples) / len(samples)) or 1.0
    gain = volume * min(_PEAK / peak, _LOUDNESS / loudness)
    fade = min(round(_FADE * SAMPLE_RATE), len(samples))
    # In faster than out: a slow start would swallow the first consonant.
    rising = min(fade // 8, len(samples))
    levelled = array.array("h", (round(value * gain) for value in samples))
    for at in range(fade):
        levelled[-1 - at] = round(levelled[-1 - at] * at / fade)
    for at in range(rising):
        levelled[at] = round(levelled[at] * at / rising)
    return levelled


def _narrowed(samples: Iterable[int]) -> Samples[int]:
    """As through a telephone or a wall, for a voice that is not seen: less below 350 Hz and above 3 kHz."""
    low = 1 - math.exp(-2 * math.pi * 350 / SAMPLE_RATE)
    high = 1 - math.exp(-2 * math.pi * 3000 / SAMPLE_RATE)
    bass = smooth = 0.0
    out = array.array("h")
    for value in samples:
        bass += low * (value - bass)
        smooth += high * (value - bass - smooth)
        out.append(max(-32768, min(32767, round(smooth))))
    return out
