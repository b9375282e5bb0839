"""Stores with takes as a render leaves them there, locks that choose them, and a callback that hears how it goes."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping

from storyforge.compiler.slates import fingerprint
from storyforge.model.progress import Work
from storyforge.rendering.remote import Choice
from storyforge.system.lock import Block
from storyforge.system.store import Store

PICTURE = b"a picture"
TOKEN = f"sf:sha256:{hashlib.sha256(PICTURE).hexdigest()}"


class Told:
    """Keeps what it hears."""

    def __init__(self, interrupting: str = "") -> None:
        self.lines: list[str] = []
        self.steps: dict[str, Work] = {}
        self.interrupting = interrupting
        self.busy = False

    def begin(self, steps: Mapping[str, Work]) -> None:
        assert steps.keys().isdisjoint(self.steps), "announced twice"
        self.steps.update(steps)

    def start(self, step: str, doing: str) -> None:
        assert not self.busy, "told two things at once"
        self.busy = True
        time.sleep(0.002)
        self.busy = False
        self.lines.append(f"{self.steps[step].name}: {doing}")

    def advance(self, step: str, share: float) -> None:
        assert step in self.steps
        assert 0 <= share <= 1

    def finish(self, step: str, done: str) -> None:
        self.lines.append(f"{self.steps[step].name}: {done}")
        if done == self.interrupting:
            raise KeyboardInterrupt

    def fail(self, step: str, message: str) -> None:
        self.lines.append(f"{self.steps[step].name}: failed: {message}")


def rendered(store: Store, clip: str, film: bytes, slate: str | None = None, **more: object) -> Choice:
    """A take in the store, as a render leaves it there."""
    written = {"prompt": slate or clip, "references": [TOKEN], "first_frame": None, "extra": {"scale": 7.5}}
    scratch = store.path(f"{clip}.part")
    scratch.parent.mkdir(parents=True, exist_ok=True)
    scratch.write_bytes(film)
    made = {"film": "ferry.story.yaml", "clip": clip, "date": "2026-11-20", **more}
    sha256 = store.keep_take(scratch, fingerprint(written), written, ("the voice was silent",), made)
    with store.stage("pictures", TOKEN.removeprefix("sf:sha256:")) as picture:
        picture.write_bytes(PICTURE)
    return Choice(clip, sha256, fingerprint(written))


def three(store: Store) -> list[Choice]:
    return [rendered(store, clip, clip.encode() * 1000) for clip in ("wait", "call", "boat")]


def kept(store: Store) -> dict[str, bytes]:
    """All objects of a store that are shared."""
    return {
        f"{folder}/{path.name}": path.read_bytes()
        for folder in ("takes", "pictures", "slates")
        for path in store.path(folder).glob("*")
    }


def block(choice: Choice, **more: object) -> Block:
    return Block(
        **{"fingerprint": choice.slate, "take": choice.take, "provider": "p", "model": "m", "seconds": 3, **more}
    )
