"""The public API: the road, step by step, without the command line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import storyforge

STARTER = Path(__file__).parents[1] / "storyforge/cli/starter/film.story.yaml"


def test_a_film_is_compiled_and_planned() -> None:
    film = storyforge.compile(STARTER, provider="runware")
    assert [one.clip.id for one in film.planned] == ["shop-1", "shop-3", "shop-5"]
    assert storyforge.plan(film).usd == 3.64
    assert storyforge.check(STARTER) == ()
    board, _, _ = storyforge.load(STARTER)
    assert isinstance(board, storyforge.Storyboard)


def test_a_file_without_a_storyboard_is_an_error_that_says_why(tmp_path: Path) -> None:
    file = tmp_path / "film.story.yaml"
    file.write_text("- a list\n", encoding="utf-8")
    with pytest.raises(
        storyforge.StoryForgeError, match=r"^film.story.yaml holds no storyboard: the file is not a map"
    ):
        storyforge.compile(file)
    assert [found.name for found in storyforge.check(file)] == ["not-a-mapping"]


def test_importing_it_brings_nothing_else() -> None:
    code = "import sys, storyforge; print(sorted(m for m in sys.modules if m.startswith('storyforge.')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['storyforge.version']"
