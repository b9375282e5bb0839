"""Where somebody speaks is heard over silence, wind and hum; where nothing is louder, nothing is found."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest

from film.cards import card
from storyforge.film.sound.voice_activity import find_speech, hear_speech, time_lines
from storyforge.model.errors import MediaError
from storyforge.system.ffmpeg import run_ffmpeg

WIND = "0.01*sin(1.7*PI*t)*sin(2*PI*300*t)"


def voice(*spans):
    """A sound like syllables, in these spans of seconds."""
    return "+".join(f"between(t,{a},{b})*0.4*sin(2*PI*220*t)*(0.55+0.45*sin(2*PI*4*t))" for a, b in spans)


def near(found, expected):
    assert len(found) == len(expected), found
    for span, due in zip(found, expected, strict=True):
        assert span == pytest.approx(due, abs=0.08)


def test_speech_is_heard_over_silence_and_over_wind(tmp_path):
    for name, behind in (("silence", "0"), ("wind", WIND)):
        film = card(tmp_path / f"{name}.mp4", frames=96, sound=f"{voice((0.5, 1.5), (2.4, 3.5))}+{behind}")
        near(hear_speech(film), [(0.5, 1.5), (2.4, 3.5)])


def test_a_pause_between_words_belongs_to_the_speech_and_a_click_is_none(tmp_path):
    film = card(
        tmp_path / "film.mp4", frames=96, sound=f"{voice((1.0, 1.6), (1.75, 2.5))}+between(t,3.5,3.53)*0.5*sin(9000*t)"
    )
    near(hear_speech(film), [(1.0, 2.5)])


def test_nothing_is_heard_in_silence_or_where_all_is_alike(tmp_path):
    assert hear_speech(card(tmp_path / "silent.mp4", frames=48, sound="0")) == []
    assert hear_speech(card(tmp_path / "mute.mp4", frames=48, sound=None)) == []
    assert hear_speech(card(tmp_path / "hum.mp4", frames=48, sound="0.3*sin(2*PI*100*t)")) == []
    assert hear_speech(card(tmp_path / "far.mp4", frames=48, sound=f"0.001*({voice((0.5, 1.5))})")) == []


def test_sound_that_begins_later_than_the_picture_is_heard_when_it_is(tmp_path):
    film = card(tmp_path / "film.mp4", frames=96, sound=voice((0.2, 1.0)), sound_seconds=1.5)
    late = tmp_path / "late.mp4"
    inputs = ["-i", f"file:{film}", "-itsoffset", "1.5", "-i", f"file:{film}"]
    asyncio.run(run_ffmpeg([*inputs, "-map", "0:v", "-map", "1:a", "-c", "copy", f"file:{late}"]))
    near(hear_speech(late), [(1.7, 2.5)])


def test_a_file_that_is_no_film_is_an_error(tmp_path):
    (tmp_path / "film.mp4").write_bytes(b"no film")
    with pytest.raises(MediaError):
        hear_speech(tmp_path / "film.mp4")


def test_levels_without_contrast_are_no_speech():
    assert find_speech([]) == []
    assert find_speech([-20.0] * 40 + [-29.0] * 40) == []
    assert find_speech([-60.0] * 50 + [-20.0] * 50) == [(1.0, 2.0)]


def test_one_line_is_timed_from_the_first_sound_to_the_last():
    assert time_lines([(0.3, 2.0)], [(1.0, 1.8), (2.2, 3.0)]) == [(1.0, 3.0)]


def test_lines_share_what_is_heard_and_part_at_the_pause_that_fits_best():
    heard = [(1.0, 1.9), (2.3, 3.4), (4.0, 5.0)]
    assert time_lines([(0.3, 1.3), (1.6, 3.6)], heard) == [(1.0, 1.9), (2.3, 5.0)]
    assert time_lines([(0.3, 2.3), (2.6, 3.6)], heard) == [(1.0, 3.4), (4.0, 5.0)]
    assert time_lines([(0, 1), (1, 2), (2, 3)], heard) == heard


def test_lines_without_a_pause_between_them_share_the_time():
    found = time_lines([(0.0, 1.0), (1.0, 4.0)], [(2.0, 6.0)])
    assert found == [pytest.approx((2.0, 3.0)), pytest.approx((3.0, 6.0))]


def test_what_is_heard_far_too_long_or_short_is_not_the_line():
    due = [(0.3, 1.3)]
    assert time_lines(due, [(0.0, 6.0)]) == due
    assert time_lines(due, [(0.0, 0.2)]) == due
    assert time_lines(due, []) == due


AT_ONCE = """\
import sys, threading
from pathlib import Path
from storyforge.film.sound.voice_activity import hear_speech
from storyforge.film.qc.measure import measure

failed = []

def tried(work):
    start.wait()
    try:
        work(Path(sys.argv[1]))
    except BaseException as fault:
        failed.append(repr(fault))

start = threading.Barrier(2)
threads = [threading.Thread(target=tried, args=(work,)) for work in (hear_speech, measure)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
sys.exit("; ".join(failed) or 0)
"""


def test_a_take_may_be_heard_while_one_is_measured_the_first_time_that_libav_is_needed(tmp_path):
    take = card(tmp_path / "take.mp4", frames=24)
    for _ in range(3):
        done = subprocess.run([sys.executable, "-c", AT_ONCE, str(take)], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
