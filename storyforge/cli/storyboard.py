"""A storyboard compiled for a command, without looking for garbage meanwhile."""

from __future__ import annotations

import gc
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from storyforge.planning import open as planning

if TYPE_CHECKING:
    from storyforge.compiler.compile import Compilation
    from storyforge.system.settings import Settings


def open_storyboard(
    file: Path,
    provider: str | None,
    environment: Mapping[str, str] | None = None,
    repack: bool = False,
    texts: Mapping[str, str] | None = None,
) -> tuple[Compilation, Settings]:
    """As `storyforge.planning.open.open_storyboard`, and its settings, in a process that is the command's own."""
    # Compiling builds up and lets nothing go: to look for circles meanwhile would take a quarter of a long film's time.
    # Nor is what was built looked through again, now and when the process ends, until the next takes its place.
    gc.unfreeze()
    gc.disable()
    try:
        compiled = planning.open_storyboard(file, provider, environment, repack, texts)
        return compiled, compiled.project.settings
    finally:
        gc.freeze()
        gc.enable()
