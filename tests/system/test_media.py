"""The door to ffmpeg: which one, how it runs and ends, and what it refuses to read."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
import zlib
from fractions import Fraction
from pathlib import Path

import ffmpeg
import pytest
from film.cards import card, codes, read
from PIL import Image, ImageChops

from storyforge.model.errors import MediaError
from storyforge.system import media
from storyforge.system.files import stage_file

ENDLESS = ["-re", "-f", "lavfi", "-i", "testsrc2=s=64x64:r=24"]
posix = pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="reads /proc")


def run(*args, **kwargs):
    return asyncio.run(media.run(*args, **{"timeout": 60, **kwargs}))


def living(token: str) -> list[str]:
    """Command lines of processes, but zombies, that mention a token."""
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            line = (entry / "cmdline").read_bytes() if entry.name.isdigit() else b""
            if token.encode() in line:
                found.append(line.replace(b"\0", b" ").decode())
    return found


def gone(token: str, within: float = 5) -> bool:
    end = time.monotonic() + within
    while living(token) and time.monotonic() < end:
        time.sleep(0.02)
    return not living(token)


# finding it


@pytest.mark.parametrize(
    ("line", "version"),
    [
        ("ffmpeg version n9.0.2-17-g2a571b6068-20260930 Copyright", (9, 0, 2)),
        ("ffmpeg version 5.1.6-0+deb12u1 Copyright", (5, 1, 6)),
        ("ffmpeg version 7.1 Copyright", (7, 1)),
        ("ffmpeg version N-112233-gabcdef Copyright", ()),
        ("ffmpeg version 2026-01-02-git-abcdef-full_build Copyright", ()),
        ("ffmpeg version git-2020-01-01-abc Copyright", ()),
        ("", ()),
    ],
)
def test_a_version_is_read_from_releases_and_nightlies(line, version):
    assert media.parse_version(line) == version


@pytest.fixture
def fresh(monkeypatch):
    media.find_ffmpeg.cache_clear()
    yield monkeypatch
    media.find_ffmpeg.cache_clear()


def fake(path: Path, version: str) -> Path:
    path.write_text(f"#!/bin/sh\necho 'ffmpeg version {version} Copyright'\n")
    path.chmod(0o755)
    return path


def test_the_bundled_ffmpeg_is_taken_unless_the_system_has_a_newer_one(fresh, tmp_path):
    fresh.delenv("STORYFORGE_FFMPEG", raising=False)
    fresh.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    fake(tmp_path / "ffmpeg", "4.4.2")
    assert media.find_ffmpeg().origin == "bundled"
    media.find_ffmpeg.cache_clear()
    fresh.setenv("PATH", str(tmp_path / "newer"), prepend=os.pathsep)
    (tmp_path / "newer").mkdir()
    fake(tmp_path / "newer" / "ffmpeg", "99.1")
    assert (media.find_ffmpeg().origin, media.find_ffmpeg().version) == ("system", (99, 1))


def test_an_ffmpeg_that_is_asked_for_is_taken_whatever_its_version(fresh, tmp_path):
    fresh.setenv("STORYFORGE_FFMPEG", str(fake(tmp_path / "mine", "N-1-gabc")))
    assert media.find_ffmpeg().version == ()
    assert media.find_ffmpeg().origin == "asked"


def test_an_ffmpeg_that_does_not_run_is_an_error_with_a_hint(fresh, tmp_path):
    fresh.setenv("STORYFORGE_FFMPEG", str(tmp_path / "none"))
    with pytest.raises(MediaError, match=r"^no ffmpeg runs at `.*none`$") as caught:
        media.find_ffmpeg()
    assert "pip install" in caught.value.hint


def test_encoders_and_filters_are_listed_by_name():
    found = media.find_ffmpeg()
    assert {"libx264", "aac"} <= media.encoders(found)
    assert {"xfade", "sidechaincompress", "tpad"} <= media.filters(found)


# running it


def test_a_run_tells_its_progress_and_its_frames():
    told: list[float] = []
    count = run(["-f", "lavfi", "-i", "testsrc2=s=64x64:d=2:r=25", "-f", "null", "-"], frames=50, progress=told.append)
    assert count == 50
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_a_graph_is_compiled_and_run(tmp_path):
    graph = ffmpeg.input("testsrc2=s=64x64:d=1", format="lavfi").output(str(tmp_path / "a.mkv"), vcodec="mjpeg")
    assert run(graph) == 25


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-f", "lavfi", "-i", "testsrc2=d=1", "-vf", "nonesuch", "-f", "null", "-"], "lacks a filter"),
        (["-f", "lavfi", "-i", "testsrc2=d=1", "-c:v", "nonesuch", "-f", "null", "-"], "lacks an encoder"),
        (["-i", "/nonesuch.mp4", "-f", "null", "-"], "is missing"),
        (["-f", "lavfi", "-i", "testsrc2=d=1", "-map", "0:a", "-f", "null", "-"], "no picture or no sound"),
    ],
)
def test_words_of_ffmpeg_stay_in_the_detail(arguments, message):
    with pytest.raises(MediaError, match=message) as caught:
        run(arguments)
    assert str(caught.value)[0].islower()
    assert "nonesuch" in caught.value.detail or "matches no streams" in caught.value.detail
    assert len(caught.value.detail.splitlines()) <= 60


def test_frames_are_fed_without_a_deadlock(tmp_path):
    film = card(tmp_path / "fed.mp4", take=5, frames=300)
    assert codes(film) == [(5, frame) for frame in range(300)]


def raw(size: int = 64):
    return ffmpeg.input("pipe:0", format="rawvideo", pix_fmt="gray", video_size=(size, size), framerate=24)


def test_an_error_of_the_feed_is_passed_on_and_ends_the_run():
    def feed():
        yield bytes(64 * 64)
        raise KeyError("the drawing failed")

    with pytest.raises(KeyError, match="the drawing failed"):
        run(raw().output("-", format="null"), feed=feed())


def test_an_ffmpeg_that_ends_early_does_not_hang_the_feed():
    endless = iter(lambda: bytes(64 * 64), None)
    assert run(raw().output("-", format="null", **{"frames:v": 3}), feed=endless) == 3
    with pytest.raises(MediaError, match="lacks an encoder"):
        run(raw().output("-", format="null", vcodec="nonesuch"), feed=endless)


@posix
def test_a_run_that_takes_too_long_is_stopped():
    with pytest.raises(MediaError, match=r"^ffmpeg was stopped after 0\.3 seconds$"):
        run([*ENDLESS, "-metadata", "title=tok-late", "-f", "null", "-"], timeout=0.3)
    assert gone("tok-late")


def is_ffmpeg(entry: Path, token: str) -> bool:
    with contextlib.suppress(OSError):
        words = (entry / "cmdline").read_bytes().decode().split("\0")
        return words[0] == media.find_ffmpeg().path and f"title={token}" in words
    return False


@posix
def test_a_run_is_limited_and_tells_which_limit_it_met():
    """The limits are met as if: these signals are what the kernel sends then."""
    told = {
        signal.SIGKILL: "takes more work or memory than one may",
        signal.SIGXFSZ: "is larger than 8 GB",
    }

    async def main(number: int, token: str) -> str:
        task = asyncio.create_task(media.run([*ENDLESS, "-metadata", f"title={token}", "-f", "null", "-"], timeout=60))
        while not (found := [entry for entry in Path("/proc").glob("[0-9]*") if is_ffmpeg(entry, token)]):
            await asyncio.sleep(0.02)
        limits = (found[0] / "limits").read_text()
        os.kill(int(found[0].name), number)
        with pytest.raises(MediaError) as caught:
            await task
        assert caught.value.hint
        assert str(caught.value).endswith(told[number])
        return limits

    for number in told:
        limits = " ".join(asyncio.run(main(number, f"tok-limit-{number}")).split())
        assert f"Max address space {media.MEMORY} {media.MEMORY} bytes" in limits
        assert f"Max file size {media.LARGEST} {media.LARGEST} bytes" in limits
        assert f"Max cpu time {media.LABOUR} {media.LABOUR} seconds" in limits


@posix
def test_cancelling_leaves_no_process_and_no_file(tmp_path):
    async def cancelled():
        with stage_file(tmp_path / "film.mkv") as scratch:
            await media.run([*ENDLESS, "-metadata", "title=tok-cancel", str(scratch)])

    async def main():
        task = asyncio.create_task(cancelled())
        while not any(path.stat().st_size for path in tmp_path.iterdir()):
            await asyncio.sleep(0.02)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert list(tmp_path.iterdir()) == []
    assert gone("tok-cancel")


def test_an_ffmpeg_that_cannot_be_started_is_an_error(fresh, tmp_path):
    mine = fake(tmp_path / "mine", "9.0")
    fresh.setenv("STORYFORGE_FFMPEG", str(mine))
    assert media.find_ffmpeg().version == (9, 0)
    mine.unlink()
    with pytest.raises(MediaError):
        run(["-version"])


@posix
@pytest.mark.parametrize("fed", [False, True])
def test_ffmpeg_ends_when_its_parent_is_killed(fed):
    feed = "iter(lambda: bytes(4096), None)" if fed else "None"
    source = "['-f', 'rawvideo', '-video_size', '64x64', '-pix_fmt', 'gray', '-i', 'pipe:0']" if fed else repr(ENDLESS)
    code = (
        "import asyncio; from storyforge.system import media; print('up', flush=True);"
        f"asyncio.run(media.run([*{source}, '-metadata', 'title=tok-orphan-{fed}', '-f', 'null', '-'], feed={feed}))"
    )
    home = Path(media.__file__).parents[2]
    with subprocess.Popen([sys.executable, "-c", code], cwd=home, stdout=subprocess.PIPE) as parent:
        end = time.monotonic() + 20
        while not any("-nostats" in line for line in living(f"tok-orphan-{fed}")):
            assert time.monotonic() < end
            time.sleep(0.02)
        os.kill(parent.pid, signal.SIGKILL)
    assert gone(f"tok-orphan-{fed}")


# what nobody vouches for


def lure(path: Path, kind: str) -> Path:
    """A file that names another file, or is no film at all, under a film's name."""
    secret = card(path.with_name("secret.mp4"), frames=24)
    text = {
        "ffconcat": f"ffconcat version 1.0\nfile '{secret}'\n",
        "hls": f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:{secret}\n#EXT-X-ENDLIST\n",
        "svg": f'<svg xmlns="http://www.w3.org/2000/svg"><image href="file://{secret}"/></svg>',
        "html": "<html>502 Bad Gateway</html>",
        "empty": "",
    }[kind]
    path.write_text(text)
    return path


@pytest.mark.parametrize("kind", ["ffconcat", "hls", "svg", "html", "empty"])
def test_a_file_that_is_no_film_is_refused_before_it_is_opened(tmp_path, kind):
    path = lure(tmp_path / "take.mp4", kind)
    for attempt in (
        lambda: media.probe(path),
        lambda: media.source(path, "film"),
        lambda: media.source(path, "picture"),
        lambda: asyncio.run(media.check_whole(path)),
        lambda: media.last_frame(path, tmp_path / "last.png"),
    ):
        with pytest.raises(MediaError, match=r"^`take.mp4` is not a (film|picture) of a known form$"):
            attempt()
    assert not (tmp_path / "last.png").exists()


@pytest.mark.parametrize("kind", ["ffconcat", "hls"])
def test_a_list_of_files_is_refused_even_where_its_form_is_not_pinned(tmp_path, kind):
    path = lure(tmp_path / "take.mp4", kind)
    with pytest.raises(MediaError):
        run(ffmpeg.input(f"file:{path}", **media.SAFE, safe=0).output("-", format="null"))


@pytest.mark.parametrize(
    "name", ["a:b.mp4", "-dash.mp4", "http:x.mp4", "concat:x|y.mp4", "frame-%03d.mp4", "two words.mp4"]
)
def test_odd_names_are_names_of_files(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    card(Path("plain.mp4"), frames=12)
    film = Path("plain.mp4").rename(name)
    assert asyncio.run(media.check_whole(film, 12)).frames == 12
    media.last_frame(film, Path("last-%03d.png"))
    assert run(media.source(Path("last-%03d.png"), "picture").output("-", format="null")) == 1


def test_a_missing_file_is_an_error_of_media(tmp_path):
    with pytest.raises(MediaError, match=r"^`none.mp4` cannot be read$"):
        media.probe(tmp_path / "none.mp4")


@pytest.mark.parametrize("flags", ["+faststart", "0", "frag_keyframe+empty_moov"])
@pytest.mark.parametrize("share", [0.5, 0.97])
def test_a_film_that_breaks_off_is_refused(tmp_path, flags, share):
    whole = card(tmp_path / "whole.mp4", frames=96, video={"movflags": flags, "g": 12})
    assert asyncio.run(media.check_whole(whole, 96)).frames == 96
    content = whole.read_bytes()
    (tmp_path / "half.mp4").write_bytes(content[: int(len(content) * share)])
    with pytest.raises(MediaError, match=r"breaks off|damaged"):
        asyncio.run(media.check_whole(tmp_path / "half.mp4"))


def test_a_film_in_matroska_that_breaks_off_is_refused(tmp_path):
    whole = card(tmp_path / "whole.mkv", frames=96)
    assert asyncio.run(media.check_whole(whole, 96)).frames == 96
    (tmp_path / "half.mkv").write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    with pytest.raises(MediaError, match=r"breaks off|damaged"):
        asyncio.run(media.check_whole(tmp_path / "half.mkv"))


def test_a_film_with_wrong_bytes_is_refused(tmp_path):
    whole = card(tmp_path / "whole.mp4", frames=48)
    content = bytearray(whole.read_bytes())
    with media.open_media(whole) as film:
        places = [(packet.pos, packet.size) for packet in film.demux(video=0) if packet.size]
    start, size = max(places[10:], key=lambda place: place[1])
    for at in range(start + 8, start + size):
        content[at] ^= 0x5A
    (tmp_path / "wrong.mp4").write_bytes(content)
    with pytest.raises(MediaError, match=r"^the file is damaged$"):
        asyncio.run(media.check_whole(tmp_path / "wrong.mp4"))


def test_a_film_of_another_length_is_refused(tmp_path):
    with pytest.raises(MediaError, match=r"^`card.mp4` has 48 frames where 49 are due$"):
        asyncio.run(media.check_whole(card(tmp_path / "card.mp4", frames=48), 49))


def huge_png(path: Path, side: int) -> Path:
    """A black picture of side × side pixels, in a few kilobytes."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return len(content).to_bytes(4, "big") + name + content + zlib.crc32(name + content).to_bytes(4, "big")

    packer = zlib.compressobj(9)
    rows = b"".join(packer.compress(bytes(1 + side // 8)) for _ in range(side)) + packer.flush()
    head = side.to_bytes(4, "big") * 2 + bytes([1, 0, 0, 0, 0])
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b""))
    return path


def test_a_huge_picture_is_refused_before_it_is_decoded(tmp_path):
    path = huge_png(tmp_path / "huge.png", 16000)
    begin = time.monotonic()
    with pytest.raises(MediaError, match="larger than 36 million pixels"):
        run(media.source(path, "picture").output("-", format="null"))
    assert time.monotonic() - begin < 5
    fine = huge_png(tmp_path / "fine.png", 800)
    assert run(media.source(fine, "picture").output("-", format="null")) == 1


def test_a_film_of_huge_pictures_is_refused(tmp_path):
    path = tmp_path / "huge.mkv"
    run(["-f", "lavfi", "-i", "color=s=6400x6400:r=1:d=1", "-c:v", "png", "-frames:v", "1", str(path)])
    with pytest.raises(MediaError, match="larger than 36 million pixels"):
        media.probe(path)
    with pytest.raises(MediaError, match="larger than 36 million pixels"):
        run(media.source(path, "film").output("-", format="null"))


# probing and last frames


def test_a_probe_counts_and_measures(tmp_path):
    found = media.probe(card(tmp_path / "a.mp4", frames=60, fps=25, sar="4/3", rate=44100, layout="mono"))
    assert (found.width, found.height, found.frames, found.fps) == (320, 180, 60, 25)
    assert found.aspect == Fraction(64, 27)
    assert found.seconds == pytest.approx(2.4)
    assert (found.video_codec, found.audio_codec, found.sample_rate, found.channels) == ("h264", "aac", 44100, 1)


def test_a_probe_of_a_silent_film_and_of_sound_alone(tmp_path):
    assert not media.probe(card(tmp_path / "a.mp4", sound=None)).has_audio
    run(["-f", "lavfi", "-i", "sine=d=2", str(tmp_path / "a.wav")])
    heard = media.probe(tmp_path / "a.wav", "sound")
    assert (heard.width, heard.frames, heard.seconds) == (0, 0, pytest.approx(2))
    with pytest.raises(MediaError, match="not a film"):
        media.probe(tmp_path / "a.wav")


VARIABLE = "if(lt(N,20),N*40,800+(N-20)*100)"


@pytest.mark.parametrize(
    "shape",
    [
        {"frames": 48},
        {"frames": 1},
        {"frames": 97, "fps": 30, "video": {"bf": 3, "g": 250}},
        {"frames": 50, "vfr": VARIABLE},
        {"frames": 61, "video": {"movflags": "frag_keyframe+empty_moov"}},
        {"frames": 48, "video": {"x264-params": "open-gop=1:keyint=13"}},
        {"frames": 40, "sound_seconds": 5},
    ],
    ids=["plain", "single", "deep", "variable", "fragments", "open", "long-sound"],
)
def test_the_last_frame_is_exact(tmp_path, shape):
    film = card(tmp_path / "card.mp4", take=9, **shape)
    media.last_frame(film, tmp_path / "last.png")
    with Image.open(tmp_path / "last.png") as last:
        assert last.size == (320, 180)
        assert read(last.convert("L").tobytes(), 320, 180) == (9, shape["frames"] - 1)


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_the_last_frame_of_a_rotated_film_is_upright(tmp_path, turn):
    plain, film = str(card(tmp_path / "card.mp4", take=9)), tmp_path / "turned.mp4"
    run(["-display_rotation", str(turn), "-i", plain, "-c", "copy", str(film)])
    media.last_frame(film, tmp_path / "last.png")
    run(["-i", str(film), "-vf", "select=eq(n\\,47)", "-frames:v", "1", str(tmp_path / "shown.png")])
    with Image.open(tmp_path / "last.png") as last, Image.open(tmp_path / "shown.png") as shown:
        assert last.size == shown.size
        assert ImageChops.difference(last.convert("L"), shown.convert("L")).getextrema()[1] < 8


def test_the_last_frame_is_the_same_bytes_twice(tmp_path):
    film = card(tmp_path / "card.mp4")
    for name in ("a.png", "b.png"):
        media.last_frame(film, tmp_path / name)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_a_film_cut_without_encoding_is_counted_as_it_is_shown(tmp_path):
    film = card(tmp_path / "card.mp4", take=2, frames=72, sound=None)
    run(["-ss", "0.6", "-i", str(film), "-c", "copy", str(tmp_path / "cut.mp4")])
    shown = len(codes(tmp_path / "cut.mp4"))
    assert shown < 72
    assert media.probe(tmp_path / "cut.mp4").frames == shown
    assert asyncio.run(media.check_whole(tmp_path / "cut.mp4", shown)).frames == shown


def test_work_in_a_thread_is_awaited_when_it_is_cancelled():
    ended = []

    def work(stop):
        stop.wait(10)
        ended.append(True)

    async def main():
        task = asyncio.create_task(media.in_thread(work))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert ended == [True]
