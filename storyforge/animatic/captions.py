"""Draw what is read on a frame: framing and camera, sound and music, what happens, and who says what."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from PIL import Image, ImageDraw, ImageFilter

from storyforge.animatic.planes import Overlay, even, to_overlay
from storyforge.animatic.text import Style, clean, draw_text, line_height, measure, wrap
from storyforge.model.manners import MARKS

ACCENT = (255, 196, 92)
"""Of the one who speaks, of names, and of the running line."""

_WHITE, _PALE, _GREY = (255, 255, 255), (228, 226, 221), (188, 186, 182)
_DARKNESS = 176
"""Of the backing behind letters, of 255."""

Colour = tuple[int, int, int]
Icon = Callable[[ImageDraw.ImageDraw, float, float, float, Colour], None]

_QUOTES: Mapping[str, tuple[str, str]] = {"ja": ("「", "」"), "fr": ("« ", " »"), "de": ("„", "“"), "es": ("«", "»")}


@dataclass(frozen=True, slots=True)
class Piece:
    """Words in one style, perhaps after an icon, and the space before them in pixels."""

    text: str
    style: Style
    colour: Colour
    icon: Icon | None = None
    space: float = 0.0

    @property
    def indent(self) -> float:
        """Pixels from the end of the piece before to its own text."""
        return self.space + (_icon_width(self.style) if self.icon else 0.0)

    @property
    def width(self) -> float:
        """Pixels that it takes in a row, with its indent."""
        return self.indent + measure(self.text, self.style)


Row = Sequence[Piece]


def _icon_width(style: Style) -> float:
    return style.pixels * 1.4


def _width(row: Row) -> float:
    return sum(piece.width for piece in row)


def _height(row: Row) -> int:
    return max(line_height(piece.style) for piece in row)


def choose_quotes(language: str) -> tuple[str, str]:
    """The quotation marks that are put around a line in a BCP 47 language."""
    return _QUOTES.get(language.lower().split("-")[0], ("“", "”"))


def name_speaker(line: Mapping[str, Any]) -> str:
    """Who speaks a line of a panel, in capitals, with the mark of a voice that is not seen."""
    mark = f" ({MARKS[line.get('kind', 'over')]})" if line["unseen"] else ""
    return f"{clean(line['name']).upper()}{mark}:"


class Captioner:
    """Draws the captions of one size of frame, in proportion to its short side."""

    def __init__(self, frame: tuple[int, int], language: str) -> None:
        self.frame = frame
        self.unit = min(frame) / 720
        self.margin = even(24 * self.unit)
        self.language = language

    def _style(self, pixels: float, bold: bool = False) -> Style:
        return Style(max(5, round(pixels * self.unit)), bold)

    @cached_property
    def _bleed(self) -> int:
        """How far the soft edge of a backing reaches."""
        return max(2, even(10 * self.unit))

    def draw_head(self, panel: Mapping[str, Any]) -> Overlay | None:
        """At the top left: framing and camera, the mark of a shot that goes on, sound and music."""
        bold, plain = self._style(24, bold=True), self._style(24)
        # The top-right corner belongs to the film, which writes the shot's name there.
        width = self.frame[0] * 0.76 - 3 * self.margin
        said = " · ".join(part for part in (_sentence(panel["framing"]), clean(panel["camera"] or "")) if part)
        pieces = [Piece("continued", bold, ACCENT, _draw_arrow)] if panel["goes_on"] else []
        pieces += [Piece(line, bold, _PALE) for line in _wrapped(said, bold, width, 2)]
        for words, icon in ((panel["sound"], _draw_waves), (panel["music"], _draw_note)):
            room = width - _icon_width(plain)
            pieces += [Piece(line, plain, _PALE, icon) for line in _wrapped(words, plain, room, 1)]
        rows = _flow(pieces, width, plain.pixels * 1.1)
        if not rows:
            return None
        picture = self._box(rows, centred=False)
        corner = max(0, self.margin - self._bleed)
        return to_overlay(picture, corner, corner)

    def draw_foot(self, panel: Mapping[str, Any], line: Mapping[str, Any] | None) -> Overlay | None:
        """In the middle at the foot: who says what, and what happens."""
        width = min(self.frame[0] - 4.6 * self.margin, 1150 * self.unit)
        spoken = self._spoken(line, width) if line else []
        style = self._style(29)
        most = 4 if self.frame[0] > 1.2 * self.frame[1] else 6
        room = max(1, min(3, most - len(spoken)))
        colour = _GREY if spoken else _WHITE
        rows = [*spoken, *([Piece(text, style, colour)] for text in _wrapped(panel["action"], style, width, room))]
        if not rows:
            return None
        picture = self._box(rows, centred=True)
        left = even((self.frame[0] - picture.width) / 2)
        return to_overlay(picture, left, self.frame[1] - picture.height - self.margin + self._bleed)

    def _spoken(self, line: Mapping[str, Any], width: float) -> list[Row]:
        """A row with the name and the manner, and at most three with the words."""
        bold, plain, large = self._style(26, bold=True), self._style(26), self._style(33)
        name = name_speaker(line)
        manner = f" ({clean(line['how'])})" if line["how"] else ""
        head = [Piece(text, bold, ACCENT) for text in _wrapped(name, bold, width, 1)]
        if manner and _width(head) + measure(manner, plain) <= width:
            head.append(Piece(manner, plain, _GREY))
        text = clean(line["text"])
        # A line that an author has put into quotes gets no second pair.
        opening, closing = choose_quotes(line.get("language") or self.language)
        quoted = text if text[:1] in '“„«「『"' else opening + text + closing
        return [head, *([Piece(row, large, _WHITE)] for row in _wrapped(quoted, large, width, 3))]

    def _box(self, rows: Sequence[Row], centred: bool) -> Image.Image:
        """Rows of text on a soft dark backing, RGBA, of even size."""
        pad = 13 * self.unit
        inner = (max(map(_width, rows)) + 2.4 * pad, sum(map(_height, rows)) + 1.5 * pad)
        size = (even(inner[0] + 2 * self._bleed + 1), even(inner[1] + 2 * self._bleed + 1))
        mask = Image.new("L", size)
        edge = self._bleed * 0.6
        area = (edge, edge, size[0] - edge - 1, size[1] - edge - 1)
        ImageDraw.Draw(mask).rounded_rectangle(area, 12 * self.unit, _DARKNESS)
        picture = Image.new("RGBA", size, (9, 10, 13, 0))
        picture.putalpha(mask.filter(ImageFilter.GaussianBlur(self._bleed * 0.3)))
        # Letters on a layer of their own: drawn straight onto the backing, their soft edges would cut holes in it.
        letters = Image.new("RGBA", size, (255, 255, 255, 0))
        draw = ImageDraw.Draw(letters)
        top = (size[1] - sum(map(_height, rows))) / 2
        for row in rows:
            left = (size[0] - _width(row)) / 2 if centred else self._bleed + 1.2 * pad
            _draw_row(draw, row, left, top + _height(row) * 0.74)
            top += _height(row)
        return Image.alpha_composite(picture, letters)


def _draw_row(draw: ImageDraw.ImageDraw, row: Row, left: float, baseline: float) -> None:
    for piece in row:
        if piece.icon:
            piece.icon(draw, left + piece.space, baseline, piece.style.pixels, piece.colour)
        draw_text(draw, left + piece.indent, baseline, piece.text, piece.style, piece.colour)
        left += piece.width


def _flow(pieces: Sequence[Piece], width: float, space: float) -> list[Row]:
    """Pieces side by side while they fit."""
    rows: list[list[Piece]] = []
    for piece in pieces:
        if rows and _width(rows[-1]) + space + piece.width <= width:
            rows[-1].append(replace(piece, space=space))
        else:
            rows.append([piece])
    return list(rows)


def _wrapped(text: str | None, style: Style, width: float, lines: int) -> list[str]:
    return wrap(text, style, width, lines) if text and clean(text) else []


def _sentence(text: str | None) -> str:
    said = clean(text or "")
    return said[:1].upper() + said[1:]


def _draw_arrow(draw: ImageDraw.ImageDraw, left: float, baseline: float, size: float, colour: Colour) -> None:
    """Down and to the right: what follows belongs to what was before."""
    width = max(1, round(size / 9))
    low, tip = baseline - size * 0.3, left + size * 0.95
    draw.line([(left + size * 0.15, baseline - size * 0.8), (left + size * 0.15, low), (tip, low)], colour, width)
    head = [(tip, low), (tip - size * 0.3, low - size * 0.24), (tip - size * 0.3, low + size * 0.24)]
    draw.polygon(head, colour)


def _draw_waves(draw: ImageDraw.ImageDraw, left: float, baseline: float, size: float, colour: Colour) -> None:
    """A loudspeaker with two waves."""
    middle, width = baseline - size * 0.36, max(1, round(size / 11))
    near, far = left + size * 0.22, left + size * 0.5
    cone = [(near, middle - size * 0.14), (far, middle - size * 0.36), (far, middle + size * 0.36)]
    draw.polygon([*cone, (near, middle + size * 0.14)], colour)
    draw.rectangle((left, middle - size * 0.14, near, middle + size * 0.14), colour)
    for radius in (0.28, 0.5):
        reach = size * radius
        arc = (far - reach + size * 0.1, middle - reach, far + reach + size * 0.1, middle + reach)
        draw.arc(arc, -48, 48, colour, width)


def _draw_note(draw: ImageDraw.ImageDraw, left: float, baseline: float, size: float, colour: Colour) -> None:
    """Two quavers under one beam."""
    width = max(1, round(size / 11))
    top, foot = baseline - size * 0.78, baseline - size * 0.06
    for stem in (0.38, 0.88):
        right = left + size * stem
        draw.ellipse((right - size * 0.3, foot - size * 0.14, right, foot + size * 0.1), colour)
        draw.line([(right - width / 2, foot), (right - width / 2, top)], colour, width)
    draw.line([(left + size * 0.38 - width, top), (left + size * 0.88, top)], colour, round(width * 2.2))
