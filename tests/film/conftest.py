"""Pieces made of test cards, conformed once for all tests of the film."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from film.cards import card
from storyforge.compiler.transitions import FrameTransition, measure_margins
from storyforge.film.conform import Delivery, Piece, conform_take

Make = Callable[..., list[Piece]]


@pytest.fixture(scope="session")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bench")


@pytest.fixture(scope="session")
def make_pieces(bench: Path) -> Make:
    """Conform one card for each join, take 1, 2, …; `frames` of all pieces or of each."""

    def make(joins: list[FrameTransition], frames: int | list[int] = 48, fps: int = 24) -> list[Piece]:
        counts = [frames] * len(joins) if isinstance(frames, int) else frames
        pieces = []
        for take, (count, (head, tail)) in enumerate(zip(counts, measure_margins(joins), strict=True), 1):
            film = bench / f"take-{take}-{count}-{fps}.mp4"
            if not film.exists():
                card(film, take, count, fps, sound=f"0.2*sin({300 + take * 10}*2*PI*t)")
            sha256 = hashlib.sha256(film.read_bytes()).hexdigest()
            delivery = Delivery(count, (320, 180), fps, head, tail)
            pieces.append(asyncio.run(conform_take(film, sha256, delivery, bench / "pieces")))
        return pieces

    return make
