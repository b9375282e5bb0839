"""Rules about the pictures that a storyboard names, and its music."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address

from storyforge.compiler.checks.context import Context
from storyforge.compiler.checks.wording import hosts_with, list_names, short
from storyforge.compiler.pictures import OWN_ID, SCHEME, PictureFile, is_local
from storyforge.language.mentions import Face
from storyforge.model.capabilities import MEGABYTE
from storyforge.model.diagnostics import Diagnostic, Path
from storyforge.model.storyboard import Storyboard
from storyforge.providers.base import Provider
from storyforge.system.inputs import UnreadableFile, open_file
from storyforge.system.media import MAX_PIXELS

# What comes before an `@` is a user's name: `http://localhost@elsewhere` is not on this machine.
PLAIN_HTTP = re.compile(r"^http://(?:[^/?#]*@)?(\[[^\]]*\]|[^/:?#]*)", re.IGNORECASE)


@dataclass(frozen=True)
class Named:
    """A picture by the name that the author gives it."""

    path: Path
    source: str
    frame: bool
    """A first frame; otherwise a reference."""
    hosts: tuple[Provider, ...]
    """Who renders what is made with it."""


def unusable_pictures(context: Context) -> Iterator[Diagnostic]:
    """missing-picture, picture-outside-project, not-a-picture: there is no picture to read.

    A picture is a JPEG, PNG or WEBP file inside the project, by its path from the storyboard's file; or an `https://`
    address; or a provider's own id (`asset:…`, `uuid:…`). Symbolic links that lead out of the project are not followed.

        reference: refs/mria.png            # bad: no such file
        reference: ../../pictures/mira.png  # bad: outside the project
        reference: refs/mira.gif            # bad: neither JPEG, PNG nor WEBP
        reference: refs/mira.png            # good

    Correct the name, copy the picture into the project, or save it as one of the three. What Git LFS keeps has to be
    fetched.
    """
    for named, file in _files(context):
        source = short(named.source)
        match file.problem:
            case "missing":
                name, message = "missing-picture", f"there is no file `{source}`"
                hint = "correct the name, or put the picture there"
            case "outside":
                name, message = "picture-outside-project", f"`{source}` lies outside the project"
                hint = "copy the picture into the storyboard's folder"
            case "not-a-url":
                scheme = (SCHEME.match(named.source) or [""])[0]
                name, message = "not-a-picture", f"no picture is fetched from a `{short(scheme)}` address"
                hint = "name a file of the project, or an `https://` address"
            case "unreadable":
                name, message, hint = "missing-picture", f"`{source}` cannot be read", "see to its permissions"
            case "not-a-file":
                name, message, hint = "not-a-picture", f"`{source}` is not a file", "name the picture itself"
            case "not-fetched":
                name, message = "missing-picture", f"`{source}` is kept in Git LFS and was not fetched"
                hint = "`git lfs pull` fetches it"
            case "not-a-picture":
                name, message = "not-a-picture", f"`{source}` is neither JPEG, PNG nor WEBP"
                hint = "save it as one of the three"
            case _:
                continue
        yield Diagnostic(name, "error", message, hint, named.path)


def unfit_pictures(context: Context) -> Iterator[Diagnostic]:
    """small-picture, large-picture, long-picture: a host refuses a picture of these measures.

    The short side of a reference has 400 pixels or more, that of a first frame 300, and no picture more than 36 million
    in all. Hosts differ in how large a file may be, and in how narrow a first frame.

        reference: refs/stamp.png    # bad: 120×160 pixels
        reference: refs/mira.png     # good: 1024×1024 pixels

    Save the picture larger, smaller or less narrow, as the finding says.
    """
    for named, file in _files(context):
        if file.problem == "too-large":
            message = f"`{short(named.source)}` has {_megabytes(file.bytes)}, and no picture over 100 MB is read"
            yield Diagnostic("large-picture", "error", message, "save it smaller", named.path)
        elif file.problem == "too-many-pixels":
            shape, most = f"{file.width}×{file.height} pixels", MAX_PIXELS // 1_000_000
            message = f"`{short(named.source)}` is {shape}, and no picture over {most} million is read"
            yield Diagnostic("large-picture", "error", message, "save it smaller", named.path)
        elif file.problem is None:
            for host in named.hosts:
                yield from _measures(named, file, host)


def _measures(named: Named, file: PictureFile, host: Provider) -> Iterator[Diagnostic]:
    limits, source = host.limits, short(named.source)
    brief, long = sorted((file.width, file.height))
    least, kind = (limits.frame_side, "first frame") if named.frame else (limits.reference_side, "reference")
    if brief < least:
        message = f"`{source}` is {file.width}×{file.height} pixels, and the short side of a {kind} has {least} or more"
        yield Diagnostic("small-picture", "error", message, "save it larger", named.path)
    if limits.picture_bytes is not None and file.bytes > limits.picture_bytes:
        takers = hosts_with(lambda one: one.limits.picture_bytes is None or one.limits.picture_bytes >= file.bytes)
        message = f"`{source}` has {_megabytes(file.bytes)}, and `{host.name}` takes {_megabytes(limits.picture_bytes)}"
        hint = f"save it smaller, or render with {list_names(takers, 'or')}"
        yield Diagnostic("large-picture", "error", message, hint, named.path)
    if named.frame and limits.frame_ratio is not None and long > limits.frame_ratio * brief:
        takers = hosts_with(lambda one: one.limits.frame_ratio is None or long <= one.limits.frame_ratio * brief)
        shape = f"`{source}` is {file.width}×{file.height} pixels"
        message = f"{shape}, and `{host.name}` takes first frames up to {limits.frame_ratio:g}:1"
        yield Diagnostic(
            "long-picture", "error", message, f"crop it, or render with {list_names(takers, 'or')}", named.path
        )


def foreign_ids(context: Context) -> Iterator[Diagnostic]:
    """foreign-picture-id: a picture is known by an id that its host does not give.

    `asset:` is an id of Scenario, `uuid:` one of Runware; no other host can look them up.

        provider: runware
        cast: {mira: {reference: "asset:asset_Zk3"}}                               # bad
        cast: {mira: {reference: "uuid:5b0cb2ba-2f10-4e6b-9e33-0a6c8d6f1d11"}}     # good

    Name a file or an `https://` address, which every host takes.
    """
    for named in _named(context):
        found = OWN_ID.match(named.source)
        for host in named.hosts if found else ():
            prefix = found[1] if found else ""
            # Who draws the shots itself shows a card for a picture it cannot fetch.
            if host.limits.own_ids != prefix and not host.draws_panels:
                takers = hosts_with(lambda one, prefix=prefix: one.limits.own_ids == prefix)  # type: ignore[misc]  # bound early
                message = f"`{prefix}:` is an id of {list_names(takers)}, and the clip is rendered by `{host.name}`"
                hint = f"name a file or an `https://` address, or render with {list_names(takers, 'or')}"
                yield Diagnostic("foreign-picture-id", "error", message, hint, named.path)


def plain_http(context: Context) -> Iterator[Diagnostic]:
    """plain-http-picture: a picture is at an address without encryption.

        reference: http://pictures.example/mira.png     # bad
        reference: https://pictures.example/mira.png    # good

    Write `https://` if the server has it, or keep the picture in the project. Only a server on this machine may do
    without.
    """
    for named in _named(context):
        found = PLAIN_HTTP.match(named.source)
        if found and not _is_loopback(found[1]):
            message = "pictures are not fetched by plain `http://`"
            hint = "write `https://`, or keep the picture in the project"
            yield Diagnostic("plain-http-picture", "error", message, hint, named.path)


def missing_music(context: Context) -> Iterator[Diagnostic]:
    """missing-music: the film's music is no file of the project.

        music: {file: audio/teme.ogg}     # bad: no such file
        music: {file: audio/theme.ogg}    # good

    Correct the name, or copy the music into the storyboard's folder.
    """
    music = context.storyboard.music
    if music is None:
        return
    path = context.pictures.folder / music.file
    try:
        open_file(path, context.pictures.root).close()
    except UnreadableFile as fault:
        file, inside = short(music.file), fault.obstacle != "outside"
        there = fault.obstacle in ("unreadable", "special", "folder")
        what = f"there is no file `{file}`" if inside else f"`{file}` lies outside the project"
        what = f"`{file}` is no file that can be read" if there else what
        hint = "correct the name, or put the music there" if inside else "copy the music into the storyboard's folder"
        yield Diagnostic("missing-music", "error", what, hint, ("music", "file"))


def _named(context: Context) -> list[Named]:
    """The pictures to look at: all of the storyboard's own file, and of used files those that a shot needs."""
    board = context.storyboard
    hosts: dict[Path, dict[str, Provider]] = {}
    for index, (shot, faces) in enumerate(zip(context.shots, context.faces, strict=True)):
        host = context.provider_of(shot)
        needed: list[Path] = [_reference_path(board, face) for face in faces]
        needed += [("scenes", shot.scene, "reference"), ("shots", index, "first_frame")]
        for path in needed:
            hosts.setdefault(path, {}).update({host.name: host} if host else {})
    return [
        Named(path, source, path[-1] == "first_frame", tuple((hosts.get(path) or {"": context.main}).values()))
        for path, source in _written(context)
        if path in hosts or context.own(path)
    ]


def _written(context: Context) -> Iterator[tuple[Path, str]]:
    """Every picture that is named, and where."""
    for who, character in context.storyboard.cast.items():
        yield from _one(("cast", who, "reference"), character.reference)
        for look, worn in character.looks.items():
            yield from _one(("cast", who, "looks", look, "reference"), worn.reference)
    for place, scene in context.storyboard.scenes.items():
        yield from _one(("scenes", place, "reference"), scene.reference)
    for index, shot in enumerate(context.shots):
        yield from _one(("shots", index, "first_frame"), shot.first_frame)


def _one(path: Path, source: str | None) -> Iterator[tuple[Path, str]]:
    if source is not None:
        yield path, source


def _reference_path(storyboard: Storyboard, face: Face) -> Path:
    who, look = face
    worn = look is not None and storyboard.cast[who].looks[look].reference is not None
    return ("cast", who, "looks", str(look), "reference") if worn else ("cast", who, "reference")


def _files(context: Context) -> Iterator[tuple[Named, PictureFile]]:
    return ((named, context.pictures.look(named.source)) for named in _named(context) if is_local(named.source))


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        # No other name is looked up: a check asks no network.
        return host.casefold() == "localhost"


def _megabytes(count: int) -> str:
    """A number of bytes in MB, rounded up, so that a file a little over a limit does not show the limit's number."""
    return f"{-(-count * 10 // MEGABYTE) / 10:g} MB"
