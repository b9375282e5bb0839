"""Claim: no storyboard, of whatever shape, takes `check` more than 3 s, and cost grows at most as n log n.

Each of the shapes below is tried at a quarter, a half and all of its size, which is as large as the language allows or
as a file of this shape can be before it is refused. Prints seconds, how often the time doubles while the size does
(the exponent of growth), and how many times as long ruamel.yaml alone takes, in Python, to read the same text.
"""

from __future__ import annotations

import argparse
import gc
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from math import log2
from pathlib import Path
from types import MappingProxyType

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from storyforge.compiler.compile import compile_file
from storyforge.reports.findings import as_text

BAR = 3.0
"""Seconds for any shape at full size."""

GROWTH = 1.25
"""Exponent that n log n stays under at these sizes, with room for chance."""

QUICK = 0.1
"""Seconds that any time counts as at least in a growth: below, it is chance."""

Lines = Iterator[str]
HEAD = ("storyforge: 1", "title: Shapes")
SCENE = ("scenes:", "  hall: {}")
CAST = ("cast:", "  mira: {marks: [a coat]}", "  米拉: {marks: [a hat]}")


def board(*lines: str, cast: bool = True) -> Lines:
    yield from HEAD
    yield from CAST if cast else ()
    yield from SCENE
    yield "shots:"
    yield from lines


def shot(number: int | str, *fields: str, action: str = "Rain.") -> list[str]:
    return [f"  - id: s{number}", "    scene: hall", f"    action: {action}", *(f"    {field}" for field in fields)]


def shots(size: int, *fields: str, action: str = "Rain.") -> Lines:
    """So many shots, each with these fields; `{n}` is the number of the shot and `{before}` the one before."""
    yield from board()
    for number in range(size):
        written = [field for field in fields if number or not field.startswith("continues")]
        told = [field.format(n=number, before=number - 1, half=number // 2) for field in (*written, action)]
        yield from shot(number, *told[:-1], action=told[-1])


def one_shot(*fields: str, action: str = "Rain.") -> Lines:
    return board(*shot(0, *fields, action=action))


def repeated(size: int, unit: str) -> str:
    """A unit over and over, about so many characters of it."""
    return unit * max(size // len(unit), 1)


def listed(size: int, item: str, start: str = "[", end: str = "]") -> str:
    """A flow list or mapping of so many items; `{n}` in one is its number."""
    return start + ", ".join(item.replace("{n}", str(number)) for number in range(size)) + end


def people(size: int, fields: str = "{}") -> Lines:
    yield "cast:"
    for number in range(size):
        yield f"  p{number}: {fields.replace('{n}', str(number))}"


def crowd(size: int, fields: str, *shot_fields: str) -> Lines:
    yield from HEAD
    yield from people(size, fields)
    yield from SCENE
    yield "shots:"
    yield from shot(0, *(field.replace("{all}", listed(size, "p{n}")) for field in shot_fields))


def bible(size: int) -> Lines:
    """A storyboard of few shots with much around them."""
    yield from HEAD
    yield f"preserve: {listed(size, 'the colour of light {n}')}"
    yield from people(size, "{marks: [coat {n}], description: tall, looks: {old: {marks: [hat {n}]}}}")
    yield "scenes:"
    yield "  hall: {}"
    yield from (f"  scene{number}: {{name: the place {number}, sound: wind}}" for number in range(size))
    yield "shots:"
    yield from shot(0, action='"@p0 waits."')


def tabs(size: int) -> Lines:
    yield from HEAD
    yield "shots:"
    for number in range(size):
        yield from ("\t- id: s", f"\t  scene: hall{number}")


def nested(size: int) -> Lines:
    """Values as deep as they may be, over and over."""
    deep = 50
    yield from HEAD
    yield from SCENE
    yield "extra:"
    yield "  runware:"
    for number in range(size):
        yield f"    field{number}: {'[' * deep}1{']' * deep}"


def aliases(size: int) -> Lines:
    yield from HEAD
    yield from SCENE
    yield "shots:"
    yield from shot(0, f"notes: &text {repeated(size, 'the colour of light ')}")
    for number in range(1, size):
        yield from (f"  - id: s{number}", "    scene: hall", "    action: *text")


def merge_marks(size: int) -> Lines:
    yield from board()
    for number in range(size):
        yield from ("<<<<<<< ours", *shot(number), "=======", *shot(number, action="Snow."), ">>>>>>> theirs")


def transitions(size: int) -> Lines:
    return shots(size, "transition: dissolve 3.9", "seconds: 4", "anchor: sharpest")


SHAPES: Mapping[str, tuple[int, Callable[[int], Iterable[str]]]] = MappingProxyType(
    {
        "shots": (8_000, lambda n: shots(n, 'camera: "on @mira"')),
        "lines in one shot": (
            8_000,
            lambda n: one_shot("dialogue:", *["      - mira: You are late."] * n),
        ),
        "lines in a long shot": (
            8_000,
            lambda n: one_shot("seconds: 600", "dialogue:", *["      - mira: No."] * n),
        ),
        "one long line": (3_000_000, lambda n: one_shot("dialogue:", f"      - mira: {repeated(n, 'you are late ')}")),
        "mentions in Latin": (60_000, lambda n: one_shot(action=f'"{"@mira @米拉 and " * n}"')),
        "mentions in Chinese": (60_000, lambda n: one_shot(action=f'"{"@米拉看着灯塔" * n}"')),
        "a mention in a long Chinese run": (400_000, lambda n: one_shot(action=f'"{"@米拉" + "看着灯塔" * (n // 4)}"')),
        "unknown mentions": (20_000, lambda n: one_shot(action=f'"{"@nobody and " * n}"')),
        "unknown mentions in Chinese": (20_000, lambda n: one_shot(action=f'"{"@无人看着灯塔" * n}"')),
        "mentions in escapes": (
            20_000,
            lambda n: one_shot(action='"' + r"\x40mir\u0061 \"and\" \u0040nobody " * n + '"'),
        ),
        "cast in one shot": (8_000, lambda n: crowd(n, "{marks: [coat {n}]}", "cast: {all}")),
        "cast with one mark": (8_000, lambda n: crowd(n, "{marks: [a coat], name: the guard}", "cast: {all}")),
        "speakers": (
            8_000,
            lambda n: crowd(n, "{marks: [coat {n}]}", "dialogue: " + listed(n, "{p{n}: No.}")),
        ),
        "looks": (
            10_000,
            lambda n: board(
                "cast:",
                "  ann:",
                "    marks: [a coat]",
                "    looks:",
                *(f"      l{number}: {{description: tall}}" for number in range(n)),
                cast=False,
            ),
        ),
        "scenes": (10_000, lambda n: bible(n // 3)),
        "chain of continues": (6_000, lambda n: shots(n, "continues: s{before}", "seed: {n}")),
        "tree of continues": (6_000, lambda n: shots(n, "continues: s{half}")),
        "unknown names": (
            6_000,
            lambda n: shots(n, "continues: t{n}", "cast: [mirra{n}]", "provider: runwave", action='"@ottto waits."'),
        ),
        "unknown names among many": (
            4_000,
            lambda n: [*crowd(n, "{}", "cast: " + listed(n, "mr{n}"))],
        ),
        "duplicate ids": (8_000, lambda n: board(*(line for _ in range(n) for line in shot(0)))),
        "duplicate keys": (8_000, lambda n: board(*shot(0), *["    action: Rain."] * n)),
        "unknown keys": (20_000, lambda n: one_shot(*(f"key{number}: text" for number in range(n)))),
        "wrong types": (8_000, lambda n: shots(n, "seconds: long", "camera: [a]", "take: 0.5")),
        "tabs": (40_000, tabs),
        "deep flow": (6_000, nested),
        "flow in one line": (60_000, lambda n: one_shot("cast: " + listed(n, "mira"))),
        "errors in one line": (20_000, lambda n: one_shot("cast: " + listed(n, "nobody"))),
        "long word": (3_000_000, lambda n: one_shot(action=repeated(n, "x"))),
        "long names": (
            1_000_000,
            lambda n: [
                *HEAD,
                "cast:",
                f"  ? {'a' * n}",
                "  : {}",
                *SCENE,
                "shots:",
                *shot(0, f"cast: [{'a' * (n - 1)}b, {'b' * n}]", action=f'"@{"a-" * (n // 2)}b"'),
            ],
        ),
        "plain scalar over lines": (60_000, lambda n: one_shot(*["  and it rains on"] * n)),
        "block scalar": (60_000, lambda n: one_shot("sound: |", *['      "wind" @mira'] * n)),
        "aliases": (8_000, aliases),
        "mentions in sound": (
            8_000,
            lambda n: crowd(n, "{}", "cast: {all}", "sound: '" + " ".join(f"@p{k}" for k in range(n)) + "'"),
        ),
        "comments": (100_000, lambda n: one_shot(*["# a note: to @mira"] * n)),
        "marks": (60_000, lambda n: board(*CAST, "  ann: {marks: " + listed(n, "mark {n}") + "}", cast=False)),
        "clauses": (6_000, lambda n: one_shot("preserve: " + listed(n, '"the coat {n} of @mira"'))),
        "film's clauses": (
            2_000,
            lambda n: [f"preserve: {listed(n, 'the colour of light {n}')}", *shots(n, "clip: new")],
        ),
        "marks in many shots": (
            2_000,
            lambda n: [
                line.replace("a coat", ", ".join(f"a coat {number}" for number in range(n)))
                for line in shots(n, "clip: new", action='"@mira waits."')
            ],
        ),
        "long prompts": (3_000, lambda n: shots(n, "seconds: 0.5", action=repeated(900, "it rains on and on "))),
        "transitions": (6_000, transitions),
        "combining marks": (100_000, lambda n: one_shot(action='"@mira' + "e\u0301\u0323" * n + '"')),
        "decomposed ids": (
            3_000,
            lambda n: [
                *HEAD,
                "cast:",
                *(f"  e\u0301e{k}: {{marks: [a, b, c]}}" for k in range(n)),
                *SCENE,
                "shots:",
                *shot(0, "cast: " + listed(n, "e\u0301e{n}")),
            ],
        ),
        "quotes": (100_000, lambda n: one_shot(action="'" + "it''s @nobody " * (n // 10) + "''" * n + "'")),
        "emoji": (300_000, lambda n: one_shot(action='"@nobody ' + "👩\u200d🚒" * n + '"')),
        "CRLF": (8_000, lambda n: [line + "\r" for line in shots(n, 'camera: "on @nobody"')]),
        "colons": (20_000, lambda n: shots(n // 4, "camera: on it: slow", "sound: a: b: c", action="@mira: waits")),
        "git's marks": (8_000, merge_marks),
        "control characters": (400_000, lambda n: one_shot(action='"' + "\x01 rain" * (n // 6) + '"')),
        "anchors": (20_000, lambda n: one_shot("preserve: " + listed(n, "&a{n} text"))),
        "extra": (40_000, lambda n: one_shot("extra: {runware: " + listed(n, "key{n}: {n}", "{", "}") + "}")),
        "broken near the end": (60_000, lambda n: one_shot("cast: " + listed(n, "mira", end=""))),
        "questions": (
            40_000,
            lambda n: one_shot("extra: {runware: {" + ", ".join(f"key{k}: ?" for k in range(n)) + "}}"),
        ),
        "colons in lists": (2_000, lambda n: shots(n, "sound: on it: slow, and so on")),
        "percents": (2_000, lambda n: board(*(line for k in range(n) for line in shot(k, "sound: %", "camera: '`'")))),
    }
)
"""Each shape by what it has much of: how much, and the lines of a storyboard with so much of it."""


def run(path: Path) -> tuple[float, Counter[str]]:
    """Seconds of the processor for a check with all that it prints, and how often each finding was made."""
    gc.collect()
    gc.disable()  # as the command does
    begun = time.process_time()
    compiled = compile_file(path)
    as_text(compiled.diagnostics, compiled.source)
    taken = time.process_time() - begun
    gc.enable()
    return taken, Counter(found.name for found in compiled.diagnostics)


def read(text: str) -> float | None:
    """Seconds in which ruamel.yaml reads the same text in Python; None where it cannot."""
    begun = time.process_time()
    try:
        YAML(typ="safe", pure=True).load(text)
    except (YAMLError, ValueError, RecursionError):
        return None
    return time.process_time() - begun


def measure(make: Callable[[int], Iterable[str]], size: int, path: Path) -> tuple[float, float, Counter[str], str]:
    """Seconds at full size, the exponent of growth up to it, the findings, and the text."""
    sizes: list[tuple[int, float]] = []
    for part in (4, 2, 1):
        text = "\n".join(make(size // part)) + "\n"
        path.write_text(text, encoding="utf-8", newline="")
        taken, found = run(path)
        sizes.append((len(text), taken))
    (small, little), (large, much) = sizes[0], sizes[-1]
    return much, log2(max(much, QUICK) / max(little, QUICK)) / log2(large / small), found, text


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shapes", nargs="*", metavar="SHAPE")
    parser.add_argument("--against-yaml", action="store_true", help="Time ruamel.yaml too, which takes minutes.")
    options = parser.parse_args()
    missed = []
    with tempfile.TemporaryDirectory() as folder:
        run(Path(folder) / "none.story.yaml")  # what is imported and built once
        for name, (size, make) in SHAPES.items():
            if options.shapes and name not in options.shapes:
                continue
            taken, growth, found, text = measure(make, size, Path(folder) / "shape.story.yaml")
            alone = read(text) if options.against_yaml else None
            kept = taken < BAR and growth < GROWTH
            missed += [] if kept else [name]
            share = f"{taken / alone:6.2f} of YAML" if alone else ""
            said = ", ".join(f"{number} {one}" for one, number in found.most_common(2))
            print(
                f"{name:28} {len(text.encode()) / 1e3:6.0f} kB {taken:6.2f} s  n^{growth:4.2f} {share}"
                f" {'' if kept else 'MISSED '} {said}",
                flush=True,
            )
    print(f"bar: each under {BAR:g} s and under n^{GROWTH:g}: {'missed by ' + ', '.join(missed) if missed else 'kept'}")
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())
