"""Readers that were taken over, or that a file drives mad: what each does in the process apart."""

from __future__ import annotations

import os
import socket
import sys
import time
from pathlib import Path
from typing import Any

from storyforge.model.errors import MediaError
from storyforge.system.worker_process import Blob


def tell_process(file: str, *more: Any) -> list[Any]:
    return [os.getpid(), file, *more]


def echo(file: str, *, content: bytes) -> Blob:
    return Blob(len(content), content[::-1])


def crash(file: str) -> None:
    os.abort()


def leave(file: str) -> None:
    os._exit(3)


def spin(file: str) -> None:
    while True:
        pass


def sleep(file: str, seconds: float = 60) -> None:
    time.sleep(seconds)


def sleep_whatever(*given: Any) -> None:
    time.sleep(60)


def eat_memory(file: str) -> int:
    held = []
    while True:
        held.append(bytearray(64 << 20))


def refuse(file: str) -> None:
    raise MediaError("no", "do so", "words")


def stumble(file: str) -> None:
    raise ZeroDivisionError("a bug")


def print_much(file: str) -> str:
    sys.stdout.write("no answer\n" * 100_000)
    sys.stdout.flush()
    os.write(1, b"\0" * 1000)
    return "done"


def find_keys(file: str) -> dict[str, str]:
    """All that this process was given, and what its parent's environment shows."""
    own = Path("/proc/self/environ").read_bytes() if Path("/proc/self/environ").exists() else b""
    return dict(os.environ) | {"proc": own.decode(errors="replace")}


def answer_nonsense(file: str) -> None:
    os.write(_answers(), b"\xff" * 64)
    time.sleep(60)


def answer_code(file: str) -> Any:
    return {"__reduce__": ["os.system", "touch /tmp/taken-over"], "aspect": "1/0", "width": []}


def _answers() -> int:
    """The pipe to the parent."""
    return max(
        int(one) for one in os.listdir("/proc/self/fd") if os.path.exists(f"/proc/self/fd/{one}") and _is_out(one)
    )


def _is_out(number: str) -> bool:
    return number not in ("0", "1", "2") and "w" in _mode(number)


def _mode(number: str) -> str:
    text = Path(f"/proc/self/fdinfo/{number}").read_text()
    flags = int(next(line.split()[1] for line in text.splitlines() if line.startswith("flags")), 8)
    return "w" if flags & os.O_ACCMODE == os.O_WRONLY else "r"


def write_file(file: str, out: str) -> int:
    with open(out, "wb") as target:
        return target.write(b"taken over")


def append_file(file: str, out: str) -> int:
    with open(out, "ab") as target:
        return target.write(b"taken over")


def tell_limits(file: str) -> dict[str, list[int]]:
    import resource

    names = ("RLIMIT_AS", "RLIMIT_CPU", "RLIMIT_FSIZE", "RLIMIT_CORE", "RLIMIT_NPROC")
    return {name: list(resource.getrlimit(getattr(resource, name))) for name in names}


def read_file(file: str) -> str:
    return Path(file).read_text()


def read_other(file: str, other: str) -> str:
    return Path(other).read_bytes().decode(errors="replace")


def delete_file(file: str, other: str) -> None:
    os.unlink(other)


def truncate_file(file: str, other: str) -> None:
    os.truncate(other, 0)


def start_program(file: str) -> int:
    return os.posix_spawn("/bin/true", ["true"], {})


def call_out(file: str) -> None:
    with socket.create_connection(("127.0.0.1", 9), timeout=5):
        pass


def die_of_film(file: str, *probed: Any) -> None:
    os.abort()
