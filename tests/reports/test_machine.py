"""The doctor says what a machine has and what a film lacks there."""

from pathlib import Path

import pytest

from storyforge.reports import machine
from storyforge.reports.machine import examine_machine


def by_name(folder: Path) -> dict[str, machine.Examined]:
    return {one.name: one for one in examine_machine(folder)}


def test_a_machine_that_renders_lacks_nothing(tmp_path: Path) -> None:
    found = by_name(tmp_path)
    assert [one for one in found.values() if one.state == "missing"] == []
    assert list(found)[:4] == ["storyforge", "ffmpeg", "encoders and filters", "scratch voice"]
    assert "NotoSans-Regular.ttf" in found["fonts"].message


def test_a_key_is_never_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNWARE_API_KEY", "hunter2")
    monkeypatch.delenv("SCENARIO_SDK_API_KEY", raising=False)
    monkeypatch.setenv("SCENARIO_SDK_API_SECRET", "hunter2")
    found = by_name(tmp_path)
    assert found["runware"].state == "fine"
    assert (found["scenario"].state, found["scenario"].message) == ("note", "SCENARIO_SDK_API_KEY not set")
    assert "hunter2" not in str(found)


def test_an_ffmpeg_that_is_not_there_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from storyforge.system.ffmpeg import find_ffmpeg

    monkeypatch.setenv("STORYFORGE_FFMPEG", str(tmp_path / "nowhere"))
    getattr(find_ffmpeg, "cache_clear", lambda: None)()
    try:
        assert by_name(tmp_path)["ffmpeg"].state == "missing"
    finally:
        getattr(find_ffmpeg, "cache_clear", lambda: None)()


def test_what_is_not_installed_is_named_with_its_mend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "DISTRIBUTIONS", ("pillow", "storyforge-nothing"))
    monkeypatch.setattr(machine, "find_spec", lambda name: None)
    found = by_name(tmp_path)
    assert (found["libraries"].state, found["libraries"].message) == ("missing", "pip install storyforge-nothing")
    assert found["scratch voice"].state == "note"
    assert "storyforge-film[voice]" in found["scratch voice"].message
    assert found["object stores"].state == "note"
    assert "storyforge-film[share]" in found["object stores"].message
