"""Brings pictures under public addresses, for hosts that take nothing else, without what a camera writes into them.

    [publish]                                  [publish]
    kind = "folder"                            kind = "bucket"
    folder = "/srv/www/pictures"               url = "s3://bucket/prefix"
    url = "https://example.com/pictures"       endpoint = "https://..."     left out for Amazon's own
                                               region = "eu-central-1"
                                               expires = 21600              seconds that an address holds

A published picture is named by the sha256 of its content as the author has it, so it is brought there once, and nobody
guesses its name. A bucket's other settings and its keys are read by `system/object_store.py`.
"""

from __future__ import annotations

import hashlib
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from storyforge.model.errors import MediaError, UsageError
from storyforge.model.messages import Placed, Upload
from storyforge.rendering.bare_picture import FORMS, find_form, strip_picture
from storyforge.system.files import write_atomically
from storyforge.system.object_store import Bucket, read_section
from storyforge.system.workers import find_workers

if TYPE_CHECKING:
    from storyforge.system.settings import Settings

SIX_HOURS = 6 * 3600
LONGEST = 7 * 24 * 3600
"""Seconds that a signed address can hold, by the rules of its signature."""
SHORTEST = 60

KEYS: Mapping[str, tuple[str, ...]] = {
    "folder": ("kind", "folder", "url"),
    "bucket": ("kind", "url", "endpoint", "region", "expires"),
}
"""The settings of each kind."""


class Publisher(ABC):
    """Gives pictures addresses that a host can fetch them from."""

    @abstractmethod
    def ready(self) -> None:
        """Raises UsageError or CredentialsError where publishing would surely fail; nothing is sent."""

    @abstractmethod
    def publish(self, upload: Upload) -> Placed:
        """Brings a picture to its place, unless it is there, and gives its address."""


# the settings


def find_publisher(settings: Settings, base: Path | None = None) -> Publisher | None:
    """The publisher that `[publish]` describes; None without that section. A relative folder lies in `base`."""
    section = read_section(settings, "publish", KEYS)
    if section is None:
        return None
    if section.kind == "folder":
        folder = section.folder("the folder that pictures are written to", base)
        return PublicFolder(folder, section.address("url", "where the folder is seen from outside"))
    bucket, expires = section.bucket(settings.environment), section.values.get("expires", SIX_HOURS)
    if not isinstance(expires, int) or isinstance(expires, bool) or not SHORTEST <= expires <= LONGEST:
        raise UsageError(
            f"`publish.expires` is `{expires}`", f"give seconds from {SHORTEST} to {LONGEST}, as a whole number"
        )
    return PublicBucket(bucket, expires)


# the places


@dataclass(frozen=True)
class PublicFolder(Publisher):
    """A folder of this machine that a web server shows, or that is synced to one."""

    folder: Path
    url: str

    def ready(self) -> None:
        """UsageError if the folder is not there; none is made, since a web server must show it."""
        if not self.folder.is_dir():
            raise UsageError(f"`publish.folder` is `{self.folder}`, which is no folder", "make it, or name another")

    def publish(self, upload: Upload) -> Placed:
        """Writes the picture if it is not there byte for byte; its address never expires. UsageError if it cannot."""
        self.ready()
        target = self.folder / upload.name
        try:
            # Compared, since the folder is not ours alone; what is the same is left untouched.
            if not (target.is_file() and target.read_bytes() == upload.content):
                write_atomically(target, upload.content)
        except OSError as fault:
            raise UsageError(
                f"a picture cannot be published to `{self.folder}`: {fault.strerror}",
                "see to the folder, then run again",
            ) from None
        return Placed(f"{self.url}/{upload.name}")


@dataclass(frozen=True)
class PublicBucket(Publisher):
    """A bucket that nobody else can read; each address is signed for a while."""

    bucket: Bucket
    expires: int
    """Seconds that an address holds."""

    def ready(self) -> None:
        """UsageError or CredentialsError where the bucket cannot be used; nothing is sent."""
        self.bucket.ready()

    def publish(self, upload: Upload) -> Placed:
        """Puts the picture there if its name is not, and signs an address that holds for `expires` seconds."""
        self.ready()
        import obstore
        from obstore.exceptions import AlreadyExistsError, BaseError

        store, attributes = self.bucket.store(), {"Content-Type": upload.media_type}
        try:
            try:
                obstore.put(store, upload.name, upload.content, mode="create", attributes=attributes)
            except AlreadyExistsError:
                pass
            except (BaseError, NotImplementedError) as fault:
                # Some stores do not know "only where there is none"; what is there has the same bytes.
                if not re.search(r"not ?implemented|not ?supported|\b501\b", str(fault), re.IGNORECASE):
                    raise
                obstore.put(store, upload.name, upload.content, mode="overwrite", attributes=attributes)
            address = obstore.sign(store, "GET", upload.name, timedelta(seconds=self.expires))
        except (BaseError, OSError) as fault:  # what is not there is an OSError
            raise self.bucket.explain_fault(str(fault), f"a picture cannot be published to {self.bucket}") from None
        return Placed(address, float(self.expires))


# a picture as it is uploaded


def prepare_picture(picture: Path | bytes) -> Upload:
    """A picture without what was written with it: place, camera, words, thumbnails. Its pixels stay as they were.
    MediaError if it cannot be read.

    Only a picture that lies on its side, or whose parts cannot be distinguished, is encoded again.
    """
    name = "a picture" if isinstance(picture, bytes) else f"`{picture.name}`"
    try:
        content = picture if isinstance(picture, bytes) else picture.read_bytes()
    except OSError as fault:
        raise MediaError(f"{name} cannot be read: {fault.strerror}") from None
    form = find_form(content)
    if form is None:
        raise MediaError(f"{name} is no JPEG, PNG or WEBP", "convert it")
    media_type, ending = FORMS[form]
    sha256 = hashlib.sha256(content).hexdigest()
    bare = find_workers().run(strip_picture, name, form, name, content=content).content
    return Upload(f"{sha256}.{ending}", media_type, bare)
