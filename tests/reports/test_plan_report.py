"""A plan in each form that can be asked for."""

from __future__ import annotations

import json

import pytest
from projects import project

from storyforge.compiler.compile import compile_file
from storyforge.planning.film_plan import plan_film
from storyforge.reports.plan_report import plan_report


@pytest.mark.parametrize("form", ["text", "json", "markdown", "github"])
def test_a_plan_ends_with_a_line_end_and_names_each_clip(tmp_path, form):
    text = plan_report(plan_film(compile_file(project(tmp_path), "runware")), form)
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    assert "$1.26" in text or json.loads(text)["total"]["usd"] == 1.26
    assert all(name in text for name in ("wait", "call", "boat"))
