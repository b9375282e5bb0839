"""What `render` puts beside a film on request."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from storyforge.cli.options import Voice
    from storyforge.compile import Compiled
    from storyforge.render import FilmPlan, Outcome
    from storyforge.store import Store


def put_stems(
    board: Compiled, film: FilmPlan, outcome: Outcome | None, store: Store, folder: Path, voice: Voice
) -> None:
    """The parts of the film's sound; of a film with slates in it there are none."""
    import asyncio

    from storyforge.stems import write_stems

    if outcome and outcome.failures:
        voice.say("no stems: clips are missing")
        return
    for path in asyncio.run(write_stems(board, film, store, folder)):
        voice.say(f"stem: {path}")
