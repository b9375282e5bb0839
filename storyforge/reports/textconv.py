"""What git shows of a storyboard or a film in place of the file: plain lines, one fact on each, in an order that stays.

What a file is its content says, for git gives it other names. Of a storyboard it is what this one file has, keys
in the order of the language, cast and scenes by name, shots as they run: so neither another order of keys nor another
way of quoting is a difference, and a text is one line however it is wrapped. Lines that YAML cannot read are shown as
they are, after the rest. What is no storyboard at all is shown unchanged, as is what Git LFS keeps in its place.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from storyforge.model.errors import MediaError
from storyforge.model.printable import escape_text
from storyforge.system.files import file_sha256
from storyforge.system.inputs import open_file, read_file
from storyforge.system.resources import resource_folder

if TYPE_CHECKING:
    from storyforge.language.yaml_tree import Node

LARGEST = 4 * 1024 * 1024
"""Bytes of the largest storyboard that is shown so; a larger one is shown unchanged."""

LONGEST = 1 << 29
"""Bytes of the largest text that is shown at all; git takes what is larger for no text (`core.bigFileThreshold`)."""

HEARD = 600
"""Seconds of a film's sound that are measured."""

PATIENCE = 60
"""Seconds that this may take."""

GROUPS = {"cast": ("cast", "Character"), "scenes": ("scene", "Scene")}
"""Keys of mappings by id: how one of them is called, and its name in the schema."""


def text_for_git(path: Path) -> bytes:
    """A file as git is to show it. Never fails for what is in the file; UnreadableFile where it cannot be read."""
    with open_file(path) as file:
        content = file.read(LARGEST + 1)
    # As git itself tells what is no text: by a zero byte among the first 8,000.
    if b"\0" in content[:8000]:
        return _lines(_film(path))
    if len(content) > LARGEST:
        return read_file(path, most=LONGEST)
    text = _storyboard(content)
    return content if text is None else _lines(text)


def _lines(facts: Iterable[str]) -> bytes:
    return "".join(f"{escape_text(fact)}\n" for fact in facts).encode("utf-8", "replace")


def _storyboard(content: bytes) -> list[str] | None:
    """The facts of a storyboard; None where YAML finds none."""
    from storyforge.language.text_file import Page
    from storyforge.language.yaml_tree import read_tree

    try:
        page = Page("", content.decode())
    except UnicodeDecodeError:
        return None
    tree, findings = read_tree(page)
    if tree is None or tree.entries is None:
        return None
    unread = dict.fromkeys(page.line(found.location.line).strip() for found in findings if found.location)
    return [*_top(tree), *(f"not read: {line}" for line in unread)]


def _top(tree: Node) -> Iterator[str]:
    order = [*_order("")]
    for name, node in _sorted(tree, order):
        if name in GROUPS and node.entries is not None:
            word, noun = GROUPS[name]
            for key in sorted(node.entries):
                yield from _block(f"{word} {key}", node.entries[key][2], noun)
        elif name == "shots" and node.items is not None:
            for shot in node.items:
                known = shot.child("id")
                yield from _block(f"shot {_scalar(known.value) if known else '?'}", shot, "Shot")
        else:
            yield from _facts(name, node, name.capitalize())


def _block(head: str, node: Node, noun: str) -> Iterator[str]:
    """One of the cast, a scene or a shot: its name, and its fields set in below it."""
    yield ""
    yield head
    for name, field in _sorted(node, _order(noun)) if node.entries is not None else ():
        if (noun, name) != ("Shot", "id"):
            yield from (f"  {fact}" for fact in _facts(name, field, "Look" if name == "looks" else ""))
    if node.entries is None and node.value is not None:
        yield f"  {_value(node)}"


def _facts(name: str, node: Node, noun: str) -> Iterator[str]:
    """A field: a line each for the items of a list and the fields of a mapping; an empty one counts as not written."""
    if node.items is not None:
        yield from (f"{name}: {_value(item)}" for item in node.items)
    elif node.entries is not None:
        for key, inner in _sorted(node, _order(noun)):
            yield from _facts(f"{name}.{key}", inner, noun)
    elif node.value is not None:
        yield f"{name}: {_scalar(node.value)}"


def _value(node: Node) -> str:
    """An item of a list; a line of dialogue as it is written."""
    if node.entries is not None and len(node.entries) == 1:
        ((key, (_, _, inner)),) = node.entries.items()
        return f"{_scalar(key)}: {_value(inner)}"
    return _scalar(node.value) if node.entries is None and node.items is None else _json(node.value)


def _scalar(value: Any) -> str:
    if isinstance(value, str):
        return " ".join(value.split())
    return f"{value:g}" if isinstance(value, float) else _json(value)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)


def _sorted(node: Node, order: tuple[str, ...] | list[str]) -> list[tuple[str, Node]]:
    """The entries of a mapping in the order of the language; what it does not know comes last, by name."""
    entries = {name: inner for name, (_, _, inner) in (node.entries or {}).items()}
    known = [name for name in order if name in entries]
    return [(name, entries[name]) for name in (*known, *sorted(entries.keys() - set(known)))]


@cache
def _order(noun: str) -> tuple[str, ...]:
    """The fields of a noun in the order of the language; of the storyboard itself without one."""
    schema: Mapping[str, Any] = json.loads(
        (resource_folder("schemas") / "storyboard.schema.json").read_text(encoding="utf-8")
    )
    found = schema["$defs"].get(noun, {}) if noun else schema
    return tuple(found.get("properties", ()))


def _film(path: Path) -> Iterator[str]:
    """What a film is, or that it is none."""
    from storyforge.system.decode import probe

    size = path.stat().st_size
    try:
        found = probe(path)
    except MediaError as fault:
        # Without the file's name: git reads it from a temporary one, whose name would be a difference each time.
        yield f"no film: {re.sub('`.*?`', 'it', str(fault), count=1)}"
    else:
        yield f"length: {found.seconds:.3f} s, {found.frames} frames"
        yield f"picture: {found.video_codec}, {found.width}×{found.height}, {float(found.fps):g} frames a second"
        if found.audio_codec:
            yield f"sound: {found.audio_codec}, {found.sample_rate} Hz, {found.channels} channels"
            yield f"loudness: {_loudness(path, found.seconds)}"
        else:
            yield "sound: none"
    yield f"bytes: {size}"
    yield f"sha256: {file_sha256(path)}"


def _loudness(path: Path, seconds: float) -> str:
    import asyncio

    from storyforge.film.sound.loudness import measure_loudness

    try:
        found = asyncio.run(measure_loudness(path, HEARD, PATIENCE))
    except MediaError as fault:
        return f"unknown, {fault}"
    part = f" in the first {HEARD // 60} minutes" if seconds > HEARD else ""
    return f"silence{part}" if found.lufs <= -70 else f"{found.lufs:.1f} LUFS, peak {found.peak:.1f} dBTP{part}"
