"""Cues -> subtitles: as files for players and editors, and as a track that goes into the film."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from storyforge.film.cues import Cue
from storyforge.model.errors import MediaError
from storyforge.model.manners import MARKS
from storyforge.system.ffmpeg import BITEXACT, run_ffmpeg

FORMS = ("srt", "vtt", "ass")
"""Forms of a file, each its ending."""

FONT = "Noto Sans"


def subtitles(cues: Sequence[Cue], fps: int, form: str, size: tuple[int, int] = (1280, 720)) -> str:
    """The text of a file; `size` is the film's, to which ASS relates its letters.

    A voice over the picture is in italics and one from out of view is not, as subtitlers do it; ASS says behind the
    speaker's name which it is. WebVTT alone says in what language a line is, if not in the film's.
    """
    from pysubs2 import SSAEvent, SSAFile, SSAStyle

    written = SSAFile()
    short = min(size)
    written.info.update(PlayResX=str(size[0]), PlayResY=str(size[1]), WrapStyle="2")
    written.styles["Default"] = SSAStyle(
        fontname=FONT, fontsize=short * 0.055, outline=short / 360, shadow=0, marginv=round(short * 0.06)
    )
    for cue in cues:
        text = "\\N".join(cue.rows)
        # WebVTT alone reads an `&` as the start of an entity.
        text = text.replace("&", "&amp;") if form == "vtt" else text
        text = f"{{\\i1}}{text}{{\\i0}}" if cue.kind == "over" else text
        if form == "vtt" and cue.language:
            text = f"<lang {cue.language}>{text}</lang>"
        start, end = (round(frame * 1000 / fps) for frame in (cue.first, cue.end))
        who = " ".join(cue.who.replace(",", " ").split())  # a comma ends a field of ASS
        mark = f" ({MARKS[cue.kind]})" if cue.kind in MARKS else ""
        written.append(SSAEvent(start, end, text, name=f"{who}{mark}".strip()))
    return str(written.to_string(form))


async def write_track(cues: Sequence[Cue], fps: int, language: str, out: Path) -> None:
    """Write cues as the only track of an MP4, 3GPP timed text in a language of three letters. Raises MediaError."""
    import ffmpeg

    options: dict[str, Any] = {"format": "mp4", "c:s": "mov_text", "metadata:s:s:0": f"language={language}"}
    read = ffmpeg.input("pipe:0", format="srt")
    await run_ffmpeg(
        ffmpeg.output(read, f"file:{out.absolute()}", **options, **BITEXACT),
        feed=[subtitles(cues, fps, "srt").encode()],
    )
    if not out.is_file():
        raise MediaError("the subtitles could not be written")


def language_code(language: str) -> str:
    """The code of three letters (ISO 639-2) of a BCP 47 language, as MP4 wants it; `und` where there is none."""
    from langcodes import Language

    try:
        code = Language.get(language).to_alpha3()
    except (LookupError, ValueError):
        return "und"
    return code if len(code) == 3 and code.isascii() and code.islower() else "und"
