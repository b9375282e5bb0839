"""Where the code is, for the tests that read it."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
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


def undocumented(path: Path) -> Iterator[str]:
    """The public classes, functions, methods and properties of a module without a docstring; not what lies inside a
    function, nor in a class whose name begins with an underscore."""
    yield from _undocumented(ast.parse(path.read_text(encoding="utf-8")).body, "")


def _undocumented(body: list[ast.stmt], owner: str) -> Iterator[str]:
    for node in body:
        if isinstance(node, ast.If | ast.Try | ast.With):
            yield from _undocumented([*node.body, *getattr(node, "orelse", [])], owner)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            if not ast.get_docstring(node):
                yield f"{owner}{node.name}"
            if isinstance(node, ast.ClassDef):
                yield from _undocumented(node.body, f"{owner}{node.name}.")
