"""What a garbage collection found: as text for people, as a document for programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from storyforge.rendering.gc import Collected, Rest

KINDS = {
    "takes": "take",
    "slates": "record",
    "pictures": "picture",
    "frames": "last frame",
    "pieces": "piece",
    "films": "film file",
    "sketches": "sketch",
    "inspections": "inspection",
    "damaged": "damaged file",
}
"""What the files of a folder of the store are called."""


def garbage_document(found: Collected) -> dict[str, Any]:
    """What was found as `gc --format json` prints it."""
    return {
        "storyforge": 1,
        "store": str(found.store),
        "deleted": found.deleted,
        "gone": [_document(rest, found.store) for rest in found.gone],
        "kept": [_document(rest, found.store) for rest in found.kept],
    }


def garbage_lines(gone: Sequence[Rest], kept: Sequence[Rest]) -> list[str]:
    """What goes: a line for each take, one for all else of a kind; then what is kept."""
    return [*_gone_lines(gone), *_kept_lines(kept)]


def sum_text(rests: Sequence[Rest]) -> str:
    """How many files, and how large they are."""
    return f"{len(rests)} file{'s' * (len(rests) > 1)}, {size_text(sum(rest.bytes for rest in rests))}"


def _gone_lines(gone: Sequence[Rest]) -> Iterator[str]:
    for rest in gone:
        if rest.kind == "takes":
            shown = f" of {rest.shows}" if rest.shows else ""
            yield f"delete  take {rest.path.stem[:8]}{shown}, {size_text(rest.bytes)}: {rest.why}"
    for kind, why in dict.fromkeys((rest.kind, rest.why) for rest in gone if rest.kind != "takes"):
        same = [rest for rest in gone if (rest.kind, rest.why) == (kind, why)]
        yield f"delete  {_counted(same)}, {size_text(sum(rest.bytes for rest in same))}: {why}"


def _kept_lines(kept: Sequence[Rest]) -> Iterator[str]:
    for why in dict.fromkeys(rest.why for rest in kept):
        same = [rest for rest in kept if rest.why == why]
        kinds = [[rest for rest in same if rest.kind == kind] for kind in KINDS]
        counted = ", ".join(_counted(rests) for rests in kinds if rests)
        yield f"keep    {counted}, {size_text(sum(rest.bytes for rest in same))}: {why}"


def _counted(rests: Sequence[Rest]) -> str:
    """Files of one kind."""
    return f"{len(rests)} {KINDS[rests[0].kind]}{'s' * (len(rests) > 1)}"


def size_text(count: int) -> str:
    """Bytes as a person reads them."""
    for unit, length in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= length:
            return f"{count / length:.1f} {unit}"
    return f"{count} bytes"


def _document(rest: Rest, store: Path) -> dict[str, object]:
    place = rest.path.relative_to(store).as_posix()
    return {"path": place, "bytes": rest.bytes, "why": rest.why, **({"of": rest.shows} if rest.shows else {})}
