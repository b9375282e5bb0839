"""The public API: the road, step by step, without the command line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import storyforge

STARTER = Path(__file__).parents[1] / "storyforge/cli/starter/film.story.yaml"


def test_a_film_is_compiled_and_planned() -> None:
    film = storyforge.compile(STARTER, provider="runware")
    assert [one.clip.id for one in film.planned] == ["shop-1", "shop-3", "shop-5"]
    assert storyforge.plan(film).usd == 3.64
    assert storyforge.check(STARTER) == ()
    board, _, _ = storyforge.load(STARTER)
    assert isinstance(board, storyforge.Storyboard)


def test_importing_it_brings_nothing_else() -> None:
    code = "import sys, storyforge; print(sorted(m for m in sys.modules if m.startswith('storyforge.')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['storyforge.version']"
