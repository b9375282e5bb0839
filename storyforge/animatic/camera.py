"""Read the camera words of a shot as a movement: where the frame looks at each moment of its panel."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from typing import NamedTuple

REACH = 1.14
"""How much larger than the frame the drawn still is, each way."""


class View(NamedTuple):
    """What the frame shows: offset of its centre in frame widths and heights (right and down), and the enlargement."""

    x: float = 0.0
    y: float = 0.0
    zoom: float = 1.0


@dataclass(frozen=True, slots=True)
class Move:
    """A camera move over one panel, from a first view to a last."""

    start: View
    end: View
    depth: float = 0.6
    """How far the background follows: 1 moves with the people, 0 does not move, below 0 goes the other way."""
    sway: float = 0.0
    """Of a hand-held camera, in frame sizes."""


STILL = Move(View(zoom=1.02), View(zoom=1.02))
DRIFT = Move(View(-0.004, 0, 1.015), View(0.004, -0.003, 1.04))

_IN = Move(View(zoom=1.0), View(0, -0.006, 1.15))
_OUT = Move(View(0, -0.006, 1.15), View(zoom=1.0))
_PAN = Move(View(-0.05, 0, 1.05), View(0.05, 0, 1.05), depth=0.85)
_TRACK = Move(View(-0.05, 0, 1.05), View(0.05, 0, 1.05), depth=0.3)
_TILT = Move(View(0, -0.045, 1.05), View(0, 0.045, 1.05), depth=0.85)
_CRANE = Move(View(0, 0.045, 1.1), View(0, -0.045, 1.02), depth=0.4)
_ORBIT = Move(View(-0.035, 0, 1.03), View(0.035, -0.004, 1.08), depth=-1.0)

_SAYS_STATIC = re.compile(
    r"static|locked|lock-off|fixed|tripod|still camera|no movement|motionless|固定|静止|plan fixe"
)
_SAYS_OUT = re.compile(r"\b(?:out|back|away|backwards?|wider)\b|arrière")
_SAYS_DOWN = re.compile(r"down|descend|lower|下|降")
_SAYS_SLOW = re.compile(r"slow|gentl|slight|subtl|creep|barely|缓|慢|ゆっくり|lent")
_SAYS_FAST = re.compile(r"fast|quick|rapid|whip|crash|sudden|swift|racing|快|急|速")
_SAYS_HANDHELD = re.compile(r"hand-?held|shak[ey]|unsteady|jitter|手持|手ブレ")
_SIDEWAYS = re.compile(r"left|right|sideways|alongside|past")
_FIRST_SIDE = re.compile(r"left|right|左|右")
_WORDS: tuple[tuple[re.Pattern[str], Move], ...] = (
    (re.compile(r"orbit|\barc(?:s|ing)?\b|circl|around|revolv|环绕"), _ORBIT),
    (re.compile(r"crane|pedestal|\bjib|\bboom|\brises?\b|rising|descend|drone|aerial|升|降"), _CRANE),
    (re.compile(r"tilt|[上下]摇|摇[上下]|ティルト"), _TILT),
    (re.compile(r"\bpan|whip|摇|パン"), _PAN),
    (re.compile(r"pull|retreat|zooms? out|widens?|backwards|拉"), _OUT),
    (re.compile(r"push|zoom|clos(?:es|ing) in|mov(?:es?|ing) (?:in|down|along|through|forward)|creep|punch|推"), _IN),
    (re.compile(r"track|truck|follow|slid|lateral|glid|travel|跟|移"), _TRACK),
    (re.compile(r"dolly|dollies"), _IN),
)
"""The first that is found wins."""


def read_camera(words: str | None, seconds: float) -> Move:
    """The movement that a panel's camera words ask for; none or unknown words drift, so that nothing looks frozen."""
    said = (words or "").lower()
    hand_held = bool(_SAYS_HANDHELD.search(said))
    named = next((move for pattern, move in _WORDS if pattern.search(said)), None)
    if named is None:
        return STILL if _SAYS_STATIC.search(said) else replace(DRIFT, sway=0.006 if hand_held else 0.0)
    pace = 0.75 if _SAYS_SLOW.search(said) else 1.3 if _SAYS_FAST.search(said) else 1.0
    move = _scaled(_directed(named, said), pace * min(1.0, 0.4 + seconds / 8))
    return replace(move, sway=0.005) if hand_held else move


def _directed(move: Move, said: str) -> Move:
    if move is _IN:
        if "dolly" in said and _SIDEWAYS.search(said):
            return _directed(_TRACK, said)
        return _OUT if _SAYS_OUT.search(said) else _IN
    if move is _OUT:
        return move
    # A tilt is listed going down and a crane going up, so each is turned for the other word.
    if move in (_TILT, _CRANE):
        return _reversed(move) if (move is _CRANE) is bool(_SAYS_DOWN.search(said)) else move
    side = _FIRST_SIDE.search(said)
    return _reversed(move) if side and side[0] in ("left", "左") else move


def _reversed(move: Move) -> Move:
    return replace(move, start=move.end, end=move.start)


def _scaled(move: Move, pace: float) -> Move:
    def near(view: View) -> View:
        # A fast move goes farther, but not closer: the still has no more pixels to enlarge.
        return View(view.x * pace, view.y * pace, 1 + (view.zoom - 1) * min(pace, 1.0))

    return replace(move, start=near(move.start), end=near(move.end))


def from_whole(move: Move) -> Move:
    """The same movement, but starting on exactly the frame, for a clip that opens on a picture."""
    if move == STILL:
        return replace(move, start=View(), end=View())
    x, y, zoom = move.end
    # Close enough that the edge of the picture stays outside.
    zoom = 0.95 if zoom < move.start.zoom else max(zoom, 1 / (1 - 2 * max(abs(x), abs(y))))
    return replace(move, start=View(), end=View(x, y, zoom), depth=1.0)


def view_at(move: Move, progress: float, seconds: float) -> View:
    """Where the frame looks, at a progress from 0 to 1 and so many seconds into the panel."""
    # Eased at both ends, but never quite standing.
    eased = progress - 0.11 * math.sin(2 * math.pi * progress)
    x, y, zoom = (a + (b - a) * eased for a, b in zip(move.start, move.end, strict=True))
    if move.sway:
        # The hand begins to sway within half a second, so that no panel starts off its place.
        begin = min(1.0, seconds / 0.5)
        # Sines whose rates share no small multiple: the sway does not repeat within a panel, and is the same in every
        # rendering.
        x += begin * move.sway * (math.sin(seconds * 2.1) + 0.5 * math.sin(seconds * 5.3 + 1))
        y += begin * move.sway * (math.sin(seconds * 1.7 + 2) + 0.5 * math.sin(seconds * 4.7))
    return View(x, y, zoom)


def behind(view: View, depth: float) -> View:
    """The same view of the background, which follows less the farther it is."""
    zoom = 1 + (view.zoom - 1) * max(depth, 0.4)
    # No farther than the still reaches, or its edge would come into the frame.
    room = (REACH - 1 / zoom) / 2
    x, y = (max(-room, min(room, offset * depth)) for offset in view[:2])
    return View(x, y, zoom)


def extremes(move: Move) -> tuple[View, ...]:
    """Views that bound the whole movement."""
    sway = move.sway * 1.5
    ends = (move.start, move.end)
    return tuple(View(view.x + a * sway, view.y + a * sway, view.zoom) for view in ends for a in (-1, 1))
