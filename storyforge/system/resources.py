"""Files that come with StoryForge, templates and schema: next to the package in a checkout, in it when installed."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).parents[1]


def resource_folder(folder: str) -> Path:
    """A folder of shipped files, `templates` or `schemas`."""
    inside = PACKAGE / folder
    return inside if inside.is_dir() else PACKAGE.parent / folder
