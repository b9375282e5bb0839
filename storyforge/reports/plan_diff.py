"""Two compilations of a storyboard compared clip by clip: what a change of it orders, why, and what the film costs.

No store is asked, for where changes are proposed there is none: a clip is paid for if the lock next to the
storyboard names a take for exactly what is written now.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

from storyforge.compiler.compile import Compilation, Compiled, Uncompiled
from storyforge.compiler.jobs import Planned
from storyforge.model.clip import Clip
from storyforge.planning.film_key import FOLLOWING, film_fields
from storyforge.planning.reasons import find_changes, unwritten_reasons

State = Literal["new", "changed", "repacked", "kept", "gone"]
"""Of a clip between two storyboards: `repacked` holds shots that were there, in other company; `kept` is the same order
to the byte, whatever its name."""

Link = tuple[str, int]
"""A shot by its id, or of a long one the part that a clip plays."""


@dataclass(frozen=True, slots=True)
class Row:
    """A clip, and those that stood in its place before."""

    state: State
    before: tuple[Planned, ...]
    """Each clip of the earlier storyboard is in one row and no other."""
    now: Planned | None
    """With what changed and why; None where it is gone."""

    @property
    def clip(self) -> Clip:
        """The clip as it is now; of one that is gone, as it was."""
        return (self.now or self.before[0]).clip

    @property
    def unpaid(self) -> bool:
        """Whether the lock names no take for it."""
        return self.now is not None and self.now.block is None


@dataclass(frozen=True)
class Comparison:
    """What became of each clip, in the order of the film, those that are gone last."""

    before: Compilation | None
    """None where there was no storyboard."""
    now: Compilation
    rows: tuple[Row, ...]
    film: tuple[str, ...]
    """What differs in the film besides its clips, which costs nothing: music, transitions, order."""

    @cached_property
    def ordered(self) -> tuple[Planned, ...]:
        """Clips that this change makes to be rendered: not as they were, and without a take in the lock."""
        return tuple(row.now for row in self.rows if row.now and row.unpaid and row.state != "kept")

    @cached_property
    def left(self) -> tuple[Planned, ...]:
        """Clips that are as they were and had no take in the lock either."""
        return tuple(row.now for row in self.rows if row.now and row.unpaid and row.state == "kept")

    @property
    def unchanged(self) -> bool:
        """Whether the film is what it was, take for take."""
        same = (row.state == "kept" and row.before and not _another_take(row.before, row.now) for row in self.rows)
        return not self.film and all(same)


def compare_plans(before: Compilation | None, now: Compilation) -> Comparison:
    """What became of each clip of a storyboard between two compilations of it."""
    old = before.planned if before else ()
    if isinstance(now, Uncompiled):
        return Comparison(before, now, tuple(Row("gone", (one,), None) for one in old), ())
    kept = _kept(old, now.planned)
    changed = [one for one in now.planned if one.clip.id not in kept]
    taken = {one.clip.id for one in kept.values() if one}
    places = _places([one for one in old if one.clip.id not in taken], changed)
    company = _Company(old, now)
    anew = {one.clip.id for one in changed}
    rows = []
    for one in now.planned:
        if one.clip.id in kept:
            was = (same,) if (same := kept[one.clip.id]) else ()
            rows.append(Row("kept", was, replace(one, why=_another_take(was, one) or "unchanged")))
        else:
            rows.append(_row(one, places.get(one.clip.id, ()), company, anew))
    placed = taken | {one.clip.id for was in places.values() for one in was}
    gone = [Row("gone", (one,), None) for one in old if one.clip.id not in placed]
    return Comparison(before, now, (*rows, *gone), tuple(_film(before, now, rows)))


def _film(before: Compilation | None, now: Compiled, rows: Sequence[Row]) -> Iterator[str]:
    if not isinstance(before, Compiled):
        return
    old, new = film_fields(before), film_fields(now)
    for path in dict.fromkeys([*new, *old]):
        joins = path.startswith("transition of ")  # which is said of clips that are in both films
        if path not in FOLLOWING and old.get(path) != new.get(path) and (not joins or (path in old and path in new)):
            yield path
    places = {one.clip.id: place for place, one in enumerate(before.planned)}
    order = [places[row.before[0].clip.id] for row in rows if row.before]
    if order != sorted(order):
        yield "order of the clips"


def _links(one: Planned) -> list[Link]:
    return [(beat.shot.id, beat.part) for beat in one.clip.beats]


def _kept(old: Sequence[Planned], new: Sequence[Planned]) -> dict[str, Planned | None]:
    """The clips that order exactly what was ordered before, by their ids now: each with the clip that ordered it, or
    None where that one has been matched already."""
    free: dict[str, list[Planned]] = {}
    for one in old:
        free.setdefault(one.job.fingerprint, []).append(one)
    found: dict[str, Planned | None] = {one.clip.id: None for one in new if one.job.fingerprint in free}
    for named in (True, False):  # those of the same name find each other first
        for one in new:
            waiting = free.get(one.job.fingerprint, [])
            same = next((was for was in waiting if not named or was.clip.id == one.clip.id), None)
            if same and found[one.clip.id] is None:
                found[one.clip.id] = same
                waiting.remove(same)
    return found


def _places(old: Sequence[Planned], new: Sequence[Planned]) -> dict[str, tuple[Planned, ...]]:
    """For clips now by their ids, the clips whose place each takes: those that share a shot with it. One that shares
    with several goes to that of its own name, else to that which holds most of it."""
    found: dict[str, tuple[Planned, ...]] = {}
    # Reversed, so that of several clips that play a shot the first holds it.
    holders: dict[Link, Planned] = {link: one for one in reversed(new) for link in _links(one)}
    for was in old:
        heirs = [holders[link].clip.id for link in _links(was) if link in holders]
        if heirs:
            heir = was.clip.id if was.clip.id in heirs else max(heirs, key=heirs.count)
            found[heir] = (*found.get(heir, ()), was)
    return found


class _Company:
    """Which clip each shot was in before, and what the author had written for it there."""

    def __init__(self, old: Sequence[Planned], now: Compiled) -> None:
        self.now = now
        self.homes = {link: (one, number) for one in old for number, link in enumerate(_links(one))}
        self.present = {link: one.clip.id for one in now.planned for link in _links(one)}

    def former(self, one: Planned) -> list[Planned]:
        """The clips that its shots were in, each once."""
        found = {self.homes[link][0].clip.id: self.homes[link][0] for link in _links(one) if link in self.homes}
        return list(found.values())

    def is_parted(self, one: Planned, former: Sequence[Planned]) -> bool:
        """Whether its shots were in several clips, or left shots behind that are in another clip now."""
        there = {self.present.get(link) for was in former for link in _links(was)}
        return len(former) > 1 or bool(there - {one.clip.id, None})

    def fields(self, one: Planned, former: Sequence[Planned]) -> Mapping[str, Any]:
        """What the author had written for a clip, as if its shots had been together before: what they share from the
        clips they were in, and each shot's own; then shots of those clips that are nowhere any more."""
        written = {
            path: value
            # Reversed, so that of several clips the first has the last word.
            for was in reversed(former)
            for path, value in was.fields.items()
            if not path.startswith("shots.")
        }
        lost = [link for was in former for link in _links(was) if link not in self.present]
        found = [self.homes[link] for link in (*_links(one), *lost) if link in self.homes]
        for place, (was, number) in enumerate(found):
            own = f"shots.{number}."
            written |= {
                f"shots.{place}.{path.removeprefix(own)}": value
                for path, value in was.fields.items()
                if path.startswith(own)
            }
        return written | {"seconds": one.clip.seconds}


def _row(one: Planned, places: tuple[Planned, ...], company: _Company, anew: set[str]) -> Row:
    """A clip that is not as it was."""
    former = company.former(one)
    if not former:
        follows = [f"follows {name}" for name in one.clip.after if name in anew]
        return Row("new", places, replace(one, why="; ".join(["new", *follows, *_accepted(one)])))
    parted = company.is_parted(one, former)
    was = former[0]
    fields = company.fields(one, former) if parted else was.fields
    changes = tuple(find_changes(one, fields, {}, company.now))
    told = [] if not parted else [f"packed again out of {_named(former)}"]
    told += [f"follows {name}" for name in one.clip.after if name in anew]
    if not changes and not told:
        told = unwritten_reasons(one, was.job.slate)
    why = "; ".join([*(str(change) for change in changes), *told, *_accepted(one)])
    return Row("repacked" if parted else "changed", places, replace(one, why=why, changes=changes))


def _named(clips: Sequence[Planned]) -> str:
    return " and ".join(one.clip.id for one in clips)


def _accepted(one: Planned) -> list[str]:
    return ["the take it had is accepted"] if one.block and one.block.accepted == one.job.fingerprint else []


def _another_take(was: Sequence[Planned], now: Planned | None) -> str:
    """That the lock chose another take for the same order; empty where it did not."""
    old, new = (was[0].block if was else None), (now.block if now else None)
    return f"take {new.take[:8]} was chosen over {old.take[:8]}" if old and new and old.take != new.take else ""
