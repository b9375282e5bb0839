"""What of a storyboard's lock, ledger and store is hurt, and what the next render or `gc` does about it.

Every file is read, whatever is remembered of it. Nothing is changed but what is remembered of comparing files.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from storyforge.compiler.compile import Uncompiled
from storyforge.compiler.jobs import Planned
from storyforge.compiler.slates import fingerprint
from storyforge.model.errors import StoryForgeError
from storyforge.planning.film_plan import plan_film
from storyforge.planning.open import open_storyboard
from storyforge.planning.reasons import list_chosen
from storyforge.system.files import file_sha256
from storyforge.system.inputs import UnreadableFile, read_file
from storyforge.system.ledger import Ledger, has_ledger
from storyforge.system.lock import BROKEN, lock_path, read_lock
from storyforge.system.project import Project
from storyforge.system.records import SHA256, Check, is_film, is_record, is_rendering, load_json
from storyforge.system.store import HURT, Store
from storyforge.system.whole import is_hurt

MADE = ("pieces", "frames", "inspections", "sketches")
"""Folders with what is made from takes, and made again where it is hurt."""

AGAIN = "the next render makes it again"
FORGOTTEN = "the next render writes it again; until then a plan may not say what changed"
LEDGER = "put back a copy; nothing is ordered until then, since a clip that is under way would be paid twice"
UNPLAYED = "no clip of this film plays it; `storyforge gc` says whether another does, and deletes it"


@dataclass(frozen=True, slots=True)
class Hurt:
    """Something that is hurt."""

    file: Path
    what: str
    """What is wrong with it."""
    next: str
    """What the next render or `gc` does about it, or what a person should."""


@dataclass(frozen=True, slots=True)
class Examination:
    """What came out of looking at all that belongs to a film."""

    store: Path
    files: int
    """How many files were read."""
    hurt: tuple[Hurt, ...]


def examine_film(file: Path) -> Examination:
    """Looks at the lock, the ledger and the store of a storyboard. UsageError for a store that is none of ours."""
    project, hurt = Project(file), list[Hurt]()
    store = project.store
    path = lock_path(file)
    _, found = read_lock(path)
    hurt += [Hurt(path, one.message, one.hint or BROKEN) for one in found if one.severity == "error"]
    ledger = list(_examine_ledger(store))
    hurt += ledger
    nexts = _say_nexts(file, ledger)
    seen = 0
    for folder in ("takes", "slates", "records", "films", "pictures", *MADE):
        for entry in _list_files(store.path(folder)):
            seen += 1
            hurt += _examine_file(folder, entry, nexts)
    for entry in _list_files(store.folder):
        if entry.name == "delivered.json" and (why := _find_fault(entry, lambda told: True)):
            hurt.append(Hurt(entry, why, "the next render delivers the film again"))
    for entry in _list_files(store.path(HURT)):
        hurt.append(Hurt(entry, "was found in the place of a take", "`storyforge gc` deletes it"))
    return Examination(store.folder, seen, (*hurt, *_list_gone(file, store, nexts)))


def _say_nexts(file: Path, ledger: list[Hurt]) -> dict[str, str]:
    """What the next render does about each take, by its sha256, that a clip names: where the film is rendered by
    itself, and at each host whose takes the lock names. Without what cannot be planned."""
    found: dict[str, str] = {}
    providers = {block.provider for block in read_lock(lock_path(file))[0].blocks.values()}
    for provider in [] if ledger else [None, *sorted(providers)]:
        try:
            compiled = open_storyboard(file, provider)
            if isinstance(compiled, Uncompiled):
                continue
            planned = plan_film(compiled).planned
        except StoryForgeError:
            continue
        found = {take: _say_next(one) for one in planned for take in list_chosen(one, compiled)} | found
    return found


def _say_next(one: Planned) -> str:
    clip, host = one.clip.id, one.clip.provider
    match one.state:
        case "cached":
            return f"`{clip}` plays a take that is whole"
        case "attached":
            return f"the next render fetches `{clip}` from {host} again, for nothing"
        case "render":
            known = f"for ${one.usd:,.2f}" if one.usd else "for nothing"
            cost = "at a price that is not known" if one.usd is None else known
            return f"the next render makes `{clip}` again at {host}, {cost}; `storyforge pull` may bring it before"
    return f"`{clip}` is {one.state}: {one.why}"


def _list_gone(file: Path, store: Store, nexts: dict[str, str]) -> Iterator[Hurt]:
    """Takes that the lock names and of which no file is here."""
    for clip, block in read_lock(lock_path(file))[0].blocks.items():
        if not os.path.lexists(store.take(block.take)):
            what = f"is not here, and the lock names it for `{clip}`"
            yield Hurt(store.take(block.take), what, nexts.get(block.take, "`storyforge pull` may bring it"))


def _examine_file(folder: str, path: Path, nexts: dict[str, str]) -> Iterator[Hurt]:
    name = path.name.partition(".")[0]
    match folder:
        case "takes" | "pictures" if SHA256.fullmatch(name):
            if why := _compare(path, name):
                yield Hurt(path, why, nexts.get(name, UNPLAYED) if folder == "takes" else AGAIN)
        case "slates":
            if why := _find_fault(path, lambda told: is_rendering(told) and _is_own(told.get("slate"), name)):
                yield Hurt(path, why, "the lock still names the take; else it is fetched or rendered again")
        case "records":
            if why := _find_fault(path, is_record):
                yield Hurt(path, why, FORGOTTEN)
        case "films" if path.suffix == ".json":
            if why := _find_fault(path, is_film):
                yield Hurt(path, why, AGAIN)
        case _ if is_hurt(path):
            yield Hurt(path, "is another file than was made", AGAIN)


def _is_own(slate: object, name: str) -> bool:
    return not isinstance(slate, dict) or fingerprint(slate) == name


def _examine_ledger(store: Store) -> Iterator[Hurt]:
    if not has_ledger(store):
        return
    try:
        with Ledger.from_store(store, readonly=True) as ledger:
            for row in ledger.rows("pragma integrity_check"):
                if row[0] != "ok":
                    yield Hurt(store.ledger, str(row[0]), LEDGER)
    except (StoryForgeError, sqlite3.Error) as fault:
        yield Hurt(store.ledger, str(fault), LEDGER)


def _compare(path: Path, sha256: str) -> str | None:
    try:
        return None if file_sha256(path) == sha256 else "is another file than its name says"
    except (OSError, UnreadableFile) as fault:
        return str(fault)


def _find_fault(path: Path, check: Check) -> str | None:
    """What is wrong with a file of JSON; None where nothing is."""
    try:
        load_json(read_file(path).decode(), check)
    except (UnreadableFile, ValueError) as fault:
        return f"cannot be used: {fault}"
    return None


def _list_files(folder: Path) -> list[Path]:
    """What is in a folder but scratch files, be it a file or in the place of one."""
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return []
    return [folder / name for name in names if not name.startswith(".")]
