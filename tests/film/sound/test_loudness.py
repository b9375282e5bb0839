"""Loudness is measured as the norm has it: a tone of one kilohertz in both channels is as loud as its level."""

import asyncio
import math
from pathlib import Path

import pytest

from film.cards import card
from storyforge.film.sound.loudness import measure_loudness
from storyforge.model.errors import MediaError


def measured(path: Path, seconds: float | None = None):
    return asyncio.run(measure_loudness(path, seconds))


@pytest.mark.parametrize(("level", "decibels"), [("0.1", -20), ("0.01", -40)])
def test_a_tone_is_as_loud_as_its_level(level, decibels, tmp_path):
    found = measured(card(tmp_path / "tone.mp4", sound=f"{level}*sin(997*2*PI*t)"))
    assert found.lufs == pytest.approx(decibels, abs=0.5)
    assert found.peak == pytest.approx(decibels, abs=2)  # AAC rings at the start


def test_no_more_is_heard_than_is_asked_for(tmp_path):
    film = card(tmp_path / "late.mp4", frames=96, sound="if(gt(t,2),0.5*sin(997*2*PI*t),0.01*sin(997*2*PI*t))")
    assert measured(film, 1.5).lufs == pytest.approx(-40, abs=1)
    assert measured(film).lufs > -10


def test_a_peak_in_the_last_moment_is_heard(tmp_path):
    film = card(tmp_path / "bang.mp4", frames=49, sound="if(gt(t,2.01),0.5*sin(997*2*PI*t),0.01*sin(997*2*PI*t))")
    assert measured(film).peak == pytest.approx(-6, abs=2)


def test_silence_is_far_below_everything(tmp_path):
    found = measured(card(tmp_path / "silent.mp4", sound="0"))
    assert found.lufs <= -70
    assert found.peak == -math.inf


def test_a_film_without_sound_has_no_loudness(tmp_path):
    with pytest.raises(MediaError):
        measured(card(tmp_path / "mute.mp4", sound=None))
