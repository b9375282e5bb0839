"""Functions are short, and named by what they do."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from house import PACKAGE, ROOT, kept, modules

LONG = {"examples/draw.py": "a drawing, stroke by stroke, is one function"}
"""Files whose functions may be longer than 60 lines, each with its reason."""


def find_functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """All functions and methods of a file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_no_function_is_longer_than_a_screen() -> None:
    """Of all files of the repository, 60 lines from `def` to the last, decorators not counted."""
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
        for path in kept()
        if path.suffix == ".py" and path.relative_to(ROOT).as_posix() not in LONG
        for node in find_functions(path)
        if (node.end_lineno or 0) - node.lineno + 1 > 60
    ]
    assert found == []


IRREGULAR = frozenset(
    [
        "begun",
        "bent",
        "bound",
        "born",
        "borne",
        "bought",
        "broken",
        "brought",
        "built",
        "cast",
        "chosen",
        "cut",
        "dealt",
        "done",
        "drawn",
        "driven",
        "fed",
        "felt",
        "fought",
        "found",
        "frozen",
        "given",
        "gone",
        "grown",
        "heard",
        "held",
        "hidden",
        "hung",
        "kept",
        "known",
        "laid",
        "lain",
        "led",
        "left",
        "lent",
        "lost",
        "made",
        "meant",
        "met",
        "paid",
        "put",
        "read",
        "risen",
        "said",
        "sent",
        "set",
        "sewn",
        "shaken",
        "shorn",
        "shown",
        "slept",
        "sold",
        "spent",
        "split",
        "spoken",
        "stood",
        "struck",
        "sung",
        "sworn",
        "swept",
        "taken",
        "thought",
        "thrown",
        "told",
        "torn",
        "understood",
        "woken",
        "worn",
        "wound",
        "written",
        "wrung",
    ]
)
ALSO_VERBS = frozenset(["cast", "cut", "put", "read", "set", "split"])
"""Participles that are verbs, too: as a first word of several they are taken for that."""

NOT_PARTICIPLES = frozenset(["embed", "exceed", "feed", "need", "proceed", "red", "seed", "shed", "speed", "succeed"])

NOUN_PHRASES = ("compiler/checks/", "film/qc/rules.py")
"""Rules are named by what they find, where a participle comes before a noun: `frozen_stretches`."""


def is_participle(word: str) -> bool:
    return word in IRREGULAR or (word.endswith("ed") and word not in NOT_PARTICIPLES)


def is_named_badly(name: str) -> bool:
    """Whether a function is named by a participle, or by what it is `of`, instead of by what it does."""
    first, *rest = name.split("_")
    return "of" in rest or (is_participle(first) and not (rest and first in ALSO_VERBS))


def public_functions(path: Path) -> Iterator[str]:
    """Public functions of a module, and public methods of its classes, but for properties."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        for inner in node.body if isinstance(node, ast.ClassDef) else (node,):
            if not isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef) or inner.name.startswith("_"):
                continue
            if not any("property" in ast.dump(decorator) for decorator in inner.decorator_list):
                yield inner.name


def test_functions_are_named_by_what_they_do() -> None:
    places = [path for path in modules() if not path.relative_to(PACKAGE).as_posix().startswith(NOUN_PHRASES)]
    names = [name for path in places for name in public_functions(path)]
    found = [name for name in names if is_named_badly(name)]
    assert len(names) > 600
    assert len(found) <= len(names) * 0.05, found


@pytest.mark.parametrize(
    ("name", "badly"),
    [
        *(("told", True), ("drawn_pictures", True), ("length_of", True), ("cut", True), ("settled_take", True)),
        *(("cut_clip", False), ("read_plan", False), ("find_kept", False), ("seed_takes", False), ("is_held", False)),
    ],
)
def test_a_bare_participle_is_told_from_a_verb(name: str, badly: bool) -> None:
    assert is_named_badly(name) is badly
