"""Films, sounds and pictures of a few frames: cut short, bits of them flipped, and called what they are not."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random

from projects import HEAD, project

from storyforge.system.decode import check_whole, first_frame, last_frame, probe, sharpest_frame
from storyforge.system.ffmpeg import find_ffmpeg

from .damage import spoil_bytes
from .watching import lay, prepared, watch

PICTURE = ("-f", "lavfi", "-i", "testsrc2=size=48x32:rate=24")
SOUND = ("-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000")
CODED = ("-c:v", "libx264", "-bf", "2", "-g", "4", "-pix_fmt", "yuv420p")

KINDS: dict[str, tuple[str, ...]] = {
    "mp4": (*PICTURE, *SOUND, *CODED, "-c:a", "aac", "-t", "0.4"),
    "mov": (*PICTURE, *SOUND, *CODED, "-c:a", "pcm_s16le", "-t", "0.3"),
    "mkv": (*PICTURE, *SOUND, *CODED, "-c:a", "flac", "-t", "0.3"),
    "silent.mp4": (*PICTURE, *CODED, "-movflags", "+faststart", "-t", "0.3"),
    "fragments.mp4": (*PICTURE, *CODED, "-movflags", "frag_keyframe+empty_moov", "-t", "0.4"),
    "wav": (*SOUND, "-t", "0.1"),
    "flac": (*SOUND, "-t", "0.1"),
    "png": (*PICTURE, "-frames:v", "1", "-s", "320x320"),
    "jpg": (*PICTURE, "-frames:v", "1", "-s", "320x320"),
}
"""How each kind is made."""

MARKS = (
    b"\x89PNG\r\n\x1a\n",
    b"\xff\xd8\xff",
    b"OggS",
    b"fLaC",
    b"ID3",
    b"\xff\xfb",
    b"\x1aE\xdf\xa3",
    b"#EXTM3U\n",
    b"ffconcat version 1.0\n",
)
BOXES = (
    b"moov",
    b"mdat",
    b"trak",
    b"stsz",
    b"stts",
    b"stco",
    b"ctts",
    b"elst",
    b"avcC",
    b"mvhd",
    b"free",
    b"moof",
    b"dref",
)

SENTENCE = '  - {id: wait, scene: pier, action: "@ana looks over the water.", seconds: 3}\n'


@dataclass(frozen=True)
class Case:
    """A file, the name it has, and what is done with it."""

    content: bytes
    name: str
    work: str


@cache
def good(kind: str) -> bytes:
    """A good file of a kind."""
    out = prepared(empty) / f"good.{kind}"
    command = [find_ffmpeg().path, "-v", "error", "-y", *KINDS[kind], "-fflags", "+bitexact", "-threads", "1", str(out)]
    subprocess.run(command, check=True, capture_output=True)
    return out.read_bytes()


def empty(folder: Path) -> None:
    """A folder for good files."""
    folder.mkdir(parents=True)


def storyboard(folder: Path) -> None:
    """A project with music, whose files are to be spoilt."""
    project(folder, shots=SENTENCE, head=HEAD.replace("cast:", "music: {file: refs/theme.wav}\ncast:"))


def make(seed: int) -> Case:
    """The case of a seed."""
    chance = Random(seed)
    kind = chance.choice(list(KINDS))
    content = spoil(chance, good(kind))
    works = ("check picture", "check sound") if kind in ("png", "jpg", "wav", "flac") else (*WORKS, "tell")
    return Case(content, f"take.{chance.choice((kind, kind, 'mp4'))}", chance.choice(works))


def spoil(chance: Random, content: bytes) -> bytes:
    """A file with something wrong in it: sizes and names of boxes, its head, or any of its bytes."""
    match chance.choice(("bytes",) * 4 + ("size", "size", "box", "mark")):
        case "mark":
            mark = chance.choice(MARKS)
            return mark + content[len(mark) :]
        case "box" | "size" as what:
            found = [at for name in BOXES if (at := content.find(name)) >= 4]
            if not found:
                return spoil_bytes(chance, content)
            at = chance.choice(found)
            # The size is before the name; counts of entries and lengths come behind it.
            start = at if what == "box" else at + chance.choice((-4, 8, 12, 16))
            new = (
                chance.choice(BOXES)
                if what == "box"
                else chance.choice((b"\xff" * 4, b"\0" * 4, b"\x7f\xff\xff\xff", chance.randbytes(4)))
            )
            return content[:start] + new + content[start + 4 :]
        case _:
            return spoil_bytes(chance, content)


WORKS: dict[str, Callable[[Path], object]] = {
    "probe": probe,
    "first frame": lambda path: first_frame(path, path.with_name("first.png")),
    "last frame": lambda path: last_frame(path, path.with_name("last.png")),
    "sharpest frame": lambda path: sharpest_frame(path, 0.2, path.with_name("sharpest.png")),
    "decode": lambda path: asyncio.run(check_whole(path)),
}
"""What is done with films."""


def run(case: Case, folder: Path) -> list[str]:
    """The faults that the case finds."""
    inside = folder / "project"
    lay(inside, prepared(storyboard))
    path = inside / case.name
    if case.work.startswith("check"):
        path = inside / "refs" / ("ana.png" if case.work == "check picture" else "theme.wav")
        path.unlink(missing_ok=True)
    path.write_bytes(case.content)
    with watch(folder) as watched:
        if case.work in WORKS:
            with watched.allow_errors(case.work):
                WORKS[case.work](path)
        elif case.work == "tell":
            watched.run("textconv", case.name)
        else:
            watched.run("check", "ferry.story.yaml")
    return watched.faults
