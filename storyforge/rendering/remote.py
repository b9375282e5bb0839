"""Takes in a place that colleagues share: brought there by content, fetched from there as the locks name them.

    [share]                            [share]
    kind = "bucket"                    kind = "folder"
    url = "s3://bucket/films"          folder = "/mnt/films"

Objects have the names there that they have in a project's own store: `takes/SHA256.mp4`, `pictures/SHA256` for what
takes were made from, and `slates/FINGERPRINT.json` for what was ordered and which take came of it. Nothing there is
believed: a take and a picture must have the sha256 that names them, a slate its fingerprint. Where two people rendered
the same slate, what the first one knew of it stays; both takes are there, and each lock names its own.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from storyforge.compiler.pictures import MAX_BYTES
from storyforge.compiler.slates import fingerprint
from storyforge.model.errors import CredentialsError, HostError, StoryForgeError, UsageError
from storyforge.model.printable import escape_text
from storyforge.model.progress import Work
from storyforge.system.download import MOST_FILM
from storyforge.system.files import open_scratch
from storyforge.system.inputs import UnreadableFile
from storyforge.system.lock import Lock, parse_lock, read_lock_text, read_sides
from storyforge.system.object_store import PART, Objects, Place, find_place, read_section
from storyforge.system.store import Store
from storyforge.system.threads import Threads

if TYPE_CHECKING:
    from storyforge.model.progress import Progress
    from storyforge.system.settings import Settings

KINDS: Mapping[str, tuple[str, ...]] = {
    "folder": ("kind", "folder"),
    "bucket": ("kind", "url", "endpoint", "region"),
}
"""The settings of each kind of place."""

SPOILT = "delete it where it lies, and push it from where it was rendered"

AT_ONCE = 4
"""Objects on their way at a time, each in parts of its own."""

LARGEST = {"takes": MOST_FILM, "pictures": MAX_BYTES, "slates": 2**20}
"""Bytes of an object by its folder; a larger one is not fetched."""

NAME = re.compile(r"takes/([0-9a-f]{64})\.mp4|pictures/([0-9a-f]{64})|slates/([0-9a-f]{64})\.json")
"""What an object may be called."""
TOKEN = re.compile(r'"sf:sha256:([0-9a-f]{64})"')

Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Line = Annotated[str, StringConstraints(max_length=4096, pattern=r"^[^\x00-\x1f\x7f-\x9f]*$")]
Day = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]


class Rendering(BaseModel):
    """What is known of the take that a slate was rendered to; other keys of it are left out."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")

    slate: dict[str, Any]
    take: Digest
    bytes: int = Field(gt=0)
    notes: list[Line] = Field(default=[], max_length=1000)
    film: Line | None = None
    clip: Line | None = None
    date: Day | None = None
    emulated: bool | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """A take that was chosen for a clip, and the fingerprint of the slate that it was rendered from."""

    clip: str
    take: str
    slate: str
    emulated: bool = False

    @property
    def name(self) -> str:
        """The take as an object of a shared place."""
        return f"takes/{self.take}.mp4"

    @property
    def called(self) -> str:
        """The take as messages name it."""
        return f"take {self.take[:8]} of {self.clip}"


@dataclass
class Tally:
    """How it went, by the names of objects."""

    moved: dict[str, int] = field(default_factory=dict)
    """Bytes of what was brought."""
    there: set[str] = field(default_factory=set)
    """Takes that were already where they should be."""
    failures: dict[str, StoryForgeError] = field(default_factory=dict)


def find_share(settings: Settings, root: Path) -> Place:
    """Where a project's takes are shared; UsageError if no settings say so. A relative folder lies in `root`."""
    section = read_section(settings, "share", KINDS)
    if section is None:
        hint = 'write it with `kind = "bucket"` and `url = "s3://bucket/prefix"`, or `kind = "folder"` and `folder`'
        raise UsageError("no `[share]` in storyforge.toml says where takes are shared", hint)
    return find_place(section, settings.environment, root)


def read_choices(path: Path) -> list[Choice]:
    """The takes that a lock names; where a merge left it undecided, those of both sides. StoryForgeError if it is
    broken, or names what no take is called."""
    try:
        text = read_lock_text(path) or ""
    except UnreadableFile as fault:
        raise StoryForgeError(str(fault), "restore it from git") from None
    lock, findings = parse_lock(text, path)
    for found in findings:
        if found.name == "broken-lock":
            line = found.location.line if found.location else 1
            raise StoryForgeError(f"{path}:{line}: {escape_text(found.message)}", found.hint)
    sides = read_sides(text)
    locks = (sides.ours, sides.theirs) if sides else (lock,)
    return list(dict.fromkeys(choice for one in locks for choice in _choices(one)))


def _choices(lock: Lock) -> Iterator[Choice]:
    for clip, block in lock.blocks.items():
        # A lock may come from anybody, and its names go into messages.
        yield Choice(escape_text(clip), block.take, block.slate, block.emulated)


def push(choices: Sequence[Choice], store: Store, place: Place, teller: Progress, everything: bool = False) -> Tally:
    """Brings takes to the shared place, with the pictures and slates that they were made from: those that were chosen,
    or everything in the store. What is there is not sent again."""
    errand = _Errand(store, Objects(place), teller)
    takes = {choice.name: choice.called for choice in choices}
    slates = {choice.slate for choice in choices}
    if everything:
        takes = {name: f"take {_digest(name)[:8]}" for name in errand.here("takes")} | takes
        slates |= {_digest(name) for name in errand.here("slates")}
    sending, renderings = dict(errand.absent(takes)), dict(errand.renderings(slates))
    for name in sorted({name for rendering in renderings.values() for name in _pictures(rendering.slate)}):
        if store.path(name).is_file() and name not in errand.there:
            sending[name] = f"picture {_digest(name)[:8]}"
    errand.announce({name: Work(called, store.path(name).stat().st_size) for name, called in sending.items()})
    errand.each(sending, errand.send)
    # A slate comes after its take, so that anybody who reads it finds the take.
    safe = errand.tally.there | errand.tally.moved.keys()
    told = [slate for slate, rendering in renderings.items() if f"takes/{rendering.take}.mp4" in safe]
    names = {f"slates/{slate}.json": f"slate {slate[:8]}" for slate in told}
    errand.each({name: called for name, called in names.items() if name not in errand.there}, errand.send_slate)
    return errand.tally


def pull(choices: Sequence[Choice], store: Store, place: Place, teller: Progress) -> Tally:
    """Fetches the takes that were chosen and are not here, with the pictures and slates that they were made from.

    The caller holds the store. Every object is checked before it takes its place; one that is not what it is called is
    refused, and the others go on. Nothing is asked of the place if nothing is missing.
    """
    here = {choice: store.rendering(choice.slate) for choice in choices}
    lacking = [choice for choice, rendering in here.items() if not _complete(choice, rendering, store)]
    if not lacking:
        return Tally(there={choice.name for choice in choices})
    errand = _Errand(store, Objects(place), teller)
    unknown = {f"slates/{choice.slate}.json": choice for choice in lacking if not _known(choice, here[choice], store)}
    errand.each(
        {name: f"slate of {one.clip}" for name, one in unknown.items() if name in errand.there}, errand.read_slate
    )
    takes = {choice.name: choice.called for choice in choices}
    fetching = {name: called for name, called in takes.items() if not store.has_take(_digest(name))}
    for name in fetching:
        store.set_aside(_digest(name))
    errand.tally.there = takes.keys() - fetching.keys()
    slates: list[Any] = [rendering.slate for rendering in errand.rendered.values()]
    slates += [rendering.get("slate") for rendering in here.values() if rendering]
    for name in sorted({name for slate in slates for name in _pictures(slate)}):
        if name in errand.there and not store.path(name).is_file():
            fetching[name] = f"picture {_digest(name)[:8]}"
    errand.announce({name: Work(called, errand.there.get(name, 0)) for name, called in fetching.items()})
    try:
        errand.each(fetching, errand.fetch)
    finally:
        # Also after a failure: without its slate, a take that came would be paid for again.
        for name, choice in unknown.items():
            if name in errand.rendered and store.has_take(choice.take):
                errand.keep_slate(name, choice)
    return errand.tally


class _Errand:
    """Objects on their way between a store and a shared place, several at a time."""

    def __init__(self, store: Store, objects: Objects, teller: Progress) -> None:
        self.store, self.objects, self.teller = store, objects, teller
        self.tally = Tally()
        self.there: dict[str, int] = {}
        """Bytes of what lies in the shared place, by name. It is only looked up in: no name in it makes a path."""
        self.rendered: dict[str, Rendering] = {}
        """Renderings of the shared place, by name."""
        self._telling = threading.Lock()
        self._announced: set[str] = set()
        self.hands = Threads(AT_ONCE)
        self.hands.each(lambda folder: self.there.update(objects.list_objects(folder)), LARGEST)

    def here(self, folder: str) -> list[str]:
        """The names of a folder's objects in the store."""
        names = (f"{folder}/{path.name}" for path in self.store.path(folder).glob("*"))
        return sorted(name for name in names if NAME.fullmatch(name))

    def renderings(self, slates: Iterable[str]) -> Iterator[tuple[str, Rendering]]:
        """What the store knows of some slates."""
        for slate in sorted(slates):
            path = self.store.path("slates", f"{slate}.json")
            try:
                if path.is_file():
                    yield slate, read_rendering(path.read_bytes(), slate)
            except StoryForgeError as fault:
                self.note_failure(f"slates/{slate}.json", f"slate {slate[:8]}", fault)

    def absent(self, takes: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        """Takes that are to be sent; one that is neither here nor there is a failure."""
        for name, called in takes.items():
            path = self.store.path(name)
            if self.store.is_hurt(_digest(name)) and name not in self.there:
                fault = HostError(f"`{path}` is damaged", "`storyforge render` fetches or renders it again")
                self.note_failure(name, called, fault)
                continue
            size = path.stat().st_size if self.store.has_take(_digest(name)) else self.there.get(name)
            if size is None:
                where, hint = self.objects.place, "push it from where it was rendered"
                self.note_failure(name, called, HostError(f"it is neither here nor in {where}", hint))
            elif size == self.there.get(name):
                self.tally.there.add(name)
            else:
                yield name, called

    def each(self, called: Mapping[str, str], act: Callable[[str, str], None]) -> None:
        """Does something for each object. One that fails stops no other; a place that is closed or out of reach stops
        them all."""

        def one(name: str) -> None:
            try:
                act(name, called[name])
            except CredentialsError:
                raise
            except StoryForgeError as fault:
                self.note_failure(name, called[name], fault)

        self.hands.each(one, called)

    def tell(self, call: Callable[..., None], *given: Any) -> None:
        with self._telling:
            call(*given)

    def announce(self, steps: Mapping[str, Work]) -> None:
        """Announces objects by their names, but for those that were."""
        with self._telling:
            new = {name: work for name, work in steps.items() if name not in self._announced}
            self._announced.update(new)
            self.teller.begin(new)

    def note_failure(self, name: str, called: str, fault: StoryForgeError) -> None:
        self.tally.failures[name] = fault
        if name not in self._announced:  # it failed before it was known whether it would be sent or fetched
            self.announce({name: Work(called, 0)})
        self.tell(self.teller.fail, name, str(fault))

    def send(self, name: str, called: str) -> None:
        """Brings a take or picture to the shared place, if it is what it is called."""
        size = self.store.path(name).stat().st_size
        self.tell(self.teller.start, name, "sending")
        self.objects.put(name, self._parts(name, called, size), size)
        self.tally.moved[name] = size
        self.tell(self.teller.finish, name, "sent")

    def _parts(self, name: str, called: str, size: int) -> Iterator[bytes]:
        digest = hashlib.sha256()
        with self.store.path(name).open("rb") as file:
            while part := file.read(PART):
                self.hands.go_on()
                digest.update(part)
                yield part
                self.tell(self.teller.advance, name, file.tell() / size)
        if digest.hexdigest() != _digest(name):
            hint = "delete it from the store; `storyforge pull` may bring it whole"
            raise HostError(f"`{name}` is damaged in the store, so it is not sent", hint)

    def send_slate(self, name: str, called: str) -> None:
        content = self.store.path(name).read_bytes()
        self.objects.put(name, iter([content]), len(content))
        self.tally.moved[name] = len(content)

    def read_slate(self, name: str, called: str) -> None:
        """Reads a slate of the shared place."""
        content = b"".join(self.objects.read(name, self.size(name)))
        self.rendered[name] = read_rendering(content, _digest(name))

    def size(self, name: str) -> int:
        """Bytes of an object that is to be fetched; HostError if it is not there, or too large."""
        size, most = self.there.get(name), LARGEST[name.partition("/")[0]]
        if size is None:
            hint = "ask the person who rendered it to run `storyforge push`"
            raise HostError(f"it is not in {self.objects.place}", hint)
        if size > most:
            raise HostError(f"`{name}` has {size} bytes in {self.objects.place}, more than {most}", SPOILT)
        return size

    def fetch(self, name: str, called: str) -> None:
        """Brings an object of the shared place to the store, if it is what it is called."""
        size, digest = self.size(name), hashlib.sha256()
        self.tell(self.teller.start, name, "fetching")
        with self.store.stage(*name.split("/")) as scratch:
            with open_scratch(scratch) as file:
                for part in self.objects.read(name, size):
                    self.hands.go_on()
                    digest.update(part)
                    file.write(part)
                    self.tell(self.teller.advance, name, file.tell() / size)
            if digest.hexdigest() != _digest(name):
                raise HostError(f"`{name}` is not what it is called in {self.objects.place}", SPOILT)
        self.tally.moved[name] = size
        self.tell(self.teller.finish, name, "fetched")

    def keep_slate(self, name: str, choice: Choice) -> None:
        """Keeps what the shared place knows of a take that is here."""
        rendering, size = self.rendered[name], self.store.take(choice.take).stat().st_size
        if rendering.take != choice.take:
            # What is known there is of another take of this very slate; the slate holds for both.
            other = {"take": choice.take, "bytes": size, "notes": [], "date": None, "emulated": choice.emulated or None}
            rendering = rendering.model_copy(update=other)
        if rendering.bytes != size:
            fault = HostError(f"`{name}` says that its take has {rendering.bytes} bytes, which has {size}", SPOILT)
            self.note_failure(name, f"slate of {choice.clip}", fault)
            return
        written = json.dumps(rendering.model_dump(exclude_none=True), ensure_ascii=False, sort_keys=True, indent=1)
        self.store.write_file(written + "\n", *name.split("/"))


def read_rendering(content: bytes, slate: str) -> Rendering:
    """What is known of a slate; HostError if it is nothing of the kind, or of another slate."""
    try:
        rendering = Rendering.model_validate_json(content)
    except ValidationError:
        rendering = None
    if rendering is None or fingerprint(rendering.slate) != slate:
        raise HostError(f"`slates/{slate}.json` does not say what was rendered from this slate", SPOILT)
    return rendering


def _complete(choice: Choice, rendering: Mapping[str, Any] | None, store: Store) -> bool:
    """Whether all that may be fetched for a choice is here."""
    return (
        store.has_take(choice.take)
        and _known(choice, rendering, store)
        and all(store.path(name).is_file() for name in _pictures(rendering and rendering.get("slate")))
    )


def _known(choice: Choice, rendering: Mapping[str, Any] | None, store: Store) -> bool:
    """Whether the slate of a choice is known here, by the chosen take or by one of our own that is here too."""
    return rendering is not None and (rendering.get("take") == choice.take or store.find_take(choice.slate) is not None)


def _pictures(slate: Any) -> set[str]:
    """The names of the pictures that a slate was made from."""
    # Wherever they are in it, so that a new kind of picture is shared without a change here.
    return {f"pictures/{sha256}" for sha256 in TOKEN.findall(json.dumps(slate))}


def _digest(name: str) -> str:
    """The sha256 or fingerprint that an object is called by."""
    found = NAME.fullmatch(name)
    assert found
    return next(part for part in found.groups() if part)
