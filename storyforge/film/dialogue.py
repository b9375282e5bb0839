"""A film's dialogue as cues: each line when it is heard in its take, or when it is due."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from storyforge.animatic.sound import place
from storyforge.compiler.compile import Compiled
from storyforge.compiler.jobs import Planned
from storyforge.compiler.timeline import Timeline
from storyforge.film.cues import Cue, Spoken, make_cues, sequence_cues, shift_cues
from storyforge.film.sound.voice_activity import hear_speech, time_lines
from storyforge.language.speech import line_seconds
from storyforge.model.clip import beat_ends
from storyforge.model.storyboard import Storyboard
from storyforge.planning.takes import played_take
from storyforge.providers import is_free


def clip_cues(one: Planned, storyboard: Storyboard, take: Path | None, frames: int) -> list[Cue]:
    """The cues of a clip from its own first frame on, by the sound of its take, of which so many frames are played.
    MediaError if that cannot be read."""
    lines = due_lines(one, storyboard)
    # A host's take says its lines when it likes; without a take, or a voice in it, they are read when they are due.
    if lines and take is not None:
        heard = time_lines([(line.start, line.end) for line in lines], hear_speech(take))
        lines = [replace(line, start=start, end=end) for line, (start, end) in zip(lines, heard, strict=True)]
    return make_cues(lines, storyboard.language, storyboard.format.fps, frames)


def due_lines(one: Planned, storyboard: Storyboard) -> list[Spoken]:
    """The lines of a clip when they are due, in seconds: each in its shot, in the time that it takes to say them."""
    fps = storyboard.format.fps
    ends = beat_ends(one.clip, fps)
    lines = []
    for beat, start, end in zip(one.clip.beats, [0, *ends], ends, strict=False):
        needed = [line_seconds(line.text, line.language or storyboard.language) for line in beat.lines]
        due = place(needed, (end - start) / fps)
        for line, cue in zip(beat.lines, due, strict=True):
            who = storyboard.character(line.who).name if line.who in storyboard.cast else None
            when = (start / fps + cue.start, start / fps + cue.end)
            lines.append(Spoken(line.text, *when, who or line.who, line.kind, line.language))
    return lines


def burned_cues(one: Planned, compiled: Compiled, take: Path | None, frames: int) -> list[Cue]:
    """The cues that stand in a clip's picture: none in a clip that is drawn here, which shows its lines already."""
    if compiled.storyboard.format.subtitles != "burned" or is_free(one.clip.provider):
        return []
    return clip_cues(one, compiled.storyboard, take, frames)


def unreadable(cues: Sequence[Cue]) -> list[str]:
    """What a person should know of cues that are drawn: where no font has their letters."""
    from storyforge.animatic.text import undrawable

    scripts = undrawable("".join(row for cue in cues for row in cue.rows))
    return [f"the subtitles have no letters for {', '.join(scripts)}: boxes stand in their place"] if scripts else []


def film_cues(compiled: Compiled, timeline: Timeline) -> list[Cue]:
    """The cues of a film as it plays the takes that its clips have."""
    cues, store = list[Cue](), compiled.project.store
    for placed in timeline.clips:
        take = played_take(placed.one, store)
        own = clip_cues(placed.one, compiled.storyboard, store.take(take) if take else None, placed.frames)
        cues += shift_cues(own, placed.begins)
    return sequence_cues(cues)
