"""A storyboard's project: each fact is found once, when it is first asked for."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from storyforge.model.errors import UsageError
from storyforge.system.project import Project


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A storyboard in a folder below its project's; it need not exist."""
    (tmp_path / "films").mkdir()
    (tmp_path / "storyforge.toml").write_text("jobs = 3\n", encoding="utf-8")
    return tmp_path / "films" / "one.story.yaml"


def test_a_film_is_named_by_its_place_beside_the_store(path: Path, tmp_path: Path) -> None:
    project = Project(path)
    assert (project.root, project.store.folder) == (tmp_path, tmp_path / ".storyforge")
    assert project.film_name == "films/one.story.yaml"
    assert project.record_name == "one-756e98a01a0f"
    assert not project.store.folder.exists()


def test_films_of_one_name_have_records_of_their_own(path: Path, tmp_path: Path) -> None:
    other = Project(tmp_path / "one.story.yaml")
    assert other.store.folder == Project(path).store.folder
    assert other.record_name.startswith("one-")
    assert other.record_name != Project(path).record_name


def test_names_do_not_depend_on_the_folder_that_one_works_in(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(path.parent)
    assert Project(Path("one.story.yaml")).record_name == Project(path).record_name


def test_what_was_found_stays_though_a_nearer_store_is_made(path: Path, tmp_path: Path) -> None:
    project = Project(path)
    assert project.film_name == "films/one.story.yaml"
    (path.parent / ".storyforge" / "takes").mkdir(parents=True)
    assert project.store is project.store
    assert project.store.folder == tmp_path / ".storyforge"
    assert Project(path).film_name == "one.story.yaml"


def test_settings_are_read_once_and_only_when_they_are_asked_for(path: Path, tmp_path: Path) -> None:
    project = Project(path, {})
    (tmp_path / "storyforge.toml").write_text("jobs = \n", encoding="utf-8")
    assert project.film_name
    with pytest.raises(UsageError, match="cannot be read"):
        _ = project.settings
    (tmp_path / "storyforge.toml").write_text("jobs = 4\n", encoding="utf-8")
    assert project.settings.number("jobs", 9) == 4
    (tmp_path / "storyforge.toml").unlink()
    assert project.settings.number("jobs", 9) == 4


def test_settings_come_from_the_environment_that_is_given(path: Path) -> None:
    project = Project(path, {"STORYFORGE_JOBS": "5", "RUNWARE_API_KEY": "a-key-of-nobody"})
    assert project.settings.number("jobs", 9) == 5
    assert "a-key-of-nobody" not in repr(project)


def test_settings_of_a_project_that_is_reached_by_a_link_are_those_of_its_top(path: Path, tmp_path: Path) -> None:
    link = tmp_path.with_name(f"{tmp_path.name}-link")
    link.symlink_to(tmp_path, target_is_directory=True)
    project = Project(link / "films" / "one.story.yaml", {})
    assert project.settings.number("jobs", 9) == 3
    assert project.film_name == "films/one.story.yaml"


def test_a_project_cannot_be_changed(path: Path) -> None:
    with pytest.raises(FrozenInstanceError):
        Project(path).path = path.parent  # type: ignore[misc]


def test_a_path_that_is_not_in_utf_8_is_refused(tmp_path):
    with pytest.raises(UsageError, match="is not in UTF-8"):
        Project(tmp_path / "caf\udce9.story.yaml")
