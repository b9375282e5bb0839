"""A mix becomes the sound of a film: as loud as it should be, and no peak too high, by another meter than our own."""

from __future__ import annotations

import asyncio

import pytest

from film.tones import LOUD, PEAKY, QUIET, SILENT, SPEECH, floats, meter
from storyforge.film.sound.levelling import FLOATS
from storyforge.film.sound.loudness import measure_stream
from storyforge.film.sound.mastering import PEAK, master_sound, raw_stream
from storyforge.system.ffmpeg import run_ffmpeg

SECONDS = 6


def mixed(tmp_path, sound: str):
    path = tmp_path / "mix.f32"
    shape = "aresample=48000,aformat=sample_fmts=flt:channel_layouts=stereo"
    asyncio.run(run_ffmpeg(["-f", "lavfi", "-i", f"{sound},{shape}", "-t", str(SECONDS), "-f", FLOATS, str(path)]))
    return path


def mastered(tmp_path, sound: str, loudness: float = -16, ambience=None):
    out = tmp_path / "sound.m4a"
    mix = mixed(tmp_path, sound)
    found = asyncio.run(measure_stream(raw_stream(mix)))
    return asyncio.run(master_sound(mix, found, ambience, loudness, out)), out


@pytest.mark.slow
@pytest.mark.parametrize("loudness", [-12.0, -16.0, -23.0])
@pytest.mark.parametrize("sound", [SPEECH, QUIET, LOUD, PEAKY], ids=["speech", "quiet", "loud", "peaky"])
def test_it_is_as_loud_as_asked_for_and_no_peak_is_too_high(tmp_path, sound, loudness):
    told, out = mastered(tmp_path, sound, loudness)
    heard = meter(out)
    assert heard.peak <= PEAK
    assert heard.lufs == pytest.approx(loudness, abs=0.5)
    assert (told.lufs, told.peak) == pytest.approx((heard.lufs, heard.peak), abs=0.15)
    assert abs(told.missing) < 0.5


@pytest.mark.slow
def test_silence_stays_silence(tmp_path):
    told, out = mastered(tmp_path, SILENT)
    assert (told.gain, told.missing) == (0, 0)
    assert max(map(abs, floats(out))) == 0


@pytest.mark.slow
def test_where_the_peaks_allow_it_all_is_changed_by_one_gain(tmp_path):
    told, out = mastered(tmp_path, f"{SPEECH},volume=-3dB", -26)
    before, after = floats(tmp_path / "mix.f32"), floats(out)
    for at in range(0, SECONDS * 48000 - 4800, 4800):
        one = sum(value * value for value in before[at : at + 4800])
        other = sum(value * value for value in after[at : at + 4800])
        if one > 0.01:
            assert other == pytest.approx(one * 10 ** (told.gain / 10), rel=0.1)


@pytest.mark.slow
def test_peaks_between_the_samples_are_limited_where_they_are(tmp_path):
    """At 2 s all samples of a tone are 3 dB below its peaks: who limits samples must limit the whole film by 3 dB more,
    and the low tone at 4 s with it."""
    high, low = "sin(2*PI*12000*t+PI/4)*between(t,2,2.005)", "sin(2*PI*400*t)*between(t,4,4.02)"
    told, out = mastered(tmp_path, f"aevalsrc='0.05*sin(2*PI*500*t)+0.9*{high}+0.9*{low}':s=48000")
    assert told.gain > 3
    assert meter(out).peak <= PEAK
    assert max(floats(out)[int(3.9 * 48000) : int(4.1 * 48000)]) > 10 ** (-3 / 20)


@pytest.mark.slow
def test_a_limiter_keeps_the_sound_in_time(tmp_path):
    """Bursts over a bed that must be raised far: they are limited, and begin where they did to half a millisecond."""
    bursts = "aevalsrc='0.01*sin(2*PI*300*t)+0.9*sin(2*PI*1000*t)*between(mod(t,1),0.5,0.502)':s=48000"
    told, out = mastered(tmp_path, bursts)
    assert told.gain > 12
    loud = [at for at, value in enumerate(floats(out)) if abs(value) > 0.45]
    starts = [at for before, at in zip([-9999, *loud], loud, strict=False) if at - before > 4800]
    assert [abs(start - (0.5 + number) * 48000) <= 24 for number, start in enumerate(starts)] == [True] * SECONDS


@pytest.mark.slow
def test_what_is_nearly_all_peaks_stays_quieter_and_says_so(tmp_path):
    told, out = mastered(tmp_path, "aevalsrc='lt(mod(t,1),0.0001)':s=48000")
    assert meter(out).peak <= PEAK
    assert told.missing > 3
    assert told.lufs == pytest.approx(-16 - told.missing, abs=0.01)


@pytest.mark.slow
def test_ambience_lies_at_its_own_level(tmp_path):
    ambience = tmp_path / "ambience.f32"
    mixed(tmp_path, "aevalsrc='0.00447*sin(2*PI*997*t)':s=48000").rename(ambience)
    alone, out = mastered(tmp_path, SILENT, -20, ambience)
    assert (alone.gain, alone.missing) == (0, 0)
    assert alone.lufs == pytest.approx(-50 - 4, abs=0.3)  # at -50 LUFS under a mix at -16
    _, out = mastered(tmp_path, QUIET, -20, ambience)
    assert meter(out).lufs == pytest.approx(-20, abs=0.5)


@pytest.mark.slow
def test_the_same_mix_gives_the_same_bytes(tmp_path):
    contents = {mastered(tmp_path, SPEECH, -12)[1].read_bytes() for _ in range(2)}
    assert len(contents) == 1
