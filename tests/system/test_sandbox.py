"""Films that mean harm: each is refused within limits, with one clear error, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import json
import os
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from film.cards import card
from PIL import Image
from projects import HEAD, SHOTS, project, storyforge

from storyforge.film.conform import Delivery, conform_take
from storyforge.model.errors import MediaError
from storyforge.system import decode, media
from storyforge.system import sandbox as reader
from storyforge.system.ffmpeg import LARGEST, MEMORY, run_ffmpeg

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows knows no such limits")

MATRIX = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
INSIDE = b"\0\0\0\1"
"""Flags of a reference to the file that it is in."""


def box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def full(kind: bytes, *parts: bytes) -> bytes:
    return box(kind, bytes(4), *parts)


def track(
    number: int = 1,
    *,
    samples: int = 1,
    lasting: int = 40,
    size: tuple[int, int] = (320, 180),
    reference: bytes | None = None,
    edits: bytes = b"",
) -> bytes:
    """A track of JPEGs of a byte each, at 1,000 units a second."""
    wide, high = size
    entry = bytes(6) + struct.pack(">H16xHHIII", 1, wide, high, 0x480000, 0x480000, 0)
    entry += struct.pack(">H32xHh", 1, 24, -1)
    table = box(
        b"stbl",
        full(b"stsd", struct.pack(">I", 1), box(b"jpeg", entry)),
        full(b"stts", struct.pack(">III", 1, samples, lasting)),
        full(b"stsc", struct.pack(">IIII", 1, 1, samples, 1)),
        full(b"stsz", struct.pack(">II", 1, samples)),
        full(b"stco", struct.pack(">II", 1, 40)),
    )
    place = box(b"dinf", full(b"dref", struct.pack(">I", 1), reference or box(b"url ", INSIDE)))
    lasts = min(samples * lasting, 0xFFFFFFFF)
    head = full(b"mdhd", struct.pack(">IIIIHH", 0, 0, 1000, lasts, 0x55C4, 0))
    media_box = box(
        b"mdia",
        head,
        full(b"hdlr", struct.pack(">I4s12x", 0, b"vide"), b"v\0"),
        box(b"minf", box(b"vmhd", INSIDE, bytes(8)), place, table),
    )
    header = box(b"tkhd", b"\0\0\0\3", struct.pack(">IIIII16x", 0, 0, number, 0, lasts), MATRIX)
    return box(b"trak", header + struct.pack(">II", wide << 16, high << 16), edits, media_box)


def film(path: Path, *tracks: bytes, lasts: int = 1000) -> Path:
    """An MP4 that is made of tracks and of next to no pictures."""
    head = full(b"mvhd", struct.pack(">IIIIIH10x", 0, 0, 1000, lasts, 0x10000, 0x100), MATRIX, bytes(24) + INSIDE)
    path.write_bytes(
        box(b"ftyp", b"isom\0\0\2\0isomiso2mp41") + box(b"mdat", b"\xff\xd8" + bytes(20)) + box(b"moov", head, *tracks)
    )
    return path


def alias(target: Path) -> bytes:
    """A reference to another file, as a Macintosh writes it."""
    name, full_name = target.name.encode(), str(target).encode()
    fixed = bytes(10) + b"\1x".ljust(28, b"\0") + bytes(12) + bytes([len(name)]) + name.ljust(63, b"\0") + bytes(16)
    fixed += struct.pack(">hh16x", 1, 1)
    paths = struct.pack(">hH", 2, len(full_name)) + full_name + bytes(len(full_name) % 2) + struct.pack(">hH", -1, 0)
    return full(b"alis", fixed + paths)


def secret(folder: Path) -> Path:
    path = folder / "secret.jpg"
    Image.new("RGB", (320, 180), "red").save(path)
    return path


def many(folder: Path) -> Path:
    """A card with subtitles in many languages."""
    lines = folder / "lines.srt"
    lines.write_text("1\n00:00:00,000 --> 00:00:01,000\nHello.\n")
    files = ("-i", str(card(folder / "card.mp4", frames=24)), "-i", str(lines))
    maps = ["-map", "0:v", *["-map", "1"] * 120]
    asyncio.run(run_ffmpeg([*files, *maps, "-c", "copy", str(folder / "many.mkv")], timeout=60))
    return (folder / "many.mkv").rename(folder / "take.mp4")


def cut_off(folder: Path) -> Path:
    content = card(folder / "card.mp4", frames=48, video={"movflags": "+faststart"}).read_bytes()
    (folder / "take.mp4").write_bytes(content[: len(content) * 2 // 3])
    return folder / "take.mp4"


def written(folder: Path, content: str | bytes) -> Path:
    path = folder / "take.mp4"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def picture_alone(folder: Path) -> Path:
    """A film in which there is nothing but a cover."""
    image, sound = str(secret(folder)), ("-f", "lavfi", "-i", "sine=d=1")
    cover = ("-map", "0", "-map", "1", "-c:v", "copy", "-disposition:v:0", "attached_pic", str(folder / "take.mp4"))
    asyncio.run(run_ffmpeg([*sound, "-i", image, *cover], timeout=60))
    return folder / "take.mp4"


HARM = {
    "playlist": lambda at: written(at, f"#EXTM3U\n#EXTINF:1,\nfile:{secret(at)}\n#EXT-X-ENDLIST\n"),
    "list-of-files": lambda at: written(at, f"ffconcat version 1.0\nfile '{secret(at)}'\n"),
    "dash": lambda at: written(at, f"<MPD><Period><BaseURL>file:{secret(at)}</BaseURL></Period></MPD>"),
    "nothing": lambda at: written(at, b""),
    "a-head": lambda at: written(at, box(b"ftyp", b"isom\0\0\2\0isom")),
    "noise": lambda at: written(at, box(b"ftyp", b"isom") + bytes(range(256)) * 64),
    "address": lambda at: film(at / "take.mp4", track(reference=full(b"url ", f"file://{secret(at)}\0".encode()))),
    "alias": lambda at: film(at / "take.mp4", track(reference=alias(secret(at)))),
    "far-samples": lambda at: film(at / "take.mp4", track(samples=2)),
    "samples": lambda at: film(at / "take.mp4", track(samples=90_000_000)),
    "days": lambda at: film(at / "take.mp4", track(samples=3, lasting=0x7FFFFFFF), lasts=0xFFFFFFFF),
    "pixels": lambda at: film(at / "take.mp4", track(size=(12000, 8000))),
    "tracks": lambda at: film(at / "take.mp4", *(track(number) for number in range(1, 2000))),
    "subtitles": many,
    "cut-off": cut_off,
    "cover": picture_alone,
}


@pytest.mark.slow
@pytest.mark.parametrize("harm", HARM)
def test_a_film_that_means_harm_is_refused_with_a_hint_and_leaves_nothing(tmp_path, harm):
    (tmp_path / "in").mkdir()
    take = HARM[harm](tmp_path / "in")
    for attempt in (
        lambda: decode.probe(take),
        lambda: asyncio.run(decode.check_whole(take)),
        lambda: asyncio.run(conform_take(take, "aa", Delivery(24, (320, 180), 24), tmp_path / "out")),
        lambda: decode.last_frame(take, tmp_path / "out" / "last.png"),
        lambda: decode.sharpest_frame(take, 0.5, tmp_path / "out" / "sharpest.png"),
    ):
        with pytest.raises(MediaError) as caught:
            attempt()
        assert str(caught.value)[0] in "`abcdefghijklmnopqrstuvwxyz"
        assert "\n" not in str(caught.value)
        assert caught.value.hint
    assert [path for path in tmp_path.glob("out/**/*") if path.is_file()] == []


def test_what_stands_in_other_files_is_not_read(tmp_path):
    """A red picture is named next to a card's own: if it were read, the film would be red."""
    for reference in (full(b"url ", f"file://{secret(tmp_path)}\0".encode()), alias(secret(tmp_path))):
        take = film(tmp_path / "take.mp4", track(reference=reference))
        arguments = [*media.source(take, "film").output("-", format="null").get_args()]
        with pytest.raises(MediaError) as caught:
            asyncio.run(run_ffmpeg(arguments, timeout=60))
        assert "Input #0" not in caught.value.detail


def test_what_a_film_asks_for_is_told(tmp_path):
    told = {
        "playlist": "is not a film of a known form",
        "a-head": "breaks off|damaged",
        "samples": "no picture|breaks off|more memory",
        "tracks": "streams",
        "subtitles": "has more than 100 streams",
        "cover": "has no picture",
    }
    for harm, words in told.items():
        (tmp_path / harm).mkdir()
        with pytest.raises(MediaError, match=words):
            decode.probe(HARM[harm](tmp_path / harm))


@posix
def test_a_film_that_claims_more_samples_than_memory_does_not_get_it(tmp_path):
    """Ninety million samples in a few hundred bytes: libav would make two gigabytes of them."""
    import resource

    take = HARM["samples"](tmp_path)
    assert take.stat().st_size < 1000
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(MediaError):
        decode.probe(take)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000


@posix
def test_the_process_that_reads_is_limited_in_memory_files_and_time():
    import resource

    code = (
        "import resource, storyforge.system.sandbox as reader; reader._WORK['limits'] = lambda path: "
        "[resource.getrlimit(what) for what in (resource.RLIMIT_AS, resource.RLIMIT_FSIZE, resource.RLIMIT_CPU)];"
        "reader.main('limits', '.')"
    )
    home = Path(reader.__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=home, capture_output=True, check=True)
    found = json.loads(done.stdout)["found"]
    assert found == [[most, most] for most in (MEMORY, LARGEST, int(decode.READ_TIMEOUT))]
    assert resource.getrlimit(resource.RLIMIT_CPU)[0] != int(decode.READ_TIMEOUT)


@posix
def test_ffmpeg_does_not_get_more_memory_than_a_file_may_take():
    small, large = ("-f", "lavfi", "-i", "color=s=64x64:r=1:d=1"), "scale=16000:16000,format=gbrpf32le"
    with pytest.raises(MediaError, match="takes more memory than one may") as caught:
        asyncio.run(run_ffmpeg([*small, "-vf", large, "-f", "null", "-"], timeout=60))
    assert caught.value.hint


@posix
def test_a_pipe_a_device_and_a_folder_are_no_files(tmp_path):
    os.mkfifo(tmp_path / "take.mp4")
    for path in (tmp_path / "take.mp4", Path("/dev/zero"), tmp_path):
        with pytest.raises(MediaError, match="cannot be read"):
            decode.probe(path)


def test_a_folder_with_modules_of_our_names_is_not_imported(tmp_path, monkeypatch):
    for name in ("av", "storyforge", "json"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('caught')")
    monkeypatch.chdir(tmp_path)
    assert decode.probe(card(tmp_path / "take.mp4", frames=24)).frames == 24


@pytest.mark.parametrize("harm", ["playlist", "list-of-files", "nothing", "a-head", "address", "tracks"])
def test_a_sound_that_means_harm_is_refused_with_a_hint(tmp_path, harm):
    path = HARM[harm](tmp_path)
    for attempt in (
        lambda: decode.probe(path, "sound"),
        lambda: asyncio.run(run_ffmpeg(media.source(path, "sound")["a:0"].output("-", format="null"), timeout=60)),
    ):
        with pytest.raises(MediaError) as caught:
            attempt()
        assert caught.value.hint


@pytest.mark.slow
def test_music_that_means_harm_stops_the_film_with_one_error(tmp_path):
    path = project(tmp_path, SHOTS.partition("  - id: call")[0], HEAD.replace("cast:", "music: {file: a.mp3}\ncast:"))
    HARM["playlist"](tmp_path).rename(tmp_path / "a.mp3")
    done = storyforge("render", path, cwd=tmp_path)
    assert done.returncode == 1
    assert "film: failed: `a.mp3` is not sound of a known form" in done.stderr
    assert "hint: sound is WAV, MP3" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.glob("*.mp4")) == []
    assert list((tmp_path / ".storyforge" / "films").glob("**/*")) == []
