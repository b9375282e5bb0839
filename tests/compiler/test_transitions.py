"""Joins in whole frames."""

from __future__ import annotations

from dataclasses import replace

import pytest
from projects import HEAD, project

from storyforge.compiler.compile import compile_file
from storyforge.compiler.transitions import SEAM, Join, film_frames, join, joins_of, margins, opening
from storyforge.model.storyboard import Transition


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
    clips, form = [one.clip for one in compiled.planned], compiled.board.format
    assert [clip.id for clip in clips] == ["wait", "long", "long.2", "away", "back", "mist", "dawn"]
    seam = Join(SEAM, 1)
    assert joins_of(clips, form) == [Join(), seam, seam, Join(), Join(), Join("dissolve", 12), seam]
    kept = form.model_copy(update={"seam": "keep"})
    assert joins_of(clips, kept) == [Join(), Join(), Join(), Join(), Join(), Join("dissolve", 12), Join()]
    apart = [clips[0], replace(clips[1], first_frame=None), *clips[2:]]
    assert joins_of(apart, form)[1] == Join()


def test_a_film_is_a_frame_shorter_at_each_seam_and_its_shots_add_up_to_it(tmp_path):
    compiled = dropping(tmp_path)
    assert [join.overlap for join in compiled.reel.joins] == [0, 1, 1, 0, 0, 12, 1]
    assert compiled.reel.frames == 33 * 24 - 15
    told = [(one.clip.id, start, end) for one, _, start, end in compiled.reel.shots()]
    assert told[:3] == [("wait", 0, 71), ("long", 71, 71 + 9 * 24 - 1), ("long.2", 286, 286 + 9 * 24)]
    assert told[-1][2] == compiled.reel.frames
    assert [start for _, start, _ in told[1:]] == [end for _, _, end in told[:-1]]
