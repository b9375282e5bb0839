"""Where the code is, for the tests that read it."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "storyforge"


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def kept() -> list[Path]:
    """The files of the repository; of a copy without git, those that would be."""
    listed = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(listed, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return [path for name in done.stdout.split("\0") if name and (path := ROOT / name).is_file()]
    folders = ("storyforge", "templates", "schemas", "tests", "examples", "benchmarks", ".ci")
    found = [path for folder in folders for path in (ROOT / folder).rglob("*") if "node_modules" not in path.parts]
    return [path for path in (*found, *ROOT.glob("*.md")) if path.is_file() and "__pycache__" not in path.parts]
