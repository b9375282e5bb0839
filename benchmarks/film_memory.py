"""Claim: a film of 88 clips is rendered in a few hundred MB, whatever its length.

Prints the most memory that the command and any one of its children held, and the film's length.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from boards import write_board

BAR = 400
"""MB, of the largest process."""

CLIPS = 88


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        path = write_board(Path(folder), CLIPS)
        text = path.read_text(encoding="utf-8")
        shorter = [f"    seconds: {number}" for number in (4, 5, 6, 7)]
        for line in shorter:
            text = text.replace(line, "    seconds: 3")
        path.write_text(text.replace("    framing:", "    clip: new\n    framing:"), encoding="utf-8")
        begun = time.perf_counter()
        command = [sys.executable, "-c", "from storyforge.cli import main; main()", "render", str(path), "--quiet"]
        subprocess.run(command, check=True)
        seconds = time.perf_counter() - begun
        size = path.with_name("long.mp4").stat().st_size
    largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"{CLIPS} clips in {seconds:.0f} s, a film of {size / 1e6:.0f} MB; largest process {largest:.0f} MB")
    print(f"bar: under {BAR} MB: {'kept' if largest < BAR else 'missed'}")
    return int(largest >= BAR)


if __name__ == "__main__":
    sys.exit(main())
