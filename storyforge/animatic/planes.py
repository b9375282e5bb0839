"""Pictures as the encoder takes them, a plane of light and two of colour, and what the camera sees of them.

Moving planes instead of RGB pictures halves the work for each frame, and nothing is converted after the first.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from PIL import Image

from storyforge.animatic.camera import View

DENSITY = 1.12
"""Pixels of a still for each pixel of the frame, so that a push-in stays sharp."""

# BT.709, limited range: rows of a matrix from RGB (0-255).
_LIGHT = (0.182586, 0.614231, 0.062007, 16.0)
_BLUE = (-0.100644, -0.338572, 0.439216, 128.0)
_RED = (0.439216, -0.398942, -0.040274, 128.0)


class Planes(NamedTuple):
    """Light at full size, blue and red difference at half; mode L."""

    light: Image.Image
    blue: Image.Image
    red: Image.Image

    def to_bytes(self) -> bytes:
        """A raw yuv420p frame."""
        return b"".join(plane.tobytes() for plane in self)

    def copy(self) -> Planes:
        """Planes of their own pixels, to draw on while these stay as they are."""
        return Planes(*(plane.copy() for plane in self))


def to_planes(picture: Image.Image) -> Planes:
    """An RGB picture of even width and height."""
    half = picture.reduce(2)
    return Planes(picture.convert("L", _LIGHT), half.convert("L", _BLUE), half.convert("L", _RED))


def blend(under: Planes, over: Planes, share: float) -> Planes:
    """A mix of two pictures of one size: `share` 0 shows `under` alone, 1 shows `over` alone."""
    return Planes(*(Image.blend(a, b, share) for a, b in zip(under, over, strict=True)))


class Box(NamedTuple):
    """Left, top, right and bottom in whole, even pixels."""

    left: int
    top: int
    right: int
    bottom: int

    def halve(self) -> Box:
        """The same box on the two planes of colour, which have half the pixels each way."""
        return Box(*(side // 2 for side in self))


@dataclass(frozen=True, slots=True)
class Overlay:
    """A picture with transparency, at its place on the frame."""

    planes: Planes
    mask: Image.Image
    half_mask: Image.Image
    box: Box

    def fade(self, share: float) -> Overlay:
        """The overlay with its opacity multiplied by `share`, from 0 to 1."""
        table = [round(value * share) for value in range(256)]
        return Overlay(self.planes, self.mask.point(table), self.half_mask.point(table), self.box)


def to_overlay(picture: Image.Image, left: int, top: int) -> Overlay:
    """An RGBA picture of even width and height, its corner at even pixels."""
    mask = picture.getchannel("A")
    box = Box(left, top, left + picture.width, top + picture.height)
    return Overlay(to_planes(picture.convert("RGB")), mask, mask.reduce(2), box)


def lay_over(frame: Planes, overlay: Overlay) -> None:
    """Draw an overlay onto a frame, in place."""
    half = overlay.box.halve()
    frame.light.paste(overlay.planes.light, overlay.box, overlay.mask)
    frame.blue.paste(overlay.planes.blue, half, overlay.half_mask)
    frame.red.paste(overlay.planes.red, half, overlay.half_mask)


def fill(frame: Planes, box: Box, colour: tuple[int, int, int]) -> None:
    """Fill a box of a frame with an RGB colour, in place."""
    light, blue, red = _plane_values(colour)
    frame.light.paste(light, box)
    frame.blue.paste(blue, box.halve())
    frame.red.paste(red, box.halve())


@lru_cache(maxsize=64)
def _plane_values(colour: tuple[int, int, int]) -> tuple[int, int, int]:
    light, blue, red = (plane.getpixel((0, 0)) for plane in to_planes(Image.new("RGB", (2, 2), colour)))
    assert isinstance(light, int)
    assert isinstance(blue, int)
    assert isinstance(red, int)
    return light, blue, red


def even(value: float) -> int:
    """The nearest even whole number: planes of colour have half the width and height."""
    return 2 * round(value / 2)


@dataclass(frozen=True, slots=True)
class Lens:
    """How a frame of a size in pixels is taken from a still that reaches beyond it."""

    frame: tuple[int, int]
    still: tuple[int, int]

    def window(self, view: View) -> tuple[float, float, float, float]:
        """The part of the still that a view shows: left, top, right, bottom in still pixels."""
        across, down = (side * DENSITY / view.zoom for side in self.frame)
        left = self.still[0] / 2 + view.x * self.frame[0] * DENSITY - across / 2
        top = self.still[1] / 2 + view.y * self.frame[1] * DENSITY - down / 2
        return left, top, left + across, top + down

    def see(self, still: Planes, view: View) -> Planes:
        """The whole frame, from a still without transparency."""
        window = self.window(view)
        left, top, right, bottom = window
        half = (left / 2, top / 2, right / 2, bottom / 2)
        small = (self.frame[0] // 2, self.frame[1] // 2)
        smooth = Image.Resampling.BILINEAR
        return Planes(
            still.light.resize(self.frame, smooth, box=window),
            still.blue.resize(small, smooth, box=half),
            still.red.resize(small, smooth, box=half),
        )

    def see_over(self, frame: Planes, still: Overlay, view: View) -> None:
        """Draw what a view shows of an overlay onto a frame, in place.

        Only around the overlay's box, whose outermost four pixels must be transparent.
        """
        left, top, right, bottom = self.window(view)
        across, down = (right - left) / self.frame[0], (bottom - top) / self.frame[1]
        box = still.box
        # Inwards to even pixels, so that the part of the still that is read never leaves it.
        target = Box(
            max(0, 2 * math.ceil((box.left - left) / across / 2)),
            max(0, 2 * math.ceil((box.top - top) / down / 2)),
            min(self.frame[0], 2 * math.floor((box.right - left) / across / 2)),
            min(self.frame[1], 2 * math.floor((box.bottom - top) / down / 2)),
        )
        if target.left >= target.right or target.top >= target.bottom:
            return
        window = (
            left + target.left * across - box.left,
            top + target.top * down - box.top,
            min(left + target.right * across - box.left, box.right - box.left),
            min(top + target.bottom * down - box.top, box.bottom - box.top),
        )
        lay_over(frame, _resized(still, target, window))


def _resized(still: Overlay, target: Box, window: tuple[float, float, float, float]) -> Overlay:
    smooth = Image.Resampling.BILINEAR
    size = (target.right - target.left, target.bottom - target.top)
    small = (size[0] // 2, size[1] // 2)
    half = (window[0] / 2, window[1] / 2, window[2] / 2, window[3] / 2)
    light = still.planes.light.resize(size, smooth, box=window)
    blue, red = (plane.resize(small, smooth, box=half) for plane in still.planes[1:])
    mask = still.mask.resize(size, smooth, box=window)
    return Overlay(Planes(light, blue, red), mask, still.half_mask.resize(small, smooth, box=half), target)


def make_lens(frame: tuple[int, int], reach: float) -> Lens:
    """A lens whose stills reach beyond the frame by a factor."""
    width, height = (even(side * reach * DENSITY) for side in frame)
    return Lens(frame, (width, height))
