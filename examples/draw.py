"""Draws every picture of the examples and of the starter film, and the one piece of music.

Run `python examples/draw.py` to draw them all, or name some: `python examples/draw.py odile bakery`.
Only Pillow is needed; no chance is involved, so the same Pillow draws the same bytes each time.

A picture is cut out of coloured paper: outlines (lists of polygons) are filled on a `Sheet` with a colour or a fade,
twice as large as they are kept, and a little paper grain lies over the whole.
"""

from __future__ import annotations

import array
import math
import random
import sys
import wave
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageChops, ImageColor, ImageDraw, ImageFilter

HERE = Path(__file__).resolve().parent
SCALE = 3
"""Everything is drawn so much larger, then reduced: that smooths the edges."""

Point = tuple[float, float]
Outline = list[list[Point]]


# --- outlines ---------------------------------------------------------------------------------------------------------


def curve(points: Sequence[Point], closed: bool, steps: int = 12) -> list[Point]:
    """A smooth line through the points (Catmull-Rom)."""
    count = len(points)
    found: list[Point] = []
    for index in range(count if closed else count - 1):
        if closed:
            a, b, c, d = (points[(index + offset) % count] for offset in (-1, 0, 1, 2))
        else:
            a, b, c, d = (points[min(max(index + offset, 0), count - 1)] for offset in (-1, 0, 1, 2))
        for step in range(steps):
            t = step / steps
            found.append((_spline(a[0], b[0], c[0], d[0], t), _spline(a[1], b[1], c[1], d[1], t)))
    if not closed:
        found.append(points[-1])
    return found


def _spline(a: float, b: float, c: float, d: float, t: float) -> float:
    return 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t * t + (3 * b - a - 3 * c + d) * t * t * t)


def at(*lines: str) -> list[Point]:
    """Points written as `x,y` with a space between them; a long list takes several strings."""
    pairs = (pair.split(",") for line in lines for pair in line.split())
    return [(float(x), float(y)) for x, y in pairs]


def blob(*points: Point) -> Outline:
    """A soft closed shape through the points."""
    return [curve(points, closed=True)]


def poly(*points: Point) -> Outline:
    """A shape with corners."""
    return [list(points)]


def oval(x: float, y: float, rx: float, ry: float | None = None, turn: float = 0) -> Outline:
    """An ellipse, or a circle."""
    ry = rx if ry is None else ry
    cos, sin = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    around = [(rx * math.cos(k * math.tau / 72), ry * math.sin(k * math.tau / 72)) for k in range(72)]
    return [[(x + dx * cos - dy * sin, y + dx * sin + dy * cos) for dx, dy in around]]


def rect(x0: float, y0: float, x1: float, y1: float, r: float = 0) -> Outline:
    """A rectangle, its corners rounded by r."""
    if r <= 0:
        return poly((x0, y0), (x1, y0), (x1, y1), (x0, y1))
    found: list[Point] = []
    for cx, cy, start in ((x1 - r, y0 + r, -90), (x1 - r, y1 - r, 0), (x0 + r, y1 - r, 90), (x0 + r, y0 + r, 180)):
        for step in range(9):
            angle = math.radians(start + step * 90 / 8)
            found.append((cx + r * math.cos(angle), cy + r * math.sin(angle)))
    return [found]


def arch(x0: float, top: float, x1: float, bottom: float, flat: float = 1.0) -> Outline:
    """A door or window with a round head."""
    radius = (x1 - x0) / 2
    middle = (x0 + x1) / 2
    head = [
        (middle - radius * math.cos(k * math.pi / 24), top + radius * flat * (1 - math.sin(k * math.pi / 24)))
        for k in range(25)
    ]
    return [[*head, (x1, bottom), (x0, bottom)]]


def stroke(points: Sequence[Point], start: float, end: float | None = None, smooth: bool = True) -> Outline:
    """A brush stroke along the points, from one width to another."""
    end = start if end is None else end
    line = curve(points, closed=False, steps=10) if smooth and len(points) > 2 else list(points)
    found: Outline = []
    last = max(len(line) - 1, 1)
    for index, (x, y) in enumerate(line):
        width = (start + (end - start) * index / last) / 2
        found += oval(x, y, max(width, 0.3))
        if index < last:
            nx, ny = line[index + 1]
            after = (start + (end - start) * (index + 1) / last) / 2
            length = math.hypot(nx - x, ny - y) or 1
            ux, uy = -(ny - y) / length, (nx - x) / length
            found.append(
                [
                    (x + ux * width, y + uy * width),
                    (nx + ux * after, ny + uy * after),
                    (nx - ux * after, ny - uy * after),
                    (x - ux * width, y - uy * width),
                ]
            )
    return found


def star(x: float, y: float, r: float, points: int = 5, inner: float = 0.45, turn: float = -90) -> Outline:
    """A star."""
    return poly(
        *(
            (
                x + (r if k % 2 == 0 else r * inner) * math.cos(math.radians(turn + k * 180 / points)),
                y + (r if k % 2 == 0 else r * inner) * math.sin(math.radians(turn + k * 180 / points)),
            )
            for k in range(points * 2)
        )
    )


def leaf(x: float, y: float, length: float, width: float, turn: float) -> Outline:
    """A pointed leaf growing from (x, y)."""
    cos, sin = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    side = [(length * t, width * math.sin(math.pi * t**0.8)) for t in (k / 14 for k in range(15))]
    around = side + [(a, -b) for a, b in reversed(side)]
    return [[(x + a * cos - b * sin, y + a * sin + b * cos) for a, b in around]]


def moved(outline: Outline, dx: float = 0, dy: float = 0, scale: float = 1, turn: float = 0) -> Outline:
    """The outline scaled and turned about the origin, then moved."""
    cos, sin = math.cos(math.radians(turn)) * scale, math.sin(math.radians(turn)) * scale
    return [[(x * cos - y * sin + dx, x * sin + y * cos + dy) for x, y in part] for part in outline]


def mirrored(outline: Outline, axis: float) -> Outline:
    """The outline seen in a mirror that stands at x = axis."""
    return [[(2 * axis - x, y) for x, y in part] for part in outline]


# --- paint ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Fade:
    """One colour running into another, from one point to the other."""

    first: str
    second: str
    start: Point
    end: Point


def down(first: str, second: str, top: float, bottom: float) -> Fade:
    """A fade from top to bottom."""
    return Fade(first, second, (0, top), (0, bottom))


def across(first: str, second: str, left: float, right: float) -> Fade:
    """A fade from left to right."""
    return Fade(first, second, (left, 0), (right, 0))


Paint = str | Fade


def mixed(first: str, second: str, share: float) -> str:
    """A colour between two."""
    a, b = ImageColor.getrgb(first), ImageColor.getrgb(second)
    return "#" + "".join(f"{round(p + (q - p) * share):02x}" for p, q in zip(a, b, strict=True))


def darker(colour: str, share: float = 0.2) -> str:
    """The colour in shadow: towards a deep violet rather than black."""
    return mixed(colour, "#231a3a", share)


def lighter(colour: str, share: float = 0.2) -> str:
    """The colour in warm light."""
    return mixed(colour, "#fff4dc", share)


def _ramp() -> Image.Image:
    ramp = Image.new("L", (1, 256 * 41), 0)
    ramp.putdata([min(max(k - 256 * 20, 0), 255) for k in range(256 * 41)])
    return ramp


RAMP = _ramp()
NOISE = Image.frombytes("L", (512, 512), random.Random(11).randbytes(512 * 512)).filter(ImageFilter.GaussianBlur(0.8))
"""Paper grain."""
COARSE = NOISE.resize((2048, 2048), Image.Resampling.BICUBIC)
"""Grain of the shading, which must survive the reduction."""


def tiled(tile: Image.Image, size: tuple[int, int], shift: tuple[int, int] = (0, 0)) -> Image.Image:
    """A picture of the size, covered with the tile."""
    found = Image.new("L", size)
    for x in range(-(shift[0] % tile.width), size[0], tile.width):
        for y in range(-(shift[1] % tile.height), size[1], tile.height):
            found.paste(tile, (x, y))
    return found


class Sheet:
    """A sheet of paper to cut and paint on; its units are the pixels of the finished picture."""

    def __init__(self, width: int, height: int, ground: Paint) -> None:
        self.width, self.height = width, height
        self.image = Image.new("RGB", (width * SCALE, height * SCALE))
        self.clip: Image.Image | None = None
        self.fill(rect(0, 0, width, height), ground)

    def fill(
        self, outline: Outline, paint: Paint, alpha: float = 1, blur: float = 0, mode: str = "normal", grain: float = 0
    ) -> None:
        """Fill an outline; `blur` softens its edge, `grain` roughens the paint."""
        pad = blur * 3 + 2
        xs = [x for part in outline for x, _ in part]
        ys = [y for part in outline for _, y in part]
        x0, y0 = (max(math.floor((min(of) - pad) * SCALE), 0) for of in (xs, ys))
        x1 = min(math.ceil((max(xs) + pad) * SCALE), self.image.width)
        y1 = min(math.ceil((max(ys) + pad) * SCALE), self.image.height)
        if x1 <= x0 or y1 <= y0:
            return
        reach = round(pad * SCALE) if blur else 0  # what lies just outside still bleeds in
        mask = Image.new("L", (x1 - x0 + 2 * reach, y1 - y0 + 2 * reach))
        pen = ImageDraw.Draw(mask)
        for part in outline:
            pen.polygon([(x * SCALE - x0 + reach, y * SCALE - y0 + reach) for x, y in part], fill=255)
        if blur:
            mask = mask.filter(ImageFilter.GaussianBlur(blur * SCALE))
            mask = mask.crop((reach, reach, reach + x1 - x0, reach + y1 - y0))
        if grain:
            rough = tiled(COARSE, mask.size, (x0, y0)).point([round(255 - grain * (255 - k)) for k in range(256)])
            mask = ImageChops.multiply(mask, rough)
        if alpha < 1:
            mask = mask.point([round(k * alpha) for k in range(256)])
        if self.clip is not None:
            mask = ImageChops.multiply(mask, self.clip.crop((x0, y0, x1, y1)))
        colours = self._paint(paint, (x0, y0, x1, y1))
        if mode != "normal":
            under = self.image.crop((x0, y0, x1, y1))
            colours = getattr(ImageChops, mode)(under, colours)
        self.image.paste(colours, (x0, y0), mask)

    def _paint(self, paint: Paint, box: tuple[int, int, int, int]) -> Image.Image:
        size = (box[2] - box[0], box[3] - box[1])
        if isinstance(paint, str):
            return Image.new("RGB", size, paint)
        (ax, ay), (bx, by) = paint.start, paint.end
        dx, dy = bx - ax, by - ay
        unit = 256 / ((dx * dx + dy * dy) * SCALE)
        shift = 256 * 20 + ((box[0] / SCALE - ax) * dx + (box[1] / SCALE - ay) * dy) * unit * SCALE
        ramp = RAMP.transform(size, Image.Transform.AFFINE, (0, 0, 0, dx * unit, dy * unit, shift))
        first, second = (Image.new("RGB", size, colour) for colour in (paint.first, paint.second))
        return Image.composite(second, first, ramp)

    @contextmanager
    def inside(self, outline: Outline) -> Iterator[None]:
        """What is filled in this block shows only inside the outline."""
        before = self.clip
        mask = Image.new("L", self.image.size)
        pen = ImageDraw.Draw(mask)
        for part in outline:
            pen.polygon([(x * SCALE, y * SCALE) for x, y in part], fill=255)
        self.clip = mask if before is None else ImageChops.multiply(before, mask)
        yield
        self.clip = before

    def glow(self, x: float, y: float, r: float, colour: str, alpha: float = 0.6, flat: float = 1) -> None:
        """Light that spreads from a point."""
        self.fill(oval(x, y, r * 0.55, r * 0.55 * flat), colour, alpha=alpha, blur=r * 0.28, mode="screen")

    def shadow(self, outline: Outline, alpha: float = 0.35, blur: float = 8, dx: float = 6, dy: float = 8) -> None:
        """The shadow that a piece of paper casts on what lies under it."""
        self.fill(moved(outline, dx, dy), "#2a1c3c", alpha=alpha, blur=blur, mode="multiply")

    def paper(self, outline: Outline, paint: Paint, lift: float = 0.3, shade: str = "#5a4170", side: float = 1) -> None:
        """A piece of paper laid down: its shadow, its colour, and a rough shade on the side away from the light."""
        if lift:
            self.shadow(outline, alpha=lift)
        self.fill(outline, paint)
        xs = [x for part in outline for x, _ in part]
        ys = [y for part in outline for _, y in part]
        wide, high = max(xs) - min(xs), max(ys) - min(ys)
        with self.inside(outline):
            right = min(xs) + wide * (1.0 if side > 0 else 0.0)
            dark = rect(right - wide * 0.16, min(ys) - high, right + wide * 0.16, max(ys) + high)
            self.fill(dark, shade, alpha=0.42, blur=max(wide * 0.13, 2), mode="multiply", grain=0.6)

    def finished(self, grain: float = 0.02) -> Image.Image:
        """The picture in its own size, with the grain of the paper over it."""
        small = self.image.resize((self.width, self.height), Image.Resampling.LANCZOS)
        if not grain:
            return small
        paper = tiled(NOISE, small.size).point([round(128 + (k - 128) * grain * 3) for k in range(256)])
        return ImageChops.soft_light(small, Image.merge("RGB", (paper, paper, paper)))


# --- people -----------------------------------------------------------------------------------------------------------

INK = "#2b2138"


@dataclass(frozen=True)
class Skin:
    """The colours of a face."""

    base: str
    shade: str
    blush: str
    line: str


FAIR = Skin("#f2c9a5", "#c98d78", "#e8836f", "#9c5a4c")
ROSY = Skin("#f4d3b8", "#cf9484", "#e77a70", "#a4625a")
OLIVE = Skin("#dba678", "#a86d52", "#d06a4f", "#7d4637")
BROWN = Skin("#a96c45", "#743f35", "#b44f3c", "#522a26")
DEEP = Skin("#7a4a36", "#4c2a2b", "#a14a3e", "#2f1819")


def portrait(ground: str, disc: str) -> Sheet:
    """A square sheet, plain but for a disc of light behind the head."""
    sheet = Sheet(720, 720, down(lighter(ground, 0.1), darker(ground, 0.14), 0, 720))
    sheet.fill(oval(360, 330, 290), disc, blur=2)
    sheet.glow(250, 190, 300, "#fff3d6", 0.22)
    return sheet


def shoulders(top: float, wide: float, slope: float = 70, middle: float = 360) -> Outline:
    """Neck, shoulders and chest down to below the frame."""
    return blob(
        (middle - 60, top),
        (middle - wide * 0.62, top + slope * 0.45),
        (middle - wide * 0.95, top + slope * 1.25),
        (middle - wide * 1.1, top + slope * 3),
        (middle - wide * 1.12, 790),
        (middle, 850),
        (middle + wide * 1.12, 790),
        (middle + wide * 1.1, top + slope * 3),
        (middle + wide * 0.95, top + slope * 1.25),
        (middle + wide * 0.62, top + slope * 0.45),
        (middle + 60, top),
    )


def skull(x: float, y: float, wide: float, high: float, jaw: float = 0.6) -> Outline:
    """A head: half its width and height, and how broad the jaw is."""
    half = [
        (0, -high),
        (wide * 0.62, -high * 0.84),
        (wide * 0.97, -high * 0.3),
        (wide * 0.96, high * 0.2),
        (wide * (0.45 + jaw * 0.55), high * 0.62),
        (wide * jaw * 0.62, high * 0.92),
        (0, high),
    ]
    return blob(*[(x + a, y + b) for a, b in half], *[(x - a, y + b) for a, b in reversed(half[1:-1])])


def neck(s: Sheet, skin: Skin, x: float, top: float, bottom: float, wide: float = 46) -> None:
    """A neck, in the shadow of the chin."""
    shape = poly((x - wide, top), (x + wide, top), (x + wide * 1.25, bottom + 26), (x - wide * 1.25, bottom + 26))
    s.fill(shape, skin.base)
    with s.inside(shape):
        s.fill(oval(x + 10, top + 22, wide * 1.7, 44), skin.shade, alpha=0.8, blur=9)


def head(s: Sheet, skin: Skin, x: float, y: float, wide: float, high: float, jaw: float = 0.6) -> None:
    """Ears and head, lit from the left."""
    for side in (-1, 1):
        ear = oval(x + side * wide * 0.99, y + high * 0.12, wide * 0.17, high * 0.2, turn=side * 12)
        s.fill(ear, skin.base if side < 0 else mixed(skin.base, skin.shade, 0.5))
        s.fill(oval(x + side * wide * 1.0, y + high * 0.13, wide * 0.08, high * 0.11), skin.shade, alpha=0.6, blur=2)
    shape = skull(x, y, wide, high, jaw)
    s.fill(shape, skin.base)
    with s.inside(shape):
        s.fill(
            oval(x + wide * 1.05, y + high * 0.3, wide * 0.5, high * 1.1), skin.shade, alpha=0.75, blur=22, grain=0.5
        )
        s.fill(oval(x - wide * 0.35, y - high * 0.25, wide * 0.4, high * 0.4), "#fff1dc", alpha=0.22, blur=20)
        for side in (-1, 1):
            s.fill(oval(x + side * wide * 0.6, y + high * 0.36, wide * 0.23), skin.blush, alpha=0.5, blur=11, grain=0.4)


def features(
    s: Sheet,
    skin: Skin,
    x: float,
    y: float,
    wide: float,
    high: float,
    brow: str = INK,
    eyes: str = "open",
    mouth: str = "smile",
    nose: float = 1,
    brows: float = 0,
    heavy: float = 1,
    gap: float = 0.42,
) -> None:
    """Eyes, brows, nose and mouth; `brows` lifts their inner ends, `heavy` makes them thick."""
    for side in (-1, 1):
        ex, ey = x + side * wide * gap, y + high * 0.1
        if eyes == "open":
            s.fill(oval(ex, ey, wide * 0.085, high * 0.105), INK)
            s.fill(oval(ex - wide * 0.03, ey - high * 0.04, wide * 0.028), "#ffffff")
            lid = [(ex - wide * 0.14, ey - high * 0.04), (ex, ey - high * 0.13), (ex + wide * 0.14, ey - high * 0.04)]
            s.fill(stroke(lid, wide * 0.035), skin.line)
        elif eyes == "smile":
            lid = [(ex - wide * 0.15, ey + high * 0.04), (ex, ey - high * 0.07), (ex + wide * 0.15, ey + high * 0.04)]
            s.fill(stroke(lid, wide * 0.055), INK)
        else:  # low: the lids half closed
            with s.inside(rect(ex - wide, ey - high * 0.015, ex + wide, ey + high)):
                s.fill(oval(ex, ey + high * 0.02, wide * 0.085, high * 0.085), INK)
            lid = [(ex - wide * 0.16, ey), (ex, ey - high * 0.03), (ex + wide * 0.16, ey + high * 0.01)]
            s.fill(stroke(lid, wide * 0.045), skin.line)
        inner, outer = ex - side * wide * 0.17, ex + side * wide * 0.2
        by = ey - high * 0.25
        s.fill(
            stroke(
                [(inner, by - high * 0.06 * brows), (ex, by - high * 0.05), (outer, by + high * 0.04)],
                wide * 0.085 * heavy,
                wide * 0.03 * heavy,
            ),
            brow,
        )
    ny = y + high * 0.36
    s.fill(
        blob(
            (x - wide * 0.01, y + high * 0.08),
            (x + wide * 0.1 * nose, ny - high * 0.04),
            (x + wide * 0.13 * nose, ny + high * 0.04),
            (x, ny + high * 0.09),
            (x - wide * 0.12 * nose, ny + high * 0.03),
            (x - wide * 0.04, y + high * 0.2),
        ),
        mixed(skin.base, skin.blush, 0.35),
    )
    base = [(x - wide * 0.1 * nose, ny + high * 0.06), (x, ny + high * 0.1), (x + wide * 0.12 * nose, ny + high * 0.05)]
    s.fill(stroke(base, wide * 0.03, wide * 0.045), skin.line)
    my = y + high * 0.63
    if mouth == "smile":
        s.fill(stroke([(x - wide * 0.26, my - 4), (x, my + high * 0.07), (x + wide * 0.28, my - 6)], 5, 4), skin.line)
    elif mouth == "grin":
        shape = blob(
            (x - wide * 0.3, my - high * 0.03),
            (x, my + high * 0.01),
            (x + wide * 0.3, my - high * 0.04),
            (x + wide * 0.17, my + high * 0.13),
            (x, my + high * 0.17),
            (x - wide * 0.17, my + high * 0.13),
        )
        s.fill(shape, "#7c2f3a")
        with s.inside(shape):
            s.fill(rect(x - wide * 0.24, my - high * 0.05, x + wide * 0.24, my + high * 0.055, 6), "#fff6ea")
            s.fill(oval(x, my + high * 0.17, wide * 0.14, high * 0.06), "#d9705f")
    elif mouth == "lips":
        lip = mixed(skin.blush, skin.line, 0.25)
        s.fill(
            blob(
                (x - wide * 0.2, my),
                (x - wide * 0.06, my - high * 0.04),
                (x, my - high * 0.025),
                (x + wide * 0.06, my - high * 0.04),
                (x + wide * 0.2, my),
                (x, my + high * 0.075),
            ),
            lip,
        )
        s.fill(stroke([(x - wide * 0.2, my), (x, my + 4), (x + wide * 0.21, my - 2)], 3), skin.line)
    else:  # plain: a small, level mouth
        s.fill(stroke([(x - wide * 0.17, my), (x, my + 3), (x + wide * 0.18, my - 3)], 5, 4), skin.line)


def fist(s: Sheet, skin: Skin, x: float, y: float, size: float = 1, turn: float = 0) -> None:
    """A hand closed around something upright."""
    place = {"dx": x, "dy": y, "scale": size, "turn": turn}
    palm = moved(blob(*at("-34,-30 0,-40 34,-30 40,6 26,40 -26,40 -40,6")), **place)
    s.shadow(palm, alpha=0.25)
    s.fill(palm, skin.base)
    with s.inside(palm):
        s.fill(moved(oval(34, 20, 26, 50), **place), skin.shade, alpha=0.6, blur=9, grain=0.5)
    for k in range(3):
        s.fill(
            moved(stroke([(-30, -16 + k * 18), (2, -13 + k * 18), (22, -16 + k * 18)], 4, 3), **place), skin.line, 0.7
        )
    s.fill(moved(stroke(at("-36,-24 -10,-38 18,-34"), 17, 14), **place), lighter(skin.base, 0.15))


def strands(s: Sheet, lines: Sequence[Sequence[Point]], colour: str, wide: float = 4, alpha: float = 0.6) -> None:
    """Single hairs, folds or wrinkles."""
    for line in lines:
        s.fill(stroke(line, wide, wide * 0.3), colour, alpha=alpha)


# --- one wrong note ---------------------------------------------------------------------------------------------------


def odile() -> Image.Image:
    """A piano tuner: a moss-green beret, a silver tuning fork on a black ribbon."""
    s = portrait("#dcae62", "#ecc987")
    hair = "#2c2433"
    back = blob(*at("244,200 360,150 476,200 492,320 478,430 420,452 300,452 242,430 228,320"))
    s.paper(back, hair, lift=0.25)
    body = shoulders(462, 236)
    s.paper(body, across("#43506e", "#333c58", 140, 560), lift=0.3)
    shirt = poly(*at("314,440 406,440 420,500 360,640 300,500"))
    with s.inside(body):
        s.fill(shirt, "#f3e7d3")
    with s.inside(shirt):
        for k in range(7):
            s.fill(rect(296 + k * 19, 440, 300 + k * 19, 700), "#c9b8a8", alpha=0.55)
    neck(s, FAIR, 360, 370, 452)
    for side in (-1, 1):
        lapel = poly((360 + side * 44, 452), (360 + side * 104, 470), (360 + side * 92, 560), (360, 660))
        s.paper(lapel, "#50608a" if side < 0 else "#465478", lift=0.25)
    head(s, FAIR, 360, 300, 98, 116, 0.55)
    features(s, FAIR, 360, 300, 98, 116, hair, mouth="lips", eyes="low", brows=0.6)
    for side in (-1, 1):
        s.fill(
            blob(
                (360 + side * 4, 206),
                (360 + side * 70, 212),
                (360 + side * 112, 280),
                (360 + side * 110, 400),
                (360 + side * 88, 408),
                (360 + side * 84, 300),
                (360 + side * 50, 252),
            ),
            hair,
        )
    strands(s, [at("262,270 262,330 270,396"), at("456,270 460,330 452,396")], "#5d5068")
    beret = blob(*at("222,214 236,150 310,108 420,104 500,140 520,196 470,226 360,214 270,236"))
    s.paper(beret, Fade("#7d9150", "#536b3a", (250, 110), (480, 230)), lift=0.4)
    strands(s, [at("250,205 330,170 440,168"), at("300,125 390,130 470,160")], "#4a5f33", 5, 0.5)
    s.fill(stroke(at("372,106 380,88 392,80"), 9, 6), "#5d7540")
    band = stroke(at("252,232 300,210 360,204 430,212 474,226"), 13)
    s.fill(band, "#46592f")
    s.fill(stroke(at("316,468 322,510 354,552"), 6), "#221c28")
    s.fill(stroke(at("406,468 398,510 364,552"), 6), "#221c28")
    fork(s, 359, 576, 1.15)
    for y in (640, 684):
        s.paper(oval(446, y, 10), "#e0c074", lift=0.3)
    return s.finished()


def fork(s: Sheet, x: float, y: float, size: float, turn: float = 180) -> None:
    """A silver tuning fork, its stem at (x, y)."""
    silver, shade = "#e9eef2", "#8d99a8"
    place = {"dx": x, "dy": y, "scale": size, "turn": turn}
    for outline in (
        stroke([(0, 18), (0, -22)], 9, smooth=False),
        stroke(at("-17,-92 -17,-42 0,-22 17,-42 17,-92"), 10, smooth=True),
    ):
        s.shadow(moved(outline, **place), alpha=0.5, blur=4, dx=4, dy=5)
        s.fill(moved(outline, **place), silver)
    s.fill(moved(stroke(at("20,-90 20,-44 4,-22"), 3), **place), shade)
    s.fill(moved(oval(0, 24, 9), **place), silver)
    s.fill(moved(oval(0, 24, 4), **place), "#221c28")


# --- lost property ----------------------------------------------------------------------------------------------------


def pell() -> Image.Image:
    """A clerk: a red pencil behind the ear, a brown dust coat."""
    s = portrait("#7fa3a0", "#a8c4b8")
    body = shoulders(470, 214, 64)
    s.paper(body, across("#8f6a45", "#70513a", 150, 560), lift=0.3)
    shirt = poly(*at("306,450 414,450 426,520 360,700 294,520"))
    s.fill(shirt, "#e9e2d0")
    neck(s, DEEP, 360, 366, 458, 42)
    s.paper(poly(*at("340,486 380,486 388,520 372,720 348,720 332,520")), "#2f6a63", lift=0.25)
    s.paper(poly(*at("338,474 382,474 374,508 346,508")), "#3a7d74", lift=0.3)
    for side in (-1, 1):
        collar = poly((360 + side * 52, 446), (360 + side * 66, 498), (360 + side * 22, 516), (360 + side * 8, 478))
        s.paper(collar, "#f6efdd", lift=0.25)
        lapel = poly((360 + side * 62, 456), (360 + side * 122, 484), (360 + side * 112, 574), (360 + side * 26, 740))
        s.paper(lapel, "#a07a52" if side < 0 else "#886443", lift=0.25)
    s.paper(rect(446, 606, 536, 700, 8), "#7b5a3d", lift=0.2)
    s.fill(rect(446, 606, 536, 622, 6), "#8f6a45")
    for k, ink in enumerate(("#e9e2d0", "#3a7d74")):
        s.paper(rect(462 + k * 26, 580, 470 + k * 26, 612, 3), ink, lift=0.2)
    head(s, DEEP, 360, 280, 84, 126, 0.62)
    grey = "#cfccd2"
    for side in (-1, 1):
        s.fill(oval(360 + side * 84, 246, 22, 50, turn=side * 6), grey)
        for k in range(6):
            s.fill(oval(360 + side * (82 + (k % 2) * 14), 206 + k * 16, 15), lighter(grey, 0.25 if side < 0 else 0))
    features(s, DEEP, 360, 280, 84, 126, "#dcd8dc", eyes="open", mouth="plain", heavy=1.25, brows=0.5, nose=1.15)
    for side in (-1, 1):
        ring = 360 + side * 37
        s.fill(stroke([(ring + 29 * math.cos(a / 4), 296 + 27 * math.sin(a / 4)) for a in range(26)], 4), "#d9b46a")
        s.fill(oval(ring, 296, 27, 25), "#ffffff", alpha=0.09)
    s.fill(stroke(at("350,292 360,288 370,292"), 4), "#d9b46a")
    s.fill(stroke([(426, 292), (450, 286)], 4), "#d9b46a")
    pencil = moved(rect(-9, -74, 9, 62), 470, 250, turn=-62)
    s.shadow(pencil, 0.4, 4, 3, 5)
    s.fill(pencil, "#d8372f")
    s.fill(moved(rect(2, -74, 9, 62), 470, 250, turn=-62), "#a92a33")
    s.fill(moved(poly((-9, -74), (9, -74), (0, -100)), 470, 250, turn=-62), "#f0d2a0")
    s.fill(moved(poly((-3, -92), (3, -92), (0, -100)), 470, 250, turn=-62), INK)
    s.fill(moved(rect(-9, 50, 9, 62), 470, 250, turn=-62), "#e8c35a")
    return s.finished()


def abel(coat: bool = False) -> Image.Image:
    """An old traveller: a white walrus moustache; in the look, a camel coat with one green button."""
    s = portrait("#8a7aa6", "#b3a3c4")
    body = shoulders(458, 262 if coat else 244, 66)
    if coat:
        s.paper(body, across("#d9aa6a", "#b98550", 120, 600), lift=0.35)
    else:
        s.paper(body, across("#6e7d8a", "#56636f", 120, 600), lift=0.35)
        with s.inside(body):
            for k in range(26):
                s.fill(rect(90 + k * 22, 440, 97 + k * 22, 720), "#4f5c69", alpha=0.4)
    shirt = poly((296, 446), (424, 446), (440, 520), (360, 690 if not coat else 590), (280, 520))
    s.fill(shirt, "#efe4cf")
    if coat:
        s.fill(poly((300, 500), (420, 500), (360, 610)), "#6e7d8a")
    neck(s, ROSY, 360, 366, 456, 52)
    for side in (-1, 1):
        wing = poly((360 + side * 62, 444), (360 + side * 70, 500), (360 + side * 14, 520), (360 + side * 4, 480))
        s.paper(wing, "#fbf3e2", lift=0.2)
        if coat:
            lapel = poly(
                (360 + side * 66, 436),
                (360 + side * 168, 470),
                (360 + side * 186, 540),
                (360 + side * 140, 560),
                (360 + side * 128, 600),
                (360 + side * 4, 716),
                (360 + side * 20, 600),
            )
            s.paper(lapel, "#e6bb80" if side < 0 else "#cf9d63", lift=0.35)
        else:
            edge = poly((360 + side * 70, 452), (360 + side * 96, 470), (360 + side * 24, 740), (360, 740), (360, 690))
            s.paper(edge, "#7d8d9a" if side < 0 else "#64727e", lift=0.25)
    if coat:
        button = oval(424, 668, 30)
        s.paper(button, "#2fa05c", lift=0.5, shade="#1c5a48")
        s.fill(oval(416, 658, 14, 8, turn=-30), "#9be0ae", alpha=0.7, blur=2)
        for dx, dy in ((-8, -8), (8, -8), (-8, 8), (8, 8)):
            s.fill(oval(424 + dx, 668 + dy, 4), "#145238")
        for y in (668,):
            s.fill(stroke([(250, y - 6), (252, y + 14), (248, y + 26)], 4), "#8a5f38")
    else:
        for y in (600, 664):
            s.paper(oval(352, y + 20, 11), "#3e4853", lift=0.3)
    head(s, ROSY, 360, 290, 104, 120, 0.78)
    with s.inside(skull(360, 290, 104, 120, 0.78)):
        s.fill(oval(330, 196, 60, 24), "#fff6e6", alpha=0.4, blur=12)
    features(s, ROSY, 360, 280, 104, 120, "#f4f0ee", eyes="smile", mouth="", heavy=2.1, nose=1.55, brows=0.2)
    strands(s, [at("318,210 360,203 402,211"), at("326,228 360,222 396,229")], "#c08d80", 3, 0.6)
    for side in (-1, 1):
        for k in range(5):
            s.fill(oval(360 + side * (104 + (k % 2) * 8), 228 + k * 17, 19), "#f4f0ee" if side < 0 else "#dcd6de")
    for side in (-1, 1):
        whisker = blob(
            (360 - side * 6, 330),
            (360 + side * 52, 332),
            (360 + side * 104, 368),
            (360 + side * 122, 424),
            (360 + side * 84, 420),
            (360 + side * 44, 396),
            (360 - side * 2, 386),
        )
        s.shadow(whisker, 0.35, 6, 2, 8)
        s.fill(whisker, "#fdfaf5" if side < 0 else "#efeaee")
        strands(
            s,
            [
                [
                    (360 + side * (10 + k * 12), 342 + k * 4),
                    (360 + side * (40 + k * 15), 366 + k * 6),
                    (360 + side * (60 + k * 14), 396 + k * 4),
                ]
                for k in range(4)
            ],
            "#b9b0c0",
            3,
        )
    return s.finished()


def abel_coat() -> Image.Image:
    """The same old man in his coat."""
    return abel(coat=True)


def junie() -> Image.Image:
    """A small girl: one red mitten, two short pigtails."""
    s = portrait("#e39a7b", "#f0bd9c")
    hair = "#a4502c"
    for side in (-1, 1):
        tail = blob(
            (360 + side * 100, 262),
            (360 + side * 156, 222),
            (360 + side * 196, 252),
            (360 + side * 190, 318),
            (360 + side * 168, 352),
            (360 + side * 142, 318),
        )
        s.paper(tail, hair if side < 0 else darker(hair, 0.15), lift=0.3)
        strands(s, [[(360 + side * 118, 266), (360 + side * 160, 262), (360 + side * 172, 320)]], "#7d3a26")
    s.paper(oval(360, 290, 134, 140), hair, lift=0.3)
    body = shoulders(486, 190, 60)
    s.paper(body, across("#3f6f8f", "#325a78", 170, 550), lift=0.3)
    with s.inside(body):
        for y in range(560, 760, 58):
            s.fill(rect(100, y, 620, y + 20), "#e9dfc8", alpha=0.9)
    neck(s, ROSY, 360, 392, 478, 38)
    s.paper(rect(288, 462, 432, 512, 24), "#4f86a8", lift=0.35)
    strands(s, [[(300 + k * 20, 470), (302 + k * 20, 504)] for k in range(7)], "#2f5570", 4)
    head(s, ROSY, 360, 310, 118, 118, 0.78)
    features(s, ROSY, 360, 318, 118, 118, "#8a4429", mouth="grin", nose=0.7, brows=0.5)
    for k in range(8):
        side = -1 if k % 2 else 1
        s.fill(oval(360 + side * (38 + (k // 2) * 12), 352 + (k * 7) % 17, 3), "#c4694b", alpha=0.75)
    fringe = blob(
        *at("236,300 244,220 300,172 364,164 430,178 478,226 484,300 448,252 392,258 350,230", "318,264 270,256")
    )
    s.paper(fringe, Fade("#b75c33", "#8d4225", (240, 200), (480, 260)), lift=0.3)
    strands(s, [at("300,190 290,220 280,244"), at("400,190 420,214 440,236")], "#7d3a26")
    for side in (-1, 1):
        s.paper(oval(360 + side * 122, 256, 15, 22, turn=side * 20), "#f2c64f", lift=0.3)
    arm = blob(*at("500,760 500,650 532,570 566,536 606,556 616,610 600,760"))
    s.paper(arm, "#4a7c9d", lift=0.35)
    with s.inside(arm):
        for y in range(600, 760, 58):
            s.fill(rect(470, y, 640, y + 20), "#e9dfc8", alpha=0.9)
    mitten = blob(*at("548,520 540,450 560,396 598,384 630,406 636,470 626,524"))
    thumb = blob(*at("556,500 524,478 506,446 520,428 546,440 566,464"))
    s.shadow(mitten + thumb, 0.35)
    s.fill(thumb, "#c92f2f")
    s.fill(mitten, across("#e5443a", "#b92a34", 540, 640))
    strands(s, [[(562 + k * 18, 404 + abs(k - 2) * 7), (560 + k * 18, 500)] for k in range(4)], "#a3242f", 4, 0.5)
    s.paper(rect(540, 512, 634, 552, 16), "#f3e6d0", lift=0.3)
    strands(s, [[(554 + k * 14, 518), (554 + k * 14, 546)] for k in range(6)], "#b9a68c", 4)
    return s.finished()


# --- the queen of the night -------------------------------------------------------------------------------------------


def sabine() -> Image.Image:
    """A night gardener: a silver streak in black hair, a patched indigo apron."""
    s = portrait("#4f7f77", "#7fa693")
    hair = "#26222e"
    s.paper(oval(392, 158, 74, 66), hair, lift=0.3)
    strands(s, [at("340,160 392,110 450,150"), at("350,190 400,140 450,180")], "#5c5468")
    s.paper(oval(360, 260, 126, 132), hair, lift=0.3)
    body = shoulders(466, 226, 66)
    s.paper(body, across("#e8dcc2", "#cdb998", 140, 560), lift=0.3)
    for side in (-1, 1):
        strands(s, [[(360 + side * 190, 560), (360 + side * 182, 640), (360 + side * 192, 720)]], "#a08c74", 6)
    neck(s, BROWN, 360, 370, 456, 44)
    s.paper(blob(*at("300,452 360,500 420,452 436,474 360,540 284,474")), "#f3ead6", lift=0.2)
    bib = rect(242, 540, 478, 760, 18)
    for side in (-1, 1):
        s.paper(
            poly((360 + side * 96, 560), (360 + side * 118, 560), (360 + side * 122, 470), (360 + side * 96, 462)),
            "#35427c",
            lift=0.25,
        )
    s.paper(bib, across("#41509a", "#333f7c", 240, 480), lift=0.35)
    for side in (-1, 1):
        s.paper(oval(360 + side * 104, 562, 11), "#d9b46a", lift=0.4)
    for x, y, w, h, cloth, turn in (
        (296, 606, 70, 62, "#d98a4b", -6),
        (410, 668, 86, 66, "#6fa08a", 5),
        (330, 690, 56, 46, "#c95f55", 3),
    ):
        patch = moved(rect(-w / 2, -h / 2, w / 2, h / 2, 5), x, y, turn=turn)
        s.paper(patch, cloth, lift=0.2)
        for k in range(-3, 4):
            for edge in (-h / 2, h / 2):
                s.fill(moved(stroke([(k * w / 7, edge - 5), (k * w / 7, edge + 5)], 3), x, y, turn=turn), "#f6ecd4")
    with s.inside(moved(rect(-43, -33, 43, 33, 5), 410, 668, turn=5)):
        for k in range(5):
            s.fill(oval(380 + k * 18, 652 + (k % 2) * 28, 5), "#f6ecd4", alpha=0.8)
    head(s, BROWN, 360, 296, 100, 118, 0.6)
    features(s, BROWN, 360, 296, 100, 118, hair, eyes="open", mouth="smile", brows=0.4, nose=1.1)
    crown = blob(*at("244,310 238,226 282,160 360,138 440,160 482,226 476,310 456,250 400,200 330,198", "276,236"))
    s.paper(crown, hair, lift=0.3)
    strands(s, [at("340,160 300,190 266,240"), at("400,158 440,190 464,240")], "#5c5468")
    streak = blob(*at("336,142 368,140 404,160 448,200 470,256 474,300 454,246 408,200 360,178"))
    s.fill(streak, "#e6e4ea")
    strands(s, [at("352,152 408,176 456,230"), at("364,166 420,196 460,250")], "#a9a5b8", 3)
    for side in (-1, 1):
        s.fill(oval(360 + side * 103, 346, 6, 10), "#e0b04e")
    return s.finished()


# --- the cake run -----------------------------------------------------------------------------------------------------


def kit() -> Image.Image:
    """A bicycle courier: an orange helmet, a mint satchel with a white star."""
    s = portrait("#6d8fc0", "#98b4d6")
    hair = "#3a2a26"
    body = shoulders(474, 226, 62)
    s.paper(blob(*at("270,330 450,330 474,430 440,470 280,470 246,430")), hair, lift=0.25)
    s.paper(body, across("#f0e2c4", "#d8c29c", 140, 580), lift=0.3)
    with s.inside(body):
        s.fill(poly(*at("120,560 600,560 600,640 120,640")), "#d65b4a")
        s.fill(poly(*at("120,580 600,580 600,590 120,590")), "#f0e2c4", alpha=0.7)
    neck(s, OLIVE, 360, 376, 466, 43)
    s.paper(blob(*at("298,458 360,500 422,458 434,482 360,532 286,482")), "#d65b4a", lift=0.25)
    strap = stroke(at("232,500 330,590 452,690"), 42, smooth=False)
    s.shadow(strap, 0.35)
    s.fill(strap, "#6fc3a4")
    s.fill(stroke(at("226,512 320,606 440,704"), 4), "#3f8f78")
    bag = rect(404, 566, 640, 760, 30)
    s.paper(bag, across("#8fdcbc", "#62b598", 410, 640), lift=0.4, shade="#2f7a70")
    s.paper(blob(*at("404,570 640,570 644,640 600,676 440,676 400,640")), "#7fd0b0", lift=0.3, shade="#2f7a70")
    s.shadow(star(522, 628, 46, turn=-84), 0.3, 4, 3, 4)
    s.fill(star(522, 628, 46, turn=-84), "#fffaf0")
    head(s, OLIVE, 360, 302, 98, 114, 0.62)
    features(s, OLIVE, 360, 306, 98, 114, hair, mouth="grin", heavy=1.2, brows=0.3)
    for side in (-1, 1):
        s.fill(stroke([(360 + side * 96, 250), (360 + side * 92, 350), (360 + side * 34, 424)], 8), "#3c3a48")
        s.fill(
            blob((360 + side * 60, 236), (360 + side * 106, 238), (360 + side * 110, 316), (360 + side * 98, 300)), hair
        )
    s.fill(rect(344, 412, 376, 434, 6), "#3c3a48")
    shell = blob(*at("236,248 240,170 290,106 360,86 432,106 480,168 486,246 430,226 360,218 290,228"))
    s.paper(shell, Fade("#ff9a3d", "#de6420", (260, 110), (470, 250)), lift=0.4, shade="#a04a2a")
    with s.inside(shell):
        for dx, wide in ((-74, 20), (0, 26), (74, 20)):
            vent = blob(
                (360 + dx * 0.8 - wide, 190), (360 + dx * 0.7, 120), (360 + dx * 0.8 + wide, 190), (360 + dx, 208)
            )
            s.fill(vent, "#8f3d1d")
        s.fill(oval(290, 140, 30, 16, turn=-40), "#ffe0b0", alpha=0.7, blur=8)
    s.fill(stroke(at("240,248 290,228 360,219 430,227 484,246"), 10), "#fff1dc")
    return s.finished()


# --- a pinch of winter ------------------------------------------------------------------------------------------------

FLOUR = "#f7f1ea"


def dusting(s: Sheet, shapes: Sequence[tuple[float, float, float]], seed: int) -> None:
    """Flour that lies on something: soft patches and grains around them."""
    chance = random.Random(seed)
    for x, y, r in shapes:
        s.fill(oval(x, y, r, r * 0.7), FLOUR, alpha=0.85, blur=r * 0.25, grain=0.5)
        for _ in range(int(r)):
            angle, far = chance.random() * math.tau, r * (0.5 + chance.random())
            s.fill(
                oval(x + far * math.cos(angle), y + far * 0.8 * math.sin(angle), 1.2 + chance.random() * 2.4),
                FLOUR,
                0.9,
            )


def lumi(dusted: bool = False) -> Image.Image:
    """A girl of nine: a marigold tunic, a wooden spoon through the belt; in the look, floury curls."""
    s = portrait("#4fa0a0" if not dusted else "#86a9b8", "#86c0b4" if not dusted else "#b4cbd2")
    hair = "#3a2430"
    curls = [(360 + 150 * math.cos(k * math.tau / 15), 262 + 132 * math.sin(k * math.tau / 15)) for k in range(15)]
    cloud = oval(360, 262, 146, 130)
    for x, y in curls:
        if y < 372:
            cloud = cloud + oval(x, y, 44)
    s.shadow(cloud, 0.3)
    s.fill(cloud, hair)
    for k, (x, y) in enumerate(curls):
        if y < 372:
            s.fill(
                stroke([(x + 22 * math.cos(a / 3 + k), y + 22 * math.sin(a / 3 + k)) for a in range(14)], 4),
                "#6a4450",
                0.7,
            )
    body = shoulders(480, 184, 60)
    s.paper(body, across("#f6b52e", "#dc8f1f", 170, 550), lift=0.3, shade="#a0552e")
    neck(s, BROWN, 360, 396, 472, 36)
    collar = blob(*at("304,470 360,508 416,470 430,490 360,544 290,490"))
    s.paper(collar, "#fff0cf", lift=0.25)
    for k in range(7):
        s.fill(oval(306 + k * 18, 494 + 26 * math.sin((k + 0.5) * math.pi / 7), 4.5), "#d0483a")
    with s.inside(body):
        s.paper(rect(100, 640, 620, 700), "#7a3f52", lift=0.3)
        s.fill(rect(100, 648, 620, 653), "#a8637a")
    spoon = moved(stroke([(0, 150), (0, -40)], 17, smooth=False), 448, 600, turn=14)
    bowl = moved(oval(0, -74, 33, 44), 448, 600, turn=14)
    s.shadow(spoon + bowl, 0.4, 5)
    s.fill(spoon + bowl, across("#d39a5c", "#a8703e", 420, 490))
    s.fill(moved(oval(2, -74, 23, 33), 448, 600, turn=14), "#8e5a31")
    s.fill(moved(oval(-6, -84, 10, 16), 448, 600, turn=14), "#e2b27a", 0.6, blur=3)
    s.paper(rect(404, 650, 480, 692, 6), "#8c4a5e", lift=0.2)
    head(s, BROWN, 360, 314, 114, 114, 0.76)
    features(s, BROWN, 360, 320, 114, 114, hair, mouth="grin", nose=0.85, brows=0.6, eyes="smile" if dusted else "open")
    with s.inside(skull(360, 314, 114, 114, 0.76)):
        s.fill(rect(366, 384, 384, 402), "#7c2f3a")
    front = (
        oval(282, 222, 44)
        + oval(330, 196, 46)
        + oval(388, 196, 46)
        + oval(438, 224, 44)
        + oval(250, 266, 30)
        + oval(470, 268, 30)
    )
    s.shadow(front, 0.3, 6, 2, 6)
    s.fill(front, hair)
    for k, (x, y) in enumerate(((282, 222), (330, 196), (388, 196), (438, 224))):
        s.fill(
            stroke([(x + 24 * math.cos(a / 3 + k), y + 24 * math.sin(a / 3 + k)) for a in range(14)], 4), "#6a4450", 0.7
        )
    if dusted:
        dusting(
            s,
            [
                (360, 142, 62),
                (262, 178, 44),
                (462, 182, 44),
                (312, 190, 34),
                (410, 190, 36),
                (212, 262, 26),
                (508, 266, 26),
            ],
            3,
        )
        dusting(s, [(246, 540, 34), (474, 538, 34), (356, 336, 14), (300, 372, 12), (424, 362, 12)], 4)
    return s.finished()


def lumi_dusted() -> Image.Image:
    """The same girl with flour in her curls."""
    return lumi(dusted=True)


def vesna() -> Image.Image:
    """A grandmother from the north: a silver braid like a crown, a blue shawl with white stars."""
    s = portrait("#c9705a", "#e09a7c")
    silver = "#d9dae2"
    s.paper(oval(360, 262, 124, 128), silver, lift=0.3)
    body = shoulders(460, 250, 66)
    s.paper(body, "#6b4a5e", lift=0.3)
    neck(s, ROSY, 360, 370, 452, 45)
    s.paper(blob(*at("306,448 360,480 414,448 420,500 360,530 300,500")), "#f3e6d6", lift=0.2)
    left = blob(*at("290,446 230,474 150,520 104,620 90,780 300,800 372,700 392,620 352,570 318,500"))
    right = mirrored(left, 360)
    for side, shape in ((1, right), (-1, left)):
        s.paper(
            shape,
            across("#2f5da0" if side > 0 else "#3a6fb8", "#284d8a" if side > 0 else "#2f5da0", 110, 600),
            lift=0.4,
        )
        with s.inside(shape):
            for k, (x, y, r) in enumerate(
                (
                    (172, 560, 17),
                    (250, 530, 13),
                    (216, 636, 19),
                    (300, 610, 14),
                    (146, 676, 15),
                    (284, 690, 17),
                    (346, 650, 12),
                )
            ):
                s.fill(star(x if side < 0 else 720 - x, y + (0 if side < 0 else 12), r, 6, 0.4, turn=k * 13), "#fdf8ef")
    s.paper(oval(362, 640, 17), "#e0b04e", lift=0.4)
    s.fill(oval(358, 636, 6), "#fff0c0", 0.8, blur=1.5)
    head(s, ROSY, 360, 292, 100, 116, 0.66)
    features(s, ROSY, 360, 296, 100, 116, "#c4c4d0", eyes="smile", mouth="smile", brows=0.4, nose=1.1)
    strands(
        s,
        [
            at("292,340 286,352 288,364"),
            at("430,340 436,352 434,364"),
            at("262,300 250,296 246,288"),
            at("458,300 470,296 474,288"),
            at("326,226 360,220 396,227"),
        ],
        "#c08d80",
        3.5,
        0.7,
    )
    fringe = blob(
        *at("244,312 240,232 290,176 360,158 430,176 480,232 476,312 458,262 410,224 360,196", "310,224 262,262")
    )
    s.paper(fringe, silver, lift=0.25)
    strands(
        s,
        [
            at("350,178 296,214 258,270"),
            at("370,178 424,214 462,270"),
            at("350,170 300,190 256,240"),
            at("372,170 420,190 464,240"),
        ],
        "#9a9bb0",
        3.5,
    )
    for k in range(13):
        angle = math.radians(196 + k * 148 / 12)
        x, y = 360 + 128 * math.cos(angle), 260 + 124 * math.sin(angle)
        bead = oval(x, y, 26, 19, turn=math.degrees(angle) + 90 + (32 if k % 2 else -32))
        s.shadow(bead, 0.3, 4, 2, 4)
        s.fill(bead, lighter(silver, 0.4) if k < 7 else silver)
        s.fill(
            stroke(
                [
                    (x - 10 * math.sin(angle), y + 10 * math.cos(angle)),
                    (x + 10 * math.sin(angle), y - 10 * math.cos(angle)),
                ],
                3,
            ),
            "#9a9bb0",
            0.8,
        )
    return s.finished()


def osman(floured: bool = False) -> Image.Image:
    """A baker: a great black beard, a red striped apron; in the look, all of it white with flour."""
    s = portrait("#d8b27a" if not floured else "#a9b7bd", "#ecd2a2" if not floured else "#cdd6d6")
    beard = "#2b2028"
    body = shoulders(452, 290, 70)
    s.paper(body, across("#f3e9d6", "#d9c7a8", 90, 620), lift=0.3)
    bib = poly(*at("226,560 494,560 540,780 180,780"))
    for side in (-1, 1):
        s.paper(
            poly((360 + side * 134, 566), (360 + side * 104, 566), (360 + side * 96, 450), (360 + side * 122, 462)),
            "#c2372f",
            lift=0.2,
        )
    s.paper(bib, "#f7efe2", lift=0.3)
    with s.inside(bib):
        for k in range(9):
            s.fill(rect(170 + k * 46, 540, 192 + k * 46, 760), "#c2372f")
        s.fill(rect(170, 560, 560, 570), "#9c2a2c")
    neck(s, OLIVE, 360, 366, 446, 60)
    head(s, OLIVE, 360, 280, 108, 116, 0.8)
    features(
        s,
        OLIVE,
        360,
        272,
        108,
        116,
        beard if not floured else "#efe8e2",
        mouth="",
        heavy=2.0,
        nose=1.6,
        brows=0.5,
        eyes="smile" if floured else "open",
    )
    colour = beard if not floured else "#efe8e2"
    lock = "#5a4450" if not floured else "#c9c0c2"
    mass = blob(
        *at(
            "252,282 246,370 236,450 270,536 322,574 360,590 398,574 450,536 484,450 474,370",
            "468,282 446,330 404,346 360,340 316,346 274,330",
        )
    )
    s.shadow(mass, 0.4, 9, 4, 10)
    s.fill(mass, colour)
    strands(
        s,
        [
            [(290 + k * 20, 410 + abs(3.5 - k) * -8), (284 + k * 22, 470), (300 + k * 17, 540 - abs(3.5 - k) * 12)]
            for k in range(8)
        ],
        lock,
        4,
        0.7,
    )
    strands(s, [at("262,330 258,400 272,470"), at("458,330 462,400 448,470")], lock, 4, 0.7)
    s.fill(blob(*at("322,392 360,384 398,392 384,414 360,420 336,414")), "#a8483f")
    s.fill(blob(*at("330,394 360,388 390,394 360,403")), "#fff6ea")
    for side in (-1, 1):
        tash = blob(
            (360 - side * 4, 342),
            (360 + side * 44, 342),
            (360 + side * 92, 372),
            (360 + side * 106, 352),
            (360 + side * 96, 398),
            (360 + side * 46, 396),
            (360 - side * 2, 384),
        )
        s.shadow(tash, 0.4, 4, 1, 5)
        s.fill(tash, lighter(colour, 0.1))
    hat = blob(*at("246,226 238,160 262,104 320,84 360,92 412,80 466,108 484,164 474,226 420,206 360,200", "300,206"))
    s.paper(hat, "#fdf6ea", lift=0.35, shade="#8d83a0")
    s.fill(stroke(at("248,228 300,208 360,202 420,208 472,228"), 24), "#efe4d4")
    strands(
        s,
        [at("290,196 284,140 300,110"), at("360,190 358,140 362,110"), at("430,196 438,140 424,110")],
        "#b9aab0",
        4,
        0.5,
    )
    if floured:
        dusting(
            s,
            [
                (196, 520, 52),
                (524, 522, 52),
                (268, 610, 44),
                (438, 640, 50),
                (340, 690, 40),
                (150, 600, 40),
                (570, 610, 40),
            ],
            5,
        )
        dusting(s, [(308, 318, 20), (416, 312, 20), (362, 300, 16), (300, 470, 24), (420, 480, 24)], 6)
    return s.finished()


def osman_floured() -> Image.Image:
    """The same baker, white with flour."""
    return osman(floured=True)


# --- the sugar dragon -------------------------------------------------------------------------------------------------


def tangpo() -> Image.Image:
    """An old sugar painter: a copper ladle, a plum-coloured headscarf."""
    s = portrait("#8c9a6b", "#b4bd8c")
    body = shoulders(458, 240, 66)
    s.paper(body, across("#3f5f86", "#334c70", 130, 590), lift=0.3)
    neck(s, OLIVE, 360, 368, 450, 44)
    for side, shade in ((1, "#3a5880"), (-1, "#486a94")):
        s.paper(
            poly((360 + side * 50, 440), (360 + side * 76, 462), (360 - side * 30, 560), (360 - side * 50, 530)),
            shade,
            lift=0.25,
        )
    s.fill(stroke(at("404,470 330,540 316,640 316,760"), 7), "#f0dcae")
    for y in (574, 640, 700):
        s.paper(oval(318, y, 9), "#f0dcae", lift=0.3)
    hair = "#b9b4b8"
    s.paper(oval(360, 250, 112, 116), hair, lift=0.2)
    head(s, OLIVE, 360, 294, 102, 112, 0.74)
    features(s, OLIVE, 360, 296, 102, 112, "#8d868c", eyes="smile", mouth="grin", brows=0.3, nose=1.15, heavy=0.9)
    strands(
        s,
        [
            at("286,344 278,358 282,374"),
            at("436,344 444,358 440,374"),
            at("258,304 246,300 242,290"),
            at("462,304 474,300 478,290"),
            at("322,232 360,226 400,233"),
            at("330,246 360,242 392,247"),
        ],
        "#8a5340",
        3.5,
        0.6,
    )
    scarf = blob(
        *at("236,300 228,220 270,146 360,118 450,146 492,220 484,300 462,246 412,212 360,204", "308,212 258,246")
    )
    s.paper(scarf, Fade("#8c3f66", "#642a50", (240, 140), (480, 300)), lift=0.35)
    with s.inside(scarf):
        for k in range(48):
            x, y = 236 + (k % 8) * 36 + (k // 8 % 2) * 18, 128 + (k // 8) * 32
            s.fill(oval(x, y, 4.5), "#f3d7c4", alpha=0.85)
    s.paper(blob(*at("470,290 510,282 544,320 536,356 506,340 484,316")), "#7a3560", lift=0.3)
    s.paper(blob(*at("470,296 498,320 510,372 486,392 468,350")), "#642a50", lift=0.3)
    sleeve = blob(*at("84,780 96,680 140,600 196,566 240,592 250,650 220,780"))
    s.paper(sleeve, across("#4d7099", "#3a5880", 90, 250), lift=0.35)
    s.paper(moved(rect(-52, -18, 52, 18, 10), 204, 584, turn=-22), "#dfe4ea", lift=0.3)
    handle = stroke(at("192,560 206,470 214,330"), 13, 11)
    s.shadow(handle, 0.35, 5)
    s.fill(handle, "#8a4a2c")
    bowl = blob(*at("130,300 226,300 284,300 272,344 230,370 180,368 142,344"))
    s.paper(bowl, across("#e8915a", "#b05a34", 140, 280), lift=0.35, shade="#7a3a34")
    s.fill(oval(207, 301, 78, 15), "#7a3a24")
    s.fill(oval(207, 303, 68, 11), "#f2a93a")
    s.fill(oval(188, 300, 26, 4), "#ffe6a0", 0.9, blur=1.5)
    s.fill(oval(166, 336, 12, 20, turn=28), "#ffd2a4", 0.7, blur=4)
    s.fill(stroke(at("136,314 120,352 124,420 122,500"), 8, 2.5), "#f2a93a")
    fist(s, OLIVE, 202, 520, 1.0, turn=8)
    return s.finished()


def xiaoman() -> Image.Image:
    """A small boy: a tiger hat, a folded paper dragon in his hand."""
    s = portrait("#b5543f", "#d98460")
    body = shoulders(490, 184, 58)
    s.paper(body, across("#2f8f86", "#257068", 170, 550), lift=0.3)
    neck(s, FAIR, 360, 400, 482, 38)
    for side in (-1, 1):
        s.paper(
            poly((360, 540), (360 + side * 52, 470), (360 + side * 70, 492), (360 + side * 10, 570)),
            "#f0d9a8",
            lift=0.25,
        )
    for y in (600, 668):
        s.fill(stroke([(318, y), (402, y)], 9), "#f0d9a8")
        s.paper(oval(360, y, 13), "#d84b3a", lift=0.3)
    s.paper(oval(360, 280, 138, 144), "#f0a030", lift=0.35)
    head(s, FAIR, 360, 324, 112, 106, 0.84)
    features(s, FAIR, 360, 330, 112, 106, INK, mouth="smile", nose=0.7, brows=0.7)
    s.fill(blob(*at("262,300 290,264 360,250 430,264 458,300 430,282 396,290 360,276 324,290 290,282")), "#2b2028")
    for side in (-1, 1):
        ear = blob(
            (360 + side * 72, 168),
            (360 + side * 84, 96),
            (360 + side * 130, 92),
            (360 + side * 148, 140),
            (360 + side * 132, 206),
        )
        s.paper(ear, "#f0a030", lift=0.3)
        s.fill(oval(360 + side * 112, 142, 20, 24, turn=side * 20), "#fbe3c2")
    hood = blob(
        *at(
            "232,350 218,270 240,190 300,146 360,138 420,146 480,190 502,270 488,350 466,300",
            "430,262 360,248 290,262 254,300",
        )
    )
    s.paper(hood, Fade("#ffb63f", "#e48a22", (230, 160), (490, 320)), lift=0.35, shade="#a0552e")
    with s.inside(hood):
        for side in (-1, 1):
            for x0, y0, x1, y1 in ((126, 300, 96, 282), (132, 256, 100, 246), (116, 214, 90, 216)):
                s.fill(stroke([(360 + side * x0, y0), (360 + side * x1, y1)], 15, 3), "#2b2028")
        s.fill(stroke([(360, 140), (360, 172)], 14, 4), "#2b2028")
        for side in (-1, 1):
            s.fill(stroke([(360 + side * 28, 146), (360 + side * 24, 172)], 12, 4), "#2b2028")
            s.fill(oval(360 + side * 48, 206, 22, 19), "#ffffff")
            s.fill(oval(360 + side * 46, 208, 11, 13), "#2b2028")
            s.fill(oval(360 + side * 42, 203, 4), "#ffffff")
        s.fill(blob(*at("340,224 360,218 380,224 360,242")), "#d84b3a")
    sleeve = blob(*at("500,790 494,690 520,620 560,590 606,610 624,680 620,790"))
    s.paper(sleeve, across("#3aa096", "#2a7a72", 500, 620), lift=0.35)
    s.paper(moved(rect(-46, -15, 46, 15, 9), 556, 606, turn=18), "#f0d9a8", lift=0.3)
    paper_dragon(s, 560, 470, 1.0)
    fist(s, FAIR, 552, 560, 0.82, turn=-8)
    return s.finished()


def paper_dragon(s: Sheet, x: float, y: float, size: float) -> None:
    """A dragon folded from one red sheet, pleated like a fan."""
    zigzag = at("-6,84 -30,52 8,34 -34,8 4,-14 -34,-40 0,-62")
    for k in range(len(zigzag) - 1):
        (ax, ay), (bx, by) = zigzag[k], zigzag[k + 1]
        wide = 30 - k * 1.5
        pleat = moved(
            poly((ax - wide / 2, ay), (ax + wide / 2, ay), (bx + wide / 2, by), (bx - wide / 2, by)), x, y, size
        )
        s.shadow(pleat, 0.25, 4, 3, 4)
        s.fill(pleat, "#d84030" if k % 2 else "#f0644a")
    for outline, colour in (
        (poly(*at("-22,-58 34,-104 76,-84 58,-66 84,-58 30,-40")), "#e5503a"),
        (poly((-22, -58), (34, -104), (30, -70)), "#ff8a68"),
        (poly((6, -92), (-22, -128), (30, -104)), "#f2c64f"),
        (poly((-8, -80), (-50, -104), (10, -96)), "#f2c64f"),
    ):
        s.shadow(moved(outline, x, y, size), 0.25, 4, 3, 4)
        s.fill(moved(outline, x, y, size), colour)
    s.fill(moved(oval(36, -82, 6), x, y, size), "#fff6e0")
    s.fill(moved(oval(37, -82, 3), x, y, size), INK)


# --- the starter film -------------------------------------------------------------------------------------------------


def ada() -> Image.Image:
    """A watchmaker: a green eyeglass pushed up on the brow, a yellow measuring tape."""
    s = portrait("#5f86a0", "#8fb0be")
    hair = "#8a3b3a"
    s.paper(blob(*at("250,200 360,140 470,200 506,300 498,420 450,470 270,470 222,420 214,300")), hair, lift=0.3)
    body = shoulders(466, 226, 64)
    s.paper(body, across("#c9694a", "#a9523e", 140, 580), lift=0.3)
    neck(s, FAIR, 360, 372, 458, 43)
    s.paper(blob(*at("296,454 360,520 424,454 452,480 360,590 268,480")), "#f6e8cf", lift=0.3)
    for side in (-1, 1):
        tape = [(360 + side * 84, 462), (360 + side * 110, 560), (360 + side * 100, 740)]
        s.shadow(stroke(tape, 30), 0.3, 5, 3, 5)
        s.fill(stroke(tape, 30), "#f5cf4a")
        for k in range(13):
            t = k / 13
            x = 360 + side * (88 + 34 * math.sin(t * 2.2))
            s.fill(
                stroke([(x + side * 2, 480 + k * 20), (x + side * (12 if k % 2 else 8), 480 + k * 20)], 3), "#6b4a2a"
            )
    head(s, FAIR, 360, 300, 100, 114, 0.6)
    features(s, FAIR, 360, 306, 100, 114, "#6b2c30", mouth="smile", brows=0.5)
    fringe = blob(
        *at("238,330 232,240 284,176 370,156 450,184 488,250", "480,330 462,268 420,236 350,240 296,232 262,270")
    )
    s.paper(fringe, Fade("#9c4744", "#722c34", (240, 180), (480, 300)), lift=0.3)
    strands(s, [at("330,176 290,204 262,250"), at("400,174 440,204 464,260")], "#5c2430")
    s.fill(stroke(at("240,232 300,206 420,206 480,232"), 12), "#3c3444")
    s.paper(oval(404, 200, 46, 44), "#3c3444", lift=0.4)
    s.fill(oval(404, 200, 35, 33), across("#5fd08c", "#2f9a68", 370, 440))
    s.fill(oval(392, 188, 13, 9, turn=-35), "#e6ffe6", 0.85, blur=2)
    return s.finished()


def pip() -> Image.Image:
    """A small tin robot: one bent antenna, a round window in the chest with a clock behind it."""
    s = portrait("#d9996a", "#ecc092")
    tin, shade = "#b8c9cc", "#7f979f"
    antenna = stroke(at("360,150 358,96 392,84 404,50"), 9, smooth=False)
    s.shadow(antenna, 0.3, 4)
    s.fill(antenna, "#8a9ba2")
    s.paper(oval(406, 44, 17), "#e5503a", lift=0.3)
    s.fill(oval(400, 38, 5), "#ffd8c8", 0.9, blur=1)
    for side in (-1, 1):
        arm = stroke([(360 + side * 176, 520), (360 + side * 232, 570), (360 + side * 246, 700)], 54, 48)
        s.shadow(arm, 0.3)
        s.fill(arm, across(tin, shade, 100, 640))
        for k in range(5):
            s.fill(
                stroke([(360 + side * (206 + k * 5), 590 + k * 26), (360 + side * (266 + k * 5), 586 + k * 26)], 4),
                "#6d858d",
                0.7,
            )
        s.paper(oval(360 + side * 172, 512, 36), "#d8b65c", lift=0.35)
    s.paper(rect(330, 396, 390, 450), "#6d858d", lift=0.2)
    for y in (408, 424, 440):
        s.fill(rect(326, y - 4, 394, y + 3, 3), "#93a8ae")
    body = blob(*at("206,452 360,436 514,452 540,600 530,780 190,780 180,600"))
    s.paper(body, across("#d3dfdf", "#92a8ae", 190, 530), lift=0.4)
    for x, y in ((228, 476), (492, 476), (214, 690), (506, 690)):
        s.paper(oval(x, y, 8), "#8297a0", lift=0.2)
    s.paper(oval(360, 590, 108), "#d8b65c", lift=0.4)
    s.fill(oval(360, 590, 90), Fade("#fff6de", "#f2dcae", (300, 520), (420, 670)))
    for k in range(12):
        a = k * math.tau / 12
        inner = 70 if k % 3 else 62
        s.fill(
            stroke(
                [
                    (360 + inner * math.cos(a), 590 + inner * math.sin(a)),
                    (360 + 80 * math.cos(a), 590 + 80 * math.sin(a)),
                ],
                5,
            ),
            INK,
        )
    s.fill(stroke([(360, 590), (360, 532)], 8, 5), INK)
    s.fill(stroke([(360, 590), (398, 612)], 9, 6), INK)
    s.fill(oval(360, 590, 9), "#e5503a")
    s.fill(oval(322, 546, 40, 22, turn=-40), "#ffffff", 0.5, blur=7)
    skull_ = rect(212, 146, 508, 404, 72)
    s.paper(skull_, across("#dbe6e5", "#9db2b7", 220, 510), lift=0.4)
    with s.inside(skull_):
        s.fill(blob(*at("212,330 300,352 420,352 508,330 508,420 212,420")), "#8fa5ac", 0.5)
        s.fill(oval(260, 186, 46, 20, turn=-30), "#ffffff", 0.6, blur=9)
    for side in (-1, 1):
        s.paper(rect(360 + side * 150 - 18, 236, 360 + side * 150 + 18, 316, 12), "#d8b65c", lift=0.3)
        eye = oval(360 + side * 66, 262, 52)
        s.paper(eye, "#5d6f7a", lift=0.3)
        s.fill(oval(360 + side * 66, 262, 42), "#23303c")
        s.glow(360 + side * 66, 262, 70, "#ffcf6a", 0.55)
        s.fill(oval(360 + side * 66, 266, 24), "#ffd67a")
        s.fill(oval(360 + side * 66 - 8, 257, 8), "#fffbe6")
        s.fill(stroke([(360 + side * 24, 200 - 6), (360 + side * 110, 208)], 9, 7), "#6d858d")
    s.fill(rect(304, 338, 416, 372, 15), "#5d6f7a")
    for k in range(5):
        s.fill(rect(316 + k * 19, 344, 326 + k * 19, 366, 4), "#e8d9a0")
    return s.finished()


# --- places -----------------------------------------------------------------------------------------------------------


def brickwork(
    s: Sheet, area: Outline, box: tuple[float, float, float, float], colour: str, seed: int, wide: float, high: float
) -> None:
    """Single bricks showing here and there on a wall."""
    chance = random.Random(seed)
    x0, y0, x1, y1 = box
    with s.inside(area):
        for row in range(int((y1 - y0) / high) + 1):
            for column in range(int((x1 - x0) / wide) + 2):
                if chance.random() < 0.4:
                    x, y = x0 + (column - (row % 2) / 2) * wide, y0 + row * high
                    s.fill(rect(x + 2, y + 2, x + wide - 2, y + high - 2, 3), colour, 0.25 + chance.random() * 0.45)


def suitcase(s: Sheet, x: float, y: float, wide: float, high: float, colour: str) -> None:
    """A suitcase standing on (x, y), its middle below."""
    s.fill(
        stroke([(x - 14, y - high), (x - 12, y - high - 12), (x + 12, y - high - 12), (x + 14, y - high)], 5),
        darker(colour, 0.5),
    )
    s.paper(rect(x - wide / 2, y - high, x + wide / 2, y, 7), colour, lift=0.3)
    for side in (-1, 1):
        s.fill(rect(x + side * wide * 0.28 - 5, y - high, x + side * wide * 0.28 + 5, y), darker(colour, 0.35))
        s.fill(
            rect(x + side * wide * 0.28 - 4, y - high * 0.62, x + side * wide * 0.28 + 4, y - high * 0.48, 2), "#e8c979"
        )


def umbrella(s: Sheet, x: float, y: float, high: float, colour: str, turn: float) -> None:
    """A rolled umbrella standing on its tip."""
    place = {"dx": x, "dy": y, "turn": turn}
    crook = [(0, -high), (0, -high - 16), (10, -high - 26), (20, -high - 16), (19, -high - 8)]
    s.fill(moved(stroke(crook, 6), **place), "#b07a45")
    cone = poly((-3, 0), (3, 0), (12, -high * 0.82), (4, -high), (-4, -high), (-12, -high * 0.82))
    s.shadow(moved(cone, **place), 0.3, 4, 3, 3)
    s.fill(moved(cone, **place), colour)
    s.fill(moved(poly((1, 0), (3, 0), (12, -high * 0.82), (4, -high)), **place), darker(colour, 0.35))


def lamp(s: Sheet, x: float, y: float, colour: str, reach: float) -> None:
    """An enamel lamp hanging from above, with its cone of light."""
    s.fill(rect(x - 2, -10, x + 2, y - 30), "#1d2530")
    cone = poly((x - 44, y + 6), (x + 44, y + 6), (x + reach * 0.62, y + reach), (x - reach * 0.62, y + reach))
    s.fill(cone, "#ffcf7a", 0.2, 26, "screen")
    shade = blob(
        (x - 52, y + 8),
        (x - 40, y - 16),
        (x - 14, y - 34),
        (x + 14, y - 34),
        (x + 40, y - 16),
        (x + 52, y + 8),
        (x, y + 10),
    )
    s.paper(shade, colour, lift=0.2)
    s.fill(oval(x, y + 8, 46, 7), "#fff0c0")
    s.glow(x, y + 14, 120, "#ffd98a", 0.55)


def lost_property() -> Image.Image:
    """A lost-property office: cubbyholes full of umbrellas and cases, a brass bell on the counter."""
    s = Sheet(1280, 720, down("#2e5a63", "#23424f", 0, 720))
    for k in range(22):
        s.fill(rect(k * 62, 0, k * 62 + 2, 520), "#1c3844", 0.5)
    # an arched window on the evening platform
    frame = arch(56, 70, 276, 470)
    s.paper(moved(arch(44, 56, 288, 482)), "#8a5a3a", lift=0.3)
    s.fill(frame, down("#2b3566", "#e58f6c", 80, 440))
    with s.inside(frame):
        s.fill(oval(214, 350, 60), "#ffcf8a", 0.5, 20, "screen")
        for k, high in enumerate((40, 66, 30, 52, 74, 44)):
            s.fill(rect(40 + k * 44, 400 - high, 84 + k * 44, 480), "#33315a")
        s.fill(poly(*at("56,402 276,380 276,480 56,480")), "#232746")
        s.fill(rect(96, 330, 102, 440), "#171a33")
        s.fill(oval(99, 326, 11), "#ffe9ae")
        s.glow(99, 326, 80, "#ffd98a", 0.7)
    for x in (128, 202):
        s.fill(rect(x, 76, x + 5, 470), "#8a5a3a")
    for y in (180, 290, 384):
        s.fill(rect(58, y, 274, y + 5), "#8a5a3a")
    # cubbyholes
    left, top, wide, high = 340, 66, 176, 138
    s.paper(rect(left - 16, top - 18, left + 5 * wide + 16, top + 3 * high + 60, 6), "#84523a", lift=0.4)
    for row in range(3):
        for column in range(5):
            x, y = left + column * wide, top + row * high
            s.fill(
                rect(x + 6, y + 4, x + wide - 6, y + high - 8), Fade("#3a262f", "#5b3a35", (x, y), (x + 80, y + high))
            )
    floor = [top + (row + 1) * high - 8 for row in range(3)]
    middle = [left + (column + 0.5) * wide for column in range(5)]
    for k, (colour, turn) in enumerate((("#c2483c", -9), ("#35618c", -3), ("#d9a441", 4), ("#4b7a55", 10))):
        umbrella(s, middle[0] - 36 + k * 22, floor[0], 84, colour, turn)
    suitcase(s, middle[1] - 6, floor[0], 116, 62, "#b0673f")
    suitcase(s, middle[1] + 8, floor[0] - 64, 84, 34, "#4a7a7c")
    globe = oval(middle[2], floor[0] - 56, 40)  # a globe
    s.paper(rect(middle[2] - 26, floor[0] - 8, middle[2] + 26, floor[0], 4), "#c79a4e", lift=0.2)
    s.paper(globe, "#5d9db0", lift=0.3)
    with s.inside(globe):
        s.fill(
            blob(
                (middle[2] - 34, floor[0] - 80),
                (middle[2] - 4, floor[0] - 88),
                (middle[2] + 4, floor[0] - 60),
                (middle[2] - 20, floor[0] - 44),
            ),
            "#8fae6a",
        )
        s.fill(
            blob(
                (middle[2] + 8, floor[0] - 52),
                (middle[2] + 34, floor[0] - 62),
                (middle[2] + 30, floor[0] - 30),
                (middle[2] + 12, floor[0] - 24),
            ),
            "#8fae6a",
        )
    s.fill(
        stroke(
            [
                (middle[2] - 22, floor[0] - 96),
                (middle[2] + 36, floor[0] - 92),
                (middle[2] + 46, floor[0] - 44),
                (middle[2], floor[0] - 8),
            ],
            5,
        ),
        "#c79a4e",
    )
    for k, colour in enumerate(("#d9cbb0", "#6b3f52", "#39455e")):  # hats in a pile
        y = floor[0] - 6 - k * 28
        s.paper(oval(middle[3], y - 4, 54 - k * 6, 9), colour, lift=0.3)
        s.paper(
            blob(
                (middle[3] - 30 + k * 3, y - 6),
                (middle[3] - 26, y - 30),
                (middle[3], y - 36),
                (middle[3] + 26, y - 30),
                (middle[3] + 30 - k * 3, y - 6),
            ),
            colour,
            lift=0.1,
        )
        s.fill(rect(middle[3] - 29 + k * 3, y - 14, middle[3] + 29 - k * 3, y - 7), darker(colour, 0.4))
    suitcase(s, middle[4], floor[0], 108, 84, "#7a3f4c")
    suitcase(s, middle[0] - 22, floor[1], 92, 92, "#52703f")
    umbrella(s, middle[0] + 50, floor[1], 84, "#8a5aa0", 8)
    # a tuba
    brass, deep = "#e3b34f", "#a4742e"
    s.fill(
        stroke(
            [
                (middle[1] - 34, floor[1] - 30),
                (middle[1] - 30, floor[1] - 8),
                (middle[1] + 10, floor[1] - 10),
                (middle[1] + 20, floor[1] - 40),
                (middle[1] + 20, floor[1] - 92),
            ],
            17,
            26,
        ),
        deep,
    )
    s.fill(
        stroke(
            [
                (middle[1] - 36, floor[1] - 34),
                (middle[1] - 32, floor[1] - 12),
                (middle[1] + 8, floor[1] - 14),
                (middle[1] + 17, floor[1] - 44),
                (middle[1] + 17, floor[1] - 92),
            ],
            10,
            18,
        ),
        brass,
    )
    s.paper(oval(middle[1] + 18, floor[1] - 98, 44, 17), brass, lift=0.3)
    s.fill(oval(middle[1] + 18, floor[1] - 98, 32, 10), "#7a5122")
    s.fill(
        stroke([(middle[1] - 36, floor[1] - 34), (middle[1] - 38, floor[1] - 76), (middle[1] - 60, floor[1] - 80)], 7),
        brass,
    )
    for k in range(3):
        s.fill(
            rect(middle[1] - 20 + k * 13, floor[1] - 64, middle[1] - 12 + k * 13, floor[1] - 18, 3), lighter(brass, 0.3)
        )
    # a bear
    fur = "#c58b55"
    for outline in (
        oval(middle[2], floor[1] - 28, 34, 32),
        oval(middle[2] - 30, floor[1] - 10, 17, 11),
        oval(middle[2] + 30, floor[1] - 10, 17, 11),
        oval(middle[2] - 25, floor[1] - 98, 13),
        oval(middle[2] + 25, floor[1] - 98, 13),
        oval(middle[2], floor[1] - 76, 32, 29),
    ):
        s.paper(outline, fur, lift=0.25)
    s.fill(oval(middle[2], floor[1] - 68, 14, 11), "#ecd0a4")
    for dx in (-11, 11):
        s.fill(oval(middle[2] + dx, floor[1] - 82, 3.5), INK)
    s.fill(oval(middle[2], floor[1] - 72, 4.5, 3.5), INK)
    s.fill(
        poly(
            (middle[2] - 18, floor[1] - 54),
            (middle[2], floor[1] - 46),
            (middle[2] + 18, floor[1] - 54),
            (middle[2] + 18, floor[1] - 40),
            (middle[2], floor[1] - 46),
            (middle[2] - 18, floor[1] - 40),
        ),
        "#c2372f",
    )
    # boots, a bird cage
    for dx, colour in ((-36, "#d8b13c"), (12, "#d8b13c")):
        boot = blob(
            (middle[3] + dx - 14, floor[1] - 74),
            (middle[3] + dx + 14, floor[1] - 74),
            (middle[3] + dx + 14, floor[1] - 28),
            (middle[3] + dx + 34, floor[1] - 12),
            (middle[3] + dx + 32, floor[1]),
            (middle[3] + dx - 14, floor[1]),
        )
        s.paper(boot, colour, lift=0.3)
        s.fill(rect(middle[3] + dx - 14, floor[1] - 76, middle[3] + dx + 14, floor[1] - 66, 3), darker(colour, 0.25))
    for k in range(-3, 4):
        s.fill(
            stroke(
                [(middle[4], floor[1] - 108), (middle[4] + k * 13, floor[1] - 84), (middle[4] + k * 14, floor[1] - 6)],
                3,
            ),
            "#d9b46a",
        )
    s.fill(rect(middle[4] - 46, floor[1] - 10, middle[4] + 46, floor[1], 4), "#d9b46a")
    s.fill(stroke([(middle[4] - 44, floor[1] - 54), (middle[4] + 44, floor[1] - 54)], 4), "#d9b46a")
    s.fill(oval(middle[4], floor[1] - 114, 7), "#d9b46a")
    for column, colours in enumerate(
        (
            ("#a8743f", "#35618c"),
            ("#7a3f4c", "#b0673f"),
            ("#4a7a7c", "#8a6a3a"),
            ("#b0673f", "#52703f"),
            ("#39455e", "#c2954a"),
        )
    ):
        suitcase(s, middle[column] - 4, floor[2] + 4, 128, 72, colours[0])
        suitcase(s, middle[column] + 10, floor[2] - 70, 92, 36, colours[1])
    for row in range(2):  # labels
        for column in range(5):
            s.paper(
                rect(middle[column] - 26, floor[row] + 0, middle[column] + 26, floor[row] + 14, 2), "#f0e2c0", lift=0.2
            )
    # a clock above the window's side
    s.paper(oval(306, 40, 34), "#8a5a3a", lift=0.4)
    s.fill(oval(306, 40, 27), "#fbf0d8")
    s.fill(stroke([(306, 40), (306, 20)], 4), INK)
    s.fill(stroke([(306, 40), (292, 47)], 5), INK)
    lamp(s, 516, 46, "#2f7a62", 500)
    lamp(s, 1044, 46, "#2f7a62", 500)
    # the counter
    s.shadow(rect(-10, 488, 1290, 720), 0.6, 20, 0, -18)
    s.fill(rect(-10, 532, 1290, 730), down("#6d3f30", "#3f2530", 532, 720))
    for k in range(6):
        panel = rect(20 + k * 212, 566, 204 + k * 212, 720, 6)
        s.fill(panel, "#4d2b2c", 0.7)
        s.fill(moved(panel, 5, 6), "#7a4a36", 0.55)
    s.fill(poly(*at("-10,494 1290,494 1290,540 -10,540")), across("#b87b4c", "#9a6240", 0, 1280))
    s.fill(rect(-10, 536, 1290, 546), "#5a342c")
    s.fill(oval(500, 512, 260, 14), "#ffe0a0", 0.4, 12, "screen")
    s.fill(oval(960, 512, 260, 14), "#ffe0a0", 0.4, 12, "screen")
    # ledger, stamp, bell
    s.paper(poly(*at("610,520 650,490 800,490 806,520")), "#f3e4c4", lift=0.4)
    s.paper(poly(*at("806,520 800,490 948,490 992,520")), "#fbf0d8", lift=0.2)
    strands(
        s,
        [[(660, 500), (780, 500)], [(650, 508), (784, 508)], [(826, 500), (930, 500)], [(826, 508), (944, 508)]],
        "#9a7a68",
        2,
    )
    s.paper(rect(1040, 494, 1110, 516, 5), "#7a2f3a", lift=0.4)
    s.paper(rect(1066, 446, 1084, 486, 8), "#b07a45", lift=0.3)
    s.paper(rect(1054, 482, 1096, 498, 4), "#7a5030", lift=0.2)
    s.paper(oval(430, 518, 62, 12), "#7a5122", lift=0.5)
    s.paper(
        blob(*at("378,514 386,474 430,452 474,474 482,514 430,522")), across("#ffd873", "#c08a35", 380, 480), lift=0.3
    )
    s.fill(oval(408, 478, 13, 9, turn=-40), "#fff6d0", 0.9, blur=3)
    s.paper(oval(430, 446, 10), "#ffd873", lift=0.3)
    # umbrella handles, near and dark
    for k, (x, turn) in enumerate(((66, -8), (122, 3), (176, 12))):
        crook = at("0,130 0,-60 8,-96 36,-106 52,-82 50,-62")
        s.fill(moved(stroke(crook, 17), x, 660, 1, turn), ("#2a1a28", "#3a2026", "#20182a")[k])
    return s.finished()


def cluster(
    s: Sheet, x: float, y: float, size: float, colours: Sequence[str], seed: int, count: int = 11, spread: float = 150
) -> None:
    """A plant: leaves fanning out of one place."""
    chance = random.Random(seed)
    for k in range(count):
        turn = -90 + (k / (count - 1) - 0.5) * spread * (1 if k % 2 else 0.82) + (chance.random() - 0.5) * 14
        length = size * (0.7 + chance.random() * 0.45)
        shape = leaf(
            x + (chance.random() - 0.5) * size * 0.2, y, length, length * (0.12 + chance.random() * 0.06), turn
        )
        colour = colours[int(chance.random() * len(colours)) % len(colours)]
        s.shadow(shape, 0.22, 5, 4, 5)
        s.fill(shape, colour)
        cos, sin = math.cos(math.radians(turn)), math.sin(math.radians(turn))
        s.fill(stroke([(x, y), (x + cos * length * 0.9, y + sin * length * 0.9)], 2.4, 0.8), lighter(colour, 0.25), 0.6)


def greenhouse(night: bool) -> Image.Image:
    """A glasshouse: an iron vault, a tall cactus in a blue-glazed pot."""
    vx, vy = 640, 340
    sky = ("#141f47", "#48629a") if night else ("#9cc4d8", "#ffdcae")
    s = Sheet(1280, 720, down(sky[0], sky[1], 0, 470))
    iron = "#1c2c44" if night else "#5f7a80"
    chance = random.Random(5)
    if night:
        for _ in range(90):
            s.fill(
                oval(chance.random() * 1280, chance.random() * 330, 0.8 + chance.random() * 1.4),
                "#e8ecff",
                0.3 + chance.random() * 0.6,
            )
        s.glow(760, 176, 330, "#b9cdfa", 0.6)
        s.fill(oval(760, 176, 52), "#f6f3e2")
        s.fill(oval(744, 164, 11), "#dcd9cc")
        s.fill(oval(776, 190, 8), "#dcd9cc")
    else:
        s.glow(760, 330, 520, "#fff0c0", 0.8)
        s.fill(oval(760, 330, 46), "#fffbe8")
        for k in range(4):
            s.fill(oval(240 + k * 260, 110 + (k % 2) * 50, 120, 12), "#ffffff", 0.5, 10)
    hills = "#2b3d6b" if night else "#b7c3b4"
    s.fill(blob(*at("300,420 420,366 560,384 700,360 860,380 990,420 640,520")), hills)
    # floor and path
    ground = ("#1b2f3d", "#0f1c2c") if night else ("#8a9a72", "#5c6b4f")
    s.fill(poly(*at("0,720 0,600 560,404 720,404 1280,600 1280,720")), down(*ground, 400, 720))
    path = poly(*at("330,720 606,404 674,404 950,720"))
    s.fill(path, down("#56688c" if night else "#e6cfa6", "#33425f" if night else "#c49f78", 404, 720))
    with s.inside(path):
        for k in range(12):
            y = 404 + 316 * (k / 11) ** 2.1
            s.fill(rect(300, y, 980, y + 1.4 + k * 0.25), "#1e2a44" if night else "#a37e5e", 0.5)
        for k in range(-3, 4):
            s.fill(
                stroke([(vx + k * 5, 404), (vx + k * 96, 720)], 1, 3.4, smooth=False),
                "#1e2a44" if night else "#a37e5e",
                0.45,
            )
        s.fill(poly(*at("640,404 690,404 880,720 700,720")), "#c8d8ff" if night else "#fff3cf", 0.28, 16, "screen")
    # the vault, rib after rib
    scales = (0.2, 0.27, 0.37, 0.52, 0.74, 1.06)
    far: list[Point] | None = None
    for scale in scales:
        side, spring, foot, top = 600 * scale, vy - 70 * scale, vy + 300 * scale, vy - 420 * scale
        rib = [(vx - side, foot), (vx - side, spring)]
        rib += [
            (vx - side * math.cos(k * math.pi / 20), spring - (spring - top) * math.sin(k * math.pi / 20))
            for k in range(1, 20)
        ]
        rib += [(vx + side, spring), (vx + side, foot)]
        s.fill(stroke(rib, 4 + 13 * scale, smooth=False), iron)
        s.fill(
            stroke([(x - 2 * scale, y + 3 * scale) for x, y in rib], 1 + 2 * scale, smooth=False),
            "#5b77a8" if night else "#dfe8df",
            0.5,
        )
        if far is not None:
            for k in range(1, len(rib) - 1, 3):
                s.fill(stroke([far[k], rib[k]], 1.5 + 4 * scale * 0.8, 2 + 6 * scale, smooth=False), iron)
            for side_ in (0, -1):
                low, near = far[side_], rib[side_]
                s.fill(
                    stroke(
                        [(low[0], low[1] - 60 * scale), (near[0], near[1] - 84 * scale)], 2, 4 + 5 * scale, smooth=False
                    ),
                    iron,
                )
        far = rib
    for k in range(1, 6):
        x = vx - 120 + k * 40
        s.fill(rect(x - 1.5, 262, x + 1.5, 400), iron)
    for y in (300, 350):
        s.fill(rect(520, y, 760, y + 3), iron)
    # beds of plants, far to near
    fars = ("#2f5568", "#3a6672", "#2a4a60") if night else ("#8fb08a", "#a3bd8e", "#7ea384")
    mids = ("#1f4a52", "#2b5d5a", "#245048") if night else ("#5f9268", "#74a562", "#4f8460")
    nears = ("#12323f", "#184043", "#1a3a34") if night else ("#3f7a55", "#356a4e", "#4f8a52")
    seed = 20
    for depth, colours, size in (
        (0.28, fars, 70),
        (0.42, fars, 100),
        (0.6, mids, 150),
        (0.86, mids, 205),
        (1.2, nears, 260),
    ):
        for side in (-1, 1):
            for extra in (0.30, 0.42, 0.54):
                seed += 1
                x, y = vx + side * (extra * 1180 * depth + 40), vy + 66 + 250 * depth
                if depth == 1.2 and extra < 0.4:
                    continue
                if side > 0 and depth == 0.86 and extra < 0.4:
                    continue
                cluster(s, x, y, size * (0.7 + extra * 0.6), colours, seed, 9 if depth < 0.5 else 11)
    # a bench on the left of the path
    wood = "#3f4a63" if night else "#b0764c"
    for x in (316, 456):
        s.fill(rect(x, 556, x + 9, 606), darker(wood, 0.4))
    s.paper(poly(*at("300,540 478,526 484,546 302,564")), wood, lift=0.4)
    s.paper(poly(*at("306,486 470,476 472,500 306,512")), wood, lift=0.3)
    for x in (322, 452):
        s.fill(rect(x, 490, x + 7, 546), darker(wood, 0.3))
    # the cactus in its pot
    cx, foot = 812, 640
    glaze = ("#2d5fae", "#1d3f86") if night else ("#4f8fd6", "#2f66b0")
    s.fill(oval(cx + 16, foot, 118, 20), "#0b1424" if night else "#5b4a4a", 0.6, 8)
    stem = "#3f7f6a" if night else "#6fa863"
    paths = (
        [(cx - 20, 560), (cx - 54, 440), (cx - 66, 330), (cx - 30, 236)],
        [(cx + 10, 560), (cx + 30, 420), (cx + 20, 290), (cx + 66, 190)],
        [(cx + 26, 560), (cx + 84, 470), (cx + 112, 380), (cx + 96, 300)],
        [(cx - 30, 560), (cx - 94, 500), (cx - 118, 420), (cx - 104, 350)],
    )
    for k, line in enumerate(paths):
        s.shadow(stroke(line, 40, 20), 0.3)
        s.fill(stroke(line, 42, 18), darker(stem, 0.25 if k % 2 else 0.05))
        s.fill(stroke([(x - 7, y) for x, y in line], 8, 4), lighter(stem, 0.25), 0.7)
        for x, y in curve(line, closed=False, steps=5)[1:]:
            s.fill(oval(x + 13, y, 2.6), "#eef2d8", 0.8)
    pot = blob(
        (cx - 86, 540),
        (cx, 530),
        (cx + 86, 540),
        (cx + 84, 590),
        (cx + 56, 640),
        (cx, 648),
        (cx - 56, 640),
        (cx - 84, 590),
    )
    s.paper(pot, across(*glaze, cx - 80, cx + 80), lift=0.4)
    s.paper(rect(cx - 94, 526, cx + 94, 554, 12), glaze[0], lift=0.3)
    s.fill(oval(cx - 46, 588, 12, 30, turn=12), "#d8ecff", 0.6, 5)
    for k in range(7):
        s.fill(star(cx - 66 + k * 22, 606 - abs(k - 3) * -0.0, 8, 4, 0.4), "#eaf2ff", 0.65)
    # the flower: a bud by night, hanging and shut by morning
    bx, by = cx - 104, 350
    s.fill(
        stroke([(cx - 104, 356), (cx - 128, 330), (cx - 150, 356), (cx - 156, 390)], 11, 8),
        "#8fae7a" if night else "#a9b878",
    )
    bx, by = cx - 158, 396
    if night:
        s.glow(bx, by + 40, 190, "#fdf2ff", 0.6)
    for turn in (62, 118, 76, 104, 90) if night else (82, 98, 90):
        petal = leaf(bx, by - 6, 92 if night else 84, 17 if night else 11, turn)
        s.shadow(petal, 0.2, 4, 2, 4)
        s.fill(petal, "#fffaf2" if turn == 90 else ("#efe2ee" if night else "#e9cfc0"))
    for turn in (50, 130):
        s.fill(leaf(bx, by - 8, 62, 7, turn), "#d98f8a" if night else "#c9867a")
    if night:  # a lantern on a hook
        s.fill(stroke([(430, 0), (430, 150)], 3), "#0f1a2c")
        s.glow(430, 214, 420, "#ffb45a", 0.75)
        s.paper(rect(404, 176, 456, 252, 8), "#ffce6e", lift=0)
        s.fill(oval(430, 222, 14, 22), "#fff6d2", 1, 4)
        for x in (404, 428, 452):
            s.fill(rect(x, 172, x + 5, 256), "#26222e")
        s.fill(poly(*at("396,176 464,176 444,150 416,150")), "#26222e")
        s.fill(rect(396, 250, 464, 262, 3), "#26222e")
        s.fill(oval(400, 560, 150, 26), "#ffb45a", 0.4, 20, "screen")
    else:
        for k in range(3):
            beam = poly((760, 320), (770, 320), (240 + k * 150, 720), (140 + k * 150, 720))
            s.fill(beam, "#fff0c4", 0.2, 14, "screen")
    # leaves close to the camera
    dark = ("#07141f", "#0a1b26") if night else ("#28503f", "#1f4236")
    for x, y, size, seed in ((-30, 760, 330, 71), (1300, 770, 360, 72)):
        cluster(s, x, y, size, dark, seed, 9, 170)
    for k in range(4):
        s.fill(leaf(1290, -20 + k * 22, 250 - k * 24, 34, 150 + k * 13), dark[k % 2])
        s.fill(leaf(-10, -20 + k * 22, 210 - k * 24, 30, 30 - k * 13), dark[k % 2])
    return s.finished()


def greenhouse_night() -> Image.Image:
    """The glasshouse by moon and lantern."""
    return greenhouse(night=True)


def greenhouse_dawn() -> Image.Image:
    """The glasshouse in the morning."""
    return greenhouse(night=False)


def street(rider: bool = False) -> Image.Image:
    """A steep street above a harbour at dawn, paper pennants across it; as a first frame, with the courier."""
    s = Sheet(720, 1280, down("#6f9fd0", "#ffd9a6", 0, 470))
    for x, y, wide in ((120, 190, 120), (560, 120, 150), (420, 270, 110), (250, 90, 70)):
        s.fill(oval(x, y, wide, 13), "#fff4e2", 0.65, 8)
    s.glow(392, 440, 420, "#fff0b8", 0.85)
    s.fill(oval(392, 440, 46), "#fffbe4")
    s.fill(blob(*at("0,500 120,430 240,462 380,470 380,540 0,540")), "#9a9fc0")
    s.fill(rect(0, 466, 720, 700), down("#f3c69a", "#5f9db0", 466, 620))
    for k in range(12):
        wide = 90 - k * 4 + (k % 3) * 20
        s.fill(oval(392 + (k * 29 % 40) - 20, 476 + k * 11, wide, 2.2), "#fff6d8", 0.75)
    for x, y in ((290, 520), (470, 506), (520, 548)):  # sails
        s.fill(poly((x, y), (x, y - 30), (x + 18, y - 4)), "#fff8ea")
        s.fill(poly((x - 4, y), (x - 2, y - 24), (x - 15, y - 3)), "#f3e2cc")
        s.fill(poly((x - 18, y + 2), (x + 20, y + 2), (x + 13, y + 9), (x - 11, y + 9)), "#7a4a4a")
    # the quay and the lowest roofs
    s.fill(poly(*at("210,610 520,596 540,700 200,700")), "#c78a6a")
    for k in range(9):
        x, y = 226 + k * 36, 612 + (k * 17) % 26
        s.fill(poly((x - 22, y + 18), (x, y - 6), (x + 22, y + 18)), ("#b5533f", "#c9684a", "#a34a40")[k % 3])
        s.fill(rect(x - 20, y + 18, x + 20, y + 70), ("#f0d9b4", "#e3b48c", "#d8c3b0")[k % 3])
        s.fill(rect(x - 5, y + 28, x + 5, y + 42), "#5a5570")
    # the street itself, in shallow steps
    road = poly(*at("-40,1300 296,664 420,664 760,1300"))
    s.fill(road, down("#e9bd92", "#a8807e", 664, 1280))
    with s.inside(road):
        for k in range(17):
            y = 664 + 640 * (k / 16) ** 1.75
            s.fill(rect(-40, y, 760, y + 2 + k * 0.55), "#7f5c6c", 0.5)
            s.fill(rect(-40, y + 2 + k * 0.55, 760, y + 4 + k * 1.3), "#ffe6c0", 0.35)
        chance = random.Random(8)
        for _ in range(150):
            t = chance.random()
            y = 670 + 610 * t**1.4
            half = 60 + 340 * (y - 664) / 636
            x = 358 + (chance.random() * 2 - 1) * half
            s.fill(oval(x, y, 3 + 15 * t, 1.5 + 4.5 * t), "#8d6a74", 0.2 + chance.random() * 0.2)
        s.fill(poly(*at("372,664 402,664 560,1300 360,1300")), "#ffe3a8", 0.5, 26, "screen")
    # houses on both sides, near ones last
    edges = (
        (0.0, 0.36, 60, "#e7a07c"),
        (0.36, 0.6, 300, "#f2dfb8"),
        (0.6, 0.77, 425, "#7fb0a8"),
        (0.77, 0.9, 515, "#e9c58a"),
        (0.9, 1.0, 572, "#d98f80"),
    )
    others = ("#f3e3c8", "#d9826a", "#f0c98a", "#8fb3c4", "#e8a98c")
    for index in reversed(range(5)):
        near, back, top, colour = edges[index]
        for side in (-1, 1):
            near_x, back_x = (-40 + 336 * near, -40 + 336 * back) if side < 0 else (760 - 340 * near, 760 - 340 * back)
            near_y, back_y = 1300 - 636 * near, 1300 - 636 * back
            high = top if side < 0 else top - 46 + index * 13
            fall = (back_y - near_y) * -0.13
            face = poly((near_x, high), (back_x, high + fall), (back_x, back_y), (near_x, near_y))
            tint = colour if side < 0 else others[index]
            s.paper(face, Fade(tint, darker(tint, 0.3), (back_x, 0), (near_x, 0)), lift=0.2, side=-side)
            eave = 26 - index * 3.6
            roof = poly(
                (near_x, high - eave),
                (back_x + side * -eave * 0.9, high + fall - eave * 0.5),
                (back_x + side * -eave * 0.9, high + fall + eave * 0.2),
                (near_x, high + eave * 0.3),
            )
            s.paper(roof, "#b0503f", lift=0.3)

            def spot(
                u: float,
                v: float,
                a: float = near_x,
                b: float = back_x,
                c: float = high,
                d: float = fall,
                e: float = near_y,
                f: float = back_y,
            ) -> Point:
                """A place on the house front: along it and down it."""
                first, last = c + d * u, e + (f - e) * u
                return (a + (b - a) * u, first + (last - first) * v)

            rows = (0.16, 0.42, 0.68) if index < 2 else (0.2, 0.55)
            for row in rows:
                for u in (0.3, 0.68) if index == 0 else (0.5,):
                    w, h = (0.1 if index == 0 else 0.17), 0.1 if index < 2 else 0.16
                    pane = poly(spot(u - w, row), spot(u + w, row), spot(u + w, row + h), spot(u - w, row + h))
                    s.fill(pane, "#4a4a6a")
                    s.fill(poly(spot(u - w, row), spot(u + w, row), spot(u - w, row + h)), "#ffd9a0", 0.45)
                    shutter = ("#3f7f86", "#5a7f4f", "#8a4a5a", "#3f6a9a", "#7a5a8a")[(index + (side > 0) * 2) % 5]
                    for edge in (u - w * 1.9, u + w):
                        s.fill(
                            poly(
                                spot(edge, row - 0.005),
                                spot(edge + w * 0.9, row - 0.005),
                                spot(edge + w * 0.9, row + h + 0.005),
                                spot(edge, row + h + 0.005),
                            ),
                            shutter,
                        )
                    if index < 3 and row == rows[-1]:
                        for k in range(6):
                            px, py = spot(u - w + 2 * w * k / 5, row + h + 0.01)
                            s.fill(oval(px, py, 9 - index * 2), ("#d9473f", "#f2a33a", "#6f9a4f")[k % 3])
    # pennants
    for a, b, sag, count, size in (((60, 330), (610, 300), 70, 15, 25), ((180, 500), (520, 478), 32, 13, 13)):
        line = [
            (a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t + sag * 4 * t * (1 - t))
            for t in (k / 40 for k in range(41))
        ]
        s.fill(stroke(line, 2.4, smooth=False), "#5a4a5a")
        for k in range(count):
            x, y = line[int((k + 0.5) * 40 / count)]
            flag = poly((x - size * 0.5, y), (x + size * 0.5, y), (x + 3, y + size * 1.25))
            s.shadow(flag, 0.2, 3, 3, 4)
            s.fill(flag, ("#e5533f", "#f5c04a", "#3f8f9a", "#fff3dc", "#8a5aa0")[k % 5])
    if rider:
        courier(s)
    return s.finished()


def courier(s: Sheet) -> None:
    """The courier from behind, astride her bicycle at the top of the street, a cake box on the rack."""
    s.fill(oval(388, 1236, 190, 26), "#3a2440", 0.6, 14, "multiply")
    wheel = oval(360, 1096, 27, 146)
    s.fill(wheel, "#26222e")
    s.fill(oval(360, 1096, 17, 128), "#8f6f72")
    for k in range(-3, 4):
        s.fill(stroke([(360 - 13, 1096 + k * 34), (360 + 13, 1096 - k * 34)], 1.6), "#e8dcd0", 0.8)
    s.fill(oval(360, 1096, 9, 14), "#55505e")
    jeans = "#3f5482"
    for line, shoe in ((at("304,946 258,1060 222,1196"), (206, 1216)), (at("416,946 456,1030 436,1120"), (446, 1136))):
        s.shadow(stroke(line, 74, 46), 0.3)
        s.fill(stroke(line, 76, 46), jeans)
        s.fill(stroke([(x + 14, y) for x, y in line], 22, 14), darker(jeans, 0.3), 0.7)
        s.fill(stroke([(line[-1][0], line[-1][1] - 8), (line[-1][0], line[-1][1])], 50), lighter(jeans, 0.3))
        s.paper(
            blob(
                (shoe[0] - 34, shoe[1] + 14),
                (shoe[0] - 22, shoe[1] - 18),
                (shoe[0] + 18, shoe[1] - 20),
                (shoe[0] + 36, shoe[1] + 14),
            ),
            "#d65b4a",
            lift=0.4,
        )
        s.fill(rect(shoe[0] - 34, shoe[1] + 8, shoe[0] + 36, shoe[1] + 18, 5), "#fff6e6")
    s.fill(rect(404, 1130, 486, 1144, 6), "#26222e")
    # handlebar, arms, back
    s.fill(stroke(at("176,838 240,822 480,822 544,838"), 11), "#55505e")
    for side in (-1, 1):
        s.fill(stroke([(360 + side * 196, 842), (360 + side * 150, 832)], 24), "#26222e")
        arm = [(360 + side * 92, 706), (360 + side * 160, 760), (360 + side * 174, 826)]
        s.shadow(stroke(arm, 58, 40), 0.3)
        s.fill(stroke(arm, 60, 42), "#f0e2c4" if side < 0 else "#d8c29c")
        s.fill(stroke([(360 + side * 140, 738), (360 + side * 164, 772)], 54, 50), "#d65b4a")
        s.fill(oval(360 + side * 176, 838, 23, 19), OLIVE.base)
    back = blob(*at("360,664 430,678 468,720 462,820 448,950 360,970 272,950 258,820 252,720 290,678"))
    s.paper(back, across("#f3e6ca", "#d0b890", 260, 470), lift=0.4)
    with s.inside(back):
        s.fill(rect(240, 752, 480, 806), "#d65b4a")
        s.fill(rect(240, 764, 480, 770), "#f3e6ca", 0.8)
    s.fill(stroke(at("446,690 380,790 300,880"), 24, smooth=False), "#6fc3a4")
    bag = moved(rect(-66, -52, 66, 52, 16), 300, 872, turn=10)
    s.paper(bag, across("#8fdcbc", "#62b598", 240, 360), lift=0.4, shade="#2f7a70")
    s.paper(
        moved(blob(*at("-66,-50 66,-50 68,-8 40,14 -40,14 -68,-8")), 300, 872, turn=10),
        "#7fd0b0",
        lift=0.25,
        shade="#2f7a70",
    )
    s.fill(star(300, 866, 27, turn=-80), "#fffaf0")
    # the cake box on the rack
    s.fill(rect(268, 1006, 456, 1018, 4), "#55505e")
    s.paper(poly(*at("282,918 446,918 450,1008 278,1008")), across("#fffaf0", "#e3d5cc", 280, 450), lift=0.5)
    s.paper(poly(*at("272,902 456,902 452,932 276,932")), "#fffdf6", lift=0.35)
    s.fill(rect(354, 902, 374, 1008), "#d8372f")
    s.fill(rect(278, 962, 450, 976), "#d8372f")
    for side in (-1, 1):
        s.paper(
            blob((364, 902), (364 + side * 18, 876), (364 + side * 50, 872), (364 + side * 48, 898)),
            "#e5503f",
            lift=0.3,
        )
    s.paper(oval(364, 898, 11), "#c22f2f", lift=0.2)
    # hair and helmet
    s.fill(rect(338, 640, 382, 690), OLIVE.shade)
    s.paper(blob(*at("278,580 442,580 452,640 430,680 360,690 290,680 268,640")), "#3a2a26", lift=0.3)
    strands(s, [[(300 + k * 24, 610), (298 + k * 25, 650), (304 + k * 23, 682)] for k in range(6)], "#6a4a40", 4, 0.6)
    shell = blob(*at("258,604 258,530 292,476 360,454 428,476 462,530 462,604 420,624 360,630 300,624"))
    s.paper(shell, Fade("#ff9a3d", "#d95f1e", (270, 480), (450, 620)), lift=0.4, shade="#a04a2a")
    with s.inside(shell):
        for dx, wide in ((-58, 15), (0, 20), (58, 15)):
            s.fill(
                blob((360 + dx - wide, 574), (360 + dx * 0.8, 490), (360 + dx + wide, 574), (360 + dx, 592)), "#8f3d1d"
            )
        s.fill(oval(304, 506, 22, 12, turn=-45), "#ffe0b0", 0.7, 6)
    s.fill(stroke(at("258,604 300,624 360,631 420,624 462,604"), 9), "#fff1dc")


def cake_run_first() -> Image.Image:
    """The first frame: the courier at the top of the street."""
    return street(rider=True)


def falling(s: Sheet, seed: int, count: int, colour: str = "#fffdf8") -> None:
    """Flour in the air: many small flakes, a few large and near."""
    chance = random.Random(seed)
    for k in range(count):
        x, y = chance.random() * s.width, chance.random() * s.height
        near = k / count
        r = 1.1 + 2.6 * near**2 + (5 if near > 0.975 else 0)
        s.fill(oval(x, y, r), colour, 0.55 + 0.4 * chance.random(), blur=0.0 if r < 4 else 1.6)


def drift(s: Sheet, x0: float, x1: float, y: float, thick: float, seed: int) -> None:
    """A cap of flour lying on an edge."""
    chance = random.Random(seed)
    steps = max(int((x1 - x0) / 26), 3)
    top = [(x0 + (x1 - x0) * k / steps, y - thick * (0.5 + chance.random() * 0.6)) for k in range(steps + 1)]
    low = [(x0 + (x1 - x0) * k / steps, y + thick * (0.15 + chance.random() * 0.5)) for k in range(steps + 1)]
    shape = blob(*top, *reversed(low))
    s.shadow(shape, 0.25, 4, 1, 4)
    s.fill(shape, "#fbf6ef")


def bell(s: Sheet, x: float, y: float, size: float, colour: str = "#c9923f") -> None:
    """A bell, its crown at (x, y)."""
    shape = blob(
        (x - size * 0.2, y),
        (x + size * 0.2, y),
        (x + size * 0.36, y + size * 0.3),
        (x + size * 0.42, y + size * 0.72),
        (x + size * 0.6, y + size),
        (x, y + size * 1.04),
        (x - size * 0.6, y + size),
        (x - size * 0.42, y + size * 0.72),
        (x - size * 0.36, y + size * 0.3),
    )
    s.fill(oval(x, y + size * 1.05, size * 0.12), darker(colour, 0.5))
    s.paper(shape, across(lighter(colour, 0.25), darker(colour, 0.35), x - size * 0.5, x + size * 0.5), lift=0.3)
    with s.inside(shape):
        for high in (0.62, 0.82):
            s.fill(
                stroke(
                    [
                        (x - size * 0.6, y + size * high),
                        (x, y + size * (high + 0.05)),
                        (x + size * 0.6, y + size * high),
                    ],
                    size * 0.03,
                ),
                darker(colour, 0.45),
                0.7,
            )
        s.fill(oval(x - size * 0.2, y + size * 0.45, size * 0.06, size * 0.26, turn=8), "#fff2c8", 0.7, size * 0.03)


def courtyard(white: bool = False) -> Image.Image:
    """A terracotta courtyard: a blue door, an orange tree in a tub; at the end of the film, white with flour."""
    sky = ("#8fb1c9", "#f1e7dd") if white else ("#3f9fd0", "#c9e8df")
    s = Sheet(1280, 720, down(*sky, 0, 300))
    clay = "#d5764a"
    if not white:
        s.glow(250, 40, 420, "#fff3c4", 0.6)
        for x, y, wide in ((420, 66, 90), (1120, 110, 100)):
            s.fill(oval(x, y, wide, 9), "#ffffff", 0.6, 7)
    # roofs behind, the bell tower
    for x, y, wide, colour in (
        (290, 168, 150, "#e2a26f"),
        (470, 150, 120, "#cc8a63"),
        (700, 160, 130, "#e8b583"),
        (1100, 150, 160, "#d99468"),
    ):
        s.paper(rect(x - wide / 2, y, x + wide / 2, 260), colour, lift=0.2)
        s.fill(rect(x - 12, y + 16, x + 4, y + 40, 3), "#7c4550", 0.8)
        if white:
            drift(s, x - wide / 2, x + wide / 2, y, 10, int(x))
    dome = blob(*at("412,154 420,112 470,88 520,112 528,154 470,160"))
    s.paper(dome, "#5fa0a0", lift=0.2)
    tower = rect(842, 40, 962, 300)
    s.paper(tower, across("#efc08f", "#cf8f66", 842, 962), lift=0.3)
    s.paper(rect(830, 92, 974, 104, 3), "#d99a6c", lift=0.3)
    s.paper(poly((834, 44), (902, -16), (970, 44)), "#b5533f", lift=0.3)
    s.fill(arch(874, 116, 930, 206), "#5b3448")
    bell(s, 902, 134, 40)
    if white:
        drift(s, 836, 968, 46, 9, 3)
        drift(s, 828, 976, 94, 9, 4)
    # back wall
    wall = rect(230, 206, 1060, 480)
    s.paper(wall, down("#e38b58", clay, 206, 480), lift=0.4)
    brickwork(s, wall, (230, 214, 1060, 480), "#b9603f", 41, 44, 20)
    s.paper(rect(222, 196, 1068, 216, 4), "#f0b080", lift=0.4)
    for x in (360, 806):
        s.paper(arch(x - 40, 268, x + 40, 372), "#f3d9b0", lift=0.3)
        s.fill(arch(x - 31, 278, x + 31, 366), "#6a3a4c")
        for k in range(-2, 3):
            s.fill(rect(x + k * 12 - 1.5, 280, x + k * 12 + 1.5, 366), "#3f8fa0" if not white else "#7fa8b4")
        s.paper(rect(x - 46, 366, x + 46, 378, 3), "#f0b080", lift=0.3)
        for k in range(5):
            s.fill(oval(x - 34 + k * 17, 362, 10, 9), ("#4f8a52", "#6fa04f")[k % 2])
            s.fill(oval(x - 34 + k * 17, 355, 5), ("#e5485a", "#f2a33a")[k % 2])
        if white:
            drift(s, x - 48, x + 48, 358, 10, int(x) + 9)
    # the blue door
    s.paper(arch(510, 246, 660, 482), "#f6e2bc", lift=0.4)
    door = arch(528, 264, 642, 482)
    s.fill(door, across("#2f74b8", "#1f5590", 528, 642))
    with s.inside(door):
        for k in range(5):
            s.fill(rect(548 + k * 19, 250, 550 + k * 19, 490), "#174474", 0.8)
        for y in (330, 420):
            for k in range(6):
                s.fill(oval(538 + k * 19, y, 3.2), "#e8c979")
    s.paper(oval(622, 386, 8), "#f2cf6f", lift=0.4)
    s.paper(rect(500, 474, 670, 490, 3), "#f0d2a4", lift=0.4)
    # floor
    floor = poly(*at("-20,740 -20,640 236,478 1056,478 1300,650 1300,740"))
    s.fill(floor, down("#f3e9e2", "#fffaf4", 478, 720) if white else down("#dfa26c", "#f2c68e", 478, 720))
    with s.inside(floor):
        ink, strength = ("#c9bdc8", 0.5) if white else ("#a9623f", 0.55)
        for k in range(8):
            y = 478 + 250 * (k / 7) ** 1.7
            s.fill(rect(-20, y, 1300, y + 1.5 + k * 0.35), ink, strength)
        for k in range(-11, 12):
            s.fill(stroke([(640 + k * 42, 478), (640 + k * 128, 740)], 1.5, 3.6, smooth=False), ink, strength)
        if not white:
            chance = random.Random(12)
            for _ in range(26):
                row, column = int(chance.random() * 6), int(chance.random() * 14) - 7
                y0, y1 = 478 + 250 * (row / 7) ** 1.7, 478 + 250 * ((row + 1) / 7) ** 1.7
                a, b = (42 + 86 * (y0 - 478) / 262), (42 + 86 * (y1 - 478) / 262)
                s.fill(
                    poly(
                        (640 + column * a, y0),
                        (640 + (column + 1) * a, y0),
                        (640 + (column + 1) * b, y1),
                        (640 + column * b, y1),
                    ),
                    "#c9784a",
                    0.28,
                )
            s.fill(poly(*at("-20,740 -20,640 236,478 470,478 330,740")), "#6a3a58", 0.3, 6, "multiply")
        else:
            s.fill(oval(640, 640, 560, 90), "#ffffff", 0.7, 30)
    # side walls
    for side, shape in (
        (-1, poly(*at("-20,-20 60,-20 236,190 236,480 -20,642"))),
        (1, poly(*at("1300,-20 1230,-20 1056,190 1056,480 1300,652"))),
    ):
        tint = ("#b75f45", "#8f4a44") if side < 0 else ("#f0a06a", "#e08a56")
        s.paper(
            shape,
            across(tint[0], tint[1], 0, 236) if side < 0 else across(tint[1], tint[0], 1056, 1280),
            lift=0.3,
            side=-side,
        )
    if white:
        drift(s, 226, 1064, 196, 12, 6)
        s.fill(poly(*at("52,-30 74,-30 246,186 230,196")), "#fbf6ef")
        s.fill(poly(*at("1238,-30 1216,-30 1046,186 1062,196")), "#fbf6ef")
    # a stair on the right wall, climbing plant on the left
    for k in range(26):
        t = k / 25
        x, y = 36 + 120 * t + 18 * math.sin(k * 2.1), 40 + 330 * t + 26 * math.sin(k * 1.3)
        s.fill(leaf(x, y, 44, 13, 40 + (k * 53) % 100), ("#3f7f4f", "#2f6a4a", "#5a9a55")[k % 3])
        if k % 3 == 0:
            s.fill(star(x + 10, y + 12, 11, 5, 0.6), "#e0559a" if not white else "#e9a0bf")
    # bench along the left wall, cushions
    s.fill(poly(*at("120,632 420,532 470,560 180,668")), "#3a1c38", 0.35, 8, "multiply")
    s.paper(poly(*at("110,596 110,560 380,486 380,520")), "#9a5a3c", lift=0.3)
    s.paper(poly(*at("110,560 380,486 424,500 160,582")), "#c98a5a", lift=0.3)
    s.paper(poly(*at("160,582 424,500 424,532 160,622")), "#8a4c38", lift=0.2)
    for x, y, colour in ((190, 540, "#2f8f86"), (262, 520, "#f0b83f"), (330, 500, "#c2483c")):
        s.paper(moved(rect(-31, -24, 31, 24, 13), x, y - 10, turn=-14), colour, lift=0.4)
        if white:
            drift(s, x - 28, x + 28, y - 34, 9, int(x))
    # the orange tree
    s.fill(oval(948, 590, 128, 22), "#3a1c38" if not white else "#9a93b4", 0.4, 9, "multiply")
    s.fill(stroke(at("930,520 926,430 936,350"), 20, 15), "#7a4a38")
    s.fill(stroke([(928, 420), (960, 372)], 12, 8), "#7a4a38")
    crown = (
        oval(930, 300, 96)
        + oval(866, 330, 62)
        + oval(996, 332, 64)
        + oval(930, 364, 80)
        + oval(890, 262, 60)
        + oval(974, 264, 62)
    )
    s.shadow(crown, 0.4, 12, 8, 12)
    s.fill(crown, "#3f7f4a")
    chance = random.Random(77)
    with s.inside(crown):
        s.fill(oval(890, 264, 90, 70), "#79b25a", 0.55, 22)
        s.fill(oval(996, 384, 90, 60), "#1f4a48", 0.5, 20)
    for _ in range(120):
        a, far = chance.random() * math.tau, math.sqrt(chance.random()) * 118
        x, y = 930 + far * math.cos(a), 316 + far * 0.86 * math.sin(a)
        tone = mixed("#8fc063", "#2a5f4a", min(max((x - 850 + y - 240) / 290, 0), 1))
        s.fill(leaf(x, y, 24, 7, chance.random() * 360), tone, 0.9)
    for x, y in ((880, 290), (930, 340), (980, 300), (900, 380), (966, 376), (1022, 346), (850, 346), (938, 256)):
        s.paper(oval(x, y, 14), "#f58a25", lift=0.35)
        s.fill(oval(x - 4, y - 5, 4), "#ffd9a0", 0.9, 1)
    if white:
        for x, y, wide in (
            (930, 218, 66),
            (872, 258, 44),
            (996, 262, 46),
            (936, 292, 40),
            (838, 312, 30),
            (1024, 316, 32),
            (886, 344, 30),
            (972, 346, 34),
        ):
            cap = blob(
                (x - wide, y + 12),
                (x - wide * 0.6, y - 6),
                (x, y - 15),
                (x + wide * 0.6, y - 6),
                (x + wide, y + 12),
                (x + wide * 0.5, y + 7),
                (x + wide * 0.2, y + 15),
                (x - wide * 0.3, y + 8),
                (x - wide * 0.6, y + 15),
            )
            s.shadow(cap, 0.25, 4, 1, 5)
            s.fill(cap, "#fbf6ef")
    tub = poly(*at("862,506 998,506 980,598 880,598"))
    s.paper(tub, across("#3fa39a", "#24706f", 862, 998), lift=0.4)
    with s.inside(tub):
        for k in range(7):
            s.fill(star(872 + k * 20, 552, 11, 4, 0.4), "#f6e2bc", 0.9)
        s.fill(rect(850, 526, 1010, 532), "#f6e2bc", 0.8)
        s.fill(rect(850, 574, 1010, 580), "#f6e2bc", 0.8)
    s.paper(rect(852, 494, 1008, 516, 7), "#4fb3a8", lift=0.3)
    if white:
        drift(s, 850, 1010, 496, 12, 55)
    # the arcade one looks out of
    near = "#4a2438" if not white else "#4f3f5c"
    for side in (-1, 1):
        corner = [(640 + side * x, y) for x, y in ((616, 190), (606, 96), (560, 44), (470, 14), (330, 2), (200, -8))]
        s.fill([[*curve(corner, closed=False), (640 + side * 660, -10), (640 + side * 660, 190)]], near)
    s.fill(rect(-10, -10, 26, 730), near)
    s.fill(rect(1254, -10, 1290, 730), near)
    pot = poly(*at("40,650 176,650 158,740 58,740"))
    cluster(
        s,
        108,
        662,
        150,
        ("#24503f", "#2f6648", "#1f4438") if not white else ("#3f5f5c", "#4a6f66", "#35534f"),
        90,
        11,
        170,
    )
    s.paper(pot, across("#a84f3c", "#7a3440", 40, 170), lift=0.3)
    s.paper(rect(30, 640, 186, 664, 6), "#b9603f", lift=0.3)
    if white:
        drift(s, 30, 186, 642, 10, 91)
        falling(s, 17, 420)
        s.fill(rect(0, 0, 1280, 720), "#f4f1ff", 0.08)
    else:
        for k in range(2):
            s.fill(
                poly((60 + k * 200, -20), (130 + k * 200, -20), (760 + k * 200, 720), (560 + k * 200, 720)),
                "#fff0c0",
                0.12,
                18,
                "screen",
            )
    return s.finished()


def courtyard_white() -> Image.Image:
    """The courtyard under flour."""
    return courtyard(white=True)


def loaf(s: Sheet, x: float, y: float, wide: float, colour: str = "#c9803f", cuts: int = 3) -> None:
    """A loaf lying at (x, y), scored."""
    high = wide * 0.42
    shape = blob(
        (x - wide / 2, y),
        (x - wide * 0.46, y - high * 0.7),
        (x - wide * 0.2, y - high),
        (x + wide * 0.2, y - high),
        (x + wide * 0.46, y - high * 0.7),
        (x + wide / 2, y),
        (x, y + high * 0.08),
    )
    s.paper(shape, down(lighter(colour, 0.15), darker(colour, 0.2), y - high, y), lift=0.35)
    with s.inside(shape):
        for k in range(cuts):
            cx = x + (k - (cuts - 1) / 2) * wide * 0.25
            s.fill(
                stroke(
                    [(cx - wide * 0.05, y - high * 0.35), (cx + wide * 0.06, y - high * 0.9)], wide * 0.06, wide * 0.03
                ),
                "#f3d9a4",
            )
        s.fill(oval(x - wide * 0.1, y - high * 1.0, wide * 0.4, high * 0.22), "#fff2d8", 0.45, 4)


def sack(s: Sheet, x: float, y: float, size: float, tilt: float = 0) -> None:
    """A sack of flour with an ear of wheat printed on it, standing at (x, y)."""
    place = {"dx": x, "dy": y, "scale": size, "turn": tilt}
    body = moved(blob(*at("-54,-4 -62,-60 -48,-120 -22,-138 22,-138 48,-120 62,-60 54,-4 0,4")), **place)
    s.paper(body, across("#f0e2c6", "#c9b08c", x - 60 * size, x + 60 * size), lift=0.45)
    s.paper(
        moved(blob(*at("-24,-136 -40,-166 -14,-158 0,-172 14,-158 40,-166 24,-136 0,-128")), **place),
        "#e6d4b2",
        lift=0.3,
    )
    s.fill(moved(stroke(at("-27,-136 0,-129 27,-136"), 8), **place), "#b0503f")
    s.fill(moved(stroke([(0, -30), (0, -98)], 4), **place), "#b0503f", 0.85)
    for k in range(4):
        for side in (-1, 1):
            s.fill(moved(leaf(0, -52 - k * 14, 24, 6, -90 + side * 42), **place), "#b0503f", 0.85)
    for a, b in (((-40, -14), (-36, -70)), ((38, -20), (42, -80))):
        s.fill(moved(stroke([a, b], 4, 2), **place), "#a08a70", 0.6)


def bakery() -> Image.Image:
    """A bakery: a brick oven with its mouth aglow, sacks of flour, a beam of sun through the dust."""
    s = Sheet(1280, 720, Fade("#8a5a4a", "#4f2f3a", (200, 0), (1280, 600)))
    wall = rect(0, 0, 1280, 560)
    brickwork(s, wall, (0, 0, 1280, 560), "#6b4040", 31, 70, 32)
    # window
    s.paper(rect(86, 66, 306, 306, 8), "#5b3436", lift=0.4)
    s.fill(rect(104, 84, 288, 288), down("#bfe6e4", "#fff0c4", 84, 288))
    with s.inside(rect(104, 84, 288, 288)):
        s.fill(rect(100, 214, 170, 300), "#e2a26f")
        s.fill(rect(176, 190, 244, 300), "#efc08f")
        s.fill(rect(236, 226, 300, 300), "#d98a5c")
        s.fill(arch(196, 210, 224, 250), "#9a5a56")
    for x in (192,):
        s.fill(rect(x, 84, x + 8, 288), "#5b3436")
    s.fill(rect(104, 180, 288, 187), "#5b3436")
    s.paper(rect(72, 300, 320, 322, 4), "#7a4a3c", lift=0.4)
    s.paper(poly(*at("244,302 296,302 290,262 250,262")), "#c2684a", lift=0.3)
    for k in range(7):
        s.fill(leaf(270, 264, 40, 8, -150 + k * 20), ("#5a9a55", "#3f7f4f")[k % 2])
    # shelves with loaves
    for y in (176, 300):
        s.paper(rect(372, y, 742, y + 16, 3), "#a9683f", lift=0.5)
        for x in (392, 718):
            s.fill(poly((x, y + 16), (x + 8, y + 16), (x + 4, y + 46)), "#7a4a35")
    for x, wide, colour in ((424, 92, "#c9803f"), (528, 104, "#d9964a"), (628, 84, "#b56a38"), (704, 66, "#d08a45")):
        loaf(s, x, 176, wide, colour)
    for x, wide, colour in ((416, 78, "#d9964a"), (492, 66, "#b56a38"), (672, 118, "#c9803f")):
        loaf(s, x, 300, wide, colour)
    for k in range(4):
        s.paper(
            moved(stroke(at("0,0 6,-52 26,-112"), 22, 15), 548 + k * 15, 296, turn=-12 + k * 6),
            ("#d9964a", "#c9803f")[k % 2],
            lift=0.3,
        )
    s.paper(poly(*at("530,250 614,250 606,300 538,300")), "#8a5a3a", lift=0.3)
    for k in range(3):
        s.fill(rect(530, 258 + k * 14, 614, 262 + k * 14), "#5f3c30", 0.6)
    # beam and garlic
    s.paper(rect(-10, 0, 1290, 34), "#4a2a2c", lift=0.4)
    for x, colour in ((350, "#f3e6d4"), (866, "#c2483c")):
        s.fill(stroke([(x, 30), (x, 150)], 3), "#c9a46a")
        for k in range(6):
            s.paper(oval(x + (11 if k % 2 else -11), 62 + k * 16, 13, 12), colour, lift=0.25)
    # oven
    dome = blob(*at("760,570 756,400 800,236 900,150 1020,128 1140,150 1240,236 1300,400 1300,600"))
    s.paper(dome, Fade("#c9714e", "#7a3a3c", (820, 180), (1280, 560)), lift=0.5)
    brickwork(s, dome, (750, 130, 1300, 560), "#8f4a40", 33, 62, 28)
    s.paper(arch(872, 268, 1176, 560), "#e0a070", lift=0.4)
    for k in range(13):
        a = math.pi * (1 - k / 12)
        x0, y0, x1, y1 = (
            1024 + 122 * math.cos(a),
            420 - 122 * math.sin(a),
            1024 + 150 * math.cos(a),
            420 - 150 * math.sin(a),
        )
        s.fill(stroke([(x0, y0), (x1, y1)], 4), "#9a5a45")
    mouth = arch(906, 302, 1142, 540)
    s.fill(mouth, down("#3a1622", "#8a2a20", 302, 540))
    with s.inside(mouth):
        s.glow(1024, 530, 330, "#ff8a2a", 0.95, 0.75)
        s.glow(1024, 540, 180, "#ffe08a", 0.9, 0.6)
        for k, x in enumerate((948, 984, 1020, 1056, 1096)):
            high = (66, 104, 84, 116, 70)[k]
            flame = blob(
                (x - 20, 540),
                (x - 16, 540 - high * 0.5),
                (x + 4, 540 - high),
                (x + 14, 540 - high * 0.45),
                (x + 20, 540),
            )
            s.fill(flame, "#ffb03a", 0.9, 2)
            s.fill(
                blob((x - 9, 540), (x - 6, 540 - high * 0.3), (x + 2, 540 - high * 0.55), (x + 9, 540)),
                "#fff0a8",
                0.9,
                2,
            )
        for x in (960, 1050):
            s.fill(oval(x, 536, 46, 20), "#5a2420")
    s.paper(rect(850, 532, 1200, 560, 5), "#6b4040", lift=0.4)
    s.glow(1024, 470, 560, "#ff9a40", 0.4)
    # peel, sacks
    s.fill(stroke([(812, 640), (790, 150)], 12), "#a9743f")
    s.paper(moved(rect(-34, -64, 34, 64, 26), 787, 130, turn=-3), "#c99255", lift=0.4)
    sack(s, 92, 566, 1.25, -5)
    sack(s, 228, 572, 1.3, 3)
    sack(s, 160, 420, 1.05, -8)
    # table
    s.shadow(rect(-10, 560, 1290, 720), 0.5, 16, 0, -14)
    s.fill(poly(*at("-10,572 1290,560 1290,640 -10,660")), across("#c98a55", "#a5653f", 0, 1280))
    s.fill(poly(*at("-10,658 1290,638 1290,740 -10,740")), "#5a3330")
    strands(s, [at("0,590 500,586 1280,574"), at("0,622 600,616 1280,604")], "#8a5638", 3, 0.6)
    with s.inside(poly(*at("-10,572 1290,560 1290,640 -10,660"))):
        s.fill(oval(480, 612, 300, 22), FLOUR, 0.8, 12, grain=0.7)
    heap = blob(*at("560,620 610,578 648,562 690,580 744,620 650,634"))
    s.paper(heap, "#fdf8f0", lift=0.3, shade="#8d83a0")
    for x in (330, 432):
        s.paper(
            blob((x - 46, 620), (x - 40, 584), (x, 568), (x + 40, 584), (x + 46, 620), (x, 630)),
            "#f3e2c2",
            lift=0.4,
            shade="#8a6a70",
        )
    pin = stroke([(820, 616), (980, 600)], 34)
    s.shadow(pin, 0.4)
    s.fill(stroke([(784, 620), (1016, 596)], 13), "#8a5638")
    s.fill(pin, "#dca66c")
    s.fill(stroke([(822, 609), (978, 593)], 7), "#f3cf9a", 0.8)
    loaf(s, 1150, 622, 150, "#d08a45", 4)
    s.paper(blob(*at("60,566 180,566 170,616 140,640 100,640 70,616")), across("#3f8f9a", "#2a6474", 60, 180), lift=0.4)
    s.fill(oval(120, 568, 60, 10), "#fdf8f0")
    # the beam of sun, and what floats in it
    for spread in (0, 24):
        beam = poly((120 + spread, 90), (280 - spread, 90), (800 - spread * 3, 610), (420 + spread * 3, 610))
        s.fill(beam, "#ffe6ac", 0.24, 14, "screen")
    chance = random.Random(9)
    for _ in range(110):
        t = chance.random()
        x, y = 200 + 440 * t + (chance.random() - 0.5) * (130 + 250 * t), 110 + 520 * t
        s.fill(oval(x, y, 0.9 + chance.random() * 2), "#fff6dc", 0.5 + chance.random() * 0.4)
    return s.finished()


def belfry() -> Image.Image:
    """A belfry open to the evening: the bronze bell, the red roofs a long way down."""
    s = Sheet(1280, 720, down("#5f8fc0", "#ffd59a", 0, 380))
    s.glow(300, 330, 520, "#fff0b4", 0.85)
    s.fill(oval(300, 318, 44), "#fffbe0")
    for x, y, wide in ((760, 110, 200), (480, 180, 130), (980, 210, 150), (640, 250, 90)):
        s.fill(oval(x, y, wide, 11), "#fff0e0", 0.65, 8)
    for colour, base, peaks in (
        ("#b98aa0", 360, (330, 296, 340, 300, 270, 320, 290, 336)),
        ("#c98470", 390, (372, 340, 366, 350, 330, 362, 344, 372)),
    ):
        points = [(k * 1280 / 7, y) for k, y in enumerate(peaks)]
        s.fill([[*curve(points, closed=False), (1290, base + 120), (-10, base + 120)]], colour)
    # the town, row after row
    chance = random.Random(23)
    for row in range(7):
        y = 398 + row * 34
        size = 30 + row * 12
        x = -20.0 - chance.random() * 30
        while x < 1300:
            wide = size * (0.9 + chance.random() * 0.9)
            high = size * (0.5 + chance.random() * 0.6)
            tone = mixed(
                ("#e8a878", "#f0c79a", "#d9805a", "#e3b58a", "#c96f52")[int(chance.random() * 5)],
                "#d9a090",
                0.5 - row * 0.08,
            )
            kind = chance.random()
            if kind < 0.12:
                s.fill(
                    oval(x + wide / 2, y - high, wide * 0.34, wide * 0.32),
                    mixed("#4f9a9a", "#d9a090", 0.4 - row * 0.06),
                )
            s.fill(rect(x, y - high, x + wide, y + 80), across(lighter(tone, 0.22), darker(tone, 0.12), x, x + wide))
            s.fill(rect(x, y - high, x + wide, y - high + 3 + row * 0.6), lighter(tone, 0.4))
            if 0.12 <= kind < 0.26:
                s.fill(
                    stroke([(x + wide / 2, y - high), (x + wide * 0.55, y - high - size * 0.7)], 3 + row * 0.4),
                    "#7a4a48",
                )
                for k in range(7):
                    s.fill(
                        leaf(x + wide * 0.55, y - high - size * 0.7, size * 0.42, size * 0.08, -200 + k * 37),
                        ("#4f7f52", "#3f6a4a")[k % 2],
                    )
            for k in range(int(wide / (12 + row * 3))):
                if chance.random() < 0.5:
                    wx = x + 6 + k * (12 + row * 3)
                    s.fill(rect(wx, y - high * 0.62, wx + 3 + row, y - high * 0.62 + 5 + row * 1.5, 1), "#6a3a4c", 0.7)
            x += wide * 0.96
    s.fill(oval(640, 420, 700, 40), "#ffe2b8", 0.3, 30, "screen")
    # one courtyard with its tree, straight below
    s.fill(poly(*at("560,520 700,516 724,566 540,570")), "#f2c68e")
    s.fill(poly(*at("560,520 700,516 700,500 560,504")), "#d5764a")
    s.fill(poly(*at("540,570 724,566 724,610 540,610")), across("#d98a5c", "#b9623f", 540, 724))
    s.fill(poly(*at("560,504 552,506 530,572 540,572 560,520")), "#e8a878")
    s.fill(poly(*at("700,500 708,502 736,568 724,568 700,516")), "#b9623f")
    s.fill(rect(612, 504, 628, 520), "#2f74b8")
    s.fill(oval(672, 530, 17, 14), "#3f7f4a")
    for dx, dy in ((-5, -3), (5, 1), (0, 5)):
        s.fill(oval(672 + dx, 530 + dy, 2.6), "#f58a25")
    # pillars, vault, parapet
    stone, deep = "#b98a6e", "#5a3a4a"
    opening = arch(176, -70, 1104, 740, 0.62)
    frame = at("-10,-10 1290,-10 1290,740 1104,740")
    head_line = [(x, y) for x, y in opening[0] if y < 480]
    s.fill(
        [[*frame, (1104, 420), *reversed(head_line), (176, 420), (176, 740), (-10, 740)]],
        Fade("#8a5f58", "#3f2840", (200, 700), (900, -60)),
    )
    for x0, x1, tint in ((120, 186, stone), (1094, 1160, darker(stone, 0.3))):
        s.paper(rect(x0, 190, x1, 640), across(lighter(tint, 0.2), darker(tint, 0.35), x0, x1), lift=0.4)
        s.paper(rect(x0 - 16, 176, x1 + 16, 204, 4), tint, lift=0.4)
        for y in (300, 410, 520):
            s.fill(rect(x0, y, x1, y + 3), deep, 0.5)
    left = poly(*at("-10,-10 120,-10 120,740 -10,740"))
    brickwork(s, left, (-10, -10, 120, 720), "#a06a5c", 44, 66, 34)
    brickwork(s, mirrored(left, 640), (1160, -10, 1290, 720), "#5f3f4c", 45, 66, 34)
    s.paper(rect(-10, 596, 1290, 640), across("#e0b08a", "#a9786a", 0, 1280), lift=0.5)
    s.fill(rect(-10, 596, 1290, 604), "#ffdcb0", 0.8)
    s.fill(rect(-10, 636, 1290, 740), down("#7a5058", "#432a40", 636, 720))
    brickwork(s, rect(-10, 646, 1290, 740), (-10, 646, 1290, 740), "#94646a", 46, 92, 36)
    # the bell in its yoke
    s.paper(rect(480, 20, 960, 58, 8), "#5a3434", lift=0.5)
    s.fill(rect(480, 22, 960, 30), "#8a5a48", 0.8)
    for x in (690, 750):
        s.fill(rect(x - 7, 52, x + 7, 100), "#3a2a34")
    bell(s, 720, 84, 224, "#c08a3c")
    s.fill(stroke(at("720,318 724,420 716,560 722,720"), 8, 10), "#d9b98a")
    strands(s, [[(722, 330 + k * 26), (717, 342 + k * 26)] for k in range(15)], "#8a6a4f", 3)
    # a pigeon, sacks
    px, py = 978, 596
    s.paper(
        blob(
            (px - 46, py - 14),
            (px - 20, py - 40),
            (px + 16, py - 44),
            (px + 30, py - 66),
            (px + 48, py - 66),
            (px + 50, py - 40),
            (px + 30, py - 8),
            (px - 10, py - 4),
        ),
        across("#9aa4bc", "#6a7290", px - 40, px + 50),
        lift=0.3,
    )
    s.fill(poly((px + 50, py - 58), (px + 62, py - 54), (px + 50, py - 50)), "#e8b04e")
    s.fill(oval(px + 41, py - 57, 3), INK)
    s.fill(blob((px - 34, py - 18), (px - 4, py - 36), (px + 20, py - 26), (px - 4, py - 12)), "#59617f")
    for x in (px + 2, px + 14):
        s.fill(stroke([(x, py - 8), (x, py + 2)], 3), "#d9705f")
    s.fill(rect(0, 0, 1280, 720), Fade("#ffdca0", "#8a5a9a", (200, 300), (1280, 700)), 0.12, mode="multiply")
    return s.finished()


def alley() -> Image.Image:
    """An old lane at dusk: a red lantern, a sugar stall with a marble slab, a bare white wall."""
    s = Sheet(1280, 720, down("#3a3f78", "#e89a78", 0, 380))
    s.glow(640, 330, 420, "#ffc890", 0.6)
    for x, y, wide in ((520, 120, 140), (760, 180, 120)):
        s.fill(oval(x, y, wide, 8), "#f3b8a4", 0.5, 6)
    # roofs far away
    for k, (x, y, wide, colour) in enumerate(
        ((540, 300, 190, "#6a5a86"), (740, 286, 210, "#5f5080"), (640, 330, 260, "#54486f"))
    ):
        roof = blob(
            (x - wide / 2 - 14, y + 14),
            (x - wide / 2, y + 2),
            (x - wide * 0.3, y - 22),
            (x, y - 34),
            (x + wide * 0.3, y - 22),
            (x + wide / 2, y + 2),
            (x + wide / 2 + 14, y + 14),
            (x, y + 12),
        )
        s.fill(rect(x - wide * 0.42, y, x + wide * 0.42, 470), darker(colour, 0.1))
        s.fill(roof, lighter(colour, 0.06 * k))
        for dx in (-40, 10, 50):
            s.fill(rect(x + dx, y + 26, x + dx + 16, y + 46, 2), "#ffc46a", 0.85)
    # ground
    s.fill(poly(*at("-10,740 -10,620 520,452 770,452 1290,620 1290,740")), down("#7a6a80", "#453d58", 452, 720))
    chance = random.Random(14)
    for row in range(10):
        y = 456 + 280 * (row / 9) ** 1.7
        tall = 5 + row * 3.4
        for column in range(-12, 13):
            wide = 26 + row * 11
            x = 645 + (column + (row % 2) / 2) * wide
            if chance.random() < 0.6:
                s.fill(
                    oval(x, y, wide * 0.44, tall * 0.42),
                    ("#8f7f90", "#6a5c76", "#a08a90")[int(chance.random() * 3)],
                    0.4,
                )
    # white wall on the right, brick wall on the left
    white = poly(*at("1290,60 1290,630 800,470 800,190"))
    s.paper(white, across("#f2dfc8", "#d9bda8", 800, 1280), lift=0.4, side=-1)
    s.fill(oval(1010, 330, 210, 190), "#ffe0a4", 0.5, 50, "screen")
    for k in range(14):
        x, y = 790 + k * 38, 196 - k * 10.0
        s.paper(
            blob((x - 6, y + 8), (x + 6, y - 14), (x + 40, y - 20), (x + 46, y + 2), (x + 20, y + 14)),
            ("#3f3a58", "#4a4468")[k % 2],
            lift=0.3,
        )
    s.fill(poly(*at("800,470 1290,630 1290,604 800,454")), "#8a7a86", 0.6)
    left = poly(*at("-10,20 -10,630 500,466 500,176"))
    s.paper(left, across("#5a5068", "#7a6a7c", 0, 500), lift=0.4)
    with s.inside(left):
        for row in range(18):
            for column in range(9):
                t0, t1 = column / 9, (column + 0.93) / 9
                if (row * 7 + column * 5) % 3:
                    top = [20 + 156 * t + (610 - 320 * t) * ((row + 0.1) / 18) for t in (t0, t1)]
                    low = [20 + 156 * t + (610 - 320 * t) * ((row + 0.9) / 18) for t in (t0, t1)]
                    s.fill(
                        poly(
                            (-10 + 510 * t0, top[0]),
                            (-10 + 510 * t1, top[1]),
                            (-10 + 510 * t1, low[1]),
                            (-10 + 510 * t0, low[0]),
                        ),
                        "#8a7a8a",
                        0.22,
                    )
        for k in range(15):
            x, y = -20 + k * 38, 14 + k * 11.6
            s.fill(
                blob((x - 6, y + 8), (x + 6, y - 16), (x + 40, y - 8), (x + 46, y + 12), (x + 20, y + 20)),
                ("#2f2b48", "#3a3555")[k % 2],
            )
    s.paper(poly(*at("250,262 356,282 356,512 250,546")), "#5f2f34", lift=0.3)
    s.fill(poly(*at("301,272 305,273 305,530 301,531")), "#3a1c28")
    for x, y in ((290, 404), (316, 402)):
        s.fill(oval(x, y, 6), "#d9b46a")
    for k, x in enumerate((240, 364)):
        s.paper(
            poly((x - 11, 270 + k * 12), (x + 11, 274 + k * 12), (x + 11, 470 - k * 20), (x - 11, 476 - k * 20)),
            "#c9362f",
            lift=0.3,
        )
        for mark in range(4):
            s.fill(star(x, 300 + k * 10 + mark * 42, 8, 4, 0.5), "#f2c64f", 0.9)
    # lanterns
    s.fill(stroke(at("380,140 600,196 860,150"), 3), "#26203a")
    for x, y, size in ((566, 190, 0.74), (668, 194, 0.62), (776, 176, 0.78)):
        s.glow(x, y + 44 * size, 190 * size, "#ff8a4a", 0.6)
        s.fill(rect(x - 2, y - 4, x + 2, y + 12), "#26203a")
        globe = oval(x, y + 44 * size, 40 * size, 34 * size)
        s.fill(globe, across("#ff6a45", "#c9262f", x - 40 * size, x + 40 * size))
        with s.inside(globe):
            s.fill(oval(x, y + 46 * size, 22 * size, 26 * size), "#ffd07a", 0.7, 8)
            for k in (-2, -1, 1, 2):
                s.fill(
                    stroke(
                        [
                            (x + k * 9 * size, y + 8 * size),
                            (x + k * 15 * size, y + 44 * size),
                            (x + k * 9 * size, y + 80 * size),
                        ],
                        1.6,
                    ),
                    "#8f1f2c",
                    0.7,
                )
        for edge in (y + 9 * size, y + 76 * size):
            s.fill(rect(x - 15 * size, edge, x + 15 * size, edge + 6 * size, 2), "#e8b84e")
        s.fill(stroke([(x, y + 82 * size), (x, y + 112 * size)], 6 * size, 9 * size), "#e8b84e")
    # the stall
    s.fill(oval(640, 676, 330, 30), "#1c1630", 0.55, 12)
    s.paper(poly(*at("400,520 880,520 862,690 418,690")), across("#9a4f36", "#6a3034", 400, 880), lift=0.5)
    for k in range(4):
        s.paper(
            rect(432 + k * 106, 560, 524 + k * 106, 664, 5),
            across("#ad6040", "#7f3d38", 432 + k * 106, 524 + k * 106),
            lift=0.25,
        )
        s.fill(oval(478 + k * 106, 612, 9), "#e8b84e")
    s.paper(poly(*at("376,486 904,486 890,528 390,528")), across("#b9683f", "#8a463a", 380, 900), lift=0.4)
    slab = poly(*at("470,492 700,492 712,518 458,518"))
    s.paper(slab, "#f3eee8", lift=0.3)
    with s.inside(slab):
        s.fill(stroke(at("470,500 560,510 700,498"), 2), "#b9b0bc")
        swirl = [(560 + (8 + k * 2.2) * math.cos(k * 0.6), 505 + (2 + k * 0.42) * math.sin(k * 0.6)) for k in range(20)]
        s.fill(stroke(swirl, 4), "#e08a22")
    s.glow(771, 440, 110, "#ffc46a", 0.5)
    pot = blob(*at("738,500 742,462 800,462 806,500 772,512"))
    s.paper(pot, across("#e8915a", "#a5522f", 738, 806), lift=0.4)
    s.fill(oval(771, 464, 30, 7), "#f2a93a")
    for k in range(3):
        s.fill(
            stroke([(760 + k * 12, 452), (752 + k * 14, 428), (764 + k * 12, 404), (756 + k * 14, 380)], 5, 1.5),
            "#fff0dc",
            0.35,
            3,
        )
    # a straw pole stuck full of sugar figures
    s.fill(stroke([(424, 486), (424, 330)], 9), "#7a4a35")
    s.paper(rect(404, 236, 444, 346, 18), across("#e3bf78", "#b98a4e", 404, 444), lift=0.3)
    for k, (dx, dy, _) in enumerate(
        ((-50, 262, -150), (50, 256, -30), (-46, 310, -165), (48, 304, -15), (0, 214, -90))
    ):
        x, y = 424 + dx, dy
        s.fill(stroke([(424 + dx * 0.3, dy + 12), (x, y)], 3), "#f3e2c2")
        if k == 0:
            shape = star(x, y - 8, 24, 8, 0.55)
        elif k == 1:  # a fish
            shape = leaf(x - 12, y - 6, 46, 14, -12) + poly((x - 10, y - 6), (x - 26, y - 20), (x - 24, y + 8))
        elif k == 2:  # a butterfly
            shape = leaf(x, y, 32, 13, -140) + leaf(x, y, 32, 13, -40) + leaf(x, y, 22, 9, 140) + leaf(x, y, 22, 9, 40)
        elif k == 3:
            shape = oval(x + 6, y - 6, 17) + leaf(x + 6, y - 18, 20, 6, -70)
        else:
            shape = star(x, y - 12, 27, 6, 0.6)
        s.glow(x, y - 6, 60, "#ffb84a", 0.4)
        s.fill(shape, "#f2a22e", 0.92)
        s.fill(moved(shape, x * 0.5, (y - 6) * 0.5, 0.5), "#ffdf90", 0.7)
    # a small lamp on the stall, its light on the white wall
    s.fill(rect(846, 440, 852, 490), "#3a2a34")
    s.paper(poly(*at("828,444 870,444 860,404 838,404")), "#ffd98a", lift=0)
    s.glow(880, 410, 200, "#ffcf7a", 0.5)
    for k in range(3):  # puddles of light
        s.fill(oval(500 + k * 140, 702, 80, 9), "#ff9a5a", 0.35, 6, "screen")
    # close by: the corner of an eave
    eave = poly(*at("-10,-10 460,-10 250,34 90,92 -10,150"))
    s.fill(eave, "#1c1833")
    for k in range(9):
        s.fill(oval(20 + k * 44, 118 - k * 13.5 + (k * k) * 0.25, 17), "#26213f")
    return s.finished()


def clockface(s: Sheet, x: float, y: float, r: float, rim: str, hour: float, face: str = "#fdf3da") -> None:
    """A round clock; `hour` may have a fraction."""
    s.paper(oval(x, y, r), rim, lift=0.4)
    s.fill(oval(x, y, r * 0.8), face)
    for k in range(12):
        a = k * math.tau / 12
        s.fill(
            stroke(
                [
                    (x + r * 0.66 * math.cos(a), y + r * 0.66 * math.sin(a)),
                    (x + r * 0.74 * math.cos(a), y + r * 0.74 * math.sin(a)),
                ],
                max(r * 0.05, 1.5),
            ),
            INK,
        )
    for turn, far, wide in ((hour / 12, 0.42, 0.09), (hour % 1, 0.62, 0.06)):
        a = turn * math.tau - math.pi / 2
        s.fill(stroke([(x, y), (x + r * far * math.cos(a), y + r * far * math.sin(a))], max(r * wide, 2)), INK)
    s.fill(oval(x, y, max(r * 0.07, 2)), "#c2372f")


def workshop() -> Image.Image:
    """A clock shop in the evening: a wall of clocks, a bench under a green lamp."""
    s = Sheet(1280, 720, down("#2f4a5c", "#3f5f66", 0, 560))
    for k in range(16):
        s.fill(rect(k * 84, 0, k * 84 + 42, 560), "#29424f", 0.45)
    # window on a blue street
    s.paper(rect(900, 60, 1200, 430, 8), "#8a5a3c", lift=0.4)
    s.fill(rect(918, 78, 1182, 412), down("#27306a", "#c98a8a", 78, 412))
    with s.inside(rect(918, 78, 1182, 412)):
        for x, high, wide in ((918, 130, 76), (1000, 176, 66), (1072, 120, 60), (1138, 190, 60)):
            s.fill(rect(x, 412 - high, x + wide, 412), "#2a2a52")
            s.fill(poly((x - 6, 412 - high), (x + wide / 2, 380 - high), (x + wide + 6, 412 - high)), "#221f44")
            for k in range(3):
                s.fill(
                    rect(x + 12 + (k % 2) * 26, 424 - high + k * 36, x + 24 + (k % 2) * 26, 442 - high + k * 36),
                    "#ffc86a",
                    0.85,
                )
        s.glow(1104, 134, 90, "#f6efd0", 0.4)
        s.fill(oval(1104, 134, 20), "#f6efd0")
    s.fill(rect(1045, 78, 1055, 412), "#8a5a3c")
    s.fill(rect(918, 232, 1182, 241), "#8a5a3c")
    s.paper(rect(886, 424, 1214, 444, 4), "#a36c46", lift=0.4)
    # clocks
    for x, y, r, rim, hour in (
        (250, 116, 66, "#c2673f", 10.15),
        (420, 150, 84, "#3f8f86", 10.15),
        (600, 110, 58, "#d9a441", 10.15),
        (740, 176, 70, "#8a4a5a", 10.15),
        (276, 290, 54, "#e8cfa0", 10.15),
        (560, 268, 48, "#5a7fb0", 10.15),
        (838, 84, 40, "#e0784a", 10.15),
        (690, 326, 40, "#6f9a5a", 10.15),
    ):
        clockface(s, x, y, r, rim, hour)
    s.paper(poly((392, 300), (420, 264), (448, 300)), "#7a3f34", lift=0.3)  # a cuckoo clock
    s.paper(rect(396, 298, 444, 352, 3), "#a9643f", lift=0.3)
    clockface(s, 420, 328, 18, "#e8cfa0", 10.15)
    for dx in (-10, 10):
        s.fill(stroke([(420 + dx, 352), (420 + dx, 386 + dx)], 2), "#d9b46a")
        s.fill(oval(420 + dx, 392 + dx, 4, 8), "#7a4a35")
    # a tall case with a pendulum
    s.paper(rect(60, 70, 176, 560, 8), across("#9a5a38", "#6b3a30", 60, 176), lift=0.5)
    s.paper(poly((50, 76), (118, 26), (186, 76)), "#8a4c34", lift=0.4)
    clockface(s, 118, 132, 46, "#d9b46a", 10.15)
    s.fill(rect(84, 206, 152, 450, 6), "#2f1f2a")
    s.fill(stroke([(118, 206), (130, 380)], 5), "#d9b46a")
    s.paper(oval(131, 392, 23), across("#ffd873", "#b98535", 108, 154), lift=0.3)
    # shelf with small things
    s.paper(rect(226, 420, 800, 436, 3), "#8f5b3a", lift=0.5)
    for x, wide, high, colour in (
        (250, 34, 60, "#c2673f"),
        (290, 26, 48, "#3f8f86"),
        (322, 40, 36, "#e8cfa0"),
        (520, 30, 52, "#8a4a5a"),
        (556, 44, 34, "#5a7fb0"),
        (760, 30, 56, "#d9a441"),
    ):
        s.paper(rect(x, 420 - high, x + wide, 420, 5), colour, lift=0.3)
        s.fill(rect(x, 420 - high + 8, x + wide, 420 - high + 13), darker(colour, 0.3))
    for x, colour in ((620, "#d9b46a"), (664, "#b9c3c8")):
        clockface(s, x, 398, 21, colour, 10.15)
        s.fill(rect(x - 14, 415, x - 6, 421), colour)
        s.fill(rect(x + 6, 415, x + 14, 421), colour)
    # bench
    s.shadow(rect(-10, 548, 1290, 720), 0.5, 16, 0, -14)
    s.fill(poly(*at("-10,552 1290,552 1290,622 -10,622")), across("#b5774a", "#8a5238", 0, 1280))
    s.fill(rect(-10, 618, 1290, 740), down("#5f382f", "#3a2230", 618, 720))
    strands(s, [at("0,572 500,568 1280,576"), at("0,598 700,594 1280,600")], "#7a4a33", 3, 0.6)
    for k in range(4):
        s.paper(rect(40 + k * 312, 648, 320 + k * 312, 730, 6), "#71442f", lift=0.25)
        s.paper(oval(180 + k * 312, 682, 10), "#d9b46a", lift=0.4)
    # lamp
    s.paper(oval(1010, 584, 66, 13), "#24413c", lift=0.5)
    s.fill(stroke(at("1010,580 1040,470 930,400"), 10, smooth=False), "#2f5a4e")
    s.fill(oval(1040, 470, 9), "#d9b46a")
    s.fill(poly(*at("846,452 940,420 960,590 560,590")), "#ffd98a", 0.3, 18, "screen")
    s.paper(
        moved(poly(*at("-52,28 52,28 22,-34 -22,-34")), 908, 412, turn=24),
        across("#4fa07a", "#2a6a54", 860, 950),
        lift=0.3,
    )
    s.glow(890, 446, 170, "#ffe3a0", 0.8)
    s.fill(oval(740, 578, 230, 22), "#ffe6b0", 0.6, 14, "screen")
    # gears, tools, an open watch
    for x, y, r, colour in ((620, 574, 26, "#d9b46a"), (668, 590, 18, "#b9c3c8"), (586, 596, 14, "#c98a4a")):
        wheel = star(x, y, r, 12, 0.8)
        squashed = [[(px, y + (py - y) * 0.5) for px, py in part] for part in wheel]
        s.paper(squashed, colour, lift=0.4)
        s.fill(oval(x, y, r * 0.4, r * 0.2), "#7a4a33")
    s.paper(oval(760, 584, 50, 24), "#d9b46a", lift=0.5)
    s.fill(oval(760, 581, 40, 18), "#fdf3da")
    s.fill(stroke([(760, 581), (760, 569)], 3), INK)
    s.fill(stroke([(760, 581), (776, 586)], 3), INK)
    s.fill(stroke([(840, 600), (900, 566)], 7, 3), "#c2372f")
    s.fill(stroke([(900, 566), (920, 555)], 3), "#b9c3c8")
    s.paper(rect(300, 516, 420, 572, 6), "#8a4a5a", lift=0.4)
    s.paper(rect(312, 490, 408, 518, 5), "#3f8f86", lift=0.3)
    s.paper(blob(*at("180,572 186,520 214,506 242,520 248,572")), "#c98a4a", lift=0.4)
    for k in range(4):
        s.fill(
            stroke([(200 + k * 10, 514), (190 + k * 16, 452 + (k % 2) * 14)], 5, 4),
            ("#d9b46a", "#b9c3c8", "#c2372f", "#5a7fb0")[k],
        )
    return s.finished()


# --- all of them ------------------------------------------------------------------------------------------------------

PICTURES: dict[str, Callable[[], Image.Image]] = {
    "examples/one-wrong-note/refs/odile.jpg": odile,
    "examples/lost-property/refs/pell.jpg": pell,
    "examples/lost-property/refs/abel.jpg": abel,
    "examples/lost-property/refs/abel-coat.jpg": abel_coat,
    "examples/lost-property/refs/junie.jpg": junie,
    "examples/lost-property/refs/office.jpg": lost_property,
    "examples/queen-of-the-night/refs/sabine.jpg": sabine,
    "examples/queen-of-the-night/refs/glasshouse-night.jpg": greenhouse_night,
    "examples/queen-of-the-night/refs/glasshouse-dawn.jpg": greenhouse_dawn,
    "examples/the-cake-run/refs/kit.jpg": kit,
    "examples/the-cake-run/refs/street.jpg": street,
    "examples/the-cake-run/refs/top-of-the-street.jpg": cake_run_first,
    "examples/a-pinch-of-winter/refs/lumi.jpg": lumi,
    "examples/a-pinch-of-winter/refs/lumi-dusted.jpg": lumi_dusted,
    "examples/a-pinch-of-winter/refs/vesna.jpg": vesna,
    "examples/a-pinch-of-winter/refs/osman.jpg": osman,
    "examples/a-pinch-of-winter/refs/osman-floured.jpg": osman_floured,
    "examples/a-pinch-of-winter/refs/courtyard.jpg": courtyard,
    "examples/a-pinch-of-winter/refs/courtyard-white.jpg": courtyard_white,
    "examples/a-pinch-of-winter/refs/bakery.jpg": bakery,
    "examples/a-pinch-of-winter/refs/belfry.jpg": belfry,
    "examples/tang-long/refs/tangpo.jpg": tangpo,
    "examples/tang-long/refs/xiaoman.jpg": xiaoman,
    "examples/tang-long/refs/lane.jpg": alley,
    "storyforge/starter/refs/ada.jpg": ada,
    "storyforge/starter/refs/pip.jpg": pip,
    "storyforge/starter/refs/shop.jpg": workshop,
}
"""Every picture by its path in the repository; more are added next to the films they belong to."""

MUSIC = "examples/a-pinch-of-winter/audio/waltz.wav"
"""The music of the longest film."""

RATE = 8000
BEAT = 0.75


def waltz() -> array.array[int]:
    """Nine seconds of a music box in three-four time; its last notes ring on into its first, so it goes round."""
    tune = at("0,76 1,79 2,83 3,81 4,79 4.5,78 5,74 6,76 7,79 8,74 9,71 10,74 11,78")
    bass = ((0, 52, (59, 64, 67)), (3, 48, (55, 60, 64)), (6, 57, (60, 64, 69)), (9, 47, (54, 59, 63)))
    notes = [(start, pitch, 0.30, 1.6) for start, pitch in tune]
    for start, low, chord in bass:
        notes.append((start, low, 0.34, 2.2))
        notes += [(start + beat, pitch, 0.09, 0.9) for beat in (1, 2) for pitch in chord]
    length = round(12 * BEAT * RATE)
    sound = [0.0] * length
    for start, pitch, loud, ring in notes:
        pace = math.tau * 440 * 2 ** ((pitch - 69) / 12) / RATE
        first = round(start * BEAT * RATE)
        for k in range(round(ring * 2.2 * RATE)):
            fall = math.exp(-k / RATE * 3.2 / ring) * min(k / 40, 1)
            tone = math.sin(pace * k) + 0.28 * math.sin(2 * pace * k) * math.exp(-k / RATE * 5)
            sound[(first + k) % length] += loud * fall * tone
    peak = max(abs(value) for value in sound)
    return array.array("h", [round(value / peak * 24000) for value in sound])


def write_music(target: Path) -> None:
    """Write the waltz as a WAV file."""
    samples = waltz()
    if sys.byteorder == "big":
        samples.byteswap()
    target.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(target), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())


def main(names: Sequence[str]) -> None:
    """Draw the pictures named, or all."""
    for path, draw in PICTURES.items():
        if names and Path(path).stem not in names:
            continue
        target = HERE.parent / path
        target.parent.mkdir(parents=True, exist_ok=True)
        image = draw()
        image.save(target, quality=76 if image.width == image.height else 68, optimize=True, progressive=True)
        print(f"{path}  {image.width}×{image.height}  {target.stat().st_size / 1000:.0f} kB")
    if not names or Path(MUSIC).stem in names:
        write_music(HERE.parent / MUSIC)
        print(f"{MUSIC}  {(HERE.parent / MUSIC).stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main(sys.argv[1:])
