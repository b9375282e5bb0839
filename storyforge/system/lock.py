"""`NAME.story.lock`: which take each clip plays, and what it was rendered from; the record that git keeps.

A file of sorted blocks, one a clip, with a line between them that no edit touches, so that git merges two branches that
changed different clips by itself. It is YAML for those who read it; this module reads only what it writes.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from itertools import count, takewhile
from pathlib import Path
from typing import Any

from storyforge.model.diagnostics import Diagnostic, Location
from storyforge.model.printable import as_json_escape
from storyforge.system.files import write_text
from storyforge.system.inputs import UnreadableFile, read_text
from storyforge.system.roots import project_root

HEAD = "# Which take each clip plays, and what it was rendered from. StoryForge writes this file; keep it in git.\n"

DAY = re.compile(r"\d{4}-\d\d-\d\d")
PLAIN = re.compile(r"\w[\w.@/+-]*(?::[\w.@/+-]+)*")
OTHER = re.compile(r"(?i:null|true|false|yes|no|on|off|y|n)|[-+.:_\d]+(?:[eE][-+\d]*)?|0[xo].*")
"""What YAML, in one version or another, reads without quotes as something else than text."""

MAX_BYTES = 64 << 20
"""The largest lock that is read."""

SHA256 = re.compile("[0-9a-f]{64}")
DIGESTS = ("fingerprint", "take", "rendered", "accepted")

HALF = re.compile("[\ud800-\udfff]")
"""Half of a character, which JSON can write and nothing can print."""
LARGEST = 1 << 63
"""Numbers of a lock are below it."""

NUMBERS = {"seed": int, "number": int, "seconds": int, "usd": float}

ENDING = re.compile("[\x7f-\x9f\u2028\u2029]")
"""Controls, and ends of lines besides LF."""

MARKER = re.compile(r"(<{7}|\|{7}|={7}|>{7})(?: .*)?")


BROKEN = "restore it from git, or delete it: the next render writes it again from the takes that are here"
"""What to do about a lock that is hurt."""


@dataclass(frozen=True, slots=True)
class Block:
    """What was chosen for a clip."""

    fingerprint: str
    """Of the slate that the storyboard gave when the take was chosen."""
    take: str
    """Its sha256."""
    provider: str
    model: str
    seconds: int
    seed: int | None = None
    number: int = 1
    """Which take of this slate: 1, or more where another was asked for."""
    rendered: str | None = None
    """Fingerprint of the slate that the take was rendered from, where that is another: that of a further take."""
    order: str | None = None
    """The host's name for the job."""
    usd: float | None = None
    date: str | None = None
    """The day on which it was rendered, UTC."""
    emulated: bool = False
    """Whether an emulator rendered it, in the place of the host: nobody paid, and the host is still to be."""
    accepted: str | None = None
    """Fingerprint of a slate that this take was accepted for, although it was rendered from another."""
    although: str | None = None
    """In the author's words, how what was accepted differs from what the take was rendered from."""
    former: str | None = None
    """Seconds of the clip that was rendered before under this name, and the beginning of its fingerprint: `9:3f…`. Who
    takes an edit back finds the clips as they were."""
    release: str | None = None
    """The release whose wording the take was rendered with; release 0.1 did not say so."""
    prompt: str | None = None
    """A digest of the prompt as it was sent; release 0.1 kept none."""
    parts: Mapping[str, str] = field(default_factory=dict)
    """What the take was rendered from: for each field of the author by its path, a digest of the value."""

    @property
    def slate(self) -> str:
        """Fingerprint of the slate that the take was rendered from."""
        return self.rendered or self.fingerprint

    @property
    def is_first(self) -> bool:
        """Whether its fingerprints are of slates as release 0.1 wrote them."""
        return self.release is None

    @property
    def actions(self) -> tuple[str, ...]:
        """Digests of the actions of its clip's shots, in their order."""
        return tuple(takewhile(bool, (self.parts.get(f"shots.{number}.action", "") for number in count())))


@dataclass(frozen=True)
class Lock:
    """The blocks of a film, by clip."""

    blocks: Mapping[str, Block] = field(default_factory=dict)
    sha256: str | None = field(default=None, compare=False)
    """Of the file that it was read from; None where there is none."""

    @cached_property
    def _of_fingerprint(self) -> dict[str, Block]:
        accepted = {block.accepted: block for block in self.blocks.values() if block.accepted}
        # What was rendered from a slate goes before what was only accepted for it.
        return accepted | {block.fingerprint: block for block in self.blocks.values()}

    def find(self, clip: str, fingerprint: str) -> Block | None:
        """What was chosen for a slate: for this clip, or for another that is or was made of the same."""
        own = self.blocks.get(clip)
        return own if own and fingerprint in (own.fingerprint, own.accepted) else self._of_fingerprint.get(fingerprint)

    @cached_property
    def _firsts(self) -> dict[tuple[tuple[str, str], ...], list[Block]]:
        """Blocks of release 0.1 by what their takes were rendered from."""
        found: dict[tuple[tuple[str, str], ...], list[Block]] = {}
        for block in self.blocks.values():
            if block.is_first and block.parts:
                found.setdefault(tuple(sorted(block.parts.items())), []).append(block)
        return found

    @cached_property
    def _has_first(self) -> bool:
        return any(block.is_first for block in self.blocks.values())

    def is_of_first(self, clip: str) -> bool:
        """Whether anything in it may be of release 0.1 and of a clip: a block, or what a block remembers."""
        own = self.blocks.get(clip)
        return self._has_first or bool(own and own.former)

    def find_first(self, clip: str, parts: Mapping[str, str]) -> list[Block]:
        """The blocks of release 0.1 whose takes were rendered from these fields, that of this clip first."""
        found, own = self._firsts.get(tuple(sorted(parts.items())), []), self.blocks.get(clip)
        return sorted(found, key=lambda block: block is not own)

    def without_emulated(self, is_local: Callable[[str], bool]) -> Lock:
        """The lock without emulated takes but of hosts that are reached on this machine: what clips play there."""
        gone = [name for name, one in self.blocks.items() if one.emulated and not is_local(one.provider)]
        return Lock({name: one for name, one in self.blocks.items() if name not in gone}) if gone else self

    def find_played(self, clip: str, seconds: int, fingerprint: str) -> str | None:
        """Fingerprint of the slate whose take a clip plays; None where no take is named for its slate, and none is
        remembered."""
        if block := self.find(clip, fingerprint):
            return block.slate
        own = self.blocks.get(clip)
        return fingerprint if own and own.former == make_former(seconds, fingerprint) else None


@dataclass(frozen=True)
class Sides:
    """A lock in which a merge left both sides."""

    ours: Lock
    theirs: Lock

    @property
    def disputed(self) -> list[str]:
        """Clips for which the sides chose differently."""
        both = self.ours.blocks.keys() & self.theirs.blocks.keys()
        return sorted(clip for clip in both if self.ours.blocks[clip] != self.theirs.blocks[clip])

    @property
    def joined(self) -> Lock:
        """All blocks; of disputed ones, ours."""
        return Lock({**self.theirs.blocks, **self.ours.blocks})


class _BrokenLine(Exception):
    def __init__(self, line: int, what: str) -> None:
        self.line, self.what = line, what


def lock_path(storyboard: Path) -> Path:
    """The path of a storyboard's lock."""
    return storyboard.with_name(f"{storyboard.name.removesuffix('.yaml').removesuffix('.story')}.story.lock")


def make_former(seconds: int, fingerprint: str) -> str:
    """What a block remembers of the clip that was rendered before."""
    return f"{seconds}:{fingerprint[:32]}"


def part_digests(authored: Mapping[str, Any]) -> dict[str, str]:
    """A short digest of each field that a clip is made from."""
    return {path: part_digest(value) for path, value in sorted(authored.items())}


def part_digest(value: Any) -> str:
    """12 letters of the sha256 of a value's canonical JSON: enough to say that it changed, not to name it."""
    written = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return base64.b32encode(hashlib.sha256(written.encode()).digest())[:12].decode().lower()


def read_lock(path: Path) -> tuple[Lock, list[Diagnostic]]:
    """The lock in a file, empty where there is none; with errors where it is broken or a merge left it undecided."""
    try:
        text = read_lock_text(path)
    except UnreadableFile as fault:
        return Lock(), [_finding("broken-lock", str(fault), "restore it from git", path, 1)]
    if text is None:
        return Lock(), []
    lock, found = parse_lock(text, path)
    if not found and "storyforge:" not in text:
        found = [_finding("broken-lock", "its beginning is missing: this is no lock", BROKEN, path, 1)]
    return replace(lock, sha256=hashlib.sha256(text.encode()).hexdigest()), found


def read_lock_text(path: Path) -> str | None:
    """The text of a lock as it is in its file; None where there is none. Raises UnreadableFile."""
    try:
        return read_text(path, project_root(path), MAX_BYTES)
    except UnreadableFile as fault:
        if fault.obstacle == "missing" and not path.is_symlink():
            return None
        raise


def parse_lock(text: str, path: Path) -> tuple[Lock, list[Diagnostic]]:
    """The lock in a text; `path` is named in findings."""
    try:
        sides = read_sides(text)
        if sides is None:
            return _parse(text.splitlines()), []
    except _BrokenLine as broken:
        return Lock(), [_finding("broken-lock", broken.what, BROKEN, path, broken.line)]
    lines = text.splitlines()
    return sides.joined, [
        _finding(
            "lock-conflict",
            f"a merge left `{clip}` undecided: ours is {describe_block(sides.ours.blocks[clip])}, "
            f"theirs {describe_block(sides.theirs.blocks[clip])}",
            f"choose with `storyforge use FILE {clip} {sides.ours.blocks[clip].take[:8]}` "
            f"or `{sides.theirs.blocks[clip].take[:8]}`",
            path,
            next((number for number, line in enumerate(lines, 1) if line == f"  {_scalar(clip)}:"), 1),
        )
        for clip in sides.disputed
    ]


def read_sides(text: str) -> Sides | None:
    """Both sides of a text with the marks of a merge; None where it has none."""
    if not any(sign * 7 in text for sign in "<|=>"):
        return None
    ours, theirs, side = list[str](), list[str](), ""
    for line in text.splitlines():
        if mark := MARKER.fullmatch(line):
            side = mark[1][0]
            continue
        # After `>` both sides agree again; what lies between `|` and `=` is what both came from, and belongs to
        # neither.
        ours += [line] * (side in ("", "<", ">"))
        theirs += [line] * (side in ("", "=", ">"))
    return None if not side else Sides(_parse(ours), _parse(theirs))


def describe_block(block: Block) -> str:
    """A choice in a few words."""
    cost = "" if block.usd is None else f", ${block.usd:,.2f}"
    made = f"{block.provider}{', emulated' * block.emulated}"
    return f"take {block.take[:8]} of {made}, {block.seconds} s{cost}, {block.date or 'undated'}"


def write_lock(path: Path, lock: Lock) -> bool:
    """Writes the lock in one step; False if the file says so already."""
    return write_text(path, lock_text(lock))


def lock_text(lock: Lock) -> str:
    """The whole file: a head for readers, then the blocks in order of their clips' ids."""
    return (
        HEAD + "storyforge: 1\nclips:\n" + "".join(block_text(clip, lock.blocks[clip]) for clip in sorted(lock.blocks))
    )


def block_text(clip: str, block: Block) -> str:
    """A clip's block, with the empty line before it."""
    values = {entry.name: getattr(block, entry.name) for entry in fields(Block) if entry.name != "parts"}
    lines = [
        f"    {name}: {_scalar(value)}" for name, value in values.items() if value is not None and value is not False
    ]
    parts = [f"      {_scalar(path)}: {_scalar(digest)}" for path, digest in sorted(block.parts.items())]
    return "\n".join(["", f"  {_scalar(clip)}:", *lines, *(["    parts:", *parts] if parts else []), ""])


def _scalar(value: Any) -> str:
    if value is True:
        return "true"
    if isinstance(value, str):
        plain = DAY.fullmatch(value) or (PLAIN.fullmatch(value) and not OTHER.fullmatch(value))
        # JSON leaves these as they are, and a line of the lock would end at some of them.
        written = json.dumps(HALF.sub("\ufffd", value), ensure_ascii=False)
        return value if plain else ENDING.sub(lambda found: as_json_escape(found[0]), written)
    return f"{value:.6f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def _parse(lines: list[str]) -> Lock:
    blocks: dict[str, Block] = {}
    values: dict[str, Any] = {}
    clip: str | None = None
    begun = 0

    def close(number: int) -> None:
        if clip is None:
            return
        try:
            blocks[clip] = Block(**values)
        except TypeError:
            raise _BrokenLine(begun, f"the block of `{clip}` lacks something or holds what no block has") from None

    for number, name, value, depth in _entries(lines):
        if depth == 3 and clip is not None:
            values["parts"][name] = value
        elif depth == 0:
            if name == "storyforge" and value != "1":
                raise _BrokenLine(number, f"version {value} of the lock is not known here")
        elif depth == 1:
            close(number)
            clip, values, begun = name, {"parts": {}}, number
        elif clip is None:
            raise _BrokenLine(number, "this line belongs to no clip")
        elif depth == 2 and name != "parts":
            values[name] = _typed(name, value, number)
    close(len(lines))
    return Lock(blocks)


def _entries(lines: list[str]) -> Iterator[tuple[int, str, str, int]]:
    """Number, name, value and depth of each line that says something."""
    for number, line in enumerate(lines, 1):
        said = line.lstrip(" ")
        if said[:1] in ("", "#"):
            continue
        name, _, value = said.partition(": ")
        if said[0] == '"':
            name, end = _quoted(said, number)
            value = said[end:].removeprefix(":").strip()
        elif not value:
            if not said.endswith(":"):
                raise _BrokenLine(number, "this line is no `name: value`")
            name = said[:-1]
        if value[:1] == '"':
            value, _ = _quoted(value, number)
        yield number, name, value, (len(line) - len(said)) // 2


def _quoted(text: str, number: int) -> tuple[str, int]:
    try:
        value, end = json.JSONDecoder().raw_decode(text)
    except ValueError:
        raise _BrokenLine(number, "a quote is not closed") from None
    if not isinstance(value, str) or HALF.search(value):
        raise _BrokenLine(number, "what is in quotes is no text")
    return value, end


def _typed(name: str, value: str, number: int) -> Any:
    if name in DIGESTS and not SHA256.fullmatch(value):  # names a file of the store
        raise _BrokenLine(number, f"`{name}` is no sha256 of 64 digits")
    if name == "emulated" and value not in ("true", "false"):
        raise _BrokenLine(number, "`emulated` is neither true nor false")
    if name not in NUMBERS:
        return value == "true" if name == "emulated" else value
    try:
        found = NUMBERS[name](value)
    except ValueError:
        found = None
    least = 1 if name in ("number", "seconds") else 0 if name == "usd" else -LARGEST
    if found is None or not least <= found < LARGEST:
        raise _BrokenLine(number, f"`{name}` is no number that it can be")
    return found


def _finding(name: str, message: str, hint: str, path: Path, line: int) -> Diagnostic:
    return Diagnostic(name, "error", message, hint, location=Location(path.name, line, 1, 1))
