"""What this machine has and what is missing, for people whose film does not render."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from storyforge.model.errors import MediaError, UsageError
from storyforge.model.printable import escape_text
from storyforge.providers import PROVIDERS
from storyforge.system.project import Project
from storyforge.system.settings import Settings
from storyforge.version import __version__

NEEDED_ENCODERS = ("libx264", "aac")
NEEDED_FILTERS = ("xfade", "tpad", "overlay", "aresample", "sidechaincompress")
ROOM = 2_000_000_000
"""Bytes of disk under which a longer film may not fit."""

DISTRIBUTIONS = (
    "av",
    "pillow",
    "pydantic",
    "jinja2",
    "ruamel.yaml",
    "networkx",
    "httpx",
    "ffmpeg-python",
    "imageio-ffmpeg",
)


@dataclass(frozen=True, slots=True)
class Examined:
    """One line of `storyforge doctor`: a thing of this machine, and whether it will do."""

    name: str
    state: Literal["fine", "note", "missing"]
    """`missing` where a film cannot be rendered without it."""
    message: str


def examine_machine(folder: Path) -> list[Examined]:
    """Everything that was looked at, in the order of what matters most. `folder` may be a project's: its settings say
    which ffmpeg, and what they redirect is reported."""
    settings = Project(folder / "film.story.yaml").settings
    return [
        Examined("storyforge", "fine", f"{__version__} on Python {sys.version.split()[0]}"),
        *_trust(settings),
        *_ffmpeg(settings),
        _voice(),
        _fonts(),
        _object_stores(),
        _libraries(),
        _disk(folder),
        *_keys(),
    ]


def _trust(settings: Settings) -> Iterator[Examined]:
    if named := ", ".join(f"{one.name} ({one.place})" for one in settings.trust.redirects):
        allowed = settings.is_trusted
        said = f"{named} {'allowed' if allowed else 'not allowed: storyforge trust'}"
        yield Examined("trust", "fine" if allowed else "note", escape_text(said))


def _ffmpeg(settings: Settings) -> Iterator[Examined]:
    from storyforge.system.ffmpeg import choose_ffmpeg, encoders, filters, find_ffmpeg

    choose_ffmpeg(lambda: settings.text("ffmpeg"))
    try:
        found = find_ffmpeg()
    except (MediaError, UsageError) as fault:
        yield Examined("ffmpeg", "missing", f"{fault}; {fault.hint}")
        return
    told = {
        "bundled": "came with pip",
        "system": "the system's, newer than the bundled one",
        "asked": "asked for by STORYFORGE_FFMPEG, or by `ffmpeg` in your settings",
    }
    yield Examined("ffmpeg", "fine", f"{'.'.join(map(str, found.version))}, {told[found.origin]}: {found.path}")
    lacking = [name for name in NEEDED_ENCODERS if name not in encoders(found)]
    lacking += [name for name in NEEDED_FILTERS if name not in filters(found)]
    if lacking:
        yield Examined("encoders and filters", "missing", f"this ffmpeg has no {', '.join(lacking)}")
    else:
        yield Examined("encoders and filters", "fine", ", ".join((*NEEDED_ENCODERS, *NEEDED_FILTERS)))


def _voice() -> Examined:
    if find_spec("espeakng_loader") is None:
        return Examined("scratch voice", "note", "lines are silent; pip install 'storyforge-film[voice]'")
    return Examined("scratch voice", "fine", f"espeakng-loader {version('espeakng-loader')}")


def _object_stores() -> Examined:
    if find_spec("obstore") is None:
        return Examined("object stores", "note", "takes cannot be shared; pip install 'storyforge-film[share]'")
    return Examined("object stores", "fine", f"obstore {version('obstore')}")


def _fonts() -> Examined:
    fonts = sorted(path.name for path in (Path(__file__).parents[1] / "fonts").glob("*.ttf"))
    return Examined(
        "fonts", "fine" if fonts else "missing", ", ".join(fonts) or "the package's fonts are gone; install it again"
    )


def _libraries() -> Examined:
    found, lacking = [], []
    for name in DISTRIBUTIONS:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            lacking.append(name)
    return (
        Examined("libraries", "missing", f"pip install {' '.join(lacking)}")
        if lacking
        else Examined("libraries", "fine", ", ".join(found))
    )


def _disk(folder: Path) -> Examined:
    free = shutil.disk_usage(folder).free
    return Examined("disk", "fine" if free > ROOM else "note", f"{free / 1e9:.1f} GB free here")


def _keys() -> Iterator[Examined]:
    for kind in PROVIDERS:
        if kind.settings:
            # Whether they are set, and not a letter of them.
            unset = [name for name in kind.settings if not os.environ.get(name)]
            yield Examined(
                kind.name,
                "note" if unset else "fine",
                f"{' and '.join(unset)} not set" if unset else "its keys are set",
            )
