"""A small film without a fault, its pictures, and ways to change and check it."""

import random
import struct
import zlib
from pathlib import Path

from PIL import Image

from storyforge.compiler.checks.context import Context
from storyforge.compiler.compile import compile_file
from storyforge.compiler.pictures import PictureCache, Pictures
from storyforge.language.load import load_storyboard
from storyforge.language.mentions import collect_names
from storyforge.providers.offline import Offline

FILM = """\
storyforge: 1
title: The Keeper
cast:
  mira: {reference: refs/mira.png, marks: [a brass whistle]}
  otto:
    reference: refs/otto.png
    marks: [round wire glasses]
    looks: {coat: {reference: refs/coat.png}}
scenes:
  lamp-room: {reference: refs/lamp-room.png}
shots:
  - id: lamp-1
    scene: lamp-room
    action: "@mira trims the wick; @otto watches."
  - id: lamp-2
    scene: lamp-room
    action: "@otto.coat climbs the last step."
"""


def make_pictures(folder: Path) -> None:
    """Everything that a storyboard of these tests names, good and bad, and a file outside the project."""
    refs = folder / "refs"
    refs.mkdir(parents=True)
    (folder / "storyforge.toml").write_text("")
    sizes = {"small": (120, 160), "narrow": (400, 1200)} | {f"p{n}": (400, 400) for n in range(10)}
    for name in ("mira", "otto", "coat", "lamp-room"):
        sizes[name] = (400, 400)
    for name, size in sizes.items():
        Image.new("RGB", size, "grey").save(refs / f"{name}.png")
    good = (refs / "mira.png").read_bytes()
    (refs / "heavy.png").write_bytes(good + random.Random(1).randbytes(10_200_000))
    # a head that claims more pixels than are read, and nothing behind it
    claims = b"IHDR" + struct.pack(">IIBBBBB", 13_300, 13_300, 8, 2, 0, 0, 0)
    chunks = [struct.pack(">I", len(one) - 4) + one + struct.pack(">I", zlib.crc32(one)) for one in (claims, b"IDAT")]
    (refs / "wide.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(chunks))
    with open(refs / "giant.png", "wb") as giant:
        giant.truncate(100_000_001)
    (refs / "notes.png").write_text("no picture at all")
    (refs / "lfs.png").write_text(f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 9\n")
    (folder.parent / "outside.png").write_bytes(good)
    (refs / "link.png").symlink_to(folder.parent / "outside.png")
    (folder.parent / "outside.ogg").write_bytes(b"OggS")
    (folder / "theme.ogg").write_bytes(b"OggS")


def edited(*edits: tuple[str, str]) -> str:
    """The film with each first text replaced by the second."""
    text = FILM
    for old, new in edits:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def after(line: str, more: str) -> tuple[str, str]:
    """An edit that writes more behind a line."""
    return line, line + more


def compiled(folder: Path, text: str, name: str = "keeper.story.yaml"):
    path = folder / name
    path.write_text(text, newline="", encoding="utf-8")
    return compile_file(path)


def context_of(folder: Path, text: str, provider=None) -> Context:
    """What rules are given about a film of which no clip could be packed."""
    path = folder / "keeper.story.yaml"
    path.write_text(text, encoding="utf-8")
    board, _, _ = load_storyboard(path)
    host = provider or Offline()
    return Context(
        board,
        collect_names(board),
        lambda shot: host,
        host,
        PictureCache(Pictures(folder, folder.resolve())),
        (),
        lambda path: True,
    )
