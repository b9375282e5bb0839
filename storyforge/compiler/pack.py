"""Pack the shots into clips: within what a provider takes, at least cost, able to say why each begins where it does.

This module says what must not share a clip, and what a clip is made of; `partition` chooses among the ways left.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from math import ceil
from typing import Any

from storyforge.compiler.links import Links, Pins, link_seconds, share_lines
from storyforge.compiler.partition import Chain, Paid, Run, partition_runs
from storyforge.compiler.sentences import share_sentences
from storyforge.language.mentions import Face, Names, collect_names, find_faces
from storyforge.language.speech import shot_milliseconds
from storyforge.model.capabilities import Mode
from storyforge.model.clip import Beat, Clip, LastFrame, Picture, Reference
from storyforge.model.storyboard import Shot, Storyboard
from storyforge.providers.base import Provider, merge_extra

NO_PINS = Pins()

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
    timed: bool
    long: bool

    @cached_property
    def kind(self) -> tuple[Any, ...]:
        """Shots that differ in this never share a clip."""
        shot = self.shot
        return shot.scene, self.provider.name, shot.seed, shot.take, self.prefer, self.timed, shot.extra


class Cutter:
    """Packs one storyboard for one set of providers."""

    def __init__(
        self,
        storyboard: Storyboard,
        provider_of: Callable[[Shot], Provider],
        picture_of: PictureOf,
        pins: Pins = NO_PINS,
    ) -> None:
        self.storyboard, self.provider_of, self.pins = storyboard, provider_of, pins
        self.names: Names = collect_names(storyboard)
        self.picture_of = picture_of
        self.beats = [self._beat(at, shot, provider_of(shot)) for at, shot in enumerate(storyboard.shots or ())]
        self.drawn = {beat.shot.id for beat in self.beats if beat.provider.draws_panels}
        self.continued = {beat.shot.continues for beat in self.beats if beat.shot.continues}
        self.join = cache(self._join)
        """The clip of the shots from one place in the film up to another, made once."""

    def pinned(self, pins: Pins) -> Cutter:
        """A cutter of the same film in which shots keep what they had."""
        return Cutter(self.storyboard, self.provider_of, self.picture_of, pins) if pins else self

    def _beat(self, at: int, shot: Shot, provider: Provider) -> _Beat:
        faces = find_faces(shot, shot.dialogue, self.names)
        bound = {face for face in faces if self._reference_of(face)}
        scene = self.storyboard.scenes.get(shot.scene)
        if scene and scene.reference:
            bound.add(("", shot.scene))
        milliseconds = self.pins.milliseconds.get(at) or shot_milliseconds(shot, self.storyboard.language)
        long = at in self.pins.links or ceil(milliseconds / 1000) > provider.limits.max_seconds
        prefer = shot.prefer or self.storyboard.prefer
        timed = self.storyboard.is_timed(shot)
        return _Beat(shot, milliseconds, faces, frozenset(bound), provider, prefer, timed, long)

    def _reference_of(self, face: Face) -> str | None:
        return self.storyboard.character(*face).reference

    def clips(self, length_of: Callable[[Clip], int], paid: Paid | None = None) -> list[Clip]:
        """All clips in the order of the film; `length_of` gives the characters of a clip's prompt."""
        starts = [(at, why) for at in range(len(self.beats)) if (why := self._must_start(at))]
        stops = [*(at for at, _ in starts[1:]), len(self.beats)]
        spans = list(zip(starts, stops, strict=False))
        runs = [self._run(start, stop, why, length_of, paid) for (start, why), stop in spans]
        ends = {self.beats[stop - 1].shot.id: number for number, (_, stop) in enumerate(spans)}
        cuts = partition_runs(runs, [ends.get(self.beats[start].shot.continues or "") for (start, _), _ in spans])
        clips = [clip for cut in cuts for clip in cut.clips]
        last = {clip.shots[-1].id: clip.id for clip in clips}
        return [_follow(clip, last) for clip in clips]

    def _run(self, start: int, stop: int, why: str, length_of: Callable[[Clip], int], paid: Paid | None) -> Run | Chain:
        beats = self.beats[start:stop]
        if beats[0].long:
            links = self.pins.links.get(start)
            return Chain(beats[0].shot, self.split(start, links, why), paid, links is not None)
        return Run(
            shots=[beat.shot for beat in beats],
            lengths=[beat.milliseconds for beat in beats],
            pictures=[beat.pictures for beat in beats],
            looks=[beat.faces for beat in beats],
            pinned=frozenset(at - start for at in range(start, stop) if at in self.pins.milliseconds),
            limits=beats[0].provider.limits,
            why=why,
            clip_of=lambda bounds: self.join(start + bounds[0], start + bounds[1]),
            length_of=length_of,
            paid=paid,
        )

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
                ("scene", "provider", "seed", "take", "prefer", "prompt", "extra"), beat.kind, before.kind, strict=True
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

    def _join(self, start: int, stop: int) -> Clip:
        """Shots as one clip."""
        beats = self.beats[start:stop]
        whole = ceil(sum(beat.milliseconds for beat in beats) / 1000)
        limits = beats[0].provider.limits
        played = tuple(
            Beat(beat.shot, beat.milliseconds, beat.shot.dialogue, beat.faces, beat.shot.action) for beat in beats
        )
        shot = beats[0].shot
        opens: Picture | LastFrame | None = None
        if shot.first_frame:
            opens = self.picture_of(shot.first_frame)
        elif shot.continues:
            opens = LastFrame(shot.continues, self._is_sharpest(shot, shot.continues))
        return self._make(shot.id, beats[0], played, max(whole, limits.min_seconds), opens, "")

    def split(self, at: int, links: Links | None = None, why: str = "") -> list[Clip]:
        """A shot longer than a clip as clips that each open on the last frame of the one before; as `links` say, or as
        is best."""
        beat = self.beats[at]
        if links is None:
            seconds = link_seconds(beat.milliseconds, beat.provider.limits)
            shared = share_lines(beat.shot.dialogue, seconds, self.storyboard.language)
            left = beat.milliseconds
        else:
            seconds, shared = [length for length, _ in links], [lines for _, lines in links]
            left = sum(seconds) * 1000 if beat.shot.seconds is None else beat.milliseconds
        actions = share_sentences(beat.shot.action, seconds)
        clips: list[Clip] = []
        for link, (length, lines, action) in enumerate(zip(seconds, shared, actions, strict=True), 1):
            # By the link's own lines: a character who only speaks in another link takes up no reference here.
            faces = find_faces(beat.shot, lines, self.names)
            # Links are billed in whole seconds, and the last one may be longer than what is left of the shot.
            played = Beat(beat.shot, min(length * 1000, left), lines, faces, action, link, len(seconds))
            left -= played.milliseconds
            sharpest = self._is_sharpest(beat.shot, beat.shot.id)
            opens: Picture | LastFrame | None = LastFrame(clips[-1].id, sharpest) if clips else None
            if not clips:
                opens = self.join(at, at + 1).first_frame
            reason = why if link == 1 else f"goes on with `{beat.shot.id}`, which is longer than a clip"
            clips.append(self._make(_link_id(beat.shot.id, link), beat, (played,), length, opens, reason))
        return clips

    def _is_sharpest(self, shot: Shot, before: str) -> bool:
        """Whether a shot opens on the sharpest frame of the clip that ends on another. What is drawn here is sharp
        throughout, and ends on its last."""
        return (shot.anchor or self.storyboard.format.anchor) == "sharpest" and before not in self.drawn

    def _make(
        self,
        name: str,
        first: _Beat,
        beats: tuple[Beat, ...],
        seconds: int,
        opens: Picture | LastFrame | None,
        why: str,
    ) -> Clip:
        cast = tuple(dict.fromkeys(face for beat in beats for face in beat.faces))
        references = self._references(cast, first.shot.scene)
        if opens and references and "combined" not in first.provider.modes:
            # A check reports it where the author has not decided; here the references stay.
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
            seed=derive_seed(shot.seed, references, opens, seconds, shot.take)
            if first.provider.limits.takes_seed
            else None,
            take=shot.take,
            after=(opens.clip,) if isinstance(opens, LastFrame) else (),
            # The author's transition leads to the first link; the others are one shot and follow by a cut.
            transition=shot.transition if beats[0].part == 1 else Shot.model_fields["transition"].default,
            why=why,
        )

    def _references(self, cast: Sequence[Face], scene: str) -> tuple[Reference, ...]:
        bound = [(face, source) for face in cast if (source := self._reference_of(face))]
        references = [
            Reference(slot, "character", who, look, self.picture_of(source))
            for slot, ((who, look), source) in enumerate(bound, 1)
        ]
        place = self.storyboard.scenes.get(scene)
        if place and place.reference:
            references.append(Reference(len(bound) + 1, "scene", scene, None, self.picture_of(place.reference)))
        return tuple(references)


def _follow(clip: Clip, ends: Mapping[str, str]) -> Clip:
    """The clip with the shot that it continues replaced by the clip that ends on that shot, known when all is cut."""
    if not isinstance(clip.first_frame, LastFrame) or clip.beats[0].part > 1:
        return clip
    frame = replace(clip.first_frame, clip=ends.get(clip.first_frame.clip, clip.first_frame.clip))
    return replace(clip, first_frame=frame, after=(frame.clip,))


def _link_id(shot: str, link: int) -> str:
    return shot if link == 1 else f"{shot}.{link}"


def _mode(frame: bool, references: bool) -> Mode:
    if frame:
        return "combined" if references else "image-to-video"
    return "reference-to-video" if references else "text-to-video"


def derive_seed(
    asked: int | None, references: Sequence[Reference], opens: Picture | LastFrame | None, seconds: int, take: int
) -> int:
    """The author's seed, or one derived from the clip's pictures, length and take alone."""
    if asked is not None:
        return asked
    # Neither words nor ids nor positions go in: who changes a word keeps the seed and sees what the word did.
    frame = opens.token if isinstance(opens, Picture) else "last frame" if opens else None
    drawn = json.dumps([[reference.picture.token for reference in references], frame, seconds, take])
    # Hosts take seeds from 0 to 2^31 - 1.
    return int.from_bytes(hashlib.sha256(drawn.encode()).digest()[:4], "big") & 0x7FFFFFFF


def extra_for(provider: str, storyboard: Storyboard, shot: Shot) -> dict[str, Any]:
    """The fields that the author passes through to a provider; a shot's lie over the storyboard's."""
    return merge_extra(storyboard.extra.get(provider, {}), shot.extra.get(provider, {}))
