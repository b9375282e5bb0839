"""Bar: compared with espeak-ng, lines of every language are estimated within 0.8 to 1.25 of how English is.

espeak-ng speaks at one rate whatever the language, so its seconds are not those of an actor. What is compared is the
ratio of the estimate to the speech, over all lines of a language, with that of English. `--record` writes the
lengths to the file that the tests hold the estimates against.
"""

from __future__ import annotations

import argparse
import asyncio
import ctypes
import datetime
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from storyforge.animatic.voice import MISSING, SAMPLE_RATE, Library, Voice, choose_language, find_library, say
from storyforge.language.speech import line_seconds

LOW, HIGH = 0.8, 1.25
LINES = Path(__file__).with_name("pace_lines.txt")
RECORD = Path(__file__).parents[1] / "tests" / "language" / "pace.json"
VOICE = Voice("f3", 50, 160)
"""One voice for all."""


def read_lines(path: Path = LINES) -> dict[str, list[str]]:
    """The lines of each language, by its BCP 47 tag."""
    lines: dict[str, list[str]] = {}
    for row in path.read_text(encoding="utf-8").splitlines():
        if row.startswith("["):
            lines[row.strip("[]")] = []
        elif row and not row.startswith("#"):
            lines[list(lines)[-1]].append(row)
    return lines


def speak_lines(lines: Sequence[str], language: str, library: Library) -> list[float]:
    """Seconds that espeak-ng speaks each line, without the silence around it."""
    name = choose_language(language, library)
    if name is None:
        raise SystemExit(f"espeak-ng does not speak {language}")

    async def speak_all() -> list[float]:
        seconds = []
        for line in lines:
            samples = await say(line, VOICE, name, library)
            if not samples:
                raise SystemExit(f"espeak-ng does not say this in {language}: {line}")
            seconds.append(round(len(samples) / SAMPLE_RATE, 3))
        return seconds

    return asyncio.run(speak_all())


def find_version(library: Library) -> str:
    """espeak-ng's own version."""
    espeak = ctypes.CDLL(library.path)
    espeak.espeak_Info.restype = ctypes.c_char_p
    return str(espeak.espeak_Info(None).decode())


def print_table(spoken: Mapping[str, Mapping[str, float]]) -> bool:
    """Prints a row for each language; returns whether all pass."""
    ratios = {
        language: sum(line_seconds(line, language) for line in lines) / sum(lines.values())
        for language, lines in spoken.items()
    }
    print(f"{'language':9}{'estimate':>10}{'spoken':>9}{'ratio':>8}{'to English':>12}  pass")
    for language, lines in spoken.items():
        said = sum(lines.values())
        against = ratios[language] / ratios["en"]
        verdict = "yes" if LOW <= against <= HIGH else "NO"
        lengths = f"{said * ratios[language]:8.1f} s{said:7.1f} s"
        print(f"{language:9}{lengths}{ratios[language]:8.2f}{against:12.2f}  {verdict}")
    return all(LOW <= ratio / ratios["en"] <= HIGH for ratio in ratios.values())


def main() -> int:
    """Speaks, compares and prints; 1 where a language is outside the bar."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--record", action="store_true", help=f"write the lengths to {RECORD.name} of the tests")
    asked = parser.parse_args()
    library = find_library()
    if library is None:
        raise SystemExit(MISSING)
    spoken = {
        language: dict(zip(lines, speak_lines(lines, language, library), strict=True))
        for language, lines in read_lines().items()
    }
    if asked.record:
        found = {"measured": f"{datetime.date.today()}", "espeak_ng": find_version(library), "seconds": spoken}
        RECORD.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    kept = print_table(spoken)
    print(f"every language within {LOW} to {HIGH} of English: {'kept' if kept else 'NOT KEPT'}")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
