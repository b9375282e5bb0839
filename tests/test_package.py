"""The wheel holds everything: built, installed elsewhere and used there, without the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

pytestmark = pytest.mark.long


def ran(*command: str | Path, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "STORYFORGE_"))}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**clean, "PIP_DISABLE_PIP_VERSION_CHECK": "1", **environment},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    ran(
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--no-deps",
        "--no-build-isolation",
        "--wheel-dir",
        folder,
        ROOT,
        cwd=folder,
    )
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_is_named_and_holds_what_is_needed_and_no_more(wheel: Path) -> None:
    assert wheel.name.startswith("storyforge_film-")
    names = set(zipfile.ZipFile(wheel).namelist())
    shipped = [*(ROOT / "templates").rglob("*.jinja"), *(ROOT / "schemas").glob("*.json")]
    assert {f"storyforge/{path.relative_to(ROOT).as_posix()}" for path in shipped} <= names
    starter = (ROOT / "storyforge" / "starter").rglob("*.*")
    assert {path.relative_to(ROOT).as_posix() for path in starter if "__pycache__" not in path.parts} <= names
    assert {"storyforge/fonts/NotoSans-Regular.ttf", "storyforge/fonts/LICENSE.txt"} <= names
    assert [name for name in names if name.startswith(("tests/", "examples/", "benchmarks/")) or ".pyc" in name] == []
    (licence,) = [name for name in names if name.endswith("licenses/LICENSE")]
    assert b"MIT" in zipfile.ZipFile(wheel).read(licence)


def test_an_installed_wheel_works_far_from_the_checkout(wheel: Path, tmp_path: Path) -> None:
    # The libraries it needs are lent by the venv that runs the tests, so that nothing is downloaded again.
    venv.create(tmp_path / "venv", with_pip=False)
    python = tmp_path / "venv" / "bin" / "python"
    pip = (sys.executable, "-m", "pip", "--python", python)
    ran(*pip, "install", "--no-deps", "--no-index", wheel, cwd=tmp_path)
    (own,) = (tmp_path / "venv").glob("lib/python3*/site-packages")
    lent = [path for path in sys.path if path.endswith("site-packages")]
    (own / "lent.pth").write_text("\n".join(lent), encoding="utf-8")
    where = "import storyforge; print(storyforge.__file__)"
    assert ran(python, "-c", where, cwd=tmp_path).stdout.startswith(str(own))
    storyforge = tmp_path / "venv" / "bin" / "storyforge"
    ran(storyforge, "init", "film", cwd=tmp_path)
    assert ran(storyforge, "check", "film/film.story.yaml", cwd=tmp_path).stdout == ""
    made = ran(storyforge, "compile", "film/film.story.yaml", "--provider", "scenario", cwd=tmp_path).stdout
    assert "Begin with a wide establishing shot" in made
    assert "character1" in made
    assert ran(storyforge, "schema", cwd=tmp_path).stdout == (ROOT / "schemas" / "storyboard.schema.json").read_text(
        encoding="utf-8"
    )
