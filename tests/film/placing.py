"""Pieces put in their places for tests that name the joins by hand."""

from __future__ import annotations

from collections.abc import Sequence

from storyforge.compiler.transitions import FrameTransition, measure_margins
from storyforge.film.conform import Piece, PlacedPiece


def placed(pieces: Sequence[Piece], joins: Sequence[FrameTransition] | None = None) -> list[PlacedPiece]:
    """The pieces one after another; cuts if no joins are given."""
    joins = joins or [FrameTransition()] * len(pieces)
    return [PlacedPiece(*each) for each in zip(pieces, joins, measure_margins(joins), strict=True)]
