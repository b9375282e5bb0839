"""Rules about what the chosen providers take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from storyforge.compiler.checks.context import Context
from storyforge.compiler.checks.wording import hosts_with, list_names, same_letters, short, suggest_name
from storyforge.model.clip import Clip
from storyforge.model.diagnostics import Diagnostic, Path
from storyforge.model.storyboard import Shot
from storyforge.providers import PROVIDERS
from storyforge.providers.extra import find_clashes

PARTS = 4
"""Parts of a long prompt that a hint names."""

OURS = ("opening", "heard")
"""Parts of a prompt in which no word is the author's."""


def unknown_providers(context: Context) -> Iterator[Diagnostic]:
    """unknown-provider: no provider is called so.

        provider: runaway    # bad
        provider: runware    # good

    `storyforge providers` lists them. The keys of `extra` are providers too.
    """
    board = context.storyboard
    names = [host.name for host in PROVIDERS]
    written: list[tuple[Path, str, bool]] = [(("provider",), board.provider, False)]
    written += [(("extra", name), name, True) for name in board.extra]
    for index, shot in enumerate(context.shots):
        if shot.provider is not None:
            written.append((("shots", index, "provider"), shot.provider, False))
        written += [(("shots", index, "extra", name), name, True) for name in shot.extra]
    for path, name, key in written:
        if name not in names:
            near = suggest_name(name, names)
            yield Diagnostic(
                "unknown-provider",
                "error",
                f"no provider is called `{short(name)}`",
                f"did you mean `{near}`?" if near else f"known: {list_names(names)}",
                path,
                key=key,
                instead=same_letters(name, near, names),
            )


def unsupported_format(context: Context) -> Iterator[Diagnostic]:
    """unsupported-aspect, unsupported-resolution: a provider does not render this shape or size.

        provider: runware
        format: {aspect: "4:5"}     # bad: only some hosts have it
        format: {aspect: "3:4"}     # good

    Choose another, or a provider that has it.
    """
    wanted = context.storyboard.format
    for host in context.hosts:
        if wanted.aspect not in host.limits.aspects:
            takers = hosts_with(lambda one: wanted.aspect in one.limits.aspects)
            message = f"`{host.name}` does not render {wanted.aspect}"
            hint = f"choose {list_names(host.limits.aspects, 'or')}, or render with {list_names(takers, 'or')}"
            yield Diagnostic("unsupported-aspect", "error", message, hint, ("format", "aspect"))
        if wanted.resolution not in host.limits.resolutions:
            takers = hosts_with(lambda one: wanted.resolution in one.limits.resolutions)
            message = f"`{host.name}` does not render {wanted.resolution}"
            hint = f"choose {list_names(host.limits.resolutions, 'or')}, or render with {list_names(takers, 'or')}"
            yield Diagnostic("unsupported-resolution", "error", message, hint, ("format", "resolution"))


def needs_preference(context: Context) -> Iterator[Diagnostic]:
    """needs-preference: a clip needs a first frame and references, and its provider takes only one of them.

        provider: wavespeed
        shots:
          - {id: a, scene: hall, action: "@mira waits.", first_frame: refs/door.png}                  # bad
          - {id: a, scene: hall, action: "@mira waits.", first_frame: refs/door.png, prefer: cast}    # good

    `prefer: cast` keeps the references and gives up the first frame (a cut instead of a seamless join where the shot
    continues another); `prefer: first_frame` keeps the frame, and faces may drift. Both are kept by a provider that
    takes them together.
    """
    told: set[str] = set()
    for clip, _ in context.clips:
        shot, why = clip.shots[0], _opens(clip)
        decided = clip.first_frame or not clip.references or shot.prefer or context.storyboard.prefer
        if why is None or decided or shot.id in told:
            continue
        # A shot that is longer than a clip is many clips, and needs one decision.
        told.add(shot.id)
        host, takers = context.find_host(clip), hosts_with(lambda one: "combined" in one.modes)
        message = f"shot `{short(shot.id)}` {why[1]}; `{host.name}` takes only one"
        hint = f"write `prefer: cast` or `prefer: first_frame`, or render with {list_names(takers, 'or')}"
        yield Diagnostic("needs-preference", "error", message, hint, context.find_path(clip, why[0]))


def _opens(clip: Clip) -> tuple[str, str] | None:
    """The field that makes a clip open on a frame, and why in words."""
    shot = clip.shots[0]
    if clip.beats[0].part > 1:
        return (
            "seconds" if shot.seconds is not None else "id",
            "is split, so it opens on frames and has references",
        )
    if shot.first_frame:
        return "first_frame", "opens on a picture and has references"
    return ("continues", "opens on the last frame of another and has references") if shot.continues else None


def seeds_not_taken(context: Context) -> Iterator[Diagnostic]:
    """seed-not-taken: a shot has a seed, and its provider takes none.

        - {id: a, provider: hiapi, seed: 7, …}      # the seed changes nothing
        - {id: a, provider: runware, seed: 7, …}    # good

    Take the seed away, or render with a provider that takes one.
    """
    for index, shot in enumerate(context.shots):
        host = context.provider_of(shot)
        if shot.seed is not None and host and not host.limits.takes_seed:
            takers = hosts_with(lambda one: one.limits.takes_seed)
            message = f"`{host.name}` takes no seed, so this one changes nothing"
            hint = f"take it away, or render with {list_names(takers, 'or')}"
            yield Diagnostic("seed-not-taken", "warning", message, hint, ("shots", index, "seed"))


def extra_elsewhere(context: Context) -> Iterator[Diagnostic]:
    """extra-for-another-provider: fields are passed to a provider that renders nothing they stand for.

        provider: wavespeed
        extra: {runware: {ttl: 86400}}    # does nothing while wavespeed renders

    Fine where you change between providers; otherwise move the fields or take them away.
    """
    board = context.storyboard
    # Where the storyboard leaves open who renders it, every host's fields have their turn.
    if "provider" not in board.model_fields_set and not any(shot.provider for shot in context.shots):
        return
    names = [host.name for host in PROVIDERS]
    here = {board.provider, context.main.name, *(shot.provider or "" for shot in context.shots)}
    places: list[tuple[Path, str, set[str]]] = [(("extra", name), name, here) for name in board.extra]
    for index, shot in enumerate(context.shots):
        places += [(("shots", index, "extra", name), name, _renderers(context, shot)) for name in shot.extra]
    for path, name, hosts in places:
        if name in names and name not in hosts:
            message, hint = f"`{name}` renders nothing here, so these fields go nowhere", "move them, or take them away"
            yield Diagnostic("extra-for-another-provider", "hint", message, hint, path, key=True)


def extra_clashes(context: Context) -> Iterator[Diagnostic]:
    """extra-clash: a field in `extra` is one that StoryForge sets itself.

        extra: {runware: {duration: 15}}           # bad: 3 s would be planned, and 15 s paid
        extra: {runware: {safety: {mode: full}}}   # good: only this host knows the field

    Write what you mean where the language has it: `seconds`, `seed`, `format`. A field that is not set here may change
    the price, so the price is unknown then, unless the host's own page says that it costs nothing.
    """
    kinds = {host.name: host for host in PROVIDERS}
    places: list[tuple[Path, str, Mapping[str, Any]]] = [
        (("extra", name), name, fields) for name, fields in context.storyboard.extra.items()
    ]
    for index, shot in enumerate(context.shots):
        places += [(("shots", index, "extra", name), name, fields) for name, fields in shot.extra.items()]
    for path, name, fields in places:
        if name not in kinds:
            continue
        for clash in find_clashes(kinds[name](), fields):
            yield Diagnostic(
                "extra-clash",
                "error",
                f"`{short('.'.join(clash))}` of an order is set by storyforge, so `extra` may not name it",
                "take it away; the language has `seconds`, `seed`, `take` and `format` for what they set",
                (*path, *clash),
                key=True,
            )


def _renderers(context: Context, shot: Shot) -> set[str]:
    """Where a shot is rendered: by what the storyboard says, and by what was asked for now."""
    host = context.provider_of(shot)
    return {shot.provider or context.storyboard.provider, host.name if host else ""}


def long_prompts(context: Context) -> Iterator[Diagnostic]:
    """prompt-too-long: what a single shot says is more than its provider reads.

    Shots share a clip only while their prompt fits; this one is too long alone. Names, marks, descriptions, style and
    preservation clauses count as well as the action.

        action: A page of prose.                  # bad
        action: One camera view in a sentence.    # good

    Shorten the longest parts, which the finding names, or split the shot.
    """
    for clip, prompt in context.clips:
        limit = context.find_host(clip).limits.max_characters
        # What a take is paid for was short enough when it was sent.
        if prompt.characters > limit and not clip.kept:
            written = [part for part in prompt.parts if part[0] not in OURS]
            parts = sorted(written, key=lambda part: -part[1])[:PARTS]
            longest = ", ".join(f"`{short(name)}` ({length})" for name, length in parts)
            message = f"the prompt of clip `{short(clip.id)}` has {prompt.characters} characters, and {limit} are read"
            hint = f"shorten what is longest: {longest}"
            yield Diagnostic("prompt-too-long", "error", message, hint, context.find_path(clip, "action"))
