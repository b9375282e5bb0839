"""The one door to object stores: buckets that speak S3, and folders that stand for one; and how settings describe them.

    kind = "bucket"                    kind = "folder"
    url = "s3://bucket/prefix"         folder = "/mnt/films"
    endpoint = "https://..."           left out for Amazon's own
    region = "eu-central-1"

The keys of a bucket come from the environment (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`) and
only from there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from storyforge.model.errors import CredentialsError, HostError, StoryForgeError, UsageError
from storyforge.model.spelling import nearest
from storyforge.system.http import OutOfReach
from storyforge.system.secrets import redact, secrets

if TYPE_CHECKING:
    from obstore.store import LocalStore, S3Config, S3Store

    from storyforge.system.settings import Settings

KEY_NAMES = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
TOKEN_NAME = "AWS_SESSION_TOKEN"

PART = 5 * 2**20
"""Bytes that are sent or read at once; a larger object goes in parts, and is there once all of them are."""
PARTS_AT_ONCE = 4

EXAMPLE = 'write `kind = "folder"` or `kind = "bucket"`'


# the settings


@dataclass(frozen=True)
class Section:
    """A table of the settings that says in what kind of place something lies."""

    name: str
    kind: str
    values: Mapping[str, Any]

    def text(self, key: str, meaning: str) -> str:
        """A text that must be there; UsageError if it is not, with what it means."""
        value = self.values.get(key)
        if value is None:
            raise UsageError(f"`{self.name}.{key}` is missing", f"it is {meaning}")
        if not isinstance(value, str) or not value.strip() or not value.isprintable():
            raise UsageError(f"`{self.name}.{key}` is `{value}`, not text", f"put quotes around the value of `{key}`")
        return value.strip()

    def address(self, key: str, meaning: str) -> str:
        """An https address, or one of this machine by http."""
        written = self.text(key, meaning)
        try:
            parts = urlsplit(written)
            host, _ = parts.hostname or "", parts.port
        except ValueError:
            raise UsageError(f"`{self.name}.{key}` is no address", "write it as `https://...`") from None
        loopback = host in ("localhost", "::1") or host.startswith("127.")
        if not host or parts.scheme not in ("https", "http") or (parts.scheme == "http" and not loopback):
            raise UsageError(f"`{self.name}.{key}` is `{redact(written)}`, not https", "write it as `https://...`")
        if parts.username is not None or parts.query or parts.fragment or " " in written:
            raise UsageError(
                f"`{self.name}.{key}` holds more than an address", "leave out names, passwords, `?` and `#`"
            )
        return written.rstrip("/")

    def folder(self, meaning: str, base: Path | None) -> Path:
        """The folder that it names; a relative one lies in `base`."""
        folder = Path(self.text("folder", meaning)).expanduser()
        if folder.is_absolute():
            return folder
        if base is None:
            raise UsageError(f"`{self.name}.folder` is not a whole path", "begin it with `/` or `~/`")
        return base / folder

    def bucket(self, environment: Mapping[str, str]) -> Bucket:
        """The bucket that it names, with the keys of the environment."""
        written = self.text("url", "the bucket, as `s3://bucket/prefix`")
        found = re.fullmatch(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/([\w!.*'()/-]*))?", written)
        if not found or ".." in written:
            raise UsageError(f"`{self.name}.url` is `{redact(written)}`, no bucket", "write it as `s3://bucket/prefix`")
        region = environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION") or "us-east-1"
        return Bucket(
            section=self.name,
            bucket=found[1],
            prefix=(found[2] or "").strip("/"),
            endpoint=self.address("endpoint", "") if "endpoint" in self.values else None,
            region=self.text("region", "") if self.values.get("region") else region,
            keys={name: environment.get(name, "").strip() for name in (*KEY_NAMES, TOKEN_NAME)},
        )


def read_section(settings: Settings, name: str, known: Mapping[str, tuple[str, ...]]) -> Section | None:
    """A table of the settings that says in which of the known kinds of places something lies, and the settings of each
    kind; None where there is no such table."""
    values = settings.table(name)
    if not values:
        return None
    kind = values.get("kind")
    if not isinstance(kind, str) or kind not in known:
        if not kind:
            raise UsageError(f"`{name}.kind` is missing", EXAMPLE)
        near = nearest(kind, known) if isinstance(kind, str) else None
        raise UsageError(f"`{name}.kind` is `{kind}`", f"did you mean `{near}`?" if near else EXAMPLE)
    if strange := next((key for key in values if key not in known[kind]), None):
        others = "; it belongs to another kind" if any(strange in keys for keys in known.values()) else ""
        near = nearest(strange, known[kind])
        hint = f"did you mean `{near}`?" if near and not others else f"known are {', '.join(known[kind])}"
        raise UsageError(f"`{name}.{strange}` is not known of a {kind}{others}", hint)
    return Section(name, kind, values)


# the places


@dataclass(frozen=True)
class Folder:
    """A folder of this machine, or one that is mounted here, as an object store."""

    section: str
    """Which settings describe it."""
    folder: Path

    def __str__(self) -> str:
        return f"the folder `{self.folder}`"

    def ready(self) -> None:
        """Raises UsageError where the folder is none."""
        if not self.folder.is_dir():
            raise UsageError(
                f"`{self.section}.folder` is `{self.folder}`, which is no folder", "make it, or name another"
            )

    def store(self) -> LocalStore:
        """The folder, opened."""
        self.ready()
        with _installed(self.section):
            from obstore.store import LocalStore
        return LocalStore(self.folder)

    def explain_fault(self, words: str, failed: str) -> StoryForgeError:
        """What went wrong with it, on one line; `failed` says what could not be done."""
        return HostError(f"{failed}: {_first(words)}", f"see to the folder of `[{self.section}]`, then run again")


@dataclass(frozen=True)
class Bucket:
    """A bucket of an object store that speaks S3."""

    section: str
    """Which settings describe it."""
    bucket: str
    prefix: str
    endpoint: str | None
    region: str
    keys: Mapping[str, str] = field(repr=False)
    """By the names of the environment; empty where not set."""

    def __str__(self) -> str:
        return f"the bucket `{self.bucket}`"

    def ready(self) -> None:
        """Raises UsageError or CredentialsError where nothing could be done in it; nothing is sent."""
        if lacking := [name for name in KEY_NAMES if not self.keys.get(name)]:
            raise CredentialsError(
                f"{' and '.join(f'`{name}`' for name in lacking)} not set, so {self} is closed",
                "put it into the environment or into `.env`",
            )
        self.store()

    def store(self) -> S3Store:
        """The bucket below its prefix, opened; nothing is sent yet."""
        with _installed(self.section):
            from obstore.exceptions import BaseError
            from obstore.store import S3Store
        secrets.add(*self.keys.values())
        config: S3Config = {
            "region": self.region,
            "access_key_id": self.keys[KEY_NAMES[0]],
            "secret_access_key": self.keys[KEY_NAMES[1]],
            "skip_signature": False,
        }
        if self.endpoint:
            config["endpoint"] = self.endpoint
        if self.keys.get(TOKEN_NAME):
            config["session_token"] = self.keys[TOKEN_NAME]
        try:
            return S3Store(
                self.bucket,
                prefix=self.prefix or None,
                config=config,
                client_options={
                    "allow_http": bool(self.endpoint and self.endpoint.startswith("http:")),
                    "timeout": timedelta(seconds=120),
                    "connect_timeout": timedelta(seconds=10),
                },
                retry_config={"max_retries": 3, "retry_timeout": timedelta(seconds=60)},
            )
        except (BaseError, ValueError) as fault:
            raise self.explain_fault(str(fault), f"{self} cannot be opened") from None

    def explain_fault(self, words: str, failed: str) -> StoryForgeError:
        """What the store says, in its own words and on one line; `failed` says what could not be done."""
        said = redact(_first(words))
        if "HTTP error: error sending request" in words:
            where = f" at {self.endpoint}" if self.endpoint else ""
            return OutOfReach(f"{self} is out of reach{where}", f"see to the network and `[{self.section}]`, run again")
        # A number with a fraction is a time (`in 403.8ms`), not a status.
        if re.search(
            r"\b40[13]\b(?!\.\d)|AccessDenied|InvalidAccessKeyId|SignatureDoesNotMatch|Unauthenticated", words
        ):
            return CredentialsError(f"{self} does not accept the keys: {said}", "see to the AWS keys")
        return HostError(f"{failed}: {said}", f"see to `[{self.section}]`")


Place = Folder | Bucket


def find_place(section: Section, environment: Mapping[str, str], base: Path) -> Place:
    """The place that a section describes."""
    if section.kind == "bucket":
        return section.bucket(environment)
    return Folder(section.name, section.folder("the folder, by its path on this machine", base))


@contextmanager
def _installed(extra: str) -> Iterator[None]:
    try:
        yield
    except ImportError:
        raise UsageError(
            f"`[{extra}]` needs the package obstore", f"install it: `pip install 'storyforge-film[{extra}]'`"
        ) from None


def _first(words: str) -> str:
    """What obstore says without its inner workings, on one line."""
    line = " ".join(words.partition("Debug source")[0].split())
    return "".join(char if char.isprintable() else "?" for char in line)[:400]


# the objects


class Objects:
    """What lies in a place, by names with forward slashes. An object is there whole or not at all, and nobody sees
    one grow."""

    def __init__(self, place: Place) -> None:
        place.ready()
        self.place, self._store = place, place.store()

    def list_objects(self, folder: str) -> dict[str, int]:
        """The names of all objects of a folder, and their sizes in bytes."""
        import obstore

        with self._translated(f"{self.place} cannot be listed"):
            return {one["path"]: one["size"] for one in obstore.list(self._store, folder).collect()}

    def put(self, name: str, parts: Iterator[bytes], size: int) -> None:
        """Brings an object there in the place of what has its name, from its parts and its size; nothing comes there if
        the parts end in an exception, which is raised on."""
        import obstore

        body = b"".join(parts) if size <= PART else parts
        with self._translated(f"`{name}` cannot be brought to {self.place}"):
            obstore.put(self._store, name, body, chunk_size=PART, max_concurrency=PARTS_AT_ONCE)

    def read(self, name: str, size: int) -> Iterator[bytes]:
        """The bytes of an object of a known size, part after part; HostError if there are fewer."""
        import obstore

        for start in range(0, size, PART):
            length = min(PART, size - start)
            with self._translated(f"`{name}` cannot be fetched from {self.place}"):
                part = obstore.get_range(self._store, name, start=start, length=length)
            if len(part) != length:
                raise HostError(f"`{name}` was cut short in {self.place} while it was read", "run again")
            yield bytes(part)

    @contextmanager
    def _translated(self, failed: str) -> Iterator[None]:
        from obstore.exceptions import BaseError

        try:
            yield
        except (BaseError, OSError) as fault:  # what is not there is an OSError
            raise self.place.explain_fault(str(fault), failed) from None
