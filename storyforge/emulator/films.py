"""Renders the films that jobs ask for, each once, and signs the addresses under which files are fetched."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from storyforge.animatic.render import render_animatic
from storyforge.emulator.clock import Clock
from storyforge.emulator.jobs import Film, Store
from storyforge.system import media
from storyforge.system.ffmpeg import BITEXACT, run_ffmpeg
from storyforge.system.files import stage_file

FPS = 24
CARD_SIDE = 432
"""Pixels of the short side of a card: its last frame is large enough to be a picture of the next order."""
SOFT = 6
"""Frames of an end that is blurred."""
EXPIRED = -60
"""Seconds of life of an address that is dead when it is handed out."""


class Films:
    """A folder of rendered films by their key; one is rendered at a time."""

    def __init__(self, folder: Path, store: Store, card: bool) -> None:
        self._folder = folder
        self._store = store
        self._card = card
        self._turn = asyncio.Lock()

    def path(self, film: Film) -> Path:
        """Where the file of a film belongs, whether it is rendered or not."""
        # A card and a drawn film of one order have the same key, and may share the folder.
        return self._folder / f"{'card-' if self._card else ''}{film.key}.{film.form}"

    def ready(self, film: Film) -> bool:
        """Whether a film is rendered."""
        return self.path(film).exists()

    async def make(self, film: Film) -> Path:
        """Render a film unless it is there: exactly as many frames as its seconds have."""
        path = self.path(film)
        async with self._turn:
            if path.exists():
                return path
            if film.form != "mp4":
                # Every form is made from the mp4, so all show the same frames.
                plain = await self._drawn(replace(film, form="mp4"))
                await _change_form(plain, path)
            else:
                await self._draw(film)
        return path

    async def _drawn(self, film: Film) -> Path:
        if not self.path(film).exists():
            await self._draw(film)
        return self.path(film)

    async def _draw(self, film: Film) -> None:
        out = self.path(film)
        if film.soft:
            await _soften(await self._drawn(replace(film, soft=False)), film.seconds * FPS - SOFT, out)
            return
        if self._card:
            await _draw_card(film, out)
            return
        pictures = {name: self._store.bytes_path(name) for name in (*film.pictures, film.first_frame) if name}
        await render_animatic(_body(film), pictures, out)


def _body(film: Film) -> dict[str, Any]:
    """A film as one panel of the animatic: the words of the prompt, and the pictures that came with it."""
    frames = film.seconds * FPS
    panel = {
        "frames": frames,
        "framing": None,
        "camera": None,
        "action": film.prompt,
        "goes_on": False,
        "lines": [],
        "sound": None,
        "music": None,
        "cast": [{"name": str(number), "marks": [], "picture": name} for number, name in enumerate(film.pictures, 1)],
        "scene": {"name": film.key[:6], "picture": None},
    }
    return {
        "size": [film.width, film.height],
        "fps": FPS,
        "frames": frames,
        "language": "en",
        "seed": film.number,
        "take": 1,
        "first_frame": film.first_frame,
        "panels": [panel],
    }


async def _draw_card(film: Film, out: Path) -> None:
    """A small moving test picture in the film's shape, its colour chosen by the key, with a tone."""
    import ffmpeg

    scale = CARD_SIDE / min(film.width, film.height)
    width, height = (round(side * scale / 2) * 2 for side in (film.width, film.height))
    hue = int(film.key[:4], 16) % 360
    picture = ffmpeg.input(f"testsrc=size={width}x{height}:rate={FPS}", format="lavfi").filter("hue", h=hue)
    tone = ffmpeg.input(f"sine=frequency={220 + hue}:sample_rate=48000:duration={film.seconds}", format="lavfi")
    with stage_file(out) as temporary:
        await run_ffmpeg(
            ffmpeg.output(
                picture.filter("format", "yuv420p"),
                tone.audio,
                f"file:{temporary.absolute()}",
                **BITEXACT,
                vcodec="libx264",
                preset="ultrafast",
                acodec="aac",
                threads=1,
                format="mp4",
                movflags="+faststart",
                **{"frames:v": film.seconds * FPS},
            ),
            timeout=120,
        )


async def _soften(plain: Path, sharp: int, out: Path) -> None:
    """A film that is blurred behind so many frames."""
    import ffmpeg

    with stage_file(out) as temporary:
        film = media.source(plain, "film")
        blurred = film["v:0"].filter("gblur", sigma=6, enable=f"gte(n,{sharp})")
        coded = {"vcodec": "libx264", "preset": "ultrafast", "acodec": "copy", "threads": 1}
        await run_ffmpeg(
            ffmpeg.output(blurred, film["a:0"], f"file:{temporary.absolute()}", **BITEXACT, **coded), timeout=120
        )


async def _change_form(plain: Path, out: Path) -> None:
    import ffmpeg

    codecs = {"vcodec": "copy", "acodec": "copy"}
    if out.suffix == ".webm":
        codecs = {"vcodec": "libvpx", "acodec": "libopus", "deadline": "realtime", "cpu-used": "8", "threads": "2"}
    with stage_file(out) as temporary:
        film = media.source(plain, "film")
        await run_ffmpeg(ffmpeg.output(film["v:0"], film["a:0"], f"file:{temporary.absolute()}", **BITEXACT, **codecs))


def spoil_film(content: bytes) -> bytes:
    """A film whose head and length are right and whose middle is not."""
    third = len(content) // 3
    return content[:third] + bytes(255 - byte for byte in content[third : 2 * third]) + content[2 * third :]


class Links:
    """Addresses of files that carry a signature and the time at which they die."""

    def __init__(self, secret: str, clock: Clock) -> None:
        self._secret = secret.encode()
        self._clock = clock
        self.base = ""
        """Scheme, host and port; set once the port is known."""

    def sign(self, path: str, seconds: float) -> str:
        """The address of a path, valid for so many seconds from now; below 0 it has expired already."""
        expires = int(self._clock.time() + seconds)
        return f"{self.base}{path}?sig={self._signature(path, expires)}&expires={expires}"

    def check(self, path: str, query: str) -> str | None:
        """What is wrong with an address: `forged`, `expired` or nothing."""
        asked = {name: values[0] for name, values in parse_qs(query).items()}
        with contextlib.suppress(ValueError, KeyError):
            expires = int(asked["expires"])
            # The time of expiry is signed too: nobody lengthens the life of an address.
            if hmac.compare_digest(asked["sig"], self._signature(path, expires)):
                return "expired" if expires < self._clock.time() else None
        return "forged"

    def own_path(self, address: str) -> str | None:
        """The path of a living address of ours."""
        parts = urlsplit(address)
        if f"{parts.scheme}://{parts.netloc}" != self.base or self.check(parts.path, parts.query):
            return None
        return parts.path

    def _signature(self, path: str, expires: int) -> str:
        return hmac.new(self._secret, f"{path}\n{expires}".encode(), hashlib.sha256).hexdigest()[:40]
