"""Rules about how characters and scenes are distinguished and recognised again."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from itertools import chain, islice
from typing import Any

from storyforge.compiler.checks.context import Context
from storyforge.compiler.checks.wording import short
from storyforge.language.mentions import Face, resolve_speakers
from storyforge.language.yaml_recovery import MANY
from storyforge.model.diagnostics import Diagnostic, Path
from storyforge.model.storyboard import Storyboard


def no_reference(context: Context) -> Iterator[Diagnostic]:
    """no-reference: a character is seen and has no picture.

    Words alone give another face in every clip.

        mira: {description: a woman in her sixties}                              # bad
        mira: {description: a woman in her sixties, reference: refs/mira.png}    # good

    Add a picture under `reference`. A look without one is shown with the character's own.
    """
    bare = dict.fromkeys(face[0] for face in _seen(context) if context.storyboard.character(*face).reference is None)
    for who in bare:
        message = f"`{short(who)}` is seen and has no reference, so its face changes from clip to clip"
        hint = "add a picture under `reference`"
        yield Diagnostic("no-reference", "warning", message, hint, ("cast", who), key=True)


def no_mark(context: Context) -> Iterator[Diagnostic]:
    """no-mark: a character is seen and has no mark.

    Marks are repeated wherever a character is mentioned: they keep it itself from shot to shot.

        mira: {reference: refs/mira.png}                                            # bad
        mira: {reference: refs/mira.png, marks: [a brass whistle on a red cord]}    # good

    Give it one or two details that nobody else has.
    """
    unmarked = [face for face in _seen(context) if not context.storyboard.character(*face).marks]
    for path in dict.fromkeys(_path(context.storyboard, face, "marks")[:-1] for face in unmarked):
        message = f"`{_name(path)}` is seen and has no mark to be recognised by"
        hint = "add one or two details that nobody else has under `marks`"
        yield Diagnostic("no-mark", "warning", message, hint, path, key=True)


def too_many_marks(context: Context) -> Iterator[Diagnostic]:
    """too-many-marks: a character or scene has more than two marks.

    All of them are repeated in every shot; the more there are, the fewer are kept.

        marks: [a grey braid, a brass whistle, a scar, a blue coat]    # bad
        marks: [a grey braid, a brass whistle]                         # good

    Keep the one or two that are least mistakable, and move the rest to `description`.
    """
    for path, one in _described(context.storyboard):
        if one.marks and len(one.marks) > 2:
            message = f"`{_name(path)}` has {len(one.marks)} marks, and a model keeps one or two"
            hint = "keep the least mistakable, and move the rest to `description`"
            yield Diagnostic("too-many-marks", "warning", message, hint, (*path, "marks"))


def shared_marks(context: Context) -> Iterator[Diagnostic]:
    """shared-mark: two characters of one clip have the same mark.

    A mark that two have tells nobody apart: faces get exchanged.

        cast:
          mira: {marks: [a red scarf]}
          otto: {marks: [a red scarf]}           # bad, where both are in one clip
          otto: {marks: [round wire glasses]}    # good

    Give one of them another mark.
    """
    for first, second, clip in _pairs(context, lambda face: context.storyboard.character(*face).marks):
        marks = {_letters(mark) for mark in context.storyboard.character(*first).marks}
        for number, mark in enumerate(context.storyboard.character(*second).marks):
            if _letters(mark) in marks:
                message = f"`{short(first[0])}` and `{short(second[0])}` have the same mark, and both are in clip"
                path = (*_path(context.storyboard, second, "marks"), number)
                yield Diagnostic(
                    "shared-mark", "error", f"{message} `{short(clip)}`", "give one of them another mark", path
                )


def shared_names(context: Context) -> Iterator[Diagnostic]:
    """shared-name: two characters of one clip are spoken of by the same name.

    A line or an action of `the guard` may then go to either.

        ada: {name: the guard}
        ben: {name: the guard}            # bad, where both are in one clip
        ben: {name: the tall guard}       # good

    Name them so that a stranger could tell them apart.
    """

    def name_of(face: Face) -> tuple[str]:
        return (context.storyboard.character(*face).name or "",)

    # In a crowd of one name there are more pairs than anybody reads.
    for first, second, clip in islice(_pairs(context, name_of), MANY + 1):
        path = _path(context.storyboard, second, "name")
        named = second[1] is not None and path[-2] == second[1]
        written = named or context.storyboard.cast[second[0]].name is not None
        (name,) = name_of(second)
        message = f"`{short(first[0])}` and `{short(second[0])}` are both called `{short(name)}`"
        hint = "give one of them a `name` that tells it apart"
        # Where neither the look nor the character writes a `name`, it comes from the id, so that is pointed at.
        path, key = (path, False) if written else (path[:-1], True)
        yield Diagnostic("shared-name", "warning", f"{message} in clip `{short(clip)}`", hint, path, key=key)


def too_many_references(context: Context) -> Iterator[Diagnostic]:
    """too-many-references: one shot needs more pictures than a clip can take.

    Each character or look on screen that has a reference takes one, and so does the scene.

        action: "@a @b @c @d @e @f @g @h @i bow."                        # bad with a scene reference: ten
        action: "@a @b @c @d bow, the others behind them in the dark."   # good

    Mention fewer, or split the shot in two.
    """
    for index, (shot, faces) in enumerate(zip(context.shots, context.faces, strict=True)):
        host, place = context.provider_of(shot) or context.main, context.storyboard.scenes.get(shot.scene)
        pictures = [context.storyboard.character(*face).reference for face in faces] + [place and place.reference]
        count = sum(picture is not None for picture in pictures)
        # With a frame that is preferred, a host that takes only one of the two is sent no references at all.
        framed = (shot.first_frame or shot.continues) and (shot.prefer or context.storyboard.prefer) == "first_frame"
        if count > host.limits.max_references and not (framed and "combined" not in host.modes):
            message = f"shot `{short(shot.id)}` needs {count} references, and a clip takes {host.limits.max_references}"
            hint = "mention fewer characters, or split the shot in two"
            yield Diagnostic("too-many-references", "error", message, hint, ("shots", index, "id"))


def unused_references(context: Context) -> Iterator[Diagnostic]:
    """unused-reference: a character, look or scene with a picture is in no shot.

        cast: {mira: {reference: refs/mira.png}, otto: {reference: refs/otto.png}}
        shots: [{id: a, scene: hall, action: "@mira waits."}]                  # bad: otto is nowhere
        shots: [{id: a, scene: hall, action: "@mira waits for @otto."}]        # good

    Mention it (`@otto`), or take it out. Cast and scenes that come by `use` may stay unused.
    """
    if not context.shots:
        return
    faces = {*_seen(context), *_voices(context)}
    who_is_used = {who for who, _ in faces}
    scenes = {shot.scene for shot in context.shots}
    for path, one in _described(context.storyboard):
        used = path[1] in scenes if path[0] == "scenes" else path[1] in who_is_used
        if len(path) == 4:
            used = (path[1], path[3]) in faces
        if one.reference and not used and context.own(path):
            message = f"`{_name(path)}` has a reference and is in no shot"
            way = "set a shot there" if path[0] == "scenes" else f"mention it as `@{_name(path)}`"
            hint = f"{way}, or take it out"
            yield Diagnostic("unused-reference", "warning", message, hint, path, key=True)


def _seen(context: Context) -> dict[Face, None]:
    """Everybody on screen, in order of first mention."""
    return dict.fromkeys(face for faces in context.faces for face in faces)


def _voices(context: Context) -> Iterator[Face]:
    for shot, faces in zip(context.shots, context.faces, strict=True):
        yield from resolve_speakers(shot.dialogue, faces)


def _pairs(context: Context, said: Callable[[Face], Iterable[str]]) -> Iterator[tuple[Face, Face, str]]:
    """Two different characters that are in one clip and of whom one thing is said, each pair once, and the clip."""
    met: set[tuple[Face, Face]] = set()
    letters = cache(lambda face: frozenset(map(_letters, said(face))))
    for clip, _ in context.clips:
        # By what is said, for of a crowd there are far more pairs than pairs that share something.
        alike: dict[str, list[int]] = {}
        for number, face in enumerate(clip.cast):
            for one in letters(face):
                alike.setdefault(one, []).append(number)
        for number, first in enumerate(clip.cast):
            behind = (others[bisect_right(others, number) :] for one in letters(first) if (others := alike[one]))
            for second in (clip.cast[other] for other in sorted({*chain.from_iterable(behind)})):
                if first[0] != second[0] and (first, second) not in met and (second, first) not in met:
                    met.add((first, second))
                    yield first, second, clip.id


def _described(storyboard: Storyboard) -> Iterator[tuple[Path, Any]]:
    """Every character, look and scene, and where it is written."""
    for who, character in storyboard.cast.items():
        yield ("cast", who), character
        yield from ((("cast", who, "looks", look), worn) for look, worn in character.looks.items())
    yield from ((("scenes", place), scene) for place, scene in storyboard.scenes.items())


def _path(storyboard: Storyboard, face: Face, field: str) -> Path:
    """Where a face's field is written: with the look that gives it, else with the character."""
    who, look = face
    if look is not None and getattr(storyboard.cast[who].looks[look], field) is not None:
        return "cast", who, "looks", look, field
    return "cast", who, field


def _letters(text: str) -> str:
    """A text without what does not tell it apart: case and spaces."""
    return "".join(text.split()).casefold()


def _name(path: Path) -> str:
    """Who or what is described at a path: `mira.storm`."""
    return short(".".join(str(part) for part in path[1::2]))
