"""The sound of a film from its clips: levelled, joined, mixed and mastered, and made again only where it must be."""

from __future__ import annotations

import asyncio
import itertools
import math
from pathlib import Path

import pytest

from film.placing import placed
from film.tones import LOUD, QUIET, SILENT, SPEECH, floats, meter, tone
from storyforge.compiler.transitions import FrameTransition
from storyforge.film.conform import count_frames
from storyforge.film.sound import mastering as master
from storyforge.film.sound.ambience import make_ambience
from storyforge.film.sound.mix import Mix, make_sound, make_stems, sound_names
from storyforge.film.sound.music import Bed
from storyforge.model.errors import MediaError
from storyforge.system.ffmpeg import run_ffmpeg


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "kept").mkdir()
    return tmp_path / "kept"


@pytest.fixture
def theme(tmp_path):
    path = tmp_path / "theme.wav"
    work = ["-f", "lavfi", "-i", "aevalsrc='0.3*sin(2*PI*440*t)|0.3*sin(2*PI*660*t)':s=44100", "-t", "2.5"]
    asyncio.run(run_ffmpeg([*work, str(path)]))
    return path


def made(pieces, folder: Path, mix: Mix | None = None, joins: list[FrameTransition] | None = None):
    return asyncio.run(make_sound(placed(pieces, joins), mix or Mix(), folder))


def loud(values: list[float], begin: float, end: float) -> float:
    """RMS in dB."""
    part = values[int(begin * 48000) : int(end * 48000)]
    return 10 * math.log10(sum(value * value for value in part) / len(part) + 1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("loudness", [-16.0, -24.0])
@pytest.mark.parametrize(
    "sounds", [[SPEECH], [QUIET], [LOUD], [SPEECH, QUIET, LOUD, SILENT]], ids=["speech", "quiet", "loud", "mixed"]
)
def test_a_film_is_within_half_a_lu_of_its_loudness_and_under_its_peak(tmp_path, folder, sounds, loudness):
    pieces = [tone(tmp_path, one) for one in sounds]
    heard = meter(made(pieces, folder, Mix(loudness=loudness)).file)
    assert heard.lufs == pytest.approx(loudness, abs=0.5)
    assert heard.peak <= master.PEAK


@pytest.mark.slow
def test_a_film_with_music_is_so_too(tmp_path, folder, theme):
    pieces = [tone(tmp_path, one) for one in (SPEECH, SILENT, QUIET)]
    heard = meter(made(pieces, folder, Mix(Bed(theme))).file)
    assert heard.lufs == pytest.approx(-16, abs=0.5)
    assert heard.peak <= master.PEAK


@pytest.mark.slow
def test_a_silent_film_stays_silent(tmp_path, folder):
    found = made([tone(tmp_path, SILENT)] * 2, folder)
    assert max(map(abs, floats(found.file))) == 0
    assert found.master.missing == 0


@pytest.mark.slow
def test_quiet_clips_are_raised_to_the_others_and_noise_is_not_pumped_up(tmp_path, folder):
    noise = "anoisesrc=color=pink:seed=9:sample_rate=48000:amplitude=0.005"
    pieces = [tone(tmp_path, SPEECH), tone(tmp_path, f"{SPEECH},volume=-6dB"), tone(tmp_path, noise)]
    gaps = [loud(floats(piece.sound), 0, 3) - loud(floats(pieces[0].sound), 0, 3) for piece in pieces]
    values = floats(made(pieces, folder).file)
    first, second, third = (loud(values, begin + 0.1, begin + 2.9) for begin in (0, 3, 6))
    assert gaps[1] == pytest.approx(-6, abs=0.1)
    assert second == pytest.approx(first, abs=0.5)
    assert gaps[2] < -32
    assert third - first < gaps[2] + 1


@pytest.mark.slow
def test_there_is_no_click_at_the_cuts_of_the_finished_sound(tmp_path, folder):
    """A tone of 360 Hz at this level moves by less than 0.02 a sample; a cut without crossfade would step by 0.4."""
    shapes = [f"aevalsrc='0.5*sin(2*PI*360*t+{phase})':s=48000" for phase in (1.5, 0.2, 4.0)]
    pieces = [tone(tmp_path, shape, 24) for shape in shapes]
    values = floats(
        made(pieces, folder, joins=[FrameTransition(), FrameTransition(), FrameTransition("dissolve", 6)]).file
    )
    assert max(map(abs, values)) > 0.15
    assert max(abs(one - other) for one, other in itertools.pairwise(values)) < 0.03


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["keep", "ambience"])
def test_clips_without_sound_are_filled_on_request(tmp_path, folder, kind):
    pieces = [tone(tmp_path, SPEECH), tone(tmp_path, SILENT, 48, "first"), tone(tmp_path, SILENT, 48, "second")]
    joins = [FrameTransition(), FrameTransition(), FrameTransition("dissolve", 12)]
    values = floats(made(pieces, folder, Mix(ambience=kind == "ambience"), joins).file)
    silence = [loud(values, at, at + 0.2) for at in (3.2, 4.0, 4.5, 5.5)]
    if kind == "keep":
        assert max(silence) < -90
    else:
        assert all(-62 < level < -44 for level in silence)
        assert max(silence) - min(silence) < 6


@pytest.mark.slow
def test_a_film_of_nothing_but_ambience_is_not_made_loud(tmp_path, folder):
    found = made([tone(tmp_path, SILENT)], folder, Mix(ambience=True))
    assert meter(found.file).lufs == pytest.approx(-50, abs=1)
    assert found.master.missing == 0


def spied(monkeypatch) -> list[str]:
    """Paths that ffmpeg writes to, from now on."""
    wrote: list[str] = []
    real = run_ffmpeg

    async def run(work, **how):
        import ffmpeg

        wrote.extend(Path(word).suffix for word in ffmpeg.get_args(work) if word.startswith("file:"))
        return await real(work, **how)

    for module in ("levelling", "loudness", "mastering", "mix", "music", "ambience"):
        monkeypatch.setattr(f"storyforge.film.sound.{module}.run_ffmpeg", run)
    return wrote


@pytest.mark.slow
def test_what_is_unchanged_is_not_encoded_again(tmp_path, folder, theme, monkeypatch):
    pieces = [tone(tmp_path, SPEECH), tone(tmp_path, QUIET)]
    first = made(pieces, folder, Mix(Bed(theme)))
    wrote = spied(monkeypatch)
    assert made(pieces, folder, Mix(Bed(theme))) == first
    assert wrote == []


@pytest.mark.slow
def test_only_the_clip_that_changed_is_levelled_again(tmp_path, folder):
    pieces = [tone(tmp_path, one) for one in (SPEECH, QUIET, LOUD)]
    made(pieces, folder)
    before = {path.name for path in folder.iterdir()}
    made([pieces[0], tone(tmp_path, f"{LOUD},volume=-2dB"), pieces[2]], folder)
    fresh = {path.name for path in folder.iterdir()} - before
    assert sorted(Path(name).suffix for name in fresh) == [".f32", ".json", ".json", ".m4a"]


@pytest.mark.slow
def test_all_that_is_kept_can_be_named_beforehand(tmp_path, folder, theme):
    pieces = [tone(tmp_path, one) for one in (SPEECH, SILENT)]
    mix = Mix(Bed(theme), ambience=True)
    asyncio.run(make_stems(placed(pieces), mix, folder))
    kept = {path.name.partition(".")[0] for path in folder.iterdir()}
    assert kept <= set(sound_names(placed(pieces), mix))


@pytest.mark.slow
@pytest.mark.parametrize(
    "other",
    [
        lambda mix, theme: Mix(mix.bed, -20.0, mix.ambience),
        lambda mix, theme: Mix(mix.bed, mix.loudness, not mix.ambience),
        lambda mix, theme: Mix(Bed(theme, -12.0), mix.loudness, mix.ambience),
        lambda mix, theme: Mix(Bed(theme, -18.0, False), mix.loudness, mix.ambience),
        lambda mix, theme: Mix(None, mix.loudness, mix.ambience),
    ],
    ids=["loudness", "ambience", "gain", "duck", "no music"],
)
def test_another_mix_is_another_sound(tmp_path, folder, theme, other):
    pieces = [tone(tmp_path, one, 48) for one in (SPEECH, SILENT)]
    mix = Mix(Bed(theme))
    contents = {made(pieces, folder, one).file.read_bytes() for one in (mix, other(mix, theme))}
    assert len(contents) == 2


@pytest.mark.slow
def test_music_with_other_content_is_another_sound(tmp_path, folder, theme):
    pieces = [tone(tmp_path, SPEECH, 48)]
    first = made(pieces, folder, Mix(Bed(theme))).file
    theme.write_bytes(pieces[0].sound.read_bytes())
    assert made(pieces, folder, Mix(Bed(theme))).file != first


@pytest.mark.slow
def test_broken_music_leaves_nothing(tmp_path, folder):
    (tmp_path / "music.wav").write_text("no music at all")
    with pytest.raises(MediaError, match="is not sound of a known form"):
        made([tone(tmp_path, SPEECH)], folder, Mix(Bed(tmp_path / "music.wav")))
    with pytest.raises(MediaError, match=r"`none.wav` cannot be read"):
        made([tone(tmp_path, SPEECH)], folder, Mix(Bed(tmp_path / "none.wav")))
    assert list(folder.iterdir()) == []


@pytest.mark.slow
def test_stems_are_as_long_as_the_film_and_together_are_its_sound(tmp_path, folder, theme):
    chord = "aevalsrc='0.2*sin(2*PI*330*t)+0.1*sin(2*PI*550*t)':s=48000"
    pieces = [tone(tmp_path, chord, 53), tone(tmp_path, SILENT, 49), tone(tmp_path, f"{chord},volume=-9dB", 71)]
    joins = [FrameTransition(), FrameTransition(), FrameTransition("dissolve", 7)]
    mix = Mix(Bed(theme), -26, ambience=True)
    stems = asyncio.run(make_stems(placed(pieces, joins), mix, folder))
    assert list(stems) == ["clips", "music", "ambience"]
    samples = count_frames(placed(pieces, joins)) * 2000
    heard = {name: floats(path) for name, path in stems.items()}
    assert {name: len(values) for name, values in heard.items()} == dict.fromkeys(stems, samples)
    film = floats(made(pieces, folder, mix, joins).file)[:samples]
    summed = [sum(values) for values in zip(*heard.values(), strict=True)]
    missed = [one - other for one, other in zip(film, summed, strict=True)]
    assert loud(missed, 0, samples / 48000) < loud(film, 0, samples / 48000) - 25
    noise = floats(asyncio.run(make_ambience(pieces[1], folder)))
    assert loud(heard["ambience"], 0.2, 2) < -100
    assert loud(heard["ambience"], 2.5, 3.5) == pytest.approx(loud(noise, 0.3, 1.3) - 10, abs=0.5)


@pytest.mark.slow
@pytest.mark.parametrize("decibels", [0, -30])
def test_music_lies_as_far_below_quiet_clips_as_below_loud_ones(tmp_path, folder, theme, decibels):
    hum = f"aevalsrc='0.3*sin(2*PI*300*t)':s=48000,volume={decibels}dB"
    stems = asyncio.run(make_stems(placed([tone(tmp_path, hum, 96)]), Mix(Bed(theme, -18, False)), folder))
    clips, music = (loud(floats(stems[name]), 0.5, 1.5) for name in ("clips", "music"))
    assert clips - music == pytest.approx(13.3, abs=0.5)  # the music is louder than the clips before its gain


@pytest.mark.slow
def test_stems_are_made_once_and_only_those_that_there_are(tmp_path, folder, monkeypatch):
    pieces = [tone(tmp_path, SPEECH, 24)]
    first = asyncio.run(make_stems(placed(pieces), Mix(ambience=True), folder))
    assert list(first) == ["clips"]
    wrote = spied(monkeypatch)
    assert asyncio.run(make_stems(placed(pieces), Mix(ambience=True), folder)) == first
    assert wrote == []


@pytest.mark.slow
def test_progress_rises_to_one(tmp_path, folder):
    told: list[float] = []
    asyncio.run(make_sound(placed([tone(tmp_path, SPEECH)] * 2), Mix(), folder, told.append))
    assert told == sorted(told)
    assert told[-1] == 1
