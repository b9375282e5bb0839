"""What is drawn over the pictures of a film: a shot's id, small in the upper right corner; a subtitle at the foot."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFilter

from storyforge.animatic.text import Style, clean, draw_text, line_height, measure


def draw_label(text: str, size: tuple[int, int]) -> Image.Image:
    """A transparent picture of the film's size with the id on a dark plate; an id too long for it is set smaller."""
    width, _ = size
    short = min(size)
    text = clean(text)
    # No more than the captions of an animatic leave free in this corner.
    room = 0.21 * width
    style = next(
        (
            one
            for one in (Style(round(short * share), bold=True) for share in (0.036, 0.03, 0.025))
            if measure(text, one) <= room
        ),
        Style(round(short * 0.02), bold=True),
    )
    pad, edge = style.pixels * 0.5, round(short * 0.03)
    picture = Image.new("RGBA", size)
    draw = ImageDraw.Draw(picture)
    left = width - edge - 2 * pad - measure(text, style)
    draw.rounded_rectangle(
        (left, edge, width - edge, edge + style.pixels * 1.7), style.pixels * 0.4, fill=(12, 12, 16, 168)
    )
    draw_text(draw, left + pad, edge + style.pixels * 1.22, text, style, (236, 232, 222, 255))
    return picture


def draw_subtitle(rows: Sequence[str], size: tuple[int, int]) -> Image.Image:
    """Rows of white letters edged in black at the foot of a transparent picture; smaller where a row is too long."""
    width, height = size
    texts = [clean(row) for row in rows]
    pixels = round(min(size) * 0.052)
    while pixels > 8 and max(measure(text, Style(pixels)) for text in texts) > 0.88 * width:
        pixels -= 1
    style = Style(pixels)
    foot = height - round(height * 0.06) - line_height(style) * len(texts)
    letters = Image.new("L", size)
    draw = ImageDraw.Draw(letters)
    for number, text in enumerate(texts, 1):
        left = (width - measure(text, style)) / 2
        draw_text(draw, left, foot + line_height(style) * number - pixels * 0.3, text, style, (255,))
    # A filter has a pixel in its middle, so its width is odd.
    edge = letters.filter(ImageFilter.MaxFilter(max(3, round(pixels / 14) * 2 + 1)))
    picture = Image.new("RGBA", size)
    picture.putalpha(edge)
    picture.paste((255, 255, 255, 255), mask=letters)
    return picture
