"""Findings are a tuple that a notebook shows as text; what a storyboard says is escaped."""

from __future__ import annotations

from projects import edited, project

import storyforge


def test_findings_are_a_tuple_and_show_their_excerpts(tmp_path):
    path = project(tmp_path)
    edited(path, "    dialogue:\n      - bo: Take it.\n", "")
    assert storyforge.check(path) == ()
    assert storyforge.check(path)._repr_html_() == "<p>nothing to say</p>"
    edited(path, "@ana looks over the water.", "@anna<script> looks over the water.")
    found = storyforge.check(path)
    assert isinstance(found, tuple)
    assert found[0].name == "unknown-character"
    page = found._repr_html_()
    assert page.startswith("<pre>")
    assert "@anna&lt;script&gt; looks over the water." in page
    assert "<script" not in page
