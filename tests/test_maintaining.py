"""What maintainers use besides the tests: the release script, hooks for commits, the container, forms for issues."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from ruamel.yaml import YAML

from storyforge.providers import PROVIDERS
from storyforge.version import __version__

ROOT = Path(__file__).parents[1]
FORMS = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))


@pytest.fixture
def release() -> ModuleType:
    spec = importlib.util.spec_from_file_location("release", ROOT / ".ci" / "release.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def copy(release: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository of which only what a release writes is there."""
    for name in ("CHANGELOG", "PROJECT", "VERSION"):
        path = getattr(release, name)
        target = tmp_path / path.relative_to(ROOT)
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(path.read_bytes())
        monkeypatch.setattr(release, name, target)
    monkeypatch.setattr(release, "ROOT", tmp_path)
    return tmp_path


def test_a_version_is_three_numbers(release: ModuleType) -> None:
    assert release.parse_version("0.10.2") == (0, 10, 2)
    for wrong in ("1", "1.2", "v1.2.3", "1.2.3rc1", "01.2.3", ""):
        with pytest.raises(ValueError, match="is no version"):
            release.parse_version(wrong)


def test_the_changelog_gets_a_head_and_room_for_what_comes_next(release: ModuleType) -> None:
    text = "# Changelog\n\n## Unreleased\n\n- A.\n\n## 0.1.0 (2026-01-01)\n\n- B.\n"
    wanted = "# Changelog\n\n## Unreleased\n\n## 0.2.0 (2026-02-03)\n\n- A.\n\n## 0.1.0 (2026-01-01)\n\n- B.\n"
    assert release.write_head(text, "0.2.0", "2026-02-03") == wanted
    with pytest.raises(ValueError, match="nothing under"):
        release.write_head(wanted, "0.3.0", "2026-02-04")
    with pytest.raises(ValueError, match=re.escape("has 0.2.0 already")):
        release.write_head(wanted, "0.2.0", "2026-02-04")


def test_the_version_is_read_and_written_where_it_is_named(release: ModuleType) -> None:
    project = release.PROJECT.read_text(encoding="utf-8")
    assert release.read_version(project) == __version__
    assert release.read_version(release.write_version(project, __version__, "9.8.7")) == "9.8.7"
    own = release.VERSION.read_text(encoding="utf-8")
    assert '__version__ = "9.8.7"' in release.write_version(own, __version__, "9.8.7")
    with pytest.raises(ValueError, match="0 times"):
        release.write_version(own, "5.5.5", "9.8.7")


def test_a_release_builds_and_tries_what_it_built(release: ModuleType, copy: Path) -> None:
    commands: list[list[str]] = []
    packages = release.prepare_release(
        "9.8.7", "2026-02-03", lambda command, folder: commands.append([*map(str, command)])
    )
    assert [path.name for path in packages] == [
        "storyforge_film-9.8.7-py3-none-any.whl",
        "storyforge_film-9.8.7.tar.gz",
    ]
    assert "## 9.8.7 (2026-02-03)" in release.CHANGELOG.read_text(encoding="utf-8")
    assert release.read_version(release.PROJECT.read_text(encoding="utf-8")) == "9.8.7"
    done = [" ".join(command[1:3]) for command in commands]
    assert done == [
        "-m hatchling",
        "-m pip",
        f"-c {commands[2][2]}",
        "init film",
        "check --strict",
        "render film/film.story.yaml",
        "-m pip",
    ]
    assert commands[1][-1] == f"{packages[0]}[voice]"


def test_a_release_that_fails_leaves_version_and_changelog_as_they_were(release: ModuleType, copy: Path) -> None:
    before = [path.read_bytes() for path in (release.CHANGELOG, release.PROJECT, release.VERSION)]

    def fail(command: Any, folder: Path) -> None:
        raise subprocess.CalledProcessError(1, command)

    with pytest.raises(subprocess.CalledProcessError):
        release.prepare_release("9.8.7", "2026-02-03", fail)
    with pytest.raises(ValueError, match="older"):
        release.prepare_release("0.0.1", "2026-02-03", fail)
    (copy / "dist").mkdir()
    (copy / "dist" / "old.whl").touch()
    with pytest.raises(ValueError, match="not empty"):
        release.prepare_release("9.8.7", "2026-02-03", fail)
    assert [path.read_bytes() for path in (release.CHANGELOG, release.PROJECT, release.VERSION)] == before


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.name)
def test_forms_for_issues_are_those_that_github_accepts_and_name_the_providers(path: Path) -> None:
    schema = "vendor.github-issue-config" if path.name == "config.yml" else "vendor.github-issue-forms"
    check = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(path)]
    done = subprocess.run(check, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    form = YAML(typ="safe", pure=True).load(path)
    for part in form.get("body", ()):
        if part.get("id") == "provider":
            assert {kind.title for kind in PROVIDERS if kind.settings} <= set(part["attributes"]["options"])


def test_hooks_before_a_commit_are_those_that_have_to_pass() -> None:
    path = ROOT / ".pre-commit-config.yaml"
    check = [sys.executable, "-m", "pre_commit", "validate-config", str(path)]
    assert subprocess.run(check, capture_output=True, check=False).returncode == 0
    (repository,) = YAML(typ="safe", pure=True).load(path)["repos"]
    commands = [hook["entry"].removesuffix(" --force-exclude") for hook in repository["hooks"]]
    assert " && ".join(commands) in (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def test_the_container_is_set_up_as_contributing_says() -> None:
    made = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text(encoding="utf-8"))
    assert made["postCreateCommand"].startswith("python3.11 -m venv .venv && .venv/bin/pip install -e '.[voice,test]'")
    assert made["image"].endswith(":3.11")


def test_editors_write_what_the_formatter_wants() -> None:
    config = ConfigParser()
    config.read_string("[top]\n" + (ROOT / ".editorconfig").read_text(encoding="utf-8"))
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert f"line-length = {config['*']['max_line_length']}" in project
    assert config["*.py"]["indent_size"] == "4"
