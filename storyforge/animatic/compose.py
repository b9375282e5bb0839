"""Draw the still of a panel: the place, and in front of it the people as cut cards."""

from __future__ import annotations

import colorsys
import hashlib
import random
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from storyforge.animatic.captions import ACCENT
from storyforge.animatic.layout import Framing, Rect
from storyforge.animatic.pictures import cover
from storyforge.animatic.planes import DENSITY, Lens, Overlay, even, to_overlay
from storyforge.animatic.text import Style, clean, draw_text, line_height, measure, wrap

_SMOOTHLY = Image.Resampling.BICUBIC
_SMOOTH = 4
"""Round corners are drawn so many times as large and scaled down."""


@dataclass(frozen=True, slots=True)
class Card:
    """A person to be drawn: where, in frame pixels, and how."""

    rect: Rect
    name: str
    marks: Sequence[str]
    picture: Image.Image | None
    dimmed: bool = False
    """Seen from behind, in the foreground."""
    zoom: float = 1.0
    """How close the picture is cropped."""
    height_of_eye: float = 0.18
    """Where it is cropped, from its top (0) to its foot (1)."""


def tone(words: str, seed: int | None, saturation: float, value: float, turn: float = 0.0) -> tuple[int, int, int]:
    """A colour that belongs to a name."""
    # A hash of our own: Python's differs from process to process, and colours must not.
    digest = hashlib.sha256(f"{words}|{seed or 0}".encode()).digest()
    hue = (int.from_bytes(digest[:4], "big") / 2**32 + turn) % 1.0
    red, green, blue = (round(255 * part) for part in colorsys.hsv_to_rgb(hue, saturation, value))
    return red, green, blue


def draw_place(picture: Image.Image, size: tuple[int, int], framing: Framing, crowded: bool) -> Image.Image:
    """The scene's picture behind the panel; softened and darkened where people stand before it."""
    if framing == "detail":
        place = cover(picture, size, (0.5, 0.6), zoom=1.35)
    else:
        place = cover(picture, size, (0.5, {"high": 0.75, "low": 0.2}.get(framing, 0.5)), zoom=1.06)
    if crowded:
        blur = {"wide": 0.002, "full": 0.004, "close": 0.014, "detail": 0.014, "shoulder": 0.01}.get(framing, 0.007)
        place = place.reduce(2).filter(ImageFilter.GaussianBlur(min(size) * blur / 2)).resize(size, _SMOOTHLY)
        place = place.point([round(value * 0.66) for value in range(256)] * 3)
    return _vignette(place, 0.75 if framing == "pov" else 0.45)


def draw_toned_place(
    scene: Mapping[str, Any], seed: int | None, size: tuple[int, int], framing: Framing, crowded: bool
) -> Image.Image:
    """A stage for a place without a picture: a wall, a floor that recedes, a light; and its name where nobody is."""
    name = clean(scene["name"])
    wall = _gradient(size, tone(name, seed, 0.42, 0.5), tone(name, seed, 0.5, 0.24, 0.03))
    horizon = round(size[1] * {"high": 0.34, "low": 0.8, "wide": 0.56}.get(framing, 0.64))
    floor_size = (size[0], size[1] - horizon)
    floor = _gradient(floor_size, tone(name, seed, 0.4, 0.36, 0.06), tone(name, seed, 0.55, 0.12, 0.06))
    _receding_lines(floor, tone(name, seed, 0.25, 0.62, 0.06))
    wall.paste(floor, (0, horizon))
    lit = Image.new("RGB", size, tone(name, seed, 0.25, 0.95, -0.04))
    light = Image.radial_gradient("L").resize((size[0], round(size[1] * 1.1)))
    light = light.point([round(max(0, 150 - value) * 0.55) for value in range(256)])
    shift = (int(hashlib.sha256(name.encode()).hexdigest()[:4], 16) / 65535 - 0.5) * 0.5
    glow = Image.new("L", size)
    glow.paste(light, (round(size[0] * shift), -round(size[1] * 0.22)))
    wall = _grain(_vignette(Image.composite(lit, wall, glow), 0.6))
    if not crowded and name:
        _place_name(wall, name)
    return wall


def _gradient(size: tuple[int, int], top: tuple[int, int, int], bottom: tuple[int, int, int]) -> Image.Image:
    ramp = Image.linear_gradient("L").resize(size)
    return Image.composite(Image.new("RGB", size, bottom), Image.new("RGB", size, top), ramp)


def _receding_lines(floor: Image.Image, colour: tuple[int, int, int]) -> None:
    width, height = floor.size
    lines = Image.new("L", floor.size)
    draw = ImageDraw.Draw(lines)
    thick = max(1, round(min(floor.size) / 220))
    for step in range(-14, 15):
        draw.line((width / 2 + step * width * 0.045, 0, width / 2 + step * width * 0.3, height), 26, thick)
    for step in range(1, 8):
        depth = height * (step / 8) ** 2
        draw.line((0, depth, width, depth), 22, thick)
    lines = lines.filter(ImageFilter.GaussianBlur(thick * 0.8))
    floor.paste(Image.new("RGB", floor.size, colour), (0, 0), lines)


def _vignette(picture: Image.Image, strength: float) -> Image.Image:
    edge = Image.radial_gradient("L").point([round(max(0, value - 90) / 165 * 255 * strength) for value in range(256)])
    return Image.composite(Image.new("RGB", picture.size), picture, edge.resize(picture.size))


def _grain(picture: Image.Image) -> Image.Image:
    """A little noise, the same each time: dark gradients would show bands."""
    noise = Image.frombytes("L", (256, 256), random.Random(1).randbytes(65536)).point([v // 32 for v in range(256)])
    tiled = Image.new("L", picture.size)
    for left in range(0, picture.width, 256):
        for top in range(0, picture.height, 256):
            tiled.paste(noise, (left, top))
    return ImageChops.add(picture, Image.merge("RGB", (tiled, tiled, tiled)), offset=-4)


def _place_name(picture: Image.Image, name: str) -> None:
    width, height = picture.size
    style = Style(max(8, round(min(picture.size) * 0.075)), bold=True)
    lines = wrap(name, style, width * 0.66, 3)
    layer = Image.new("L", picture.size)
    draw = ImageDraw.Draw(layer)
    baseline = height * 0.42 - line_height(style) * (len(lines) - 1) / 2 + style.pixels * 0.35
    for row, line in enumerate(lines):
        left = (width - measure(line, style)) / 2
        draw_text(draw, left, baseline + row * line_height(style), line, style, (150,))
    picture.paste((255, 255, 255), (0, 0), layer)


def draw_cards(
    cards: Sequence[Card], speakers: Iterable[str], lens: Lens, seed: int | None
) -> dict[str | None, Overlay | None]:
    """All cards on one transparent layer of the still, cropped to them: with each speaker marked, and with none."""
    if not cards:
        return {}
    layer = Image.new("RGBA", lens.still)
    for card in cards:
        _draw_card(layer, card, False, lens, seed)
    layers: dict[str | None, Image.Image] = {None: layer}
    # Sorted, since a set has another order in each process.
    for speaker in sorted(set(speakers)):
        # The marked card is drawn once more over the layer of all, so that it lies in front with its glow.
        layers[speaker] = layer.copy()
        for card in cards:
            if card.name == speaker:
                _draw_card(layers[speaker], card, True, lens, seed)
    return {speaker: _cropped(layer) for speaker, layer in layers.items()}


def _cropped(layer: Image.Image) -> Overlay:
    """Cropped to what is drawn, and enough transparent pixels around it."""
    left, top, right, bottom = layer.getchannel("A").getbbox() or (0, 0, 2, 2)
    box = (
        max(0, even(left) - 8),
        max(0, even(top) - 8),
        min(layer.width, even(right) + 8),
        min(layer.height, even(bottom) + 8),
    )
    return to_overlay(layer.crop(box), box[0], box[1])


def _draw_card(layer: Image.Image, card: Card, speaks: bool, lens: Lens, seed: int | None) -> None:
    rect = card.rect
    left = round(lens.still[0] / 2 + (rect.x - lens.frame[0] / 2) * DENSITY)
    top = round(lens.still[1] / 2 + (rect.y - lens.frame[1] / 2) * DENSITY)
    size = (max(8, round(rect.width * DENSITY)), max(8, round(rect.height * DENSITY)))
    unit = min(lens.frame) * DENSITY / 720
    radius = min(size) * 0.06
    if card.picture:
        face = cover(card.picture, size, (0.5, card.height_of_eye), card.zoom)
    else:
        face = _draw_placeholder(card, size, seed)
    if card.dimmed:
        face = face.filter(ImageFilter.GaussianBlur(size[1] * 0.006)).point([round(v * 0.55) for v in range(256)] * 3)
    _label(face, card, speaks, unit)
    border = max(1, round((3.4 if speaks else 1.6) * unit))
    colour = ACCENT if speaks else (226, 222, 214)
    outer = (size[0] + 2 * border, size[1] + 2 * border)
    framed = Image.new("RGB", outer, colour)
    framed.paste(face, (border, border), _rounded(size, radius))
    _shadow(layer, (left, top), size, radius, unit)
    if speaks:
        _glow(layer, (left, top), size, radius, unit)
    corner = (left - border, top - border)
    # Composited, not pasted: the shadow's own transparency must stay.
    over = Image.new("RGBA", outer)
    over.paste(framed, (0, 0), _rounded(outer, radius + border))
    layer.alpha_composite(over, (max(0, corner[0]), max(0, corner[1])))


def _rounded(size: tuple[int, int], radius: float) -> Image.Image:
    large = Image.new("L", (size[0] * _SMOOTH, size[1] * _SMOOTH))
    box = (0, 0, large.width - 1, large.height - 1)
    ImageDraw.Draw(large).rounded_rectangle(box, radius * _SMOOTH, 255)
    return large.reduce(_SMOOTH)


def _halo(
    layer: Image.Image,
    corner: tuple[int, int],
    size: tuple[int, int],
    radius: float,
    blur: float,
    colour: tuple[int, int, int, int],
) -> None:
    pad = round(blur * 3) + 2
    mask = Image.new("L", (size[0] + 2 * pad, size[1] + 2 * pad))
    mask.paste(_rounded(size, radius), (pad, pad))
    mask = mask.filter(ImageFilter.GaussianBlur(blur)).point([round(v * colour[3] / 255) for v in range(256)])
    halo = Image.new("RGBA", mask.size, colour)
    halo.putalpha(mask)
    left, top = corner[0] - pad, corner[1] - pad
    cut = (max(0, -left), max(0, -top))
    layer.alpha_composite(halo, (max(0, left), max(0, top)), cut)


def _shadow(layer: Image.Image, corner: tuple[int, int], size: tuple[int, int], radius: float, unit: float) -> None:
    blur = 13 * unit
    _halo(layer, (corner[0], corner[1] + round(8 * unit)), size, radius, blur, (0, 0, 0, 170))


def _glow(layer: Image.Image, corner: tuple[int, int], size: tuple[int, int], radius: float, unit: float) -> None:
    _halo(layer, corner, size, radius, 9 * unit, (*ACCENT, 150))


def _label(face: Image.Image, card: Card, speaks: bool, unit: float) -> None:
    """The name on a dark foot of the card."""
    width, height = face.size
    largest = max(16 * unit, min(27 * unit, width * 0.085))
    for pixels in (largest, largest * 0.9, largest * 0.8):
        style = Style(max(6, round(pixels)), bold=True)
        lines = wrap(card.name, style, width * 0.9, 2 if height > 6 * style.pixels else 1)
        if not lines or not lines[-1].endswith("…"):
            break
    foot = round(len(lines) * line_height(style) + style.pixels * 1.5)
    shade = Image.linear_gradient("L").resize((width, foot)).point([round(v**0.7 / 255**0.7 * 215) for v in range(256)])
    face.paste((8, 8, 10), (0, height - foot), shade)
    draw = ImageDraw.Draw(face)
    baseline = height - style.pixels * 0.55 - (len(lines) - 1) * line_height(style)
    fill = ACCENT if speaks else (245, 243, 238)
    for row, line in enumerate(lines):
        left = (width - measure(line, style)) / 2
        draw_text(draw, left, baseline + row * line_height(style), line, style, fill)


def initials(name: str) -> str:
    """One or two letters for a name: `the lighthouse keeper` is LK, `米拉` is 米."""
    words: list[str] = re.findall(r"\w+", clean(name))
    told = [word for word in words if word.lower() not in _SMALL_WORDS] or words
    if not told:
        return "?"
    if not told[0].isascii() and not told[0][0].isupper():
        return told[0][0].upper()
    return "".join(word[0] for word in (told[0], *told[1:][-1:])).upper()


_SMALL_WORDS = frozenset(
    {"the", "a", "an", "of", "and", "le", "la", "les", "l", "un", "une", "du", "de", "des", "d", "der", "die", "das"}
    | {"el", "los", "las", "il", "lo", "gli", "o", "os", "as", "von", "van"}
)


def _draw_placeholder(card: Card, size: tuple[int, int], seed: int | None) -> Image.Image:
    """Head and shoulders in the colour of the name, with its initials."""
    width, height = size
    face = _gradient(size, tone(card.name, seed, 0.32, 0.62), tone(card.name, seed, 0.45, 0.3, 0.04))
    figure = Image.new("L", (width * 2, height * 2))
    draw = ImageDraw.Draw(figure)
    head, middle = width * 0.46, (width, height * 0.74)
    draw.ellipse((middle[0] - head, middle[1] - head, middle[0] + head, middle[1] + head), 255)
    top = middle[1] + head * 1.12
    draw.ellipse((width * 0.16, top, width * 1.84, top + height * 1.6), 255)
    face.paste(tone(card.name, seed, 0.22, 0.86, -0.02), (0, 0), figure.reduce(2))
    style = Style(max(6, round(head * 0.42)), bold=True)
    letters = initials(card.name)
    left = (width - measure(letters, style)) / 2
    ink = tone(card.name, seed, 0.5, 0.26)
    draw_text(ImageDraw.Draw(face), left, height * 0.37 + style.pixels * 0.36, letters, style, ink)
    return face
