"""The takes of a film as it plays them: how much of each, in which colours, with what drawn over it, in which place.

All who make or name what a film is put together from ask here, so that they mean the same pieces.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from storyforge.compiler.compile import Compiled
from storyforge.compiler.jobs import Planned
from storyforge.compiler.timeline import Timeline, make_timeline
from storyforge.compiler.transitions import find_anchored
from storyforge.film.anchor import Anchor, find_anchor, handoff_frame
from storyforge.film.colour_match import NONE, Grader
from storyforge.model.storyboard import Format
from storyforge.planning.film_key import music_path, shot_labels
from storyforge.planning.film_plan import FilmPlan
from storyforge.planning.takes import played_take
from storyforge.providers import is_free
from storyforge.system.store import Store
from storyforge.system.whole import find_sha256, note_made

if TYPE_CHECKING:
    from PIL.Image import Image

    from storyforge.film.conform import Delivery, Piece, PlacedPiece
    from storyforge.film.cues import Cue
    from storyforge.film.qc.measure import Measures
    from storyforge.film.sound.mix import Mix

DRAFT = 480
"""Pixels on the short side of a draft."""


class Assembly:
    """The takes that the clips of a film have in a store; `take_of` gives the sha256 of each by the clip's id, or None
    where there is none to go by."""

    def __init__(
        self,
        compiled: Compiled,
        planned: Sequence[Planned],
        take_of: Callable[[str], str | None],
        draft: bool = False,
    ) -> None:
        self.compiled, self.planned, self.store, self.take_of = compiled, planned, compiled.project.store, take_of
        self.form = compiled.storyboard.format
        self.size = draft_size(self.form) if draft else self.form.size
        self._due = {placed.one.clip.id: placed for placed in make_timeline(planned, self.form).clips}
        self._anchored = find_anchored(one.clip for one in planned)
        graded = planned if self.form.match == "colour" else ()
        # what is drawn here goes on as it is
        self.grader = Grader([one.clip for one in graded if not is_free(one.clip.provider)], self.measures)

    def timeline(self) -> Timeline:
        """The film by the takes that are here: a clip that ends on its sharpest frame plays no farther than that.
        MediaError if a take cannot be read."""
        lengths = {clip: self._length(clip, anchor) for clip in self._anchored if (anchor := self._anchor(clip))}
        return make_timeline(self.planned, self.form, lengths)

    def place_pieces(self, pieces: Mapping[str, Piece]) -> list[PlacedPiece]:
        """The pieces of all clips, given by the clips' ids, in the order of the film."""
        from storyforge.film.conform import PlacedPiece

        return [PlacedPiece(pieces[clip], due.join, due.margin) for clip, due in self._due.items()]

    def measures(self, clip: str) -> Measures | None:
        """What was measured in a clip's take, up to the frame that it ends on."""
        from storyforge.animatic.pictures import open_picture
        from storyforge.film.qc.measure import load_measures, small_text

        take = self.take_of(clip)
        if take is None:
            return None
        found = load_measures(self.store.take(take), self.store.measures(take))
        if clip not in self._anchored:
            return found
        return replace(found, last=small_text(open_picture(handoff_frame(take, True, self.store))))

    def cues(self, one: Planned) -> list[Cue]:
        """What is drawn over a clip of its lines."""
        from storyforge.film.dialogue import burned_cues

        take, frames = self.take_of(one.clip.id), self._length(one.clip.id, self._anchor(one.clip.id))
        return burned_cues(one, self.compiled, self.store.take(take) if take else None, frames)

    def delivery(self, one: Planned, cues: Sequence[Cue], kept: Callable[[str, bytes], Path] | None = None) -> Delivery:
        """What a clip's take is made into, its cues drawn over it. `kept` gives the place of a picture that is drawn,
        by its sha256 and its content: in the store, if nothing else. MediaError if the take cannot be read."""
        from storyforge.animatic.label import draw_label, draw_subtitle
        from storyforge.film.conform import Delivery, Label

        clip, place = one.clip.id, kept or partial(keep_drawing, self.store)
        anchor, due = self._anchor(clip), self._due[clip]
        frames = self._length(clip, anchor)
        marked = shot_labels(one)
        ends = [start - 1 for start, _ in marked[1:]] + [frames - 1]

        def label(first: int, last: int, drawn: Image) -> Label:
            picture = _png(drawn)
            sha256 = hashlib.sha256(picture).hexdigest()
            return Label(first, last, place(sha256, picture), sha256)

        drawn = [
            label(start, end, draw_label(text, self.size))
            for (start, text), end in zip(marked, ends, strict=False)
            # A take that ends on its sharpest frame may end before its last shots begin.
            if end >= start
        ]
        drawn += [label(cue.first, cue.end - 1, draw_subtitle(cue.rows, self.size)) for cue in cues]
        return Delivery(
            frames,
            self.size,
            self.form.fps,
            *due.margin,
            tuple(drawn),
            self.form.fit,
            self.form.fit_time,
            self.grader.grade(clip) if self.take_of(clip) else NONE,
            anchor.at if anchor else None,
            due.frames - frames,
        )

    def _anchor(self, clip: str) -> Anchor | None:
        take = self.take_of(clip) if clip in self._anchored else None
        return find_anchor(take, self.store) if take else None

    def _length(self, clip: str, anchor: Anchor | None) -> int:
        due = self._due[clip].frames
        return anchor.frames(due, self.form.fps, self.form.fit_time) if anchor else due


def draft_size(form: Format) -> tuple[int, int]:
    """Width and height of a draft: 480 pixels on its short side."""
    wide, high = form.size
    # Even, since planes of colour have half the pixels.
    long = round(DRAFT * max(wide, high) / min(wide, high) / 2) * 2
    return (long, DRAFT) if wide >= high else (DRAFT, long)


def _png(drawn: Image) -> bytes:
    written = io.BytesIO()
    drawn.save(written, "PNG")
    return written.getvalue()


def keep_drawing(store: Store, sha256: str, drawn: bytes) -> Path:
    """The place of a picture that is drawn over a clip, in the store from now on."""
    path = store.path("pictures", sha256)
    if find_sha256(path) != sha256:
        store.write_file(drawn, "pictures", sha256)
        note_made(path, sha256=sha256)
    return path


def make_assembly(film_plan: FilmPlan) -> Assembly:
    """The takes that the film of a plan plays, as far as they are here."""
    compiled, clips = film_plan.compiled, {one.clip.id: one for one in film_plan.planned}
    store = compiled.project.store
    return Assembly(compiled, film_plan.planned, lambda clip: played_take(clips[clip], store), film_plan.draft)


def make_mix(compiled: Compiled) -> Mix:
    """What the film's sound is made of besides its clips."""
    from storyforge.film.sound.mix import Mix
    from storyforge.film.sound.music import Bed

    music, form, path = compiled.storyboard.music, compiled.storyboard.format, music_path(compiled)
    bed = Bed(path, music.gain, music.duck) if music and path else None
    return Mix(bed, form.loudness, form.silence == "ambience")
