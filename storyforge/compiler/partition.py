"""Choose where clips end at least cost: in a run of shots that may share clips, and in runs that continue one another.

A run is cut by dynamic programming. Whether a clip's prompt is short enough, and whether a take of it is paid for, is
known only when the prompt is written, which is dear: so a run is cut as if every prompt did fit and every take that may
be paid for were, and the prompts of that cut alone are written. What turns out wrong is struck, and the run is cut
again. The first cut of which nothing is struck is the cheapest of all.

A clip that continues another keeps its take only with the take whose last frame it opens on. So what is best for a run
hangs on the run that it continues, which ends as is best for both: runs that continue one another are a tree, and each
is cut once for every slate that may be kept before it, those furthest from the root first.

Each clip is counted by itself: two that are to be rendered from the same slate count as two, although one take will do
for both.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from math import ceil
from typing import Any, Protocol

from storyforge.compiler.looks import Looks
from storyforge.language.mentions import Face
from storyforge.model.capabilities import Limits
from storyforge.model.clip import Clip, LastFrame
from storyforge.model.dependencies import sort_by_dependency
from storyforge.model.storyboard import Shot

Cost = tuple[int, int, int]
"""Billed seconds to pay, clips, and the sum of squared clip lengths; compared in this order."""

NOTHING: Cost = (0, 0, 0)

Bounds = tuple[int, int]
"""Of a clip in its run: number of its first shot, and of the first behind it."""

OTHER_LENGTH = "it would last otherwise today"
"""Of a clip whose seconds are those of its take."""

Kept = str | None
"""Of a clip: fingerprint of the slate whose paid take it plays; None where it is rendered again."""


class Paid(Protocol):
    """The takes that are paid for."""

    def may(self, shots: Sequence[Shot]) -> bool:
        """Whether there may be one for these shots as one clip; quick, and never False where there is one."""

    def find_slate(self, clip: Clip, before: str | None) -> Kept:
        """Fingerprint of the slate whose take a clip plays, None where there is no take for it. `before` is that of the
        clip that it continues."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A run as clips."""

    cost: Cost
    """Of its clips and of all that continue it."""
    clips: Sequence[Clip]
    kept: Kept
    """Of its last clip."""


class Part(Protocol):
    """Shots that are cut for themselves. Its first clip alone may continue another run; its last alone is continued."""

    def endings(self, before: Kept) -> Iterable[Kept]:
        """What its last clip may keep, if the clip that it continues keeps `before`."""

    def cut(self, before: Kept, later: Callable[[Kept], Cost]) -> Cut:
        """The cheapest cut; `later` gives the cost of all that continue it, by what its last clip keeps."""


def partition_runs(runs: Sequence[Part], before: Sequence[int | None]) -> list[Cut]:
    """The cheapest cut of each run, all in all; `before` gives for each the run that it continues.

    Of runs in a cycle, which is an error of its own, one is cut as if nothing were kept before it.
    """
    order, followers = _in_order(before)
    states: list[set[Kept]] = [{None} for _ in runs]
    for number in order:
        # What the last clip keeps changes nothing for a run that no other continues, so it is not asked for: it costs
        # prompts.
        if followers[number]:
            endings = {kept for state in states[number] for kept in runs[number].endings(state)}
            for follower in followers[number]:
                states[follower] |= endings
    cuts: dict[tuple[int, Kept], Cut] = {}
    # From the last runs back: the cost of a cut holds the cost of all runs that continue it.
    for number in reversed(order):

        def later(kept: Kept, number: int = number) -> Cost:
            return add_costs(*(cuts[follower, kept].cost for follower in followers[number]))

        for state in states[number]:
            cuts[number, state] = runs[number].cut(state, later)
    # Forwards again: what a run opens on is known once the run before it is chosen.
    played: dict[int, Kept] = {}
    chosen: dict[int, Cut] = {}
    for number in order:
        chosen[number] = cuts[number, played.get(number)]
        played |= dict.fromkeys(followers[number], chosen[number].kept)
    return [chosen[number] for number in range(len(runs))]


def _in_order(before: Sequence[int | None]) -> tuple[list[int], list[list[int]]]:
    """The runs with each behind the one that it continues, and those that continue each."""
    order = sort_by_dependency({number: () if one is None else (one,) for number, one in enumerate(before)})
    places = {number: place for place, number in enumerate(order)}
    followers: list[list[int]] = [[] for _ in before]
    for number, one in enumerate(before):
        if one is not None and places[one] < places[number]:
            followers[one].append(number)
    return order, followers


def add_costs(*costs: Cost) -> Cost:
    """The sum of costs, part by part; `NOTHING` for none."""
    return sum(cost[0] for cost in costs), sum(cost[1] for cost in costs), sum(cost[2] for cost in costs)


def _no_more(begin: int) -> Cost:
    return NOTHING


def _never(begin: int, end: int) -> None:
    return None


@dataclass(eq=False)
class Run:
    """Shots that may share clips, by their lengths in milliseconds and the pictures that each needs."""

    shots: Sequence[Shot]
    lengths: Sequence[int]
    pictures: Sequence[frozenset[Any]]
    limits: Limits
    why: str
    """Why it begins where it does."""
    clip_of: Callable[[Bounds], Clip]
    length_of: Callable[[Clip], int]
    """Characters of a clip's prompt."""
    paid: Paid | None
    looks: Sequence[Sequence[Face]] = ()
    """Who is seen in each shot, and in which look."""
    pinned: frozenset[int] = frozenset()
    """Shots whose seconds are those of a take that is paid for, and not estimated."""
    too_long: dict[Bounds, int] = field(default_factory=dict)
    """Characters of the prompts that are known to be too long."""
    known: dict[tuple[Bounds, Kept], Kept] = field(default_factory=dict)
    """What clips keep, by what is kept before the run."""

    def endings(self, before: Kept) -> set[Kept]:
        """None, for a last clip that is rendered again, and what each paid clip that ends the run keeps."""
        return {None} | {self._kept(bounds, before) for bounds in self._likely if bounds[1] == len(self.shots)}

    def cut(self, before: Kept, later: Callable[[Kept], Cost]) -> Cut:
        """Cuts again, without the clips that turn out unpaid or too long, until a cut holds: then it is the cheapest of
        all."""

        def ending(begin: int) -> Cost:
            return later(self.known.get(((begin, len(self.shots)), before)))

        while True:
            # A clip that was not looked at yet counts as paid; one that turned out unpaid is None in `known` and counts
            # no more.
            kept = {bounds for bounds in self._likely if self.known.get((bounds, before), "likely")}
            cost, ends = best_cut(
                self.lengths, self.pictures, self.limits, self.too_long, kept, ending, self._worn.find_other
            )
            cut = list(zip([0, *ends[:-1]], ends, strict=True))
            wrong = [bounds for bounds in cut if bounds in kept and not self._kept(bounds, before)]
            # What is paid for was short enough when it was sent, however it is worded today.
            news = {bounds: length for bounds in cut if bounds not in kept and (length := self._excess(bounds))}
            if not news and not wrong:
                reasons = [self.why, *(self._why_cut(one, other, kept) for one, other in pairwise(cut))]
                clips = [
                    replace(
                        self.clip_of(bounds),
                        why=why,
                        kept=bounds in kept,
                        otherwise=self._otherwise(bounds) if bounds in kept else "",
                    )
                    for bounds, why in zip(cut, reasons, strict=True)
                ]
                return Cut(cost, clips, self.known.get((cut[-1], before)))
            self.too_long |= news

    @cached_property
    def _worn(self) -> Looks:
        return Looks(self.looks)

    def _otherwise(self, bounds: Bounds) -> str:
        """How a clip that is paid for would be cut otherwise today; empty where it would not."""
        if any(at in self.pinned for at in range(*bounds)):
            return OTHER_LENGTH
        other = self._worn.find_other(*bounds)
        return f"`{other.who}` is dressed in two ways, and would have two clips" if other else ""

    def _excess(self, bounds: Bounds) -> int:
        """Characters of a clip's prompt, if they are too many; a single shot stays as it is."""
        length = self.length_of(self.clip_of(bounds)) if bounds[1] - bounds[0] > 1 else 0
        return length if length > self.limits.max_characters else 0

    def _kept(self, bounds: Bounds, before: Kept) -> Kept:
        """What a clip keeps, if the clip that the run continues keeps `before`."""
        if (bounds, before) not in self.known:
            self.known[bounds, before] = (
                find_kept(self.paid.find_slate, self.clip_of(bounds), before) if self.paid else None
            )
        return self.known[bounds, before]

    @cached_property
    def _likely(self) -> list[Bounds]:
        """Clips that may be paid for."""
        found: list[Bounds] = []
        for begin in range(len(self.shots) if self.paid else 0):
            for end in self._fitting(begin):
                if self.paid and self.paid.may(self.shots[begin:end]):
                    found.append((begin, end))
        return found

    def _fitting(self, begin: int) -> Iterator[int]:
        """Where a clip may end that begins at a shot."""
        length, bound = 0, frozenset[Any]()
        for end in range(begin + 1, len(self.shots) + 1):
            length += self.lengths[end - 1]
            bound |= self.pictures[end - 1]
            # A single shot is always a clip, and every longer clip from here on holds all that this one holds.
            if end - begin > 1 and not fits(length, bound, self.limits):
                return
            yield end

    def _why_cut(self, before: Bounds, here: Bounds, kept: Container[Bounds]) -> str:
        """Why a clip begins here although no rule parts it from the one before: what its first shot would break there,
        or what is paid for."""
        begin, end = before[0], here[0] + 1
        with_it = f"with `{self.shots[here[0]].id}` the"
        length = sum(self.lengths[begin:end]) / 1000
        if length > self.limits.max_seconds:
            return f"{with_it} clip before would last {length:g} of {self.limits.max_seconds} s"
        pictures = len(frozenset[Any]().union(*self.pictures[begin:end]))
        if pictures > self.limits.max_references:
            return f"{with_it} clip before would need {pictures} of {self.limits.max_references} references"
        if (begin, end) in self.too_long:
            characters = f"{self.too_long[begin, end]} of {self.limits.max_characters}"
            return f"{with_it} prompt before would take {characters} characters"
        if names := [f"`{self.shots[bounds[0]].id}`" for bounds in (before, here) if bounds in kept]:
            return f"this cut keeps the take{'s' * (len(names) > 1)} of {' and '.join(names)}"
        if other := self._worn.find_other(begin, here[1]):
            return f"`{other.who}` is dressed otherwise than in `{self.shots[other.earlier].id}`"
        return "this cut of the scene costs least, in the fewest and most even clips"


@dataclass(frozen=True)
class Chain:
    """A shot that is longer than a clip; there is one way to cut it."""

    shot: Shot
    links: Sequence[Clip]
    paid: Paid | None
    pinned: bool = False
    """Whether it is cut as the lock has it, and not as it would be today."""

    def _kept(self, before: Kept) -> list[Kept]:
        """What each link keeps."""
        paid = self.paid if self.paid and self.paid.may([self.shot]) else None
        kept = [before]
        for link in self.links:
            # A link opens on the one before, so its take is kept only together with that one's.
            kept.append(find_kept(paid.find_slate, link, kept[-1]) if paid else None)
        return kept[1:]

    def endings(self, before: Kept) -> set[Kept]:
        """The one thing that its last link keeps: a chain is cut in one way only."""
        return {self._kept(before)[-1]}

    def cut(self, before: Kept, later: Callable[[Kept], Cost]) -> Cut:
        """Its links as they are; each that keeps no take bills its seconds."""
        kept = self._kept(before)
        costs = [
            (0 if one else link.seconds, 1, link.seconds * link.seconds)
            for link, one in zip(self.links, kept, strict=True)
        ]
        otherwise = OTHER_LENGTH if self.pinned else ""
        clips = [
            replace(link, kept=one is not None, otherwise=otherwise if one else "")
            for link, one in zip(self.links, kept, strict=True)
        ]
        return Cut(add_costs(*costs, later(kept[-1])), clips, kept[-1])


def find_kept(kept: Callable[[Clip, Kept], Kept], clip: Clip, before: Kept) -> Kept:
    """What a clip keeps, if the clip that it continues keeps `before`: one that continues a clip which is rendered
    again is rendered again. Packing and the plan both ask here, so a clip is billed exactly where it is rendered."""
    follows = isinstance(clip.first_frame, LastFrame)
    return None if follows and before is None else kept(clip, before if follows else None)


def best_cut(
    lengths: Sequence[int],
    pictures: Sequence[frozenset[Any]],
    limits: Limits,
    forbidden: Container[Bounds],
    paid: Container[Bounds] = (),
    later: Callable[[int], Cost] = _no_more,
    parted: Callable[[int, int], object] = _never,
) -> tuple[Cost, list[int]]:
    """The least cost of a run of shots, and where its clips end: offsets behind the last shot of each.

    `lengths` are milliseconds. A clip in `paid` bills nothing; `later` gives what is added by the begin of the last
    clip, and `parted` says which shots share none that is not paid for. Of cuts that cost the same, the one whose last
    clips are longest. A single shot is always allowed.
    """
    best: list[Cost] = [NOTHING]
    begins: list[int] = []
    for end in range(1, len(lengths) + 1):
        found: tuple[Cost, int] | None = None
        length, bound = 0, frozenset[Any]()
        for begin in range(end - 1, -1, -1):
            length += lengths[begin]
            bound |= pictures[begin]
            if begin < end - 1 and not fits(length, bound, limits):
                break
            if (begin, end) in forbidden or ((begin, end) not in paid and parted(begin, end)):
                continue
            seconds = max(ceil(length / 1000), limits.min_seconds)
            bill, clips, squares = best[begin]
            # Of cuts with the same bill and number of clips, the least sum of squares is the most even one.
            cost = (bill + seconds * ((begin, end) not in paid), clips + 1, squares + seconds * seconds)
            if end == len(lengths):
                cost = add_costs(cost, later(begin))
            # `<=`, not `<`: `begin` runs downwards, so of equal costs the longer last clip wins.
            if found is None or cost <= found[0]:
                found = cost, begin
        assert found is not None
        best.append(found[0])
        begins.append(found[1])
    ends: list[int] = []
    at = len(lengths)
    while at:
        ends.append(at)
        at = begins[at - 1]
    return best[-1], ends[::-1]


def fits(milliseconds: int, pictures: frozenset[Any], limits: Limits) -> bool:
    """Whether shots that together last so long and need these pictures may be one clip, by what is known before its
    prompt is written."""
    return milliseconds <= limits.max_seconds * 1000 and len(pictures) <= limits.max_references
