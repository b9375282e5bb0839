"""The air of a room: always the same for a piece, another for each, and far below the film."""

from __future__ import annotations

import asyncio

import pytest

from film.tones import SILENT, floats, tone
from storyforge.film.sound.ambience import BELOW, make_ambience
from storyforge.film.sound.levelling import REFERENCE
from storyforge.film.sound.loudness import mean_loudness, measure_stream
from storyforge.film.sound.mastering import raw_stream


def test_it_is_as_long_as_its_piece_and_34_lu_below_the_mix(tmp_path):
    path = asyncio.run(make_ambience(tone(tmp_path, SILENT, 97, "one"), tmp_path))
    assert path.stat().st_size == 97 * 2000 * 8
    found = asyncio.run(measure_stream(raw_stream(path)))
    assert found.lufs == pytest.approx(REFERENCE - BELOW, abs=0.5)
    steady = found.moments[4:-1]
    assert max(steady) - min(steady) < 3
    assert mean_loudness(steady) == pytest.approx(found.lufs, abs=0.5)


def test_it_is_the_same_bytes_each_time_and_other_noise_for_another_piece(tmp_path):
    (tmp_path / "again").mkdir()
    one, other = (tone(tmp_path, SILENT, 24, name) for name in ("one", "other"))
    first = asyncio.run(make_ambience(one, tmp_path))
    again = asyncio.run(make_ambience(one, tmp_path / "again"))
    assert first.read_bytes() == again.read_bytes()
    left, others = floats(first), floats(asyncio.run(make_ambience(other, tmp_path)))
    alike = sum(a * b for a, b in zip(left, others, strict=True))
    assert abs(alike) < 0.3 * sum(a * a for a in left)
