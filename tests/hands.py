"""Git repositories for tests, made by hand."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

WHO = {
    "GIT_AUTHOR_NAME": "Ana",
    "GIT_AUTHOR_EMAIL": "a@b.c",
    "GIT_COMMITTER_NAME": "Ana",
    "GIT_COMMITTER_EMAIL": "a@b.c",
}


class Hand:
    """Commits by hand, a day apart."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.day = 1
        self("init", "--quiet", "--initial-branch=main")

    def __call__(self, *arguments: str, feed: str = "") -> str:
        date = f"2026-05-{self.day:02}T12:00:00+02:00"
        clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        quiet = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
        environment = {**clean, **WHO, **quiet, "GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.folder,
            env=environment,
            input=feed.encode(),
            capture_output=True,
            check=True,
        )
        return done.stdout.decode()

    def commit(self, name: str, text: str) -> str:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        self("add", "--", name)
        self("commit", "--quiet", "--message", f"write {name}")
        self.day += 1
        return self("rev-parse", "HEAD").strip()
