"""The frame on which a take ends for a clip that goes on from it: its last, or the sharpest of its last half second.

What moves is blurred, and a clip that opens on a blurred picture has no sharp one to go by. So a film may ask for the
sharpest frame, and then the take is played no farther than that.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from math import floor
from pathlib import Path

from storyforge.compiler.transitions import HALF
from storyforge.film.fit import pace
from storyforge.model.storyboard import FitTime
from storyforge.system.store import Store
from storyforge.system.whole import is_unchanged, note_made


@dataclass(frozen=True, slots=True)
class Anchor:
    """The sharpest of a take's last frames."""

    at: float
    """Seconds of the take at which it comes."""
    seconds: float
    """How long the take is."""

    def frames(self, due: int, fps: int, fit_time: FitTime) -> int:
        """How many frames of a film play the take up to it; `due` are those of the whole clip."""
        frame = self.at * fps / pace(fit_time, self.seconds, due, fps)
        # ffmpeg rounds a half up, and one that was written down in digits is one still
        return min(due, floor(frame + 0.5 + 1e-4) + 1)


def read_anchor(take: str, store: Store) -> Anchor | None:
    """The anchor of a take, by its sha256, if it was looked for before."""
    facts = store.path("frames", f"{take}.json")
    if not is_unchanged(facts):
        return None
    try:
        return Anchor(**json.loads(facts.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, RecursionError):
        return None


def find_anchor(take: str, store: Store) -> Anchor:
    """The anchor of a take, from the store or found and kept there. MediaError if the take cannot be read."""
    from storyforge.system.decode import sharpest_frame

    picture = _sharpest(take, store)
    if (known := read_anchor(take, store)) and is_unchanged(picture):
        return known
    at, seconds = sharpest_frame(store.take(take), HALF, picture)
    found = Anchor(round(at, 6), round(seconds, 6))
    # the facts come last: an anchor that has them is whole
    store.write_file(json.dumps(asdict(found)) + "\n", "frames", f"{take}.json")
    note_made(picture, store.path("frames", f"{take}.json"))
    return found


def handoff_frame(take: str, sharpest: bool, store: Store) -> Path:
    """The picture that a take ends on, from the store or made there. MediaError if the take cannot be read."""
    from storyforge.system.decode import last_frame

    if sharpest:
        find_anchor(take, store)
        return _sharpest(take, store)
    path = store.path("frames", f"{take}.png")
    if not is_unchanged(path):
        last_frame(store.take(take), path)
        note_made(path)
    return path


def _sharpest(take: str, store: Store) -> Path:
    return store.path("frames", f"{take}.sharpest.png")
