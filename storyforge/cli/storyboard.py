"""A storyboard compiled for a command, without looking for garbage meanwhile."""

from __future__ import annotations

import gc
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from storyforge import api

if TYPE_CHECKING:
    from storyforge.api import Compilation


def open_storyboard(
    file: Path,
    provider: str | None,
    environment: Mapping[str, str] | None = None,
    repack: bool = False,
    texts: Mapping[str, str] | None = None,
    reword: bool = False,
) -> Compilation:
    """As `storyforge.api.open_storyboard`, in a process that is the command's own."""
    # Compiling builds up and lets nothing go: to look for cycles meanwhile would take a quarter of a long film's time.
    # Nor is what was built looked through again, now and when the process ends, until the next takes its place.
    gc.unfreeze()
    gc.disable()
    try:
        return api.open_storyboard(file, provider, environment, repack, texts, reword)
    finally:
        gc.freeze()
        gc.enable()
