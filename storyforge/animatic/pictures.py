"""Open pictures that come from outside, and cut them to shape."""

from __future__ import annotations

import warnings
from pathlib import Path

from PIL import Image, ImageFilter, ImageOps

from storyforge.model.errors import MediaError
from storyforge.system.media import MAX_PIXELS
from storyforge.system.worker_process import Blob
from storyforge.system.workers import read_apart

_PAPER = (58, 60, 66)
"""What shows through a picture with transparent parts."""


def open_picture(path: Path) -> Image.Image:
    """A PNG, JPEG or WebP as upright RGB, decoded in a process apart; anything else, broken or too large is a
    MediaError."""
    if not path.exists():
        raise MediaError(f"the picture `{path.name}` is not there")
    found, content = read_apart(decode_picture, path)
    try:
        width, height = found
        return Image.frombytes("RGB", (width, height), content)
    except (TypeError, ValueError) as error:
        raise MediaError(f"the reader of `{path.name}` gave no sense", "use another file", str(error)) from error


def decode_picture(file: str) -> Blob:
    """The pixels of a picture in RGB, and its size, read by this process: the one apart."""
    picture = _decoded(Path(file))
    return Blob(picture.size, picture.tobytes())


def _decoded(path: Path) -> Image.Image:
    try:
        # Pillow warns where it should stop; here a picture that large is refused before it takes the memory.
        with warnings.catch_warnings(action="error", category=Image.DecompressionBombWarning):
            # No other of Pillow's parsers gets to see an untrusted file.
            picture = Image.open(path, formats=("PNG", "JPEG", "WEBP"))
        with picture:
            width, height = picture.size
            if width * height > MAX_PIXELS:
                raise _too_large(path, f"{width}×{height} pixels")
            picture.load()
            return _flat(ImageOps.exif_transpose(picture))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_large(path, "far too many pixels") from error
    except FileNotFoundError as error:
        raise MediaError(f"the picture `{path.name}` is not there") from error
    except (OSError, SyntaxError, ValueError, EOFError, KeyError, IndexError, OverflowError) as error:
        hint = "use a whole PNG, JPEG or WebP file"
        raise MediaError(f"the picture `{path.name}` cannot be read", hint, detail=str(error)) from error


def _too_large(path: Path, found: str) -> MediaError:
    limit = f"{MAX_PIXELS // 1_000_000} million pixels"
    return MediaError(f"the picture `{path.name}` is too large: {found}", f"scale it down to at most {limit}")


def _flat(picture: Image.Image) -> Image.Image:
    if picture.mode.startswith("I"):
        # Sixteen bits a sample: a plain conversion would clip all but the darkest tones.
        picture = picture.convert("I").point(lambda value: value * (1 / 257)).convert("L")
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    layer = picture.convert("RGBA")
    paper = Image.new("RGBA", layer.size, (*_PAPER, 255))
    return Image.alpha_composite(paper, layer).convert("RGB")


def cover(
    picture: Image.Image, size: tuple[int, int], centre: tuple[float, float] = (0.5, 0.5), zoom: float = 1.0
) -> Image.Image:
    """The picture scaled and cropped to fill a size in pixels; `zoom` above 1 crops closer around `centre`."""
    width, height = picture.size
    scale = max(size[0] / width, size[1] / height) * zoom
    box_width, box_height = min(width, size[0] / scale), min(height, size[1] / scale)
    left = (width - box_width) * centre[0]
    top = (height - box_height) * centre[1]
    box = (left, top, left + box_width, top + box_height)
    # The gap lets Pillow first shrink a large picture by whole steps; at 3 the result is nearly that of the filter
    # alone.
    return picture.resize(size, Image.Resampling.LANCZOS, box=box, reducing_gap=3.0)


def with_margin(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    """The picture in the middle of a larger size; around it, its own edges mirrored and softened."""
    left, top = (size[0] - picture.width) // 2, (size[1] - picture.height) // 2
    wide = Image.new("RGB", size)
    for row in (-1, 0, 1):
        for column in (-1, 0, 1):
            tile = ImageOps.flip(picture) if row else picture
            tile = ImageOps.mirror(tile) if column else tile
            wide.paste(tile, (left + column * picture.width, top + row * picture.height))
    wide = wide.filter(ImageFilter.GaussianBlur(min(size) / 90))
    wide.paste(picture, (left, top))
    return wide
