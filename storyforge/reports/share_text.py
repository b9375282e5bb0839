"""How `push` and `pull` ended: as text for people, as a document for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from storyforge.rendering.remote import Tally


def share_document(tally: Tally, done: str, already: str) -> dict[str, Any]:
    """The tally as `--format json` prints it: what was moved under the name `done`, what was there as `already`."""
    return {
        "storyforge": 1,
        done: [{"name": name, "bytes": size} for name, size in sorted(tally.moved.items())],
        already: sorted(tally.there),
        "failures": {name: str(fault) for name, fault in sorted(tally.failures.items())},
    }


def share_text(tally: Tally, done: str, already: str) -> str:
    """`3 takes and 2 pictures, 41.0 MB sent; 1 take there already`."""
    moved, there = _moved_text(tally.moved, done), len(tally.there)
    return f"{moved}; {there} take{'s' * (there != 1)} {already} already" if there else moved


def _moved_text(moved: dict[str, int], done: str) -> str:
    """`3 takes and 2 pictures, 41.0 MB sent`."""
    if not moved:
        return f"nothing {done}"
    from rich.filesize import decimal

    # A slate goes with its take: its bytes count, and it is not listed by itself.
    takes, pictures = (sum(name.startswith(folder) for name in moved) for folder in ("takes/", "pictures/"))
    told = [f"{count} {kind}{'s' * (count != 1)}" for count, kind in ((takes, "take"), (pictures, "picture"))]
    return f"{' and '.join(told if pictures else told[:1])}, {decimal(sum(moved.values()))} {done}"
