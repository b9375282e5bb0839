"""Joins fragmented MP4 films by their bytes: only the times in their headers are rewritten.

Nothing is decoded, encoded or even unpacked, so a long film is put together as fast as it can be copied. The boxes are
those of ISO/IEC 14496-12: a `moof` holds a `traf` for each track with its first time in `tfdt`; `sidx` lists them all.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from storyforge.model.errors import MediaError
from storyforge.system.files import open_scratch, stage_file


@dataclass(frozen=True, slots=True)
class Fragments:
    """A fragmented film with how long it plays."""

    film: Path
    frames: int


def join_fragments(parts: Sequence[Fragments], timescales: Sequence[tuple[int, int]], out: Path) -> None:
    """Write films one after another to `out`, replaced at once when it is whole.

    `timescales` are, for each track from 1 on, its units a second and its units a frame. MediaError where a part is no
    fragmented film or has another head than the first.
    """
    head = b""
    moved: list[list[bytes]] = []
    before = 0
    for number, part in enumerate(parts):
        data = bytearray(part.film.read_bytes())
        boxes = list(_boxes(data, 0, len(data), part.film))
        start = b"".join(data[begin:end] for kind, begin, end in boxes if kind in (b"ftyp", b"moov"))
        # One `moov` describes all parts, so they must be encoded alike to the byte.
        if head and start != head:
            raise MediaError(f"`{part.film.name}` is encoded unlike the rest of the film")
        head = start
        shifts = {track: before * units for track, (_, units) in enumerate(timescales, 1)}
        for kind, begin, end in boxes:
            if kind == b"moof":
                _shift(data, begin + 8, end, number + 1, shifts, part.film)
        moved.append([bytes(data[begin:end]) for kind, begin, end in boxes if kind in (b"moof", b"mdat")])
        before += part.frames
    rate, units = timescales[0]
    lengths = [(sum(map(len, one)), part.frames * units) for one, part in zip(moved, parts, strict=True)]
    with stage_file(out) as film, open_scratch(film) as file:
        file.write(head + _index(rate, lengths))
        for boxes_of_one in moved:
            file.writelines(boxes_of_one)


def _boxes(data: bytearray, begin: int, end: int, film: Path) -> Iterator[tuple[bytes, int, int]]:
    """Kind, start and end of each box in a stretch."""
    while begin < end:
        size, kind = struct.unpack_from(">I4s", data, begin) if begin + 8 <= end else (0, b"")
        if size < 8 or begin + size > end:
            raise MediaError(f"`{film.name}` is no whole fragmented film")
        yield kind, begin, begin + size
        begin += size


def _shift(data: bytearray, begin: int, end: int, number: int, shifts: dict[int, int], film: Path) -> None:
    """Numbers a `moof` and puts its tracks later by so many of their units."""
    for kind, start, stop in _boxes(data, begin, end, film):
        if kind == b"mfhd":
            struct.pack_into(">I", data, start + 12, number)
        elif kind == b"traf":
            track = 0
            for inner, place, _ in _boxes(data, start + 8, stop, film):
                if inner == b"tfhd":
                    (track,) = struct.unpack_from(">I", data, place + 12)
                elif inner == b"tfdt":
                    # Version 1 of the box counts in 64 bits, version 0 in 32.
                    wide = data[place + 8]
                    form = ">Q" if wide else ">I"
                    (time,) = struct.unpack_from(form, data, place + 12)
                    struct.pack_into(form, data, place + 12, time + shifts[track])


def _index(rate: int, lengths: Sequence[tuple[int, int]]) -> bytes:
    """A `sidx` for the first track: bytes and units of each part, all of which begin on a key frame."""
    # 0x90000000: the part starts with an access point of type 1, a key frame that is shown first.
    entries = b"".join(struct.pack(">III", size, units, 0x90000000) for size, units in lengths)
    body = struct.pack(">IIIQQHH", 0x01000000, 1, rate, 0, 0, 0, len(lengths)) + entries
    return struct.pack(">I4s", 8 + len(body), b"sidx") + body
