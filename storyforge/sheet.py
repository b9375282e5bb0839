"""A contact sheet: a still of each shot with its id and its time code, all on one page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path

from PIL import Image, ImageDraw

from storyforge import media
from storyforge.animatic.text import Style, clean, draw_text, line_height, measure, wrap
from storyforge.errors import MediaError

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
    """A frame of a piece that stands for a shot."""

    shot: str
    code: str
    """Where in the film the shot begins, as `timecode` writes it."""
    piece: Path
    frame: int
    """From 0, in the piece."""


def timecode(frame: int, fps: int) -> str:
    """HH:MM:SS:FF, counting every frame."""
    seconds, rest = divmod(frame, fps)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}:{rest:02}"


def draw_sheet(title: str, stills: Sequence[Still], fps: int, size: tuple[int, int], out: Path) -> None:
    """Writes the sheet of a film of a rate and a size as a JPEG, replaced at once. Raises MediaError."""
    high = round(WIDTH * size[1] / size[0])
    cell = high + 2 * line_height(SMALL) + GAP
    columns = max(min(COLUMNS, len(stills)), ceil(len(stills) * cell / TALLEST))
    head = 2 * GAP + line_height(LARGE)
    page = (columns * (WIDTH + GAP) + GAP, head + ceil(len(stills) / columns) * cell + GAP)
    sheet = Image.new("RGB", page, PAPER)
    draw = ImageDraw.Draw(sheet)
    draw_text(draw, GAP, GAP + line_height(LARGE) * 0.8, wrap(title, LARGE, page[0] - 2 * GAP, 1)[0], LARGE, INK)
    for number, (still, frame) in enumerate(zip(stills, _frames(stills, fps), strict=True)):
        left = GAP + number % columns * (WIDTH + GAP)
        top = head + number // columns * cell
        sheet.paste(frame.resize((WIDTH, high), Image.Resampling.LANCZOS), (left, top))
        base = top + high + line_height(SMALL) * 0.9
        room = WIDTH - measure(still.code, SMALL) - GAP
        draw_text(draw, left, base, (wrap(clean(still.shot), BOLD, room, 1) or [""])[0], BOLD, INK)
        draw_text(draw, left + WIDTH - measure(still.code, SMALL), base, still.code, SMALL, PALE)
    with media.written(out) as scratch:
        sheet.save(scratch, "JPEG", quality=88)


def _frames(stills: Sequence[Still], fps: int) -> Iterator[Image.Image]:
    """The pictures of stills; each piece is decoded only around the frame that is shown."""
    for still in stills:
        with media.opened(still.piece) as film:
            video = film.streams.video[0]
            film.seek(round(still.frame / fps / video.time_base), stream=video)
            shown = next((one for one in film.decode(video) if round(one.time * fps) >= still.frame), None)
            if shown is None:
                raise MediaError(f"`{still.piece.name}` has no frame {still.frame}")
            yield media.picture(shown)
