"""A new project has everything a film needs, and nothing is written over."""

import json
from pathlib import Path

import pytest
from hands import Hand

from storyforge.language.json_schema import schema_text, write_project_schema
from storyforge.model.errors import UsageError
from storyforge.starter import starter_files, write_starter
from storyforge.starter.git_drivers import (
    ATTRIBUTES,
    find_repository,
    has_storyboard,
    set_drivers,
    settings,
    write_attributes,
)


def test_a_new_project_is_written_whole(tmp_path: Path) -> None:
    written = write_starter(tmp_path / "deep" / "film")
    assert {path.relative_to(tmp_path / "deep" / "film").as_posix() for path in written} == set(starter_files())
    folder = tmp_path / "deep" / "film"
    assert (folder / ".storyforge/storyboard.schema.json").read_text(encoding="utf-8") == schema_text()
    assert json.loads((folder / ".vscode/settings.json").read_text(encoding="utf-8"))["yaml.schemas"]
    assert all(b"\r" not in content for path, content in starter_files().items() if not path.endswith(".jpg"))


def test_the_schema_is_kept_and_takes_are_not(tmp_path: Path) -> None:
    ignored = starter_files()[".gitignore"].decode().splitlines()
    assert ".storyforge/*" in ignored
    assert "!.storyforge/storyboard.schema.json" in ignored
    assert ".env" in ignored


def test_a_file_that_is_there_stops_all_of_it(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("mine\n", encoding="utf-8")
    with pytest.raises(UsageError, match="is there already"):
        write_starter(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [".gitignore"]
    assert (tmp_path / ".gitignore").read_text(encoding="utf-8") == "mine\n"


def test_what_git_has_to_know_of_files_is_added_behind_what_stands_there(tmp_path: Path) -> None:
    Hand(tmp_path)
    repository = find_repository(tmp_path)
    path = tmp_path / ".gitattributes"
    path.write_bytes(b"# mine \xff\r\n*.mp4 binary\n*.story.lock merge=storyforge\n*.png binary")
    assert write_attributes(repository, tmp_path) == path
    assert path.read_bytes() == (
        b"# mine \xff\r\n*.mp4 binary\n*.story.lock merge=storyforge\n*.png binary\n"
        b"*.story.yaml diff=storyforge\n*.mp4 -text diff=storyforge-film\n"
    )
    assert write_attributes(repository, tmp_path) is None
    for _, name, attribute, value in ATTRIBUTES:
        assert repository.attribute(attribute, tmp_path / name) == value


def test_attributes_are_not_repeated_below_a_folder_that_has_them(tmp_path: Path) -> None:
    Hand(tmp_path)
    (tmp_path / "series/one").mkdir(parents=True)
    repository = find_repository(tmp_path / "series/one")
    write_attributes(repository, tmp_path)
    assert write_attributes(repository, tmp_path / "series/one") is None


def test_a_line_that_another_overrides_is_not_written_again(tmp_path: Path) -> None:
    Hand(tmp_path)
    (tmp_path / ".git/info").mkdir(exist_ok=True)
    (tmp_path / ".git/info/attributes").write_text("*.mp4 -diff\n", encoding="utf-8")
    repository = find_repository(tmp_path)
    assert write_attributes(repository, tmp_path)
    assert write_attributes(repository, tmp_path) is None


def test_a_link_is_not_followed_to_what_it_leads_to(tmp_path: Path) -> None:
    Hand(tmp_path)
    (tmp_path / "profile").write_text("mine\n", encoding="utf-8")
    (tmp_path / ".gitattributes").symlink_to("profile")
    with pytest.raises(UsageError, match="is a link"):
        write_attributes(find_repository(tmp_path), tmp_path)
    assert (tmp_path / "profile").read_text(encoding="utf-8") == "mine\n"


def test_a_new_project_says_all_that_git_has_to_know(tmp_path: Path) -> None:
    Hand(tmp_path)
    write_starter(tmp_path / "film")
    assert write_attributes(find_repository(tmp_path), tmp_path / "film") is None


def test_drivers_are_set_once_and_again_when_the_program_moves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Hand(tmp_path)
    repository = find_repository(tmp_path / "not" / "there yet")
    assert set_drivers(repository) == list(settings())
    assert set_drivers(repository) == []
    monkeypatch.setattr("sys.executable", "/else where/100%/python")
    assert set_drivers(repository) == [name for name in settings() if name.endswith(("driver", "command", "textconv"))]
    assert (repository.setting("diff.storyforge.textconv") or "").startswith("'/else where/100%/python' -P ")
    assert (repository.setting("merge.storyforge.driver") or "").startswith("'/else where/100%%/python' -P ")


def test_a_place_without_git_is_told_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is in no git repository") as told:
        find_repository(tmp_path)
    assert told.value.hint == "`git init` makes one"


def test_a_storyboard_is_found_in_the_folder_and_below_it(tmp_path: Path) -> None:
    Hand(tmp_path)
    repository = find_repository(tmp_path)
    assert not has_storyboard(repository, tmp_path)
    assert not has_storyboard(repository, tmp_path / "not there")
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep/a.story.yaml").write_text("", encoding="utf-8")
    assert has_storyboard(repository, tmp_path)


def test_an_episode_of_a_project_uses_the_store_and_the_schema_above_it(tmp_path: Path) -> None:
    write_starter(tmp_path)
    (tmp_path / ".storyforge" / "takes").mkdir()
    for name in ("ep1", "season/ep2"):
        written = write_starter(tmp_path / name)
        up = "../" * (1 + name.count("/"))
        schema = f"{up}.storyforge/storyboard.schema.json"
        assert not (tmp_path / name / ".storyforge").exists()
        assert schema not in [path.as_posix() for path in written]
        assert f"$schema={schema}\n" in (tmp_path / name / "film.story.yaml").read_text(encoding="utf-8")
        assert schema in (tmp_path / name / ".vscode/settings.json").read_text(encoding="utf-8")


def test_a_schema_is_written_where_the_store_is(tmp_path: Path) -> None:
    (tmp_path / "ep1").mkdir()
    (tmp_path / ".storyforge" / "takes").mkdir(parents=True)
    assert write_project_schema(tmp_path / "ep1") == Path("../.storyforge/storyboard.schema.json")
    assert (tmp_path / ".storyforge" / "storyboard.schema.json").read_text(encoding="utf-8") == schema_text()
    assert not (tmp_path / "ep1" / ".storyforge").exists()


def test_a_link_in_the_place_of_a_file_is_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "film").mkdir()
    (tmp_path / "film" / ".gitignore").symlink_to("../nothing")
    with pytest.raises(UsageError, match="is there already"):
        write_starter(tmp_path / "film")
    (tmp_path / "film" / ".gitignore").unlink()
    (tmp_path / "film" / ".vscode").symlink_to("..")
    with pytest.raises(UsageError, match="leads out of its project"):
        write_starter(tmp_path / "film")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["film"]
