"""The film in small, drawn again while its author writes: only shots that changed, joined by their bytes."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from storyforge.animatic.sketch import FPS, RATE, draw_sketch, sketch_key, sketch_size
from storyforge.compiler.compile import Compiled, compile_throughout
from storyforge.compiler.pictures import is_local
from storyforge.film.fragments import Fragments, join_fragments
from storyforge.model.clip import LastFrame
from storyforge.planning.outputs import place_film
from storyforge.system.files import is_stream, make_scratch, stage_file, write_stream
from storyforge.system.project import project_root
from storyforge.system.store import Store
from storyforge.system.whole import is_unchanged, note_made

ENDINGS = (".yaml", ".yml", ".toml", ".env", ".jinja", ".lock", ".jpg", ".jpeg", ".png", ".webp")
"""Files that a film is compiled from."""


@dataclass(frozen=True)
class Shown:
    """A part of the film as it is sketched."""

    shot: str
    body: dict[str, Any]
    pictures: dict[str, Path]

    @property
    def key(self) -> str:
        """The name of its sketch: the same drawing has the same key."""
        return sketch_key(self.body, self.shot)


@dataclass(frozen=True)
class Sketched:
    """A film in small."""

    seconds: float
    drawn: tuple[str, ...]
    """Shots that were drawn for it; all others were there."""
    notes: tuple[str, ...]


def is_source(path: str) -> bool:
    """Whether a change of a file can change the film; what the tool itself writes cannot."""
    place = Path(path)
    # `.#name` is how Emacs marks a file that is being edited.
    return place.name.endswith(ENDINGS) and ".storyforge" not in place.parts and not place.name.startswith(".#")


def shots_in_order(compiled: Compiled) -> Iterator[Shown]:
    """The film's shots in order, at the rate of a sketch. Joins are shown as cuts where the later clip begins."""
    fps, size = compiled.storyboard.format.fps, sketch_size(compiled.storyboard.format.aspect)
    for one, number, start, end in compiled.timeline.shots():
        # Both ends are rounded and not the length, so that the lengths of all shots add up to that of the film.
        frames = _tick(end, fps) - _tick(start, fps)
        if not frames:
            continue
        body = {
            "size": list(size),
            "fps": FPS,
            "frames": frames,
            "language": one.job.language,
            "seed": one.job.seed,
            "take": one.job.take,
            "first_frame": None if number else one.job.first_frame,
            "panels": [{**one.job.panels[number], "frames": frames}],
        }
        used = json.dumps(body)
        pictures = {token: path for token, path in _pictures(compiled, one).items() if token in used}
        yield Shown(one.clip.beats[number].shot.id, body, pictures)


def _tick(frame: int, fps: int) -> int:
    return round(frame * FPS / fps)


def _pictures(compiled: Compiled, one: Any) -> dict[str, Path]:
    """The local pictures of a clip, by token."""
    given = [*(reference.picture for reference in one.clip.references), one.clip.first_frame]
    return {
        picture.token: compiled.pictures.look(picture.source).path
        for picture in given
        if picture is not None and not isinstance(picture, LastFrame) and is_local(picture.source)
    }


async def sketch_film(compiled: Compiled, out: Path) -> Sketched:
    """Draws what is not there yet and writes the film in small to `out`. Raises MediaError."""
    parts, store = list(shots_in_order(compiled)), compiled.project.store
    places = asyncio.Semaphore(os.cpu_count() or 1)
    missing = {part.key: part for part in parts if not is_unchanged(_file(store, part))}

    async def draw(part: Shown) -> tuple[str, ...]:
        async with places:
            with stage_file(_file(store, part)) as scratch:
                told = await draw_sketch(part.body, part.pictures, part.shot, scratch)
            note_made(_file(store, part))
            return told

    notes = await asyncio.gather(*map(draw, missing.values()))
    fragments = [Fragments(_file(store, part), part.body["frames"]) for part in parts]
    await asyncio.to_thread(join_fragments, fragments, [(FPS * 512, 512), (RATE, RATE // FPS)], out)
    seconds = sum(part.body["frames"] for part in parts) / FPS
    drawn = tuple(dict.fromkeys(part.shot for part in missing.values()))
    return Sketched(seconds, drawn, tuple(dict.fromkeys(note for told in notes for note in told)))


def draw_small(compiled: Compiled, out: Path) -> Sketched:
    """Draws the film in small on this machine, whatever it is planned for, and writes it to `out`. Raises MediaError,
    and UsageError as `place_film`. Must not be called where an event loop runs."""
    target = place_film(out, compiled)
    drawn = compile_throughout(compiled, "offline")
    if not is_stream(target):
        return asyncio.run(sketch_film(drawn, target))
    with make_scratch(compiled.project.store.path("sketches", "watch.mp4")) as scratch:
        sketched = asyncio.run(sketch_film(drawn, scratch))
        write_stream(target, scratch)
    return sketched


def watch_sources(storyboard: Path) -> Iterator[None]:
    """Yields at once, and then at every save of a file that the film may be compiled from; ends on an interrupt."""
    from watchfiles import watch

    saves = watch(
        project_root(storyboard),
        watch_filter=lambda _, path: is_source(path),
        debounce=200,
        step=50,  # an editor may write a file in two goes
        # It yields at once, with nothing: the first look comes when it listens already, so that no save is missed.
        yield_on_timeout=True,
        rust_timeout=100,
    )
    looked = False
    for saved in saves:
        if saved or not looked:
            yield
            looked = True


def _file(store: Store, part: Shown) -> Path:
    return store.path("sketches", f"{part.key}.mp4")
