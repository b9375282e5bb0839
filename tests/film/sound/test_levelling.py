"""Clips come to one level by what is said in them, and noise is not pumped up."""

from __future__ import annotations

import asyncio

import pytest

from film.tones import QUIET, SILENT, SPEECH, floats, tone
from storyforge.film.sound import levelling as level
from storyforge.film.sound.levelling import clip_gain, common_gain, level_pieces
from storyforge.film.sound.loudness import integrate_loudness, mean_loudness


def test_a_line_is_levelled_by_itself_however_long_the_pauses_are():
    speaking, quiet_room = [-20.0] * 20, [-45.0] * 180
    assert clip_gain(speaking) == pytest.approx(4)
    assert clip_gain(speaking + quiet_room) == pytest.approx(4)
    room = [-32.0] * 180
    assert (
        integrate_loudness(speaking + room) < -27
    )  # the room is through the gate of the norm, and the line would be shouted
    assert clip_gain(speaking + room) == pytest.approx(4)


@pytest.mark.parametrize(
    ("lufs", "gain"),
    [(-5, -11), (-16, 0), (-20, 4), (-28, 12), (-36, 12), (-40, 12), (-47.5, 6), (-55, 0), (-69, 0), (-70, 0)],
)
def test_a_clip_is_raised_within_bounds_and_noise_not_at_all(lufs, gain):
    assert clip_gain([float(lufs)] * 30) == pytest.approx(gain)


def test_silence_has_no_gain():
    assert clip_gain([]) == 0
    assert clip_gain([float("-inf"), -120.7]) == 0


@pytest.fixture
def three(tmp_path):
    pieces = [
        tone(tmp_path, SPEECH, name="as-it-is"),
        tone(tmp_path, f"{SPEECH},volume=-6dB", name="quieter"),
        tone(tmp_path, SILENT, name="silent"),
    ]
    return pieces, tmp_path / "kept"


def made(pieces, folder):
    folder.mkdir(exist_ok=True)
    return asyncio.run(level_pieces(pieces, folder))


def test_the_same_speech_is_as_loud_in_both_clips(three):
    one, other, silent = made(*three)
    assert other.gain - one.gain == pytest.approx(6, abs=0.1)
    assert mean_loudness(one.moments) == pytest.approx(mean_loudness(other.moments), abs=0.1)
    pairs = list(zip(floats(one.sound), floats(other.sound), strict=True))
    assert len(pairs) == 3 * 48000
    assert max(abs(first - second) for first, second in pairs) < 0.001
    assert (silent.sound, silent.gain, silent.moments) == (None, 0, ())


def test_a_raised_clip_may_go_beyond_full_scale_until_the_film_is_done(tmp_path):
    piece = tone(tmp_path, "aevalsrc='1.3*sin(2*PI*200*t)*lt(mod(t,1),0.01)':s=48000")
    (found,) = made([piece], tmp_path / "kept")
    highest = max(floats(piece.sound)) * 10 ** (found.gain / 20)
    assert max(floats(found.sound)) == pytest.approx(highest, rel=0.01)
    assert highest > 1


def test_a_level_is_made_once(three, monkeypatch):
    pieces, folder = three
    first = made(pieces, folder)
    files = {path: path.stat().st_mtime_ns for path in folder.iterdir()}

    async def fail(*_):
        raise AssertionError("measured again")

    monkeypatch.setattr(level, "measure_stream", fail)
    assert made([*pieces, pieces[0]], folder) == [*first, first[0]]
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == files


def test_a_level_that_lost_its_sound_or_facts_is_made_again(three):
    pieces, folder = three
    first = made(pieces, folder)
    content = first[0].sound.read_bytes()
    first[0].sound.unlink()
    first[1].sound.with_suffix(".json").write_text("{", encoding="utf-8")
    assert made(pieces, folder) == first
    assert first[0].sound.read_bytes() == content


def test_all_clips_together_are_brought_to_the_reference(tmp_path):
    levels = made([tone(tmp_path, QUIET), tone(tmp_path, SILENT)], tmp_path / "kept")
    assert levels[0].gain < 8
    assert mean_loudness(levels[0].moments[4:]) + common_gain(levels) == pytest.approx(-16, abs=0.3)
    assert common_gain(levels[1:]) == 0
