"""Spoken lines -> cues: what of them is read when, counted in frames, within what eyes can follow.

The limits are those of the Netflix Timed Text Style Guides as of 2026, their general requirements and those of each
language (https://partnerhelp.netflixstudios.com/hc/en-us/articles/215758617).
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from storyforge.language.line_breaks import atoms, is_wide
from storyforge.model.manners import Kind

ROWS = 2
"""Rows of text in a cue."""

SHORTEST, LONGEST = 5 / 6, 7.0
"""Seconds that a cue is shown."""

GAP = 2
"""Frames between two cues."""

CLOSED = 0.5
"""Seconds: a shorter pause between two cues is closed up to the gap."""

LIMITS: Mapping[str, tuple[int, float]] = {"en": (42, 20.0), "ja": (26, 8.0), "zh": (32, 18.0), "ko": (32, 24.0)}
"""Letters in a row and letters read in a second, by the language's first subtag; a wide letter counts as two."""

OTHER_LIMITS = (42, 17.0)
"""For a language that is not in the table."""

MEANT = str.maketrans({"{": "(", "}": ")", "\\": "/", "<": "‹", ">": "›"})
"""Signs that one form of subtitles or another takes for a command, and what is written instead."""

_SENTENCE_END = re.compile(r"[.!?…。！？][\"'”’»」』)]*\s*$")
_COMMA = re.compile(r"[,;:、，；：—–]\s*$")


@dataclass(frozen=True, slots=True)
class Spoken:
    """A line of dialogue, and when it is heard, in seconds."""

    text: str
    start: float
    end: float
    who: str = ""
    kind: Kind = "seen"
    """Whether lips move in the picture, or the voice is of somebody out of view or lies over the picture."""
    language: str | None = None
    """BCP 47 tag of the line's own language; None: the film's."""


@dataclass(frozen=True, slots=True)
class Cue:
    """What is read at once."""

    first: int
    """The frame on which it appears."""
    end: int
    """The frame behind the last that shows it."""
    rows: tuple[str, ...]
    who: str = ""
    kind: Kind = "seen"
    language: str | None = None


def make_cues(spoken: Sequence[Spoken], language: str, fps: int, frames: int) -> list[Cue]:
    """The cues of lines in the order in which they are heard, within so many frames.

    A cue stays as long as it takes to read, if the next one and the end leave it the time. `language` is that of lines
    that name none.
    """
    parts = [part for line in spoken for part in _parted(line, reading_limits(line.language or language)[0])]
    starts = [int(part.start * fps) for part in parts]
    least = int(SHORTEST * fps + 0.5)
    cues: list[Cue] = []
    free = 0
    for part, start, following in zip(parts, starts, [*starts[1:], None], strict=False):
        width, rate = reading_limits(part.language or language)
        read = max(SHORTEST, count_letters(part.text) / rate)
        stop = min(max(part.end, part.start + read), part.start + LONGEST)
        first = max(free, start)
        end = max(int(stop * fps + 0.5), first + least)
        if following is not None and following - end < CLOSED * fps:
            end = following - GAP
        end = min(end, frames, first + int(LONGEST * fps))
        # Where a clip ends too soon, a cue comes before its line is heard, as far as the cue before lets it.
        first = max(free, min(first, end - least))
        end = max(end, first + 1)
        if end <= frames:
            cues.append(Cue(first, end, _rows(part.text, width), part.who, part.kind, part.language))
        free = end + GAP
    return cues


def sequence_cues(cues: Sequence[Cue]) -> list[Cue]:
    """Cues of clips that overlap, each gone before the next appears."""
    placed: list[Cue] = []
    for cue in sorted(cues, key=lambda cue: (cue.first, cue.end)):
        if placed:
            before = placed[-1]
            placed[-1] = before = replace(before, end=min(before.end, max(before.first + 1, cue.first - GAP)))
            first = max(cue.first, before.end)
            cue = replace(cue, first=first, end=max(cue.end, first + 1))
        placed.append(cue)
    return placed


def shift_cues(cues: Sequence[Cue], frames: int) -> list[Cue]:
    """Cues so many frames later."""
    return [replace(cue, first=cue.first + frames, end=cue.end + frames) for cue in cues]


def reading_limits(language: str) -> tuple[int, float]:
    """Letters in a row, and letters read in a second, of a BCP 47 language."""
    return LIMITS.get(re.split(r"[-_]", language.lower(), maxsplit=1)[0], OTHER_LIMITS)


def count_letters(text: str) -> int:
    """How many letters wide a text is."""
    return sum(0 if unicodedata.combining(letter) else 2 if is_wide(letter) else 1 for letter in text)


def plain(text: str) -> str:
    """A text on one line, without what a form of subtitles takes for a command."""
    composed = unicodedata.normalize("NFC", " ".join(text.split()))
    return "".join(letter for letter in composed if unicodedata.category(letter) not in ("Cc", "Cs")).translate(MEANT)


def _parted(line: Spoken, width: int) -> Iterator[Spoken]:
    """A line in as many parts as it takes to show it, each with its share of the time."""
    text = plain(line.text)
    least = int((line.end - line.start) // LONGEST) + 1
    texts = list(_texts(text, width, least))
    start, whole = line.start, sum(map(count_letters, texts)) or 1
    for part in texts:
        end = start + (line.end - line.start) * count_letters(part) / whole
        yield replace(line, text=part, start=start, end=end)
        start = end


def _texts(text: str, width: int, least: int) -> Iterator[str]:
    """Parts of a text that each fit on the rows of a cue: about even, and ended where a sentence or a clause ends."""
    pieces = [piece for atom in atoms(text) for piece in _pieces(atom, width)]
    wide = [count_letters(piece) for piece in pieces]
    begin, left = 0, sum(wide)
    while begin < len(pieces):
        fits = _fitting(pieces, begin, width)
        # What would fit by its letters may not fit by rows, since no word is cut to fill one.
        count = max(least, -(-left // (width * ROWS)), 1 if fits == len(pieces) else 2)
        if count == 1:
            yield "".join(pieces[begin:]).rstrip()
            return
        best, cost, taken, most = begin + 1, math.inf, 0, 0
        for end in range(begin + 1, fits + 1):
            taken += wide[end - 1]
            # A part may miss its even share by half a row if that lets it end with its sentence.
            away = abs(taken - left / count) - width * 0.5 * _ending(pieces[end - 1])
            if away < cost:
                best, cost, most = end, away, taken
        yield "".join(pieces[begin:best]).rstrip()
        begin, left, least = best, left - most, max(1, least - 1)


def _fitting(pieces: Sequence[str], begin: int, width: int) -> int:
    """The piece up to which pieces fit on the rows of a cue."""
    rows, row = 1, 0
    for number in range(begin, len(pieces)):
        if row + count_letters(pieces[number].rstrip()) > width:
            rows, row = rows + 1, 0
        if rows > ROWS:
            return number
        row += count_letters(pieces[number])
    return len(pieces)


def _ending(piece: str) -> float:
    """How good an end a piece is."""
    return 1.0 if _SENTENCE_END.search(piece) else 0.5 if _COMMA.search(piece) else 0.0


def _pieces(atom: str, width: int) -> Iterator[str]:
    """An atom, cut where it is wider than a row."""
    piece = ""
    for letter in atom:
        if count_letters(piece + letter) > width and not letter.isspace():
            yield piece
            piece = ""
        piece += letter
    yield piece


def _rows(text: str, width: int) -> tuple[str, ...]:
    """A text that fits on one row, or on two about equal: the lower rather longer, broken behind a comma if it can."""
    if count_letters(text) <= width:
        return (text,)
    pieces = [piece for atom in atoms(text) for piece in _pieces(atom, width)]
    best: tuple[str, ...] = (text,)
    cost = math.inf
    for end in range(1, len(pieces)):
        rows = "".join(pieces[:end]).rstrip(), "".join(pieces[end:])
        upper, lower = (count_letters(row) for row in rows)
        # A quarter of a row out of balance is worth a break behind a comma.
        away = abs(upper - lower) + 2 * (upper > lower) - width * 0.25 * (_ending(rows[0]) > 0)
        if max(upper, lower) <= width and away < cost:
            best, cost = rows, away
    return best
