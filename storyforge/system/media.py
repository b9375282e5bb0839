"""The one door to ffmpeg and to decoders: find it, run it, and read films and pictures that nobody vouches for.

It is one file, though a long one, so that there is one place where a foreign process starts and one where a foreign
file is opened.

What is read is named by its first bytes, never by its file name nor by asking ffmpeg to guess: only the forms of
`_FORMS` are opened, each with its demuxer pinned, so a playlist or a list of files that calls itself `.mp4` is refused
before a decoder sees it. A few hundred bytes can claim a hundred million samples, for which libav takes gigabytes: so
a film is probed in a process of its own (`sandbox.py`). That process, like ffmpeg, has a limit to its memory, to the
size of what it writes and to its time. Where there are no such limits (Windows), the time alone is limited.

Orphans: ffmpeg ignores a broken progress pipe, so it would outlive a parent that is killed outright. It is therefore
started in a session of its own beside a shell that does nothing but hold the read end of a pipe; when the parent ends,
however it ends, that shell reads the end of the pipe and kills the session. A run that is fed needs no such shell: the
end of its input ends it.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from storyforge.model.errors import MediaError
from storyforge.system.files import stage_file

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from PIL.Image import Image

Kind = Literal["film", "picture", "sound"]

MAX_PIXELS = 36_000_000
"""Largest picture that is decoded: 6000 × 6000."""

MAX_STREAMS = 100
"""Pictures, sounds, subtitles and attachments that one file may hold together."""

MEMORY = 2 << 30
"""Bytes that a process may take which reads a file."""

LARGEST = 8 << 30
"""Bytes of the largest file that such a process may write."""

LABOUR = 3600
"""Seconds of work that such a process may do, however long it waits for others."""

PATIENCE = 600.0
"""Seconds that reading a file may take."""

UNTAGGED = 2
"""What libav calls a colour matrix that nobody named."""

LATE = 0.13
"""Seconds under which a picture that begins late was not meant to: without an edit list, an MP4 begins with the time in
which its decoder reads ahead, three frames at the most."""

MAX_FRAMES = 108_000
"""Longest film that is decoded when nobody says how many frames it should have: an hour at 30 frames a second."""

BITEXACT: dict[str, Any] = {
    "fflags": "+bitexact",
    "flags:v": "+bitexact",
    "flags:a": "+bitexact",
    "map_metadata": -1,
    "map_chapters": -1,
}
"""Output options that keep dates and versions out of a file: same input, same bytes, for one build of ffmpeg."""

SAFE: dict[str, str] = {
    "protocol_whitelist": "file,pipe",
    "format_whitelist": "mov,matroska,wav,ogg,flac,mp3,aac,png_pipe,jpeg_pipe,webp_pipe",
}
"""Input options under which a file cannot name other files."""

_FORMS: tuple[tuple[str, int, bytes, tuple[Kind, ...]], ...] = (
    ("mov", 4, b"ftyp", ("film", "sound")),
    ("mov", 4, b"moov", ("film", "sound")),
    ("mov", 4, b"mdat", ("film", "sound")),
    ("mov", 4, b"wide", ("film", "sound")),
    ("matroska", 0, b"\x1aE\xdf\xa3", ("film", "sound")),
    ("wav", 8, b"WAVE", ("sound",)),
    ("ogg", 0, b"OggS", ("sound",)),
    ("flac", 0, b"fLaC", ("sound",)),
    ("mp3", 0, b"ID3", ("sound",)),
    ("mp3", 0, b"\xff\xfb", ("sound",)),
    ("mp3", 0, b"\xff\xfa", ("sound",)),
    ("mp3", 0, b"\xff\xf3", ("sound",)),
    ("mp3", 0, b"\xff\xf2", ("sound",)),
    ("aac", 0, b"\xff\xf1", ("sound",)),
    ("aac", 0, b"\xff\xf9", ("sound",)),
    ("png_pipe", 0, b"\x89PNG\r\n\x1a\n", ("picture",)),
    ("jpeg_pipe", 0, b"\xff\xd8\xff", ("picture",)),
    ("webp_pipe", 8, b"WEBP", ("picture",)),
)
"""What may be read: ffmpeg's name of the form, where its mark stands, the mark, and as what it may come."""

_NOUNS: dict[Kind, tuple[str, str]] = {
    "film": ("a film", "films are MP4, MOV, Matroska or WebM"),
    "picture": ("a picture", "pictures are PNG, JPEG or WebP"),
    "sound": ("sound", "sound is WAV, MP3, AAC, FLAC, Ogg, or in a film"),
}
"""What a file should be, and which forms that may have."""

SMALLER = "make it smaller or shorter, or use another file"
AGAIN = "fetch or render it again"
_BUNDLED = "unset `STORYFORGE_FFMPEG` to use the bundled one"

_TOLD: tuple[tuple[str, str, str], ...] = (
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

_CHILD = "import sys; sys.path.insert(0, sys.argv[1]); from storyforge.system.sandbox import main; main(*sys.argv[2:])"
"""Python that reads one file and ends."""


@dataclass(frozen=True, slots=True)
class Ffmpeg:
    """An ffmpeg to run."""

    path: str
    version: tuple[int, ...]
    """Numbers of a release; empty for a nightly or a build from git, which name none."""
    origin: Literal["bundled", "system", "asked"]
    text: str
    """All that `-version` says: build, configuration and libraries."""


@dataclass(frozen=True, slots=True)
class Probe:
    """What is in a film, counted and not believed."""

    width: int
    height: int
    """Of the coded picture, in pixels; 0 where there is none."""
    aspect: Fraction
    """Width to height as it is shown."""
    fps: Fraction
    """Average frames a second; 0 without a picture."""
    frames: int
    """Frames that are shown."""
    seconds: float
    """From the first frame to the end of the last (of the sound, where there is no picture)."""
    video_codec: str | None
    audio_codec: str | None
    sample_rate: int
    channels: int
    tagged: bool
    """Whether the film says which matrix its colours follow."""
    transfer: str | None = None
    """What ffmpeg calls the brightness of HDR (`smpte2084`, `arib-std-b67`); None for any other film."""
    interlaced: bool = False
    late: float = 0.0
    """Seconds after which the picture begins, counted from where the film does."""

    @property
    def has_audio(self) -> bool:
        return self.audio_codec is not None

    @property
    def begins(self) -> float:
        """Seconds after which the picture is meant to begin."""
        return self.late if self.late >= LATE else 0.0


# finding it


@lru_cache(maxsize=8)
def _inspect(path: str, origin: Literal["bundled", "system", "asked"]) -> Ffmpeg | None:
    """The ffmpeg at a path, or None if there is none that runs."""
    try:
        done = subprocess.run(
            [path, "-hide_banner", "-version"], capture_output=True, timeout=30, stdin=subprocess.DEVNULL
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


@lru_cache(maxsize=1)
def find_ffmpeg() -> Ffmpeg:
    """The ffmpeg that `STORYFORGE_FFMPEG` asks for (`bundled`, `system` or a path), else the bundled one or a newer
    one of the system. Raises MediaError where there is none.
    """
    asked = os.environ.get("STORYFORGE_FFMPEG", "")
    match asked:
        case "":
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
        [ffmpeg.path, "-hide_banner", what], capture_output=True, timeout=30, stdin=subprocess.DEVNULL
    )
    return frozenset(re.findall(pattern, done.stdout.decode("utf-8", "replace"), re.MULTILINE))


def encoders(ffmpeg: Ffmpeg) -> frozenset[str]:
    """Names of the encoders it has."""
    return _listed(ffmpeg, "-encoders", r"^ [VAS][A-Z.]{5} (\w\S*)")


def filters(ffmpeg: Ffmpeg) -> frozenset[str]:
    """Names of the filters it has."""
    return _listed(ffmpeg, "-filters", r"^ [A-Z.]{2,3} (\w+) +\S+->")


# running it


async def run(
    work: Any,
    *,
    feed: Iterable[bytes] | None = None,
    frames: int | None = None,
    progress: Callable[[float], None] | None = None,
    timeout: float | None = None,
) -> int:
    """Run an ffmpeg-python output node, or a list of arguments, to its end; gives the number of frames that came out.

    `feed` is poured into standard input from a thread; `frames` is how many will come out, so that `progress` can be
    told a fraction from 0 to 1; `timeout` is in seconds. Existing outputs are overwritten. Raises MediaError;
    cancelling ends the process before it is passed on.
    """
    reader, writer = os.pipe()
    try:
        process = await asyncio.create_subprocess_exec(
            *_command(work, fed=feed is not None),
            stdin=reader,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        os.close(writer)
        raise MediaError("ffmpeg could not be started", detail=str(error)) from error
    except BaseException:
        os.close(writer)
        raise
    finally:
        os.close(reader)
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


def _command(work: Any, *, fed: bool) -> list[str]:
    import ffmpeg

    arguments = list(work) if isinstance(work, (list, tuple)) else ffmpeg.get_args(work)
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
    for pattern, message, hint in _TOLD:
        if re.search(pattern, words):
            return MediaError(message, hint, detail=words)
    return MediaError(otherwise, "use another file, or see what `storyforge doctor` says of ffmpeg", detail=words)


# reading


def form(path: Path, kind: Kind) -> str:
    """ffmpeg's name of the form that a file's first bytes show; MediaError if it is none that may come as `kind`."""
    try:
        if not path.is_file():
            raise OSError("a folder, a pipe or a device" if path.exists() else "not there")
        with open(path, "rb") as file:
            head = file.read(16)
    except OSError as error:
        raise MediaError(f"`{path.name}` cannot be read", "see to the file, then run again", str(error)) from error
    for name, start, mark, kinds in _FORMS:
        if kind in kinds and head[start : start + len(mark)] == mark:
            return name
    noun, forms = _NOUNS[kind]
    raise MediaError(f"`{path.name}` is not {noun} of a known form", forms, detail=head.hex(" "))


def source(path: Path, kind: Kind, **options: Any) -> Any:
    """An ffmpeg-python input for a file that is not trusted: its form pinned, other files and huge pictures refused."""
    import ffmpeg

    limits = {"max_streams": MAX_STREAMS} | ({} if kind == "sound" else {"max_pixels": MAX_PIXELS})
    return ffmpeg.input(f"file:{path.absolute()}", format=form(path, kind), **SAFE, **limits, **options)


@contextlib.contextmanager
def open_media(path: Path, kind: Kind = "film") -> Iterator[InputContainer]:
    """A file in PyAV under the same limits as `source`; whatever libav says inside the block becomes a MediaError."""
    import av

    pinned = form(path, kind)
    try:
        options = dict(SAFE)
        # a title in another encoding than UTF-8 is no reason to refuse a film
        with av.open(
            f"file:{path.absolute()}", "r", format=pinned, options=options, metadata_errors="replace"
        ) as container:
            if len(container.streams) > MAX_STREAMS:
                raise explain_error("max_streams", "")
            for stream in container.streams.video:
                context = stream.codec_context
                if context.width * context.height > MAX_PIXELS:
                    raise explain_error("exceeds specified max pixel", "")
                context.options = {"max_pixels": str(MAX_PIXELS)}
                context.thread_count = 2
            yield container
    except (av.error.FFmpegError, MemoryError) as error:
        raise explain_error(str(error), f"`{path.name}` cannot be decoded") from error


def probe(path: Path, kind: Kind = "film") -> Probe:
    """What is in a film, told from its packets, which are read but not decoded; MediaError if it breaks off."""
    form(path, kind)
    facts = path.stat()
    return _probed(path, kind, facts.st_size, facts.st_mtime_ns)


@lru_cache(maxsize=256)  # who looks at a film mostly does so twice
def _probed(path: Path, kind: Kind, size: int, changed: int) -> Probe:
    found = _apart("probe", path, kind)
    return probe_from_json(found)


def probe_from_json(told: dict[str, Any]) -> Probe:
    """A probe from what JSON holds of it. TypeError, ValueError or KeyError if that is none."""
    return Probe(**{**told, "aspect": Fraction(told["aspect"]), "fps": Fraction(told["fps"])})


def _apart(work: Literal["probe", "last_frame", "sharpest_frame"], path: Path, *arguments: str) -> Any:
    """What `sandbox.py` finds in a file, in a process of its own, so that libav cannot take all memory."""
    command = [sys.executable, "-P", "-c", _CHILD, str(Path(__file__).parents[2]), work, str(path.absolute())]
    try:
        done = subprocess.run([*command, *arguments], capture_output=True, stdin=subprocess.DEVNULL, timeout=PATIENCE)
    except subprocess.TimeoutExpired as error:
        raise MediaError(f"`{path.name}` takes too long to be read", SMALLER, str(error)) from error
    try:
        answer = json.loads(done.stdout)
    except ValueError as error:
        words = done.stderr.decode("utf-8", "replace")
        raise MediaError(f"`{path.name}` takes more memory or time than one file may", SMALLER, words) from error
    if "error" in answer:
        raise MediaError(*answer["error"])
    return answer["found"]


async def check_whole(path: Path, frames: int | None = None, timeout: float | None = PATIENCE) -> Probe:
    """Decode all of a film in a process of its own, keeping nothing; the answer's `frames` are those that came out.

    Raises MediaError if it is cut short, damaged, longer than `MAX_FRAMES`, or has not exactly `frames` frames.
    """
    import ffmpeg

    told = await asyncio.to_thread(probe, path)
    opened_file = source(path, "film", threads=2, xerror=None)
    streams = [opened_file["V:0"]] + ([opened_file["a:0"]] if told.has_audio else [])
    count = await run(ffmpeg.output(*streams, "-", format="null", fps_mode="passthrough"), timeout=timeout)
    if count == 0 or (frames is not None and count != frames):
        due = "" if frames is None else f" where {frames} are due"
        raise MediaError(f"`{path.name}` has {count} frames{due}", AGAIN)
    return replace(told, frames=count)


def last_frame(path: Path, out_png: Path) -> None:
    """Write the last frame that a film shows as a PNG, exactly as it decodes; MediaError if it shows none."""
    form(path, "film")
    with stage_file(out_png) as temporary:
        _apart("last_frame", path, str(temporary.absolute()))


def sharpest_frame(path: Path, within: float, out_png: Path) -> tuple[float, float]:
    """Write the sharpest of the frames that a film shows in its last seconds as a PNG; gives the second at which it is
    shown, from where the picture is meant to begin, and how long the film is. MediaError if it shows none."""
    form(path, "film")
    with stage_file(out_png) as temporary:
        at, seconds = _apart("sharpest_frame", path, str(temporary.absolute()), str(within))
    return float(at), float(seconds)


def picture(frame: VideoFrame, size: tuple[int, int] | None = None) -> Image:
    """A decoded frame in RGB, of its own size or of another; a film that does not tag its colours is read as players
    do: by its size."""
    matrix = guess_matrix(frame.height) if frame.colorspace == UNTAGGED else None
    scaled = {"width": size[0], "height": size[1], "interpolation": "AREA"} if size else {}
    return cast("Image", frame.to_image(src_colorspace=matrix and _SWSCALE[matrix], **scaled))  # type: ignore[no-untyped-call]  # PyAV leaves it untyped


_SWSCALE = {"bt709": "ITU709", "smpte170m": "ITU601"}


def guess_matrix(height: int) -> str:
    """The matrix of colours that nobody tagged: BT.709 from 576 lines up, below that the one of old television."""
    return "bt709" if height > 576 else "smpte170m"


# threads


async def together(*work: Coroutine[Any, Any, Any]) -> list[Any]:
    """What each of some coroutines gives, run at the same time; the first MediaError ends them all."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one) for one in work]
    except* MediaError as errors:
        raise errors.exceptions[0] from None
    return [task.result() for task in tasks]


async def in_thread(work: Callable[[threading.Event], None]) -> None:
    """Run slow work of decoders in a thread; when cancelled, its event is set and its end awaited."""
    stop = threading.Event()
    task = asyncio.create_task(asyncio.to_thread(work, stop))
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        stop.set()
        await asyncio.gather(task, return_exceptions=True)
        raise
