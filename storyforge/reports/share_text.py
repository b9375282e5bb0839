"""How `push` and `pull` ended: as text for people, as a document for programs."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from storyforge.model.errors import StoryForgeError


def share_document(
    moved: Mapping[str, int], there: Collection[str], failures: Mapping[str, StoryForgeError], done: str, already: str
) -> dict[str, Any]:
    """Objects by name: `moved` with their bytes under the name `done`, `there` under the name `already`."""
    return {
        "storyforge": 1,
        done: [{"name": name, "bytes": size} for name, size in sorted(moved.items())],
        already: sorted(there),
        "failures": {name: str(fault) for name, fault in sorted(failures.items())},
    }


def share_text(moved: Mapping[str, int], there: Collection[str], done: str, already: str) -> str:
    """`3 takes and 2 pictures, 41.0 MB sent; 1 take there already`."""
    if not there:
        return _count_moved(moved, done)
    return f"{_count_moved(moved, done)}; {len(there)} take{'s' * (len(there) != 1)} {already} already"


def _count_moved(moved: Mapping[str, int], done: str) -> str:
    """`3 takes and 2 pictures, 41.0 MB sent`."""
    if not moved:
        return f"nothing {done}"
    from rich.filesize import decimal

    takes, pictures = (sum(name.startswith(folder) for name in moved) for folder in ("takes/", "pictures/"))
    told = [f"{count} {kind}{'s' * (count != 1)}" for count, kind in ((takes, "take"), (pictures, "picture"))]
    return f"{' and '.join(told if pictures else told[:1])}, {decimal(sum(moved.values()))} {done}"
