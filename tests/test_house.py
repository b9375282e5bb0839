"""The house keeps its shape: imports go down its floors, every room has its test, every module says what it does."""

from __future__ import annotations

import ast
import io
import re
import tokenize
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
from house import PACKAGE, ROOT, kept, modules, undocumented

FLOORS = (
    ("version",),
    ("model",),
    ("providers", "system"),
    ("language",),
    ("animatic", "compiler", "starter"),
    ("emulator", "planning"),
    ("film",),
    ("rendering",),
    ("reports",),
    ("api",),
    ("cli",),
    ("__init__",),
)
"""A package imports from the floors below its own, and from nowhere else."""

LONG = {
    "storyforge/emulator/scenario.py": "the host with the most calls: assets, uploads in parts, jobs, lists, prices",
    "storyforge/emulator/host.py": "what all hosts share that are stood in for: calls, jobs, films, faults",
    "storyforge/model/storyboard.py": "the language: all that an author may write, with what it means",
    "tests/language/test_rename.py": "a table: each name beside every place where it is written",
    "tests/language/test_load.py": "a table: each mistake beside its finding",
    "tests/rendering/test_publish.py": "both publishers' tests, and pictures that were made to be difficult",
    "tests/compiler/test_locked_takes.py": "a film told edit by edit: what each leaves of its cut, its takes and its bill",
    "tests/emulator/test_strictness.py": "a table: what each host takes beside what it refuses",
    "tests/compiler/checks/test_checks.py": "a table: each rule beside all that is printed",
    "examples/draw.py": "the drawings of all examples, one function each",
}
"""Files above 400 lines, each with its reason."""

ELSEWHERE = {
    "animatic/captions": ("tests/animatic/test_layout.py", "captions are laid out with the rest of a picture"),
    "animatic/compose": ("tests/animatic/test_render.py", "what is composed is seen in what is rendered"),
    "animatic/espeak": ("tests/animatic/test_voice.py", "the library behind the voice"),
    "animatic/label": ("tests/animatic/test_layout.py", "labels are laid out with the rest of a picture"),
    "animatic/panels": ("tests/animatic/test_layout.py", "a panel is what is laid out"),
    "animatic/planes": ("tests/animatic/test_camera.py", "planes are what the camera moves over"),
    "api/road": ("tests/test_api.py", "the API is tested as callers reach it, from the top"),
    "cli/choices": ("tests/cli/accept.txt", "shared by `accept` and `use`"),
    "cli/merge_lock": ("tests/cli/test_diff.py", "git calls it, with the other drivers"),
    "cli/options": ("tests/cli/usage.txt", "flags are tried in sessions"),
    "cli/pull": ("tests/cli/share.txt", "one session with `push`"),
    "cli/push": ("tests/cli/share.txt", "one session with `pull`"),
    "cli/sharing": ("tests/cli/share.txt", "shared by `push` and `pull`"),
    "cli/textconv": ("tests/cli/test_diff.py", "git calls it, with the other drivers"),
    "cli/use": ("tests/cli/takes.txt", "one session with `takes`"),
    "compiler/checks/": ("tests/compiler/checks/test_checks.py", "a table: each rule beside all that is printed"),
    "emulator/": ("tests/emulator/test_strictness.py", "a server: asked over HTTP, host by host"),
    "film/qc/listening": ("tests/film/qc/test_measure.py", "what is heard is measured with what is seen"),
    "film/qc/context": ("tests/film/qc/test_rules.py", "what the rules are given"),
    "language/format/document": ("tests/language/format/test_spacing.py", "the lines that spacing and order work on"),
    "language/json_schema": ("tests/test_schema.py", "the schema is tried as editors and validators read it"),
    "model/progress": ("tests/cli/test_progress.py", "a protocol: what receives it is tested"),
    "compiler/pins": ("tests/planning/test_old_release.py", "on films whose takes are there"),
    "compiler/prompt_room": ("tests/test_shapes.py", "with storyboards of such a shape"),
    "planning/blocks": ("tests/planning/test_lock_update.py", "what is written into a lock"),
    "planning/film_key": ("tests/film/test_metadata.py", "what names a film, beside what stands in it"),
    "planning/film_plan": ("tests/planning/test_retakes.py", "plans are made in every test of planning"),
    "providers/host": ("tests/providers/suite.py", "one suite for every host"),
    "rendering/bare_picture": ("tests/rendering/test_publish.py", "pictures are stripped as they are published"),
    "rendering/deliver": ("tests/rendering/test_run.py", "a film is delivered at the end of a run"),
    "rendering/executor": ("tests/rendering/test_run.py", "a run with an executor of its own"),
    "rendering/hosts": ("tests/hosts/test_render_at_hosts.py", "with the hosts of the emulator"),
    "rendering/live_prices": ("tests/hosts/test_render_at_hosts.py", "with the hosts of the emulator"),
    "rendering/remote": ("tests/rendering/remote/test_there_and_back.py", "a folder of tests"),
    "rendering/schedule": ("tests/rendering/test_run.py", "the order of steps is seen in a run"),
    "rendering/terms": ("tests/rendering/test_dispatcher.py", "what a run is allowed decides what is ordered"),
    "reports/diff_text": ("tests/cli/test_diff.py", "as git calls it"),
    "reports/trust_text": ("tests/cli/trust.txt", "as `trust` prints it"),
    "reports/spending_text": ("tests/cli/test_spend.py", "the table and the CSV as they are printed"),
    "starter/git_drivers": ("tests/starter/test_starter.py", "what git has to know of a project"),
    "system/worker_limits": ("tests/system/test_workers.py", "limits are tried on what they hold"),
    "system/worker_process": ("tests/system/test_workers.py", "the other end of the pipe"),
    "system/credentials": ("tests/cli/money.txt", "a key that is missing, in a session"),
}
"""Modules, or folders of them, that are tested elsewhere than in the test of their name: where, and why there."""

FOREIGN = ("../shared", "/work/", "TODO", "FIXME", "XXX")
"""What no file says: places that only one machine has, and promises."""


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


COMMAND_LINE = ("storyforge.api", "storyforge.cli", "storyforge.model", "storyforge.reports", "storyforge.version")
"""What the command line may import, with all below: the rest is reached by the API, as a Python caller reaches it."""

REACHED = {
    ("storyforge/cli/emulate.py", "storyforge.emulator"): "a server of its own, no part of a film",
    ("storyforge/cli/emulate.py", "storyforge.emulator.faults"): "the names of its faults",
}
"""What else a command imports, each with its reason."""


def imported_modules(path: Path) -> Iterator[str]:
    """The full names of all modules of this package that a module imports, inside functions and for types too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            module = node.module or ""
            yield from (f"storyforge.{name.name}" for name in node.names) if module == "storyforge" else (module,)
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)


def test_the_command_line_reaches_films_by_the_api_alone() -> None:
    found = {
        (path.relative_to(ROOT).as_posix(), name)
        for path in (PACKAGE / "cli").glob("*.py")
        for name in imported_modules(path)
        if name.split(".")[0] == "storyforge" and ".".join(name.split(".")[:2]) not in COMMAND_LINE
    }
    assert found == set(REACHED)


@pytest.mark.parametrize("name", [name for floor in FLOORS for name in floor if name not in ("__init__", "version")])
def test_every_room_has_its_test(name: str) -> None:
    tests = ROOT / "tests"
    folder = [*(tests / name).glob("test_*.py"), *(tests / name).glob("*.txt")]
    assert folder or (tests / f"test_{name}.py").is_file()


def find_tests(path: Path) -> list[Path]:
    """The tests of a module: `test_MODULE.py` where the module lies in the package, of a command its session too."""
    place = path.relative_to(PACKAGE)
    named = [ROOT / "tests" / place.with_name(f"test_{place.stem}.py")]
    if place.parts[0] == "cli":
        named.append(ROOT / "tests" / place.with_suffix(".txt"))
    return [one for one in named if one.is_file()]


def find_elsewhere(path: Path) -> str | None:
    """The entry of `ELSEWHERE` that a module falls under."""
    place = path.relative_to(PACKAGE).with_suffix("").as_posix()
    return next((name for name in ELSEWHERE if place == name or (name.endswith("/") and place.startswith(name))), None)


def test_every_module_has_its_test_or_says_where_that_is() -> None:
    own = [path for path in modules() if path.name != "__init__.py" and path.stem != "version"]
    assert [str(path) for path in own if not find_tests(path) and not find_elsewhere(path)] == []
    used = {find_elsewhere(path) for path in own if not find_tests(path)}
    assert [name for name in ELSEWHERE if name not in used] == []
    assert [test for test, _ in ELSEWHERE.values() if not (ROOT / test).is_file()] == []


def test_the_top_of_the_package_is_seen_at_a_glance() -> None:
    assert len(list(PACKAGE.glob("*.py"))) <= 6


def list_loaded(path: Path) -> Iterator[str]:
    """The modules of this package that are imported while a module is loaded: not in functions, nor for types alone."""
    waiting: list[ast.stmt] = list(ast.parse(path.read_text(encoding="utf-8")).body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.ImportFrom):
            yield from (find_module(node.module or "", name.name) for name in node.names)
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.If | ast.Try | ast.ClassDef) and "TYPE_CHECKING" not in ast.dump(node)[:200]:
            waiting += [part for part in ast.walk(node) if isinstance(part, ast.Import | ast.ImportFrom)]


def find_module(module: str, name: str) -> str:
    """The module that `from MODULE import NAME` loads, besides its packages."""
    place = PACKAGE.parent.joinpath(*module.split("."), name)
    inner = place.with_suffix(".py").is_file() or (place / "__init__.py").is_file()
    return f"{module}.{name}" if inner else module


def find_cycle(graph: dict[str, set[str]]) -> list[str]:
    """Modules that import each other in a cycle; empty if none do."""
    done: set[str] = set()

    def walk(name: str, path: list[str]) -> list[str]:
        if name in path:
            return [*path[path.index(name) :], name]
        if name in done:
            return []
        found = next((circle for other in sorted(graph.get(name, ())) if (circle := walk(other, [*path, name]))), [])
        done.add(name)
        return found

    return next((circle for name in sorted(graph) if (circle := walk(name, []))), [])


def test_no_modules_import_each_other_in_a_circle() -> None:
    graph = {}
    for path in modules():
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        graph[name] = {other for other in list_loaded(path) if other.split(".")[0] == "storyforge"}
    assert sum(map(len, graph.values())) > 400
    assert find_cycle(graph) == []
    assert find_cycle({"a": {"b"}, "b": {"c"}, "c": {"d", "b"}}) == ["b", "c", "b"]


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_opens_with_what_it_does(path: Path) -> None:
    words = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert words
    assert words.splitlines()[0].endswith((".", ":"))


def test_no_file_is_longer_than_anybody_reads_but_for_a_reason() -> None:
    lengths = {
        path.relative_to(ROOT).as_posix(): len(path.read_text(encoding="utf-8").splitlines())
        for path in kept()
        if path.suffix == ".py"
    }
    assert {name for name, length in lengths.items() if length > 400} == set(LONG)


def test_no_file_holds_a_letter_that_unicode_normalisation_would_make_another() -> None:
    # An editor or a tool that composes letters would change what the code means, as it once did to a range of them.
    written = {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in kept()}
    texts = {name: raw.decode(errors="ignore") for name, raw in written.items() if b"\0" not in raw}
    assert not [name for name, text in texts.items() if unicodedata.normalize("NFC", text) != text]


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


def test_two_to_four_lines_in_a_hundred_say_why() -> None:
    lines = comments = 0
    for path in modules():
        text = path.read_text(encoding="utf-8")
        lines += len(text.splitlines())
        tokens = tokenize.generate_tokens(io.StringIO(text).readline)
        said = (token.string for token in tokens if token.type == tokenize.COMMENT)
        comments += sum(not said.startswith(("# noqa", "# fmt", "# type")) for said in said)
    assert 0.02 < comments / lines < 0.04


def test_everything_public_says_what_it_is() -> None:
    lacking = [f"{path.relative_to(ROOT).as_posix()}: {name}" for path in modules() for name in undocumented(path)]
    assert lacking == []


def test_what_lacks_a_docstring_is_found(tmp_path: Path) -> None:
    path = tmp_path / "module.py"
    path.write_text(
        "class Stub:\n def ask(self): ...\n def _hide(self): ...\n def word(self): 'Said.'\nif 1:\n def go(): ..."
    )
    assert list(undocumented(path)) == ["Stub", "Stub.ask", "go"]
