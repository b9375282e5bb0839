"""Which files are read: by their first bytes, under any name, and no larger than the bounds."""

from __future__ import annotations

import asyncio
import time
import zlib
from pathlib import Path

import ffmpeg
import pytest
from film.cards import card

from storyforge.model.errors import MediaError
from storyforge.system import decode, media
from storyforge.system.ffmpeg import (
    run_ffmpeg,
)


def run(*args, **kwargs):
    return asyncio.run(run_ffmpeg(*args, **{"timeout": 60, **kwargs}))


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
        lambda: decode.probe(path),
        lambda: media.source(path, "film"),
        lambda: media.source(path, "picture"),
        lambda: asyncio.run(decode.check_whole(path)),
        lambda: decode.last_frame(path, tmp_path / "last.png"),
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
    assert asyncio.run(decode.check_whole(film, 12)).frames == 12
    decode.last_frame(film, Path("last-%03d.png"))
    assert run(media.source(Path("last-%03d.png"), "picture").output("-", format="null")) == 1


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
        decode.probe(path)
    with pytest.raises(MediaError, match="larger than 36 million pixels"):
        run(media.source(path, "film").output("-", format="null"))
