"""Bar: decoding in processes apart makes inspection and the build of a film at most 3 % slower than in one process.

Takes of 1080p are measured and listened to, and a film of them is built from nothing, in turn with our readers and with
each task done where it is asked for. Both ways use as many threads as there are cores, and starting the readers counts.
What is compared is the median of the rounds' ratios: each pair ran one after the other, so that what else the machine
does falls on both.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import film_build
from film_build import HOST, STORYFORGE, cost, fill, make_clip, write_film

from storyforge.film.qc import measure
from storyforge.film.sound import voice_activity
from storyforge.system import workers

BAR = 1.03
CLIPS = 8

IN_ONE = """\
import json
from storyforge.system import workers
from storyforge.system.worker_process import Blob
def run(self, task, name, *given, content=None, seconds=0, stop=None):
    found = task(*given, **({"content": content} if content is not None else {}))
    blob = found if isinstance(found, Blob) else Blob(found, b"")
    return workers.Answer(json.loads(json.dumps(blob.found, default=str)), blob.content)
workers.Workers.run = run
"""
"""Python that does each task in the process that asks for it."""


def inspect_takes(takes: Sequence[Path]) -> None:
    """Measures takes and listens to them, several at a time."""

    def inspect(take: Path) -> None:
        measure.measure(take)
        voice_activity.hear_speech(take)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(inspect, takes))


def time_inspection(takes: Sequence[Path], here: bool) -> float:
    """Seconds of an inspection; `here` in one process, else with new readers."""
    given = workers.Workers.run
    workers._workers = readers = workers.Workers()
    from storyforge.system import decode

    decode._probed.cache_clear()
    if here:
        exec(IN_ONE, {})
    begun = time.perf_counter()
    try:
        inspect_takes(takes)
        return time.perf_counter() - begun
    finally:
        workers.Workers.run = given  # type: ignore[method-assign]  # as it was
        readers.close()


def time_build(folder: Path, path: Path, here: bool) -> float:
    """Seconds of a film's build from its takes, of which nothing is known yet."""
    for name in ("pieces", "films", "inspections", "frames", "tmp"):
        shutil.rmtree(folder / ".storyforge" / name, ignore_errors=True)
    command = [sys.executable, "-c", IN_ONE + STORYFORGE[2]] if here else STORYFORGE
    return cost([*command, "render", path.name, "--provider", HOST, "--yes", "--quiet"], folder).seconds


def compare(name: str, spent: Callable[[bool], float], rounds: int) -> bool:
    """Prints how the two ways compare; whether the bar is kept."""
    spent(True)  # files are read for the first time
    pairs = []
    for number in range(rounds):
        first = spent(number % 2 == 0)
        second = spent(number % 2 == 1)
        pairs.append((second, first) if number % 2 == 0 else (first, second))
    apart, here = (statistics.median(times) for times in zip(*pairs, strict=True))
    ratio = statistics.median(one / other for one, other in pairs)
    print(f"{name:12}{apart:8.2f} s apart {here:8.2f} s in one process   ratio {ratio:.3f}")
    return ratio <= BAR


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    film_build.CLIPS = CLIPS
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        takes = [folder / f"take{number}.mp4" for number in range(CLIPS)]
        for number, take in enumerate(takes):
            make_clip(take, number)
        path = write_film(folder)
        fill(path, takes)
        kept = [
            compare("inspection", lambda here: time_inspection(takes, here), rounds),
            compare("film", lambda here: time_build(folder, path, here), rounds),
        ]
    print(f"bar: at most {BAR - 1:.0%} slower: {'kept' if all(kept) else 'missed'}")
    return int(not all(kept))


if __name__ == "__main__":
    sys.exit(main())
