"""Rules about the names of shots and scenes."""

from __future__ import annotations

from collections.abc import Iterator

from storyforge.compiler.checks.context import Context
from storyforge.compiler.checks.wording import COMPARED, list_names, same_letters, short, suggest_name
from storyforge.model.diagnostics import Diagnostic


def no_shots(context: Context) -> Iterator[Diagnostic]:
    """no-shots: the list of shots is empty.

        shots: []      # bad: a film of nothing

    Write a shot. A file of cast and scenes for others to `use` leaves `shots` out.
    """
    if context.storyboard.shots == ():
        hint = "write a shot, or leave `shots` out if the file is for others to `use`"
        yield Diagnostic("no-shots", "error", "the film has no shots", hint, ("shots",))


def duplicate_shots(context: Context) -> Iterator[Diagnostic]:
    """duplicate-shot: two shots have the same id.

        - {id: door, scene: hall, action: The door opens.}
        - {id: door, scene: hall, action: The door closes.}      # bad
        - {id: door-2, scene: hall, action: The door closes.}    # good

    Give each shot an id of its own.
    """
    for index, shot in enumerate(context.shots):
        if (first := context.places[shot.id]) != index:
            message = f"shot {index + 1} has the id `{short(shot.id)}`, and so has shot {first + 1}"
            yield Diagnostic("duplicate-shot", "error", message, "give it an id of its own", ("shots", index, "id"))


def unknown_scenes(context: Context) -> Iterator[Diagnostic]:
    """unknown-scene: a shot plays in a scene that is nowhere described.

        scenes: {lamp-room: {}}
        shots:
          - {id: lamp-1, scene: lamproom, action: Rain.}     # bad
          - {id: lamp-1, scene: lamp-room, action: Rain.}    # good

    Write the id as it is under `scenes`, or add the scene there.
    """
    scenes = context.storyboard.scenes
    for index, shot in enumerate(context.shots):
        if shot.scene not in scenes:
            near = suggest_name(shot.scene, scenes)
            known = f"known: {list_names(scenes)}" if scenes else "add it under `scenes`"
            yield Diagnostic(
                "unknown-scene",
                "error",
                f"no scene is called `{short(shot.scene)}`",
                f"did you mean `{near}`?" if near else known,
                ("shots", index, "scene"),
                instead=same_letters(shot.scene, near, scenes),
            )


def unknown_shots(context: Context) -> Iterator[Diagnostic]:
    """unknown-shot: a shot continues one that is not there.

        - {id: lamp-1, scene: hall, action: Rain.}
        - {id: lamp-2, scene: hall, action: More rain., continues: lamp1}     # bad
        - {id: lamp-2, scene: hall, action: More rain., continues: lamp-1}    # good

    Write the id of the shot whose last frame this one opens on.
    """
    for index, shot in enumerate(context.shots):
        if shot.continues is not None and shot.continues not in context.places:
            # Of so many names as are compared, those around the shot: what it continues is seldom far away.
            start = max(index - COMPARED // 2, 0)
            near = suggest_name(shot.continues, context.ids[start : start + COMPARED])
            yield Diagnostic(
                "unknown-shot",
                "error",
                f"no shot is called `{short(shot.continues)}`",
                f"did you mean `{near}`?" if near else "write the id of the shot whose last frame this one opens on",
                ("shots", index, "continues"),
                instead=same_letters(shot.continues, near, context.places),
            )


def two_first_frames(context: Context) -> Iterator[Diagnostic]:
    """two-first-frames: a shot has to open on a picture and on the last frame of another shot.

        - {id: door, scene: hall, action: Rain., first_frame: refs/door.png, continues: lamp-1}    # bad
        - {id: door, scene: hall, action: Rain., continues: lamp-1}                                # good

    Keep one of the two.
    """
    for index, shot in enumerate(context.shots):
        if shot.first_frame is not None and shot.continues is not None:
            message = f"shot `{short(shot.id)}` opens on a picture and on the last frame of `{short(shot.continues)}`"
            hint = "keep `first_frame` or `continues`"
            yield Diagnostic("two-first-frames", "error", message, hint, ("shots", index, "continues"), key=True)


def cycles(context: Context) -> Iterator[Diagnostic]:
    """continues-in-a-circle: a shot waits, over one or several others, for its own last frame.

    Shots that share a clip are rendered together, so a shot cannot continue a later one of its own clip either.

        - {id: a, scene: hall, action: Rain., continues: b}    # bad, with the next line
        - {id: b, scene: hall, action: Wind., continues: a}
        - {id: b, scene: hall, action: Wind.}                  # good

    Take one `continues` of the cycle away, or begin a clip with `clip: new` between the two shots.
    """
    # Backwards, so that of a shot in several clips the first is kept.
    opener = {shot.id: clip.shots[0].id for clip, _ in reversed(context.clips) for shot in clip.shots}
    ahead: dict[str, tuple[str, str, str]] = {}
    for index, shot in enumerate(context.shots):
        last = shot.continues
        # Of shots with the same id the first alone is compiled, and a picture wins over what a shot continues.
        first = context.places[shot.id] == index
        if first and last is not None and last in context.places and shot.first_frame is None:
            ahead[opener.get(shot.id, shot.id)] = shot.id, opener.get(last, last), last
    done: set[str] = set()
    for start in ahead:
        trail: dict[str, None] = {}
        at = start
        while at in ahead and at not in done:
            done.add(at)
            trail[at] = None
            at = ahead[at][1]
        if at in trail:
            on_cycle = list(trail)[list(trail).index(at) :]
            yield _cycle(context, [ahead[shot] for shot in on_cycle])


def _cycle(context: Context, links: list[tuple[str, str, str]]) -> Diagnostic:
    links = sorted(links, key=lambda link: context.places[link[0]])
    shot, _, continued = links[0]
    if len(links) == 1 and shot == continued:
        message = f"shot `{short(shot)}` continues itself"
        hint = "write the id of another shot, or take `continues` away"
    elif len(links) == 1:
        message = f"shot `{short(shot)}` continues `{short(continued)}`, which is in the same clip"
        hint = f"begin a clip at `{short(continued)}` with `clip: new`, or take `continues` away"
    else:
        message = f"shots {list_names(link[0] for link in links)} continue each other in a cycle"
        hint = "take one `continues` away"
    return Diagnostic("continues-in-a-circle", "error", message, hint, ("shots", context.places[shot], "continues"))
