"""The scratch voice: a voice for each character, a language for espeak-ng, and a line spoken as samples.

espeak-ng repeats itself exactly only in a fresh process, so each line has its own, which runs `espeak.py`.
"""

from __future__ import annotations

import array
import asyncio
import hashlib
import io
import json
import re
import sys
import wave
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from storyforge.system.worker_limits import bare_environment

SAMPLE_RATE = 22_050
"""Of espeak-ng, in samples a second."""

MISSING = "scratch voice missing: pip install 'storyforge-film[voice]'; lines are silent"

Samples = array.array  # of signed 16-bit values

_TIMEOUT = 60.0
_LANGUAGES = {"zh": "cmn", "zh-hk": "yue", "zh-mo": "yue", "zh-yue": "yue", "no": "nb", "iw": "he", "en-gb": "en"}
_LATIN_AMERICA = frozenset(["es-mx", "es-ar", "es-co", "es-cl", "es-pe", "es-us", "es-ve", "es-uy"])

_WOMEN: tuple[str, ...] = ("f3", "f1", "f4", "f2", "f5")
_MEN: tuple[str, ...] = ("m3", "m1", "m7", "m2", "m5", "m6", "m4")
_SAYS_FEMALE = re.compile(
    r"\b(?:wom[ae]n|female|girl|lady|mother|mum|mom|grand(?:mother|ma)|aunt|sister|daughter|wife|widow|queen|princess"
    r"|nun|she|her|hers|actress|waitress|femme|fille|dame|frau|mädchen|mujer|niña|señora|donna|ragazza|mulher|menina"
    r"|soprano|alto)\b|女|娘|母|婆|妈|姐|妹"
)
_SAYS_MALE = re.compile(
    r"\b(?:m[ae]n|male|boy|gentleman|father|dad|grand(?:father|pa)|uncle|brother|son|husband|widower|king|prince|monk"
    r"|he|him|his|actor|waiter|fisherman|homme|garçon|monsieur|mann|junge|hombre|niño|señor|uomo|ragazzo|homem|menino"
    r"|tenor|baritone|bass)\b|男|父|爷|爸|哥|弟|叔"
)
_MANNERS: tuple[tuple[re.Pattern[str], int, int], ...] = (
    (re.compile(r"\b(?:child|kid|boy|girl|little|toddler)\b|孩|童|子供|少年|少女"), 24, 8),
    (re.compile(r"\b(?:young|teen\w*|youth|youthful|bright|light)\b|年轻|若い"), 7, 4),
    (re.compile(r"\b(?:old|elderly|aged|ancient|sixties|seventies|eighties|grand\w+)\b|老"), -6, -14),
    (re.compile(r"\b(?:low|deep|dark|gravelly|husky|bass)\b|低"), -14, -4),
    (re.compile(r"\b(?:high|thin|shrill|squeaky|soprano)\b|高"), 14, 0),
    (re.compile(r"\b(?:slow|slowly|unhurried|calm|measured|drawl\w*|soft|gentle|tired|weary)\b|慢"), -2, -20),
    (re.compile(r"\b(?:quick|fast|rapid|hurried|brisk|nervous|breathless|excited)\b|快"), 3, 22),
)
"""Words of a voice, and what they add to pitch (0 to 99) and rate (words a minute)."""

_SAYS_WHISPER = re.compile(
    r"whisper|murmur|under (?:her|his|their) breath|hushed|chuchot|flüster|susurr|sussurr|低声|悄|囁"
)
_SAYS_SHOUT = re.compile(r"shout|yell|scream|bellow|call(?:s|ing) out|cries|crying out|喊|叫")


@dataclass(frozen=True, slots=True)
class Voice:
    """How a character sounds in the animatic, in the terms of eSpeak NG."""

    variant: str
    pitch: int
    """0 to 99."""
    rate: int
    """Words a minute."""


@dataclass(frozen=True, slots=True)
class Library:
    """Where espeak-ng and what it knows are on this machine."""

    path: str
    knowledge: str
    languages: frozenset[str]


def find_library() -> Library | None:
    """The library that the extra `voice` brings, or None."""
    try:
        import espeakng_loader
    except ImportError:
        return None
    knowledge = Path(espeakng_loader.get_data_path())
    languages = frozenset(file.name.lower() for file in knowledge.glob("lang/**/*") if file.is_file())
    return Library(espeakng_loader.get_library_path(), str(knowledge), languages) if languages else None


def choose_language(tag: str, library: Library) -> str | None:
    """espeak's name of a BCP 47 language, or None where it does not speak it."""
    tag = tag.lower().replace("_", "-")
    first = tag.split("-")[0]
    named = (_LANGUAGES.get(tag), tag, "es-419" if tag in _LATIN_AMERICA else None, _LANGUAGES.get(first), first)
    return next((name for name in named if name in library.languages), None)


def cast_voices(people: Iterable[tuple[str, str | None, str | None]]) -> dict[str, Voice]:
    """A voice for each (name, voice words, description): the same in every clip, and unlike any other of this clip.

    Words decide first, then a hash of the name. Of two that would sound alike the one later in the alphabet gives way.
    """
    cast: dict[str, Voice] = {}
    # By name, not by first line: the voice of a character must not hang on who speaks first.
    for name, voice, description in sorted(set(people), key=str):
        if name in cast:
            continue
        variants, chosen = _described(name, f"{voice or ''} {description or ''} {name}".lower())
        spread = [replace(chosen, variant=variant) for variant in variants]
        spread += [
            replace(one, pitch=max(5, min(95, one.pitch + step))) for step in (12, -12, 24, -24) for one in spread
        ]
        taken = [(other.variant, other.pitch) for other in cast.values()]
        cast[name] = next((one for one in spread if not _heard(one, taken)), chosen)
    return cast


def _heard(voice: Voice, taken: Iterable[tuple[str, int]]) -> bool:
    return any(voice.variant == variant and abs(voice.pitch - pitch) < 9 for variant, pitch in taken)


def _described(name: str, words: str) -> tuple[tuple[str, ...], Voice]:
    """Variants that suit, the chosen one first, and the voice."""
    chance = hashlib.sha256(name.encode()).digest()
    female = _SAYS_FEMALE.search(words) or (not _SAYS_MALE.search(words) and chance[0] % 2)
    variants, pitch, rate = (_WOMEN, 52, 160) if female else (_MEN, 38, 160)
    for pattern, higher, faster in _MANNERS:
        if pattern.search(words):
            pitch, rate = pitch + higher, rate + faster
    start = chance[1] % len(variants)
    variants = variants[start:] + variants[:start]
    return variants, Voice(variants[0], max(5, min(95, pitch + chance[2] % 13 - 6)), rate + chance[3] % 11 - 5)


def in_manner(voice: Voice, how: str | None) -> Voice:
    """The voice as a line asks for it: whispering or shouting."""
    said = (how or "").lower()
    if _SAYS_WHISPER.search(said):
        return replace(voice, variant="whisperf" if voice.variant in _WOMEN else "whisper", rate=voice.rate - 10)
    if _SAYS_SHOUT.search(said):
        return replace(voice, pitch=min(99, voice.pitch + 12), rate=voice.rate + 10)
    return voice


async def say(text: str, voice: Voice, language: str, library: Library) -> Samples[int] | None:
    """The samples of a line at SAMPLE_RATE, without silence around; None where the library fails."""
    request = {
        "library": library.path,
        "knowledge": library.knowledge,
        "voice": f"{language}+{voice.variant}",
        "pitch": voice.pitch,
        "rate": voice.rate,
        "text": text,
    }
    process = await asyncio.create_subprocess_exec(
        # Isolated and without site packages: nothing of the user's environment is imported, and it starts in a moment.
        *(sys.executable, "-I", "-S", str(Path(__file__).with_name("espeak.py").resolve())),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={**bare_environment(), "LC_ALL": "C.UTF-8"},
    )
    try:
        spoken, _ = await asyncio.wait_for(process.communicate(json.dumps(request).encode()), _TIMEOUT)
    except TimeoutError:
        return None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return _trimmed(spoken) if process.returncode == 0 else None


def _trimmed(spoken: bytes) -> Samples[int]:
    with wave.open(io.BytesIO(spoken)) as file:
        samples = array.array("h", file.readframes(file.getnframes()))
    if sys.byteorder == "big":
        samples.byteswap()
    # By how far the samples swing, in blocks of 3 ms: a constant offset is no sound.
    heard = [at for at in range(0, len(samples), 64) if max(samples[at : at + 64]) - min(samples[at : at + 64]) > 90]
    return samples[heard[0] : heard[-1] + 64] if heard else array.array("h")
