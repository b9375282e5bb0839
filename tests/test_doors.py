"""Files are written in one module, and what a project names is opened in one."""

from __future__ import annotations

import ast
import re

import pytest
from house import PACKAGE, ROOT, modules

WRITERS = {
    "storyforge/system/files.py": "the place where files are written, moved and deleted",
    "storyforge/system/inputs.py": "the place where what a project names is opened, to be read alone",
    "storyforge/cli/printer.py": "the null device, for a stream that was closed",
    "storyforge/emulator/app.py": "a log, which lines are added to",
    "storyforge/system/ffmpeg.py": "a pipe to ffmpeg, which is no file",
}
"""Who writes, moves or deletes files, each with its reason. Everybody else does so by `system/files.py`."""

OWNERS = ("os", "shutil")
CHANGES = {
    *("replace", "rename", "renames", "link", "symlink", "remove", "unlink", "rmdir", "removedirs", "truncate"),
    *("mkdir", "makedirs", "mkfifo", "mknod", "move", "rmtree", "copy", "copy2", "copyfile", "copytree"),
}
"""Functions of `os` and `shutil` that change what is on the disk."""
IN_MEMORY = ("wave", "av")
"""Whose `open` takes a file that is open already, or a scratch path."""


def writes(node: ast.Call) -> bool:
    """Whether a call opens a file for writing, moves or deletes one, or makes a folder."""
    function = node.func
    if isinstance(function, ast.Name):
        return function.id == "open" and opens_for_writing(node)
    if not isinstance(function, ast.Attribute):
        return False
    owner = function.value.id if isinstance(function.value, ast.Name) else ""
    match function.attr:
        case "write_text" | "write_bytes" | "unlink" | "rmdir" | "mkdir" | "touch" | "symlink_to" | "hardlink_to":
            return True
        case "open":
            return owner not in IN_MEMORY and (owner == "os" or opens_for_writing(node))
        case "replace" | "rename" if owner not in OWNERS:  # of a text it has two arguments
            return len(node.args) == 1 and not node.keywords
        case name:
            return owner in OWNERS and name in CHANGES


def opens_for_writing(node: ast.Call) -> bool:
    given = [*node.args, *(keyword.value for keyword in node.keywords)]
    texts = [one.value for one in given if isinstance(one, ast.Constant) and isinstance(one.value, str)]
    return any(re.fullmatch("(?=.*[wax+])[rwaxbt+]{1,3}", text) for text in texts)


def test_files_are_written_moved_and_deleted_in_one_place() -> None:
    found = {
        path.relative_to(ROOT).as_posix()
        for path in modules()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and writes(node)
    }
    assert found == set(WRITERS)


NAMING = ("language/", "compiler/", "starter/git_drivers", "planning/saved_plan", "system/lock", "system/settings")
"""Modules that come by what a project names: they open nothing but by `system/inputs.py`."""


def test_what_a_project_names_is_opened_in_one_place() -> None:
    found = [
        f"{place}:{node.lineno}"
        for path in modules()
        if (place := path.relative_to(PACKAGE).as_posix()).startswith(NAMING)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and (getattr(node.func, "id", "") == "open" or getattr(node.func, "attr", "") in ("read_text", "read_bytes"))
    ]
    assert found == []


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("open(path, 'w')", True),
        ("open(path, mode='rb+')", True),
        ("path.open('xb')", True),
        ("path.write_text(text)", True),
        ("path.rename(other)", True),
        ("path.replace(other)", True),
        ("os.replace(path, other)", True),
        ("shutil.move(path, other)", True),
        ("os.open(path, flags)", True),
        ("shutil.rmtree(path)", True),
        ("shutil.copyfile(path, other)", True),
        ("path.unlink(missing_ok=True)", True),
        ("os.remove(path)", True),
        ("path.mkdir(parents=True)", True),
        ("rows.remove(row)", False),
        ("open(path, encoding='utf-8')", False),
        ("path.open('rb')", False),
        ("text.replace('a', 'b')", False),
        ("moment.replace(tzinfo=UTC)", False),
        ("wave.open(sound, 'wb')", False),
    ],
)
def test_a_call_that_writes_is_told_from_one_that_does_not(code: str, expected: bool) -> None:
    call = ast.parse(code, mode="eval").body
    assert isinstance(call, ast.Call)
    assert writes(call) is expected
