"""Watching: the small film follows the storyboard, only changed shots are drawn, and a mistake ends nothing."""

from __future__ import annotations

import asyncio
import os
import queue
import signal
import subprocess
import sys
import threading
import time

import av
import pytest
from projects import SHOTS, edited, project

from storyforge.compiler.compile import compile_file
from storyforge.rendering.preview import is_source, shots_in_order, sketch_film

SILENT = SHOTS.replace("    dialogue:\n      - bo: Take it.\n", "")


def sketched(path):
    return asyncio.run(sketch_film(compile_file(path, "offline"), path.with_name("small.mp4")))


def length(path):
    with av.open(str(path)) as film:
        return sum(1 for _ in film.decode(video=0)) / 12


@pytest.mark.slow
def test_the_small_film_is_as_long_as_the_film_and_only_changed_shots_are_drawn_again(tmp_path):
    path = project(tmp_path, SILENT)
    first = sketched(path)
    assert first.drawn == ("wait", "call", "boat")
    assert first.seconds == length(tmp_path / "small.mp4") == compile_file(path).timeline.seconds == 8.5
    assert sketched(path).drawn == ()
    edited(path, "looks over", "looks at")
    assert sketched(path).drawn == ("wait",)
    edited(path, "id: wait", "id: waits")
    assert sketched(path).drawn == ("waits",)
    edited(path, "seconds: 3\n  - id: call", "seconds: 5\n  - id: call")
    assert sketched(path).drawn == ("waits",)
    assert length(tmp_path / "small.mp4") == 10.5


def test_shots_of_one_clip_are_drawn_apart(tmp_path):
    shots = "".join(f'  - {{id: s{number}, scene: pier, action: "@ana rows.", seconds: 2.5}}\n' for number in range(3))
    parts = list(shots_in_order(compile_file(project(tmp_path, shots), "offline")))
    assert [part.shot for part in parts] == ["s0", "s1", "s2"]
    assert sum(part.body["frames"] for part in parts) == 8 * 12
    assert set(parts[0].pictures) == {token for token in parts[0].pictures if token.startswith("sf:sha256:")}
    assert len(parts[0].pictures) == 2


@pytest.mark.parametrize(
    ("path", "counts"),
    [
        ("/p/film.story.yaml", True),
        ("/p/refs/ana.PNG".lower(), True),
        ("/p/.env", True),
        ("/p/templates/shot.jinja", True),
        ("/p/film.story.lock", True),
        ("/p/.storyforge/pictures/x.png", False),
        ("/p/film.watch.mp4", False),
        ("/p/.#film.story.yaml", False),
        ("/p/film.story.yaml~", False),
    ],
)
def test_only_what_a_film_is_made_from_counts_as_a_change(path, counts):
    assert is_source(path) == counts


class Watched:
    """The command in a process of its own, read line by line."""

    def __init__(self, path):
        clean = {name: value for name, value in os.environ.items() if not name.startswith("STORYFORGE_")}
        command = [sys.executable, "-uc", "from storyforge.cli import main; main()", "watch", str(path)]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        self.process = subprocess.Popen(command, env=clean, start_new_session=True, **pipes)
        self.lines = queue.Queue()
        self.reader = threading.Thread(target=lambda: [self.lines.put(line) for line in self.process.stdout])
        self.reader.start()

    def until(self, word):
        """All that is said up to a line with a word."""
        said = []
        until = time.monotonic() + 120
        while not said or word not in said[-1]:
            said.append(self.lines.get(timeout=max(0.1, until - time.monotonic())))
        return "".join(said)


def test_every_save_is_looked_at_and_a_mistake_ends_nothing(tmp_path):
    path = project(tmp_path, SILENT)
    watched = Watched(path)
    try:
        assert "drew wait, call, boat" in watched.until("looked at")
        good = (tmp_path / "ferry.watch.mp4").read_bytes()
        edited(path, "@ana looks", "@anna looks")
        assert "error[unknown-character]" in watched.until("looked at")
        assert (tmp_path / "ferry.watch.mp4").read_bytes() == good
        path.write_bytes(b"\0\xff: [")
        assert "error" in watched.until("looked at")
        project(tmp_path, SILENT.replace("looks over", "looks at"))
        watched.until("drew wait\n")
        assert (tmp_path / "ferry.watch.mp4").read_bytes() != good
    finally:
        watched.process.send_signal(signal.SIGINT)
        code = watched.process.wait(timeout=60)
        watched.reader.join()
        watched.process.stdout.close()
    assert code == 130
