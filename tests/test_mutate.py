"""The script that breaks the code: what it changes, what it leaves alone, and that it works in a copy."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from mutate import EQUIVALENT, MODULES, ROOT, draw_mutants, find_mutants, find_test, main, try_mutants

SOURCE = '''\
"""Two and not one."""

@cached(size=4)
def grade(mark: Literal[1, 2] = 3) -> float:
    ok = "größe" if mark < 4 else -1
    for pair in zip(a, b, strict=True):
        total += pair[0] * 2.5
    if not (mark is None or mark in known):
        return f"{mark + 1}"
    return True and (x
        + 10)
'''


def changes(source: str) -> list[tuple[str, str]]:
    return [(one.old, one.new) for one in find_mutants("a.py", source)]


def test_one_token_changes_at_a_time() -> None:
    assert changes(SOURCE) == [
        ("3", "2"),
        ("3", "4"),
        ("<", "<="),
        ("<", ">="),
        ("4", "3"),
        ("4", "5"),
        ("1", "0"),
        ("1", "2"),
        ("+=", "-="),
        ("0", "1"),
        ("*", "/"),
        ("2.5", "1.5"),
        ("2.5", "3.5"),
        ("not", ""),
        ("is", "is not"),
        ("or", "and"),
        ("in", "not in"),
        ("True", "False"),
        ("and", "or"),
        ("+", "-"),
        ("10", "11"),
        ("10", "9"),
    ]


@pytest.mark.parametrize(
    ("source", "mutants"),
    [
        ("x = (a) + (b)", ["x = (a) - (b)"]),
        ("x = a is not b", ["x = a is b"]),
        ("x = a not  in b", ["x = a in b"]),
        ("x = not a", ["x = a"]),
        ("x = (a or b or c)", ["x = (a and b or c)", "x = (a or b and c)"]),
        ("é = 'é' > b", ["é = 'é' <= b", "é = 'é' >= b"]),
        ("x = [*a, **b, -c]", []),
    ],
)
def test_a_mutant_is_the_text_with_its_token_replaced(source: str, mutants: list[str]) -> None:
    found = find_mutants("a.py", source.replace("**b", "b"))
    assert [" ".join(one.apply(source).split()) for one in found] == [one.line for one in found] == mutants


@pytest.mark.parametrize("module", MODULES)
def test_a_mutant_of_the_usual_modules_differs_in_one_line_and_is_a_program(module: str) -> None:
    source = (ROOT / module).read_text(encoding="utf-8")
    find_test(ROOT, module)
    lines = source.splitlines()
    for mutant in draw_mutants(module, source, 20, 0):
        changed = mutant.apply(source).splitlines()
        assert [number for number, line in enumerate(changed, 1) if line != lines[number - 1]] == [mutant.start[0]]
        ast.parse(mutant.apply(source))


def test_what_is_said_to_be_equivalent_is_still_a_mutant_and_never_drawn() -> None:
    every = [one for name in MODULES for one in find_mutants(name, (ROOT / name).read_text(encoding="utf-8"))]
    assert set(EQUIVALENT) == {(one.module, one.line) for one in every if one.reason}
    for module in MODULES:
        drawn = draw_mutants(module, (ROOT / module).read_text(encoding="utf-8"), 999, 1)
        assert not [one for one in drawn if one.reason]


def test_a_seed_draws_the_same_mutants_and_another_seed_others() -> None:
    one, same, other = (draw_mutants("a.py", SOURCE, 5, seed) for seed in (1, 1, 2))
    assert one == same != other
    assert len(one) == 5
    assert len(draw_mutants("a.py", SOURCE, 99, 1)) == len(find_mutants("a.py", SOURCE))


TESTS = {
    "exact": "def test_it():\n    assert add(3) == 4\n",
    "loose": "def test_it():\n    assert add(3) >= 4\n",
    "broken": "def test_it():\n    assert not add(3)\n",
    "slow": "def test_it():\n    assert add(3)\ntest_it = __import__('pytest').mark.slow(test_it)\n",
}


def house(root: Path, kind: str) -> Path:
    """A tree with one module, which has three mutants, and its test."""
    (root / "storyforge/model").mkdir(parents=True)
    (root / "tests/model").mkdir(parents=True)
    for package in ("storyforge", "storyforge/model"):
        (root / package / "__init__.py").touch()
    (root / "storyforge/model/sums.py").write_text("def add(number):\n    return number + 1\n", encoding="utf-8")
    test = f"from storyforge.model.sums import add\n\n{TESTS[kind]}"
    (root / "tests/model/test_sums.py").write_text(test, encoding="utf-8")
    (root / "pytest.ini").write_text("[pytest]\nmarkers =\n  slow\n  long\n", encoding="utf-8")
    return root


@pytest.mark.slow
def test_mutants_are_tried_in_a_copy_and_killed_by_tests_that_look(tmp_path, capsys) -> None:
    root = house(tmp_path, "loose")
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    assert main(["storyforge/model/sums.py"], root) == 1
    assert [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()] == [
        "killed storyforge/model/sums.py:2 + -> - return number - 1",
        "killed storyforge/model/sums.py:2 1 -> 0 return number + 0",
        "SURVIVED storyforge/model/sums.py:2 1 -> 2 return number + 2",
        "2 of 3 killed, 67 %",
    ]
    assert {path: path.read_bytes() for path in root.rglob("*") if path.is_file()} == before


@pytest.mark.slow
def test_it_returns_zero_where_none_survives(tmp_path, capsys) -> None:
    assert main(["storyforge/model/sums.py", "--each", "1"], house(tmp_path, "exact")) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "1 of 1 killed, 100 %"


@pytest.mark.parametrize(("kind", "message"), [("broken", "fails before anything"), ("slow", "no fast test")])
def test_tests_that_fail_or_are_slow_cannot_judge(tmp_path, kind, message) -> None:
    with pytest.raises(SystemExit, match=message):
        main(["storyforge/model/sums.py"], house(tmp_path, kind))


def test_a_module_without_a_test_of_its_own_is_refused(tmp_path) -> None:
    (house(tmp_path, "exact") / "tests/model/test_sums.py").unlink()
    with pytest.raises(SystemExit, match=r"has no test at tests/model/test_sums\.py"):
        main(["storyforge/model/sums.py"], tmp_path)


@pytest.mark.slow
def test_tests_that_never_end_are_ended_and_kill_the_mutant(tmp_path, monkeypatch) -> None:
    root = house(tmp_path, "exact")
    loop = "def add(number):\n    while number != 4:\n        number += 1\n    return number\n"
    (root / "storyforge/model/sums.py").write_text(loop, encoding="utf-8")
    monkeypatch.setattr("mutate.SLOWER", 1)
    monkeypatch.setattr("mutate.LEAST", 1)
    (endless,) = (one for one in find_mutants("storyforge/model/sums.py", loop) if one.new == "-=")
    assert list(try_mutants(root, [endless])) == [(endless, "timeout")]
    assert (root / "storyforge/model/sums.py").read_text(encoding="utf-8") == loop
