from pathlib import Path

import pytest

from storyforge.language.source_map import Source
from storyforge.language.text_file import Page
from storyforge.language.validation import read_storyboard
from storyforge.language.yaml_tree import read_tree


def findings(text):
    page = Page("a", "storyforge: 1\ntitle: T\n" + text)
    return read_storyboard(Source(Path(), {"a": page}, read_tree(page)[0]))


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("stile: a", "`stile` is not a key of the storyboard", "did you mean `style`?"),
        (
            "format: {dpi: 3}",
            "`dpi` is not a key of `format`",
            "its keys are `aspect`, `resolution`, `fps`, `fit`, `fit_time`, `anchor`, `seam`, `match`, `subtitles`, "
            "`artist`, `loudness`, `silence`",
        ),
        ("cast: {mira: {looks: {wet: {hat: a}}}}", "`hat` is not a key of the look `mira.wet`", None),
        ("style: 3", "`style` is a number, not text", "put it in quotes"),
        ("style: {a: b}", "`style` is a mapping, not text", "write text"),
        ("preserve: [a, true]", "item 2 of `preserve` is the value `true`, not text", "put it in quotes"),
        ("shots: [3]", "shot 1 is a number, not a mapping of keys and values", None),
        ("music: {}", "`music` has no `file`", "write `file: …`"),
        ("music: {file: a, gain: 13}", "`gain` is more than 12", "write 12 or less"),
        ("format: {resolution: 720}", "`resolution` cannot be `720`", "did you mean `720p`? it is `720p` or `1080p`"),
        ('format: {fps: "24"}', "`fps` cannot be `24`", "write `24` without quotes"),
        ("scenes: {a b: {}}", "`a b` is not an id", "an id is letters, digits, `-` and `_`"),
        ("cast: {a b: {}}", "`a b` is not an id", "an id is letters, digits, `-` and `_`, and begins with a letter"),
        ("prefer: scene", "`prefer` cannot be `scene`", "it is `cast` or `first_frame`"),
    ],
)
def test_a_refused_value_is_told_in_an_authors_words(text, message, hint):
    (found,) = findings(text)[1]
    assert found.message == message
    assert hint is None or found.hint == hint


def test_a_good_storyboard_has_no_findings():
    board, none = findings("style: a")
    assert (board.style, none) == ("a", [])


def test_the_same_mistake_under_an_alias_is_said_once():
    assert len(findings("shots: [&a {id: x, scene: b, action: c, age: 3}, *a]")[1]) == 1


def test_a_shot_that_is_left_out_is_not_missed_by_the_one_that_continues_it():
    board, found = findings(
        "shots: [{id: a, scene: b}, {id: c, scene: b, action: d, continues: a},"
        " {id: e, scene: b, action: d, continues: c}]"
    )
    assert [(shot.id, shot.continues) for shot in board.shots] == [("c", None), ("e", "c")]
    assert len(found) == 1


def test_every_complaint_the_models_can_make_has_our_words():
    names = set()
    for text in (
        "a: b", "style: 3", "preserve: a", "music: 3", "music: {file: a, gain: a, duck: 1}", "cast: 3", "cast: {1: {}}",
        "format: {fps: 1}", "shots: [{}]", "shots: [{id: a, scene: b, action: ' ', seconds: 0, take: 1.5, seed: a}]",
        "shots: [{id: a, scene: b, action: c, seed: 99999999999, transition: x, dialogue: [3, {a: 3}, {a b: c}]}]",
        "extra: {a: {b: .nan}}", "shots: [{id: a, scene: b, action: c, seconds: .nan}]",
    ):  # fmt: skip
        names |= {found.name for found in findings(text)[1]}
        assert all("Input" not in found.message for found in findings(text)[1])
    assert "bad-value" not in names
