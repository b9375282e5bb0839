"""The slate of a clip: all that can change its take, in a form that outlives releases; and its fingerprint.

**Form 2.** A slate is plain JSON. What is not given is left out, so that a field of a later release changes no slate of
a storyboard that does not use it. It holds

- `form`: 2; `provider`, `model`, `mode`, `seconds`, `resolution`, `seed`, `take`, `extra`; `aspect`, unless the clip
  opens on a picture, whose shape a host takes;
- `first_frame`: the picture by its content, or `{follows, anchor}`: the fingerprint of the slate that the clip before
  plays, and `sharpest` where that does not end on its last frame;
- `people`: who is seen, in the order in which the clip mentions them, then who is only heard: `name`, `description`,
  `marks`, `voice` (of who speaks), `picture`; `heard` for who is only heard, with `of`, their place among those seen;
- `place`: `name`, `description`, `marks`, `sound`, `picture`;
- `shots`: `framing`, `camera`, `action`, `sound`, `music`, `seen` (places in `people`), `lines` (`who`, `text`, `how`,
  `kind`, `language`), and of a part of a long shot `part` and `parts`;
- `style`, `clauses` (each said once), `prompt` (`timed`, where it is), and `templates`: the project's own that its
  prompt is made with, by their sha256.

In texts a mention is `@{2}`, the place in `people`, and an at sign is doubled. Spaces, and the full stop at the end,
are as good as not written. The sentences that our own templates make of all this are not in it, nor ids, titles, notes,
paths, dates or our version: a better wording makes no take stale.

What is drawn here is drawn from `panels`, at `fps`, in `language`.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from storyforge.compiler.pack import extra_for
from storyforge.language.mentions import Face, Mention, Names, read_words, resolve_speakers
from storyforge.model.clip import Beat, Clip, Job, LastFrame
from storyforge.model.storyboard import Line, Storyboard
from storyforge.providers.base import Provider

FORM = 2

RELEASE = "0.2"
"""The release whose sentences our templates write."""

FIRST_RELEASE = "0.1"
"""The release that wrote slates of the first form, which held the sentences themselves."""


def make_slate(
    storyboard: Storyboard,
    clip: Clip,
    provider: Provider,
    names: Names,
    before: str | None,
    templates: Mapping[str, str],
    panels: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """The slate of a clip, in form 2. `before` is the fingerprint of the slate that the clip which it continues plays,
    `templates` are the project's own with their sha256, and `panels` what is drawn where the provider draws."""
    form, cast = storyboard.format, _People(storyboard, clip, names)
    slate: dict[str, Any] = {
        "form": FORM,
        "provider": provider.name,
        "model": provider.model,
        "mode": clip.mode,
        "seconds": clip.seconds,
        "resolution": form.resolution,
        "take": clip.take,
        "place": _place(storyboard, clip, cast),
        "shots": [_shot(storyboard, beat, cast) for beat in clip.beats],
    }
    slate |= _given(
        first_frame=_opening(clip, before),
        # Of the first shot for all: shots with another `extra` are never packed together.
        extra=extra_for(provider.name, storyboard, clip.shots[0]),
        people=cast.people,
        style=phrase(storyboard.style),
        clauses=_clauses(storyboard, clip, cast),
        templates=dict(templates),
        prompt="timed" if storyboard.is_timed(clip.shots[0]) else "",
    )
    if clip.seed is not None:
        slate["seed"] = clip.seed
    if clip.first_frame is None or provider.draws_panels:
        slate["aspect"] = form.aspect
    if provider.draws_panels:
        # Only the animatic is drawn at the film's rate. A host's take is conformed to it, so a new rate renders nothing
        # again.
        slate |= {"fps": form.fps, "language": storyboard.language, "panels": list(panels)}
    return slate


def fingerprint(slate: Mapping[str, Any]) -> str:
    """The hash of a slate: sha256 of its JSON with sorted keys."""
    # Takes in stores and locks are known by this hash: with another way of writing it, all of them would be paid for
    # again.
    return hashlib.sha256(
        json.dumps(slate, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
    ).hexdigest()


def is_first_form(slate: Mapping[str, Any]) -> bool:
    """Whether a slate was written by release 0.1."""
    return "form" not in slate


def name_wording(job: Job) -> dict[str, str]:
    """The prompt of a job and the release that worded it, to be kept with what is rendered from it. Nothing where no
    prompt is sent, or the slate holds it."""
    return {} if job.panels or is_first_form(job.slate) else {"prompt": job.prompt, "release": RELEASE}


def reword_slate(slate: Mapping[str, Any], prompt: str) -> dict[str, Any]:
    """A slate from which something is rendered again for the sake of its wording alone. The prompt is in it by a
    digest, so that the take of the earlier wording keeps its own name."""
    return {**slate, "wording": hashlib.sha256(prompt.encode()).hexdigest()}


def own_fingerprint(slate: Mapping[str, Any]) -> str:
    """The fingerprint of a slate, whatever it was worded again for."""
    return fingerprint({name: value for name, value in slate.items() if name != "wording"})


def find_prompt(record: Mapping[str, Any]) -> str | None:
    """The prompt as it was sent, from the store's record of a take: next to the slate or, in the first form, in it."""
    found = record.get("prompt") or (record.get("slate") or {}).get("prompt")
    return found if isinstance(found, str) else None


def list_pictures(slate: Mapping[str, Any]) -> list[str]:
    """The references of a slate of either form, in the order of their slots."""
    if is_first_form(slate):
        return list(slate.get("references") or ())
    shown = [*(slate.get("people") or ()), slate.get("place") or {}]
    return [one["picture"] for one in shown if "picture" in one]


@lru_cache(maxsize=4096)
def phrase(text: str | None) -> str:
    """A text on one line, without the punctuation at its end that says no more than that it ends."""
    return re.sub(r"(?<!\.)\.$|[,;:]+$", "", " ".join((text or "").split())).rstrip()


class _People:
    """Who is in a clip, each in its place: those who are seen, then those who are only heard."""

    def __init__(self, storyboard: Storyboard, clip: Clip, names: Names) -> None:
        self.storyboard, self.names = storyboard, names
        pictures = {(one.id, one.look): one.picture.token for one in clip.references if one.kind == "character"}
        spoken = [
            (line, face)
            for beat in clip.beats
            for line, face in zip(beat.lines, resolve_speakers(beat.lines, beat.faces), strict=True)
        ]
        speaking = {face for _, face in spoken}
        self.places: dict[Face, int] = {face: number for number, face in enumerate(clip.cast)}
        self.people = [self._person(face, pictures.get(face), face in speaking) for face in clip.cast]
        for _, face in spoken:
            if face not in self.places:
                self.places[face] = len(self.people)
                self.people.append({**self._voice(face), "heard": True, **self._owner(face, clip)})

    def _known(self, face: Face) -> bool:
        return face[0] in self.names and (face[1] is None or face[1] in self.names[face[0]])

    def _person(self, face: Face, picture: str | None, speaks: bool) -> dict[str, Any]:
        written = self.storyboard.character(*face)
        return {"name": phrase(written.name)} | _given(
            description=phrase(written.description),
            marks=_phrases(written.marks),
            voice=phrase(written.voice) if speaks else "",
            picture=picture,
        )

    def _voice(self, face: Face) -> dict[str, Any]:
        # Films with errors are compiled too, so a speaker may be nobody of the cast.
        if not self._known(face):
            return {"name": face[0]}
        written = self.storyboard.character(*face)
        return {"name": phrase(written.name)} | _given(voice=phrase(written.voice))

    @staticmethod
    def _owner(face: Face, clip: Clip) -> dict[str, Any]:
        seen = next((number for number, one in enumerate(clip.cast) if one[0] == face[0]), None)
        return {} if seen is None else {"of": seen}

    def bind(self, text: str | None) -> str:
        """A text whose mentions name nobody by an id."""
        words = read_words(" ".join((text or "").split()), self.names)
        return phrase(
            "".join(self._point(word) if isinstance(word, Mention) else word.replace("@", "@@") for word in words)
        )

    def _point(self, mention: Mention) -> str:
        place = self.places.get(mention.face)
        if place is not None:
            return f"@{{{place}}}"
        # Of one who is not in the clip, which is an error; or a name that nobody has, which is another.
        name = self.storyboard.character(*mention.face).name if self._known(mention.face) else mention.who
        return f"@{{{name}}}"


def _place(storyboard: Storyboard, clip: Clip, cast: _People) -> dict[str, Any]:
    written = storyboard.place(clip.scene)
    picture = next((one.picture.token for one in clip.references if one.kind == "scene"), None)
    return {"name": phrase(written.name)} | _given(
        description=phrase(written.description),
        marks=_phrases(written.marks),
        sound=cast.bind(written.sound),
        picture=picture,
    )


def _shot(storyboard: Storyboard, beat: Beat, cast: _People) -> dict[str, Any]:
    shot = beat.shot
    faces = resolve_speakers(beat.lines, beat.faces)
    lines = [_line(storyboard, line, face, cast) for line, face in zip(beat.lines, faces, strict=True)]
    told = {"action": cast.bind(shot.action)} | _given(
        framing=cast.bind(shot.framing),
        camera=cast.bind(shot.camera),
        sound=cast.bind(shot.sound),
        music=cast.bind(shot.music),
        seen=[cast.places[face] for face in beat.faces],
        lines=lines,
    )
    return told | ({"part": beat.part, "parts": beat.parts} if beat.parts > 1 else {})


def _line(storyboard: Storyboard, line: Line, face: Face, cast: _People) -> dict[str, Any]:
    language = (line.language or storyboard.language).lower()
    return {"who": cast.places[face], "text": phrase(line.text)} | _given(
        how=cast.bind(line.how),
        kind=line.kind if line.kind != "seen" else "",
        language=language if language != "en" else "",
    )


def _opening(clip: Clip, before: str | None) -> Any:
    """The picture that a clip opens on. What tells the picture that another clip ends on is its slate, and which of its
    frames that is if not the last."""
    frame = clip.first_frame
    if isinstance(frame, LastFrame):
        return {"follows": before, **({"anchor": "sharpest"} if frame.sharpest else {})}
    return frame and frame.token


def _clauses(storyboard: Storyboard, clip: Clip, cast: _People) -> list[str]:
    given = [
        *storyboard.preserve,
        *(clause for face in clip.cast for clause in storyboard.character(*face).preserve),
        *storyboard.place(clip.scene).preserve,
        *(clause for shot in clip.shots for clause in shot.preserve),
    ]
    return list(dict.fromkeys(cast.bind(clause) for clause in given))


def _phrases(texts: Sequence[str]) -> list[str]:
    return [phrase(text) for text in texts]


def _given(**fields: Any) -> dict[str, Any]:
    """Fields that say something."""
    return {name: value for name, value in fields.items() if value}
