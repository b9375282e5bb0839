"""A shot's id as it is burnt into the pictures of an animatic: small, in the upper right corner."""

from __future__ import annotations

from PIL import Image, ImageDraw

from storyforge.animatic.text import Style, clean, draw_text, measure


def draw_label(text: str, size: tuple[int, int]) -> Image.Image:
    """A transparent picture of the film's size with the id on a dark plate; an id too long for it is set smaller."""
    width, _ = size
    short = min(size)
    text = clean(text)
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
