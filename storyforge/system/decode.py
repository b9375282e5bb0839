"""Decodes untrusted media: probes, pictures, containers opened by libav.

A few hundred bytes can claim a hundred million samples, for which libav takes gigabytes: so a film is probed in a
process of its own (`sandbox.py`), which has a limit to its memory, to the size of what it writes and to its time. Where
there are no such limits (Windows), the time alone is limited. What libav opens in our own process was probed there
before, or made here.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from storyforge.model.errors import MediaError
from storyforge.system.ffmpeg import explain_error, run_ffmpeg
from storyforge.system.files import stage_file
from storyforge.system.media import AGAIN, MAX_PIXELS, MAX_STREAMS, SAFE, SMALLER, Kind, form, source

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from PIL.Image import Image

READ_TIMEOUT = 600.0
"""Seconds that reading a file may take."""

UNTAGGED = 2
"""What libav calls a colour matrix that nobody named."""

LATE = 0.13
"""Seconds under which a picture that begins late was not meant to: without an edit list, an MP4 begins with the time in
which its decoder reads ahead, three frames at the most."""

MAX_FRAMES = 108_000
"""Longest film that is decoded when nobody says how many frames it should have: an hour at 30 frames a second."""

_CHILD = "import sys; sys.path.insert(0, sys.argv[1]); from storyforge.system.sandbox import main; main(*sys.argv[2:])"
"""Python that reads one file and ends."""


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
        """Whether there is an audio stream, silent or not."""
        return self.audio_codec is not None

    @property
    def begins(self) -> float:
        """Seconds after which the picture is meant to begin."""
        return self.late if self.late >= LATE else 0.0


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
                # For the decoder too: a frame may be larger than the head of the file says.
                context.options = {"max_pixels": str(MAX_PIXELS)}
                context.thread_count = 2
            yield container
    except (av.error.FFmpegError, MemoryError) as error:
        raise explain_error(str(error), f"`{path.name}` cannot be decoded") from error


def probe(path: Path, kind: Kind = "film") -> Probe:
    """What is in a film, by its packets, which are read but not decoded; MediaError if it breaks off."""
    form(path, kind)
    facts = path.stat()
    return _probed(path, kind, facts.st_size, facts.st_mtime_ns)


@lru_cache(maxsize=256)  # who looks at a film mostly does so twice
def _probed(path: Path, kind: Kind, size: int, changed: int) -> Probe:
    found = _apart("probe", path, kind)
    return probe_from_json(found)


def probe_from_json(document: dict[str, Any]) -> Probe:
    """A probe from what JSON holds of it. TypeError, ValueError or KeyError if that is none."""
    return Probe(**{**document, "aspect": Fraction(document["aspect"]), "fps": Fraction(document["fps"])})


def _apart(work: Literal["probe", "first_frame", "last_frame", "sharpest_frame"], path: Path, *arguments: str) -> Any:
    """What `sandbox.py` finds in a file, in a process of its own, so that libav cannot take all memory."""
    # `-P`: no module that lies in the working folder takes the place of ours.
    command = [sys.executable, "-P", "-c", _CHILD, str(Path(__file__).parents[2]), work, str(path.absolute())]
    try:
        done = subprocess.run(
            [*command, *arguments], capture_output=True, stdin=subprocess.DEVNULL, timeout=READ_TIMEOUT
        )
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


async def check_whole(path: Path, frames: int | None = None, timeout: float | None = READ_TIMEOUT) -> Probe:
    """Decode all of a film in a process of its own, keeping nothing; the answer's `frames` are those that came out.

    Raises MediaError if it is cut short, damaged, longer than `MAX_FRAMES`, or has not exactly `frames` frames.
    """
    import ffmpeg

    told = await asyncio.to_thread(probe, path)
    # `xerror`: the first damaged packet ends it, where ffmpeg would hide the damage and go on.
    opened_file = source(path, "film", threads=2, xerror=None)
    streams = [opened_file["V:0"]] + ([opened_file["a:0"]] if told.has_audio else [])
    # `passthrough`: every frame once. Otherwise ffmpeg repeats and drops frames to keep a rate, and the count is
    # another.
    count = await run_ffmpeg(ffmpeg.output(*streams, "-", format="null", fps_mode="passthrough"), timeout=timeout)
    if count == 0 or (frames is not None and count != frames):
        due = "" if frames is None else f" where {frames} are due"
        raise MediaError(f"`{path.name}` has {count} frames{due}", AGAIN)
    return replace(told, frames=count)


def first_frame(path: Path, out_png: Path) -> None:
    """Write the first frame that a film shows as a PNG, exactly as it decodes; MediaError if it shows none."""
    form(path, "film")
    with stage_file(out_png) as temporary:
        _apart("first_frame", path, str(temporary.absolute()))


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
