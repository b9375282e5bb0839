"""Parts a shot that is longer than a clip into links: how long each lasts, and which lines are spoken in it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from math import ceil, sqrt

from storyforge.language.speech import line_seconds
from storyforge.model.capabilities import Limits
from storyforge.model.storyboard import Line

Band = tuple[int, int]
"""The first and the last of the places where a link may end."""

Links = tuple[tuple[int, tuple[Line, ...]], ...]
"""Seconds and lines of each part of a shot that is longer than a clip."""


@dataclass(frozen=True)
class Pins:
    """What shots keep of an earlier cut, by their number in the film, whatever is estimated today."""

    milliseconds: Mapping[int, int] = field(default_factory=dict)
    links: Mapping[int, Links] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.milliseconds or self.links)


NEAR = 1e-9
"""The share by which sums that were made in another order may differ, and far more."""


def link_seconds(milliseconds: int, limits: Limits) -> list[int]:
    """Whole seconds of the links of a shot that is longer than a clip, as even as can be, longer ones first."""
    total = ceil(milliseconds / 1000)
    links = ceil(total / limits.max_seconds)
    return [total // links + (link < total % links) for link in range(links)]


def share_lines(lines: Sequence[Line], seconds: Sequence[int], language: str) -> list[tuple[Line, ...]]:
    """Lines dealt out in order to the links of a split shot, none split, so that all links are about as full."""
    needed = [line_seconds(line.text, line.language or language) for line in lines]
    # cost[n]: least sum of squared fullness when the links so far speak the first n lines.
    cost = {0: 0.0}
    choices: list[dict[int, int]] = []
    for length, ends in zip(seconds, _likely_ends(needed, seconds), strict=True):
        row: dict[int, float] = {}
        chosen: dict[int, int] = {}
        for end in ends:
            options = [
                (before + (sum(needed[begin:end]) / length) ** 2, begin)
                for begin, before in cost.items()
                if begin <= end
            ]
            if options:
                row[end], chosen[end] = min(options)
        cost = row
        choices.append(chosen)
    shared: list[tuple[Line, ...]] = []
    end = len(lines)
    for chosen in reversed(choices):
        shared.append(tuple(lines[chosen[end] : end]))
        end = chosen[end]
    return shared[::-1]


def _likely_ends(needed: Sequence[float], seconds: Sequence[int]) -> list[list[int]]:
    """For each link, behind how many lines it may end in the best way to share them, or in one as good.

    Trying all would take the cube of the lines. These are found by sums of the lines from the first on, which are not
    exact to the last bit; so what comes near the best stays, and the caller compares it exactly.
    """
    # Lines that take no time add no place to end at: of equal sums the first stays.
    places = {said: number for number, said in reversed(list(enumerate(accumulate(needed, initial=0.0))))}
    said = sorted(places)
    bands = _reachable(said, seconds)
    ahead = _least_costs(said, seconds, bands)
    # The same backwards: what is left is a way to share the lines that are left, in the links that are left.
    last = len(said) - 1
    mirrored = [(last - high, last - low) for low, high in reversed(bands)]
    behind = _least_costs([said[-1] - one for one in reversed(said)], seconds[::-1], mirrored)[::-1]
    most = ahead[-1][last] * (1 + NEAR)
    ends = [
        [places[said[at]] for at in range(low, high + 1) if cost[at] + rest[last - at] <= most]
        for (low, high), cost, rest in zip(bands[1:-1], ahead[1:-1], behind[1:-1], strict=True)
    ]
    return [*ends, [len(needed)]]


def _reachable(said: Sequence[float], seconds: Sequence[int]) -> list[Band]:
    """Where the first link may begin and each may end, so that it can still come to no more than a simple way costs.

    Before an end, and behind it, no way is better than one in which all links are equally full. So an end costs more by
    the square of its distance from where it would be if all were.
    """
    total, weight = said[-1], float(sum(length * length for length in seconds))
    heads = [head / weight for head in accumulate((length * length for length in seconds), initial=0)]
    ends = [0, *(bisect_left(said, total * head) for head in heads[1:-1]), len(said) - 1]
    simple = sum(
        ((said[end] - said[begin]) / length) ** 2 for (begin, end), length in zip(pairwise(ends), seconds, strict=True)
    )
    spare = max(simple - total * total / weight, 0.0) + simple * NEAR
    bands = []
    for head, end in zip(heads, ends, strict=True):
        away = sqrt(spare * head * (1 - head) * weight)
        low = bisect_left(said, total * head - away)
        high = bisect_right(said, total * head + away) - 1
        bands.append((min(low, end), max(high, end)))
    return [(0, 0), *bands[1:-1], (len(said) - 1, len(said) - 1)]


def _least_costs(said: Sequence[float], seconds: Sequence[int], bands: Sequence[Band]) -> list[dict[int, float]]:
    """For each link the least cost of the links up to it, by where it ends.

    The later a link ends, the later it begins in the best way: so of the ends between two, the begins lie between those
    of the two, and each half of the ends needs only its half of the begins.
    """
    rows: list[dict[int, float]] = [{0: 0.0}]
    for length, before, band in zip(seconds, bands, bands[1:], strict=False):
        costs, row = rows[-1], dict[int, float]()
        waiting = [(*band, *before)]
        while waiting:
            low, high, first, last = waiting.pop()
            if low > high:
                continue
            end = (low + high) // 2
            # Nothing ends before it begins; where nothing else is left, the end is not reached.
            tried = [
                (costs[begin] + ((said[end] - said[begin]) / length) ** 2, begin)
                for begin in range(first, min(last, end) + 1)
                if begin in costs
            ]
            if tried:
                row[end], best = min(tried)
                waiting += [(low, end - 1, first, best), (end + 1, high, best, last)]
            else:
                waiting.append((end + 1, high, first, last))
        rows.append(row)
    return rows
