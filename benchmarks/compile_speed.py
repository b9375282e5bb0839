"""Claim: 1,000 shots compile in under a second, and 10,000 in near ten times that.

Prints seconds, best of a few runs, and the share of what ruamel.yaml alone needs, in Python, to read the same text.
"""

from __future__ import annotations

import argparse
import gc
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from boards import write_board
from ruamel.yaml import YAML

from storyforge.compiler.compile import compile_file

BAR = 1.0
"""Seconds for 1,000 shots."""


def best(times: int, work: Callable[[], object]) -> float:
    taken = []
    for _ in range(times):
        gc.collect()
        gc.disable()  # as the command does
        begun = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begun)
        gc.enable()
    return min(taken)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--provider", default="offline")
    provider = parser.parse_args().provider
    seconds = {}
    with tempfile.TemporaryDirectory() as folder:
        for shots in (100, 1_000, 10_000):
            path = write_board(Path(folder) / str(shots), shots)
            compiled = compile_file(path, provider)
            assert not compiled.broken
            seconds[shots] = best(3 if shots <= 1_000 else 1, partial(compile_file, path, provider))
            print(f"{shots:>6} shots, {len(compiled.planned):>5} clips: {seconds[shots]:6.2f} s")
        text = (Path(folder) / "1000" / "long.story.yaml").read_text(encoding="utf-8")
        read = best(1, lambda: YAML(typ="safe", pure=True).load(text))
    print(f"ruamel.yaml in Python reads the 1,000 in {read:.2f} s: compiling takes {seconds[1_000] / read:.2f} of that")
    print(f"10,000 take {seconds[10_000] / seconds[1_000]:.1f} times as long as 1,000")
    print(f"bar: 1,000 under {BAR:g} s: {'kept' if seconds[1_000] < BAR else 'missed'}")
    return int(seconds[1_000] >= BAR)


if __name__ == "__main__":
    sys.exit(main())
