import re
from pathlib import Path
from random import Random

import pytest
from documents import seeds, shuffled, storyboard, typed
from hypothesis import assume, given, settings
from hypothesis.strategies import sampled_from

from storyforge.language import format as layout
from storyforge.language.format import format_page
from storyforge.language.load import load_page
from storyforge.language.text_file import Page
from storyforge.language.yaml_tree import read_tree
from storyforge.model.diagnostics import Fix
from storyforge.model.errors import StoryForgeError
from storyforge.model.storyboard import Shot, Storyboard

ROOT = Path(__file__).parents[3]
MESS = """\

# yaml-language-server: $schema=./s.json

shots:
- action:   "@mira waits."   # she does not move

  # In the lamp room.
  scene:   lamp
  id: a
  notes: |
        kept

          as it is


  seconds: 4
-   {scene: lamp,action: Rain. ,  id: b}


# The people.
cast:
    # the keeper
    mira:
        looks:
            storm: { marks: [a yellow oilskin ,a hat] }
        # her whistle
        marks:
        - a brass whistle
        reference: mira.png   # in May
        name: the keeper      # never by name
# The title may change.
title: The Keeper
storyforge:  1

scenes: {lamp: {}}
"""
NEAT = """\
# yaml-language-server: $schema=./s.json

storyforge: 1
# The title may change.
title: The Keeper

# The people.
cast:
  # the keeper
  mira:
    name: the keeper      # never by name
    reference: mira.png   # in May
    # her whistle
    marks:
      - a brass whistle
    looks:
      storm: {marks: [a yellow oilskin, a hat]}

scenes: {lamp: {}}
shots:
  - id: a

    # In the lamp room.
    scene: lamp
    action: "@mira waits."   # she does not move

    seconds: 4
    notes: |
          kept

            as it is
  - {id: b, scene: lamp, action: Rain.}
"""


def test_a_storyboard_is_laid_out_in_one_way():
    assert format_page(Page("a", MESS)) == NEAT
    assert format_page(Page("a", NEAT)) == NEAT


@pytest.mark.parametrize("path", [*(ROOT / "examples").glob("*/*.story.yaml"), ROOT / "storyforge/starter/film.story.yaml"], ids=lambda path: path.name)  # fmt: skip
def test_our_own_storyboards_are_laid_out_so(path):
    text = path.read_text(encoding="utf-8")
    assert format_page(Page("a", text)) == text


@settings(max_examples=100, deadline=None)
@given(seeds)
def test_any_document_says_the_same_in_its_layout_and_keeps_it(seed):
    chance = Random(seed)
    text = typed(chance, shuffled(chance, storyboard(chance)))
    before, _ = read_tree(Page("a", text))

    neat = format_page(Page("a", text))

    after, findings = read_tree(Page("a", neat))
    assert findings == []
    assert after.value == before.value
    assert format_page(Page("a", neat)) == neat
    assert re.search(r"[^\r\n](\r\n|\n)\Z", neat)
    assert ("\r" in neat) is ("\r" in text)
    # Not a letter was lost or invented, comments among them: only white space and the commas at ends of brackets.
    assert sorted(re.sub(r"[\s,]", "", neat)) == sorted(re.sub(r"[\s,]", "", text))
    for comment in re.findall(r"# @mira: \{not: this\}|# -----.*|#tight", text):
        assert neat.count(comment) == text.count(comment)
    if "&" not in text and "{ #" not in text:
        for value, noun in ((after.value, Storyboard), *((shot, Shot) for shot in after.value["shots"])):
            fields = [field for field in noun.model_fields if field in value]
            assert list(value) == fields or re.search(r"[\[{,]\s*#|[\[{,]\s*\n", text)


@settings(max_examples=50, deadline=None)
@given(seeds, sampled_from([" ", "\t", "  \t "]))
def test_blanks_behind_a_comment_are_no_part_of_it(seed, blanks):
    chance = Random(seed)
    text = re.sub(
        r"(# -----.*|#tight)(?=\r?$)",
        rf"\1{blanks}",
        typed(chance, shuffled(chance, storyboard(chance))),
        flags=re.MULTILINE,
    )
    before, findings = read_tree(Page("a", text))
    assume(not findings)  # a tab may be one where YAML wants spaces
    neat = format_page(Page("a", text))
    assert read_tree(Page("a", neat))[0].value == before.value
    assert format_page(Page("a", neat)) == neat


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("storyforge: 1 # c \n", "storyforge: 1 # c\n"),
        ("# a\t\nb: |  # c \n  d\n", "# a\nb: |  # c\n  d\n"),
        ("a: [b, # c \n  d]\n", "a: [b, # c\n  d]\n"),
        ("a: b #\u00a0\n", "a: b #\u00a0\n"),
    ],
)
def test_a_comment_may_end_in_blanks(text, expected):
    assert format_page(Page("a", text)) == expected


def test_tabs_that_have_a_mend_are_mended_and_other_mistakes_are_not_touched(tmp_path):
    path = tmp_path / "a.story.yaml"

    def neat(text):
        path.write_text(text)
        return format_page(*load_page(path))

    assert neat("title: x\nformat:\n\tfps:\t25\n\taspect: '1:1'\n") == "title: x\nformat:\n  aspect: '1:1'\n  fps: 25\n"
    for text in ("title: @x\n", "title: [\n", "a: 1\na: 2\n", "", "format:\n\tfps: [\n", "format:\n\tfps: @a\n"):
        assert neat(text) is None


@pytest.mark.parametrize("text", ["title: other\n", "title: [", "title: x\n"])
def test_what_would_say_something_else_is_refused(monkeypatch, text):
    page = Page("a.story.yaml", "title: x # c\n")
    monkeypatch.setattr(layout, "order_keys", lambda page, depth: [Fix("a", 0, len(page.text), text)])
    with pytest.raises(StoryForgeError, match=r"`a.story.yaml` cannot be laid out"):
        format_page(page)


def test_as_many_comments_as_there_are_stay_where_they_are():
    text = "title: x\n" + "# c\n" * 5_000 + "style: y\n" + " # d\n" * 5_000
    assert format_page(Page("a", text)) == text
