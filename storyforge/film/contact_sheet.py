"""A contact sheet: a still of each shot with its id and its time code, all on one page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path

from PIL import Image, ImageDraw

from storyforge.animatic.text import Style, clean, draw_text, line_height, measure, wrap
from storyforge.compiler.transitions import timecode
from storyforge.model.errors import MediaError
from storyforge.system import decode
from storyforge.system.files import stage_file

WIDTH = 320
"""Of a still, in pixels."""

GAP = 16
COLUMNS = 4
"""More where a page would be higher than a JPEG may be."""

TALLEST = 60_000
"""Pixels; a JPEG ends at 65,535."""

SMALL, BOLD, LARGE = Style(15), Style(15, bold=True), Style(24, bold=True)
PAPER, INK, PALE = (24, 24, 28), (236, 232, 222), (150, 148, 142)


@dataclass(frozen=True, slots=True)
class Still:
    """The frame that represents a shot."""

    shot: str
    begins: int
    """The frame of the film on which the shot begins."""
    frame: int
    """The one that is shown."""


def draw_sheet(title: str, stills: Sequence[Still], film: Path, fps: int, out: Path) -> None:
    """Writes the sheet of a film as a JPEG, replaced at once; stills in the order of the film. Raises MediaError."""
    shape = decode.probe(film)
    high = round(WIDTH * shape.height / shape.width)
    cell = high + line_height(SMALL) + GAP
    columns = max(min(COLUMNS, len(stills)), ceil(len(stills) * cell / TALLEST))
    head = 2 * GAP + line_height(LARGE)
    page = (columns * (WIDTH + GAP) + GAP, head + ceil(len(stills) / columns) * cell + GAP)
    sheet = Image.new("RGB", page, PAPER)
    draw = ImageDraw.Draw(sheet)
    draw_text(draw, GAP, GAP + line_height(LARGE) * 0.8, wrap(title, LARGE, page[0] - 2 * GAP, 1)[0], LARGE, INK)
    for number, (still, frame) in enumerate(zip(stills, _frames(stills, film, fps), strict=True)):
        left = GAP + number % columns * (WIDTH + GAP)
        top = head + number // columns * cell
        sheet.paste(frame.resize((WIDTH, high), Image.Resampling.LANCZOS), (left, top))
        base = top + high + line_height(SMALL) * 0.9
        code = timecode(still.begins, fps)
        room = WIDTH - measure(code, SMALL) - GAP
        draw_text(draw, left, base, (wrap(clean(still.shot), BOLD, room, 1) or [""])[0], BOLD, INK)
        draw_text(draw, left + WIDTH - measure(code, SMALL), base, code, SMALL, PALE)
    with stage_file(out) as scratch:
        sheet.save(scratch, "JPEG", quality=88)


def _frames(stills: Sequence[Still], film: Path, fps: int) -> Iterator[Image.Image]:
    """The pictures of stills; the film is decoded only around each frame that is shown."""
    with decode.open_media(film) as container:
        video = container.streams.video[0]
        for still in stills:
            # PyAV counts microseconds where no stream is named, and lands on the key frame before.
            container.seek(still.frame * 1_000_000 // fps)
            shown = next((one for one in container.decode(video) if round(one.time * fps) >= still.frame), None)
            if shown is None:
                raise MediaError(f"`{film.name}` has no frame {still.frame}")
            yield decode.picture(shown)
