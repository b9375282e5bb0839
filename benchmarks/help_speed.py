"""Claim: `storyforge --help` answers in under 150 ms. Prints its median next to that of `python -c pass`."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

BAR = 0.150
RUNS = 15


def median(code: str) -> float:
    taken = []
    for _ in range(RUNS):
        begun = time.perf_counter()
        subprocess.run([sys.executable, "-c", code, "--help"], stdout=subprocess.DEVNULL, check=True)
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken)


def main() -> int:
    nothing, helped = median("pass"), median("from storyforge.cli import main; main()")
    print(f"python -c pass:     {1000 * nothing:4.0f} ms")
    print(f"storyforge --help:  {1000 * helped:4.0f} ms")
    print(f"bar: under {1000 * BAR:.0f} ms: {'kept' if helped < BAR else 'missed'}")
    return int(helped >= BAR)


if __name__ == "__main__":
    sys.exit(main())
