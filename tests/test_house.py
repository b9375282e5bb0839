"""The house keeps its shape: imports go down its floors, every room has its test, every module says what it does."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "storyforge"

FLOORS = (
    ("version",),
    ("model",),
    ("providers", "system"),
    ("language",),
    ("animatic", "compiler"),
    ("emulator", "planning"),
    ("film",),
    ("reports",),
    ("rendering",),
    ("api", "cli"),
    ("__init__",),
)
"""A package imports from the floors below its own, and from nowhere else."""

LONG = {
    "storyforge/emulator/scenario.py": "the host with the most calls: assets, uploads in parts, jobs, lists, prices",
    "storyforge/model/storyboard.py": "the language: all that an author may write, with what it means",
    "tests/language/test_load.py": "a table: each mistake beside its finding",
    "tests/rendering/test_publish.py": "both publishers' tests, and pictures that were made to be difficult",
    "tests/rendering/test_dispatcher.py": "a table told in code: each fate of an order beside the next step",
    "tests/compiler/test_locked_takes.py": "a film told edit by edit: what each leaves of its cut, its takes and its bill",
    "tests/emulator/test_strictness.py": "a table: what each host takes beside what it refuses",
    "tests/compiler/checks/test_checks.py": "a table: each rule beside all that is printed",
    "examples/draw.py": "the drawings of all examples, one function each",
}
"""Files above 400 lines, each with its reason."""

FOREIGN = ("../shared", "/work/", "TODO", "FIXME", "XXX")
"""What no file says: places that only one machine has, and promises."""


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path: Path) -> Iterator[tuple[int, str]]:
    """Line and room of everything that a module imports from this package, inside functions too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno} imports relatively"
            parts = (node.module or "").split(".")
            if parts[0] == "storyforge":
                for name in node.names if len(parts) == 1 else ():
                    yield node.lineno, "__init__" if name.name.startswith("__") else name.name
                yield from ((node.lineno, part) for part in parts[1:2])
        elif isinstance(node, ast.Import):
            for name in node.names:
                parts = name.name.split(".")
                if parts[0] == "storyforge":
                    yield node.lineno, parts[1] if len(parts) > 1 else "__init__"


def test_every_room_stands_on_one_floor() -> None:
    rooms = {room(path) for path in modules()}
    placed = [name for floor in FLOORS for name in floor]
    assert sorted(placed) == sorted(rooms)


def test_imports_only_go_down() -> None:
    floor = {name: number for number, names in enumerate(FLOORS) for name in names}
    climbs = [
        f"{path.relative_to(ROOT)}:{line} imports {other}"
        for path in modules()
        for line, other in imported(path)
        if other != room(path) and floor[other] >= floor[room(path)]
    ]
    assert climbs == []


@pytest.mark.parametrize("name", [name for floor in FLOORS for name in floor if name not in ("__init__", "version")])
def test_every_room_has_its_test(name: str) -> None:
    tests = ROOT / "tests"
    folder = [*(tests / name).glob("test_*.py"), *(tests / name).glob("*.txt")]
    assert folder or (tests / f"test_{name}.py").is_file()


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_opens_with_what_it_does(path: Path) -> None:
    words = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert words
    assert words.splitlines()[0].endswith((".", ":"))


def kept() -> list[Path]:
    """The files of the repository; of a copy without git, those that would be."""
    listed = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(listed, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return [path for name in done.stdout.split("\0") if name and (path := ROOT / name).is_file()]
    folders = ("storyforge", "templates", "schemas", "tests", "examples", "benchmarks", ".ci")
    found = [path for folder in folders for path in (ROOT / folder).rglob("*") if "node_modules" not in path.parts]
    return [path for path in (*found, *ROOT.glob("*.md")) if path.is_file() and "__pycache__" not in path.parts]


def test_no_file_is_longer_than_anybody_reads_but_for_a_reason() -> None:
    lengths = {
        path.relative_to(ROOT).as_posix(): len(path.read_text(encoding="utf-8").splitlines())
        for path in kept()
        if path.suffix == ".py"
    }
    assert {name for name, length in lengths.items() if length > 400} == set(LONG)


def test_no_file_speaks_of_what_is_not_in_the_repository() -> None:
    own = Path(__file__).resolve()
    readable = (".py", ".md", ".txt", ".toml", ".yaml", ".jinja", ".json", ".sh", "")
    found = [
        f"{path.relative_to(ROOT)}: {word}"
        for path in kept()
        if path.suffix in readable and path.resolve() != own and path.name != "package-lock.json"  # full of hashes
        for word in FOREIGN
        if word in path.read_text(encoding="utf-8", errors="replace")
    ]
    assert found == []


def test_no_member_is_named_by_what_holds_for_all() -> None:
    """What differs between providers is a fact in its table, never a comparison with its name."""
    compared = re.compile(r"(?:provider|host|main|one)\.name (?:==|!=|in) [\"'(\[{]")
    assert [path.name for path in modules() if compared.search(path.read_text(encoding="utf-8"))] == []


HOLDERS = {"Project", "Loaded", "Compiled", "Compilation", "FilmPlan", "Bill"}
"""What holds a storyboard's project, and with it the store and the settings."""

HELD = {"Store", "Settings"}


def handed(function: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    """The names in the annotations of a function's parameters, and `storyboard` for the path of one."""
    given = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    notes = [ast.walk(one.annotation) for one in given if one.annotation]
    paths = {one.arg for one in given} & {"storyboard"}
    return paths | {node.id for nodes in notes for node in nodes if isinstance(node, ast.Name)}


def test_no_function_is_handed_a_store_or_settings_beside_what_holds_them() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
        for path in modules()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (names := handed(node)) & HELD
        and names & (HOLDERS | {"storyboard"})
    ]
    assert found == []


WRITERS = {
    "storyforge/system/files.py": "the place where files are written",
    "storyforge/system/download.py": "a download, piece by piece, into a scratch file of `files.py`",
    "storyforge/rendering/remote.py": "an object of a shared place, piece by piece, into a scratch file",
    "storyforge/film/fragments.py": "a film joined piece by piece, into a scratch file",
    "storyforge/film/signing.py": "a film that a library signs, into a scratch file",
    "storyforge/film/mux.py": "tags behind a film that is not in its place yet",
    "storyforge/animatic/render.py": "speech in a temporary folder, for one run of ffmpeg",
    "storyforge/reports/checkout.py": "a revision in a temporary folder",
    "storyforge/cli/__init__.py": "the null device, where nobody reads the output any more",
    "storyforge/emulator/app.py": "a log, which lines are added to",
    "storyforge/system/ffmpeg.py": "a pipe to ffmpeg, which is no file",
}
"""Who opens files for writing, each with its reason. Everybody else writes by `system/files.py`."""

RENAMES = {("os", "replace"), ("os", "rename"), ("os", "renames"), ("os", "link"), ("shutil", "move")}
IN_MEMORY = ("wave", "av")
"""Whose `open` takes a file that is open already, or a scratch path."""


def writes(node: ast.Call) -> bool:
    """Whether a call renames a file or opens one for writing."""
    function = node.func
    if isinstance(function, ast.Name):
        return function.id == "open" and opens_for_writing(node)
    if not isinstance(function, ast.Attribute):
        return False
    owner = function.value.id if isinstance(function.value, ast.Name) else ""
    match function.attr:
        case "write_text" | "write_bytes":
            return True
        case "open":
            return owner not in IN_MEMORY and (owner == "os" or opens_for_writing(node))
        case "replace" | "rename" if owner not in ("os", "shutil"):  # of a text it has two arguments
            return len(node.args) == 1 and not node.keywords
        case name:
            return (owner, name) in RENAMES


def opens_for_writing(node: ast.Call) -> bool:
    given = [*node.args, *(keyword.value for keyword in node.keywords)]
    texts = [one.value for one in given if isinstance(one, ast.Constant) and isinstance(one.value, str)]
    return any(re.fullmatch("(?=.*[wax+])[rwaxbt+]{1,3}", text) for text in texts)


def test_files_are_written_and_renamed_in_one_place() -> None:
    found = {
        path.relative_to(ROOT).as_posix()
        for path in modules()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and writes(node)
    }
    assert found == set(WRITERS)


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
