"""Whatever is written in a storyboard, checking it says so and never breaks."""

from random import Random

import pytest
from documents import seeds
from fuzz.damage import spoil_text
from fuzz.storyboards import GOOD
from hypothesis import HealthCheck, given, settings

from compiler.checks.films import compiled, make_pictures
from storyforge.language.autofix import apply_fixes
from storyforge.reports.findings import as_document, as_github, as_sarif, as_text


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("project") / "film"
    make_pictures(folder)
    return folder


def test_the_film_that_is_mutated_is_good(folder):
    assert [found.name for found in compiled(folder, GOOD).diagnostics if found.severity == "error"] == []


@pytest.mark.slow
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=seeds)
def test_a_mutated_film_is_only_ever_found_fault_with(folder, seed):
    text = spoil_text(Random(seed), GOOD)
    board = compiled(folder, text.encode(errors="replace").decode())
    for found in board.diagnostics:
        assert found.location is not None
        assert found.message == found.message.strip()
        assert not found.message.endswith(".") or found.message.endswith("…")
    everything = [(board.diagnostics, board.source, "films")]
    as_document(everything), as_sarif(everything), as_github(everything), as_text(board.diagnostics, board.source)
    again = board
    for _ in range(3):
        for new in apply_fixes(again.source, again.diagnostics).values():
            again = compiled(folder, new)
