"""Claim: `storyforge plan` of an unchanged film of 1,000 shots takes under half a second, start-up included.

The film has all that a render leaves behind: a take and a slate for each clip, the lock, the record, the ledger of its
orders and the film itself, so that everything is looked up and nothing is to be rendered. Two times are printed: of a
plan that is made, as right after a render, and of those that follow, which are printed from the cache since nothing has
changed. 10,000 shots should take near ten times as long. For comparison Snakemake, in an environment of its own, plans
as many clips: one rule for each, from a file of its own to its take, and one for the film. `--no-snakemake` leaves it
out.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable
from pathlib import Path

from boards import write_board

from storyforge.compiler.compile import Compiled, compile_file
from storyforge.compiler.jobs import Planned
from storyforge.planning.film_key import film_fields
from storyforge.planning.film_plan import plan_film
from storyforge.planning.lock_update import update_lock
from storyforge.planning.orders import Orders
from storyforge.system.ledger import Intent, Ledger
from storyforge.system.lock import lock_path, write_lock
from storyforge.system.store import Store

BAR = 0.5
"""Seconds for 1,000 shots."""

HOST, RUNS = "runware", 7
NOW = 1_767_225_600.0
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
PLAN = [sys.executable, "-c", "from storyforge.cli import main; main()", "plan"]
FILM = """\
CLIPS = open("clips.txt").read().split()
rule film:
    input: expand("takes/{clip}.mp4", clip=CLIPS)
    output: "film.mp4"
    shell: "cat {input} > {output}"
"""
CLIP = """\
rule:
    input: "clips/%(clip)s.json"
    output: "takes/%(clip)s.mp4"
    shell: "cp {input} {output}"
"""


def best(command: list[str], folder: Path, before: Callable[[], object] = lambda: None) -> tuple[float, str]:
    """Seconds of the fastest of a few runs of a command, and what it printed."""
    taken, printed = [], ""
    for _ in range(RUNS):
        before()
        begun = time.perf_counter()
        done = subprocess.run(command, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, check=False)
        taken.append(time.perf_counter() - begun)
        printed = done.stdout + done.stderr
        if done.returncode:
            sys.exit(f"{' '.join(command)} failed:\n{printed}")
    return min(taken), printed


def render(path: Path, provider: str) -> Store:
    """Leaves behind all that a render of the storyboard would, with a few bytes in the place of each film."""
    compiled = compile_file(path, provider)
    store = compiled.project.store
    store.folder.mkdir()
    with Ledger.from_store(store) as ledger:
        ledger.rows("pragma synchronous = off")
        for one in compiled.planned:
            take = store.path("take.part")
            take.write_bytes(one.job.fingerprint.encode())
            made = {"film": path.name, "clip": one.clip.id, "date": "2026-01-01"}
            store.keep_take(take, one.job.fingerprint, one.job.slate, (), made)
            if provider == HOST:
                write_order(ledger, one, path.name)
    with Orders(store) as orders:
        write_lock(lock_path(path), update_lock(compiled.lock, compiled.planned, store, orders.find_payment))
    compiled = compile_file(path, provider)
    assert isinstance(compiled, Compiled)
    clips = {
        one.clip.id: {"fingerprint": one.job.fingerprint, "fields": dict(one.fields), "after": list(one.clip.after)}
        for one in compiled.planned
    }
    store.keep_record(compiled.project.record_name, {"clips": clips, "film": film_fields(compiled)})
    key = plan_film(compiled).key
    assert key is not None
    store.path("films").mkdir()
    store.path("films", f"{key}.mp4").write_bytes(b"film")
    store.keep_film(key)
    return store


def write_order(ledger: Ledger, one: Planned, film: str) -> None:
    """The row of an order that came home."""
    assert one.request is not None
    clip, job, model = one.clip, one.job, one.job.slate["model"]
    facts = one.request, clip.seconds, one.usd, job.take, job.slate
    order = ledger.plan(Intent(job.fingerprint, HOST, model, clip.id, film, *facts), NOW)
    assert order is not None
    ledger.mark_sent(order, f"job-{clip.id}")
    ledger.mark_ended(order, "done", NOW + 60)


def plan(folder: Path, shots: int, provider: str) -> tuple[float, float, int]:
    """Seconds of a plan that is made and of one that is printed from the cache, and the clips of the film."""
    path = write_board(folder / f"{provider}-{shots}", shots)
    told = render(path, provider).path("told")
    command = [*PLAN, path.name, "--provider", provider, "--exit-code"]
    made, first = best(command, path.parent, lambda: shutil.rmtree(told, ignore_errors=True))
    again, second = best(command, path.parent)
    assert first == second
    clips = sum(line.startswith("cached") for line in first.splitlines()) - 1
    assert "\nnothing to render\n" in first, first[-2000:]
    print(f"{shots:>6} shots, {clips:>5} clips at {provider:<8} {made:6.2f} s, again {again:5.2f} s", flush=True)
    return made, again, clips


def snakemake(folder: Path) -> str | None:
    """The command, in an environment that is made for it; None where it cannot be had."""
    venv.create(folder, with_pip=True)
    scripts = folder / ("Scripts" if os.name == "nt" else "bin")
    install = [str(scripts / "python"), "-m", "pip", "install", "-q", "snakemake"]
    done = subprocess.run(install, capture_output=True, text=True, check=False)
    return None if done.returncode else str(scripts / "snakemake")


def dry_run(command: str, folder: Path, clips: int) -> float:
    """Seconds that Snakemake needs to find that nothing is to be done for a film of so many clips."""
    names = [f"clip-{number}" for number in range(clips)]
    for part in ("clips", "takes"):
        (folder / part).mkdir(parents=True)
    (folder / "clips.txt").write_text("\n".join(names), encoding="utf-8")
    (folder / "Snakefile").write_text(FILM + "".join(CLIP % {"clip": name} for name in names), encoding="utf-8")
    for name in names:
        (folder / "clips" / f"{name}.json").write_text(f'{{"prompt": "{name}"}}', encoding="utf-8")
    subprocess.run([command, "--cores", "2", "--quiet", "all"], cwd=folder, check=True, stderr=subprocess.DEVNULL)
    seconds, printed = best([command, "-n"], folder)
    assert "Nothing to be done" in printed, printed
    return seconds


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--no-snakemake", action="store_true")
    alone = parser.parse_args().no_snakemake
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        plan(folder, 1_000, "offline")
        made, again, clips = plan(folder, 1_000, HOST)
        more_made, more_again, _ = plan(folder, 10_000, HOST)
        print(f"10,000 take {more_made / made:.1f} times as long as 1,000, again {more_again / again:.1f} times")
        command = None if alone else snakemake(folder / "snakemake")
        if command:
            theirs = dry_run(command, folder / "rules", clips)
            ratios = f"{theirs / made:.1f} times a plan that is made, {theirs / again:.1f} times one from the cache"
            print(f"Snakemake, dry run of as many clips: {theirs:.2f} s, {ratios}")
        elif not alone:
            print("Snakemake cannot be had here")
    print(f"bar: 1,000 under {BAR:g} s: {'kept' if again < BAR else 'missed'}")
    return int(again >= BAR)


if __name__ == "__main__":
    sys.exit(main())
