"""Claim: 1,000 clips at a host, 200 at once in one process, take under 5 % longer than the waiting and under 300 MB.

Everything is real but the host, which is a function in this process: the graph of steps, the ledger with its syncs, the
wire, the polls, the films that are streamed to the store. The full decode of every film is left out of the clock and
measured by itself, since it costs what ffmpeg costs.
"""

from __future__ import annotations

import asyncio
import cProfile
import json
import os
import pstats
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from unittest import mock

import httpx

from storyforge.compiler.compile import compile_file
from storyforge.model.clip import Job
from storyforge.model.progress import Silent
from storyforge.planning.film_plan import plan_film
from storyforge.planning.orders import Orders
from storyforge.providers.host import Host
from storyforge.providers.runware import Runware
from storyforge.rendering.arrival import FilmCheck
from storyforge.rendering.dispatcher import Dispatcher
from storyforge.rendering.run import Extent, render_film
from storyforge.rendering.terms import Terms
from storyforge.system import decode
from storyforge.system.client import Client, Pace
from storyforge.system.ffmpeg import run_ffmpeg
from storyforge.system.ledger import Ledger

CLIPS, AT_ONCE = 1000, 200
JOB_SECONDS, POLL_SECONDS = 30.0, 0.5
BAR, BAR_MB = 0.05, 300


class Site:
    """Runware, as far as it is needed: an order, a poll, a film."""

    def __init__(self, film: bytes) -> None:
        self.film = film
        self.begun: dict[str, float] = {}
        self.most = self.polls = 0

    def answer(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(200, stream=httpx.ByteStream(self.film))
        (task,) = json.loads(request.content)
        number, now = task["taskUUID"], time.monotonic()
        item: dict[str, Any] = {"taskType": "videoInference", "taskUUID": number}
        if task["taskType"] != "getResponse":
            self.begun[number] = now
            running = sum(now - begun < JOB_SECONDS for begun in self.begun.values())
            self.most = max(self.most, running)
        else:
            self.polls += 1
            done = now - self.begun[number] >= JOB_SECONDS
            item |= {"status": "success" if done else "processing"}
            item |= {"videoURL": f"https://films.example/{number}.mp4", "cost": 0.42} if done else {}
        return httpx.Response(200, stream=httpx.ByteStream(json.dumps({"data": [item]}).encode()))


class Failures(Silent):
    """Prints what failed, and nothing else."""

    def fail(self, step: str, message: str) -> None:
        print(f"{step}: {message}", file=sys.stderr)


def board(folder: Path) -> Path:
    """One shot more than is rendered, so that the film is not stitched."""
    shots = [f"  - {{id: s{n}, scene: a, action: Wave {n} breaks., seconds: 3, clip: new}}\n" for n in range(CLIPS + 1)]
    path = folder / "long.story.yaml"
    path.write_text(f"storyforge: 1\ntitle: Waves\nscenes: {{a: {{}}}}\nshots:\n{''.join(shots)}", encoding="utf-8")
    return path


def draw(path: Path) -> bytes:
    import ffmpeg

    picture = ffmpeg.input("testsrc=size=640x360:rate=24:duration=3", format="lavfi")
    sound = ffmpeg.input("sine=frequency=440:duration=3", format="lavfi")
    asyncio.run(run_ffmpeg(ffmpeg.output(picture, sound, str(path), vcodec="libx264", acodec="aac"), timeout=60))
    return path.read_bytes()


async def unchecked(check: FilmCheck, path: Path) -> None:
    """In the place of the full decode."""


async def rendered(path: Path, site: Site) -> tuple[float, int]:
    film = plan_film(compile_file(path, "runware"))
    host = Runware()

    async def resolve(name: str, port: int) -> list[str]:
        return ["93.184.216.34"]

    def wire(host: Host) -> Client:
        transport = httpx.MockTransport(site.answer)
        key = host.authorization({"RUNWARE_API_KEY": "a-key-of-nobody"})
        return Client(host.base_url, key, pace=Pace.from_seconds(POLL_SECONDS), transport=transport, resolve=resolve)

    with Ledger.from_store(film.project.store) as ledger:
        async with Dispatcher(ledger, Terms("film", at_once={"runware": AT_ONCE}), print, open_wire=wire) as hands:

            async def execute(
                job: Job, pictures: Mapping[str, Path], out: Path, progress: Callable[[float], None]
            ) -> tuple[str, ...]:
                await hands.render(job, host, pictures, out, progress)
                return ()

            only = [f"s{number}" for number in range(CLIPS)]
            begun = time.perf_counter()
            with Orders(film.project.store) as orders:  # as `render` does: the ledger is opened once
                outcome = await render_film(film, Failures(), execute, hands.mark_done, Extent(only, at_once=2), orders)
            return time.perf_counter() - begun, len(outcome.takes)


def main() -> int:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        site = Site(draw(folder / "card.mp4"))
        begun = time.perf_counter()
        asyncio.run(decode.check_whole(folder / "card.mp4"))
        checking = time.perf_counter() - begun
        path = board(folder)
        profile = cProfile.Profile() if "--profile" in sys.argv else None
        before = time.process_time()
        if profile:
            profile.enable()
        with mock.patch.object(FilmCheck, "demand_whole", unchecked):
            seconds, takes = asyncio.run(rendered(path, site))
        if profile:
            profile.disable()
        busy = time.process_time() - before
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    waiting = CLIPS / AT_ONCE * JOB_SECONDS
    over = seconds / waiting - 1
    print(f"{takes} takes, {len(site.begun)} orders, {site.polls} polls; at most {site.most} jobs at once")
    print(f"{seconds:.1f} s where the jobs alone take {waiting:.0f} s: {100 * over:.1f} % over; {busy:.1f} s of CPU")
    print(f"peak memory: {memory:.0f} MB")
    print(f"besides: {checking:.2f} s to decode each film, {checking * CLIPS / (os.cpu_count() or 1):.0f} s for all")
    kept = takes == len(site.begun) == CLIPS and over < BAR and memory < BAR_MB
    print(f"bar: under {100 * BAR:g} % over the waiting, and under {BAR_MB} MB: {'kept' if kept else 'missed'}")
    if profile:
        pstats.Stats(profile).sort_stats("tottime").print_stats(25)
    return int(not kept)


if __name__ == "__main__":
    sys.exit(main())
