"""One line of samples under the film, exact to the sample, and without a step in it."""

from __future__ import annotations

import itertools
import math
from array import array
from pathlib import Path

import pytest

from film.placing import placed
from storyforge.compiler.transitions import FrameTransition
from storyforge.film.conform import Piece, count_frames
from storyforge.film.sound.track import RAMP, read_track
from storyforge.model.errors import MediaError

FRAME = 2000
PIECE = Piece("key", Path("none.mp4"), Path("none.wav"), 24, 24)


def flat(folder: Path, value: float) -> Path:
    """A sound of one second that stays at one value; the right channel at half of it."""
    path = folder / f"{value}.f32"
    path.write_bytes(array("f", [value, value / 2] * 24 * FRAME).tobytes())
    return path


def line(sounds: list[Path | None], joins: list[FrameTransition]) -> list[float]:
    values = array("f", b"".join(read_track(placed([PIECE] * len(sounds), joins), sounds))).tolist()
    assert values[1::2] == pytest.approx([value / 2 for value in values[::2]], abs=1e-6)
    return values[::2]


@pytest.mark.parametrize("kind", ["cut", "dissolve", "wipe", "fade"])
@pytest.mark.parametrize("frames", [1, 7, 12])
def test_the_line_is_as_long_as_the_picture(tmp_path, kind, frames):
    joins = [
        FrameTransition(),
        FrameTransition(kind, frames if kind != "cut" else 0),
        FrameTransition(),
        FrameTransition(kind, frames if kind != "cut" else 0),
    ]
    sounds = [flat(tmp_path, 0.1), flat(tmp_path, 0.2), None, flat(tmp_path, 0.4)]
    assert len(line(sounds, joins)) == count_frames(placed([PIECE] * 4, joins)) * FRAME


@pytest.mark.parametrize("after", [FrameTransition(), FrameTransition("dissolve", 12), FrameTransition("fade", 12)])
def test_a_join_may_take_a_whole_clip(tmp_path, after):
    joins = [FrameTransition(), FrameTransition("dissolve", 24 - after.frames), after]
    values = line([flat(tmp_path, 0.1), flat(tmp_path, 0.2), flat(tmp_path, 0.3)], joins)
    assert len(values) == count_frames(placed([PIECE] * 3, joins)) * FRAME
    assert max(abs(one - other) for one, other in itertools.pairwise(values)) < 0.005


def test_the_film_begins_and_ends_in_five_milliseconds(tmp_path):
    values = line([flat(tmp_path, 0.5)], [FrameTransition()])
    assert RAMP == 240
    assert values[0] < 0.005 > values[-1]
    assert values[RAMP] == 0.5 == values[-RAMP - 1]


def test_a_cut_is_an_equal_power_crossfade_of_five_milliseconds(tmp_path):
    one = line([flat(tmp_path, 0.5), None], [FrameTransition(), FrameTransition()])
    other = line([None, flat(tmp_path, 0.5)], [FrameTransition(), FrameTransition()])
    edge = 24 * FRAME
    assert one[edge - 1] == 0.5 == other[edge + RAMP]
    assert one[edge + RAMP] == 0 == other[edge - 1]
    for at in range(edge, edge + RAMP, 7):
        assert math.hypot(one[at], other[at]) == pytest.approx(0.5, abs=1e-4)


@pytest.mark.parametrize("phase", [0.5, 1.0, 1.5])
def test_there_is_no_click_where_two_tones_of_another_phase_meet(tmp_path, phase):
    """A tone moves by 0.021 a sample at most; a click would be a step of up to 0.9."""

    def sine(shift: float) -> Path:
        path = tmp_path / f"sine-{shift}.f32"
        values = (0.45 * math.sin(2 * math.pi * 360 * at / 48000 + shift * math.pi) for at in range(24 * FRAME))
        path.write_bytes(array("f", [side for value in values for side in (value, value / 2)]).tobytes())
        return path

    values = line(
        [sine(0.3), sine(0.3 + phase), sine(0.3)],
        [FrameTransition(), FrameTransition(), FrameTransition("dissolve", 6)],
    )
    assert max(abs(one - other) for one, other in itertools.pairwise(values)) < 0.035


def test_a_dissolve_is_an_equal_power_crossfade_as_long_as_the_pictures(tmp_path):
    values = line([flat(tmp_path, 0.5), None], [FrameTransition(), FrameTransition("dissolve", 12)])
    others = line([None, flat(tmp_path, 0.5)], [FrameTransition(), FrameTransition("dissolve", 12)])
    start, end = 12 * FRAME, 24 * FRAME
    for at in range(start, end, 997):
        assert math.hypot(values[at], others[at]) == pytest.approx(0.5, abs=1e-4)
    assert (values[start - 1], values[end]) == (0.5, 0)
    assert (others[start - 1], others[end]) == (0, 0.5)


def test_a_fade_goes_to_silence_and_comes_back(tmp_path):
    values = line([flat(tmp_path, 0.5), flat(tmp_path, 0.5)], [FrameTransition("fade", 6), FrameTransition("fade", 6)])
    assert values[0] < 0.001
    assert abs(values[24 * FRAME]) < 0.001 > abs(values[24 * FRAME - 1])
    assert values[24 * FRAME - 6 * FRAME - 1] == 0.5 == values[24 * FRAME + 6 * FRAME]


def test_a_sound_that_is_too_short_is_refused(tmp_path):
    short = tmp_path / "short.f32"
    short.write_bytes(flat(tmp_path, 0.5).read_bytes()[:-800])
    with pytest.raises(MediaError, match="shorter than its picture"):
        line([short], [FrameTransition()])
