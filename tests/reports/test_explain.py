import ast
import re
from pathlib import Path

import pytest

import storyforge
from storyforge.reports.explain import explain, rule_names

READING = ("load", "complaints", "tree", "syntax", "page")
"""Modules that hold names of findings in tables as well."""

KEBAB = re.compile(r"[a-z]+(-[a-z0-9]+)+")

GIVES = {"Diagnostic": 0, "error": 0, "refuse": 0, "_transition": 2, "_found": 2, "_openings": 1}
"""Functions that give a finding, and where its name is among their arguments."""


def emitted():
    """Every name of a finding that is written down in the package."""
    for path in Path(storyforge.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and path.stem in READING and KEBAB.fullmatch(str(node.value)):
                yield node.value
            if isinstance(node, ast.Call):
                called = getattr(node.func, "attr", getattr(node.func, "id", ""))
                given = node.args[GIVES[called] :][:1] if called in GIVES else []
                yield from (name.value for name in given if isinstance(name, ast.Constant))


def test_every_finding_is_explained():
    names = sorted(set(emitted()))
    assert len(names) > 50
    assert [name for name in names if name not in rule_names()] == []


@pytest.mark.parametrize("name", rule_names())
def test_an_explanation_opens_with_the_name(name):
    words = explain(name)
    assert name in words.partition(":")[0].split(", ")
    assert len(words.splitlines()[0]) > len(name) + 20


def test_what_is_no_finding_is_not_explained():
    assert explain("unknown-planet") is None
    assert list(rule_names()) == sorted(rule_names())
