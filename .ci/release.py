"""Prepares a release: `.venv/bin/python .ci/release.py 0.2.0`.

Writes the version and the changelog's head, builds wheel and sdist into `dist/`, installs the wheel into an empty
environment, renders the starter film there, and builds a wheel of the sdist. If a step fails, version and changelog are
put back. Commits nothing and uploads nothing; the last lines printed say what is left to do.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parents[1]
CHANGELOG, PROJECT, VERSION = (ROOT / name for name in ("CHANGELOG.md", "pyproject.toml", "storyforge/version.py"))
UNRELEASED = "## Unreleased\n"

Run = Callable[..., None]
"""Runs a command in a folder: `run(command, folder)`; raises CalledProcessError if it fails."""


def parse_version(text: str) -> tuple[int, int, int]:
    """Returns `1.2.3` as three numbers. Raises ValueError if it is not written so."""
    found = re.fullmatch(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)", text)
    if found is None:
        raise ValueError(f"`{text}` is no version: write three numbers, such as 0.2.0")
    return int(found[1]), int(found[2]), int(found[3])


def read_version(project: str) -> str:
    """Returns the version that a `pyproject.toml` names."""
    found = re.search(r'^version = "(.+)"$', project, re.MULTILINE)
    if found is None:
        raise ValueError("pyproject.toml names no version")
    return found[1]


def write_version(text: str, old: str, new: str) -> str:
    """Returns the text of `pyproject.toml` or `version.py` with another version, which it names exactly once."""
    pattern = re.compile(rf'^((?:__version__|version) = )"{re.escape(old)}"$', re.MULTILINE)
    written, count = pattern.subn(rf'\g<1>"{new}"', text)
    if count != 1:
        raise ValueError(f"the version {old} is named {count} times, not once")
    return written


def write_head(changelog: str, version: str, day: str) -> str:
    """Returns the changelog with what was unreleased under the version and its day, `YYYY-MM-DD`.

    Raises ValueError if nothing is unreleased, or the version is there already.
    """
    if f"\n## {version} " in changelog:
        raise ValueError(f"the changelog has {version} already")
    before, mark, after = changelog.partition(UNRELEASED)
    if not mark or not after.partition("\n## ")[0].strip():
        raise ValueError("the changelog has nothing under `## Unreleased`")
    return f"{before}{UNRELEASED}\n## {version} ({day})\n{after}"


def run_command(command: Sequence[str | Path], folder: Path) -> None:
    """Runs a command without what the environment says of Python and StoryForge."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "STORYFORGE_"))}
    print("$", *command, flush=True)
    subprocess.run([str(part) for part in command], cwd=folder, env=clean, check=True)


def build_packages(dist: Path, version: str, run: Run) -> tuple[Path, Path]:
    """Builds wheel and sdist into an empty folder; returns their paths in this order."""
    if dist.exists() and any(dist.iterdir()):
        raise ValueError(f"{dist} is not empty")
    run([sys.executable, "-m", "hatchling", "build", "-d", dist, "-t", "sdist", "-t", "wheel"], ROOT)
    return dist / f"storyforge_film-{version}-py3-none-any.whl", dist / f"storyforge_film-{version}.tar.gz"


def try_packages(wheel: Path, sdist: Path, version: str, run: Run) -> None:
    """Renders the starter film with the wheel in an empty environment, and builds a wheel of the sdist there."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        venv.create(work / "venv", with_pip=True)
        programs = work / "venv" / ("Scripts" if os.name == "nt" else "bin")
        run([programs / "python", "-m", "pip", "install", "--quiet", f"{wheel}[voice]"], work)
        asserted = f"import storyforge; assert storyforge.__version__ == {version!r}, storyforge.__version__"
        run([programs / "python", "-c", asserted], work)
        run([programs / "storyforge", "init", "film"], work)
        run([programs / "storyforge", "check", "--strict", "film/film.story.yaml"], work)
        run([programs / "storyforge", "render", "film/film.story.yaml"], work)
        run([programs / "python", "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", work / "again", sdist], work)


def prepare_release(version: str, day: str, run: Run = run_command) -> list[Path]:
    """Writes version and changelog, builds and tries the packages; returns their paths. Undoes what it wrote if a step
    fails."""
    kept = {path: path.read_text(encoding="utf-8") for path in (CHANGELOG, PROJECT, VERSION)}
    old = read_version(kept[PROJECT])
    if parse_version(version) < parse_version(old):
        raise ValueError(f"{version} is older than {old}")
    written = {
        CHANGELOG: write_head(kept[CHANGELOG], version, day),
        PROJECT: write_version(kept[PROJECT], old, version),
        VERSION: write_version(kept[VERSION], old, version),
    }
    try:
        for path, text in written.items():
            path.write_text(text, encoding="utf-8")
        wheel, sdist = build_packages(ROOT / "dist", version, run)
        try_packages(wheel, sdist, version, run)
    except BaseException:
        for path, text in kept.items():
            path.write_text(text, encoding="utf-8")
        raise
    return [wheel, sdist]


def main() -> None:
    """Prepares the release that the one argument names."""
    if len(sys.argv) != 2:
        sys.exit("usage: release.py VERSION")
    try:
        packages = prepare_release(sys.argv[1], f"{datetime.now(UTC):%Y-%m-%d}")
    except (ValueError, subprocess.CalledProcessError) as fault:
        sys.exit(f"error: {fault}")
    print(*packages, sep="\n")
    print(f"Now read the diff, then: git commit -am 'Release {sys.argv[1]}' && git tag v{sys.argv[1]}")
    print("Push both, and upload dist/ to the package index.")


if __name__ == "__main__":
    main()
