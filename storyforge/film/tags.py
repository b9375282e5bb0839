"""What a film says of itself in its head: title, artist, date, language, chapters, and that a model made it.

The mark of a model is written twice: in words, as the comment that players show, and for programs as the property
`DigitalSourceType` of the IPTC in XMP, in the `uuid` box that XMP part 3 gives it in an MP4.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from av.container.core import Chapter

GENERATED = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
"""What the IPTC calls a take that a model made."""

COMPOSITE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
"""What it calls a film that is put together from such takes."""

XMP_BOX = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")

_XMP = f"""\
<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
   Iptc4xmpExt:DigitalSourceType="{COMPOSITE}"/>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>"""


@dataclass(frozen=True, slots=True)
class Tags:
    """What is written in the header of a film."""

    title: str
    artist: str | None = None
    date: str | None = None
    """A day, `2026-05-01`."""
    language: str = "und"
    """Of what is spoken, in three letters."""
    chapters: tuple[tuple[int, str], ...] = ()
    """The frame that each begins on, and its name."""
    generated: bool = False
    """Whether a model made any of its takes."""
    aigc: str | None = None
    """The tag `AIGC` of a take that has one; it must be kept when media are put together."""

    @property
    def metadata(self) -> dict[str, str]:
        """Names and values as ffmpeg calls them."""
        comment = f"Made with generative AI ({COMPOSITE})" if self.generated else None
        given = {"title": self.title, "artist": self.artist, "date": self.date, "comment": comment}
        return {name: value for name, value in given.items() if value}

    @property
    def box(self) -> bytes:
        """What is put behind the last byte of the film."""
        xmp = _box(b"uuid", XMP_BOX, _XMP.encode()) if self.generated else b""
        return xmp + (_meta("AIGC", self.aigc) if self.aigc else b"")

    def list_chapters(self, frames: int, fps: int) -> list[Chapter]:
        """The chapters of a film of so many frames as PyAV wants them."""
        bounds = [*self.chapters, (frames, "")]
        return [
            {"id": number, "start": start, "end": end, "time_base": Fraction(1, fps), "metadata": {"title": name}}
            for number, ((start, name), (end, _)) in enumerate(pairwise(bounds), 1)
        ]


def _box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def _meta(name: str, value: str) -> bytes:
    """A tag that players do not know, as QuickTime writes such: in a `meta` box of its own, next to those they know."""
    # Version, flags and a field without a meaning, the kind of keys, twelve bytes that are reserved, and an empty name.
    handler = _box(b"hdlr", bytes(8), b"mdta", bytes(13))
    names = _box(b"keys", struct.pack(">II", 0, 1), _box(b"mdta", name.encode()))
    # The value of the first key: of type 1, which is UTF-8, for locale 0, which is any.
    values = _box(b"ilst", _box(struct.pack(">I", 1), _box(b"data", struct.pack(">II", 1, 0), value.encode())))
    return _box(b"meta", bytes(4), handler, names, values)
