"""The hooks for pre-commit, run by pre-commit itself from a clone of this repository."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hands import Hand
from projects import edited, project
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[1]
HOOKS = YAML(typ="safe", pure=True).load(ROOT / ".pre-commit-hooks.yaml")
GUIDE = (ROOT / "docs" / "guides" / "git.md").read_text(encoding="utf-8")


def pre_commit(*arguments: str | Path, cwd: Path, home: Path | None = None) -> subprocess.CompletedProcess[str]:
    clean = {
        name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "PYTHON", "STORYFORGE_"))
    }
    return subprocess.run(
        [sys.executable, "-m", "pre_commit", *map(str, arguments)],
        cwd=cwd,
        env=clean | {"PIP_NO_COMPILE": "1", "PRE_COMMIT_HOME": str(home or cwd / "home"), "PRE_COMMIT_COLOR": "never"},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This repository with what a hook is installed from, committed."""
    folder = tmp_path_factory.mktemp("clone")
    for name in ("storyforge", "templates", "schemas"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml"):
        shutil.copy(ROOT / name, folder / name)
    hand = Hand(folder)
    hand("add", "--force", ".")
    hand("commit", "--quiet", "-m", "all")
    hand("tag", "v1")
    return folder


@pytest.fixture
def film(tmp_path: Path) -> Path:
    folder = tmp_path / "film"
    folder.mkdir()
    Hand(folder)
    path = project(folder)
    subprocess.run(["git", "add", "."], cwd=folder, check=True)
    return path


def test_pre_commit_accepts_the_hooks(tmp_path):
    assert pre_commit("validate-manifest", ROOT / ".pre-commit-hooks.yaml", cwd=tmp_path).returncode == 0
    broken = tmp_path / "broken.yaml"
    broken.write_text((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8").replace("entry:", "enter:"))
    assert pre_commit("validate-manifest", broken, cwd=tmp_path).returncode == 1


def test_hooks_are_for_storyboards_and_no_other_file():
    for hook in HOOKS:
        assert re.search(hook["files"], "films/keeper.story.yaml")
        assert not re.search(hook["files"], "films/keeper.story.lock")
        assert not re.search(hook["files"], "story.yaml")


@pytest.mark.slow
def test_a_hook_can_be_tried_on_a_storyboard(clone, film):
    good = pre_commit("try-repo", clone, "storyforge-check", "--files", film.name, cwd=film.parent)
    assert good.returncode == 0, good.stdout + good.stderr
    assert re.search(r"^storyforge check\.+Passed$", good.stdout, re.MULTILINE)


@pytest.mark.slow
def test_the_hooks_of_the_guide_stop_a_commit_that_breaks_a_storyboard(clone, film, tmp_path):
    (config,) = (
        block for block in re.findall(r"^```yaml\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL) if "rev:" in block
    )
    where = {"repo": clone.as_posix(), "rev": "v1"}
    config = re.sub(r"\b(repo|rev): \S+", lambda found: f"{found[1]}: {where[found[1]]}", config)
    (film.parent / ".pre-commit-config.yaml").write_text(config, encoding="utf-8")

    def committed() -> tuple[int, str]:
        subprocess.run(["git", "add", "."], cwd=film.parent, check=True)
        done = pre_commit("run", cwd=film.parent, home=tmp_path / "home")
        return done.returncode, done.stdout + done.stderr

    committed()  # lays the storyboard out
    code, said = committed()
    assert code == 0, said
    assert said.count("Passed") == len(HOOKS)
    edited(film, "@ana looks", "@anna looks")
    code, said = committed()
    assert code == 1
    assert "error[unknown-character]: `@anna` is nobody of the cast" in said
    assert "--> ferry.story.yaml:" in said
    edited(film, "@anna looks", "@ana looks")
    tidy = film.read_text(encoding="utf-8")
    edited(film, "title: The Ferry", "title:    The Ferry")
    code, said = committed()
    assert code == 1
    assert "files were modified by this hook" in said
    assert film.read_text(encoding="utf-8") == tidy
