import re
from copy import deepcopy
from pathlib import Path
from random import Random

import pytest
from documents import seeds, shuffled, storyboard, typed
from hypothesis import given, settings
from hypothesis import strategies as st

from storyforge.language.source_map import Source
from storyforge.language.text_edits import format_scalar, set_value, splice_fixes
from storyforge.language.text_file import Page
from storyforge.language.yaml_spans import read_outline
from storyforge.language.yaml_tree import read_tree
from storyforge.model.diagnostics import Fix


def source_of(text):
    page = Page("a", text)
    tree, findings = read_tree(page)
    assert findings == []
    return Source(Path(), {"a": page}, tree)


def changed(text, path, value):
    return splice_fixes(text, [set_value(source_of(text), path, value)])


MIRA = ("cast", "mira")
SHOT = ("shots", 0)


@pytest.mark.parametrize(
    ("text", "path", "value", "expected"),
    [
        # what is written is replaced, in the quotes it has
        ("title:   Rain # c\n", ("title",), "Snow", "title:   Snow # c\n"),
        ("title: 'Rain'\n", ("title",), "Snow", "title: 'Snow'\n"),
        ('title: "Rain"\n', ("title",), "It's #1", 'title: "It\'s #1"\n'),
        ("title: 'Rain'\n", ("title",), "null", 'title: "null"\n'),
        ("title: &t Rain\n", ("title",), "Snow", "title: &t Snow\n"),
        ("title: >-\n  Rain\n  falls\n\nstyle: x\n", ("title",), "Snow", "title: Snow\n\nstyle: x\n"),
        ("title: |- # c\n  Rain\n", ("title",), "Snow", "title: Snow # c\n"),
        ("style: &x dry\ntitle: *x\n", ("title",), "Snow", "style: &x dry\ntitle: Snow\n"),
        ("title:\nstyle: x\n", ("title",), "Snow", "title: Snow\nstyle: x\n"),
        ("title: # later\n", ("title",), "Snow", "title: Snow # later\n"),
        ("title: ~\n", ("title",), "Snow", "title: Snow\n"),
        ("shots: [{id: a, take: 2}]\n", (*SHOT, "take"), 3, "shots: [{id: a, take: 3}]\n"),
        ("shots:\n- id: a\n  take: 2 # two\n", (*SHOT, "take"), 3, "shots:\n- id: a\n  take: 3 # two\n"),
        ("format: {fps}\n", ("format", "fps"), 25, "format: {fps: 25}\n"),
        # what is not goes where the language has it
        ("cast:\n  mira:\n", (*MIRA, "name"), "a b", "cast:\n  mira: {name: a b}\n"),
        ("cast:\n  mira: &m # who\n", (*MIRA, "name"), "a", "cast:\n  mira: &m {name: a} # who\n"),
        ("cast: {mira, otto}\n", (*MIRA, "name"), "a", "cast: {mira: {name: a}, otto}\n"),
        ("cast: {mira: {}}\n", (*MIRA, "name"), "a", "cast: {mira: {name: a}}\n"),
        ("cast: {mira: {voice: b}}\n", (*MIRA, "name"), "a", "cast: {mira: {name: a, voice: b}}\n"),
        ("cast: {mira: {name: a}}\n", (*MIRA, "voice"), "b", "cast: {mira: {name: a, voice: b}}\n"),
        ("cast: {mira: {name: , marks: [c]}}\n", (*MIRA, "voice"), "b", "cast: {mira: {name: , marks: [c], voice: b}}\n"),
        ("cast: {mira: {marks: , looks: {}}}\n", (*MIRA, "voice"), "b", "cast: {mira: {marks: , voice: b , looks: {}}}\n"),
        ("cast:\n  mira: # who\n    # her voice\n    voice: b\n", (*MIRA, "name"), "a", "cast:\n  mira: # who\n    name: a\n    # her voice\n    voice: b\n"),
        ("cast:\n  mira: &m\n   voice: b\n", (*MIRA, "name"), "a", "cast:\n  mira: &m\n   name: a\n   voice: b\n"),
        ("cast:\n  mira:\n    &m\n    &k voice: b\n", (*MIRA, "name"), "a", "cast:\n  mira:\n    &m\n    name: a\n    &k voice: b\n"),
        ("cast:\r\n  mira:\r\n    name: a # c\r\n", (*MIRA, "voice"), "b", "cast:\r\n  mira:\r\n    name: a # c\r\n    voice: b\r\n"),
        ("cast:\n  mira:\n    name: a", (*MIRA, "voice"), "b", "cast:\n  mira:\n    name: a\n    voice: b"),
        ("shots:\n  -   take: 2\n", (*SHOT, "id"), "a", "shots:\n  -   id: a\n      take: 2\n"),
        ("shots:\n  - id: a\n    cast:\n    - b # c\n    take: 2\n", (*SHOT, "seconds"), 4.5, "shots:\n  - id: a\n    cast:\n    - b # c\n    seconds: 4.5\n    take: 2\n"),
        ("shots:\n  - id: a\n    action: |\n      Rain.\n\n  - id: b\n", (*SHOT, "take"), 2, "shots:\n  - id: a\n    action: |\n      Rain.\n    take: 2\n\n  - id: b\n"),
        ("shots:\n  - id: a\n    action: |+\n      Rain.\n\n  - id: b\n", (*SHOT, "take"), 2, "shots:\n  - id: a\n    action: |+\n      Rain.\n\n    take: 2\n  - id: b\n"),
        ("shots:\n  - id: a\n    action: |\n      Rain.", (*SHOT, "take"), 2, "shots:\n  - id: a\n    take: 2\n    action: |\n      Rain."),
        ("title: x", ("style",), "dry", "title: x\nstyle: dry"),
        ("shots:\n-\n- id: b\n", (*SHOT, "id"), "a", "shots:\n- {id: a}\n- id: b\n"),
        ("scenes:\n  s:\n    name: a\n    description: |\n      Rain.", ("scenes", "s", "sound"), "b", "scenes:\n  s:\n    name: a\n    sound: b\n    description: |\n      Rain."),
        ("title: x\nstoryforge: 1\n", ("style",), "dry", "title: x\nstoryforge: 1\nstyle: dry\n"),
        ("\ufeff# c\ntitle: x\n", ("storyforge",), 1, "\ufeff# c\nstoryforge: 1\ntitle: x\n"),
        ("music: {file: a}\n", ("music", "duck"), False, "music: {file: a, duck: false}\n"),
    ],
)  # fmt: skip
def test_one_value_is_set_and_nothing_else_is_touched(text, path, value, expected):
    assert changed(text, path, value) == expected
    after = source_of(expected).root.value
    for part in path:
        after = after[part]
    assert after == value


def test_what_an_alias_stands_for_is_changed_where_it_is_written():
    assert changed("title: &t a\nstyle: *t\n", ("title",), "b") == "title: &t b\nstyle: *t\n"
    text = "cast:\n  otto: &o {voice: b}\n  mira: *o\n"
    assert changed(text, (*MIRA, "name"), "a") == "cast:\n  otto: &o {name: a, voice: b}\n  mira: *o\n"


@pytest.mark.parametrize(
    "path",
    [
        ("cast", "otto", "name"),
        ("cast", "otto", "looks", "storm", "name"),
        ("cast", "name"),
        ("shots", 3, "take"),
        ("cast", "mira", "age"),
    ],
)
def test_a_field_of_nothing_is_not_set(path):
    with pytest.raises(ValueError, match=r"(no noun|written) at|is not in list"):
        set_value(source_of("title: x\ncast: {mira: {}}\nshots: [{id: a}]\n"), path, "a")


def comments(text):
    """All text that is no key and no value."""
    page, found = Page("a", text), []

    def inside(piece, at):
        for entry in piece.entries:
            found.append(page.text[at : entry.start])
            at = inside(entry.value, entry.head) if entry.value.kind in ("mapping", "list") else entry.value.end
        return at

    found.append(text[inside(read_outline(page), 0) :])
    text = "\n".join([*found, *re.findall(r"[|>]-? +(#.*)", text)])
    return sorted(re.findall(r"#.*", text))


@settings(max_examples=80, deadline=None)
@given(seeds, st.text(st.sampled_from("ab \"'#:雨-,{}&*!@\\"), min_size=1, max_size=6))
def test_in_any_document_any_field_can_be_set(seed, words):
    chance = Random(seed)
    text = typed(chance, shuffled(chance, storyboard(chance)))
    source = source_of(text)
    board = source.root.value
    shot, who, place = (
        chance.randrange(len(board["shots"])),
        *(chance.choice(list(board[key])) for key in ("cast", "scenes")),
    )
    path, value = chance.choice(
        (
            (("shots", shot, "take"), 7),
            (("shots", shot, "seconds"), 2.5),
            (("shots", shot, "id"), "s9"),
            (("shots", shot, "action"), words),
            (("shots", shot, "notes"), words),
            (("cast", who, "name"), words),
            (("cast", who, "voice"), words),
            (("scenes", place, "name"), words),
            (("title",), words),
            (("style",), words),
        )
    )
    fix = set_value(source, path, value)
    if (anchor := re.search(r"&(a\d+) $", text[: fix.start])) and f"*{anchor[1]}" in text:
        return  # what refers to it changes too
    wanted = deepcopy(board)
    around = wanted
    for step, part in enumerate(path[:-1]):
        if around[part] is None:
            assert step == len(path) - 2
            around[part] = {}
        around = around[part]
    was = around.get(path[-1])
    around[path[-1]] = value
    assert source_of(splice_fixes(text, [fix])).root.value == wanted
    if was is None:
        assert text[fix.start : fix.end] in ("", "~", "null")
    else:
        assert text[fix.start : fix.end].strip()
        assert "\n" not in fix.text
    assert comments(splice_fixes(text, [fix])) == comments(text)


@given(st.text(st.characters(exclude_categories=["Cc", "Cs", "Co", "Cn", "Zl", "Zp"])), st.sampled_from(["", "'", '"']))
def test_any_text_is_written_so_that_it_is_read_again(text, like):
    for around in ("a: {}\n", "a: [{}, b]\n"):
        value = read_tree(Page("a", around.replace("{}", format_scalar(text, like))))[0].value["a"]
        assert value in (text, [text, "b"])


def test_fixes_that_overlap_are_not_both_made():
    fixes = [Fix("a", 5, 7, "C"), Fix("a", 0, 4, "A"), Fix("a", 3, 5, "B"), Fix("a", 8, 9, "never")]
    assert splice_fixes("12345678", fixes) == "A5C8"
