"""The sound of a film: clips levelled and laid in one line, music under them, brought to its loudness, encoded once.

Sounds of pieces are never encoded apart and joined: an encoder adds samples of its own at the start, and they pile up.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from storyforge.film.conform import RATE, PlacedPiece, count_frames
from storyforge.film.sound.ambience import ambience_key, make_ambience
from storyforge.film.sound.levelling import FLOATS, REFERENCE, Level, common_gain, level_key, level_pieces
from storyforge.film.sound.loudness import add_meter, read_meter
from storyforge.film.sound.mastering import Master, apply_gain, master_sound, raw_stream
from storyforge.film.sound.music import Bed, lay_music, unpack_music
from storyforge.film.sound.track import SAMPLE, read_track
from storyforge.model.errors import MediaError
from storyforge.system.ffmpeg import BITEXACT, run_ffmpeg
from storyforge.system.files import file_sha256, make_scratch_folder, stage_file, write_atomically
from storyforge.system.inputs import UnreadableFile
from storyforge.system.whole import is_unchanged, note_made

RECIPE = 1
"""Raised when other sound is made from the same levels."""

Told = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Mix:
    """What the sound of a film is made of besides its clips, and how loud it is to be."""

    bed: Bed | None = None
    loudness: float = REFERENCE
    """Integrated, in LUFS."""
    ambience: bool = False
    """Whether clips without sound are filled."""


@dataclass(frozen=True, slots=True)
class Sound:
    """A film's sound, finished."""

    file: Path
    """AAC in an MP4."""
    master: Master


def sound_key(pieces: Sequence[PlacedPiece], mix: Mix) -> str:
    """Names the sound of a film by all that can change it; the music by its content."""
    bed = mix.bed and [_sha256(mix.bed.file), mix.bed.gain, mix.bed.duck]
    filled = [ambience_key(one.piece) for one in pieces] if mix.ambience else []
    told = [[level_key(one.piece), one.join.kind, one.join.frames] for one in pieces]
    return hashlib.sha256(json.dumps([RECIPE, told, bed, mix.loudness, filled]).encode()).hexdigest()


def sound_names(pieces: Sequence[PlacedPiece], mix: Mix) -> Iterator[str]:
    """The names under which a film's sound and all that it is made from are kept."""
    for one in pieces:
        yield from (level_key(one.piece), ambience_key(one.piece))
    # Music that cannot be read gives the mix no name, and the names of all else are asked for all the same.
    with suppress(MediaError):
        yield sound_key(pieces, mix)


def _sha256(path: Path) -> str:
    try:
        return file_sha256(path)
    except (OSError, UnreadableFile) as error:
        raise MediaError(f"`{path.name}` cannot be read", detail=str(error)) from error


async def make_sound(pieces: Sequence[PlacedPiece], mix: Mix, folder: Path, progress: Told | None = None) -> Sound:
    """The sound of a film, from `folder` or made there. Raises MediaError."""
    import ffmpeg

    key = sound_key(pieces, mix)
    file, facts = folder / f"{key}.m4a", folder / f"{key}.json"
    if is_unchanged(file, facts) and (known := _known(facts)):
        return Sound(file, known)
    with make_scratch_folder("sound", folder) as aside:
        parts = await _parts(pieces, mix, folder, aside)
        mixed = aside / "mix.f32"
        clips, under = parts.streams(mix)
        # Not normalized, since `amix` would make both softer by the number of its inputs.
        heard = ffmpeg.filter([clips, under], "amix", inputs=2, duration="first", normalize=0) if under else clips
        # Written and measured in one pass: the clips come through a pipe, which can be read only once.
        kept, listened = (heard.filter_multi_output("asplit", 2)[number] for number in range(2))
        meter = aside / "mix.txt"
        await run_ffmpeg(
            ffmpeg.merge_outputs(_written_raw(kept, mixed), add_meter(listened, meter)), feed=parts.clips(progress)
        )
        with stage_file(file) as encoded:
            master = await master_sound(mixed, read_meter(meter), parts.ambience, mix.loudness, encoded)
    # The facts come last: sound that has them is whole.
    write_atomically(facts, json.dumps(asdict(master)))
    note_made(file, facts)
    return Sound(file, master)


async def make_stems(pieces: Sequence[PlacedPiece], mix: Mix, folder: Path) -> dict[str, Path]:
    """The parts of a film's sound as WAV in floats, each as long as the film, from `folder` or made there: `clips`, and
    where there are any `music` and `ambience`. Together they are what the film sounds like before peaks are limited.
    Raises MediaError."""
    import ffmpeg

    master = (await make_sound(pieces, mix, folder)).master
    levels = await level_pieces([one.piece for one in pieces], folder)
    names = ["clips", *(["music"] if mix.bed else []), *(["ambience"] if _silent(levels, mix) else [])]
    key = sound_key(pieces, mix)
    stems = {name: folder / f"{key}.{name}.wav" for name in names}
    if is_unchanged(*stems.values()):
        return stems
    with make_scratch_folder("sound", folder) as aside, ExitStack() as files:
        parts = await _parts(pieces, mix, folder, aside)
        clips, under = parts.streams(mix)
        heard = {"clips": apply_gain(clips, master.gain)}
        if under:
            heard["music"] = apply_gain(under, master.gain)
        if parts.ambience:
            # Not by the gain of the others: ambience lies as far below the film however much its clips were raised.
            heard["ambience"] = apply_gain(raw_stream(parts.ambience), mix.loudness - REFERENCE)
        outputs = [
            ffmpeg.output(
                heard[name],
                f"file:{files.enter_context(stage_file(stem)).absolute()}",
                format="wav",
                acodec="pcm_f32le",
                **BITEXACT,
            )
            for name, stem in stems.items()
        ]
        await run_ffmpeg(ffmpeg.merge_outputs(*outputs), feed=parts.clips())
    return stems


@dataclass(frozen=True, slots=True)
class _Parts:
    """What a film's sound is mixed from."""

    pieces: Sequence[PlacedPiece]
    levels: Sequence[Level]
    samples: int
    music: Path | None
    """The bed's, unpacked."""
    ambience: Path | None
    """As long as the film, raw."""

    def clips(self, progress: Told | None = None) -> Iterator[bytes]:
        """Their line, to be fed to what `streams` gives."""
        sent = 0
        for block in read_track(self.pieces, [level.sound for level in self.levels]):
            yield block
            sent += len(block) // SAMPLE
            if progress:
                progress(min(1.0, sent / self.samples))

    def streams(self, mix: Mix) -> tuple[Any, Any]:
        """The clips together at the reference, and the music under them or None."""
        clips = apply_gain(_fed(), common_gain(self.levels))
        return lay_music(clips, self.music, mix.bed, self.samples) if self.music and mix.bed else (clips, None)


async def _parts(pieces: Sequence[PlacedPiece], mix: Mix, folder: Path, aside: Path) -> _Parts:
    """Levels and noise are kept in `folder`, all else lies in `aside`."""
    samples = count_frames(pieces) * RATE // pieces[0].piece.fps
    music = await unpack_music(mix.bed.file, aside, samples) if mix.bed else None
    levels = await level_pieces([one.piece for one in pieces], folder)
    ambience = None
    if silent := _silent(levels, mix):
        filled = [
            await make_ambience(one.piece, folder) if index in silent else None for index, one in enumerate(pieces)
        ]
        ambience = aside / "ambience.f32"
        await run_ffmpeg(_written_raw(_fed(), ambience), feed=read_track(pieces, filled))
    return _Parts(pieces, levels, samples, music, ambience)


def _silent(levels: Sequence[Level], mix: Mix) -> set[int]:
    """The clips that are to be filled, by their places in the film."""
    return {index for index, level in enumerate(levels) if level.sound is None} if mix.ambience else set()


def _fed() -> Any:
    import ffmpeg

    return ffmpeg.input("pipe:0", format=FLOATS, ar=RATE, ch_layout="stereo")["a:0"]


def _written_raw(heard: Any, out: Path) -> Any:
    import ffmpeg

    return ffmpeg.output(heard, f"file:{out.absolute()}", format=FLOATS, ar=RATE)


def _known(facts: Path) -> Master | None:
    try:
        return Master(**json.loads(facts.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, RecursionError):
        return None
