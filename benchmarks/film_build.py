"""Bars: a film is built no slower than by ffmpeg's concat filter, and ten times faster if one of its clips changed.

24 clips of four sizes, three rates, with stereo, mono and no sound become a film of 1080p with 6 dissolves and 2 fades.
Each way is a process of its own, and all encode alike: x264 veryfast, CRF 18. Next to the time it prints the CPU
time, the most memory that a process held, and what came out: the film's size, its frames, those that cannot be
decoded, and how far from its place the worst of the clips' beeps is heard. `concat` knows no transitions, so its film
is longer; a second line shows it without B-frames, as our pieces are encoded so that they can be joined. One graph with
`xfade` has all transitions; ours has them, and its sound is levelled too. No other way looks at what it plays, so ours
does that before, on a line of its own. MoviePy 2 comes in an environment of its own, which `--no-moviepy` leaves out;
`copy` puts our finished pieces together without looking into them, which nothing that writes a film can beat.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import venv
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import av
import imageio_ffmpeg
from av.audio.resampler import AudioResampler
from PIL import Image

from storyforge.compiler.compile import compile_file
from storyforge.film.conform import X264
from storyforge.planning.lock_update import update_lock
from storyforge.planning.orders import Orders
from storyforge.system.lock import lock_path, write_lock
from storyforge.system.store import Store

CLIPS, SECONDS, FPS, RATE = 24, 4, 24, 48_000
SIZE = (1920, 1080)
JOINS = {**dict.fromkeys((3, 6, 11, 14, 19, 22), "dissolve"), 9: "fade", 17: "fade"}
"""Clips that do not just follow the one before, from 0."""
LENGTHS = {"dissolve": 0.5, "fade": 1.0}
SIZES = ("1280x720", "1920x1080", "1440x1080", "960x544")
RATES = (24, 25, 30)
LAYOUTS = ("stereo", "mono", None, "stereo")
BEEP = (2.0, 2.1)
"""Seconds of each clip in which it beeps."""
HOST = "runware"
ENCODER = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "18", "-pix_fmt", "yuv420p", "-c:a", "aac", "-b:a", "192k"]
FFMPEG = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-nostdin", "-y"]
STORYFORGE = [sys.executable, "-c", "from storyforge.cli import main; main()"]
FASTER = 10
"""The bar of a film in which one clip changed, against all of it."""


@dataclass(frozen=True)
class Cost:
    """What a process and its children took."""

    seconds: float
    cpu: float
    megabytes: float


def cost(command: Sequence[str], folder: Path) -> Cost:
    begun = time.perf_counter()
    child = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        sys.exit(f"failed: {' '.join(command)[:300]}")
    return Cost(time.perf_counter() - begun, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def make_clip(path: Path, number: int, hue: int = 0) -> None:
    """A clip that beeps at its place, unless it has no sound."""
    layout, rate = LAYOUTS[number % 4], RATES[number % 3]
    picture = f"testsrc2=s={SIZES[number % 4]}:r={rate}:d={SECONDS},hue=h={15 * number + hue}"
    tone = f"0.4*sin(2*PI*1000*t)*between(t,{BEEP[0]},{BEEP[1]})"
    inputs = ["-f", "lavfi", "-i", picture]
    if layout:
        channels = "|".join([tone] * (2 if layout == "stereo" else 1))
        inputs += ["-f", "lavfi", "-i", f"aevalsrc='{channels}':s={44_100 if number % 2 else RATE}:d={SECONDS}"]
    subprocess.run([*FFMPEG, *inputs, *ENCODER, "-f", "mp4", str(path)], check=True)


def write_film(folder: Path) -> Path:
    """The storyboard of the film."""
    Image.new("RGB", (640, 640), (90, 120, 60)).save(folder / "mira.png")
    lines = ["storyforge: 1", "title: Twenty-four", "style: ink", "cast:", "  mira:", "    reference: mira.png"]
    lines += [
        "    marks: [a red scarf]",
        "scenes:",
        "  house:",
        "    description: a house of windows",
        f"format: {{resolution: 1080p, aspect: '16:9', fps: {FPS}}}",
        "shots:",
    ]
    for number in range(CLIPS):
        lines += [f"  - id: s{number}", f'    action: "@mira stands at window {number}."', f"    seconds: {SECONDS}"]
        lines += ["    scene: house", "    clip: new"]
        if kind := JOINS.get(number):
            lines += [f"    transition: {kind} {LENGTHS[kind]}"]
    path = folder / "film.story.yaml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def fill(path: Path, takes: Sequence[Path]) -> Store:
    """Puts takes into the store as if their clips were rendered."""
    compiled = compile_file(path, HOST)
    store = compiled.project.store
    assert len(compiled.planned) == CLIPS, compiled.diagnostics
    for one, take in zip(compiled.planned, takes, strict=True):
        if not store.find_take(one.job.fingerprint):
            part = store.path("taken.part")
            part.parent.mkdir(exist_ok=True)
            part.write_bytes(take.read_bytes())
            store.keep_take(part, one.job.fingerprint, one.job.slate, (), {"film": path.name, "clip": one.clip.id})
    with Orders(store) as orders:
        write_lock(lock_path(path), update_lock(compiled.lock, compiled.planned, store, orders.find_payment))
    return store


def fitted(number: int) -> str:
    """A graph that makes a clip the film's: picture `v` and sound `a`."""
    size = f"{SIZE[0]}:{SIZE[1]}"
    picture = f"[{number}:v]fps={FPS},scale={size}:force_original_aspect_ratio=decrease,pad={size}:-1:-1,setsar=1"
    sound = f"[{number}:a]aresample={RATE},aformat=channel_layouts=stereo,apad"
    if not LAYOUTS[number % 4]:
        sound = f"anullsrc=r={RATE}:cl=stereo"
    return f"{picture},format=yuv420p,setpts=PTS-STARTPTS[v{number}];{sound},atrim=duration={SECONDS}[a{number}]"


def concat(takes: Sequence[Path], out: Path, *further: str) -> list[str]:
    """One graph with the concat filter: cuts alone; `further` options of its encoder."""
    graph = [
        *map(fitted, range(CLIPS)),
        "".join(f"[v{n}][a{n}]" for n in range(CLIPS)) + f"concat=n={CLIPS}:v=1:a=1[v][a]",
    ]
    return in_one_graph(takes, graph, out, *further)


def xfade(takes: Sequence[Path], out: Path) -> list[str]:
    """One graph with all transitions: runs of clips that cut are joined, the runs overlap or fade."""
    graph = [*map(fitted, range(CLIPS))]
    runs: list[list[int]] = []
    for number in range(CLIPS):
        runs.append([number]) if number in JOINS or not runs else runs[-1].append(number)
    length = 0.0
    for index, run in enumerate(runs):
        graph.append("".join(f"[v{n}][a{n}]" for n in run) + f"concat=n={len(run)}:v=1:a=1[r{index}][s{index}]")
    graph += ["[r0]null[p0]", "[s0]anull[q0]"]
    length = len(runs[0]) * float(SECONDS)
    for index, run in enumerate(runs[1:], 1):
        kind = JOINS[run[0]]
        seconds = LENGTHS[kind]
        before, now = index - 1, index
        if kind == "dissolve":
            offset = length - seconds
            graph.append(f"[p{before}][r{now}]xfade=transition=fade:duration={seconds}:offset={offset}[p{now}]")
            graph.append(f"[q{before}][s{now}]acrossfade=d={seconds}[q{now}]")
            length -= seconds
        else:
            half = seconds / 2
            graph.append(
                f"[p{before}]fade=t=out:st={length - half}:d={half}[o{now}];[r{now}]fade=t=in:d={half}[i{now}]"
            )
            graph.append(f"[o{now}][q{before}][i{now}][s{now}]concat=n=2:v=1:a=1[p{now}][q{now}]")
        length += len(run) * SECONDS
    return in_one_graph(takes, [*graph, f"[p{len(runs) - 1}]null[v]", f"[q{len(runs) - 1}]anull[a]"], out)


def in_one_graph(takes: Sequence[Path], graph: Sequence[str], out: Path, *further: str) -> list[str]:
    inputs = [word for take in takes for word in ("-i", str(take))]
    maps = ["-map", "[v]", "-map", "[a]"]
    return [*FFMPEG, *inputs, "-filter_complex", ";".join(graph), *maps, *ENCODER, *further, str(out)]


def moviepy(folder: Path) -> str | None:
    """The Python of an environment with MoviePy 2; None where it cannot be had."""
    venv.create(folder, with_pip=True)
    python = str(folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))
    install = [python, "-m", "pip", "install", "-q", "moviepy>=2,<3"]
    return None if subprocess.run(install, check=False).returncode else python


MOVIEPY = """\
import json, sys
from moviepy import CompositeVideoClip, VideoFileClip, afx, vfx
takes, out, joins, lengths, size, fps, seconds = json.loads(sys.argv[1])
clips, start = [], 0.0
for number, take in enumerate(takes):
    clip = VideoFileClip(take).resized(height=size[1]).with_position("center").subclipped(0, seconds)
    kind = joins.get(str(number))
    if kind == "dissolve":
        start -= lengths[kind]
        clip = clip.with_effects([vfx.CrossFadeIn(lengths[kind]), afx.AudioFadeIn(lengths[kind])])
    if kind == "fade":
        clip = clip.with_effects([vfx.FadeIn(lengths[kind] / 2)])
    if joins.get(str(number + 1)) == "fade":
        clip = clip.with_effects([vfx.FadeOut(lengths["fade"] / 2)])
    clips.append(clip.with_start(start))
    start += seconds
film = CompositeVideoClip(clips, size=size).with_duration(start)
film.write_videofile(out, fps=fps, codec="libx264", preset="veryfast", audio_codec="aac", audio_bitrate="192k",
                     ffmpeg_params=["-crf", "18", "-pix_fmt", "yuv420p"], logger=None)
"""


INSPECT = """\
import sys
from pathlib import Path
from storyforge.film.qc.measure import load_measures
from storyforge.system.store import Store
store = Store(Path(sys.argv[1], ".storyforge"))
for take in store.path("takes").glob("*.mp4"):
    load_measures(take, store.measures(take.stem))
"""


def places(with_joins: bool) -> tuple[int, dict[int, float]]:
    """Frames that are due, and the second of the film at which each clip with sound beeps."""
    frame, beeps = 0, {}
    for number in range(CLIPS):
        if with_joins and JOINS.get(number) == "dissolve":
            frame -= round(LENGTHS["dissolve"] * FPS)
        if LAYOUTS[number % 4]:
            beeps[number] = frame / FPS + BEEP[0]
        frame += SECONDS * FPS
    return frame, beeps


def exactness(film: Path, with_joins: bool = True) -> str:
    """Frames besides those due, frames that cannot be decoded, and the beep that is farthest from its place."""
    due, beeps = places(with_joins)
    frames = broken = 0
    with av.open(str(film)) as opened:
        for packet in opened.demux(video=0):
            try:
                decoded = packet.decode()
            except av.FFmpegError:
                broken += 1
                continue
            frames += len(decoded)
            broken += sum(frame.is_corrupt for frame in decoded)
    heard = array("h", b"".join(samples(film)))
    off = 0.0
    for place in beeps.values():
        begin = int((place - 0.5) * RATE)
        around = heard[begin : begin + RATE]
        threshold = max(map(abs, around), default=0) / 4
        onset = next((at for at, value in enumerate(around) if threshold and abs(value) > threshold), -begin)
        off = max(off, abs((begin + onset) / RATE - place), key=abs)
    size = f"{film.stat().st_size / 1e6:.0f} MB"
    return f"{size}, {frames} frames of {due}, {broken} undecodable, sound {1000 * off:.0f} ms off at most"


def samples(film: Path) -> Iterator[bytes]:
    """A film's sound, mono."""
    resampler = AudioResampler("s16", "mono", RATE)
    with av.open(str(film)) as opened:
        for frame in opened.decode(audio=0):
            yield from (bytes(out.planes[0])[: 2 * out.samples] for out in resampler.resample(frame))


def said(name: str, spent: Cost, against: Cost, film: Path | None = None, with_joins: bool = True) -> None:
    ratio = f"{against.seconds / spent.seconds:6.2f}×"
    exact = exactness(film, with_joins) if film else ""
    numbers = f"{spent.seconds:7.2f} s  {ratio}  cpu {spent.cpu:6.1f} s  {spent.megabytes:5.0f} MB"
    print(f"{name:<24} {numbers}  {exact}".rstrip(), flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--no-moviepy", action="store_true")
    alone = parser.parse_args().no_moviepy
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        takes = [folder / f"take-{number}.mp4" for number in range(CLIPS)]
        for number, take in enumerate(takes):
            make_clip(take, number)
        path = write_film(folder)
        store = fill(path, takes)
        print(
            f"{CLIPS} clips of {SECONDS} s to 1080p at {FPS} frames a second; × is the speed against the concat filter"
        )
        base = cost(concat(takes, folder / "concat.mp4"), folder)
        said("concat filter", base, base, folder / "concat.mp4", with_joins=False)
        plain = folder / "plain.mp4"
        said("the same, no B-frames", cost(concat(takes, plain, "-x264-params", X264), folder), base, plain, False)
        whole = cost(xfade(takes, folder / "xfade.mp4"), folder)
        said("one graph with xfade", whole, base, folder / "xfade.mp4")
        python = None if alone else moviepy(folder / "moviepy")
        if python:
            facts = json.dumps([list(map(str, takes)), str(folder / "moviepy.mp4"), JOINS, LENGTHS, SIZE, FPS, SECONDS])
            said("MoviePy 2", cost([python, "-c", MOVIEPY, facts], folder), base, folder / "moviepy.mp4")
        elif not alone:
            print("MoviePy cannot be had here")
        render = [*STORYFORGE, "render", path.name, "--provider", HOST, "--yes", "--quiet"]
        inspection = cost([sys.executable, "-c", INSPECT, str(folder)], folder)
        said("inspection of the takes", inspection, base)
        first = cost(render, folder)
        said("storyforge, all of it", first, base, folder / "film.mp4")
        path.write_text(path.read_text(encoding="utf-8").replace("window 7.", "window seven."), encoding="utf-8")
        make_clip(takes[7], 7, hue=90)
        fill(path, takes)
        second = cost(render, folder)
        said("storyforge, one changed", second, base, folder / "film.mp4")
        third = cost(render, folder)
        said("storyforge, none changed", third, base)
        pieces = sorted(store.path("pieces").glob("*.mp4"))[:CLIPS]
        listed = folder / "pieces.txt"
        listed.write_text("".join(f"file '{piece}'\n" for piece in pieces), encoding="utf-8")
        copying = [*FFMPEG, "-f", "concat", "-safe", "0", "-i", str(listed), "-c", "copy", str(folder / "copy.mp4")]
        said("copy of the pieces", cost(copying, folder), base)
    bars = {
        "all of it no slower than the concat filter": first.seconds <= base.seconds,
        f"one changed, inspected too, {FASTER} times faster than all": second.seconds * FASTER
        <= inspection.seconds + first.seconds,
    }
    for bar, kept in bars.items():
        print(f"bar: {bar}: {'kept' if kept else 'missed'}")
    return int(not all(bars.values()))


if __name__ == "__main__":
    sys.exit(main())
