"""Breaks the code in one place at a time and counts how many breaks the mirrored tests notice.

    python tests/mutate.py                           # three mutants in each of the usual modules
    python tests/mutate.py --seed 2 --each 5 storyforge/compiler/jobs.py

Each mutant changes one token: a comparison, `and` or `or`, an operator of arithmetic, a number by one, `True` or `False`,
`is` or `in` and their opposites, or a `not` that is dropped. Mutants are drawn by a seed, so that a run can be repeated.
For each, only the fast tests of the module's own test file are run, in a copy of the tree in a temporary folder: the tree
itself is never changed. A mutant is killed if they fail, or take longer than the timeout; it survives if they pass.

This is a script among the tests and not a benchmark: it measures the tests, has no bar of speed, and is not part of any
set of tests, because it takes minutes for each module. It needs nothing but pytest and the standard library.
"""

from __future__ import annotations

import argparse
import ast
import io
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import tokenize
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from random import Random

ROOT = Path(__file__).parents[1]

MODULES = (
    "storyforge/compiler/pack.py",
    "storyforge/compiler/jobs.py",
    "storyforge/compiler/prompt.py",
    "storyforge/system/ledger.py",
    "storyforge/system/http.py",
    "storyforge/system/client.py",
    "storyforge/film/stitch.py",
    "storyforge/film/conform.py",
    "storyforge/language/mentions.py",
    "storyforge/language/speech.py",
    "storyforge/system/lock.py",
)
"""Where a mistake costs money, or changes every film."""

EQUIVALENT: Mapping[tuple[str, str], str] = {
    (
        "storyforge/system/http.py",
        "inner = ipaddress.IPv4Address(int(address) & 4294967294) if address in _NAT64 else address.ipv4_mapped",
    ): "no two neighbours differ in whether they are public",
    (
        "storyforge/system/client.py",
        "grown = min(self.ceiling, self.first * self.growth ** min(turn, 99))",
    ): "the ceiling is reached long before",
    (
        "storyforge/film/conform.py",
        "if times != 0:",
    ): "times that are divided by 1 are the same",
    ("storyforge/language/mentions.py", "(63743, 0xFAFF), # ideographs"): "U+F8FF is no letter, so no id holds it",
    ("storyforge/language/mentions.py", "(0x20000, 262142), # ideographs"): "U+3FFFF is no character",
}
"""Mutants that no test can notice, by module and by their line as it is once changed, each with the reason."""

FLIPPED: Mapping[str, tuple[str, ...]] = {
    "<": ("<=", ">="),
    "<=": ("<", ">"),
    ">": (">=", "<="),
    ">=": (">", "<"),
    "==": ("!=",),
    "!=": ("==",),
    "is": ("is not",),
    "is not": ("is",),
    "in": ("not in",),
    "not in": ("in",),
    "and": ("or",),
    "or": ("and",),
    "+": ("-",),
    "-": ("+",),
    "*": ("/",),
    "/": ("*",),
    "//": ("*",),
    "%": ("*",),
    "+=": ("-=",),
    "-=": ("+=",),
    "not": ("",),
}
"""What each operator becomes."""

NOT_COPIED = shutil.ignore_patterns(".*", "__pycache__", "node_modules", "*.mp4", "build", "dist")
"""What the tests do without. A file whose name begins with a point is one of git's, of an environment or of a cache."""

SLOWER, LEAST = 5, 60.0
"""How much longer than those of the unchanged module a mutant's tests may take, and seconds that they have in any case."""

FAST = "not slow and not long"
"""The tests that judge a mutant, by their marks."""

NO_TESTS = 5
"""What pytest returns when it found no test."""

Place = tuple[int, int]
"""Line, from 1, and column in characters, from 0."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One token of a module, or two words of an operator, replaced."""

    module: str
    """Path from the root, with `/`."""
    start: Place
    end: Place
    old: str
    new: str
    line: str
    """The line as it is once changed, with single spaces."""

    @property
    def reason(self) -> str | None:
        """Why no test can notice it; None where one can."""
        return EQUIVALENT.get((self.module, self.line))

    def apply(self, source: str) -> str:
        """Returns the module's text with the mutant in it."""
        lines = source.splitlines(keepends=True)
        (row, column), (_, stop) = self.start, self.end
        line = lines[row - 1]
        lines[row - 1] = line[:column] + self.new + line[stop:]
        return "".join(lines)


def find_mutants(module: str, source: str) -> list[Mutant]:
    """Every mutant of a module's text, in its order.

    Annotations and decorators have none, because type checker and linter watch over them, nor has the `strict` of `zip`,
    which only guards against mistakes; and f-strings, whose parts have no places of their own before Python 3.12.
    """
    lines = source.splitlines()
    tokens = [one for one in tokenize.generate_tokens(io.StringIO(source).readline) if one.string.strip()]
    found = set()
    for node in _walk(ast.parse(source)):
        for first, last, new in _changes(node, tokens, lines):
            start, end = first.start, last.end
            text = lines[start[0] - 1]
            if start[0] != end[0]:
                continue
            changed = text[: start[1]] + new + text[end[1] :]
            found.add(Mutant(module, start, end, text[start[1] : end[1]], new, " ".join(changed.split())))
    return sorted(found, key=lambda one: (one.start, one.new))


def _walk(node: ast.AST) -> Iterator[ast.AST]:
    """The node and all under it that are run and have places."""
    if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.keyword) and node.arg == "strict"):
        return
    yield node
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield from _walk(child)


Token = tokenize.TokenInfo


def _changes(node: ast.AST, tokens: Sequence[Token], lines: Sequence[str]) -> Iterator[tuple[Token, Token, str]]:
    """The first and last token of each thing that can be changed at a node, and what it becomes."""
    if isinstance(node, ast.Constant) and isinstance(node.value, bool | int | float):
        (token,) = _between(tokens, _start(node, lines), _end(node, lines))
        yield from ((token, token, new) for new in _neighbours(node.value))
        return
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        gap = tokens, _start(node, lines), _start(node.operand, lines)
        yield from _flips(_between(*gap))
        return
    sides: list[ast.expr] = []
    if isinstance(node, ast.Compare):
        sides = [node.left, *node.comparators]
    elif isinstance(node, ast.BoolOp):
        sides = node.values
    elif isinstance(node, ast.BinOp):
        sides = [node.left, node.right]
    elif isinstance(node, ast.AugAssign):
        sides = [node.target, node.value]
    for left, right in pairwise(sides):
        yield from _flips(_between(tokens, _end(left, lines), _start(right, lines)))


def _flips(gap: Sequence[Token]) -> Iterator[tuple[Token, Token, str]]:
    """The operator among the tokens between two operands, and what it becomes; the rest are brackets and comments."""
    words = [one for one in gap if one.string not in ("(", ")") and one.type != tokenize.COMMENT]
    operator = " ".join(one.string for one in words)
    yield from ((words[0], words[-1], new) for new in FLIPPED.get(operator, ()))


def _neighbours(value: bool | int | float) -> Iterator[str]:
    if isinstance(value, bool):
        yield str(not value)
    else:
        yield repr(value + 1)
        if value > 0:
            yield repr(value - 1)


def _between(tokens: Sequence[Token], start: Place, end: Place) -> list[Token]:
    return [one for one in tokens if start <= one.start and one.end <= end]


def _start(node: ast.expr, lines: Sequence[str]) -> Place:
    return _place(node.lineno, node.col_offset, lines)


def _end(node: ast.expr, lines: Sequence[str]) -> Place:
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    return _place(node.end_lineno, node.end_col_offset, lines)


def _place(row: int, offset: int, lines: Sequence[str]) -> Place:
    """A place as `tokenize` counts it; `ast` counts bytes."""
    return row, len(lines[row - 1].encode()[:offset].decode())


def draw_mutants(module: str, source: str, each: int, seed: int) -> list[Mutant]:
    """So many mutants of a module, always the same for a seed, in the order of the file; equivalent ones are left out."""
    possible = [one for one in find_mutants(module, source) if one.reason is None]
    drawn = Random(f"{seed} {module}").sample(possible, min(each, len(possible)))
    return sorted(drawn, key=lambda one: (one.start, one.new))


def find_test(root: Path, module: str) -> str:
    """The path of the test file that mirrors a module. Raises SystemExit if there is none."""
    path = Path(module)
    test = Path("tests", *path.parts[1:-1], f"test_{path.name}").as_posix()
    if not (root / test).is_file():
        raise SystemExit(f"{module} has no test at {test}")
    return test


def run_tests(root: Path, test: str, timeout: float | None = None) -> tuple[str, str]:
    """Runs the fast tests of a file: `passed`, `failed`, or `timeout` after so many seconds; and what was printed. Raises
    SystemExit if there is no test to run."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "--hypothesis-seed=0"]
    # Without compiled files: one of a mutant that has its neighbour's size and second would be taken for it.
    environment = {**os.environ, "PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"}
    run = subprocess.Popen(
        [*command, "-m", FAST, test],
        cwd=root,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        printed, _ = run.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        return "timeout", ""
    finally:
        if run.poll() is None:
            _kill(run)
    if run.returncode == NO_TESTS:
        raise SystemExit(f"{test} has no fast test")
    return "passed" if run.returncode == 0 else "failed", printed


def _kill(run: subprocess.Popen[str]) -> None:
    """Ends a run of tests with all that it started."""
    if hasattr(os, "killpg"):
        os.killpg(run.pid, signal.SIGKILL)
    run.kill()
    run.communicate()


def try_mutants(root: Path, mutants: Sequence[Mutant]) -> Iterator[tuple[Mutant, str]]:
    """Each mutant of one module with what its tests did. Works in the tree at `root`, which must be a copy, and leaves the
    module as it was. Raises SystemExit if the tests of the unchanged module fail."""
    module = mutants[0].module
    test, path = find_test(root, module), root / module
    source = path.read_bytes()
    begun = time.monotonic()
    outcome, printed = run_tests(root, test)
    if outcome != "passed":
        raise SystemExit(f"{test} fails before anything is changed:\n{printed}")
    timeout = LEAST + SLOWER * (time.monotonic() - begun)
    for mutant in mutants:
        path.write_bytes(mutant.apply(source.decode()).encode())
        yield mutant, run_tests(root, test, timeout)[0]
    path.write_bytes(source)


def main(arguments: Sequence[str] | None = None, root: Path = ROOT) -> int:
    """Prints a line for each mutant and the share that was killed; returns 1 if any survived."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("modules", nargs="*", default=MODULES, help="paths of modules, from the root")
    parser.add_argument("--each", type=int, default=3, help="mutants of each module")
    parser.add_argument("--seed", type=int, default=1, help="another seed draws other mutants")
    options = parser.parse_args(arguments)
    killed = total = 0
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        copy = Path(folder, "tree")
        shutil.copytree(root, copy, ignore=NOT_COPIED)
        for module in options.modules:
            find_test(copy, module)
        for module in options.modules:
            mutants = draw_mutants(module, (copy / module).read_text(encoding="utf-8"), options.each, options.seed)
            for mutant, outcome in try_mutants(copy, mutants) if mutants else ():
                total += 1
                killed += outcome != "passed"
                status = {"passed": "SURVIVED", "failed": "killed", "timeout": "timeout"}[outcome]
                change = f"{mutant.old} -> {mutant.new or '(nothing)'}"
                print(f"{status:9} {mutant.module}:{mutant.start[0]:<4} {change:18} {mutant.line}", flush=True)
    print(f"{killed} of {total} killed, {100 * killed / max(total, 1):.0f} %")
    return int(killed < total)


if __name__ == "__main__":
    sys.exit(main())
