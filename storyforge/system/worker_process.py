"""The process that reads untrusted files: one task after another, within limits; `workers.py` starts it.

A task is a function of StoryForge with its arguments. It comes on standard input, and what it gives leaves on standard
output: two lengths, JSON, and bytes as they are. Nothing that comes back can be run.
"""

from __future__ import annotations

import json
import os
import struct
import threading
import traceback
from collections.abc import Callable, Sequence
from importlib import import_module
from queue import SimpleQueue
from typing import IO, Any, NamedTuple

from storyforge.model.errors import MediaError
from storyforge.system.worker_limits import LABOUR, confine_process, limit_task, shut_in, used_seconds

HEAD = struct.Struct(">IQ")
"""Before each message: how long its JSON is, and how long the bytes are that follow."""


class Blob(NamedTuple):
    """What a task gives that has more than JSON can hold."""

    found: Any
    content: bytes


def main(modules: Sequence[str], folders: Sequence[str]) -> None:
    """Does what comes on standard input until that ends. `modules` and `folders` are those of `shut_in`."""
    # What a library prints must not be taken for an answer.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    shut_in(modules, folders)
    confine_process()
    asked: SimpleQueue[tuple[dict[str, Any], bytes]] = SimpleQueue()
    threading.Thread(target=_listen, args=(os.fdopen(os.dup(0), "rb"), asked), daemon=True).start()
    while True:
        message, content = asked.get()
        answer, blob = _do(message, content)
        worn = used_seconds() > LABOUR / 2
        write_message(answers, {**answer, "worn": worn}, blob)


def _listen(stream: IO[bytes], asked: SimpleQueue[tuple[dict[str, Any], bytes]]) -> None:
    """Takes what is asked. When nobody asks any more, nobody needs an answer either: the process ends at once."""
    try:
        while message := read_message(stream):
            asked.put(message)
    finally:
        os._exit(0)


def _do(message: dict[str, Any], content: bytes) -> tuple[dict[str, Any], bytes]:
    try:
        limit_task(message["seconds"])
        module, _, name = message["task"].partition(":")
        task: Callable[..., Any] = getattr(import_module(module), name)
        found = task(*message["given"], **({"content": content} if message["content"] else {}))
        blob = found if isinstance(found, Blob) else Blob(found, b"")
        return {"found": blob.found}, blob.content
    except MediaError as error:
        return {"error": [str(error), error.hint, error.detail]}, b""
    except MemoryError:
        return {"memory": traceback.format_exc()}, b""
    except Exception:
        return {"fault": traceback.format_exc()}, b""


def write_message(stream: IO[bytes], document: Any, content: bytes = b"") -> None:
    """Writes one message. Raises OSError where nobody reads it."""
    text = json.dumps(document, default=str).encode()
    stream.write(HEAD.pack(len(text), len(content)))
    stream.write(text)
    stream.write(content)
    stream.flush()


def read_message(stream: IO[bytes], longest: int | None = None) -> tuple[Any, bytes] | None:
    """The next message; None at the end of the stream. ValueError if it is none, or a part has over `longest` bytes."""
    head = stream.read(HEAD.size)
    if len(head) < HEAD.size:
        return None
    sizes = HEAD.unpack(head)
    if longest is not None and max(sizes) > longest:
        raise ValueError("more than an answer may hold")
    text, content = (stream.read(size) for size in sizes)
    if (len(text), len(content)) != sizes:
        return None
    return json.loads(text), content
