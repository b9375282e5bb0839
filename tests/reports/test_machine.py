"""The doctor says what a machine has and what a film lacks there."""

from pathlib import Path

import pytest

from storyforge.reports import machine
from storyforge.reports.machine import examine_machine
from storyforge.system.project import find_trust


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
    monkeypatch.setenv("STORYFORGE_FFMPEG", str(tmp_path / "nowhere"))
    assert by_name(tmp_path)["ffmpeg"].state == "missing"


def test_what_a_project_redirects_is_shown_with_what_allows_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert "trust" not in by_name(tmp_path)
    (tmp_path / ".env").write_text("\nRUNWARE_BASE_URL=https://elsewhere.test/v1\n", encoding="utf-8")
    found = by_name(tmp_path)["trust"]
    assert (found.state, found.message) == ("note", "RUNWARE_BASE_URL (.env:2) not allowed: storyforge trust")
    find_trust(tmp_path).allow()
    found = by_name(tmp_path)["trust"]
    assert (found.state, found.message) == ("fine", "RUNWARE_BASE_URL (.env:2) allowed")


def test_an_ffmpeg_of_a_project_is_not_looked_at_before_it_is_allowed(tmp_path: Path) -> None:
    mark, program = tmp_path / "was-run", tmp_path / "mine"
    program.write_text(f"#!/bin/sh\ntouch '{mark}'\n", encoding="utf-8")
    program.chmod(0o755)
    (tmp_path / "storyforge.toml").write_text(f'ffmpeg = "{program}"\n', encoding="utf-8")
    assert by_name(tmp_path)["ffmpeg"].state == "missing"
    assert not mark.exists()
    find_trust(tmp_path).allow()
    by_name(tmp_path)
    assert mark.exists()


def test_what_is_not_installed_is_named_with_its_mend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "DISTRIBUTIONS", ("pillow", "storyforge-nothing"))
    monkeypatch.setattr(machine, "find_spec", lambda name: None)
    found = by_name(tmp_path)
    assert (found["libraries"].state, found["libraries"].message) == ("missing", "pip install storyforge-nothing")
    assert found["scratch voice"].state == "note"
    assert "storyforge-film[voice]" in found["scratch voice"].message
    assert found["object stores"].state == "note"
    assert "storyforge-film[share]" in found["object stores"].message
