"""Storyboards on disk for tests, with pictures, and the command line run as a user runs it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import reuse
from PIL import Image, ImageDraw
from processes import COMMAND, run_python

from storyforge.compiler.compile import Compiled, compile_file
from storyforge.compiler.jobs import Planned, further_take
from storyforge.compiler.slates import name_wording
from storyforge.compiler.timeline import Timeline, make_timeline
from storyforge.planning.lock_update import update_lock
from storyforge.planning.reasons import plan_clips
from storyforge.system.lock import Lock, lock_path, write_lock
from storyforge.system.project import Project

HEAD = """\
storyforge: 1
title: The Ferry
cast:
  ana:
    name: the ferry woman
    reference: refs/ana.png
    marks: [a green oar]
  bo:
    name: the boy
    reference: refs/bo.png
    marks: [a paper boat]
scenes:
  pier:
    name: the pier
    reference: refs/pier.png
    marks: [a blue lamp]
shots:
"""

SHOTS = """\
  - id: wait
    scene: pier
    framing: wide shot
    action: "@ana looks over the water."
    seconds: 3
  - id: call
    scene: pier
    framing: close shot
    action: "@bo holds out his boat."
    dialogue:
      - bo: Take it.
    seconds: 3
    clip: new
  - id: boat
    scene: pier
    action: The boat floats away.
    seconds: 3
    continues: call
    transition: dissolve 0.5
"""

PICTURES = {"ana": ((512, 512), (90, 60, 120)), "bo": ((512, 512), (60, 110, 90)), "pier": ((960, 540), (40, 60, 90))}


def project(folder: Path, shots: str = SHOTS, head: str = HEAD, name: str = "ferry.story.yaml") -> Path:
    """A project in a folder: a storyboard and its pictures; returns the storyboard's path."""
    (folder / "refs").mkdir(parents=True, exist_ok=True)
    for who, (size, colour) in PICTURES.items():
        picture = Image.new("RGB", size, colour)
        ImageDraw.Draw(picture).ellipse((100, 100, 300, 300), fill=(220, 200, 160))
        picture.save(folder / "refs" / f"{who}.png")
    path = folder / name
    path.write_text(head + shots, encoding="utf-8")
    return path


def edited(path: Path, old: str, new: str) -> None:
    """Changes one place of a storyboard."""
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, (old, text.count(old))
    path.write_text(text.replace(old, new), encoding="utf-8")


class Faked:
    """A storyboard of which every clip has a take, and what a render remembers of that; no film is made."""

    def __init__(self, path: Path, provider: str | None = None) -> None:
        self.path, self.provider = path, provider
        self.store = Project(path).store
        self.record: dict[str, Any] = {"clips": {}}
        self.render()

    def compiled(self) -> Compiled:
        return compile_file(self.path, self.provider)

    def render(self) -> None:
        compiled = self.compiled()
        for one in compiled.planned:
            self.take(one.job.fingerprint, one.job.slate, **name_wording(one.job))
        self.record["clips"] |= {
            one.clip.id: {"fingerprint": one.job.fingerprint, "fields": one.fields, "after": list(one.clip.after)}
            for one in compiled.planned
        }
        self.lock(update_lock(compiled.lock, compiled.planned, self.store, lambda fingerprint: (None, None)))

    def take(self, fingerprint: str, slate: Mapping[str, Any], **made: Any) -> str:
        film = self.store.path("made.mp4")
        film.parent.mkdir(parents=True, exist_ok=True)
        film.write_bytes(fingerprint.encode())
        return self.store.keep_take(film, fingerprint, slate, (), {"date": "2026-05-01", **made})

    def further(self, clip: str, number: int) -> str:
        """Fakes a take of a clip by its number, with all that a render writes down of it."""
        one = further_take(next(one for one in self.compiled().planned if one.clip.id == clip), number)
        made = {"film": self.path.name, "clip": clip, "fields": one.fields}
        return self.take(one.job.fingerprint, one.job.slate, **made)

    def lock(self, lock: Lock) -> None:
        write_lock(lock_path(self.path), lock)

    def judged(self, record: Mapping[str, Any] | None = None) -> tuple[Planned, ...]:
        return plan_clips(self.compiled(), self.record if record is None else record)

    def timeline(self) -> Timeline:
        """The film as its storyboard has it, of the takes that it plays."""
        form = self.compiled().storyboard.format
        return make_timeline(self.judged(), form)

    def stale(self) -> set[str]:
        return {one.clip.id for one in self.judged() if one.state != "cached"}


class Hosted(Faked):
    """A storyboard whose takes are films that a host could have sent, one for each clip: to render it costs nothing."""

    def __init__(self, path: Path, takes: Iterable[Path], provider: str = "runware") -> None:
        self.films = iter(takes)
        super().__init__(path, provider)

    def take(self, fingerprint: str, slate: Mapping[str, Any], **made: Any) -> str:
        film = self.store.path("made.mp4")
        film.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(next(self.films), film)
        return self.store.keep_take(film, fingerprint, slate, (), {"date": "2026-05-01", **made})

    def stitched(self, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Renders the film, which fails if anything would be ordered."""
        run = ("render", self.path, "--provider", str(self.provider), "--locked", *options)
        done = storyforge(*run, cwd=self.path.parent, **environment)
        assert done.returncode == 0, done.stderr
        return done


def storyforge(
    *arguments: str | Path, cwd: Path, uncached: bool = False, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Runs the command in a process of its own, with no settings of this machine's user; `uncached` reuses nothing."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("STORYFORGE_", "FORCE_COLOR"))}
    surroundings = {**clean, "XDG_CONFIG_HOME": str(cwd / "no-config"), **environment}
    return run_python(*COMMAND, *arguments, cwd=cwd, env=surroundings, reused=None if uncached else reuse.folder)
