"""Reads untrusted files in processes apart, which live for many files and hold no keys.

A film, a picture or a template of a stranger may crash its reader, keep it busy for ever, fill the memory, or take it
over. So it is read in another process (`worker_process.py`) with limits (`worker_limits.py`). Its death is the failure
of that one file, with a hint; the next file gets a new process. What comes back is JSON and bytes, never anything that
could be run here. A process is started when the first file is read, and ends with this one.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple

from storyforge.model.errors import MediaError
from storyforge.system.media import SMALLER
from storyforge.system.worker_limits import bare_environment, has_landlock
from storyforge.system.worker_process import read_message, write_message

READ_TIMEOUT = 600.0
"""Seconds that reading a file may take."""

LARGEST_ANSWER = 512 << 20
"""Bytes that a reader may send of one file: four times the largest picture."""

MANY = 1000
"""Files that one process reads before another takes its place."""

FOLDERS = 64
"""Folders that one process may read in."""

BEAT = 0.1
"""Seconds after which one who waits asks whether it still should."""

_CHILD = (
    "import sys, json; more, folders = json.loads(sys.argv[1]); sys.path.insert(0, more[0]); "
    "sys.path += [each for each in more if each not in sys.path]; "
    "from storyforge.system.worker_process import main; main(more, folders)"
)
"""Python that becomes a reader; it finds modules where this process does, those of its own first."""


class Answer(NamedTuple):
    """What a task gave."""

    found: Any
    """As it came out of JSON."""
    content: bytes


class _Died(Exception):
    """A reader ended without an answer."""


class _Worker:
    """One process, which does one task at a time."""

    def __init__(self, folders: frozenset[str] = frozenset()) -> None:
        self.folders = folders
        modules = [str(Path(__file__).parents[2]), *(each for each in sys.path if os.path.isabs(each))]
        # `-P`: no module that lies in the working folder takes the place of ours. `-B`: nothing is written.
        command = [sys.executable, "-P", "-B", "-c", _CHILD, json.dumps([modules, sorted(folders)])]
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=bare_environment(),
            # ctrl-C is for us: a reader that is not needed any more is ended by us
            start_new_session=os.name != "nt",
        )
        self.tasks = 0
        self.worn = False
        self.words: deque[bytes] = deque(maxlen=40)
        self._answers: SimpleQueue[tuple[Any, bytes] | None] = SimpleQueue()
        self._threads = [threading.Thread(target=work, daemon=True) for work in (self._hear, self._keep)]
        for thread in self._threads:
            thread.start()

    def _hear(self) -> None:
        assert self.process.stdout is not None
        try:
            while answer := read_message(self.process.stdout, LARGEST_ANSWER):
                self._answers.put(answer)
        except (OSError, ValueError, MemoryError, RecursionError):
            self.process.kill()  # what it sends is no answer, so nothing that follows is one
        self._answers.put(None)

    def _keep(self) -> None:
        assert self.process.stderr is not None
        with contextlib.suppress(OSError, ValueError):
            while block := self.process.stderr.read1(4096):  # type: ignore[attr-defined]  # a BufferedReader
                self.words.append(block)

    def ask(self, message: dict[str, Any], content: bytes, until: float, stop: threading.Event | None) -> Any:
        """The answer to a message. Raises _Died where none will come, TimeoutError after `until`, and InterruptedError
        when `stop` is set."""
        assert self.process.stdin is not None
        self.tasks += 1
        # Poured in from a thread: who does not read what it is sent must not hold us.
        threading.Thread(target=self._pour, args=(message, content), daemon=True).start()
        while True:
            if stop and stop.is_set():
                raise InterruptedError
            try:
                answer = self._answers.get(timeout=max(0.0, min(BEAT, until - time.monotonic())))
            except Empty:
                if time.monotonic() >= until:
                    raise TimeoutError from None
                continue
            if answer is None or not isinstance(answer[0], dict):
                raise _Died
            self.worn = self.tasks >= MANY or bool(answer[0].get("worn")) or "memory" in answer[0]
            return answer

    def _pour(self, message: dict[str, Any], content: bytes) -> None:
        assert self.process.stdin is not None
        with contextlib.suppress(OSError, ValueError):  # its end is seen where the answer is awaited
            write_message(self.process.stdin, message, content)

    @property
    def is_alive(self) -> bool:
        return self.process.poll() is None

    def end(self) -> int:
        """Ends the process; gives its exit code."""
        try:
            # one that is dying already tells by which signal
            code = self.process.wait(2)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        for thread in self._threads:
            thread.join(1)
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            with contextlib.suppress(OSError, ValueError):
                stream and stream.close()
        return code


class Workers:
    """The processes of one run: as many as are needed at the same time, up to `most`."""

    def __init__(self, most: int | None = None) -> None:
        self.most = most or max(1, os.cpu_count() or 1)
        self._idle: list[_Worker] = []
        self._folders = frozenset[str]()
        """Those that files were read in so far; a process that was shut in reads no others."""
        self._count = 0
        self._changed = threading.Condition()

    def run(
        self,
        task: Callable[..., Any],
        name: str,
        *given: Any,
        content: bytes | None = None,
        folder: str | None = None,
        seconds: float = READ_TIMEOUT,
        stop: threading.Event | None = None,
    ) -> Answer:
        """Does a task in a process apart: a function of a module, its arguments in JSON, and as `content` bytes where
        they are given. `name` is of what it reads, for messages, and `folder` where that lies, links resolved.

        Raises MediaError if the task does, takes longer than `seconds` or more memory than one file may, if its process
        ends, and when `stop` is set.
        """
        message = {
            "task": f"{task.__module__}:{task.__name__}",
            "given": given,
            "content": content is not None,
            "seconds": seconds,
        }
        worker = self._lease(name, folder if has_landlock() else None, stop)
        try:
            answer, blob = worker.ask(message, content or b"", time.monotonic() + seconds, stop)
        except InterruptedError:
            self._retire(worker)
            raise MediaError(f"the reading of {name} was given up") from None
        except TimeoutError:
            self._retire(worker)
            told = f"the reader of {name} was stopped after {seconds:g} seconds"
            raise MediaError(told, SMALLER) from None
        except _Died:
            code = self._retire(worker, kill=False)
            raise _explain_death(name, code, b"".join(worker.words).decode("utf-8", "replace")) from None
        except BaseException:
            self._retire(worker)
            raise
        self._return(worker)
        return Answer(_found(answer, name), blob)

    def _lease(self, name: str, folder: str | None, stop: threading.Event | None) -> _Worker:
        with self._changed:
            if folder is not None and folder not in self._folders:
                known = self._folders if len(self._folders) < FOLDERS else frozenset[str]()
                self._folders = known | {folder}
            while True:
                while self._idle:
                    worker = self._idle.pop()
                    if worker.is_alive and (folder is None or folder in worker.folders):
                        return worker
                    worker.process.kill()
                    worker.end()
                    self._count -= 1
                if self._count < self.most:
                    self._count += 1
                    break
                if stop and stop.is_set():
                    raise MediaError(f"the reading of {name} was given up")
                self._changed.wait(BEAT)
            folders = self._folders
        try:
            return _Worker(folders)
        except BaseException as fault:
            with self._changed:
                self._count -= 1
                self._changed.notify()
            if isinstance(fault, OSError):
                raise MediaError(f"no process could be started to read {name}", detail=str(fault)) from fault
            raise

    def _return(self, worker: _Worker) -> None:
        if worker.worn:
            self._retire(worker)
            return
        with self._changed:
            self._idle.append(worker)
            self._changed.notify()

    def _retire(self, worker: _Worker, kill: bool = True) -> int:
        if kill:
            worker.process.kill()
        code = worker.end()
        with self._changed:
            self._count -= 1
            self._changed.notify()
        return code

    def close(self) -> None:
        """Ends the processes that wait for work."""
        with self._changed:
            idle, self._idle = self._idle, []
            self._count -= len(idle)
        for worker in idle:
            worker.process.kill()
            worker.end()


def _found(answer: dict[str, Any], name: str) -> Any:
    match answer:
        case {"found": found}:
            return found
        case {"error": [str(message), (str() | None) as hint, str(detail)]}:
            raise MediaError(message, hint, detail)
        case {"memory": words}:
            raise MediaError(f"{name} takes more memory than one file may", SMALLER, str(words))
    raise MediaError(f"{name} cannot be read", "use another file", str(answer.get("fault")))


def _explain_death(name: str, code: int, words: str) -> MediaError:
    """How a reader ended, as an error; `code` is its exit code, negative for a signal."""
    signals = {-one: one.name for one in signal.Signals}
    if signals.get(code) == "SIGXCPU":
        return MediaError(f"{name} takes more work than one file may", SMALLER, words)
    how = signals.get(code, f"exit code {code}")
    return MediaError(f"the reader of {name} died ({how})", "use another file, or render it again", words)


_workers: Workers | None = None
_starting = threading.Lock()


def find_workers() -> Workers:
    """The workers of this process, which are started as they are needed and end with it."""
    global _workers
    with _starting:
        if _workers is None:
            _workers = Workers()
            atexit.register(_workers.close)
        return _workers


def read_apart(task: Callable[..., Any], path: Path, *given: Any, **options: Any) -> Answer:
    """Does a task for a file in a process apart: its first argument is the file's whole path, as text. Options and
    errors are those of `Workers.run`."""
    folder = os.path.dirname(os.path.realpath(path))
    return find_workers().run(task, f"`{path.name}`", str(path.absolute()), *given, folder=folder, **options)
