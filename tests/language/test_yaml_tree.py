import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from storyforge.language.text_file import Page
from storyforge.language.yaml_tree import read_tree, resolve_scalar


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("~", None),
        ("Null", None),
        ("true", True),
        ("False", False),
        ("12", 12),
        ("-0", 0),
        ("007", 7),
        ("0o17", 15),
        ("0xfF", 255),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1.", 1.0),
        ("-1e3", -1000.0),
        ("+.inf", math.inf),
        ("-.INF", -math.inf),
        ("9" * 5000, math.inf),
        ("no", "no"),
        ("on", "on"),
        ("1:30", "1:30"),
        ("16:9", "16:9"),
        ("1_000", "1_000"),
        ("0b1", "0b1"),
        ("2024-05-01", "2024-05-01"),
        ("1.2.3", "1.2.3"),
        ("-", "-"),
        (".", "."),
        ("<<", "<<"),
        ("nullify", "nullify"),
    ],
)
def test_an_unquoted_scalar_means_what_yaml_1_2_says(text, value):
    assert resolve_scalar(text) == value
    assert type(resolve_scalar(text)) is type(value)


def test_not_a_number_is_one_of_a_kind():
    assert math.isnan(resolve_scalar(".nan"))


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(st.characters(exclude_categories=["Cc", "Cs", "Co", "Zl", "Zp"])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.from_regex(r"[a-z][a-z_]{0,8}", fullmatch=True), inner, max_size=4)
    ),
    max_leaves=12,
)


def test_a_question_needs_no_quotes_inside_brackets():
    tree, findings = read_tree(Page("a", "- {id: a, action: Who is there? Me., take: 3}\n- [who?, 'me?']\n- {b: ?0}\n"))
    assert findings == []
    assert tree.value == [{"id": "a", "action": "Who is there? Me.", "take": 3}, ["who?", "me?"], {"b": "?0"}]


@given(values)
@example(["who?", {"a": "Who is there? Me.", "b": "?"}])
def test_what_is_written_as_yaml_is_read_as_it_was(value):
    from io import StringIO

    yaml, text = YAML(typ="safe", pure=True), StringIO()
    yaml.default_flow_style = False  # inside brackets its two parsers read some texts differently
    yaml.dump({"top": value}, text)
    tree, findings = read_tree(Page("a", text.getvalue()))
    assert findings == []
    assert tree.value == {"top": value}


def test_the_second_of_a_key_is_left_out_and_a_number_is_a_name_as_a_key():
    tree, findings = read_tree(Page("a", "a: 1\na: 2\n1984: 3\n"))
    assert tree.value == {"a": 1, "1984": 3}
    assert [(found.name, found.hint) for found in findings] == [
        ("duplicate-key", "keep one of the two; the first is in line 1")
    ]


def test_findings_about_yaml_know_their_path():
    _, findings = read_tree(Page("a", "shots:\n  - id: a\n  - action: @mira\n"))
    assert findings[0].path == ("shots", 1, "action")


def test_thousands_of_mentions_without_quotes_take_one_more_round():
    _, findings = read_tree(Page("a", "- a: @mira\n" * 1500))
    assert len(findings) == 1500
