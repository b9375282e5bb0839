"""Hear where somebody speaks in a film: by how loud it is, over whatever else is always heard there."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from storyforge.system.decode import open_media

RATE = 16_000
"""Samples a second that are listened to, in mono."""

STEP = RATE // 50
"""Samples that are judged at once: 20 ms."""

QUIET = -50.0
"""Level in dB of full scale under which nothing is speech."""

CONTRAST = 12.0
"""dB between loud and quiet without which speech cannot be distinguished from other sounds."""

DEEPEST = 25.0
"""dB below the loud parts down to which a voice is still speaking."""

PAUSE, BURST = 0.3, 0.15
"""Seconds: a shorter silence belongs to the speech around it, a shorter sound is none."""

FARTHEST = 2.5
"""How many times longer or shorter than estimated speech may be; beyond that it is something else that is heard."""

Span = tuple[float, float]
"""Start and end in seconds."""


def hear_speech(film: Path) -> list[Span]:
    """When somebody speaks in a film; empty where nothing is louder than the rest. MediaError if it cannot be read."""
    return find_speech(list(_levels(film)))


def find_speech(levels: Sequence[float]) -> list[Span]:
    """The loud stretches among levels in dB, one for each 20 ms."""
    if not levels:
        return []
    ordered = sorted(levels)
    floor, top = ordered[len(ordered) // 10], ordered[len(ordered) * 19 // 20]
    if top < QUIET or top - floor < CONTRAST:
        return []
    least = max(top - DEEPEST, floor + 0.35 * (top - floor))
    joined: list[Span] = []
    for number, level in enumerate(levels):
        if level < least:
            continue
        start, end = number * STEP / RATE, (number + 1) * STEP / RATE
        if joined and start - joined[-1][1] < PAUSE:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return [(start, end) for start, end in joined if end - start >= BURST]


def _levels(film: Path) -> Iterator[float]:
    """Level of each 20 ms in dB of full scale, from the film's first moment on."""
    # by the name of the whole: threads that begin with parts of it at the same time would find it half there
    from av import AudioResampler

    with open_media(film) as container:
        heard = next(iter(container.streams.audio), None)
        if heard is None:
            return
        resampler = AudioResampler(format="s16", layout="mono", rate=RATE)
        held = array("h")
        begun = False
        for frame in container.decode(heard):
            if not begun:
                held.extend([0] * max(0, round((frame.time or 0.0) * RATE)))
                begun = True
            for part in resampler.resample(frame):
                held.frombytes(bytes(part.planes[0])[: part.samples * 2])
            whole = len(held) // STEP * STEP
            yield from (_level(held[at : at + STEP]) for at in range(0, whole, STEP))
            held = held[whole:]


def _level(samples: Sequence[int]) -> float:
    power = sum(value * value for value in samples) / len(samples)
    return 10 * math.log10(max(power, 1e-3)) - 20 * math.log10(32768)


def time_lines(estimates: Sequence[Span], heard: Sequence[Span]) -> list[Span]:
    """When lines are spoken, by when somebody is heard; by their estimates, where what is heard cannot be them.

    Lines share what is heard as the estimates share their time; where there is a pause for each change of line, a line
    begins and ends at pauses.
    """
    due, voiced = (sum(end - start for start, end in spans) for spans in (estimates, heard))
    if not due or not due / FARTHEST <= voiced <= due * FARTHEST:
        return list(estimates)
    shares = [(end - start) * voiced / due for start, end in estimates]
    if len(heard) < len(estimates):
        bounds = [sum(shares[:number]) for number in range(len(shares) + 1)]
        return [(_at(start, heard), _at(end, heard, ending=True)) for start, end in pairwise(bounds)]
    found, begin, said, want = [], 0, 0.0, 0.0
    for number, share in enumerate(shares):
        want += share
        last = len(heard) - (len(shares) - number)  # the others need one each
        end = begin
        said += heard[end][1] - heard[end][0]
        while end < last:
            more = heard[end + 1][1] - heard[end + 1][0]
            if number < len(shares) - 1 and abs(said + more - want) > abs(said - want):
                break
            end, said = end + 1, said + more
        found.append((heard[begin][0], heard[end][1]))
        begin = end + 1
    return found


def _at(voiced: float, heard: Sequence[Span], ending: bool = False) -> float:
    """The moment up to which somebody was heard for so many seconds."""
    for start, end in heard:
        if voiced < end - start or (ending and voiced <= end - start + 1e-9):
            return start + voiced
        voiced -= end - start
    return heard[-1][1]
