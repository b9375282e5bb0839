"""A film in frames: where its clips and shots begin and end, also where a clip plays less than it has."""

import pytest
from projects import HEAD, project

from storyforge.compiler.compile import compile_file
from storyforge.compiler.timeline import make_timeline
from storyforge.compiler.transitions import FrameTransition

SHOTS = """\
  - {id: wait, scene: pier, action: "@ana waits.", seconds: 2}
  - {id: call, scene: pier, action: "@ana calls.", seconds: 2}
  - {id: boat, scene: pier, action: "@ana rows.", seconds: 3, continues: call}
  - {id: dusk, scene: pier, action: Dusk., seconds: 4, transition: dissolve 0.5}
  - {id: dark, scene: pier, action: Night., seconds: 3, transition: fade 1}
"""


@pytest.fixture(scope="module")
def compiled(tmp_path_factory):
    return compile_file(project(tmp_path_factory.mktemp("film"), SHOTS))


def played(reel):
    return [(one.clip.beats[number].shot.id, start, end) for one, number, start, end in reel.shots()]


def test_clips_follow_each_other_less_what_they_overlap(compiled):
    reel = compiled.timeline
    assert [(placed.one.clip.id, placed.begins, placed.frames, placed.end) for placed in reel.clips] == [
        ("wait", 0, 96, 96),
        ("boat", 96, 72, 168),
        ("dusk", 156, 96, 252),
        ("dark", 252, 72, 324),
    ]
    assert reel.joins == [
        FrameTransition(),
        FrameTransition(),
        FrameTransition("dissolve", 12),
        FrameTransition("fade", 12),
    ]
    assert [placed.margin for placed in reel.clips] == [(0, 0), (0, 12), (12, 12), (12, 0)]
    assert (reel.frames, reel.seconds) == (324, 13.5)
    assert played(reel) == [
        ("wait", 0, 48),
        ("call", 48, 96),
        ("boat", 96, 156),
        ("dusk", 156, 252),
        ("dark", 252, 324),
    ]


def test_a_clip_that_plays_less_ends_its_last_shot_earlier_and_all_that_follows_comes_sooner(compiled):
    reel = make_timeline(compiled.planned, compiled.storyboard.format, {"wait": 87, "boat": 70})
    assert [placed.begins for placed in reel.clips] == [0, 87, 145, 241]
    assert played(reel) == [
        ("wait", 0, 48),
        ("call", 48, 87),
        ("boat", 87, 145),
        ("dusk", 145, 241),
        ("dark", 241, 313),
    ]
    assert reel.frames == 313


def test_a_film_of_nothing_lasts_no_time(tmp_path):
    compiled = compile_file(project(tmp_path, "", HEAD.replace("shots:\n", "")))
    assert (compiled.timeline.frames, compiled.timeline.seconds, list(compiled.timeline.shots())) == (0, 0, [])
