"""Take -> piece: the film's size, rate, colours and sound, an exact number of frames, ready to be joined by copying.

A piece is two files named by its key: `KEY.mp4`, pictures alone, and `KEY.wav`, 48 kHz stereo with exactly
`frames × 48000 / fps` samples. All pieces of a film are encoded alike, so that their packets may stand in one track,
and have key frames where joins may begin and end.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from storyforge.compiler.transitions import FrameTransition
from storyforge.film.colour_match import NONE, Grade
from storyforge.film.fit import BT709, SCALER, change_tempo, fit_picture, pace, tone_map
from storyforge.model.errors import MediaError
from storyforge.model.storyboard import Fit, FitTime
from storyforge.system.decode import Probe, guess_matrix, probe
from storyforge.system.ffmpeg import BITEXACT, run_ffmpeg, version_key
from storyforge.system.files import stage_file
from storyforge.system.media import source
from storyforge.system.whole import is_unchanged, note_made

RECIPE = 3
"""Raised when this module makes other pieces from the same takes."""

RATE = 48_000
"""Samples a second of all sound in a film."""

PLANTED = (12, 24)
"""Frames from either end that always begin on a key frame, so that the usual joins can change without a new piece."""

X264 = "stitchable=1:open-gop=0:scenecut=0:bframes=0:ref=1:force-cfr=1:keyint=48:min-keyint=1"
"""Settings under which separately encoded films have the same head, and never refer across a key frame. Without
B-frames, frames are stored as they are shown, and at this rate nothing is lost by it: measured on filmed and animated
pictures, it takes a quarter less work, SSIM is 0.2 dB worse to 1 dB better, and files are a tenth smaller to an eighth
larger."""

THREADS = 2
"""Of x264 on every machine, since it writes other bytes with another number of them."""


INSTANT = 0.001
"""Seconds: less than any frame lasts, and more than times are rounded by."""

PATIENCE = 1800.0
"""Seconds that a take may need: what is read, filtered and encoded on a slow and busy machine."""


@dataclass(frozen=True, slots=True)
class Label:
    """A picture drawn over some frames of a piece, its upper left corner on theirs."""

    first: int
    last: int
    """First and last frame that show it, from 0."""
    picture: Path
    sha256: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a take is made into."""

    frames: int
    size: tuple[int, int]
    """Width and height, both even."""
    fps: int
    head: int = 0
    tail: int = 0
    """Frames at either end that its joins change."""
    labels: tuple[Label, ...] = ()
    fit: Fit | None = None
    """How a picture of another shape fills the film's."""
    fit_time: FitTime = "trim"
    """How a take of another length fills these frames."""
    grade: Grade = NONE
    """What is done to its colours."""
    until: float | None = None
    """The second of the take whose frame is the last; None where it is played as far as there is time."""
    lost: int = 0
    """Frames of its clip that are left out behind that."""

    @property
    def samples(self) -> int:
        """Of sound, in each channel."""
        return self.frames * RATE // self.fps

    @property
    def keys(self) -> tuple[int, ...]:
        """Frames that must be key frames."""
        starts = (*PLANTED, self.head)
        ends = tuple(self.frames - count for count in (*PLANTED, self.tail))
        return tuple(sorted({frame for frame in starts + ends if 0 < frame < self.frames}))


@dataclass(frozen=True, slots=True)
class Piece:
    """A take as the film plays it."""

    key: str
    video: Path
    sound: Path
    frames: int
    fps: int


@dataclass(frozen=True, slots=True)
class PlacedPiece:
    """A piece in its place in the film."""

    piece: Piece
    join: FrameTransition
    """How it follows the one before; the first of a film is a cut, or a fade from black."""
    margin: tuple[int, int]
    """Frames at its head and at its tail that joins change."""


def count_frames(placed: Sequence[PlacedPiece]) -> int:
    """How many frames the film of some pieces has: theirs less the overlaps."""
    return sum(one.piece.frames for one in placed) - sum(one.join.overlap for one in placed[1:])


def piece_key(take_sha256: str, delivery: Delivery, encoder: str) -> str:
    """Names a piece by all that can change it; `encoder` is the build of ffmpeg."""
    labels = [[label.first, label.last, label.sha256] for label in delivery.labels]
    fits = [delivery.fit, delivery.fit_time, asdict(delivery.grade), delivery.until, delivery.lost]
    parts = [RECIPE, take_sha256, delivery.frames, delivery.size, delivery.fps, delivery.keys, labels, fits, encoder]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


async def conform_take(
    take: Path,
    take_sha256: str,
    delivery: Delivery,
    folder: Path,
    *,
    found: Probe | None = None,
    progress: Callable[[float], None] | None = None,
    timeout: float | None = PATIENCE,
) -> Piece:
    """The piece of a take, from `folder` or made there; `found` is what is known to be in it.

    Where the take is too short its last frame is held and its sound ends in silence. MediaError if it cannot be read.
    """
    key = piece_key(take_sha256, delivery, version_key())
    piece = Piece(key, folder / f"{key}.mp4", folder / f"{key}.wav", delivery.frames, delivery.fps)
    if is_unchanged(piece.video, piece.sound):
        return piece
    if found is None:
        found = await asyncio.to_thread(probe, take)
    with contextlib.ExitStack() as files:
        # the sound is moved into place first: a piece whose video is there is whole
        video = files.enter_context(stage_file(piece.video))
        sound = files.enter_context(stage_file(piece.sound))
        graph = _graph(take, found, delivery, video, sound)
        count = await run_ffmpeg(graph, frames=delivery.frames, progress=progress, timeout=timeout)
        # The head of a WAV has 44 bytes, a sample of two channels in 16 bits has 4.
        samples = (sound.stat().st_size - 44) // 4
        if count != delivery.frames or samples != delivery.samples:
            raise MediaError(
                f"`{take.name}` cannot be made into {delivery.frames} frames",
                detail=f"{count} frames, {samples} samples",
            )
    note_made(piece.video, piece.sound)
    return piece


def encoding_options(fps: int, keys: Sequence[int] = ()) -> dict[str, Any]:
    """Output options of every picture in a film, which give the same bytes on every number of cores."""
    forced = {"force_key_frames": "expr:" + "+".join(f"eq(n,{frame})" for frame in keys)} if keys else {}
    return {
        "format": "mp4",
        "vcodec": "libx264",
        # Measured: twice as many frames a CPU second as `fast`, at the same crf in files no larger.
        "preset": "veryfast",
        "crf": 18,
        "profile:v": "high",
        "pix_fmt": "yuv420p",
        "x264-params": X264,
        "threads": THREADS,
        # A frame is 512 units at every rate, so that the times of joined pieces are counted and never rounded.
        "video_track_timescale": fps * 512,
        **forced,
        **BITEXACT,
    }


def _graph(take: Path, found: Probe, delivery: Delivery, video: Path, sound: Path) -> Any:
    import ffmpeg

    opened = source(take, "film", threads=1)
    # The tempo is that of the whole clip, however early it ends for the clip that continues it.
    times = pace(delivery.fit_time, found.seconds, delivery.frames + delivery.lost, delivery.fps)
    # `V`, not `v`: a cover picture in a film is a video stream as well.
    picture = _labelled(_pictured(opened["V:0"], found, delivery, times), delivery.labels)
    heard = opened["a:0"] if found.has_audio else ffmpeg.input(f"anullsrc=r={RATE}:cl=stereo", format="lavfi")
    return ffmpeg.merge_outputs(
        ffmpeg.output(picture, f"file:{video.absolute()}", **encoding_options(delivery.fps, delivery.keys)),
        ffmpeg.output(
            _levelled(heard, delivery, times), f"file:{sound.absolute()}", format="wav", acodec="pcm_s16le", **BITEXACT
        ),
    )


def _pictured(picture: Any, found: Probe, delivery: Delivery, times: float) -> Any:
    """Exactly the frames that are due, in the film's size and colours; the last is held where there are too few."""
    if found.interlaced:
        picture = picture.filter("bwdif", mode="send_frame")
    if found.late and not found.begins:
        picture = picture.filter("setpts", "PTS-STARTPTS")
    if delivery.until is not None:
        # held, for of a frame that ends before the next of the film is due nothing would be seen
        picture = picture.filter("trim", end=f"{delivery.until + INSTANT:.6f}")
        picture = picture.filter("tpad", stop=2, stop_mode="clone")
    if times != 1:
        picture = picture.filter("setpts", f"PTS/{times:.9f}")
    picture = picture.filter("fps", fps=delivery.fps, start_time=0)
    matrix = "auto" if found.tagged else guess_matrix(found.height)
    if found.transfer:
        picture, matrix = tone_map(picture, found.transfer), "bt709"
    if delivery.grade != NONE:
        picture, matrix = _coloured(picture, delivery.grade, matrix), "bt709"
    return (
        fit_picture(picture, delivery.fit, delivery.size, matrix)
        .filter("setsar", 1)
        .filter("setparams", **BT709)
        .filter("tpad", stop=-1, stop_mode="clone")
        .filter("trim", end_frame=delivery.frames)
    )


def _coloured(picture: Any, grade: Grade, matrix: str) -> Any:
    """A picture with its levels changed, before anything is put next to it."""
    light, blue, red = (f"clip(val*{gain}+{shift}+0.5,16,{{}})" for gain, shift in grade.channels)
    return (
        picture.filter("scale", flags=SCALER, in_color_matrix=matrix, out_color_matrix="bt709", out_range="tv")
        .filter("format", "yuv420p")
        .filter("lutyuv", y=light.format(235), u=blue.format(240), v=red.format(240))
    )


def _labelled(picture: Any, labels: Sequence[Label]) -> Any:
    # one input for each picture, however often it is drawn
    for path in dict.fromkeys(label.picture for label in labels):
        drawn = source(path, "picture").filter("scale", out_color_matrix="bt709", out_range="tv")
        spans = (f"between(n,{label.first},{label.last})" for label in labels if label.picture == path)
        picture = picture.overlay(drawn.filter("format", "yuva420p"), enable="+".join(spans))
    return picture.filter("setparams", **BT709) if labels else picture


def _levelled(heard: Any, delivery: Delivery, times: float) -> Any:
    heard = heard.filter("aresample", RATE, **{"async": 1, "first_pts": 0})
    return (
        change_tempo(heard, times)
        .filter("aformat", sample_fmts="s16", channel_layouts="stereo")
        .filter("apad")
        .filter("atrim", end_sample=delivery.samples)
    )
