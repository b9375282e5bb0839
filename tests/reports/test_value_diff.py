"""Two values are compared down to the smallest field and item; items that moved along are not called changed."""

import pytest

from storyforge.model.storyboard import Character, Line, Look, Transition
from storyforge.reports.value_diff import COMPARED, differences


def told(was, now):
    return [(one.field, one.path, one.text) for one in differences("field", ("top",), was, now)]


@pytest.mark.parametrize(
    ("was", "now", "found"),
    [
        (("a", "b", "c"), ("a", "b", "c"), []),
        (("a", "b", "c"), ("b", "c"), [("field", ("top",), 'field: − "a"')]),
        (("a", "b"), ("a", "x", "b"), [("field[1]", ("top", 1), 'field: + "x"')]),
        (("a", "b"), ("a", "c"), [("field[1]", ("top", 1), 'field[1]: "b" → "c"')]),
        (
            Character(looks={"wet": Look(voice="low")}),
            Character(looks={"wet": Look(voice="high"), "dry": Look()}, marks=("a hat",)),
            [
                ("field.marks[0]", ("top", "marks", 0), 'field.marks: + "a hat"'),
                ("field.looks.wet.voice", ("top", "looks", "wet", "voice"), 'field.looks.wet.voice: "low" → "high"'),
                ("field.looks.dry", ("top", "looks", "dry"), "field.looks.dry: nothing → {}"),
            ],
        ),
        (
            {"runware": {"cfg": 7, "k": [1]}},
            {"runware": {"cfg": 8, "k": [1]}},
            [
                ("field.runware.cfg", ("top", "runware", "cfg"), "field.runware.cfg: 7 → 8"),
            ],
        ),
        (Transition("fade", 1), Transition(), [("field", ("top",), 'field: "fade 1" → "cut"')]),
        (None, Line(bo="No."), [("field", ("top",), 'field: nothing → "bo: No."')]),
    ],
)
def test_the_smallest_part_that_differs_is_told(was, now, found):
    assert told(was, now) == found


def test_lists_too_long_to_compare_are_told_as_wholes():
    many = tuple(f"mark {number}" for number in range(int(COMPARED**0.5) + 1))
    ((field, path, _),) = told(many, (*many[1:], "new"))
    assert (field, path) == ("field", ("top",))


def test_files_are_compared_by_what_stands_for_their_content():
    def one(was, now, tokens_then, tokens_now):
        return [
            found.text for found in differences("file", ("music", "file"), was, now, tokens_then.get, tokens_now.get)
        ]

    assert one("a.ogg", "b.ogg", {"a.ogg": 1}, {"b.ogg": 1}) == []
    assert one("a.ogg", "b.ogg", {"a.ogg": 1}, {"b.ogg": 2}) == ["file: a.ogg → b.ogg"]
    assert one("a.ogg", "a.ogg", {"a.ogg": 1}, {"a.ogg": 2}) == ["file: another file as a.ogg"]
    assert one(None, "a.ogg", {}, {"a.ogg": 2}) == ['file: nothing → "a.ogg"']
