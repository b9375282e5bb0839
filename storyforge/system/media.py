"""Which media files are read, and within what bounds.

What is read is named by its first bytes, never by its file name nor by asking ffmpeg to guess: only the forms of
`_FORMS` are opened, each with its demuxer pinned, so a playlist or a list of files that calls itself `.mp4` is refused
before a decoder sees it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from storyforge.model.errors import MediaError
from storyforge.system.inputs import UnreadableFile, open_file

Kind = Literal["film", "picture", "sound"]

MAX_PIXELS = 36_000_000
"""Largest picture that is decoded: 6000 × 6000."""

MAX_STREAMS = 100
"""Pictures, sounds, subtitles and attachments that one file may hold together."""

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
"""What may be read: ffmpeg's name of the form, the offset of its mark in bytes, the mark, and
what kinds of media may have it."""

_NOUNS: dict[Kind, tuple[str, str]] = {
    "film": ("a film", "films are MP4, MOV, Matroska or WebM"),
    "picture": ("a picture", "pictures are PNG, JPEG or WebP"),
    "sound": ("sound", "sound is WAV, MP3, AAC, FLAC, Ogg, or in a film"),
}
"""What a file should be, and which forms that may have."""

SMALLER = "make it smaller or shorter, or use another file"
AGAIN = "fetch or render it again"


def form(path: Path, kind: Kind) -> str:
    """ffmpeg's name of the form that a file's first bytes show; MediaError if it is none that may come as `kind`."""
    try:
        with open_file(path) as file:
            head = file.read(16)
    except (OSError, UnreadableFile) as error:
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
    # With `file:` and a whole path, `-y.mp4`, `http:x.mp4` and `concat:a|b.mp4` are names of files and nothing else.
    return ffmpeg.input(f"file:{path.absolute()}", format=form(path, kind), **SAFE, **limits, **options)
