"""Find what a store holds that nobody needs: not the storyboards as they stand, nor any lock here or in git's history.

Locks are searched for whatever looks like a name in the store, so that broken ones and those that a merge left
undecided keep what they name, too. What git cannot tell is an error, and then nothing is deleted.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from storyforge.compiler.compile import Compiled, Uncompiled, compile_loaded, compile_throughout, load_file
from storyforge.compiler.transitions import find_anchored
from storyforge.film.anchor import read_anchor
from storyforge.film.assembly import Assembly, make_mix
from storyforge.film.conform import Piece, piece_key
from storyforge.film.sound.mix import sound_names
from storyforge.film.stitch import list_parts
from storyforge.film.transition_clips import Window
from storyforge.model.errors import UsageError
from storyforge.planning.film_key import film_key
from storyforge.planning.orders import Orders
from storyforge.planning.reasons import take_for
from storyforge.planning.takes import list_forms, words_fingerprint
from storyforge.providers import PROVIDERS
from storyforge.providers.offline import Offline
from storyforge.rendering.preview import shots_in_order
from storyforge.system.ffmpeg import choose_ffmpeg, version_key
from storyforge.system.files import remove_file, remove_folder
from storyforge.system.git import Repository
from storyforge.system.inputs import read_file
from storyforge.system.ledger import OPEN_STATUSES
from storyforge.system.project import Project
from storyforge.system.store import HURT, Store

if TYPE_CHECKING:
    from storyforge.system.ledger import Order

NAME = re.compile(r"(?<![0-9A-Fa-f])[0-9A-Fa-f]{64}(?![0-9A-Fa-f])")
"""Whatever is named in a store is named by 64 hexadecimal digits."""

LOCKS, STORYBOARDS = ".story.lock", ".story.yaml"

LARGEST = 64 << 20
"""Bytes of a lock in git's history that is read."""

HERE = "named by a lock here"
PAST = "named by a lock in git's history"
WRITTEN = "needed by a storyboard as it is now"
BROKEN = "rendered for a storyboard that has errors"
ORDERED = "of an order that is under way"

LEFT = "left by a run that was broken off"
PARTIAL = "partial.mp4"
GONE = {
    "takes": "",
    "slates": "of takes that are not kept",
    "pictures": "no clip shows them",
    "frames": "of takes that are not kept",
    "pieces": "no film is stitched from them",
    "films": "other films than are written now",
    "sketches": "no film is sketched with them",
    "inspections": "of takes and films that are not kept",
    HURT: "found damaged in the place of takes",
}
"""The folders of a store in which files are swept, and why nobody needs one."""


@dataclass(frozen=True, slots=True)
class Rest:
    """A file that is kept or that nobody needs."""

    path: Path
    kind: str
    """Its folder in the store: `takes`, `slates`, `pictures`, `frames`, `pieces`, `films`, `sketches`,
    `inspections` or `damaged`."""
    bytes: int
    why: str
    """Why it is kept, or why nobody needs it."""
    shows: str = ""
    """What it shows, in a few words."""


@dataclass
class Needs:
    """What has to be kept, each with the first reason that was found."""

    names: dict[str, str] = field(default_factory=dict)
    """Names in the store: sha256 of takes and pictures, fingerprints of slates, keys of pieces, windows and films."""
    films: set[str] = field(default_factory=set)
    """Storyboards that are here, by their names in the store."""
    clips: set[tuple[str, str]] = field(default_factory=set)
    """Their clips: name of the storyboard, and id."""
    words: set[str] = field(default_factory=set)
    """What the takes of each clip, as it is now, share."""
    hosts: set[str] = field(default_factory=set)
    """Providers of whose takes or orders something may be here."""
    broken: set[str] = field(default_factory=set)
    """Storyboards of which it is not known what they need."""

    def keep(self, names: Iterable[str], why: str) -> None:
        """Marks names as needed; of several reasons, the first one stays."""
        for name in names:
            self.names.setdefault(name, why)


@dataclass(frozen=True, slots=True)
class Collected:
    """What a garbage collection found in a store."""

    store: Path
    """The store's folder."""
    gone: tuple[Rest, ...]
    """What nobody needs."""
    kept: tuple[Rest, ...]
    deleted: bool
    """Whether what nobody needs was deleted."""


def collect_garbage(
    folder: Path, since: str | None = None, confirm: Callable[[Sequence[Rest], Sequence[Rest]], bool] | None = None
) -> Collected:
    """Finds what nobody needs in the store of the project that a folder is in, and deletes it if `confirm` agrees to
    what goes and what is kept; without `confirm` it only looks. `since` as for `find_rest`.

    UsageError where there is no store, where another run holds it, and where git does not tell all of its history.
    """
    store = Project(folder / "film.story.yaml").store
    if not store.folder.is_dir():
        raise UsageError(f"there is no store in {folder.resolve()} or above it", "a render makes one: `.storyforge`")
    if confirm is None:
        # A run that is rendering has takes that no lock names yet.
        if store.is_held():
            raise UsageError("another run is rendering into this project's store", "wait for it to end, or stop it")
        gone, kept = find_rest(store, since)
        return Collected(store.folder, tuple(gone), tuple(kept), False)
    with store.hold():
        gone, kept = find_rest(store, since)
        agreed = confirm(gone, kept)
        if agreed:
            delete(gone)
    return Collected(store.folder, tuple(gone), tuple(kept), agreed)


def find_rest(store: Store, since: str | None) -> tuple[list[Rest], list[Rest]]:
    """What nobody needs, and what is kept. `since` is a day, a branch or a tag: older history counts no more.

    UsageError where git does not tell all of it: where git fails, or the history is cut off and `since` does not say
    from where on it counts.
    """
    needs, records = Needs(), dict(store.renderings())
    files = list(_files(store.top, store.folder))
    for path in (path for path in files if path.name.endswith(LOCKS)):
        # Read as bytes and not as a lock: one that is broken keeps what it names.
        needs.keep(_names(read_file(path, store.top, LARGEST)), HERE)
    for repository in _repositories(store.top, files):
        needs.keep(_history(repository, since), PAST)
    orders = _orders(store)
    needs.hosts = _hosts(records) | {order.provider for order in orders}
    for project in (Project(path) for path in files if path.name.endswith(STORYBOARDS) and path.is_file()):
        if project.store.folder == store.folder:
            _keep_storyboard(project, needs)
    needs.keep((order.fingerprint for order in orders), ORDERED)
    return _parted(store, records, needs)


def _files(top: Path, store: Path) -> Iterator[Path]:
    """All files of a project, and the `.git` of each repository in it."""

    def fail(fault: OSError) -> None:
        raise UsageError(f"`{fault.filename}` cannot be read, so nothing was deleted: {fault.strerror}", None)

    # `os.walk` passes over what it cannot read, and takes that a lock in there names would be deleted.
    for folder, inner, names in os.walk(top, onerror=fail):
        yield from (Path(folder, name) for name in names)
        if ".git" in inner:
            yield Path(folder, ".git")
        inner[:] = [name for name in inner if name != ".git" and Path(folder, name) != store]


def _repositories(top: Path, files: Iterable[Path]) -> list[Repository]:
    """The repository that a project is in, and all that are in the project."""
    places = [place.parent for place in files if place.name == ".git"]
    around = next((folder for folder in (top, *top.parents) if (folder / ".git").exists()), None)
    found = {}
    for place in dict.fromkeys([*([around] if around else []), *places]):
        repository = Repository.find(place)
        if repository is None:
            raise UsageError(
                f"git cannot tell what `{place}` keeps, so nothing was deleted", "see to git, or to that repository"
            )
        found[repository.folder] = repository
    return list(found.values())


def _history(repository: Repository, since: str | None) -> set[str]:
    """Whatever the locks of a repository ever named."""
    if repository.is_shallow and since is None:
        raise UsageError(
            f"the history of `{repository.folder}` is cut off, so nothing was deleted",
            "fetch all of it with `git fetch --unshallow`, or say with `--since` from where on it counts",
        )
    ids = {**repository.versions(f"*{LOCKS}", since), **repository.read_staged(f"*{LOCKS}")}
    contents = dict(repository.contents(ids, LARGEST))
    if missing := [name for content, name in ids.items() if content not in contents]:
        raise UsageError(f"git does not hold every version of {missing[0]}, so nothing was deleted", "fetch them")
    return {name for content in contents.values() for name in _names(content)}


def _names(content: bytes) -> set[str]:
    return {name.lower() for name in NAME.findall(content.decode("utf-8", "replace"))}


def _hosts(records: Mapping[str, dict[str, Any]]) -> set[str]:
    """The providers that takes are of; all where a record does not tell. What is sketched is drawn offline."""
    slates = [record.get("slate") for record in records.values()]
    told = {str(slate["provider"]) for slate in slates if isinstance(slate, dict) and "provider" in slate}
    whole = all(isinstance(slate, dict) and "provider" in slate for slate in slates)
    return told | {Offline.name} if whole else {provider.name for provider in PROVIDERS}


def _keep_storyboard(project: Project, needs: Needs) -> None:
    """Keeps what a storyboard needs as it is written, and at each host of which there is anything."""
    choose_ffmpeg(lambda: project.settings.text("ffmpeg"))
    written = compile_loaded(load_file(project), default=project.settings.text("provider") or "offline")
    hosts = [provider.name for provider in PROVIDERS if provider.name in needs.hosts]
    needs.films.add(project.film_name)
    if written.broken:
        needs.broken.add(project.film_name)
    if isinstance(written, Uncompiled):
        return
    seen = []
    for compiled in (written, *(compile_throughout(written, host) for host in hosts)):
        slates = [one.slate for one in compiled.planned]
        if slates and slates not in seen:
            seen.append(slates)
            _keep_film(compiled, needs)


def _keep_film(compiled: Compiled, needs: Needs) -> None:
    takes: dict[str, str] = {}
    for one in compiled.planned:
        take = take_for(one, compiled.project.store)
        takes |= {one.clip.id: take} if take else {}
        needs.clips.add((compiled.project.film_name, one.clip.id))
        forms = list_forms(one, compiled)
        needs.words |= {words_fingerprint(form.job.slate) for form in forms}
        # Whatever looks like a name in what would be ordered, so that a new kind of picture is kept without a change
        # here.
        given = _names(json.dumps([one.job.slate, one.job.references, one.job.first_frame]).encode())
        slates = {form.job.fingerprint for form in forms}
        needs.keep([one.job.fingerprint, one.slate, *slates, *([take] if take else []), *given], WRITTEN)
    needs.keep(_made(compiled, takes), WRITTEN)
    if takes and len(takes) == len(compiled.planned):
        needs.keep([film_key(compiled, takes)], WRITTEN)
    if not compiled.broken and all(one.job.panels for one in compiled.planned):
        needs.keep((part.key for part in shots_in_order(compiled)), WRITTEN)


def _made(compiled: Compiled, takes: dict[str, str]) -> Iterator[str]:
    """Names of what a film is stitched from: its pieces, the windows between them, what is drawn over them, and its
    sound."""
    short = find_anchored(one.clip for one in compiled.planned)
    store = compiled.project.store
    # what was never looked at was never made into a piece
    seen = {
        clip: take
        for clip, take in takes.items()
        if store.measures(take).is_file() and (clip not in short or read_anchor(take, store))
    }
    footage, labels, pieces = Assembly(compiled, compiled.planned, seen.get), list[str](), dict[str, Piece]()

    def named(sha256: str, drawn: bytes) -> Path:
        labels.append(sha256)
        return Path(sha256)

    for one in compiled.planned:
        take, made = takes.get(one.clip.id), footage.delivery(one, footage.cues(one), named)
        key = piece_key(take, made, version_key()) if take else f"none of {one.clip.id}"
        pieces[one.clip.id] = Piece(key, Path(), Path(), made.frames, made.fps)
    yield from labels
    placed = footage.place_pieces(pieces)
    yield from (one.piece.key for one in placed)
    yield from (part.key for part in list_parts(placed) if isinstance(part, Window))
    yield from sound_names(placed, make_mix(compiled))


def _orders(store: Store) -> Sequence[Order]:
    """Orders that are under way."""
    with Orders(store) as orders:
        return orders.list_orders("planned", *OPEN_STATUSES)


def _parted(store: Store, records: Mapping[str, dict[str, Any]], needs: Needs) -> tuple[list[Rest], list[Rest]]:
    needs.keep((slate for slate, record in records.items() if str(record.get("film")) in needs.broken), BROKEN)
    for slate, record in records.items():
        if slate in needs.names:
            needs.keep([str(record.get("take"))], needs.names[slate])
    of_take: dict[str, dict[str, Any]] = {}
    pictures: dict[str, str] = {}
    for slate, record in records.items():
        take = str(record.get("take"))
        # One take may have been rendered from several slates: while it is kept, all of them are.
        of_take.setdefault(take, record)
        if why := needs.names.get(take):
            needs.keep([slate], why)
            pictures |= dict.fromkeys(_names(json.dumps(record.get("slate")).encode()), why)
    gone, kept = list[Rest](), list[Rest]()
    for kind, path, name in _stored(store):
        why = None if kind == HURT else needs.names.get(name) or (pictures.get(name) if kind == "pictures" else None)
        size = sum(one.stat().st_size for one in (path, *path.rglob("*")) if one.is_file())
        if why:
            kept.append(Rest(path, kind, size, why))
        elif kind == "takes":
            gone.append(Rest(path, kind, size, _why_gone(of_take.get(name), needs), _shows(of_take.get(name))))
        else:
            gone.append(Rest(path, kind, size, LEFT if path.name.startswith(".") else GONE[kind]))
    return gone, kept


def _stored(store: Store) -> Iterator[tuple[str, Path, str]]:
    """The files of a store that are named by what they hold or are made from: kind, path, name. Nothing else is
    touched, but what a run that was broken off left behind."""
    for kind in GONE:
        for path in sorted(store.path(kind).glob("*")):
            name = path.name.partition(".")[0]
            if NAME.fullmatch(name) or (kind, path.name) == ("films", PARTIAL) or _is_left(kind, path):
                yield kind, path, name


def _is_left(kind: str, path: Path) -> bool:
    return kind in ("pieces", "films") and path.name.startswith(".")


def _why_gone(record: dict[str, Any] | None, needs: Needs) -> str:
    """Why nobody needs a take."""
    if record is None or not isinstance(record.get("slate"), dict):
        return "nothing tells what it was rendered from"
    film, clip = str(record.get("film")), str(record.get("clip"))
    if film not in needs.films:
        return "its storyboard is not here any more"
    if words_fingerprint(record["slate"]) in needs.words:
        return "another take of these words is chosen"
    return "its words were changed" if (film, clip) in needs.clips else "no clip is called so any more"


def _shows(record: dict[str, Any] | None) -> str:
    if record is None:
        return ""
    slate = record.get("slate")
    made = slate if isinstance(slate, dict) else {}
    told = [record.get("clip"), record.get("film"), made.get("provider"), record.get("date")]
    return ", ".join(str(one) for one in told if one)


def delete(rests: Iterable[Rest]) -> None:
    """Deletes what nobody needs."""
    for rest in rests:
        if rest.path.is_dir():
            remove_folder(rest.path)
        else:
            remove_file(rest.path)
