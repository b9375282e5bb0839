"""Put packets of separately encoded films into one track, without decoding them, and the sound into another."""

from __future__ import annotations

import contextlib
import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import count
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

from storyforge.film.tags import Tags
from storyforge.model.errors import MediaError
from storyforge.system.decode import open_media
from storyforge.system.files import append_content

if TYPE_CHECKING:
    from av.container import OutputContainer
    from av.packet import Packet
    from av.stream import Stream


@dataclass(frozen=True, slots=True)
class Stretch:
    """Consecutive frames of a film, from one key frame up to another or the end."""

    film: Path
    first: int
    end: int
    """The frame after the last."""


def mux_film(
    stretches: Sequence[Stretch],
    sound: Path,
    fps: int,
    out: Path,
    stop: Event,
    tags: Tags | None = None,
    subtitles: Path | None = None,
) -> int:
    """Write the frames of all stretches, in order, the sound, tags, and the subtitles of another MP4 into an MP4; gives
    the number of frames.

    Times are not copied but counted again, so nothing can drift. Raises MediaError if a stretch does not begin on a
    key frame, is encoded unlike the first, or has not all its frames; and when `stop` is set.
    """
    import av

    with contextlib.ExitStack() as files:
        first, heard = (
            files.enter_context(open_media(stretches[0].film)),
            files.enter_context(open_media(sound, "sound")),
        )
        head = first.streams.video[0]
        options = {"movflags": "+faststart", "fflags": "+bitexact"}
        with av.open(f"file:{out.absolute()}", "w", format="mp4", options=options) as film:
            picture = film.add_stream_from_template(head)
            picture.time_base = Fraction(1, fps * 512)
            voice = film.add_stream_from_template(heard.streams.audio[0])
            streams: dict[str, Stream] = {"video": picture, "audio": voice}
            texts: Iterator[Packet[Any]] = iter(())
            if subtitles:
                read = files.enter_context(open_media(subtitles))
                streams["subtitle"] = _titled(film, read.streams.subtitles[0])
                texts = (packet for packet in read.demux(read.streams.subtitles[0]) if packet.size)
            if tags:
                film.metadata.update(tags.metadata)
                film.set_chapters(tags.list_chapters(sum(part.end - part.first for part in stretches), fps))
                voice.metadata["language"] = tags.language
            seen = count()
            pictures = _pictures(stretches, head.codec_context.extradata, fps)
            sounds = (packet for packet in heard.demux(heard.streams.audio[0]) if packet.size)
            # in order of time, so that the muxer never has to hold much back
            for packet in heapq.merge(pictures, sounds, texts, key=_time):
                if stop.is_set():
                    raise MediaError("the film was given up")
                if packet.stream.type == "video":
                    next(seen)
                packet.stream = streams[packet.stream.type]
                film.mux_one(packet)
    if tags:
        # Behind the end, since the muxer writes no such boxes, and there they move nothing that the head points to.
        append_content(out, tags.box)
    return next(seen)


def _titled(film: OutputContainer, read: Stream) -> Stream:
    stream = film.add_stream_from_template(read)
    stream.metadata["language"] = read.metadata.get("language", "und")
    return stream


def _time(packet: Any) -> Fraction:
    return Fraction(packet.dts * packet.time_base)


def _pictures(stretches: Sequence[Stretch], extradata: bytes | None, fps: int) -> Iterator[Packet[Any]]:
    """The packets of all stretches on one grid; frames are stored as they are shown."""
    begin = 0
    for stretch in stretches:
        with open_media(stretch.film) as container:
            video = container.streams.video[0]
            # The track has one header, and a decoder would read frames by it that were written for another.
            if video.codec_context.extradata != extradata:
                raise MediaError(f"`{stretch.film.name}` is encoded unlike the rest of the film")
            for packet, frame in _cut(stretch, container.demux(video), fps):
                packet.time_base = Fraction(1, fps * 512)
                packet.pts = packet.dts = (begin + frame) * 512
                packet.duration = 512
                yield packet
        begin += stretch.end - stretch.first


def _cut(stretch: Stretch, packets: Iterator[Packet[Any]], fps: int) -> Iterator[tuple[Packet[Any], int]]:
    """The packets of a stretch, each with its frame's number in it."""
    left = stretch.end - stretch.first
    for packet in packets:
        # At the end of a stream PyAV gives an empty packet, for encoders to be emptied.
        if packet.pts is None or not packet.size:
            continue
        frame = round(packet.pts * packet.time_base * fps) - stretch.first
        if not 0 <= frame < stretch.end - stretch.first:
            continue
        if left == stretch.end - stretch.first and not (packet.is_keyframe and frame == 0):
            raise MediaError(f"`{stretch.film.name}` has no key frame at frame {stretch.first}")
        left -= 1
        yield packet, frame
    if left:
        raise MediaError(f"`{stretch.film.name}` has not all of its frames {stretch.first} to {stretch.end - 1}")
