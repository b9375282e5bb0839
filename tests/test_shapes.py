"""The cost of a check: for storyboards of every shape it grows not faster than n log n, counted in lines of code."""

import importlib.util
from math import log2
from pathlib import Path

import pytest
from counting import counted_steps

from storyforge.compiler import checks
from storyforge.compiler.compile import compile_file
from storyforge.model.diagnostics import Diagnostic
from storyforge.reports.findings import as_text

SCRIPT = Path(__file__).parents[1] / "benchmarks" / "check_shapes.py"
SPEC = importlib.util.spec_from_file_location("check_shapes", SCRIPT)
BENCHMARK = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(BENCHMARK)

FEW, MANY = 60, 240
"""Of what a shape has much of. Where cost grows as n log n, four times as many take 5.4 times as long at most."""

FIRST = ("lines in one shot", "a mention in a long Chinese run", "errors in one line")
"""Those that took longest before; the others run with the slow tests."""

BOUNDED = ("film's clauses", "marks in many shots", "colons in lists", "unknown names among many")
"""Those that do more work up to a limit, and not more behind it."""


def written(name, number, folder):
    text = "\n".join(BENCHMARK.SHAPES[name][1](number)) + "\n"
    path = folder / "shape.story.yaml"
    path.write_text(text, encoding="utf-8", newline="")
    return path


def steps(name, number, folder):
    path = written(name, number, folder)
    with counted_steps() as counted:
        compiled = compile_file(path)
        as_text(compiled.diagnostics, compiled.source)
    return counted.total()


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[] if name in FIRST else [pytest.mark.long])
        for name in BENCHMARK.SHAPES
        if name not in BOUNDED
    ],
)
def test_cost_grows_at_most_as_n_log_n(name, tmp_path):
    steps(name, FEW // 2, tmp_path)  # what is made once
    few, many = steps(name, FEW, tmp_path), steps(name, MANY, tmp_path)
    assert log2(many / few) / log2(MANY / FEW) < log2(5.4) / log2(4)


def test_what_is_said_again_in_each_clip_has_a_limit_that_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr("storyforge.compiler.prompt_room.MAX_BEYOND", 20_000)
    compiled = compile_file(written("film's clauses", 150, tmp_path))
    (told,) = (found for found in compiled.diagnostics if found.name == "too-much-text")
    assert told.severity == "error"
    assert compiled.planned == ()
    assert told.path[0] == "shots"
    assert told.path[1] > 0


def test_a_rule_says_no_more_than_anybody_reads_and_that_there_is_more(tmp_path, monkeypatch):
    monkeypatch.setattr("storyforge.compiler.checks.MANY", 20)
    found = compile_file(written("cast with one mark", 30, tmp_path)).diagnostics
    assert sum(one.name == "shared-mark" for one in found) == 20
    assert sorted(one.severity for one in found if one.name == "too-many-mistakes").count("error") == 1


def test_an_error_behind_many_warnings_is_told(monkeypatch):
    monkeypatch.setattr(checks, "MANY", 2)
    warning = Diagnostic("idle-anchor", "warning", "one of many")
    error = Diagnostic("two-anchors", "error", "the one that counts", path=("shots", 7))
    told = list(checks._bound([warning, warning, warning, warning, error, error]))
    assert [(one.name, one.severity) for one in told[2:]] == [
        ("too-many-mistakes", "warning"),
        ("too-many-mistakes", "error"),
    ]
    assert told[-1].path == ("shots", 7)
