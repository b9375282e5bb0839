"""Set text in the fonts that the package brings: fallback letter by letter, lines broken as the script allows."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files
from itertools import groupby
from typing import NamedTuple

from PIL import ImageDraw, ImageFont

from storyforge.language.line_breaks import atoms

FACES = {False: "NotoSans-Regular.ttf", True: "NotoSans-Bold.ttf"}
FALLBACK = "DroidSansFallbackFull.ttf"
"""Ideographs, kana and full-width forms, for letters that the face has not."""

LONGEST = 600
"""Letters of a text that are looked at; more never fit on a frame."""

_NO_LETTER = "\U0010fffe"
_INVISIBLE = frozenset("\u200b\u200c\u200d\u2060\ufe0e\ufe0f\ufeff")


class Style(NamedTuple):
    """Size and weight of letters; the font follows from the weight and from which letters it has."""

    pixels: int
    bold: bool = False


@lru_cache(maxsize=256)
def _font(name: str, pixels: int) -> ImageFont.FreeTypeFont:
    path = files("storyforge") / "fonts" / name
    # The basic layout engine: the same picture whether or not a machine has a text shaper.
    return ImageFont.truetype(str(path), pixels, layout_engine=ImageFont.Layout.BASIC)


@lru_cache(maxsize=16384)
def _has(name: str, letter: str) -> bool:
    if letter.isspace():
        return True
    font = _font(name, 20)
    drawn, missing = font.getmask(letter), font.getmask(_NO_LETTER)
    return (drawn.size, bytes(drawn)) != (missing.size, bytes(missing))


def _face(letter: str, style: Style) -> str:
    face = FACES[style.bold]
    return FALLBACK if not _has(face, letter) and _has(FALLBACK, letter) else face


def _runs(text: str, style: Style) -> Iterator[tuple[ImageFont.FreeTypeFont, str]]:
    for name, letters in groupby(text, key=lambda letter: _face(letter, style)):
        yield _font(name, style.pixels), "".join(letters)


def clean(text: str) -> str:
    """One line of composed letters; pictographs that no font has are left out rather than shown as boxes."""
    letters = unicodedata.normalize("NFC", " ".join(text[: LONGEST * 4].split()))[:LONGEST]
    return " ".join("".join(letter for letter in letters if not _is_left_out(letter)).split())


def _is_left_out(letter: str) -> bool:
    if letter in _INVISIBLE or unicodedata.category(letter) in ("Cc", "Cs", "Cn"):
        return True
    return unicodedata.category(letter) in ("So", "Sk") and not is_drawable(letter)


def is_drawable(letter: str) -> bool:
    """Whether a font of StoryForge has a glyph for a letter; true for white space."""
    return _has(FACES[False], letter) or _has(FALLBACK, letter)


@lru_cache(maxsize=8192)
def measure(text: str, style: Style) -> float:
    """Width in pixels."""
    return sum(font.getlength(run) for font, run in _runs(text, style))


def draw_text(
    draw: ImageDraw.ImageDraw, left: float, baseline: float, text: str, style: Style, fill: tuple[int, ...]
) -> float:
    """Draw on a baseline; returns where the next letter would stand."""
    for font, run in _runs(text, style):
        draw.text((left, baseline), run, font=font, fill=fill, anchor="ls")
        left += font.getlength(run)
    return left


def line_height(style: Style) -> int:
    """Pixels from one baseline to the next."""
    return round(style.pixels * 1.36)


def wrap(text: str, style: Style, width: float, lines: int) -> list[str]:
    """At most so many lines of about the same length; what does not fit ends in an ellipsis."""
    text = clean(text)
    broken = _fill(text, style, width)
    if len(broken) > lines:
        return [*broken[: lines - 1], _shortened(" ".join(broken[lines - 1 : lines + 1]), style, width)]
    # The narrowest setting with as few lines: no single word is left on a line of its own.
    for share in (0.9, 0.8, 0.7, 0.6, 0.5):
        narrower = _fill(text, style, width * share)
        if len(narrower) > len(broken):
            break
        broken = narrower
    return broken


def _fill(text: str, style: Style, width: float) -> list[str]:
    lines, line = [], ""
    for atom in atoms(text):
        for piece in _pieces(atom, style, width):
            if line and measure((line + piece).rstrip(), style) > width:
                lines.append(line.rstrip())
                line = ""
            line += piece
    return [*lines, line.rstrip()] if line.strip() else lines


def _shortened(text: str, style: Style, width: float) -> str:
    while text and measure(text.rstrip() + "…", style) > width:
        text = text[:-1]
    return text.rstrip() + "…"


def _pieces(atom: str, style: Style, width: float) -> Iterator[str]:
    """The atom itself, or parts of it where even alone it is too wide."""
    piece = ""
    for letter in atom:
        too_wide = piece and measure((piece + letter).rstrip(), style) > width
        if too_wide and not unicodedata.category(letter).startswith("M"):
            yield piece
            piece = ""
        piece += letter
    if piece:
        yield piece


def undrawable(text: str) -> list[str]:
    """Scripts of which a text has letters that no font has: `THAI`, `ARABIC`."""
    missing = {letter for letter in text if letter.isalpha() and not is_drawable(letter)}
    return sorted({unicodedata.name(letter, "UNKNOWN").split()[0].split("-")[0] for letter in missing})
