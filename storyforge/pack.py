"""Cut the shots into clips: within what a provider takes, at least cost, able to say why each begins where it does.

Shots that must not share a clip are parted first; what is left are runs of shots, each of which is cut by dynamic
programming. Whether a clip's prompt is short enough is known only when it is written, which is dear: so a run is cut as
if every prompt did fit, the prompts of that cut alone are written, clips that turn out too long are forbidden, and the
run is cut again. The first cut of which nothing is forbidden is the cheapest of all that fit.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from math import ceil
from typing import Any

from storyforge.clip import Beat, Clip, LastFrame, Picture, Reference
from storyforge.dialect import Limits, Mode
from storyforge.mention import Face, Names, faces_of, names_of
from storyforge.providers.base import Provider, merged
from storyforge.speech import dialogue_seconds, line_seconds
from storyforge.storyboard import Line, Shot, Storyboard

DEFAULT_SECONDS = 4.0
"""Length of a shot that gives no seconds and has no lines."""

PictureOf = Callable[[str], Picture]
"""Finds the picture that a storyboard names."""


@dataclass(frozen=True)
class _Beat:
    """A shot with what packing asks of it, worked out once."""

    shot: Shot
    milliseconds: int
    faces: tuple[Face, ...]
    pictures: frozenset[tuple[str, str | None]]
    """Keys of the references it needs: faces, and the scene as `("", id)`."""
    provider: Provider
    prefer: str | None
    long: bool

    @cached_property
    def kind(self) -> tuple[Any, ...]:
        """Shots that differ in this never share a clip."""
        shot = self.shot
        return shot.scene, self.provider.name, shot.seed, shot.take, self.prefer, shot.extra


class Cutter:
    """Packs one storyboard for one set of providers."""

    def __init__(self, board: Storyboard, provider_of: Callable[[Shot], Provider], picture_of: PictureOf) -> None:
        self.board = board
        self.names: Names = names_of(board)
        self.picture_of = picture_of
        self.beats = [self._beat(shot, provider_of(shot)) for shot in board.shots or ()]
        self.continued = {beat.shot.continues for beat in self.beats if beat.shot.continues}

    def _beat(self, shot: Shot, provider: Provider) -> _Beat:
        faces = faces_of(shot, shot.dialogue, self.names)
        bound = {face for face in faces if self._reference_of(face)}
        scene = self.board.scenes.get(shot.scene)
        if scene and scene.reference:
            bound.add(("", shot.scene))
        milliseconds = shot_milliseconds(shot, self.board.language)
        long = ceil(milliseconds / 1000) > provider.limits.max_seconds
        prefer = shot.prefer or self.board.prefer
        return _Beat(shot, milliseconds, faces, frozenset(bound), provider, prefer, long)

    def _reference_of(self, face: Face) -> str | None:
        return self.board.character(*face).reference

    def clips(self, length_of: Callable[[Clip], int]) -> list[Clip]:
        """All clips in the order of the film; `length_of` gives the characters of a clip's prompt."""
        clips: list[Clip] = []
        for start, stop, why in self._runs():
            first = self.beats[start]
            clips += self._chain(first, why) if first.long else self._cut_run(start, stop, why, length_of)
        return clips

    def _runs(self) -> list[tuple[int, int, str]]:
        """Stretches of shots that may share clips, as start, stop and why one begins at start."""
        starts = [(at, why) for at in range(len(self.beats)) if (why := self._must_start(at))]
        stops = [*(at for at, _ in starts[1:]), len(self.beats)]
        return [(start, stop, why) for (start, why), stop in zip(starts, stops, strict=False)]

    def _must_start(self, at: int) -> str | None:
        """Why a clip has to begin at a shot, or None."""
        beat = self.beats[at]
        shot = beat.shot
        if at == 0 or self.beats[at - 1].shot.scene != shot.scene:
            return "starts the scene"
        before = self.beats[at - 1]
        changed = [
            name
            for name, mine, theirs in zip(
                ("scene", "provider", "seed", "take", "prefer", "extra"), beat.kind, before.kind, strict=True
            )
            if mine != theirs
        ]
        if changed:
            return f"has another {' and '.join(changed)} than `{before.shot.id}`"
        if shot.transition.kind != "cut":
            return f"follows by a {shot.transition.kind}"
        if shot.first_frame:
            return "opens on a first frame"
        if shot.continues:
            return f"continues `{shot.continues}`"
        if shot.clip == "new":
            return "`clip: new` starts a clip here"
        if before.shot.id in self.continued:
            return f"`{before.shot.id}` is continued by another shot, so it ends its clip"
        if beat.long:
            return "is longer than a clip"
        return f"follows `{before.shot.id}`, which is longer than a clip" if before.long else None

    def _cut_run(self, start: int, stop: int, why: str, length_of: Callable[[Clip], int]) -> list[Clip]:
        run = self.beats[start:stop]
        limits = run[0].provider.limits
        lengths = [beat.milliseconds for beat in run]
        pictures = [beat.pictures for beat in run]
        too_long: dict[tuple[int, int], int] = {}
        while True:
            ends = best_cut(lengths, pictures, limits, too_long)
            bounds = list(zip([0, *ends[:-1]], ends, strict=True))
            clips = [self._clip(run[begin:end], "") for begin, end in bounds]
            news = {
                bound: length
                for bound, clip in zip(bounds, clips, strict=True)
                if len(clip.beats) > 1 and (length := length_of(clip)) > limits.max_characters
            }
            if not news:
                reasons = [why] + [_why_cut(run, before, here, limits, too_long) for before, here in pairwise(bounds)]
                return [replace(clip, why=reason) for clip, reason in zip(clips, reasons, strict=True)]
            too_long |= news

    def _clip(self, beats: Sequence[_Beat], why: str) -> Clip:
        whole = ceil(sum(beat.milliseconds for beat in beats) / 1000)
        limits = beats[0].provider.limits
        played = tuple(Beat(beat.shot, beat.milliseconds, beat.shot.dialogue) for beat in beats)
        shot = beats[0].shot
        opens: Picture | LastFrame | None = None
        if shot.first_frame:
            opens = self.picture_of(shot.first_frame)
        elif shot.continues:
            opens = LastFrame(shot.continues)
        return self._make(shot.id, beats[0], played, max(whole, limits.min_seconds), opens, why)

    def _chain(self, beat: _Beat, why: str) -> list[Clip]:
        """A shot longer than a clip as clips that each open on the last frame of the one before."""
        seconds = _link_seconds(beat)
        shared = share_lines(beat.shot.dialogue, seconds, self.board.language)
        left = beat.milliseconds
        clips: list[Clip] = []
        for link, (length, lines) in enumerate(zip(seconds, shared, strict=True), 1):
            played = Beat(beat.shot, min(length * 1000, left), lines, link)
            left -= played.milliseconds
            opens: Picture | LastFrame | None = LastFrame(clips[-1].id) if clips else None
            if not clips:
                opens = self._clip([beat], "").first_frame
            reason = why if link == 1 else f"goes on with `{beat.shot.id}`, which is longer than a clip"
            clips.append(self._make(_link_id(beat.shot.id, link), beat, (played,), length, opens, reason))
        return clips

    def _make(
        self,
        name: str,
        first: _Beat,
        beats: tuple[Beat, ...],
        seconds: int,
        opens: Picture | LastFrame | None,
        why: str,
    ) -> Clip:
        cast = tuple(dict.fromkeys(face for beat in beats for face in faces_of(beat.shot, beat.lines, self.names)))
        references = self._references(cast, first.shot.scene)
        if opens and references and "combined" not in first.provider.modes:
            # What an undecided author is told is the business of a check; here the references stay.
            opens, references = (opens, ()) if first.prefer == "first_frame" else (None, references)
        shot = first.shot
        return Clip(
            id=name,
            beats=beats,
            scene=shot.scene,
            provider=first.provider.name,
            seconds=seconds,
            cast=cast,
            references=references,
            first_frame=opens,
            mode=_mode(opens is not None, bool(references)),
            seed=_seed(shot.seed, references, opens, seconds, shot.take) if first.provider.limits.takes_seed else None,
            take=shot.take,
            after=(opens.clip,) if isinstance(opens, LastFrame) else (),
            transition=shot.transition if beats[0].part == 1 else Shot.model_fields["transition"].default,
            why=why,
        )

    def _references(self, cast: Sequence[Face], scene: str) -> tuple[Reference, ...]:
        bound = [(face, source) for face in cast if (source := self._reference_of(face))]
        references = [
            Reference(slot, "character", who, look, self.picture_of(source))
            for slot, ((who, look), source) in enumerate(bound, 1)
        ]
        place = self.board.scenes.get(scene)
        if place and place.reference:
            references.append(Reference(len(bound) + 1, "scene", scene, None, self.picture_of(place.reference)))
        return tuple(references)


def pack_shots(
    board: Storyboard,
    provider_of: Callable[[Shot], Provider],
    picture_of: PictureOf,
    length_of: Callable[[Clip], int],
) -> list[Clip]:
    """The storyboard's shots as clips, in the order of the film."""
    clips = Cutter(board, provider_of, picture_of).clips(length_of)
    ends = {clip.shots[-1].id: clip.id for clip in clips}
    return [_follow(clip, ends) for clip in clips]


def _follow(clip: Clip, ends: Mapping[str, str]) -> Clip:
    """The clip with the shot that it continues replaced by the clip that ends on that shot, known when all is cut."""
    if not isinstance(clip.first_frame, LastFrame) or clip.beats[0].part > 1:
        return clip
    frame = LastFrame(ends.get(clip.first_frame.clip, clip.first_frame.clip))
    return replace(clip, first_frame=frame, after=(frame.clip,))


def shot_milliseconds(shot: Shot, language: str) -> int:
    """How long a shot lasts: as written, or as its dialogue needs, or four seconds."""
    if shot.seconds is not None:
        return round(shot.seconds * 1000)
    if shot.dialogue:
        return min(max(500, ceil(dialogue_seconds(shot.dialogue, language) * 10) * 100), 600_000)
    return round(DEFAULT_SECONDS * 1000)


def best_cut(
    lengths: Sequence[int],
    pictures: Sequence[frozenset[Any]],
    limits: Limits,
    forbidden: Mapping[tuple[int, int], Any],
) -> list[int]:
    """Where clips end in a run of shots (offsets behind the last shot of each), at least cost.

    `lengths` are milliseconds. Cost is billed whole seconds, then clips, then the sum of squared clip lengths; of cuts
    that cost the same, the one whose last clips are longest. A single shot is always allowed.
    """
    best: list[tuple[int, int, int]] = [(0, 0, 0)]
    begins: list[int] = []
    for end in range(1, len(lengths) + 1):
        found: tuple[tuple[int, int, int], int] | None = None
        length, bound = 0, frozenset[Any]()
        for begin in range(end - 1, -1, -1):
            length += lengths[begin]
            bound |= pictures[begin]
            if begin < end - 1 and (length > limits.max_seconds * 1000 or len(bound) > limits.max_references):
                break
            if (begin, end) in forbidden:
                continue
            seconds = max(ceil(length / 1000), limits.min_seconds)
            paid, clips, squares = best[begin]
            cost = (paid + seconds, clips + 1, squares + seconds * seconds)
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
    return ends[::-1]


def _why_cut(
    run: Sequence[_Beat],
    before: tuple[int, int],
    here: tuple[int, int],
    limits: Limits,
    too_long: Mapping[tuple[int, int], int],
) -> str:
    """Why a clip begins here although no rule parts it from the one before: what its first shot would break there."""
    begin, end = before[0], here[0] + 1
    joined = run[begin:end]
    length = sum(beat.milliseconds for beat in joined) / 1000
    if length > limits.max_seconds:
        return f"with `{joined[-1].shot.id}` the clip before would last {length:g} of {limits.max_seconds} s"
    pictures = len(frozenset[Any]().union(*(beat.pictures for beat in joined)))
    if pictures > limits.max_references:
        return (
            f"with `{joined[-1].shot.id}` the clip before would need {pictures} of {limits.max_references} references"
        )
    if (begin, end) in too_long:
        characters = f"{too_long[begin, end]} of {limits.max_characters}"
        return f"with `{joined[-1].shot.id}` the prompt before would take {characters} characters"
    return "this cut of the scene costs least, in the fewest and most even clips"


def _link_seconds(beat: _Beat) -> list[int]:
    """Whole seconds of the links of a split shot, as even as can be, longer ones first."""
    total = ceil(beat.milliseconds / 1000)
    links = ceil(total / beat.provider.limits.max_seconds)
    return [total // links + (link < total % links) for link in range(links)]


def _link_id(shot: str, link: int) -> str:
    return shot if link == 1 else f"{shot}.{link}"


def share_lines(lines: Sequence[Line], seconds: Sequence[int], language: str) -> list[tuple[Line, ...]]:
    """Lines dealt out in order to the links of a split shot, none split, so that all links are about as full."""
    needed = [line_seconds(line.text, language) for line in lines]
    # cost[n]: least sum of squared fullness when the links so far speak the first n lines.
    cost: list[float] = [0.0] + [float("inf")] * len(lines)
    choices: list[list[int]] = []
    for length in seconds:
        row, chosen = [], []
        for end in range(len(lines) + 1):
            options = [(cost[begin] + (sum(needed[begin:end]) / length) ** 2, begin) for begin in range(end + 1)]
            least = min(options)
            row.append(least[0])
            chosen.append(least[1])
        cost = row
        choices.append(chosen)
    shared: list[tuple[Line, ...]] = []
    end = len(lines)
    for chosen in reversed(choices):
        shared.append(tuple(lines[chosen[end] : end]))
        end = chosen[end]
    return shared[::-1]


def _mode(frame: bool, references: bool) -> Mode:
    if frame:
        return "combined" if references else "image-to-video"
    return "reference-to-video" if references else "text-to-video"


def _seed(
    asked: int | None, references: Sequence[Reference], opens: Picture | LastFrame | None, seconds: int, take: int
) -> int:
    """The author's seed, or one derived from the clip's pictures, length and take alone."""
    if asked is not None:
        return asked
    frame = opens.token if isinstance(opens, Picture) else "last frame" if opens else None
    drawn = json.dumps([[reference.picture.token for reference in references], frame, seconds, take])
    return int.from_bytes(hashlib.sha256(drawn.encode()).digest()[:4], "big") & 0x7FFFFFFF


def extra_for(provider: str, board: Storyboard, shot: Shot) -> dict[str, Any]:
    """The fields that the author passes through to a provider; a shot's lie over the storyboard's."""
    return merged(board.extra.get(provider, {}), shot.extra.get(provider, {}))
