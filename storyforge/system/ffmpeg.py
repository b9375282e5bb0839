"""Runs ffmpeg: finds it, gives it limits, follows its progress, ends it, and explains its errors.

A run has a limit to its memory, to the size of what it writes and to its CPU time, and no keys in its environment.
Where there are no such limits (Windows), only a timeout ends it.

Orphans: ffmpeg ignores a broken progress pipe, so it would outlive a parent that is killed outright. It is therefore
started in a session of its own, together with a shell that only holds the read end of a pipe; when the parent ends,
however it ends, that shell reads the end of the pipe and kills the session. A run that is fed needs no such shell: the
end of its input ends it.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import re
import shutil
import signal
import subprocess
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from storyforge.model.errors import MediaError
from storyforge.system.media import AGAIN, MAX_STREAMS, SMALLER
from storyforge.system.worker_limits import LABOUR, MEMORY, bare_environment

LARGEST = 8 << 30
"""Bytes of the largest file that a run may write."""

BITEXACT: dict[str, Any] = {
    "fflags": "+bitexact",
    "flags:v": "+bitexact",
    "flags:a": "+bitexact",
    "map_metadata": -1,
    "map_chapters": -1,
}
"""Output options that keep dates and versions out of a file: same input, same bytes, for one build of ffmpeg."""

_BUNDLED = "unset `STORYFORGE_FFMPEG` to use the bundled one"

_EXPLAINED: tuple[tuple[str, str, str], ...] = (
    (r"No space left on device", "the disk is full", "free some space and run again"),
    (
        r"exceeds specified max pixel|Picture size .* is invalid",
        "the picture is larger than 36 million pixels",
        "scale it down",
    ),
    (r"max_streams", f"the file has more than {MAX_STREAMS} streams", "keep one picture and one sound in it"),
    (r"whitelist|external track", "the file names other files, which are not read", "use a file that is whole itself"),
    (r"moov atom not found|partial file|ended prematurely|truncated", "the film breaks off", AGAIN),
    (r"Unknown encoder|Encoder not found", "this ffmpeg lacks an encoder that is needed", _BUNDLED),
    (r"No such filter|Filter not found", "this ffmpeg lacks a filter that is needed", _BUNDLED),
    (r"No such file or directory", "a file that ffmpeg needs is missing", "see to the file, then run again"),
    (r"Permission denied", "a file may not be read or written", "see to its permissions, then run again"),
    (r"Cannot allocate memory", "the file takes more memory than one may, or has too many streams", SMALLER),
    (r"SIGKILL", "ffmpeg was killed, for the file takes more work or memory than one may", SMALLER),
    (r"SIGXFSZ", f"what is made of the file is larger than {LARGEST >> 30} GB", SMALLER),
    (r"matches no streams", "the file has no picture or no sound where one is needed", "use another file"),
    (r"Invalid data found|[Ee]rror while decoding|corrupt", "the file is damaged", AGAIN),
)
"""ffmpeg's and libav's words, and ours with a hint; the first that is found wins."""

_WATCHED = (
    f"{{ ulimit -v {MEMORY >> 10}; ulimit -f {LARGEST >> 9}; ulimit -t {LABOUR}; }} 2>/dev/null; "
    'exec 3<&0 </dev/null; { read -r _ <&3; kill -KILL 0; } >/dev/null 2>&1 & exec "$@" 3<&-'
)
"""Shell that becomes ffmpeg, in limits, and leaves a watcher behind, which kills the session once the pipe on its input
ends."""


@dataclass(frozen=True, slots=True)
class Ffmpeg:
    """An ffmpeg to run."""

    path: str
    version: tuple[int, ...]
    """Numbers of a release; empty for a nightly or a build from git, which name none."""
    origin: Literal["bundled", "system", "asked"]
    text: str
    """All that `-version` says: build, configuration and libraries."""


@lru_cache(maxsize=8)
def _inspect(path: str, origin: Literal["bundled", "system", "asked"]) -> Ffmpeg | None:
    """The ffmpeg at a path, or None if there is none that runs."""
    try:
        done = subprocess.run(
            [path, "-hide_banner", "-version"],
            capture_output=True,
            timeout=30,
            stdin=subprocess.DEVNULL,
            env=bare_environment(),
        )
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None
    text = done.stdout.decode("utf-8", "replace")
    if done.returncode or not text.startswith("ffmpeg version"):
        return None
    return Ffmpeg(path, parse_version(text), origin, text)


def parse_version(text: str) -> tuple[int, ...]:
    """The release in the first line of `-version`; empty where there is none (`N-1234-gabc`, `2026-01-02-git-…`)."""
    found = re.match(r"ffmpeg version n?(\d{1,3}(?:\.\d+)+)", text)
    return tuple(int(part) for part in found[1].split(".")) if found else ()


def _bundled() -> Ffmpeg | None:
    import imageio_ffmpeg

    try:
        return _inspect(imageio_ffmpeg.get_ffmpeg_exe(), "bundled")
    except RuntimeError:
        return None


def _system() -> Ffmpeg | None:
    path = shutil.which("ffmpeg")
    return _inspect(path, "system") if path else None


def choose_ffmpeg(ask: Callable[[], str | None]) -> None:
    """From now on, in this thread or task and those that it starts, `ask` says which ffmpeg is asked for, whenever one
    is needed; it may raise. So two projects that are rendered at once have each their own."""
    _asked.set(ask)


def find_ffmpeg() -> Ffmpeg:
    """The ffmpeg that is asked for (`bundled`, `system` or a path), else the bundled one or a newer one of the system.

    `choose_ffmpeg` set it; before that it is `STORYFORGE_FFMPEG`. Raises MediaError where there is none, and
    UsageError where a project asks for one and the user did not allow that.
    """
    return _find(_asked.get()() or "")


def _read_environment() -> str | None:
    return os.environ.get("STORYFORGE_FFMPEG")


_asked: ContextVar[Callable[[], str | None]] = ContextVar("_asked", default=_read_environment)


@lru_cache(maxsize=4)
def _find(asked: str) -> Ffmpeg:
    match asked:
        case "":
            # Of equal versions `max` keeps the first, the bundled one, which is the same on every machine.
            found = max(filter(None, (_bundled(), _system())), key=lambda one: one.version, default=None)
        case "bundled":
            found = _bundled()
        case "system":
            found = _system()
        case _:
            found = _inspect(asked, "asked")
    if found is None:
        what = f"no ffmpeg runs at `{asked}`" if asked else "there is no ffmpeg that runs"
        raise MediaError(what, "unset `STORYFORGE_FFMPEG`, and `pip install imageio-ffmpeg` brings one")
    return found


def version_key() -> str:
    """Names the build of ffmpeg, for the keys of what is made by encoding."""
    return hashlib.sha256(find_ffmpeg().text.encode()).hexdigest()[:16]


def _listed(ffmpeg: Ffmpeg, what: str, pattern: str) -> frozenset[str]:
    done = subprocess.run(
        [ffmpeg.path, "-hide_banner", what],
        capture_output=True,
        timeout=30,
        stdin=subprocess.DEVNULL,
        env=bare_environment(),
    )
    return frozenset(re.findall(pattern, done.stdout.decode("utf-8", "replace"), re.MULTILINE))


def encoders(ffmpeg: Ffmpeg) -> frozenset[str]:
    """Names of the encoders it has."""
    return _listed(ffmpeg, "-encoders", r"^ [VAS][A-Z.]{5} (\w\S*)")


def filters(ffmpeg: Ffmpeg) -> frozenset[str]:
    """Names of the filters it has."""
    return _listed(ffmpeg, "-filters", r"^ [A-Z.]{2,3} (\w+) +\S+->")


async def run_ffmpeg(
    work: Any,
    *,
    feed: Iterable[bytes] | None = None,
    frames: int | None = None,
    progress: Callable[[float], None] | None = None,
    timeout: float | None = None,
) -> int:
    """Run an ffmpeg-python output node, or a list of arguments, to its end; gives the number of frames that came out.

    `feed` is poured into standard input from a thread; `frames` is how many will come out, so that `progress` can be
    called with a fraction from 0 to 1; `timeout` is in seconds. Existing outputs are overwritten. Raises MediaError;
    cancelling ends the process before it is passed on.
    """
    process, writer = await _start(work, fed=feed is not None)
    assert process.stdout is not None
    assert process.stderr is not None
    tail: deque[str] = deque(maxlen=60)
    tasks: list[asyncio.Task[int | None]] = [
        asyncio.create_task(_keep(process.stderr, tail)),
        asyncio.create_task(_follow(process.stdout, frames, progress)),
    ]
    if feed is not None:
        tasks.append(asyncio.create_task(asyncio.to_thread(_pour, feed, writer)))
    try:
        done, running = await asyncio.wait(tasks, timeout=timeout, return_when=asyncio.FIRST_EXCEPTION)
        for task in done:
            task.result()
        if running:
            raise MediaError(f"ffmpeg was stopped after {timeout:g} seconds", SMALLER, detail="\n".join(tail))
        code = await process.wait()
    finally:
        try:
            await _stop(process)
        finally:
            if feed is None:
                os.close(writer)
        await asyncio.gather(*tasks, return_exceptions=True)
    if code:
        words = [*tail, *(one.name for one in signal.Signals if one == -code)]
        raise explain_error("\n".join(words), f"ffmpeg gave up with exit code {code}")
    if progress:
        progress(1.0)
    return tasks[1].result() or 0


async def _start(work: Any, *, fed: bool) -> tuple[asyncio.subprocess.Process, int]:
    """Starts ffmpeg; gives its process, and the end of a pipe to its standard input, which the caller closes.
    Raises MediaError."""
    reader, writer = os.pipe()
    try:
        process = await asyncio.create_subprocess_exec(
            *_command(work, fed=fed),
            stdin=reader,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=bare_environment(),
            start_new_session=True,
        )
    except OSError as error:
        os.close(writer)
        raise MediaError("ffmpeg could not be started", detail=str(error)) from error
    except BaseException:
        os.close(writer)
        raise
    finally:
        # While this end is open here, feeding an ffmpeg that has ended would wait for ever instead of failing.
        os.close(reader)
    return process, writer


def _command(work: Any, *, fed: bool) -> list[str]:
    import ffmpeg

    arguments = list(work) if isinstance(work, (list, tuple)) else ffmpeg.get_args(work)
    # `-y`: outputs are scratch files that were made already.
    head = [find_ffmpeg().path, "-hide_banner", "-nostats", "-loglevel", "warning", "-progress", "pipe:1", "-y"]
    if fed:
        return [*head, *arguments]
    command = [*head, "-nostdin", *arguments]
    # without a shell (Windows, the barest of images) there is nobody to watch
    return command if not os.path.exists("/bin/sh") else ["/bin/sh", "-c", _WATCHED, "sh", *command]


async def _lines(stream: asyncio.StreamReader) -> AsyncIterator[str]:
    """Lines however long, ended by a line feed or a carriage return."""
    rest = ""
    while block := await stream.read(65536):
        *lines, rest = re.split(r"[\r\n]+", rest + block.decode("utf-8", "replace"))
        # A line without an end must not fill the memory.
        rest = rest[-65536:]
        for line in lines:
            yield line
    if rest:
        yield rest


async def _keep(stream: asyncio.StreamReader, tail: deque[str]) -> None:
    async for line in _lines(stream):
        tail.append(line[:2000])


async def _follow(stream: asyncio.StreamReader, frames: int | None, progress: Callable[[float], None] | None) -> int:
    """Tell the progress as it comes; gives the last number of frames."""
    count = 0
    async for line in _lines(stream):
        name, _, value = line.partition("=")
        if name == "frame" and value.strip().isdigit():
            count = int(value)
            if progress and frames:
                progress(min(1.0, count / frames))
    return count


def _pour(feed: Iterable[bytes], writer: int) -> None:
    # a reader that has gone away tells its reason itself
    with contextlib.suppress(BrokenPipeError), open(writer, "wb", buffering=0) as pipe:
        for block in feed:
            view = memoryview(block)
            while view:
                view = view[pipe.write(view) :]


async def _stop(process: asyncio.subprocess.Process) -> None:
    """End a process that still runs: first asked, after three seconds forced."""
    if process.returncode is not None:
        return
    _signal(process, signal.SIGTERM)
    try:
        await asyncio.wait_for(process.wait(), 3)
    except TimeoutError:
        pass
    finally:
        if process.returncode is None:
            _signal(process, getattr(signal, "SIGKILL", signal.SIGTERM))
            await process.wait()


def _signal(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        if os.name == "nt":
            process.terminate()
        else:
            os.killpg(process.pid, number)


def explain_error(words: str, otherwise: str) -> MediaError:
    """ffmpeg's words as one error of ours; `otherwise` where none is known."""
    for pattern, message, hint in _EXPLAINED:
        if re.search(pattern, words):
            return MediaError(message, hint, detail=words)
    return MediaError(otherwise, "use another file, or see what `storyforge doctor` says of ffmpeg", detail=words)
