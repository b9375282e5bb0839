"""ffmpeg: which one, how it runs and ends, and what its errors are called."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import ffmpeg
import pytest
from film.cards import card, codes

from storyforge.model.errors import MediaError
from storyforge.system import decode
from storyforge.system.ffmpeg import (
    LABOUR,
    LARGEST,
    MEMORY,
    _find,
    choose_ffmpeg,
    encoders,
    filters,
    find_ffmpeg,
    parse_version,
    run_ffmpeg,
)
from storyforge.system.files import stage_file

ENDLESS = ["-re", "-f", "lavfi", "-i", "testsrc2=s=64x64:r=24"]
posix = pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="reads /proc")


def run(*args, **kwargs):
    return asyncio.run(run_ffmpeg(*args, **{"timeout": 60, **kwargs}))


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
    assert parse_version(line) == version


@pytest.fixture
def fresh(monkeypatch):
    _find.cache_clear()
    yield monkeypatch
    _find.cache_clear()


def fake(path: Path, version: str) -> Path:
    path.write_text(f"#!/bin/sh\necho 'ffmpeg version {version} Copyright'\n")
    path.chmod(0o755)
    return path


def test_two_projects_at_once_have_each_their_own_ffmpeg(fresh, tmp_path):
    def find(version):
        path = fake(tmp_path / version, version)
        choose_ffmpeg(lambda: str(path))
        both.wait()
        return find_ffmpeg().version

    both = threading.Barrier(2)
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(find, ["7.0.1", "7.0.2"])) == [(7, 0, 1), (7, 0, 2)]


def test_the_bundled_ffmpeg_is_taken_unless_the_system_has_a_newer_one(fresh, tmp_path):
    fresh.delenv("STORYFORGE_FFMPEG", raising=False)
    fresh.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    fake(tmp_path / "ffmpeg", "4.4.2")
    assert find_ffmpeg().origin == "bundled"
    _find.cache_clear()
    fresh.setenv("PATH", str(tmp_path / "newer"), prepend=os.pathsep)
    (tmp_path / "newer").mkdir()
    fake(tmp_path / "newer" / "ffmpeg", "99.1")
    assert (find_ffmpeg().origin, find_ffmpeg().version) == ("system", (99, 1))


def test_an_ffmpeg_that_is_asked_for_is_taken_whatever_its_version(fresh, tmp_path):
    fresh.setenv("STORYFORGE_FFMPEG", str(fake(tmp_path / "mine", "N-1-gabc")))
    assert find_ffmpeg().version == ()
    assert find_ffmpeg().origin == "asked"


def test_an_ffmpeg_finds_no_keys_in_its_environment(fresh, tmp_path):
    script = tmp_path / "mine"
    script.write_text(f"#!/bin/sh\nenv >> '{tmp_path}/seen'\necho 'ffmpeg version 9.0 Copyright'\n")
    script.chmod(0o755)
    fresh.setenv("STORYFORGE_FFMPEG", str(script))
    for name in ("RUNWARE_API_KEY", "PGPASSWORD", "SSH_AUTH_SOCK"):
        fresh.setenv(name, "sesame-of-the-user")
    asyncio.run(run_ffmpeg(["-version"], timeout=60))
    encoders(find_ffmpeg())
    seen = (tmp_path / "seen").read_text()
    assert seen.count("PATH=") >= 3
    assert "sesame" not in seen


def test_an_ffmpeg_that_does_not_run_is_an_error_with_a_hint(fresh, tmp_path):
    fresh.setenv("STORYFORGE_FFMPEG", str(tmp_path / "none"))
    with pytest.raises(MediaError, match=r"^no ffmpeg runs at `.*none`$") as caught:
        find_ffmpeg()
    assert "pip install" in caught.value.hint


def test_encoders_and_filters_are_listed_by_name():
    found = find_ffmpeg()
    assert {"libx264", "aac"} <= encoders(found)
    assert {"xfade", "sidechaincompress", "tpad"} <= filters(found)


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
        return words[0] == find_ffmpeg().path and f"title={token}" in words
    return False


@posix
def test_a_run_is_limited_and_tells_which_limit_it_met():
    """The limits are met as if: these signals are what the kernel sends then."""
    told = {
        signal.SIGKILL: "takes more work or memory than one may",
        signal.SIGXFSZ: "is larger than 8 GB",
    }

    async def main(number: int, token: str) -> str:
        task = asyncio.create_task(run_ffmpeg([*ENDLESS, "-metadata", f"title={token}", "-f", "null", "-"], timeout=60))
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
        assert f"Max address space {MEMORY} {MEMORY} bytes" in limits
        assert f"Max file size {LARGEST} {LARGEST} bytes" in limits
        assert f"Max cpu time {LABOUR} {LABOUR} seconds" in limits


@posix
def test_cancelling_leaves_no_process_and_no_file(tmp_path):
    async def cancelled():
        with stage_file(tmp_path / "film.mkv") as scratch:
            await run_ffmpeg([*ENDLESS, "-flush_packets", "1", "-metadata", "title=tok-cancel", str(scratch)])

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
    assert find_ffmpeg().version == (9, 0)
    mine.unlink()
    with pytest.raises(MediaError):
        run(["-version"])


@posix
@pytest.mark.parametrize("fed", [False, True])
def test_ffmpeg_ends_when_its_parent_is_killed(fed):
    feed = "iter(lambda: bytes(4096), None)" if fed else "None"
    source = "['-f', 'rawvideo', '-video_size', '64x64', '-pix_fmt', 'gray', '-i', 'pipe:0']" if fed else repr(ENDLESS)
    code = (
        "import asyncio; from storyforge.system.ffmpeg import run_ffmpeg; print('up', flush=True);"
        f"asyncio.run(run_ffmpeg([*{source}, '-metadata', 'title=tok-orphan-{fed}', '-f', 'null', '-'], feed={feed}))"
    )
    home = Path(decode.__file__).parents[2]
    with subprocess.Popen([sys.executable, "-c", code], cwd=home, stdout=subprocess.PIPE) as parent:
        end = time.monotonic() + 20
        while not any("-nostats" in line for line in living(f"tok-orphan-{fed}")):
            assert time.monotonic() < end
            time.sleep(0.02)
        os.kill(parent.pid, signal.SIGKILL)
    assert gone(f"tok-orphan-{fed}")
