"""A change is shown with its values: short texts whole, long ones by the words that differ."""

import pytest

from storyforge.model.changes import Change, format_values
from storyforge.model.diagnostics import Location

LONG = "the keeper trims the wick while the young operator watches her from the lowest of the iron stairs"
FOG = "海上起了大雾。"


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (
            LONG,
            LONG.replace("young", "old"),
            ('"…wick while the young operator watches her…"', '"…wick while the old operator watches her…"'),
        ),
        (LONG, f"now {LONG}", ('"the keeper trims…"', '"now the keeper trims…"')),
        (f"{FOG * 9}她在等他，{FOG}", f"{FOG * 9}她在等你，{FOG}", ('"…她在等他，海上…"', '"…她在等你，海上…"')),
        ({"who": "bo", "text": "No.", "unseen": True}, "bo: No.", ('"bo (V.O.): No."', '"bo: No."')),
        (
            {"who": "bo", "text": "No.", "unseen": True, "kind": "off"},
            {"who": "bo", "text": "No.", "unseen": True},
            ('"bo (O.S.): No."', '"bo (V.O.): No."'),
        ),
        (
            {"who": "bo", "how": "low", "text": "No.", "unseen": False, "language": "de"},
            {"who": "bo", "how": "low", "text": "No.", "unseen": False},
            ('"bo (low, in de): No."', '"bo (low): No."'),
        ),
        (None, "woodcut", ("nothing", '"woodcut"')),
        (["a"], ["a", "b"], ('["a"]', '["a", "b"]')),
        (3.0, 5, ("3.0", "5")),
        ({"runware": {"steps": 3}}, None, ('{"runware": {"steps": 3}}', "nothing")),
        ([{"who": "bo", "look": None, "how": "softly", "text": "No."}], [], ('["bo (softly): No."]', "[]")),
        ("x" * 100, "y", ('"' + "x" * 72 + '…"', '"y"')),
    ],
)
def test_values_are_shown_beside_each_other(before, after, told):
    assert format_values(before, after) == told


def test_a_change_without_values_says_that_it_is_one():
    assert str(Change("style", ("style",), place=Location("a.story.yaml", 3, 1))) == "style changed (a.story.yaml:3)"


def test_a_picture_is_never_told_by_its_hash():
    change = Change("cast.ana.reference", ("cast",), "sf:sha256:aa", "sf:sha256:bb", True)
    assert str(change) == "cast.ana.reference: another picture"
