"""Claim: 10,000 shots are packed in a few seconds, and the time grows with their number, not its square."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from boards import write_board

from storyforge.clip import Clip
from storyforge.load import load_storyboard
from storyforge.pack import pack_shots
from storyforge.pictures import Pictures
from storyforge.providers.runware import Runware

BAR = 5.0
"""Seconds for 10,000 shots."""


def main() -> int:
    host = Runware()
    seconds = {}
    with tempfile.TemporaryDirectory() as folder:
        for shots in (1_000, 10_000):
            path = write_board(Path(folder) / str(shots), shots)
            board, _, _ = load_storyboard(path)
            assert board is not None
            pictures = Pictures(path.parent, path.parent)

            def length_of(clip: Clip) -> int:
                return 400 + 300 * len(clip.beats)

            begun = time.perf_counter()
            clips = pack_shots(board, lambda shot: host, pictures.picture, length_of)
            seconds[shots] = time.perf_counter() - begun
            print(f"{shots:>6} shots into {len(clips):>5} clips: {seconds[shots]:6.2f} s")
    print(f"bar: 10,000 under {BAR:g} s: {'kept' if seconds[10_000] < BAR else 'missed'}")
    return int(seconds[10_000] >= BAR)


if __name__ == "__main__":
    sys.exit(main())
