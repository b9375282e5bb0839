"""A render leaves a row in the history, however it ends."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import imageio_ffmpeg
import pytest
from orders import begun
from projects import edited, project, storyforge

from storyforge.compiler.compile import compile_file
from storyforge.planning.film_plan import plan_film
from storyforge.rendering.history import record_run
from storyforge.system.ledger import Ledger

ONE_SHOT = '  - {id: wait, scene: pier, action: "@ana waits.", seconds: 3}\n'
TWO_SHOTS = ONE_SHOT + '  - {id: call, scene: pier, action: "@bo shows his boat.", seconds: 3, clip: new}\n'


def runs(folder: Path) -> list[tuple]:
    rows = json.loads(storyforge("spend", "--by", "run", "--format", "json", cwd=folder).stdout)["rows"]
    return [tuple(row[name] for name in ("film", "outcome", "rendered", "reused", "usd_planned")) for row in rows]


@pytest.mark.slow
def test_a_render_leaves_a_row_if_it_had_something_to_render(tmp_path):
    (tmp_path / ".storyforge").mkdir()
    path = project(tmp_path / "films", TWO_SHOTS)
    assert storyforge("render", path, "--only", "wait", cwd=tmp_path).returncode == 0
    assert storyforge("render", path, "--only", "wait", cwd=tmp_path).returncode == 0
    drawn = ("films/ferry.story.yaml", "done", 1, 0, 0.0)
    assert runs(tmp_path) == [drawn]
    assert storyforge("render", path, cwd=tmp_path).returncode == 0
    assert storyforge("render", path, cwd=tmp_path).returncode == 0
    edited(path, "@bo shows his boat.", "@bo hides his boat.")
    broken = storyforge("render", path, cwd=tmp_path, STORYFORGE_FFMPEG="/bin/false")
    assert broken.returncode == 1, broken.stderr
    found = runs(tmp_path)
    assert found == [
        drawn,
        ("films/ferry.story.yaml", "done", 1, 1, 0.0),
        ("films/ferry.story.yaml", "failed", 0, 1, 0.0),
    ]


def test_a_run_that_breaks_down_has_failed_and_plans_what_it_would_order_itself(tmp_path):
    path = project(tmp_path)
    film = plan_film(compile_file(path, "runware"))
    ordered, *rest = film.planned
    film = replace(film, planned=(replace(ordered, state="attached"), *rest))

    def broken():
        with record_run(film, film.planned, print):
            raise RuntimeError

    with pytest.raises(RuntimeError):
        broken()
    assert runs(tmp_path) == [("ferry.story.yaml", "failed", 0, 0, 0.84)]


@pytest.mark.slow
def test_a_history_that_cannot_be_written_stops_no_film(tmp_path):
    path = project(tmp_path, ONE_SHOT)
    with closing(Ledger(tmp_path / ".storyforge" / "ledger.db")) as ledger:
        begun(ledger)
    with closing(sqlite3.connect(tmp_path / ".storyforge" / "ledger.db")) as base:
        base.execute("create trigger shut before insert on runs begin select raise(abort, 'shut'); end")
    done = storyforge("render", path, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "this run is not in the history: " in done.stderr
    assert (tmp_path / "ferry.mp4").is_file()
    assert len(runs(tmp_path)) == 1


@pytest.mark.parametrize(("blow", "outcome"), [(signal.SIGKILL, "broken off"), (signal.SIGINT, "interrupted")])
def test_a_run_is_running_until_it_is_stopped(tmp_path, blow, outcome):
    path = project(tmp_path)
    stuck = tmp_path / "stuck"
    asked = f'case "$*" in "-hide_banner -"*) exec "{imageio_ffmpeg.get_ffmpeg_exe()}" "$@";; esac'
    stuck.write_text(f"#!/bin/sh\n{asked}\nexec sleep 300\n", encoding="utf-8")
    stuck.chmod(0o755)
    ledger = tmp_path / ".storyforge" / "ledger.db"
    process = subprocess.Popen(
        [sys.executable, "-c", "from storyforge.cli import main; main()", "render", path],
        env={**os.environ, "STORYFORGE_FFMPEG": str(stuck)},
        cwd=tmp_path,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until = time.monotonic() + 120
        while not (ledger.is_file() and runs(tmp_path)):
            assert process.poll() is None
            assert time.monotonic() < until
        assert runs(tmp_path) == [("ferry.story.yaml", "running", None, 0, 0.0)]
        process.send_signal(blow)
        assert process.wait(120) == (130 if blow == signal.SIGINT else -blow)
    finally:
        with contextlib.suppress(ProcessLookupError):  # what it started goes on without it
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    assert runs(tmp_path) == [("ferry.story.yaml", outcome, None if blow == signal.SIGKILL else 0, 0, 0.0)]
