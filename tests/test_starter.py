"""A new project has everything a film needs, and nothing is written over."""

import json
from pathlib import Path

import pytest

from storyforge.errors import UsageError
from storyforge.schema import schema_text
from storyforge.starter import starter_files, write_starter


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
