"""Put packets of separately encoded films into one track, without decoding them, and the sound beside it."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import count
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

from storyforge.errors import MediaError
from storyforge.media import opened

if TYPE_CHECKING:
    from av.packet import Packet

DELAY = 2
"""Frames that decoding may run ahead of showing: what two B-frames in a row need."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Consecutive frames of a film, from one key frame up to another or the end."""

    film: Path
    first: int
    end: int
    """The frame after the last."""


def mux_film(stretches: Sequence[Stretch], sound: Path, fps: int, out: Path, stop: Event) -> int:
    """Write the frames of all stretches, in order, and the sound into an MP4; gives the number of frames.

    Times are not taken over but counted anew, so nothing can drift. Raises MediaError if a stretch does not begin on a
    key frame, is encoded unlike the first, or has not all its frames; and when `stop` is set.
    """
    import av

    with opened(stretches[0].film) as first, opened(sound, "sound") as heard:
        head = first.streams.video[0]
        options = {"movflags": "+faststart", "fflags": "+bitexact"}
        with av.open(f"file:{out.absolute()}", "w", format="mp4", options=options) as film:
            picture = film.add_stream_from_template(head)
            picture.time_base = Fraction(1, fps * 512)
            voice = film.add_stream_from_template(heard.streams.audio[0])
            seen = count()
            pictures = _pictures(stretches, head.codec_context.extradata, fps)
            sounds = (packet for packet in heard.demux(heard.streams.audio[0]) if packet.size)
            # in order of time, so that the muxer never has to hold much back
            for packet in heapq.merge(pictures, sounds, key=_time):
                if stop.is_set():
                    raise MediaError("the film was given up")
                is_picture = packet.stream.type == "video"
                packet.stream = picture if is_picture else voice
                if is_picture:
                    next(seen)
                film.mux_one(packet)
    return next(seen)


def _time(packet: Any) -> Fraction:
    return Fraction(packet.dts * packet.time_base)


def _pictures(stretches: Sequence[Stretch], extradata: bytes | None, fps: int) -> Iterator[Packet[Any]]:
    """The packets of all stretches on one grid: shown at their place, decoded in their order."""
    order = count(-DELAY)
    begin = 0
    for stretch in stretches:
        with opened(stretch.film) as container:
            video = container.streams.video[0]
            if video.codec_context.extradata != extradata:
                raise MediaError(f"`{stretch.film.name}` is encoded unlike the rest of the film")
            for packet, frame in _cut(stretch, container.demux(video), fps):
                packet.time_base = Fraction(1, fps * 512)
                packet.pts = (begin + frame) * 512
                packet.dts = next(order) * 512
                packet.duration = 512
                yield packet
        begin += stretch.end - stretch.first


def _cut(stretch: Stretch, packets: Iterator[Packet[Any]], fps: int) -> Iterator[tuple[Packet[Any], int]]:
    """The packets of a stretch, each with its frame's number in it."""
    left = stretch.end - stretch.first
    for packet in packets:
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
