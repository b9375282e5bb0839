"""What changed between two versions of a storyboard: as text for people, as a document for programs, and for git."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from storyforge.compiler.jobs import total_usd
from storyforge.model.printable import escape_text
from storyforge.planning.open import open_storyboard
from storyforge.reports.plan_diff_text import cost
from storyforge.reports.plan_text import price_sources
from storyforge.reports.versions import Versions, compare_versions, find_whole
from storyforge.system.git import line_diff

if TYPE_CHECKING:
    from storyforge.compiler.compile import Compiled
    from storyforge.compiler.jobs import Planned
    from storyforge.reports.plan_diff import Comparison, Row
    from storyforge.reports.storyboard_diff import Revision

LARGEST = 4 * 1024 * 1024
"""Bytes of the largest storyboard that is read for git."""


def versions_lines(versions: Versions, head: str) -> Iterator[str]:
    """What changed, line by line: the film, then its clips, then what that costs."""
    now, then, comparison = versions.now, versions.then, versions.comparison
    sizes = [_size(board) for board in (then, now) if board]
    yield escape_text(f"{head}: {' → '.join(dict.fromkeys(sizes))}")
    yield from (f"  {escape_text(str(one))}" for one in versions.revisions)
    rows = [row for row in comparison.rows if row.state != "kept"]
    # A bible has no clips, so there is no sum to give.
    if not now.planned and not rows:
        return
    width = max((len(row.clip.id) for row in rows), default=0)
    for row in rows:
        sides = (row.before, (row.now,) if row.now else ())
        costs = " → ".join(dict.fromkeys(cost(side) for side in sides if side))
        line = f"{row.state:<9}  clip {row.clip.id:<{width}}  {row.clip.seconds:>2} s  {costs}{_besides(row)}"
        yield f"  {escape_text(line)}"
    yield f"  {_sums(comparison)}"
    yield from (f"  {note}" for note in price_sources(one.clip.provider for one in comparison.ordered))


def _besides(row: Row) -> str:
    """What a clip holds where its name does not say it, and why it is rendered again where no shot of it changed."""
    shots = list(dict.fromkeys(shot.id for shot in row.clip.shots))
    held = f", of {', '.join(shots)}" if shots != [row.clip.id] else ""
    why = f"; {row.now.why}" if row.now and not row.now.changes and row.state != "new" else ""
    return held + why


def _size(compiled: Compiled) -> str:
    whole = compiled.storyboard
    if whole.shots is None:
        return f"{len(whole.cast)} of the cast, {len(whole.scenes)} scene{'s' * (len(whole.scenes) != 1)}"
    shots = len(whole.shots or ())
    return f"{shots} shot{'s' * (shots != 1)}, {compiled.timeline.seconds:g} s"


def _sums(comparison: Comparison) -> str:
    """What the change costs."""
    ordered = comparison.ordered
    if not ordered:
        return "nothing to render"
    seconds = sum(one.clip.seconds for one in ordered)
    return f"to render: {cost(ordered)} for {len(ordered)} clip{'s' * (len(ordered) > 1)}, {seconds} s"


def versions_document(versions: Versions) -> dict[str, Any]:
    """What changed, as `diff --format json` prints it."""
    now, then, comparison = versions.now, versions.then, versions.comparison
    return {
        "title": now.storyboard.title,
        "provider": now.provider.name,
        "revisions": [_revision(one) for one in versions.revisions],
        "clips": [
            {
                "id": row.clip.id,
                "fate": row.state,
                "shots": list(dict.fromkeys(shot.id for shot in row.clip.shots)),
                "before": [_priced(one) for one in row.before],
                "now": row.now and {**_priced(row.now), "paid": not row.unpaid},
            }
            for row in comparison.rows
            if row.state != "kept"
        ],
        "film": {
            "before": then and {"shots": len(then.storyboard.shots or ()), "seconds": then.timeline.seconds},
            "shots": len(now.storyboard.shots or ()),
            "seconds": now.timeline.seconds,
        },
        "total": {
            "clips": len(comparison.ordered),
            "seconds_billed": sum(one.clip.seconds for one in comparison.ordered),
            "usd": total_usd(comparison.ordered),
        },
    }


def _priced(one: Planned) -> dict[str, Any]:
    return {"id": one.clip.id, "seconds_billed": one.clip.seconds, "usd": one.usd, "fingerprint": one.job.fingerprint}


def _revision(one: Revision) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "of": one.whose,
        "id": one.id,
        "field": one.field,
        "before": one.before,
        "after": one.after,
        "told": one.text,
        "shots": list(one.shots),
        "file": one.place.file if one.place else None,
        "line": one.place.line if one.place else None,
        "past": one.past,
    }


def diff_for_git(given: Sequence[str]) -> str:
    """What git shows of a storyboard: two versions of this one file, both with the other files as they are now.

    `given` are the arguments with which git calls an external diff. Never fails for what is in the files.
    """
    path, *rest = given
    # Of a file that is not merged yet git tells the path alone, and behind the usual seven it tells a new name.
    if len(rest) < 6:
        return f"{escape_text(path)}: not merged yet\n"
    old, new, name = Path(rest[0]), Path(rest[3]), rest[6] if len(rest) > 6 else path
    try:
        return _compare_for_git(Path(name), old, new)
    except Exception:  # where a driver fails, git shows nothing of the other files either
        return lines_text(name, old, new)


def _compare_for_git(file: Path, old: Path, new: Path) -> str:
    sides: list[Compiled | None] = []
    for content in (old, new):
        if os.fspath(content) == os.devnull:
            sides.append(None)
            continue
        if content.stat().st_size > LARGEST:
            return lines_text(file.as_posix(), old, new)
        # git gives copies in a temporary folder, with nothing next to them: each is read as if it were the file itself.
        texts = {os.path.realpath(file): content.read_bytes().decode()}
        board = find_whole(open_storyboard(file, None, texts=texts))
        if board is None:
            return lines_text(file.as_posix(), old, new)
        sides.append(board)
    then, now = sides
    if now is None:
        return f"{file.as_posix()}: no longer there, with its {_size(then)}\n" if then else ""
    versions = compare_versions(then, now)
    if versions.same:
        return f"{file.as_posix()}: nothing of the film changed\n"
    head = file.as_posix() if then else f"{file.as_posix()}, new"
    return "".join(f"{line}\n" for line in versions_lines(versions, head))


def lines_text(name: str, old: Path | None, new: Path) -> str:
    """The lines that differ, where a version is no storyboard."""
    head = f"{escape_text(name)}: no whole storyboard before or now, so its lines are compared"
    return "\n".join([head, *line_changes(old, new), ""])


def line_changes(old: Path | None, new: Path) -> list[str]:
    """The lines that differ between two files, as git prints them; `old` is None where there was none."""
    told = line_diff(old or Path(os.devnull), new)
    # Tabs stay tabs: as escapes they would make lines that are set in hard to read.
    return ["\t".join(map(escape_text, line.split("\t"))) for line in told.splitlines()]
