"""What is kept in `.storyforge/`: takes and pictures by sha256, slates by fingerprint, conformed pieces, films.

    pictures/SHA256          a picture as a job used it
    takes/SHA256.mp4         a take, byte for byte as it was rendered
    slates/FINGERPRINT.json  what was ordered, and the sha256 and size of its take
    frames/SHA256.png        the last frame of a take; `.sharpest.png` and `.json`: the sharpest near its end, and where
    pieces/KEY.mp4, .wav     a take conformed to the film
    films/KEY.mp4, .json     a stitched film, and its sha256
    inspections/NAME.json    what was measured in a take, by its sha256; what was found in a film, by its key
    told/NAME.json           the plan of a storyboard as it was last printed, for as long as nothing changes
    records/NAME.json        for each clip of a storyboard: what it was last rendered from, in the author's fields
    damaged/SHA256.mp4       what was found in the place of a take and is another file: hurt, and kept until `gc`
    whole/FOLDER.jsonl       which files of a folder were compared with their sha256; may be deleted
    answers/HOST-JOB.json    what a host said of a job that is done and whose film was not found in it
    ledger.db                what was ordered, from whom, and how it came out

Every file is written under another name, synced and renamed, so a killed run leaves only scratch files, most of them in
`tmp/`, which the next run deletes. Objects are never edited, so two storyboards of a project may share a store.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from storyforge.model.errors import StoryForgeError, UsageError
from storyforge.system.files import (
    copy_content,
    file_sha256,
    make_folder,
    move_aside,
    remove_file,
    remove_scratch,
    replace_atomically,
    stage_file,
    write_atomically,
)
from storyforge.system.records import read_film, read_record, read_rendering
from storyforge.system.whole import find_sha256, note_made

HURT = "damaged"
"""The folder of what was in the place of hurt takes."""

IN_PLACE = ("ledger.db", "ledger.db-wal", "ledger.db-shm", "ledger.db-journal", "lock")
"""Files of a store that are written in place, all others being replaced as a whole."""

HELD = ("tmp", "pieces", "films")
"""Folders in which only the holder of the store makes scratch files."""

LEFT_AFTER = 3600.0
"""Seconds after which a scratch file of another folder is taken for one that was left behind."""


class Store:
    """The store in a folder; reading makes nothing, writing makes what it needs."""

    def __init__(
        self, folder: Path, top: Path | None = None, is_local: Callable[[str], bool] = lambda host: False
    ) -> None:
        self.folder = folder
        self.top = folder.parent if top is None else top
        """The top folder of the project that it is for: where films are named from."""
        self.is_local = is_local
        """Whether a host is reached at an address of this machine. Only then do takes of its emulator count."""

    def path(self, *parts: str) -> Path:
        """A path in the store, whether something is there or not."""
        return self.folder.joinpath(*parts)

    @property
    def ledger(self) -> Path:
        """Where the ledger lies, whether it is there or not."""
        return self.path("ledger.db")

    @contextlib.contextmanager
    def hold(self) -> Iterator[None]:
        """Holds the store for one writer; UsageError if another process has it. A killed holder holds nothing."""
        from filelock import FileLock, Timeout

        make_folder(self.folder)
        # Without waiting: the other run may take an hour, and a person wants to know at once.
        lock = FileLock(self.path("lock"), timeout=0)
        try:
            with self._lockable():
                lock.acquire()
        except Timeout:
            raise UsageError(
                "another run is rendering into this project's store", "wait for it to end, or stop it, then run again"
            ) from None
        try:
            self._sweep()
            yield
        finally:
            lock.release()

    @contextlib.contextmanager
    def _lockable(self) -> Iterator[None]:
        """Says of a disk that cannot lock files that this is it."""
        from filelock import Timeout

        try:
            yield
        except Timeout:  # an OSError too
            raise
        except (OSError, NotImplementedError) as fault:
            words = getattr(fault, "strerror", None) or str(fault)
            hint = "the store wants a disk that it may write to and that can lock files; see to it, or move the store"
            raise StoryForgeError(f"`{self.path('lock')}` cannot be locked: {words}", hint) from None

    def _sweep(self) -> None:
        """Deletes scratch files of runs that were killed; what others than the holder may write stays for an hour."""
        for folder in self.folder.iterdir():
            if folder.is_dir() and not folder.is_symlink():
                remove_scratch(folder, 0.0 if folder.name in HELD else LEFT_AFTER)

    def is_held(self) -> bool:
        """Whether a process is writing into the store now."""
        from filelock import FileLock, Timeout

        try:
            with self._lockable(), FileLock(self.path("lock"), timeout=0):
                return False
        except Timeout:
            return True

    @contextlib.contextmanager
    def stage(self, *parts: str) -> Iterator[Path]:
        """A path to write a file to, which takes its place in the store when the block ends well."""
        with stage_file(self.path(*parts), self.path("tmp")) as scratch:
            yield scratch

    def write_file(self, data: bytes | str, *parts: str) -> None:
        """Writes a whole file of the store."""
        write_atomically(self.path(*parts), data, self.path("tmp"))

    def find_take(self, fingerprint: str) -> str | None:
        """The sha256 of the take that a slate was rendered to, if it is whole on disk; an emulated take is one only
        where its host is reached on this machine."""
        slate = self.rendering(fingerprint)
        if slate is None or not self.has_take(slate["take"]):
            return None
        if slate.get("emulated") and not self.is_local(str((slate.get("slate") or {}).get("provider"))):
            return None
        return str(slate["take"])

    def has_take(self, sha256: str) -> bool:
        """Whether a take is here and whole. Its bytes are read once for each size, time and inode that it has. Raises
        UnreadableFile where it may not be read."""
        return find_sha256(self.take(sha256)) == sha256

    def is_hurt(self, sha256: str) -> bool:
        """Whether a take was here and is hurt now: another file is in its place, or was moved aside."""
        places = (self.take(sha256), self.path(HURT, f"{sha256}.mp4"))
        return any(map(os.path.lexists, places)) and not self.has_take(sha256)

    def set_aside(self, sha256: str) -> Path | None:
        """Moves what is in the place of a hurt take to where such files are kept, and gives where it is now; None where
        there is nothing, or the take is whole. The caller holds the store. Raises OSError."""
        place = self.take(sha256)
        if not os.path.lexists(place) or self.has_take(sha256):
            return None
        return move_aside(place, self.path(HURT))

    def has_past(self) -> bool:
        """Whether anything was rendered or ordered here."""
        return self.path("slates").is_dir() or os.path.lexists(self.ledger)

    def has_first(self) -> bool:
        """Whether any take here was rendered by release 0.1, whose slates say nothing of their form."""
        return any("form" not in (record.get("slate") or {}) for _, record in self.renderings())

    def rendering(self, fingerprint: str) -> dict[str, Any] | None:
        """What is known of the take that a slate was rendered to: `slate`, `take`, `bytes`, `notes`, and as what and
        when: `film`, `clip`, `date`, in `fields` what the author had written, `prompt` and `release` as it was worded
        and by which release, and `emulated` where an emulator did."""
        return read_rendering(self.path("slates", f"{fingerprint}.json"))

    def renderings(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """What is known of every take, by the fingerprint of the slate that it was rendered from."""
        for path in sorted(self.path("slates").glob("*.json")):
            if found := self.rendering(path.stem):
                yield path.stem, found

    def take(self, sha256: str) -> Path:
        """Where the take of a sha256 is kept, whether it is there or not."""
        return self.path("takes", f"{sha256}.mp4")

    def measures(self, sha256: str) -> Path:
        """Where what was measured in a take is kept."""
        return self.path("inspections", f"{sha256}.json")

    def keep_take(
        self,
        film: Path,
        fingerprint: str,
        slate: Mapping[str, Any],
        notes: tuple[str, ...] = (),
        made: Mapping[str, Any] | None = None,
    ) -> str:
        """Moves a rendered clip into the store and records what it was rendered from, and in `made` as what and when;
        returns its sha256."""
        sha256 = file_sha256(film)
        target = self.take(sha256)
        make_folder(target.parent)
        # The film first: a record must never name a take that is not there.
        replace_atomically(film, target)
        note_made(target, sha256=sha256)
        facts = {"slate": slate, "take": sha256, "bytes": target.stat().st_size, "notes": list(notes)}
        record = {**(made or {}), **facts}
        self._write(record, "slates", f"{fingerprint}.json")
        return sha256

    def keep_picture(self, path: Path, sha256: str) -> Path:
        """Copies a picture into the store; UsageError if the file is no longer what it was when it was read."""
        target = self.path("pictures", sha256)
        if find_sha256(target) != sha256:
            with self.stage("pictures", sha256) as scratch:
                copy_content(path, scratch)
                if file_sha256(scratch) != sha256:
                    raise UsageError(f"`{path.name}` changed while it was being read", "run again")
            note_made(target, sha256=sha256)
        return target

    def record(self, name: str) -> dict[str, Any]:
        """What each clip of a storyboard was last rendered from, by the clip's id."""
        return read_record(self.path("records", f"{name}.json")) or {}

    def keep_record(self, name: str, record: Mapping[str, Any]) -> None:
        """Replaces what each clip of a storyboard was last rendered from, by the clip's id."""
        self._write(record, "records", f"{name}.json")

    def film(self, key: str) -> Path | None:
        """The stitched film of a key, if it is whole on disk."""
        path, recorded = self.path("films", f"{key}.mp4"), self.film_sha256(key)
        return path if recorded and find_sha256(path) == recorded else None

    def film_sha256(self, key: str) -> str | None:
        """The sha256 that was recorded for the film of a key; None where none was stitched."""
        record = read_film(self.path("films", f"{key}.json"))
        return str(record["sha256"]) if record else None

    def film_names(self, key: str) -> Any:
        """The names in the film of a key, as they were kept with it."""
        return (read_film(self.path("films", f"{key}.json")) or {}).get("names")

    def keep_film(self, key: str, names: Sequence[str] = ()) -> None:
        """Records the film of a key, once its file is in place, with the names that are in it."""
        path = self.path("films", f"{key}.mp4")
        for signed in path.parent.glob(f"{key}.signed-*.mp4"):  # of the film that was there before
            remove_file(signed)
        sha256 = file_sha256(path)
        note_made(path, sha256=sha256)
        facts = {"sha256": sha256, "bytes": path.stat().st_size, "names": list(names)}
        self._write(facts, "films", f"{key}.json")

    def _write(self, record: Mapping[str, Any], *parts: str) -> None:
        self.write_file(json.dumps(record, ensure_ascii=False, sort_keys=True, indent=1) + "\n", *parts)
