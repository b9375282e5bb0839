"""Read the framing words of a shot, and place its people's portraits on the frame."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from storyforge.animatic.camera import Move, extremes

Framing = Literal["wide", "full", "medium", "close", "detail", "shoulder", "pov", "high", "low"]

PORTRAIT = 0.76
"""Width of a card for its height."""
CLOSE = 0.92
"""Width of the card that a close shot is of, for its height."""
GAP = 0.05
"""Between cards, for the height of a card."""

_WORDS: tuple[tuple[re.Pattern[str], Framing], ...] = (
    (re.compile(r"insert|\bdetail|macro|extreme close|\becu\b|\bxcu\b|大特写"), "detail"),
    (re.compile(r"over[- ]the[- ]shoulder|over [^,;]*shoulder|\bots\b|过肩"), "shoulder"),
    (re.compile(r"point[- ]of[- ]view|\bpov\b|subjective|主观"), "pov"),
    (re.compile(r"medium (?:close|wide|long|full)|\bmcu\b|\bmws\b|two-shot|cowboy|近景|中景"), "medium"),
    (re.compile(r"close|\bcu\b|headshot|gros plan|primer plano|primo piano|nahaufnahme|特写|クローズ"), "close"),
    (re.compile(r"bird|overhead|top[- ]down|high[- ]angle|from above|俯"), "high"),
    (re.compile(r"worm|low[- ]angle|from below|仰"), "low"),
    (
        re.compile(r"wide|establish|panoram|aerial|extreme long|\be?ws\b|plan large|plano general|totale|远景|ロング"),
        "wide",
    ),
    (re.compile(r"\bfull\b|\blong shot|group|master|全景"), "full"),
)
"""The first that is found wins; the words of other languages are those of their film crews."""

_SHARES: dict[Framing, tuple[float, float]] = {
    "wide": (0.46, 1.0),
    "full": (0.68, 1.0),
    "medium": (1.0, 0.8),
    "close": (1.0, 0.5),
    "detail": (1.0, 0.5),
    "shoulder": (1.0, 0.5),
    "pov": (0.8, 0.5),
    "high": (0.55, 0.9),
    "low": (0.95, 0.0),
}
"""Height of a card at most, and where the rows stand from top (0) to bottom (1), for the height of the zone."""


class Rect(NamedTuple):
    """In frame pixels."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Its right edge, in the units of its other sides."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """Its lower edge; y grows downwards."""
        return self.y + self.height


def read_framing(words: str | None) -> Framing:
    """The framing that an author's words name; `medium` for None and for words that name none."""
    said = (words or "").lower()
    return next((framing for pattern, framing in _WORDS if pattern.search(said)), "medium")


def steady_zone(zone: Rect, frame: tuple[int, int], move: Move) -> Rect:
    """The part of the still that stays inside a zone of the frame during the whole movement."""
    spans = []
    for axis, (start, length) in enumerate(((zone.x, zone.width), (zone.y, zone.height))):
        side = frame[axis]
        views = extremes(move)
        low = max(side * (0.5 + view[axis] + (start / side - 0.5) / view.zoom) for view in views)
        high = min(side * (0.5 + view[axis] + ((start + length) / side - 0.5) / view.zoom) for view in views)
        spans.append((low, max(high - low, side * 0.1)))
    return Rect(spans[0][0], spans[1][0], spans[0][1], spans[1][1])


def lay_out(count: int, zone: Rect, framing: Framing) -> list[Rect]:
    """The place of each card, in order of mention, without overlaps and inside the zone."""
    if not count:
        return []
    share, rise = _SHARES[framing]
    if framing in ("close", "detail") or (framing == "shoulder" and count > 1):
        return _one_and_others(count, zone, 0.8 if framing == "shoulder" else 0.62)
    return list(_grid(count, zone, share, rise))


def _one_and_others(count: int, zone: Rect, share: float) -> list[Rect]:
    """The first large; the others next to it, or below where the zone is tall."""
    gap = min(zone.width, zone.height) * GAP
    if zone.width > zone.height:
        height = min(zone.height, zone.width * 0.5 / CLOSE)
        main = Rect(zone.x, zone.y + (zone.height - height) / 2, height * CLOSE, height)
        rest = Rect(main.right + gap, main.y, zone.right - main.right - gap, height)
        cards = [main, *_grid(count - 1, rest, share, 1.0, lean=0.0)]
    else:
        height = min(zone.height * (0.64 if count > 1 else 1.0), zone.width / PORTRAIT)
        main = Rect(zone.x + (zone.width - height * PORTRAIT) / 2, zone.y, height * PORTRAIT, height)
        rest = Rect(zone.x, main.bottom + gap, zone.width, zone.bottom - main.bottom - gap)
        cards = [main, *_grid(count - 1, rest, 1.0, 0.0)]
    # The group in the middle of the zone, however much of it the others fill.
    left = (zone.x + zone.right - min(card.x for card in cards) - max(card.right for card in cards)) / 2
    down = (zone.y + zone.bottom - min(card.y for card in cards) - max(card.bottom for card in cards)) / 2
    return [card._replace(x=card.x + left, y=card.y + down) for card in cards]


def _grid(count: int, zone: Rect, share: float, rise: float, lean: float = 0.5) -> Iterator[Rect]:
    """Rows of equal cards, as large as they can be; `lean` puts the rows from left (0) to right (1)."""
    # Of equal heights, the fewest rows.
    rows = max(range(1, max(count, 1) + 1), key=lambda rows: (_card_height(count, rows, zone, share), -rows))
    height = _card_height(count, rows, zone, share)
    width, gap = height * PORTRAIT, height * GAP
    # Room to breathe between a few, where there is some.
    aside = max(gap, min(2 * gap, (zone.width - math.ceil(count / rows) * width) / (count + 1)))
    top = zone.y + (zone.height - rows * height - (rows - 1) * gap) * rise
    for row in range(rows):
        in_row = count // rows + (row < count % rows)
        left = zone.x + (zone.width - in_row * width - (in_row - 1) * aside) * lean
        for column in range(in_row):
            yield Rect(left + column * (width + aside), top + row * (height + gap), width, height)


def _card_height(count: int, rows: int, zone: Rect, share: float) -> float:
    columns = math.ceil(count / rows)
    by_height = zone.height / (rows + GAP * (rows - 1))
    by_width = zone.width / (columns * PORTRAIT + GAP * (columns - 1))
    # In a tall frame a share of the height would still be large for the width.
    return min(by_height, by_width, share * min(zone.height, 1.3 * zone.width))
