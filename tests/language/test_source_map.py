from pathlib import Path
from textwrap import dedent

import pytest

from storyforge.language.source_map import Source
from storyforge.language.text_file import Page
from storyforge.language.yaml_tree import read_tree

TEXT = dedent(
    """\
    plain: see @mira and @otto
    folded: one
       two @mira

       three @otto
    single: 'it''s @mira
       and @otto'
    double: "tab\\t \\u00e9 \\
        @mira and 😀
        @otto"
    literal: |  # a note
        first @mira

          deeper @otto
    block: >-
      one
      two @mira

      @otto
    lead: "  @mira \\x40otto"
    mended: @mira trims: @otto
    empty:
    list: [a, "@mira"]
    shots:
      - id: a
        dialogue:
          - "otto.storm (whispering)": 'It''s @mira'
          - mira: Late.
    """
)


@pytest.fixture(params=["\n", "\r\n"], ids=["lf", "crlf"])
def source(request):
    page = Page("a", TEXT.replace("\n", request.param))
    return Source(Path(), {"a": page}, read_tree(page)[0])


def shown(source, path, span=None, key=False):
    """The text at a path's place, as a caret would underline it."""
    place = source.locate(path, span, key)
    return source.line("a", place.line)[place.column - 1 : place.column - 1 + place.length]


@pytest.mark.parametrize("key", ["plain", "folded", "single", "double", "literal", "block", "lead", "mended"])
def test_a_part_of_any_text_is_found_as_it_is_written(source, key):
    text = source.root.value[key].strip()
    for word in ("@mira", "@otto"):
        start = text.index(word)
        written = shown(source, (key,), (start, start + len(word)))
        assert written == ("\\x40otto" if (key, word) == ("lead", "@otto") else word)


@pytest.mark.parametrize(
    ("path", "key", "expected"),
    [
        (("plain",), False, "see @mira and @otto"),
        (("plain",), True, "plain"),
        (("folded",), False, "one"),
        (("literal",), False, "first @mira"),
        (("empty",), False, "empty"),
        (("list",), False, "list"),
        (("list", 1), False, '"@mira"'),
        (("list", 7), False, "list"),
        (("nothing",), False, "plain"),
        (("shots",), False, "shots"),
        (("shots", 0), False, "id"),
        (("shots", 0, "action"), False, "id"),
        (("shots", 0, "id"), False, "a"),
    ],
)
def test_a_path_is_pointed_at_or_what_is_around_it(source, path, key, expected):
    assert shown(source, path, key=key) == expected


@pytest.mark.parametrize(
    ("rest", "span", "key", "expected"),
    [
        ((), None, False, '"otto.storm (whispering)"'),
        ((), None, True, '"otto.storm (whispering)"'),
        ((), (0, 4), True, "otto"),
        ((), (5, 10), False, "@mira"),
        (("who",), None, False, "otto"),
        (("look",), None, False, "storm"),
        (("how",), None, False, "whispering"),
        (("text",), None, False, "'It''s @mira'"),
        (("text",), (5, 10), False, "@mira"),
    ],
)
def test_the_parts_of_a_line_of_dialogue_are_told_apart(source, rest, span, key, expected):
    assert shown(source, ("shots", 0, "dialogue", 0, *rest), span, key) == expected


def test_a_look_that_is_not_written_is_pointed_at_by_its_speaker(source):
    assert shown(source, ("shots", 0, "dialogue", 1, "look")) == "mira"


def test_an_extent_is_the_whole_text_with_its_quotes(source):
    file, start, end = source.extent(("list", 1))
    assert source.text(file)[start:end] == source.raw(("list", 1)) == '"@mira"'
    file, start, end = source.extent(("shots", 0, "dialogue"), key=True)
    assert source.text(file)[start:end] == "dialogue"


def test_what_is_written_is_there_even_if_empty(source):
    assert source.has(("empty",))
    assert not source.has(("empty", "more"))
    assert not source.has(("title",))


def test_a_file_that_was_not_read_has_no_lines():
    source = Source(Path(), {"a": Page("a", "")})
    assert (source.line("b", 1), source.text("b"), source.order("b")) == ("", "", 1)
    assert source.locate(("shots", 0)).line == 1
    assert source.extent(("shots", 0)) == ("a", 0, 0)
    assert not source.has(("shots",))


def test_a_name_is_found_however_its_accents_are_written():
    page = Page("a", "cast:\n  zoe\u0308: {voice: low}\n")
    source = Source(Path(), {"a": page}, read_tree(page)[0])
    assert shown(source, ("cast", "zo\u00eb", "voice")) == "low"
    assert source.part(("cast", "zo\u00eb"), key=True) == ("a", 8, 12)


def test_a_part_may_stand_on_several_lines():
    page = Page("a", 'a: "x @mi\\\n  ra y"\n')
    source = Source(Path(), {"a": page}, read_tree(page)[0])
    assert page.text[slice(*source.part(("a",), (2, 7))[1:])] == "@mi\\\n  ra"
