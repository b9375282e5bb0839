"""Takes of another shape, length, colour or making than the film's fill their place exactly."""

from __future__ import annotations

import asyncio
import hashlib
import wave
from array import array
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from film.cards import card, codes, samples
from storyforge.film.conform import Delivery, Piece, conform_take
from storyforge.film.fit import change_tempo, pace
from storyforge.system import decode
from storyforge.system.ffmpeg import run_ffmpeg

SIZE = (320, 180)
LEFT_WHITE = "255*lt(X,W/4)"
X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-crf", "12")


def run(*arguments: str) -> None:
    asyncio.run(run_ffmpeg(arguments, timeout=60))


def conform(take: Path, folder: Path, frames: int = 24, **wanted: Any) -> Piece:
    delivery = Delivery(frames, SIZE, 24, **wanted)
    return asyncio.run(conform_take(take, hashlib.sha256(take.read_bytes()).hexdigest(), delivery, folder / "pieces"))


def drawn(path: Path, size: str, light: str, *options: str, seconds: float = 1) -> Path:
    """A film of one grey picture, whose light is an expression of X, Y, W and H."""
    asked = f"color=gray:s={size}:r=24:d={seconds},format=gray,geq=lum='{light}',format=yuv420p"
    run("-f", "lavfi", "-i", asked, *(options or X264), str(path))
    return path


def row(film: Path, number: int = 5) -> bytes:
    """The light along the middle line of a frame."""
    return lines(film, number)[90]


def lines(film: Path, number: int = 5) -> list[bytes]:
    with decode.open_media(film) as container:
        frame = [frame for frame, _ in zip(container.decode(video=0), range(number + 1), strict=False)][-1]
        plane = frame.planes[0]
        return [bytes(plane)[at * plane.line_size :][: plane.width] for at in range(plane.height)]


def colour(film: Path, number: int = 5) -> tuple[int, int, int]:
    """Y, Cb and Cr in the middle of a frame."""
    with decode.open_media(film) as container:
        frame = [frame for frame, _ in zip(container.decode(video=0), range(number + 1), strict=False)][-1]
        told = [bytes(plane)[plane.height // 2 * plane.line_size + plane.width // 2] for plane in frame.planes]
        assert (frame.colorspace, frame.color_trc, frame.color_primaries, frame.color_range) == (1, 1, 1, 1)
    return told[0], told[1], told[2]


# shape


@pytest.mark.parametrize(
    ("size", "fit", "black"),
    [
        ("320x180", None, (0, 0)),
        ("336x192", None, (0, 0)),  # 1.6 % too tall
        ("320x176", None, (2, 2)),  # 2.2 % too flat
        ("336x192", "pad", (2, 2)),
        ("320x176", "crop", (0, 0)),
        ("180x180", "pad", (70, 70)),
        ("180x180", "crop", (0, 0)),
        ("180x180", "blur", (0, 0)),
        ("64x4", "pad", (80, 80)),
        ("64x4", "crop", (0, 0)),
        ("4x64", "blur", (0, 0)),
        ("2x2", None, (70, 70)),
        ("321x181", None, (0, 0)),
    ],
)
def test_a_picture_fills_the_film_as_the_format_says(tmp_path, size, fit, black):
    # in yuv444p, so that widths may be odd
    take = drawn(tmp_path / "take.mkv", size, "255", "-c:v", "ffv1", "-pix_fmt", "yuv444p")
    piece = conform(take, tmp_path, fit=fit)
    found = lines(piece.video)
    assert (len(found[0]), len(found)) == SIZE
    wide, high = (int(side) for side in size.split("x"))
    bars = [line[160] for line in found] if wide * 180 > high * 320 else list(found[90])
    light = [at for at, value in enumerate(bars) if value > 120]
    missing = light[0], len(bars) - 1 - light[-1]
    assert missing == pytest.approx(black, abs=1)


def test_a_crop_takes_the_middle_and_keeps_proportions(tmp_path):
    # a white square of 60 in the middle of 180 x 180 is as wide as high wherever it lands
    take = drawn(tmp_path / "take.mkv", "180x180", "255*between(X,60,119)*between(Y,60,119)")
    found = lines(conform(take, tmp_path, fit="crop").video)
    wide = sum(value > 120 for value in found[90])
    high = sum(line[160] > 120 for line in found)
    assert (wide, high) == (pytest.approx(60 * 320 / 180, abs=3), pytest.approx(60 * 320 / 180, abs=3))
    assert next(at for at, value in enumerate(found[90]) if value > 120) == pytest.approx(160 - wide / 2, abs=3)


def test_around_a_blurred_picture_are_its_own_soft_colours(tmp_path):
    take = drawn(tmp_path / "take.mkv", "180x180", "255*lt(Y,H/2)")
    found = lines(conform(take, tmp_path, fit="blur").video)
    around, inside = ([line[at] for line in found] for at in (20, 160))
    assert max(abs(one - other) for one, other in pairwise(around)) < 8
    assert max(abs(one - other) for one, other in pairwise(inside)) > 100
    assert (min(around), max(around)) == (pytest.approx(16, abs=4), pytest.approx(235, abs=4))


@pytest.mark.parametrize("sar", ["1/1", "8/9", "32/27"])
def test_shapes_are_those_that_are_shown(tmp_path, sar):
    take = tmp_path / "take.mp4"
    run("-f", "lavfi", "-i", f"color=white:s=160x160:r=24:d=1,setsar={sar}", *X264, str(take))
    across, down = (int(part) for part in sar.split("/"))
    wide = sum(value > 120 for value in row(conform(take, tmp_path, fit="pad").video))
    assert wide == pytest.approx(180 * across / down, abs=3)


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_a_rotated_take_is_upright(tmp_path, turn):
    plain = drawn(tmp_path / "plain.mp4", "180x320" if turn % 180 else "320x180", "255*lt(Y,H/4)")
    take = tmp_path / "take.mp4"
    run("-display_rotation", str(turn), "-i", str(plain), "-c", "copy", str(take))
    found = lines(conform(take, tmp_path).video)
    edges = {0: found[10][160], 90: found[90][10], 180: found[170][160], 270: found[90][310]}
    assert {at for at, light in edges.items() if light > 200} == {turn}
    assert max(found[90][158:162]) < 40


# length


@pytest.mark.parametrize(
    ("fit_time", "frames", "times"),
    [
        ("trim", 96, 1),
        ("trim", 30, 1),
        ("keep", 96, 2),
        ("keep", 30, 1),
        ("stretch", 96, 2),
        ("stretch", 30, 0.625),
        ("stretch", 49, 1),  # a frame more or less is none
        ("stretch", 47, 1),
    ],
)
def test_a_take_of_another_length_fills_its_time_as_the_format_says(tmp_path, fit_time, frames, times):
    take = card(tmp_path / "take.mp4", 3, frames, sound="0.3*sin(440*2*PI*t)*lt(mod(t,1),0.5)")
    piece = conform(take, tmp_path, 48, fit_time=fit_time)
    told = codes(piece.video)
    assert len(told) == 48
    for number, code in enumerate(told):
        assert code is not None
        assert code[1] == pytest.approx(min(number * times, frames - 1), abs=1.01)
    with wave.open(str(piece.sound)) as sound:
        heard = array("h", sound.readframes(sound.getnframes()))[::2]
    assert len(heard) == 96_000
    # the tone ends after half a second of the take, at its own pitch
    loud = [at for at, value in enumerate(heard[: int(48_000 * 0.9 / times)]) if abs(value) > 2000]
    assert loud[-1] / 48_000 == pytest.approx(0.5 / times, abs=0.05)
    middle = heard[4800:9600]
    crossings = sum(one < 0 <= other for one, other in pairwise(middle))
    assert crossings == pytest.approx(44, abs=1)
    if fit_time != "stretch" and frames == 30:
        assert max(map(abs, heard[61_000:])) == 0


def test_paces_stay_what_they_are_within_a_frame():
    assert pace("stretch", 121 / 24, 120, 24) == 1
    assert pace("stretch", 122 / 24, 120, 24) == pytest.approx(122 / 120)
    assert pace("keep", 118 / 24, 120, 24) == 1
    assert pace("trim", 200, 120, 24) == 1


@pytest.mark.parametrize(("times", "steps"), [(1, []), (1.5, [1.5]), (5, [1.71] * 3), (1 / 15, [0.508] * 4)])
def test_sound_is_hurried_in_steps_that_leave_nothing_out(times, steps):
    class Heard(list):
        def filter(self, name: str, factor: str) -> Heard:
            assert name == "atempo"
            return Heard([*self, float(factor)])

    assert change_tempo(Heard(), times) == pytest.approx(steps, abs=0.01)


# colours


@pytest.mark.parametrize(("transfer", "white", "lamp"), [("smpte2084", 572, 670), ("arib-std-b67", 721, 860)])
def test_hdr_becomes_what_sdr_shows(tmp_path, transfer, white, lamp):
    # `white` is that of diffuse white, 203 nits, in each transfer, by ITU-R BT.2408; a lamp is three times as bright
    tags = f"setparams=color_trc={transfer}:color_primaries=bt2020:colorspace=bt2020nc:range=tv"
    lights = {}
    levels = {"white": (white, 512, 512), "lamp": (lamp, 512, 512), "black": (64, 512, 512), "red": (350, 420, 700)}
    for name, planes in levels.items():
        take = tmp_path / f"{name}.mp4"
        asked = "geq=" + ":".join(f"{part}={value}" for part, value in zip(("lum", "cb", "cr"), planes, strict=True))
        asked = f"color=s=320x180:r=24:d=0.5,format=yuv420p10le,{asked},{tags}"
        run("-f", "lavfi", "-i", asked, "-c:v", "libx264", "-preset", "ultrafast", "-qp", "1", str(take))
        assert decode.probe(take).transfer == transfer
        lights[name] = colour(conform(take, tmp_path, 12).video)
    assert 195 <= lights["white"][0] <= lights["lamp"][0] - 5 <= 230
    assert lights["white"][1:] == pytest.approx((128, 128), abs=2)
    assert lights["black"] == pytest.approx((16, 128, 128), abs=2)
    assert lights["red"][2] > 160
    assert lights["red"][1] < 120


@pytest.mark.parametrize("matrix", ["bt709", "smpte170m"])
@pytest.mark.parametrize("span", ["tv", "pc"])
def test_colours_stay_whatever_numbers_they_were_written_in(tmp_path, matrix, span):
    take = tmp_path / "take.mp4"
    asked = f"color=0xC04020:s=320x180:r=24:d=0.5,format=gbrp,scale=out_color_matrix={matrix}:out_range={span}"
    tags = ("-colorspace", matrix, "-color_range", span, "-color_primaries", "bt709", "-color_trc", "bt709")
    run("-f", "lavfi", "-i", f"{asked},format=yuv444p", "-c:v", "libx264", "-qp", "1", *tags, str(take))
    assert colour(conform(take, tmp_path, 12).video) == pytest.approx((92, 101, 186), abs=3)


def test_half_frames_are_put_together(tmp_path):
    # the two fields of each frame show a bar in different places, as it moves
    take, flags = tmp_path / "take.mp4", ("-flags", "+ildct+ilme", "-x264-params", "tff=1", "-field_order", "tt")
    asked = "color=black:s=320x180:r=48:d=1,geq=lum='255*between(X,40+N*4,79+N*4)':cb=128:cr=128,tinterlace=4"
    run("-f", "lavfi", "-i", asked, "-c:v", "libx264", "-preset", "ultrafast", "-qp", "4", *flags, str(take))
    assert decode.probe(take).interlaced
    combed, whole = lines(take, 10), lines(conform(take, tmp_path).video, 10)

    def teeth(found: Sequence[bytes]) -> int:
        return sum(abs(one[at] - other[at]) > 100 for one, other in pairwise(found) for at in range(320))

    assert teeth(combed) > 500
    assert teeth(whole) < teeth(combed) / 10


# making


def remade(take: Path, out: str, *options: str, before: Sequence[str] = ()) -> Path:
    path = take.with_name(out)
    run(*before, "-i", str(take), *options, str(path))
    return path


def cut(take: Path) -> Path:
    """Without its first half second, by an edit list alone."""
    return remade(take, "cut.mp4", "-c", "copy", before=("-ss", "0.5"))


def late(take: Path) -> Path:
    """The picture begins half a second after the sound, by an empty edit."""
    maps = ("-map", "0:v", "-map", "1:a", "-c", "copy")
    return remade(take, "late.mp4", *maps, before=("-itsoffset", "0.5", "-i", str(take)))


def covered(take: Path) -> Path:
    """A cover comes before the film."""
    run("-f", "lavfi", "-i", "color=red:s=64x64", "-frames:v", "1", str(take.with_name("cover.png")))
    maps = ("-map", "0", "-map", "1", "-c", "copy", "-disposition:v:1", "attached_pic")
    path = remade(take, "covered.mp4", "-i", str(take.with_name("cover.png")), *maps)
    content = path.read_bytes()
    first, cover = (content.index(kind) - 4 for kind in (b"trak", b"udta"))
    path.write_bytes(content[:first] + content[cover:] + content[first:cover])
    with decode.open_media(path) as container:
        assert container.streams.video[0].codec_context.name == "png"
    return path


def crowded(take: Path) -> Path:
    """With a second sound, subtitles and an attachment."""
    take.with_name("lines.srt").write_text("1\n00:00:00,000 --> 00:00:01,000\nHello.\n")
    extra = ("-f", "lavfi", "-i", "sine=d=1", "-attach", str(take.with_name("lines.srt")))
    maps = (
        "-map",
        "0",
        "-map",
        "1:v",
        "-map",
        "1:a",
        "-map",
        "2",
        "-c:v",
        "copy",
        "-metadata:s:t",
        "mimetype=text/plain",
    )
    return remade(take, "crowded.mkv", *extra, *maps, before=("-i", str(take.with_name("lines.srt"))))


MADE = {
    "b-frames": lambda take: remade(take, "b.mp4", "-c:v", "libx264", "-bf", "8", "-b_strategy", "0", "-g", "48"),
    "no-edit-list": lambda take: remade(take, "n.mp4", "-c", "copy", "-use_editlist", "0"),
    "ten-bits": lambda take: remade(take, "ten.mp4", "-pix_fmt", "yuv422p10le", "-c:v", "libx264", "-c:a", "copy"),
    "vp9": lambda take: remade(take, "v.webm", "-c:v", "libvpx-vp9", "-cpu-used", "8", "-deadline", "realtime"),
    "fragments": lambda take: remade(take, "f.mp4", "-c", "copy", "-movflags", "frag_keyframe+empty_moov"),
    "shifted": lambda take: remade(take, "s.mkv", "-c", "copy", "-output_ts_offset", "1000"),
    "covered": covered,
}


@pytest.mark.parametrize("made", MADE)
def test_the_frames_of_a_take_stay_whatever_it_is_made_of(tmp_path, made):
    take = MADE[made](card(tmp_path / "take.mp4", 5, 40))
    piece = conform(take, tmp_path, 40)
    told = codes(piece.video)
    assert told == [(5, frame) for frame in range(40)]


def test_an_edit_list_says_where_a_take_begins(tmp_path):
    take = cut(card(tmp_path / "take.mp4", 5, 60))
    shown = codes(take)
    assert 0 < shown[0][1] < 60
    assert codes(conform(take, tmp_path, len(shown)).video) == shown


def test_a_picture_that_begins_late_keeps_its_place_beside_the_sound(tmp_path):
    take = late(card(tmp_path / "take.mp4", 5, 48))
    told = codes(conform(take, tmp_path, 60).video)
    assert told == [(5, max(0, frame - 12)) for frame in range(60)]


SOUNDS = {
    "surround": ("-af", "aformat=channel_layouts=5.1"),
    "eight-bits": ("-c:a", "pcm_u8"),
    "high": ("-ar", "192000", "-c:a", "pcm_s32le"),
    "low": ("-ar", "8000"),
    "opus": ("-c:a", "libopus"),
    "unnamed-channels": ("-af", "aformat=channel_layouts=mono,pan=3c|c0=c0|c1=c0|c2=c0", "-c:a", "pcm_s16le"),
}


@pytest.mark.parametrize("sound", SOUNDS)
def test_every_sound_keeps_its_time_and_is_heard(tmp_path, sound):
    plain = card(tmp_path / "plain.mp4", 5, 48, sound="0.5*sin(440*2*PI*t)*gt(t,1)")
    take = remade(plain, "take.mkv", "-c:v", "copy", *SOUNDS[sound])
    piece = conform(take, tmp_path, 48)
    heard = samples(piece.sound)
    assert len(heard) == 96_000
    first = next(at for at, value in enumerate(heard) if abs(value) > 1500)
    assert first / 48_000 == pytest.approx(1, abs=0.01)


def test_a_sound_that_holds_nothing_is_silence(tmp_path):
    plain = card(tmp_path / "plain.mp4", 5, 48)
    beyond = ("-ss", "9", "-i", str(plain), "-map", "0:v", "-map", "1:a", "-c", "copy")
    piece = conform(remade(plain, "take.mp4", *beyond), tmp_path, 48)
    assert set(samples(piece.sound)) == {0}


def test_of_many_streams_the_picture_and_the_first_sound_are_taken(tmp_path):
    take = crowded(card(tmp_path / "take.mp4", 5, 24))
    piece = conform(take, tmp_path)
    assert codes(piece.video) == [(5, frame) for frame in range(24)]
    assert max(samples(piece.sound)) > 5000
