"""Reads one untrusted media file in a process of its own, which `decode.py` starts, within limits."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from storyforge.model.errors import MediaError
from storyforge.system.decode import MAX_FRAMES, READ_TIMEOUT, UNTAGGED, Probe, open_media, picture
from storyforge.system.ffmpeg import LARGEST, MEMORY
from storyforge.system.media import AGAIN, SMALLER, Kind

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video import VideoStream
    from av.video.frame import VideoFrame

WORTH = 0.9
"""Share of the greatest sharpness from which on a frame counts as sharp as that: the later of two is taken, so that
nothing is left out without need. Measured: an encoder alone makes differences of up to 0.1, a blur of half a pixel
0.07 and one of a whole pixel 0.38."""

PROGRESSIVE = 1
"""libav's number for frames whose lines belong together; those above tell which half comes first."""

HDR = {16: "smpte2084", 18: "arib-std-b67"}
"""By libav's number: PQ and HLG."""


def main(work: str, path: str, *arguments: str) -> None:
    """Read a file within limits and print what was found, or the MediaError, as JSON; `work` is a name of `_WORK`."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        most = {resource.RLIMIT_AS: MEMORY, resource.RLIMIT_FSIZE: LARGEST, resource.RLIMIT_CPU: int(READ_TIMEOUT)}
        for what, limit in most.items():
            resource.setrlimit(what, (limit, limit))
    answer: dict[str, Any]
    try:
        answer = {"found": _WORK[work](Path(path), *arguments)}
    except MediaError as error:
        answer = {"error": [str(error), error.hint, error.detail]}
    sys.stdout.write(json.dumps(answer, default=str))


def probe_here(path: Path, kind: Kind = "film") -> Probe:
    """What is in a file, read by this process: one that was made here, or one for which this process was started."""
    with open_media(path, kind) as container:
        # what a sound has for a picture is its cover
        video = _shown(container) if kind != "sound" else None
        audio = next(iter(container.streams.audio), None)
        leading = audio if kind == "sound" else video
        spans = _spans(container, [stream for stream in (video, audio) if stream])
        if leading is None or not spans[leading.index].packets:
            raise MediaError(f"`{path.name}` has no {'sound' if kind == 'sound' else 'picture'}", "use another file")
        context = video.codec_context if video else None
        voice = audio.codec_context if audio else None
        return Probe(
            width=context.width if context else 0,
            height=context.height if context else 0,
            aspect=_aspect(video),
            fps=(video.average_rate or video.guessed_rate or Fraction(0)) if video else Fraction(0),
            frames=spans[video.index].packets if video else 0,
            seconds=float(spans[leading.index].end - spans[leading.index].start),
            video_codec=context.name if context else None,
            audio_codec=voice.name if voice else None,
            sample_rate=voice.sample_rate if voice else 0,
            channels=voice.channels if voice else 0,
            tagged=context is not None and context.colorspace != UNTAGGED,
            transfer=HDR.get(context.color_trc) if context else None,
            interlaced=context is not None and context.field_order > PROGRESSIVE,
            late=max(0.0, float(spans[video.index].start) - (container.start_time or 0) / 1_000_000) if video else 0.0,
        )


def _shown(container: InputContainer) -> VideoStream | None:
    """The pictures of a film; a cover that is attached to it is none of them."""
    from av.stream import Disposition

    videos = container.streams.video
    return next((stream for stream in videos if not stream.disposition & Disposition.attached_pic), None)


@dataclass(slots=True)
class _Span:
    """What of one stream was seen so far; times in seconds."""

    packets: int = 0
    start: Fraction = Fraction(0)
    end: Fraction = Fraction(0)

    def add(self, begin: Fraction, end: Fraction) -> None:
        self.start = min(self.start, begin) if self.packets else begin
        self.end = max(self.end, end)
        self.packets += 1


def _spans(container: InputContainer, streams: list[Any]) -> dict[int, _Span]:
    """Read all packets; by the index of the stream. MediaError if they stop before the file says they do."""
    spans = {stream.index: _Span() for stream in streams}
    read = dict.fromkeys(spans, 0)
    for packet in container.demux(*streams):
        if not packet.size:
            continue
        if packet.is_corrupt:
            raise MediaError("the film breaks off", AGAIN)
        read[packet.stream_index] += 1
        if not packet.is_discard and packet.pts is not None:
            end = packet.pts + (packet.duration or 0)
            spans[packet.stream_index].add(packet.pts * packet.time_base, end * packet.time_base)
        if packet.stream.type == "video" and read[packet.stream_index] > MAX_FRAMES:
            raise MediaError(f"the film is longer than {MAX_FRAMES} frames", SMALLER)
    told = (container.duration or 0) / 1_000_000
    # only QuickTime's index lists every packet; elsewhere the length that the head tells must do
    missing = "mov" in container.format.name and any(
        read[stream.index] < len(stream.index_entries) for stream in streams
    )
    if missing or told - max((float(span.end) for span in spans.values()), default=0.0) > 0.5:
        raise MediaError("the film breaks off", AGAIN)
    return spans


def _aspect(video: Any) -> Fraction:
    """Width to height as shown, before any rotation; 1 without a picture."""
    if video is None or not video.codec_context.height:
        return Fraction(1)
    return Fraction(video.codec_context.width, video.codec_context.height) * (video.sample_aspect_ratio or 1)


def _save_first(path: Path, out: str) -> None:
    with open_media(path) as container:
        video = _shown(container)
        _save(path, islice(container.decode(video), 1) if video else (), out)


def _save_last(path: Path, out: str) -> None:
    # of a film that breaks off, the last frame that is left is not its last
    probe_here(path, "film")
    _save(path, (frame for _, _, frame in _ending(path, 0.0)), out)


def _save_sharpest(path: Path, out: str, within: str) -> tuple[float, float]:
    found = probe_here(path, "film")
    best, chosen = 0.0, found.begins

    def sharpest() -> Iterator[VideoFrame]:
        nonlocal best, chosen
        for at, left, frame in _ending(path, float(within)):
            if left >= float(within):
                continue
            sharp = _sharpness(frame)
            if sharp >= best * WORTH:
                chosen = found.begins + at
                yield frame
            best = max(best, sharp)

    _save(path, sharpest(), out)
    return chosen, found.seconds


def _ending(path: Path, within: float) -> Iterator[tuple[float, float, VideoFrame]]:
    """The last frames of a film, from a key frame on that comes so many seconds before the last or earlier; with the
    seconds from the first frame to each, and from each to the last."""
    # Read once without decoding: which frames are shown last, and the key frame before them, is known at the end only.
    keys, shown = list[int](), list[int]()
    with open_media(path) as container:
        video = _shown(container)
        assert video is not None
        for packet in container.demux(video):
            if packet.pts is not None and packet.size:
                keys += [packet.pts] if packet.is_keyframe else []
                shown += [] if packet.is_discard else [packet.pts]
    with open_media(path) as container:
        video = _shown(container)
        assert video is not None
        unit = video.time_base or Fraction(1)
        first, last = min(shown), max(shown)
        early = [key for key in keys if key <= last - within / unit]
        if keys:
            container.seek(max(early, default=min(keys)), stream=video)
        for frame in container.decode(video):
            if frame.pts is not None:
                yield float((frame.pts - first) * unit), float((last - frame.pts) * unit), frame


def _save(path: Path, frames: Iterable[VideoFrame], out: str) -> None:
    """Writes the last of some frames as a PNG."""
    last = None
    for frame in frames:
        last = frame
    if last is None:
        raise MediaError(f"`{path.name}` shows no frame", "use another take")
    # a picture that lies on its side is shown upright, and so it is written
    picture(last).rotate(last.rotation, expand=True).save(out, format="PNG")


def _sharpness(frame: VideoFrame) -> float:
    """Mean square of the change between pixels two apart, across and down: the measure of focus by Brenner et al., "An
    automated microscope for cytologic research" (1976)."""
    from PIL import ImageChops, ImageStat

    grey = picture(frame).convert("L")
    width, height = grey.size
    steps = [(2, 0), (0, 2)] if min(grey.size) > 2 else []
    changes = [
        ImageChops.difference(grey.crop((right, down, width, height)), grey.crop((0, 0, width - right, height - down)))
        for right, down in steps
    ]
    return float(sum(ImageStat.Stat(change).rms[0] ** 2 for change in changes))


_WORK: dict[str, Callable[..., Any]] = {
    "probe": lambda path, kind: asdict(probe_here(path, kind)),
    "first_frame": _save_first,
    "last_frame": _save_last,
    "sharpest_frame": _save_sharpest,
}
"""By the names that `decode.py` asks for."""
