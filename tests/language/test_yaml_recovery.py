import pytest

from storyforge.language.text_file import Page
from storyforge.language.yaml_recovery import quote_text
from storyforge.language.yaml_tree import read_tree

MENDS = {
    "style: @mira\n": 'style: "@mira"\n',
    "style: @mira says: it's so # a note\n": 'style: "@mira says: it\'s so" # a note\n',
    "style: @mira\n  goes on\n": 'style: "@mira\n  goes on"\n',
    'style: @mira says "no"\n': "style: '@mira says \"no\"'\n",
    "style: [@mira's coat, b]\n": 'style: ["@mira\'s coat", b]\n',
    "cast: [@mira, @otto.storm]\n": "cast: [mira, otto.storm]\n",
    "continues: @door\n": "continues: door\n",
    "dialogue:\n- @mira: Late.\n": "dialogue:\n- mira: Late.\n",
    "style: a voice: come: here\n": 'style: "a voice: come: here"\n',
    "- mira: Listen: the wind\n- otto: Yes: I do, now\n": '- mira: "Listen: the wind"\n- otto: "Yes: I do, now"\n',
    "style: %50\nb: `c`\n": 'style: "%50"\nb: "`c`"\n',
    "a:\n\tb: 1\n \t c: 2\n": "a:\n  b: 1\n   c: 2\n",
}


@pytest.mark.parametrize(("text", "mended"), MENDS.items(), ids=MENDS)
def test_a_mend_changes_what_is_wrong_and_nothing_else(text, mended):
    for found in sorted(read_tree(Page("a", text))[1], key=lambda found: -found.fix.start):
        text = text[: found.fix.start] + found.fix.text + text[found.fix.end :]
    assert text == mended


@pytest.mark.parametrize(
    "text",
    [
        "a: see @mira here: b@c\n".replace(": b", " b"),
        "a: |\n  @mira: looks: up\n  `x` %y\nb: '@mira: no'\n",
        "a: [16:9, 9:16]\nb: {c: 4:5, d:e: f}\n",
        'a: {"b":c}\n',
        "a: http://example.org/b:c\n",
    ],
)
def test_text_that_yaml_can_read_is_left_alone(text):
    tree, findings = read_tree(Page("a", text))
    assert findings == []
    assert tree is not None


def test_text_in_quotes_and_blocks_keeps_its_signs_beside_a_mention_that_is_mended():
    tree, findings = read_tree(Page("a", "a: @mira\nb: |\n  @otto: up\nc: '@ada % `'\nd: a@b\n"))
    assert tree.value == {"a": "@mira", "b": "@otto: up\n", "c": "@ada % `", "d": "a@b"}
    assert len(findings) == 1


def test_a_mend_that_reaches_into_broken_text_is_not_offered():
    findings = read_tree(Page("a", "action: @mira\n  goes on\n  and: on\n"))[1]
    assert [(found.name, found.fix) for found in findings] == [("unquoted-mention", None), ("yaml-syntax", None)]


def test_quotes_fit_what_they_hold():
    assert [quote_text(text) for text in ("a", "it's", 'a "b"', "a\\b's")] == [
        '"a"',
        '"it\'s"',
        "'a \"b\"'",
        "'a\\b''s'",
    ]
