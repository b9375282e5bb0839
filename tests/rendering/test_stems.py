"""The parts of a film's sound, next to the film: each as long as it, and gone when the film has them no more."""

from __future__ import annotations

import asyncio

import pytest
from projects import HEAD, edited, project, storyforge

from storyforge.system import decode
from storyforge.system.ffmpeg import run_ffmpeg

SHOTS = """\
  - id: wait
    scene: pier
    action: "@ana looks over the water."
    seconds: 3
  - id: call
    scene: pier
    action: "@bo holds out his boat."
    dialogue:
      - bo: Take it.
    seconds: 3
    clip: new
    transition: dissolve 0.5
"""
TOP = "format: {silence: ambience, loudness: -20}\nmusic: {file: theme.wav}\n"


@pytest.fixture
def film(tmp_path):
    path = project(tmp_path, SHOTS, HEAD.replace("cast:", f"{TOP}cast:", 1))
    theme = ["-f", "lavfi", "-i", "aevalsrc='0.3*sin(2*PI*440*t)':s=44100", "-t", "1", str(tmp_path / "theme.wav")]
    asyncio.run(run_ffmpeg(theme))
    return path


@pytest.mark.slow
def test_stems_stand_beside_the_film_and_are_as_long_as_it(film):
    done = storyforge("render", film, "--draft", "--stems", cwd=film.parent)
    assert done.returncode == 0, done.stderr
    folder = film.parent / "ferry.stems"
    lengths = {}
    for path in folder.iterdir():
        with decode.open_media(path, "sound") as sound:
            stream = sound.streams.audio[0]
            lengths[path.name] = sum(frame.samples for frame in sound.decode(audio=0))
            assert (stream.rate, stream.channels, stream.codec_context.name) == (48000, 2, "pcm_f32le")
    assert lengths.keys() >= {"clips.wav", "music.wav"}
    assert set(lengths.values()) == {(6 * 24 - 12) * 2000}
    assert [line for line in done.stderr.splitlines() if line.startswith("stem: ")] == [
        f"stem: {folder / name}.wav" for name in ("clips", "music", "ambience") if f"{name}.wav" in lengths
    ]

    before = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    done = storyforge("render", film, "--draft", "--stems", cwd=film.parent)
    assert "unchanged" in done.stderr
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == before

    edited(film, "music: {file: theme.wav}\n", "")
    assert storyforge("render", film, "--draft", "--stems", cwd=film.parent).returncode == 0
    assert {path.name for path in folder.iterdir()} == lengths.keys() - {"music.wav"}
