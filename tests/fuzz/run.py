"""Tries as many drawn cases as one likes, and says which seeds find a fault.

    .venv/bin/python tests/fuzz/run.py --generator storyboards --cases 10000
    .venv/bin/python tests/fuzz/run.py --generator storyboards --seed 1234 --cases 1   # that case again

Without `--generator` all of them are tried. It ends with 1 if there was a fault.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path

if not __package__:
    # In the place of this folder, whose modules are named like some of those above it.
    sys.path[0] = str(Path(__file__).parents[1])

GENERATORS = ("storyboards", "answers", "films", "stores", "locks", "templates")
"""The modules that draw cases; each has `make`, from a seed to a case, and `run`, from a case to its faults."""

REPEAT = "python tests/fuzz/run.py --generator {generator} --cases 1 --seed {seed}"


def find_faults(generator: str, seeds: Iterable[int]) -> Iterator[tuple[int, list[str]]]:
    """The seeds whose cases find faults, with those."""
    module = import_module(f"fuzz.{generator}")
    for seed in seeds:
        folder = Path(tempfile.mkdtemp(prefix="storyforge-case-"))
        try:
            faults = module.run(module.make(seed), folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        if faults:
            yield seed, faults


def main(arguments: list[str] | None = None) -> int:
    """Runs the cases that are asked for; returns the exit code."""
    parser = argparse.ArgumentParser(description="Tries drawn cases and names the seeds that find a fault.")
    parser.add_argument("--generator", choices=GENERATORS, action="append", help="what is drawn [default: all]")
    parser.add_argument("--cases", type=int, default=1000, help="how many of each [default: 1000]")
    parser.add_argument("--seed", type=int, default=0, help="the first seed; the others follow it [default: 0]")
    asked = parser.parse_args(arguments)
    found = 0
    for generator in asked.generator or GENERATORS:
        began, bad = time.monotonic(), 0
        for seed, faults in find_faults(generator, range(asked.seed, asked.seed + asked.cases)):
            bad += 1
            print(f"{generator} {seed}: {REPEAT.format(generator=generator, seed=seed)}")
            for fault in faults:
                print(f"    {fault}")
        print(f"{generator}: {asked.cases} cases, {bad} with a fault, {time.monotonic() - began:.1f} s", flush=True)
        found += bad
    return int(found > 0)


if __name__ == "__main__":
    sys.exit(main())
