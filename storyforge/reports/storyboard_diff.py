"""What an author changed between two storyboards: shots added, removed, moved, renamed, retimed, recast, rewritten.

Pure: two storyboards in, a list out, as a script supervisor tells it: the film, the cast, the scenes, then the shots in
their order. A name that changed everywhere is one change, and a picture that moved is none.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from storyforge.language.mentions import Face, Mention, Names, collect_names, find_faces, read_words, resolve_speakers
from storyforge.language.speech import shot_milliseconds
from storyforge.model.changes import shorten_text
from storyforge.model.diagnostics import Locates, Location, Path
from storyforge.model.storyboard import Noun, Shot, Storyboard
from storyforge.reports.value_diff import FILES, Difference, TokenOf, differences

Kind = Literal["added", "removed", "moved", "renamed", "retimed", "recast", "rewritten", "changed"]
Whose = Literal["film", "cast", "scene", "shot"]

WORDS = ("framing", "camera", "action", "dialogue", "sound", "music", "preserve")
"""Fields of a shot that are words: who changes one rewrites the shot."""

NOUNS: Mapping[Whose, str] = {"film": "", "cast": "@", "scene": "scene ", "shot": ""}

SHOWN = 8
"""Shots that one line names."""


@dataclass(frozen=True, slots=True)
class Revision:
    """One thing that an author changed."""

    kind: Kind
    whose: Whose
    id: str
    """Of the character, the scene or the shot, as it is called now; empty for the film."""
    text: str
    """What changed, in words."""
    path: Path
    past: bool = False
    """Whether `path` leads into the earlier storyboard."""
    field: str | None = None
    before: Any = None
    after: Any = None
    shots: tuple[str, ...] = ()
    """For one of the cast and for a scene: the shots that this shows in."""
    place: Location | None = None

    def __str__(self) -> str:
        name = f"{NOUNS[self.whose]}{self.id}"
        parts = [part for part in (name, self.text) if part]
        seen = f"; in {_row(self.shots)}" if self.shots else ""
        where = f" ({'was ' * self.past}{self.place.file}:{self.place.line})" if self.place else ""
        return f"{self.kind:<9}  {': '.join(parts)}{seen}{where}"


def revisions(
    old: Storyboard, new: Storyboard, token_then: TokenOf = str, token_now: TokenOf = str
) -> tuple[Revision, ...]:
    """What differs between two storyboards, both as they are in force with all that they use."""
    reading = _Reading(old, new, token_then, token_now)
    return (*reading.film(), *reading.compare_cast(), *reading.scenes(), *reading.shots())


def locate_changes(found: Sequence[Revision], then: Locates, now: Locates) -> tuple[Revision, ...]:
    """The same with the line of each: in the earlier storyboard where that alone has one."""
    return tuple(replace(one, place=(then if one.past else now).locate(one.path)) for one in found)


class _Reading:
    """Two storyboards side by side, the earlier in the names of the later."""

    def __init__(self, old: Storyboard, new: Storyboard, token_then: TokenOf, token_now: TokenOf) -> None:
        # Cast and scenes before shots: a shot is known again by its content, and their names are in that.
        self.renamed_cast = _renamed(_written(old.cast), _written(new.cast))
        self.renamed_scenes = _renamed(_written(old.scenes), _written(new.scenes))
        self.old, self.new = _in_names_of_now(old, self.renamed_cast, self.renamed_scenes), new
        self.token_then, self.token_now = token_then, token_now
        self.then, self.now = _numbered(self.old), _numbered(new)
        self.renamed = _renamed(_contents(self.then), _contents(self.now))
        self.former = {now: then for then in self.then if (now := self.renamed.get(then, then)) in self.now}
        """The shots that are still there by their names now, with their earlier ones."""
        self.names_then, self.names_now = collect_names(self.old), collect_names(new)
        self.showing = _showing(new, self.names_now)

    def film(self) -> Iterator[Revision]:
        for name in Storyboard.model_fields:
            if name not in ("storyforge", "cast", "scenes", "shots"):
                for one in self.between(name, (name,), getattr(self.old, name), getattr(self.new, name)):
                    yield _of_field("changed", "film", "", one)

    def compare_cast(self) -> Iterator[Revision]:
        yield from _declared("cast", ("cast",), self.old.cast, self.new.cast, self.renamed_cast)
        for who, now in self.new.cast.items():
            for one in self.fields(("cast", who), self.old.cast.get(who), now):
                yield _of_field("recast", "cast", who, one, self.recast(who, one))

    def scenes(self) -> Iterator[Revision]:
        yield from _declared("scene", ("scenes",), self.old.scenes, self.new.scenes, self.renamed_scenes)
        for scene, now in self.new.scenes.items():
            shots = tuple(shot.id for shot in self.new.shots or () if shot.scene == scene)
            for one in self.fields(("scenes", scene), self.old.scenes.get(scene), now):
                yield _of_field("changed", "scene", scene, one, shots)

    def shots(self) -> Iterator[Revision]:
        """In the order of the film; a shot that is gone is listed where it was."""
        gone = self.find_removed()
        moved = self.find_moved()
        # Not strict: the row of those before has one more, since nothing follows the last.
        stood_behind = dict(zip(self.then, [None, *(self.renamed.get(name, name) for name in self.then)], strict=False))
        yield from gone.get(None, ())
        behind = None
        for name, (number, shot) in self.now.items():
            if name not in self.former:
                told = f"{_behind(behind)}, {self.length(shot, self.new)}, {shorten_text(shot.action)}"
                yield Revision("added", "shot", name, told, ("shots", number))
            else:
                then = self.former[name]
                if then != name:
                    told, path = f"was `{then}`", ("shots", number, "id")
                    yield Revision("renamed", "shot", name, told, path, before=then, after=name)
                if name in moved:
                    told = f"{_behind(behind)}, not {_behind(stood_behind[then])} any more"
                    yield Revision("moved", "shot", name, told, ("shots", number))
                yield from self.shot(("shots", number), self.then[then][1], shot)
            yield from gone.get(name, ())
            behind = name

    def find_removed(self) -> dict[str | None, list[Revision]]:
        """What was removed, by the shot behind which it stood, as that is called now; None at the start of the film."""
        found: dict[str | None, list[Revision]] = {}
        behind = None
        for name, (number, shot) in self.then.items():
            now = self.renamed.get(name, name)
            if now in self.now:
                behind = now
                continue
            told = f"{self.length(shot, self.old)}, {shorten_text(shot.action)}"
            found.setdefault(behind, []).append(Revision("removed", "shot", name, told, ("shots", number), past=True))
        return found

    def find_moved(self) -> set[str]:
        """The fewest shots that moved, so that all others kept their order."""
        order = [name for name in self.now if name in self.former]
        stayed = _rising([self.then[self.former[name]][0] for name in order])
        return {name for number, name in enumerate(order) if number not in stayed}

    def length(self, shot: Shot, storyboard: Storyboard) -> str:
        needed = " by its lines" if shot.seconds is None and shot.dialogue else ""
        return f"{_seconds(shot, storyboard):g} s{needed}"

    def shot(self, path: Path, was: Shot, now: Shot) -> Iterator[Revision]:
        """What is different in a shot that was there."""
        long, length = (_seconds(shot, board) for shot, board in ((was, self.old), (now, self.new)))
        if long != length:
            told = f"{self.length(was, self.old)} → {self.length(now, self.new)}"
            yield Revision("retimed", "shot", now.id, told, (*path, "seconds"), False, "seconds", long, length)
        left = find_faces(was, was.dialogue, self.names_then)
        came = find_faces(now, now.dialogue, self.names_now)
        if told := _describe_faces(left, came):
            listed = [_who(face) for face in left], [_who(face) for face in came]
            yield Revision("recast", "shot", now.id, told, (*path, "cast"), False, "cast", *listed)
        for name in Shot.model_fields:
            # Each of these has a line of its own, further up.
            if name in ("id", "seconds") or (name == "cast" and told):
                continue
            kind: Kind = "rewritten" if name in WORDS else "recast" if name == "cast" else "changed"
            former = getattr(was, name)
            if name == "continues":
                former = self.renamed.get(former, former)
            for one in self.between(name, (*path, name), former, getattr(now, name)):
                yield _of_field(kind, "shot", now.id, one)

    def recast(self, who: str, one: Difference) -> tuple[str, ...]:
        """The shots in which a changed field of a character shows: not those whose look has one of its own."""
        inner = list(map(str, one.path[2:]))
        only = inner[1] if inner[0] == "looks" and len(inner) > 1 else None
        field = inner[2] if only and len(inner) > 2 else inner[0]
        shots: dict[str, None] = {}
        for (shown, look), names in self.showing.items():
            if shown == who and (only is None or only == look) and self.looks_other((who, look), field):
                shots |= names
        return tuple(sorted(shots, key=lambda name: self.now[name][0]))

    def looks_other(self, face: Face, field: str) -> bool:
        who, look = face
        if look is not None and look not in self.old.cast[who].looks:
            return True
        was, now = (getattr(board.character(*face), field) for board in (self.old, self.new))
        return bool(self.token_then(was) != self.token_now(now) if field in FILES and was and now else was != now)

    def fields(self, path: Path, was: Noun | None, now: Noun) -> Iterator[Difference]:
        for name in type(now).model_fields if was else ():
            yield from self.between(name, (*path, name), getattr(was, name), getattr(now, name))

    def between(self, field: str, path: Path, was: Any, now: Any) -> Iterator[Difference]:
        return differences(field, path, was, now, self.token_then, self.token_now)


def _of_field(kind: Kind, whose: Whose, name: str, one: Difference, shots: tuple[str, ...] = ()) -> Revision:
    return Revision(kind, whose, name, one.text, one.path, False, one.field, one.before, one.after, shots)


def _declared(
    whose: Whose, path: Path, old: Mapping[str, Any], new: Mapping[str, Any], renamed: Mapping[str, str]
) -> Iterator[Revision]:
    """Characters or scenes that are new, gone, or called otherwise; the earlier ones under their names now."""
    for then, now in renamed.items():
        yield Revision("renamed", whose, now, f"was `{then}`", (*path, now), before=then, after=now)
    for name in new:
        if name not in old:
            yield Revision("added", whose, name, "", (*path, name))
    for name in old:
        if name not in new:
            yield Revision("removed", whose, name, "", (*path, name), past=True)


def _written(nouns: Mapping[str, Noun]) -> dict[str, str]:
    """What is written of each, if anything is."""
    # Two of whom nothing is written are alike in everything, and need not be the same.
    return {name: noun.model_dump_json() for name, noun in nouns.items() if noun.model_fields_set}


def _numbered(storyboard: Storyboard) -> dict[str, tuple[int, Shot]]:
    """The shots with their indexes; of two by one name the first."""
    found: dict[str, tuple[int, Shot]] = {}
    for number, shot in enumerate(storyboard.shots or ()):
        found.setdefault(shot.id, (number, shot))
    return found


def _contents(shots: Mapping[str, tuple[int, Shot]]) -> dict[str, str]:
    """All of each shot but what it is called, and what others are."""
    return {name: shot.model_dump_json(exclude={"id", "continues"}) for name, (_, shot) in shots.items()}


def _seconds(shot: Shot, storyboard: Storyboard) -> float:
    return shot_milliseconds(shot, storyboard.language) / 1000


def _renamed(old: Mapping[str, str], new: Mapping[str, str]) -> dict[str, str]:
    """What is called otherwise and else the same: earlier names, each with the name now."""
    free: dict[str, list[str]] = {}
    for name, content in new.items():
        if name not in old:
            free.setdefault(content, []).append(name)
    return {name: free[content].pop(0) for name, content in old.items() if name not in new and free.get(content)}


def _in_names_of_now(storyboard: Storyboard, cast: Mapping[str, str], scenes: Mapping[str, str]) -> Storyboard:
    """A storyboard in which characters and scenes are called as they are now."""
    if not cast and not scenes:
        return storyboard
    names = collect_names(storyboard)

    def told(text: str) -> str:
        # From the end on, so that the places of those before still hold.
        for word in reversed(read_words(text, names)) if "@" in text else ():
            if isinstance(word, Mention) and word.known and word.who in cast:
                start, _ = word.name_span
                text = f"{text[:start]}{cast[word.who]}{text[start + len(word.who) :]}"
        return text

    def who(name: str) -> str:
        plain, dot, look = name.partition(".")
        return f"{cast.get(plain, plain)}{dot}{look}"

    def renamed(shot: Shot) -> Shot:
        texts = {name: told(text) for name in WORDS if isinstance(text := getattr(shot, name), str)}
        lines = tuple(
            line.model_copy(update={"who": who(line.who), "how": line.how and told(line.how)}) for line in shot.dialogue
        )
        update = {"preserve": tuple(map(told, shot.preserve)), "cast": tuple(map(who, shot.cast)), "dialogue": lines}
        return shot.model_copy(update={**texts, **update, "scene": scenes.get(shot.scene, shot.scene)})

    return storyboard.model_copy(
        update={
            "preserve": tuple(map(told, storyboard.preserve)),
            "cast": {cast.get(name, name): character for name, character in storyboard.cast.items()},
            "scenes": {scenes.get(name, name): scene for name, scene in storyboard.scenes.items()},
            "shots": storyboard.shots and tuple(map(renamed, storyboard.shots)),
        }
    )


def _showing(storyboard: Storyboard, names: Names) -> dict[Face, dict[str, None]]:
    """The shots in which each face is seen, or heard from where it is not seen."""
    found: dict[Face, dict[str, None]] = {}
    for shot in storyboard.shots or ():
        faces = find_faces(shot, shot.dialogue, names)
        for face in (*faces, *resolve_speakers((line for line in shot.dialogue if line.unseen), faces)):
            if face[0] in names and (face[1] is None or face[1] in names[face[0]]):
                found.setdefault(face, {})[shot.id] = None
    return found


def _rising(places: Sequence[int]) -> set[int]:
    """Indexes of a longest rising row among distinct numbers."""
    lowest: list[int] = []  # of the rows of each length, where the one with the lowest end ends
    before: list[int | None] = []
    for index, place in enumerate(places):
        length = bisect_left(lowest, place, key=places.__getitem__)
        before.append(lowest[length - 1] if length else None)
        lowest[length : length + 1] = [index]
    row: set[int] = set()
    step = lowest[-1] if lowest else None
    while step is not None:
        row.add(step)
        step = before[step]
    return row


def _describe_faces(was: Sequence[Face], now: Sequence[Face]) -> str:
    """Who came into a shot, who left it, and who looks otherwise there."""
    came, left = [face for face in now if face not in was], [face for face in was if face not in now]
    told = []
    # Over a copy, since those that are paired are taken out.
    for face in list(came):
        other = next((one for one in left if one[0] == face[0]), None)
        if other:
            told.append(f"@{_who(other)} → @{_who(face)}")
            came.remove(face)
            left.remove(other)
    for word, faces in (("with", came), ("without", left)):
        told += [f"{word} {', '.join('@' + _who(face) for face in faces)}"] if faces else []
    return "; ".join(told)


def _who(face: Face) -> str:
    return f"{face[0]}.{face[1]}" if face[1] else face[0]


def _behind(shot: str | None) -> str:
    return f"behind {shot}" if shot else "at the start"


def _row(shots: Sequence[str]) -> str:
    more = len(shots) - SHOWN
    return ", ".join(shots[:SHOWN]) + (f" and {more} more" if more > 0 else "")
