"""How a push or a pull is reported."""

from __future__ import annotations

import pytest

from storyforge.model.errors import HostError
from storyforge.rendering.remote import Tally
from storyforge.reports.share_text import share_document, share_text


@pytest.mark.parametrize(
    ("moved", "there", "text"),
    [
        ({}, set(), "nothing sent"),
        ({}, {"takes/a.mp4"}, "nothing sent; 1 take there already"),
        ({"takes/a.mp4": 1_500_000}, set(), "1 take, 1.5 MB sent"),
        ({"takes/a.mp4": 1, "takes/b.mp4": 1, "pictures/c": 2, "slates/d.json": 96}, {"takes/e.mp4", "takes/f.mp4"},
         "2 takes and 1 picture, 100 bytes sent; 2 takes there already"),
    ],
)  # fmt: skip
def test_what_was_moved_is_counted_by_its_kind(moved, there, text):
    assert share_text(Tally(moved, there), "sent", "there") == text


def test_the_document_is_sorted_and_names_what_failed():
    tally = Tally(
        {"takes/b.mp4": 2, "takes/a.mp4": 1}, {"takes/d.mp4", "takes/c.mp4"}, {"takes/e.mp4": HostError("down")}
    )
    assert share_document(tally, "fetched", "here") == {
        "storyforge": 1,
        "fetched": [{"name": "takes/a.mp4", "bytes": 1}, {"name": "takes/b.mp4", "bytes": 2}],
        "here": ["takes/c.mp4", "takes/d.mp4"],
        "failures": {"takes/e.mp4": "down"},
    }
