"""Fragments are joined by their bytes: all frames and samples are there, in time, and any player finds its way."""

from __future__ import annotations

import asyncio
from array import array

import av
import pytest

from storyforge.film.fragments import Fragments, join_fragments
from storyforge.model.errors import MediaError
from storyforge.system.ffmpeg import run_ffmpeg

FPS, RATE = 12, 24_000
SCALES = [(FPS * 512, 512), (RATE, RATE // FPS)]


def fragment(path, frames, shade, tone, size="64x48"):
    """A fragmented film of one shade whose samples are all alike."""
    seconds = frames / FPS
    inputs = [f"color=c=0x{shade:02x}{shade:02x}{shade:02x}:s={size}:r={FPS}", f"aevalsrc={tone / 32768}:s={RATE}"]
    made = [part for one in inputs for part in ("-f", "lavfi", "-t", str(seconds), "-i", one)]
    coded = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "flac", "-sample_fmt", "s16"]
    kind = ["-movflags", "empty_moov+default_base_moof+frag_keyframe", "-video_track_timescale", str(FPS * 512)]
    asyncio.run(run_ffmpeg([*made, *coded, *kind, "-fflags", "+bitexact", f"file:{path}"]))
    return Fragments(path, frames)


@pytest.fixture
def parts(tmp_path):
    return [
        fragment(tmp_path / f"{number}.mp4", *one)
        for number, one in enumerate([(5, 40, 100), (1, 120, 200), (7, 200, 300)])
    ]


def test_every_frame_and_sample_is_there_in_its_time(parts, tmp_path):
    join_fragments(parts, SCALES, tmp_path / "film.mp4")
    with av.open(str(tmp_path / "film.mp4")) as film:
        assert film.duration == pytest.approx(13 / FPS * 1e6, abs=1)
        frames = [(round(frame.time * FPS), bytes(frame.planes[0])[10]) for frame in film.decode(video=0)]
    assert [number for number, _ in frames] == list(range(13))
    assert [round(shade / 40) for _, shade in frames] == [1] * 5 + [3] + [5] * 7
    with av.open(str(tmp_path / "film.mp4")) as film:
        heard = b"".join(bytes(frame.planes[0])[: 2 * frame.samples] for frame in film.decode(audio=0))
    assert len(heard) == 2 * 13 * RATE // FPS
    assert list(array("h", heard)[:: RATE // FPS]) == [100] * 5 + [200] + [300] * 7


def test_a_player_may_begin_at_any_part(parts, tmp_path):
    join_fragments(parts, SCALES, tmp_path / "film.mp4")
    with av.open(str(tmp_path / "film.mp4")) as film:
        film.seek(int(6 / FPS * 1e6))
        assert round(next(film.decode(video=0)).time * FPS) == 6


def test_a_part_of_another_kind_is_refused_and_nothing_is_written(parts, tmp_path):
    other = fragment(tmp_path / "wide.mp4", 3, 10, 1, "96x48")
    with pytest.raises(MediaError, match="unlike the rest"):
        join_fragments([*parts, other], SCALES, tmp_path / "film.mp4")
    assert not (tmp_path / "film.mp4").exists()


@pytest.mark.parametrize("content", [b"", b"\0\0\0\x08moof", b"\0\0\0\0ftyp", b"\xff" * 40])
def test_a_broken_part_is_refused(parts, tmp_path, content):
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(content or parts[0].film.read_bytes()[:-7])
    with pytest.raises(MediaError):
        join_fragments([parts[0], Fragments(broken, 5)], SCALES, tmp_path / "film.mp4")
