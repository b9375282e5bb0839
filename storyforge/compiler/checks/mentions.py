"""Rules about who is spoken of, and where that can be."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import lru_cache

from storyforge.compiler.checks.context import Context
from storyforge.compiler.checks.wording import LONGEST, list_names, same_letters, short, suggest_name
from storyforge.language.mentions import (
    Face,
    Mention,
    Texts,
    find_mentioning_texts,
    given_texts,
    listed_texts,
    read_who,
    read_words,
    sound_texts,
)
from storyforge.model.clip import Clip
from storyforge.model.diagnostics import Diagnostic, Path
from storyforge.model.storyboard import Character, Look


def unknown_people(context: Context) -> Iterator[Diagnostic]:
    """unknown-character, unknown-look, mention-of-a-scene: a name that nobody of the cast has.

    A mention (`@mira`), a speaker or an entry of `cast` has to be an id under `cast`, with a look of that character
    where one is written. A scene is not mentioned: the shot's `scene` says where it plays.

        cast: {mira: {looks: {storm: {}}}}
        shots:
          - action: "@mria opens the door."          # bad: nobody is called so
          - action: "@mira.strom opens the door."    # bad: mira has no such look
          - action: "@mira.storm opens the door."    # good

    Write the name as it is under `cast`, or add it there. In languages that add endings to a name, braces say where it
    ends: `@{mira}n`. `@@` writes an at sign that is no mention.
    """
    for path, text in find_mentioning_texts(context.storyboard):
        for mention in _mentions(context, text):
            if not mention.known:
                yield _unknown(context, mention.face, "@", path, (mention.start, mention.end))
    for index, shot in enumerate(context.shots):
        for number, who in enumerate(shot.cast):
            if not _knows(context, face := read_who(who)):
                yield _unknown(context, face, "", ("shots", index, "cast", number))
        for number, line in enumerate(shot.dialogue):
            who, look = read_who(f"{line.who}.{line.look or ''}")
            if who not in context.names:
                yield _unknown(context, (who, None), "", ("shots", index, "dialogue", number, "who"))
            elif not _knows(context, (who, look)):
                yield _unknown(context, (who, look), "", ("shots", index, "dialogue", number, "look"))


def mentions_outside(context: Context) -> Iterator[Diagnostic]:
    """mention-outside-clip: `sound`, `music` or `preserve` speaks of one whom the clip does not show.

    These fields bring nobody into a clip, so there is no picture to bind such a mention to. What the film, a scene or a
    character preserves is said in every clip of theirs, so whom they mention has to be in all of these.

        - action: The door bangs.
          sound: "@otto coughs"         # bad: nothing shows otto
        - action: The door bangs.
          sound: a cough behind it      # good
        - action: The door bangs.
          cast: [otto]                  # good: he is there
          sound: "@otto coughs"

    List the character under the shot's `cast`, move the clause to the character, or say it without a mention.
    """
    missing: dict[tuple[Path, Mention], list[str]] = {}
    for clip, _ in context.clips:
        # With each by name alone, for a mention without a look is of any look.
        shown = {*clip.cast, *((who, None) for who, _ in clip.cast)}
        for path, text in _heard(context, clip):
            for mention in _mentions(context, text):
                if mention.known and mention.face not in shown:
                    # What a scene or the film preserves is said in many clips, and is one mistake.
                    missing.setdefault((path, mention), []).append(clip.id)
    for (path, mention), clips in missing.items():
        name = _written(mention.face)
        yield Diagnostic(
            "mention-outside-clip",
            "error",
            f"`@{name}` is not in {'clip' if len(clips) == 1 else 'clips'} {list_names(clips)}",
            f"list `{name}` under `cast` of the shot, or say it without `@`"
            if path[0] == "shots"
            else f"move it to `preserve` of `{short(mention.who)}` or of the shots that show it, or say it without `@`",
            path,
            (mention.start, mention.end),
        )


def mentions_as_text(context: Context) -> Iterator[Diagnostic]:
    """mention-as-text: a mention is written where none is read.

    Names, descriptions, marks, voices, the style and spoken lines go into a prompt as they are, at sign and all.

        mira: {description: the aunt of @otto}      # bad: the prompt says “@otto”
        mira: {description: the operator's aunt}    # good

    Say it in plain words. `@@` writes an at sign on purpose only where mentions are read.
    """
    for path, text in _unread(context):
        for mention in _mentions(context, text):
            if mention.known:
                yield Diagnostic(
                    "mention-as-text",
                    "warning",
                    f"`@{_written(mention.face)}` is sent as it is written: no mentions are read here",
                    "say it in plain words",
                    path,
                    (mention.start, mention.end),
                )


def _mentions(context: Context, text: str) -> Iterator[Mention]:
    return (word for word in read_words(text, context.names) if isinstance(word, Mention))


def _knows(context: Context, face: Face) -> bool:
    who, look = face
    return who in context.names and (look is None or look in context.names[who])


def _written(face: Face) -> str:
    who, look = face
    return short(f"{who}.{look}" if look else who)


def _unknown(context: Context, face: Face, sign: str, path: Path, span: tuple[int, int] | None = None) -> Diagnostic:
    """The finding about a name that is not known; `sign` is what it is written with."""
    who, look = face
    if who in context.names:
        return _unknown_look(context, who, look or "", sign, path, span)
    name = f"{sign}{_written(face)}"
    if who in context.storyboard.scenes:
        message = f"`{name}` is a scene, not one of the cast"
        hint = "say it in plain words; the shot's `scene` says where it plays"
        return Diagnostic("mention-of-a-scene", "error", message, hint, path, span)
    near = suggest_name(who, context.names)
    others = "; `@@` writes an at sign" if sign else ""
    if sign and who.startswith("{"):
        hint = f"close the brace: `@{short(who)}}}`{others}"
    elif sign and not look and (known := _begun(who, context.names)):
        hint = f"did you mean `@{known}`? write `@{{{known}}}{short(who[len(known) :])}` for a name with an ending"
    elif near:
        better = f"{near}.{look}" if look in context.names[near] else near
        hint = f"did you mean `{sign}{better}`?"
    elif context.names:
        hint = f"known: {list_names(context.names)}{others}"
    else:
        hint = f"add it under `cast`{others}"
    alike = same_letters(who, near, context.names)
    certain = alike is not None and (look is None or look in context.names[alike])
    instead = sign + ".".join(filter(None, (alike, look))) if certain else None
    message = f"`{name}` is nobody of the cast"
    return Diagnostic("unknown-character", "error", message, hint, path, span, instead=instead)


def _unknown_look(
    context: Context, who: str, look: str, sign: str, path: Path, span: tuple[int, int] | None
) -> Diagnostic:
    looks = context.names[who]
    ordered = _ordered(looks)
    near = suggest_name(look, ordered)
    alike = same_letters(look, near, looks)
    if sign and (known := _begun(look, looks)):
        ending = short(look[len(known) :])
        hint = f"did you mean `@{who}.{known}`? write `@{{{who}.{known}}}{ending}` for a name with an ending"
    elif near:
        hint = f"did you mean `{sign}{who}.{near}`?"
    elif sign:
        hint = f"add it under `cast.{who}.looks`, or put a space behind the full stop if a sentence ends there"
    else:
        hint = f"its looks: {list_names(ordered)}" if looks else f"add it under `cast.{who}.looks`"
    # Of a speaker the look alone is pointed at, of a mention and an entry of `cast` the whole name.
    whole = sign or path[-1] != "look"
    instead = (f"{sign}{who}.{alike}" if whole else alike) if alike else None
    message = f"`{who}` has no look `{short(look)}`"
    return Diagnostic("unknown-look", "error", message, hint, path, span, instead=instead)


def _begun(written: str, known: Collection[str]) -> str | None:
    """The longest known name that a word begins with, if the rest is letters: a name with an ending, and not one whose
    last letter was typed twice."""
    for end in range(len(written) - 1, 0, -1) if len(written) <= LONGEST else ():
        if not written[end].isalpha():
            return None
        if written[:end] in known:
            return written[:end] if written[end:] != written[end - 1] else None
    return None


@lru_cache(maxsize=64)
def _ordered(looks: frozenset[str]) -> list[str]:
    return sorted(looks)


def _heard(context: Context, clip: Clip) -> Texts:
    """The texts of a clip whose mentions bring nobody into it."""
    board = context.storyboard
    yield from listed_texts(("preserve",), board.preserve)
    for who, look in clip.cast:
        worn = look is not None and board.cast[who].looks[look].preserve is not None
        path: Path = ("cast", who, "looks", str(look), "preserve") if worn else ("cast", who, "preserve")
        yield from listed_texts(path, board.character(who, look).preserve)
    if place := board.scenes.get(clip.scene):
        yield from given_texts(("scenes", clip.scene), {"sound": place.sound})
        yield from listed_texts(("scenes", clip.scene, "preserve"), place.preserve)
    for shot in clip.shots:
        yield from sound_texts(context.places[shot.id], shot)


def _unread(context: Context) -> Texts:
    """The texts in which no mentions are read."""
    board = context.storyboard
    yield from given_texts((), {"title": board.title, "style": board.style})
    for who, character in board.cast.items():
        yield from _portrait(("cast", who), character)
        for look, worn in character.looks.items():
            yield from _portrait(("cast", who, "looks", look), worn)
    for place, scene in board.scenes.items():
        yield from given_texts(("scenes", place), {"name": scene.name, "description": scene.description})
        yield from listed_texts(("scenes", place, "marks"), scene.marks)
    for index, shot in enumerate(context.shots):
        for number, line in enumerate(shot.dialogue):
            yield from given_texts(("shots", index, "dialogue", number), {"text": line.text})


def _portrait(path: Path, one: Character | Look) -> Texts:
    yield from given_texts(path, {"name": one.name, "description": one.description, "voice": one.voice})
    yield from listed_texts((*path, "marks"), one.marks or ())
