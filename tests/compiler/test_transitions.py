"""Joins in whole frames."""

from __future__ import annotations

from dataclasses import replace

import pytest
from projects import HEAD, project

from storyforge.compiler.compile import compile_file
from storyforge.compiler.transitions import (
    SEAM,
    FrameTransition,
    frame_transition,
    make_transitions,
    measure_margins,
    opening_transition,
)
from storyforge.model.storyboard import Transition


@pytest.mark.parametrize(
    ("transition", "fps", "expected"),
    [
        (Transition(), 24, FrameTransition()),
        (Transition("dissolve", 0.5), 24, FrameTransition("dissolve", 12)),
        (Transition("wipe", 1), 30, FrameTransition("wipe", 30)),
        (Transition("circleopen", 1), 25, FrameTransition("circleopen", 25)),
        (Transition("fade", 1), 25, FrameTransition("fade", 13)),
        (Transition("dissolve", 0.01), 24, FrameTransition()),
    ],
)
def test_a_transition_becomes_whole_frames(transition, fps, expected):
    assert frame_transition(transition, fps) == expected


def test_the_first_piece_can_only_come_from_black():
    assert opening_transition(FrameTransition("wipe", 4)) == FrameTransition()
    assert opening_transition(FrameTransition("fade", 4)) == FrameTransition("fade", 4)
    assert measure_margins(
        [FrameTransition("wipe", 4), FrameTransition("fade", 6), FrameTransition("dissolve", 3)]
    ) == [(0, 6), (6, 3), (3, 0)]


SHOTS = """\
  - {id: wait, scene: pier, action: Rain., seconds: 3}
  - {id: long, scene: pier, action: Rain., seconds: 18, continues: wait}
  - {id: away, scene: pier, action: Rain., seconds: 3, clip: new}
  - {id: back, scene: pier, action: Rain., seconds: 3, continues: long}
  - {id: mist, scene: pier, action: Rain., seconds: 3, continues: back, transition: dissolve 0.5}
  - {id: dawn, scene: pier, action: Rain., seconds: 3, continues: mist}
"""


def dropping(tmp_path):
    return compile_file(project(tmp_path, SHOTS, HEAD.replace("cast:", "format: {seam: drop}\ncast:", 1)))


def test_a_seam_is_where_a_clip_is_cut_to_and_goes_on_from_the_one_right_before(tmp_path):
    compiled = dropping(tmp_path)
    clips, form = [one.clip for one in compiled.planned], compiled.storyboard.format
    assert [clip.id for clip in clips] == ["wait", "long", "long.2", "away", "back", "mist", "dawn"]
    seam = FrameTransition(SEAM, 1)
    assert make_transitions(clips, form) == [
        FrameTransition(),
        seam,
        seam,
        FrameTransition(),
        FrameTransition(),
        FrameTransition("dissolve", 12),
        seam,
    ]
    kept = form.model_copy(update={"seam": "keep"})
    assert make_transitions(clips, kept) == [
        FrameTransition(),
        FrameTransition(),
        FrameTransition(),
        FrameTransition(),
        FrameTransition(),
        FrameTransition("dissolve", 12),
        FrameTransition(),
    ]
    apart = [clips[0], replace(clips[1], first_frame=None), *clips[2:]]
    assert make_transitions(apart, form)[1] == FrameTransition()


def test_a_film_is_a_frame_shorter_at_each_seam_and_its_shots_add_up_to_it(tmp_path):
    compiled = dropping(tmp_path)
    assert [join.overlap for join in compiled.timeline.joins] == [0, 1, 1, 0, 0, 12, 1]
    assert compiled.timeline.frames == 33 * 24 - 15
    told = [(one.clip.id, start, end) for one, _, start, end in compiled.timeline.shots()]
    assert told[:3] == [("wait", 0, 71), ("long", 71, 71 + 9 * 24 - 1), ("long.2", 286, 286 + 9 * 24)]
    assert told[-1][2] == compiled.timeline.frames
    assert [start for _, start, _ in told[1:]] == [end for _, _, end in told[:-1]]
