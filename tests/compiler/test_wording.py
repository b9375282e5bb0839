"""A project's own templates are filled in by a process apart: what they do to it is one finding, at its line."""

from __future__ import annotations

import resource
import time
from pathlib import Path

import hostile_tasks as hostile
import pytest

from storyforge.compiler import wording
from storyforge.compiler.templates import Templates
from storyforge.compiler.wording import PATIENCE, TemplateFault, WordingApart, WordingHere, find_wording
from storyforge.model.diagnostics import Diagnostic

NESTED = "{% for a in style %}{% for b in style %}{% for c in style %}{% for d in style %}{% endfor %}{% endfor %}{% endfor %}{% endfor %}"
DOUBLING = "{% set a = style %}" + "{% set a = a ~ a %}" * 40 + "{{ a | length }}"
MACRO = (
    "{% macro m0(x) %}{{ x }}{% endmacro %}"
    + "".join(f"{{% macro m{n}(x) %}}{{{{ m{n - 1}(x ~ x) }}}}{{% endmacro %}}" for n in range(1, 40))
    + "{{ m39(style) }}"
)
GROWING = "{% set a = style %}" + "{% set a = a | replace('w', 'wwwwwwww') %}" * 12 + "{{ a | length }}"

HEAVY = {
    "doubling": DOUBLING,
    "macro": MACRO,
    "replace": GROWING,
    "ljust": "{{ style.ljust(9999999999) | length }}",
    "format": "{{ '{:>9999999999}'.format(style) | length }}",
}


def written(folder: Path, text: str) -> Templates:
    (folder / "templates").mkdir()
    (folder / "templates" / "style.jinja").write_text(text, encoding="utf-8")
    return Templates([folder])


def fault_of(folder: Path, text: str, style: str = "woodcut") -> Diagnostic:
    with pytest.raises(TemplateFault) as caught:
        find_wording(written(folder, text), ["style.jinja"]).say("style.jinja", {"style": style})
    assert caught.value.diagnostic.hint
    return caught.value.diagnostic


def test_ours_are_filled_in_here_and_as_soon_as_one_is_own_all_are_filled_in_apart(tmp_path):
    names = ["cast.jinja", "style.jinja"]
    assert isinstance(find_wording(Templates(), names), WordingHere)
    own = find_wording(written(tmp_path, "In the manner of {{ style }}."), names)
    assert isinstance(own, WordingApart)
    assert own.say("style.jinja", {"style": "ä woodcut"}) == "In the manner of ä woodcut."


def test_both_say_the_same(tmp_path):
    scene = {"name": "x", "bound": True, "mapped": "y", "kept": "x", "tag": " (z)", "card": ["z"], "sound": ""}
    templates, given = written(tmp_path, ""), {"scene": scene, "several": False}
    here, apart = WordingHere(templates.find), WordingApart(templates)
    for one in (
        ("cast.jinja", {**given, "cast": []}),
        ("preserve.jinja", {**given, "cast": [], "clauses": ["a", "b"]}),
    ):
        assert here.say(*one) == apart.say(*one)
    assert here.point("dialects/image_n.jinja", "placed", ("the pier", 2)) == apart.point(
        "dialects/image_n.jinja", "placed", ("the pier", 2)
    )


def test_a_template_that_names_another_gets_it(tmp_path):
    templates = written(tmp_path, "{% include 'more.jinja' %}, {{ style }}{% include 'none.jinja' ignore missing %}")
    (tmp_path / "templates" / "more.jinja").write_text("So", encoding="utf-8")
    assert WordingApart(templates).say("style.jinja", {"style": "woodcut"}) == "So, woodcut"
    assert tmp_path / "templates" / "more.jinja" in templates.read


@pytest.mark.parametrize("kind", HEAVY)
def test_a_template_that_eats_memory_is_told_with_its_line_and_takes_none_of_ours(tmp_path, kind):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = fault_of(tmp_path, "first line\n" + HEAVY[kind])
    assert (found.name, found.location.file) == ("broken-template", "templates/style.jinja")
    assert "it takes more memory than it may" in found.message
    assert found.location.line == 2
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000


def test_a_template_that_never_ends_is_told_with_its_line(tmp_path, monkeypatch):
    monkeypatch.setattr(wording, "PATIENCE", 0.5)
    begun = time.monotonic()
    found = fault_of(tmp_path, "first line\n\n" + NESTED, "w" * 4000)
    assert time.monotonic() - begun < PATIENCE
    assert found.message == "the template cannot be used: it takes more than 10 seconds"
    assert found.location.line == 3


def test_a_template_that_cannot_be_interrupted_is_ended(tmp_path, monkeypatch):
    monkeypatch.setattr(wording, "PATIENCE", 0.1)
    monkeypatch.setattr(wording, "GRACE", 0.1)
    monkeypatch.setattr(wording, "fill_in", hostile.sleep_whatever)
    found = fault_of(tmp_path, "first line")
    assert found.message == "the template cannot be used: the reader of `style.jinja` was stopped after 0.2 seconds"


def test_half_a_character_is_told_with_its_line(tmp_path):
    found = fault_of(tmp_path, "first line\n{{ '\\ud800' }}")
    assert (found.message, found.location.line) == ("the template cannot be used: it gives half a character", 2)


def test_a_template_that_gives_a_book_is_told(tmp_path):
    found = fault_of(tmp_path, "{% for a in style %}{{ style }}{% endfor %}", "w" * 400)
    assert "it gives 160,000 characters" in found.message


def test_the_time_of_a_film_is_counted_over_all_its_templates(tmp_path, monkeypatch):
    monkeypatch.setattr(wording, "PATIENCE", 0.6)
    slow = find_wording(
        written(tmp_path, NESTED.replace("{% for d in style %}", "").replace("{% endfor %}", "", 1)), ["style.jinja"]
    )
    begun = time.monotonic()
    with pytest.raises(TemplateFault):
        list(map(slow.say, ["style.jinja"] * 1000, [{"style": "w" * 40}] * 1000))
    assert time.monotonic() - begun < 5
