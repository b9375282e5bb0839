"""Standard streams that can be used: a closed one leads nowhere, and letters that a terminal lacks are escaped."""

from __future__ import annotations

import codecs
import contextlib
import os
import sys

ESCAPED = "storyforge-escaped"
"""Name of what writes letters that an encoding has not: as JSON does, so that a JSON document stays one."""


def _escape(fault: UnicodeError) -> tuple[str | bytes, int]:
    if not isinstance(fault, UnicodeEncodeError):
        raise fault
    pairs = fault.object[fault.start : fault.end].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{pairs[at : at + 2].hex()}" for at in range(0, len(pairs), 2)), fault.end


def prepare_streams() -> None:
    """Makes the standard streams of this process usable, whatever it was started with."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            # Otherwise the next file that is opened is taken for this stream, here or in a process that is started.
            os.open(os.devnull, os.O_RDWR)
    if sys.stdin is None:
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115 for as long as we run
    codecs.register_error(ESCAPED, _escape)
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 likewise
        elif hasattr(stream, "reconfigure"):
            with contextlib.suppress(OSError):  # where its descriptor became another's, as after a fork
                stream.reconfigure(errors=ESCAPED)
