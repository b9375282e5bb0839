"""Rules about length: of lines, of transitions, of clips."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil

from storyforge.compiler.checks.context import Context
from storyforge.compiler.checks.wording import list_names, short
from storyforge.compiler.transitions import (
    find_anchored,
    frame_transition,
    make_transitions,
    max_anchor_loss,
    measure_margins,
)
from storyforge.language.speech import TURN, dialogue_seconds, is_known, line_seconds, shot_milliseconds
from storyforge.language.syllables import name_measure
from storyforge.model.clip import Clip, LastFrame
from storyforge.model.diagnostics import Diagnostic, Path, Severity
from storyforge.model.storyboard import OVERLAPS, Line

FULL = 0.85
"""Share of a shot that its lines may take before they sound hurried."""

LONGEST = 4
"""Clips that may open on one another's last frames: users of such tools find the colours gone at the third or fourth
continuation (NikoDemon80/ComfyUI-H3-Motion-Context, issue 20)."""


def dialogue_length(context: Context) -> Iterator[Diagnostic]:
    """long-dialogue, tight-dialogue: the lines do not fit into the shot, or barely.

    Lines are measured at the pace of acted speech in the film's `language`, or in their own. What does not fit is cut
    off or gabbled.

        - seconds: 2
          dialogue: [mira: You are late, and the road has been gone for an hour.]    # bad
        - seconds: 5
          dialogue: [mira: You are late, and the road has been gone for an hour.]    # good

    Give the shot more seconds, leave `seconds` out to take what the lines need, or say less. A shot longer than a clip
    is rendered in parts, and no line is split: break a line in two where one part cannot hold it.
    """
    language = context.storyboard.language
    late: set[str] = set()
    for index, shot in enumerate(context.shots):
        given, needed = shot_milliseconds(shot, language) / 1000, dialogue_seconds(shot.dialogue, language)
        path: Path = ("shots", index, "dialogue" if shot.seconds is None else "seconds")
        tongues = dict.fromkeys(line.language or language for line in shot.dialogue)
        pace = f"{ceil(needed * 10) / 10:g} s at the pace of {list_names(tongues)}"
        said = f"the lines need {pace}, and the shot lasts {given:g} s"
        if needed > given:
            # Its parts are too short as well, and would be reported once more below.
            late.add(shot.id)
            yield Diagnostic("long-dialogue", "error", said, "give the shot more seconds, or say less", path)
        elif shot.seconds is not None and needed > given * FULL:
            hint = f"at {ceil(needed / FULL * 10) / 10:g} s they would have room"
            yield Diagnostic("tight-dialogue", "warning", said, hint, path)
    for clip, _ in context.clips:
        beat = clip.beats[0]
        needed = _bare_seconds(beat.lines, language)
        if _is_link(clip) and needed > clip.seconds and beat.shot.id not in late:
            late.add(beat.shot.id)
            message = f"the lines of part {beat.part} need {ceil(needed * 10) / 10:g} s, and it lasts {clip.seconds} s"
            hint = "break the longest line in two, for no line is split between parts"
            yield Diagnostic("long-dialogue", "error", message, hint, context.find_path(clip, "dialogue"))


def short_for_speech(context: Context) -> Iterator[Diagnostic]:
    """short-for-speech: clips in which somebody speaks are short.

    Models tend to cut lines off in the middle of a sentence in clips under about eleven seconds.

        - {id: a, seconds: 4, dialogue: [mira: You are late.], …}      # a clip of its own: risky
        - {id: b, seconds: 7, …}                                       # in one clip with `a`: better

    Advice, not a limit: let the shot before or after join the clip, or give the shot more seconds.
    """
    brief = [
        clip
        for clip, _ in context.clips
        if clip.seconds < context.find_host(clip).limits.speech_seconds
        and any(not line.unseen for beat in clip.beats for line in beat.lines)
    ]
    if brief:
        first = next(beat.shot for beat in brief[0].beats if any(not line.unseen for line in beat.lines))
        several = (
            f"clips {list_names(clip.id for clip in brief)} have"
            if len(brief) > 1
            else f"clip {list_names([brief[0].id])} has"
        )
        message = f"{several} lines in less than {context.find_host(brief[0]).limits.speech_seconds} s"
        hint = "models tend to cut lines off in short clips: let neighbouring shots join, or give more seconds"
        path = ("shots", context.places[first.id], "dialogue")
        yield Diagnostic("short-for-speech", "hint", message, hint, path)


def unknown_pace(context: Context) -> Iterator[Diagnostic]:
    """unknown-pace: how fast the language of the dialogue, or of a line, is spoken is not known.

        language: eo    # lines are measured by their vowels, at the pace of English
        language: am    # by their letters: a script has so many to a syllable
        language: fr    # known

    Give shots with lines their `seconds`, and listen to the offline film.
    """
    unknown: dict[str, tuple[Path, list[str]]] = {}
    for index, shot in enumerate(context.shots):
        for number, line in enumerate(shot.dialogue):
            language = line.language or context.storyboard.language
            if not is_known(language):
                path: Path = ("shots", index, "dialogue", number) if line.language else ("language",)
                unknown.setdefault(language, (path, []))[1].append(line.text)
    for language, (path, texts) in unknown.items():
        message = (
            f"the pace of `{short(language)}` is not known: "
            f"lines are measured by their {name_measure(texts)}, at the pace of English"
        )
        hint = "give shots with lines their `seconds`"
        yield Diagnostic("unknown-pace", "warning", message, hint, path, key=path[0] == "shots")


def transitions(context: Context) -> Iterator[Diagnostic]:
    """transition-too-long, transition-too-short, transition-from-nothing: a transition has no room, or no sense.

    A fade takes half of its length from the clips on both sides; any other kind overlaps them by its whole length. What
    a clip loses at its two ends together has to fit into it, and a transition lasts a frame at least.

        - {id: a, seconds: 3, …}
        - {id: b, seconds: 3, transition: dissolve 4, …}      # bad: longer than either clip
        - {id: b, seconds: 3, transition: dissolve 0.5, …}    # good

    A clip that ends on its sharpest frame is counted half a second shorter, which is the most that it may lose.

    Make it shorter, or the shorter of its two clips longer. Before the first shot there is nothing but black to come
    from: `fade` or `cut`.
    """
    clips, fps = [clip for clip, _ in context.clips], context.storyboard.format.fps
    if not clips:
        return
    for clip in clips:
        kind = clip.transition.kind
        if kind != "cut" and not frame_transition(clip.transition, fps).frames:
            message = f"the {kind} is shorter than a frame of 1/{fps} s, so it is a cut"
            yield _transition(context, clip, "transition-too-short", message, "make it longer, or write `cut`")
        if clip is clips[0] and kind in OVERLAPS:
            message = f"the film begins with a {kind}, and there is nothing before it"
            yield _transition(context, clip, "transition-from-nothing", message, "write `fade` or `cut`")
    told: set[str] = set()
    short_of = dict.fromkeys(find_anchored(clips), max_anchor_loss(fps))
    for number, (head, tail) in enumerate(measure_margins(make_transitions(clips, context.storyboard.format))):
        clip = clips[number]
        at = clips[number + 1] if tail else clip
        if head + tail > clip.seconds * fps - short_of.get(clip.id, 0) and at.id not in told:
            told.add(at.id)
            both = "transition takes" if not head or not tail else "transitions on both sides take"
            lasts = f"which lasts {clip.seconds} s" + ", or half a second less" * (clip.id in short_of)
            message = f"the {both} {(head + tail) / fps:.3g} s of clip `{short(clip.id)}`, {lasts}"
            yield _transition(context, at, "transition-too-long", message, "make it shorter, or the clip longer")


def padded_clips(context: Context) -> Iterator[Diagnostic]:
    """padded-clip: a clip lasts longer than its shots.

    A provider has a shortest clip. Shots that last less are filled up to it, and the film gets longer by the rest.

        - {id: a, scene: hall, seconds: 1, clip: new, …}    # alone in a clip of 3 s: two seconds are added
        - {id: a, scene: hall, seconds: 1, …}               # good where the next shot may join the clip

    Let a neighbouring shot of the same scene join, or give the shot the seconds it gets.
    """
    for clip, _ in context.clips:
        added = clip.seconds - sum(beat.milliseconds for beat in clip.beats) / 1000
        if added >= 1:
            host = context.find_host(clip)
            least = f"lasts {clip.seconds} s, the least of `{host.name}`"
            message = f"clip `{short(clip.id)}` {least}: {added:g} s are added to its shots"
            hint = "let a neighbouring shot join the clip, or give the shot more seconds"
            yield Diagnostic("padded-clip", "hint", message, hint, context.find_path(clip, "id"))


def kept_cuts(context: Context) -> Iterator[Diagnostic]:
    """kept-cut: a clip is as it was when its take was rendered, and would be cut otherwise today.

    A later release may estimate lines better, or part what one clip held before. What is paid for stays as it is: until
    one of the clip's shots is edited, or the film is packed again.

        storyforge render --repack    # cuts all as it is cut today, and renders again what that changes
    """
    for clip, _ in context.clips:
        if clip.otherwise and clip.beats[0].part == 1:
            message = f"clip `{short(clip.id)}` stays as it was rendered, {clip.seconds} s: {clip.otherwise}"
            hint = "`--repack` cuts it as it is cut today, and renders it again"
            yield Diagnostic("kept-cut", "hint", message, hint, context.find_path(clip, "id"))


def long_chains(context: Context) -> Iterator[Diagnostic]:
    """long-chain: more than four clips in a row each open on the last frame of the one before.

    What a model renders differs a little from the frame it was given: in colour, contrast and detail. The next clip
    begins with that, and adds its own. Users find the colours gone at the third or fourth continuation.

        - {id: e, continues: d, …}                              # bad where `d` continues `c`, `c` `b`, and `b` `a`
        - {id: e, first_frame: refs/e.png, …}                   # good: begins on a clean picture
        - {id: e, framing: close shot, …}                       # good: cuts to another view

    Begin again from a picture or from references, or break a long shot into several. `match: colour` in `format` brings
    the colours of a chain together in the film; what the next clip is given stays as it was rendered.
    """
    before = {clip.id: clip.first_frame.clip for clip, _ in context.clips if isinstance(clip.first_frame, LastFrame)}
    for clip, _ in context.clips:
        chain = [clip.id]
        # With an end, for clips may continue each other in a cycle, which is an error of its own.
        while chain[-1] in before and len(chain) < LONGEST + 2:
            chain.append(before[chain[-1]])
        # Only the first clip that is one too many: all after it would repeat the finding.
        if len(chain) == LONGEST + 1:
            message = f"clip `{short(clip.id)}` is the {len(chain)}th of a chain: each opens on another's last frame"
            hint = "begin it from a picture or from references: small differences add up along a chain"
            where = "id" if clip.beats[0].part > 1 else "continues"
            yield Diagnostic("long-chain", "warning", message, hint, context.find_path(clip, where))


def anchors(context: Context) -> Iterator[Diagnostic]:
    """two-anchors, idle-anchor: a clip is to end on two frames, or nothing goes on from the one that is asked for.

    A clip that others continue ends on one frame, its last or the sharpest of its last half second, and all of them
    open on that.

        - {id: b, continues: a, anchor: sharpest, …}
        - {id: c, continues: a, …}                        # bad: this one opens on the last frame of `a`
        - {id: c, continues: a, anchor: sharpest, …}      # good

    Give all that continue a shot the same `anchor`, or say it once in `format`. In a shot that continues no other, and
    is no longer than a clip, `anchor` does nothing: take it away.
    """
    opened: dict[str, Clip] = {}
    going_on = set()
    for clip, _ in context.clips:
        if not isinstance(clip.first_frame, LastFrame):
            continue
        going_on.add(clip.shots[0].id)
        other = opened.setdefault(clip.first_frame.clip, clip)
        if other.first_frame != clip.first_frame:
            both = f"clips {list_names([other.id, clip.id])} go on from clip `{short(clip.first_frame.clip)}`"
            message = f"{both}, one from its last frame and one from its sharpest"
            at = context.find_path(clip, "continues")
            yield Diagnostic("two-anchors", "error", message, "give both the same `anchor`", at, key=True)
    idle = {shot.id for clip, _ in context.clips for shot in clip.shots} - going_on
    for index, shot in enumerate(context.shots):
        if shot.anchor and shot.id in idle:
            message = f"shot `{short(shot.id)}` goes on from no other, so `anchor` does nothing"
            hint = "take it away, or write `continues`"
            yield Diagnostic("idle-anchor", "warning", message, hint, ("shots", index, "anchor"), key=True)


def _transition(context: Context, clip: Clip, name: str, message: str, hint: str) -> Diagnostic:
    severity: Severity = "error" if name == "transition-too-long" else "warning"
    return Diagnostic(name, severity, message, hint, context.find_path(clip, "transition"))


def _is_link(clip: Clip) -> bool:
    """Whether a clip is a part of a shot that is longer than a clip."""
    return clip.beats[0].part > 1 or clip.beats[0].lines != clip.shots[0].dialogue


def _bare_seconds(lines: Sequence[Line], language: str) -> float:
    """Seconds that lines need between their neighbours, without a breath at either end."""
    return sum(line_seconds(line.text, line.language or language) for line in lines) + TURN * max(len(lines) - 1, 0)
