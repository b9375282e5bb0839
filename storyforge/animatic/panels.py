"""Make the panels of a clip ready to be filmed, and film them: one raw frame after another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from storyforge.animatic.camera import REACH, Move, View, behind, from_whole, read_camera, view_at
from storyforge.animatic.captions import ACCENT, Captioner
from storyforge.animatic.compose import Card, draw_cards, draw_place, draw_toned_place
from storyforge.animatic.layout import Rect, lay_out, read_framing, steady_zone
from storyforge.animatic.pictures import cover, open_picture, with_margin
from storyforge.animatic.planes import DENSITY, Box, Overlay, Planes, blend, even, fill, lay_over, make_lens, to_planes
from storyforge.animatic.sound import Cue

OPENING = 0.6
"""Seconds in which the picture that a clip opens on gives way to its first panel."""
FADE = 0.2
"""Seconds in which captions appear."""
LINGER = 0.7
"""Seconds that a subtitle stays after its line, if no other follows."""

_TRACK = (22, 22, 26)
_LAST_FRAME = "sf:last-frame:"
_CROPS = {"close": 1.25, "detail": 1.9}
"""How close the picture of the first is cropped."""


@dataclass(frozen=True, slots=True)
class Panel:
    """A panel drawn: what does not move is made once, by the line that is spoken (None between lines)."""

    frames: int
    move: Move
    place: Planes
    cards: Mapping[int | None, Overlay | None]
    head: Overlay | None
    feet: Mapping[int | None, Overlay | None]
    cues: Sequence[Cue]


class Stage:
    """Draws and films the panels of one job's body."""

    def __init__(self, body: Mapping[str, Any], pictures: Mapping[str, Path], cues: Sequence[Sequence[Cue]]) -> None:
        self.body = body
        self.cues = cues
        self.frame: tuple[int, int] = (body["size"][0], body["size"][1])
        self.fps: int = body["fps"]
        self.lens = make_lens(self.frame, REACH)
        self.captioner = Captioner(self.frame, body["language"])
        used = {person["picture"] for panel in body["panels"] for person in (*panel["cast"], panel["scene"])}
        self.pictures = {
            token: open_picture(pictures[token])
            # Sorted, so that of several broken pictures the same one is always reported.
            for token in sorted(used | {body["first_frame"]}, key=str)
            if token and token in pictures
        }
        self._seen: tuple[tuple[int, int, View], Planes] | None = None  # the last frame of a camera that does not move
        self.opening = self.pictures.get(body["first_frame"])

    def frames(self) -> Iterator[bytes]:
        """Raw yuv420p frames, as many as the body asks for."""
        total, done = self.body["frames"], 0
        ticks = [sum(panel["frames"] for panel in self.body["panels"][:count]) for count in range(len(self.cues))]
        opening = to_planes(cover(self.opening, self.frame)) if self.opening else None
        for number, spec in enumerate(self.body["panels"]):
            bare = number == 0 and self.opening is not None and self._is_bare(spec)
            panel = self._draw_bare(spec, self.opening) if bare and self.opening else self._draw(spec, number)
            for at in range(panel.frames):
                # The first frame is the picture itself, with nothing drawn on it: it has to meet the frame that it
                # continues.
                if at == 0 and number == 0 and opening:
                    frame = opening.copy()
                else:
                    frame = self._film(panel, at)
                    if number == 0 and opening and not bare and at < OPENING * self.fps:
                        frame = blend(opening, frame, _eased(at / (OPENING * self.fps)))
                    self._caption(frame, panel, at)
                    self._draw_line(frame, done + 1, total, ticks)
                done += 1
                yield frame.to_bytes()

    def _is_bare(self, spec: Mapping[str, Any]) -> bool:
        """Whether the picture that the clip opens on is all there is to show.

        The last frame of another animatic is not: its captions are drawn on it, so it only leads over to the panel.
        """
        if self.body["first_frame"].startswith(_LAST_FRAME):
            return False
        tokens = [spec["scene"]["picture"], *(person["picture"] for person in spec["cast"])]
        return not any(token in self.pictures for token in tokens)

    def _draw_bare(self, spec: Mapping[str, Any], picture: Image.Image) -> Panel:
        whole = cover(picture, (even(self.frame[0] * DENSITY), even(self.frame[1] * DENSITY)))
        place = to_planes(with_margin(whole, self.lens.still))
        move = from_whole(read_camera(spec["camera"], spec["frames"] / self.fps))
        feet = self._feet(spec)
        return Panel(spec["frames"], move, place, {}, self.captioner.draw_head(spec), feet, self.cues[0])

    def _draw(self, spec: Mapping[str, Any], number: int) -> Panel:
        framing = read_framing(spec["framing"])
        move = read_camera(spec["camera"], spec["frames"] / self.fps)
        seed, scene, crowded = self.body["seed"], spec["scene"], bool(spec["cast"])
        picture = self.pictures.get(scene["picture"])
        if picture:
            place = draw_place(picture, self.lens.still, framing, crowded)
        else:
            place = draw_toned_place(scene, seed, self.lens.still, framing, crowded)
        head, feet = self.captioner.draw_head(spec), self._feet(spec)
        zone = steady_zone(self._zone(head, feet), self.frame, move)
        rects = lay_out(len(spec["cast"]), zone, framing)
        people = [
            Card(
                rect,
                person["name"],
                person["marks"],
                self.pictures.get(person["picture"]),
                dimmed=framing == "shoulder" and index == 0 and len(rects) > 1,
                zoom=_CROPS.get(framing, 1.0) if index == 0 else 1.0,
                height_of_eye=0.62 if framing == "detail" and index == 0 else 0.18,
            )
            for index, (person, rect) in enumerate(zip(spec["cast"], rects, strict=True))
        ]
        speakers = [None if line["unseen"] else line["name"] for line in spec["lines"]]
        drawn = draw_cards(people, filter(None, speakers), self.lens, seed)
        cards = {line: drawn.get(speakers[line] if line is not None else None) for line in feet}
        return Panel(spec["frames"], move, to_planes(place), cards, head, feet, self.cues[number])

    def _feet(self, spec: Mapping[str, Any]) -> dict[int | None, Overlay | None]:
        said: dict[int | None, Any] = {None: None, **dict(enumerate(spec["lines"]))}
        return {line: self.captioner.draw_foot(spec, words) for line, words in said.items()}

    def _zone(self, head: Overlay | None, feet: Mapping[int | None, Overlay | None]) -> Rect:
        """Where people may stand: between the captions, whichever is shown."""
        width, height = self.frame
        gap = 14 * self.captioner.unit
        top = max(height * 0.085, head.box.bottom if head else 0) + gap
        bottom = min([foot.box.top for foot in feet.values() if foot] or [height - self.captioner.margin]) - gap
        return Rect(width * 0.045, top, width * 0.91, max(bottom - top, height * 0.2))

    def _film(self, panel: Panel, at: int) -> Planes:
        seconds = at / self.fps
        view = view_at(panel.move, at / max(1, panel.frames - 1), seconds)
        cards = panel.cards.get(_line_at(panel.cues, seconds))
        if self._seen and self._seen[0] == (id(panel), id(cards), view):
            return self._seen[1].copy()
        frame = self.lens.see(panel.place, behind(view, panel.move.depth))
        if cards:
            self.lens.see_over(frame, cards, view)
        # Most of the time of drawing goes into moving planes, and a camera that rests gives the same frame each time.
        if panel.move.start == panel.move.end and not panel.move.sway:
            self._seen = ((id(panel), id(cards), view), frame.copy())
        return frame

    def _caption(self, frame: Planes, panel: Panel, at: int) -> None:
        share = min(1.0, (at + 1) / (FADE * self.fps))
        for caption in (panel.head, panel.feet.get(_line_at(panel.cues, at / self.fps))):
            if caption:
                lay_over(frame, caption if share == 1.0 else caption.fade(share))

    def _draw_line(self, frame: Planes, done: int, total: int, ticks: Sequence[int]) -> None:
        """How far the clip is, along the bottom edge, with a gap where a panel begins."""
        width, height = self.frame
        top = height - max(2, even(4 * self.captioner.unit))
        fill(frame, Box(0, top, width, height), _TRACK)
        fill(frame, Box(0, top, even(width * done / total), height), ACCENT)
        for tick in ticks[1:]:
            left = even(width * tick / total)
            fill(frame, Box(left - 2, top, left, height), _TRACK)


def _line_at(cues: Sequence[Cue], seconds: float) -> int | None:
    """The line whose subtitle is shown."""
    for cue in reversed(cues):
        if seconds >= cue.start - 0.05:
            return cue.line if seconds < cue.end + LINGER else None
    return None


def _eased(share: float) -> float:
    return share * share * (3 - 2 * share)
