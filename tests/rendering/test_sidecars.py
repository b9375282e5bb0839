"""What lies next to a film is written only for a film that is whole, and is gone when it no longer holds."""

from __future__ import annotations

import pytest
from projects import project

from storyforge.compiler.compile import compile_file
from storyforge.model.errors import MediaError
from storyforge.planning.film_plan import plan_film
from storyforge.rendering.run import Outcome
from storyforge.rendering.sidecars import deliver_patched, write_stems, write_subtitles
from storyforge.rendering.steps import TakeStep


@pytest.fixture
def compiled(tmp_path):
    return compile_file(project(tmp_path))


@pytest.fixture
def store(compiled):
    return compiled.project.store


def test_a_film_with_slates_has_no_stems(compiled, tmp_path):
    """Their silence is nobody's stem."""
    told, outcome = [], Outcome(failures={TakeStep("a"): MediaError("broken")})
    assert write_stems(plan_film(compiled), outcome, tmp_path / "ferry.stems", told.append) == []
    assert told == ["no stems: clips are missing"]
    assert not (tmp_path / "ferry.stems").exists()


def test_a_film_with_slates_takes_away_the_provenance_of_the_whole_one(store, tmp_path):
    film, target = tmp_path / "partial.mp4", tmp_path / "ferry.mp4"
    film.write_bytes(b"a film")
    old = tmp_path / "ferry.provenance.json"
    old.write_text("{}", encoding="utf-8")
    assert deliver_patched(film, target, store)
    assert (target.read_bytes(), old.exists()) == (b"a film", False)
    assert not deliver_patched(film, target, store)


def test_subtitles_are_written_once_a_form_and_named_after_the_film(compiled, tmp_path):
    told, target = [], tmp_path / "out.mp4"
    paths = write_subtitles(compiled, compiled.timeline, ("srt", "vtt", "srt"), target, told.append)
    assert paths == [tmp_path / "out.srt", tmp_path / "out.vtt"]
    assert told == [f"subtitles: {path}" for path in paths]
    assert all("Take it." in path.read_text(encoding="utf-8") for path in paths)


def test_where_nobody_speaks_there_are_no_subtitles(tmp_path):
    compiled = compile_file(project(tmp_path, '  - {id: wait, scene: pier, action: "@ana waits.", seconds: 3}\n'))
    told = []
    assert write_subtitles(compiled, compiled.timeline, ("srt",), tmp_path / "out.mp4", told.append) == []
    assert told == ["no subtitles: nobody says a word"]
    assert not (tmp_path / "out.srt").exists()
