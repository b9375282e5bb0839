"""Joins in whole frames."""

from __future__ import annotations

import pytest

from storyforge.film.joins import Join, film_frames, join, margins, opening
from storyforge.storyboard import Transition


@pytest.mark.parametrize(
    ("transition", "fps", "expected"),
    [
        (Transition(), 24, Join()),
        (Transition("dissolve", 0.5), 24, Join("dissolve", 12)),
        (Transition("wipe", 1), 30, Join("wipe", 30)),
        (Transition("circleopen", 1), 25, Join("circleopen", 25)),
        (Transition("fade", 1), 25, Join("fade", 13)),
        (Transition("dissolve", 0.01), 24, Join()),
    ],
)
def test_a_transition_becomes_whole_frames(transition, fps, expected):
    assert join(transition, fps) == expected


def test_only_overlaps_shorten_the_film():
    joins = [Join("dissolve", 9), Join("dissolve", 12), Join("fade", 6), Join("wipe", 4), Join("hblur", 3)]
    assert film_frames([48] * 5, joins) == 240 - 19


def test_the_first_piece_can_only_come_from_black():
    assert opening(Join("wipe", 4)) == Join()
    assert opening(Join("fade", 4)) == Join("fade", 4)
    assert margins([Join("wipe", 4), Join("fade", 6), Join("dissolve", 3)]) == [(0, 6), (6, 3), (3, 0)]
