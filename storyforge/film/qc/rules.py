"""Rules about what was rendered: the takes of a film as it plays them, and the film itself.

A rule takes a `Cut` and gives diagnostics; its docstring is what `storyforge explain` prints. Times in messages count
frames: HH:MM:SS:FF of the film, or of a take that no film plays yet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby

from storyforge.compiler.checks.wording import list_names, short
from storyforge.film.qc.context import Cut, Played, place
from storyforge.film.qc.measure import picture_distance
from storyforge.model.diagnostics import Diagnostic

AGAIN = "look at it there; `storyforge retake` renders another"
REBUILD = "the file is damaged: delete `.storyforge/films`, then render again"


def black_stretches(cut: Cut) -> Iterator[Diagnostic]:
    """black-stretch: a take is black for a while.

    98 % of its pixels have less than a tenth of full light. Models open on black now and then, or fall into it.
    Transitions of the film are not counted. `black` under `[inspect]` says from how many seconds on it is reported.

    Render another take. Where the black is meant, raise the number.
    """
    for one in cut.played:
        for begin, end in cut.list_shown(one, one.found.black):
            if end - begin >= cut.limits.black:
                said = f"clip `{short(one.clip)}` is black for {end - begin:.1f} s"
                yield _found(cut, one, "black-stretch", said, begin, AGAIN)


def frozen_stretches(cut: Cut) -> Iterator[Diagnostic]:
    """frozen-stretch: the picture of a take does not move for a while.

    It changes by less than -60 dB. A camera that rests is no such thing: where anybody breathes or a leaf moves, it is
    more. Animatics are not judged. `frozen` under `[inspect]` says from how many seconds on it is reported.

    Render another take, or say in `action` and `camera` what moves.
    """
    for one in cut.played:
        for begin, end in () if one.drawn else cut.list_shown(one, one.found.still):
            # what is black is still as well, and is reported as black
            black = any(first <= begin and end <= last for first, last in one.found.black)
            if end - begin >= cut.limits.frozen and not black:
                said = f"clip `{short(one.clip)}` does not move for {end - begin:.1f} s"
                yield _found(cut, one, "frozen-stretch", said, begin, AGAIN)


def doubled_frames(cut: Cut) -> Iterator[Diagnostic]:
    """doubled-frames: frames of a take repeat the one before while the picture moves, so that it stutters.

    A model that renders fewer frames a second than it delivers repeats some. `doubled` under `[inspect]` says from
    which share of the frames on it is reported. Animatics are not judged.

    Render another take, or choose a `fps` that the model renders.
    """
    for one in cut.played:
        count = len(one.found.doubled)
        if count and not one.drawn and count >= cut.limits.doubled * one.found.frames:
            said = f"{count} of {one.found.frames} frames of clip `{short(one.clip)}` repeat the one before, the first"
            hint = "it stutters there; `storyforge retake` renders another"
            yield _found(cut, one, "doubled-frames", said, one.found.doubled[0], hint, "at")


def flashes(cut: Cut) -> Iterator[Diagnostic]:
    """flashing: the picture flashes more often than three times in a second, which can set off seizures.

    A flash is a pair of changes of light, there and back, by a tenth of full light or more, over a quarter of the
    picture; saturated red counts by itself. The measures are those of WCAG 2.2 (success criterion 2.3.1, level A) and
    of ITU-R BT.1702. It is no certificate. `flashes` under `[inspect]` is how many are allowed.

    Render another take, and ask for steadier light.
    """
    for played in cut.whole:
        # A clip is named once, be it for light or for red.
        told: set[str] = set()
        for kind in ("flashes", "flashes red"):
            turns = sorted(
                (frame, way, one.clip)
                for one in played
                for seconds, way in (one.found.red if kind == "flashes red" else one.found.light)
                if (frame := cut.frame(one, seconds)) < one.begins + one.frames
            )
            for frame, clip, count in _bursts(turns, cut.fps, int(cut.limits.flashes)):
                if clip not in told:
                    told.add(clip)
                    one = next(one for one in played if one.clip == clip)
                    said = f"clip `{short(clip)}` {kind} {count} times within a second"
                    hint = f"more than {cut.limits.flashes:g} can set off seizures; `storyforge retake` renders another"
                    yield _found(cut, one, "flashing", said, (frame - one.begins) / cut.fps, hint)


def _bursts(turns: list[tuple[int, int, str]], fps: int, allowed: int) -> Iterator[tuple[int, str, int]]:
    """Where in a second there are more flashes than allowed: its first frame, the clip, and how many."""
    for number, (frame, _, clip) in enumerate(turns):
        # each frame turns once at most
        ways = [way for when, way, _ in turns[number : number + fps] if when < frame + fps]
        count = sum(1 for _ in groupby(ways)) // 2
        if count > allowed:
            yield frame, clip, count


def silent_stretches(cut: Cut) -> Iterator[Diagnostic]:
    """silent-stretch: nothing is heard in the film for a while, where a host's takes are played.

    The sound stays under -60 dB: even an empty room is louder. `silent` under `[inspect]` says from how many seconds on
    it is reported. Animatics are not judged.

    Render another take, write into `sound` what is heard, or lay `music` under the film.
    """
    for begin, end in cut.film.sound.quiet if cut.film else ():
        first, last = round(begin * cut.fps), round(end * cut.fps)
        for one, start, stop in _of_hosts(cut.played, first, last):
            if stop - start >= cut.limits.silent * cut.fps:
                said = f"nothing is heard for {(stop - start) / cut.fps:.1f} s"
                hint = "write into `sound` what is heard there, or lay `music` under the film"
                yield _found(cut, one, "silent-stretch", said, (start - one.begins) / cut.fps, hint)


def _of_hosts(played: Iterable[Played], first: int, last: int) -> list[tuple[Played, int, int]]:
    """The parts of a stretch in which takes of hosts are played, one after another: the first of them, and frames."""
    parts: list[tuple[Played, int, int]] = []
    for one in played:
        start, stop = max(first, one.begins), min(last, one.begins + one.frames)
        if one.drawn or start >= stop:
            continue
        # A silence that lasts over a cut from one take to the next is one silence.
        if parts and parts[-1][2] >= start:
            parts[-1] = (*parts[-1][:2], stop)
        else:
            parts.append((one, start, stop))
    return parts


def unheard_lines(cut: Cut) -> Iterator[Diagnostic]:
    """unheard-lines: a host's take is silent, though somebody was to speak in it.

    Not every model speaks, and some that do forget to.

    Render another take, or order the clip from a host whose model speaks.
    """
    for one in cut.played:
        if one.speaks and not one.drawn and (one.found.sound is None or one.found.sound.is_silent):
            said = f"clip `{short(one.clip)}` has lines, and its take is silent"
            yield Diagnostic("unheard-lines", "warning", said, "`storyforge retake` renders another", one.shots[0][1])


def clipped_sound(cut: Cut) -> Iterator[Diagnostic]:
    """clipped-sound: sound was cut off at full scale, which crackles.

    Three samples or more in a row stand at the largest value there is. `clipped` under `[inspect]` says from which
    share of the sound on it is reported.

    Render another take: what was cut off does not come back by making it quieter. Where it is the film that is clipped
    and not a take, lower `gain` of `music`.
    """
    for one in cut.played:
        sound = one.found.sound
        if sound and sound.clipped > cut.limits.clipped * sound.seconds:
            said = f"the sound of clip `{short(one.clip)}` is clipped"
            yield _found(cut, one, "clipped-sound", said, sound.clips_at, AGAIN.replace("look at", "listen to"))
    if cut.film and cut.film.sound.clipped > cut.limits.clipped * cut.film.sound.seconds:
        said = f"the sound of the film is clipped from {cut.at(round(cut.film.sound.clips_at * cut.fps))} on"
        yield Diagnostic("clipped-sound", "warning", said, "lower `gain` of `music`", ())


def letterboxes(cut: Cut) -> Iterator[Diagnostic]:
    """letterbox: a take has black bars inside its picture, on two sides.

    They are never lit from its first frame to its last: the model painted them, often because a reference has them.
    `bars` under `[inspect]` says from which share of the picture on, on either side, they are reported.

    Take the bars out of the picture, and render another take.
    """
    for one in cut.played:
        # Bars are about as wide on both sides, unlike a dark floor, sky or wall.
        left, top, right, bottom = one.found.bars
        for sides, least, gap in (
            ("above and below", min(top, bottom), top - bottom),
            ("left and right", min(left, right), left - right),
        ):
            if least >= cut.limits.bars and abs(gap) <= 0.03:
                said = f"clip `{short(one.clip)}` has black bars {sides}, {100 * least:.0f} % of its picture each"
                hint = "see whether a reference has them; `storyforge retake` renders another"
                yield Diagnostic("letterbox", "warning", said, hint, one.shots[0][1])


def other_lengths(cut: Cut) -> Iterator[Diagnostic]:
    """other-length: a take is longer or shorter than it was ordered.

    The film keeps the storyboard's time: a longer take is cut off, and of a shorter one the last frame is held, unless
    `fit_time` under `format` says otherwise. `length` under `[inspect]` says from how many seconds on it is reported.

    Render another take, or give the shots the seconds that the model renders.
    """
    for one in cut.played:
        if abs(one.found.shape.seconds - one.seconds) >= cut.limits.length:
            lasts = f"lasts {one.found.shape.seconds:.2f} s, and {one.seconds} s were ordered"
            said = f"the take of clip `{short(one.clip)}` {lasts}"
            hint = "the film keeps its time; `fit_time` under `format` says how"
            yield Diagnostic("other-length", "warning", said, hint, one.shots[0][1])
    if cut.film and cut.film.found.frames != cut.film.frames:
        said = f"the film has {cut.film.found.frames} frames, and {cut.film.frames} are due"
        yield Diagnostic("other-length", "warning", said, REBUILD)


def other_sizes(cut: Cut) -> Iterator[Diagnostic]:
    """other-size: takes are smaller than the film, or of another shape.

    The film makes them larger, which softens them, or fits their shape into its own. A tenth less, and a shape that
    differs by a fiftieth, are not reported.

    Ask for a `resolution` and an `aspect` that the model renders: `storyforge providers` lists them.
    """
    sizes: dict[str, list[Played]] = {}
    for one in cut.played:
        width, height = one.size
        scale = min(one.found.shape.width / width, one.found.shape.height / height)
        shape = float(one.found.shape.aspect) / (width / height)
        if scale < 0.9 or abs(shape - 1) > 0.02:
            told = f"{one.found.shape.width}×{one.found.shape.height} pixels where {width}×{height} were ordered"
            sizes.setdefault(told, []).append(one)
    hint = "`storyforge providers` lists what each host renders"
    for told, of in sizes.items():
        yield Diagnostic("other-size", "warning", f"{_takes(of)} {told}", hint, of[0].shots[0][1])
    if cut.film and (size := (cut.film.found.width, cut.film.found.height)) != cut.film.size:
        said = f"the film has {size[0]}×{size[1]} pixels, and {cut.film.size[0]}×{cut.film.size[1]} are due"
        yield Diagnostic("other-size", "warning", said, REBUILD)


def other_rates(cut: Cut) -> Iterator[Diagnostic]:
    """other-rate: takes have another number of frames a second than the film.

    The film repeats frames or leaves some out, which can be seen where the picture moves evenly.

    Set `fps` under `format` to what the model renders.
    """
    rates: dict[str, list[Played]] = {}
    for one in cut.played:
        rate = float(one.found.shape.fps)
        if abs(rate - cut.fps) > 0.1:
            rates.setdefault(f"{rate:.4g} frames a second, and the film has {cut.fps}", []).append(one)
    for told, of in rates.items():
        hint = "set `fps` under `format` to what the model renders, if it can be"
        yield Diagnostic("other-rate", "warning", f"{_takes(of)} {told}", hint, of[0].shots[0][1])
    if cut.film and cut.film.found.fps != cut.fps:
        said = f"the film has {float(cut.film.found.fps):.4g} frames a second, and {cut.fps} are due"
        yield Diagnostic("other-rate", "warning", said, REBUILD)


def _takes(of: list[Played]) -> str:
    clips = list_names(one.clip for one in of)
    return f"the takes of clips {clips} have" if len(of) > 1 else f"the take of clip {clips} has"


def unlike_first_frames(cut: Cut) -> Iterator[Diagnostic]:
    """unlike-first-frame: a take does not open on the picture that it was given.

    Its first frame and the picture are compared in small. `anchor` under `[inspect]` is how much they may differ: 0 is
    not at all, 1 is black for white.

    Render another take, or give a `first_frame` of the film's shape.
    """
    yield from _openings(cut, "unlike-first-frame", False, cut.limits.anchor)


def seam_jumps(cut: Cut) -> Iterator[Diagnostic]:
    """seam-jump: where a clip goes on from another, the picture or its colours jump.

    The handoff frame and the first frame of the take are compared in small. `seam` under `[inspect]` is how
    much they may differ: 0 is not at all, 1 is black for white.

    Render another take, or cover the seam with a `transition`.
    """
    yield from _openings(cut, "seam-jump", True, cut.limits.seam)


def _openings(cut: Cut, name: str, goes_on: bool, limit: float) -> Iterator[Diagnostic]:
    for one in cut.played:
        asked = one.opening
        if asked is None or asked.goes_on != goes_on:
            continue
        differs = picture_distance(asked.picture, one.found.first)
        if differs >= limit:
            source = f"the frame of `{short(asked.source)}` that it goes on from" if goes_on else f"`{asked.source}`"
            said = f"clip `{short(one.clip)}` opens on a picture that differs from {source} by {100 * differs:.0f} %"
            yield _found(cut, one, name, said, 0.0, AGAIN, "at")


def _found(cut: Cut, one: Played, name: str, said: str, seconds: float, hint: str, how: str = "from") -> Diagnostic:
    frame = cut.frame(one, seconds)
    when = f"at {cut.at(frame)}" if how == "at" else f"from {cut.at(frame)} on"
    return Diagnostic(name, "warning", f"{said} {when}", hint, place(one, frame))


Rule = Callable[[Cut], Iterable[Diagnostic]]

INSPECTIONS: tuple[Rule, ...] = (
    black_stretches,
    frozen_stretches,
    doubled_frames,
    flashes,
    silent_stretches,
    unheard_lines,
    clipped_sound,
    letterboxes,
    other_lengths,
    other_sizes,
    other_rates,
    unlike_first_frames,
    seam_jumps,
)


def inspect_takes(cut: Cut) -> list[Diagnostic]:
    """All findings of all rules."""
    return [found for rule in INSPECTIONS for found in rule(cut)]
