"""What can go wrong outside, drawn as a tree; mistakes of an author are values (`diagnostics.py`), not these.

StoryForgeError
├── StoryboardError   a storyboard has errors                                exit 1
├── UsageError        the command or a setting is wrong                      exit 2
├── BudgetError       money would be spent unconfirmed or over a limit       exit 4
├── CredentialsError  a key is missing or a provider out of reach            exit 5
│   └── OutOfReach    no connection came about, time after time (http.py)
├── LedgerError       what was ordered cannot be read or written (ledger.py) exit 1
├── HostError         a host refused, failed or fell silent                  exit 1
│   └── TransportError  what happened between here and a host (http.py)
│       ├── Unsent          surely nothing arrived
│       ├── LostAnswer      it may have arrived or not
│       ├── RefusedAddress  an address that is not called
│       ├── DeadAddress     an address without a film (download.py)
│       └── BrokenDownload  a film that did not come whole (download.py)
└── MediaError        a film or a picture could not be read or made          exit 1
"""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from storyforge.model.diagnostics import Diagnostic


class StoryForgeError(Exception):
    """Base of all: one lower-case sentence and, where there is one, a hint on what to do."""

    exit_code = 1

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


class UsageError(StoryForgeError):
    """A command, a setting or a file cannot be used as it is; the command line exits with 2."""

    exit_code = 2


HINTS = {
    errno.EACCES: "see to the rights of the file and of its folder",
    errno.EPERM: "see to the rights of the file and of its folder",
    errno.EROFS: "the disk is read-only: make it writable, or work elsewhere",
    errno.ENOSPC: "make room on the disk, then run again",
    errno.EDQUOT: "make room on the disk, then run again",
    errno.ENOLCK: "work on a disk that can lock files",
    errno.ENAMETOOLONG: "give it a shorter name",
    errno.EMFILE: "close other programs, or allow more open files",
}
"""What to do about a fault of the operating system, by its number."""


def explain_fault(fault: OSError) -> tuple[str, str]:
    """A fault of the operating system for people: what it is, with the file, and what to do."""
    words = fault.strerror or str(fault) or type(fault).__name__
    named = [str(name) for name in (fault.filename, fault.filename2) if isinstance(name, str | os.PathLike)]
    return ": ".join([words, *named[:1]]), HINTS.get(fault.errno or 0, "see to the disk, then run again")


class StoryboardError(StoryForgeError):
    """A storyboard has errors, so that nothing can be made of it; `findings` are all that was found."""

    def __init__(self, findings: Sequence[Diagnostic]) -> None:
        # An exception has room for one sentence; warnings may come before the first error.
        first = next(found for found in findings if found.severity == "error")
        super().__init__(first.message, first.hint)
        self.findings = tuple(findings)


class BudgetError(StoryForgeError):
    """A cost was not confirmed or exceeds a budget; the command line exits with 4."""

    exit_code = 4


class CredentialsError(StoryForgeError):
    """A key is missing or unusable, or its host is out of reach; the command line exits with 5."""

    exit_code = 5


class HostError(StoryForgeError):
    """A host said no, failed or fell silent; the message tells it in the host's own words."""


class MediaError(StoryForgeError):
    """ffmpeg or a decoder failed; the message is translated, the foreign words are in `detail`."""

    def __init__(self, message: str, hint: str | None = None, detail: str = "") -> None:
        super().__init__(message, hint)
        self.detail = detail
