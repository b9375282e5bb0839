"""`diff`: says what changed in a storyboard, in shots, and its cost; git calls it as an external diff."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from storyforge.cli.options import PROVIDER, Console, formats, print_json, show_diagnostics, speaking

if TYPE_CHECKING:
    from storyforge.compiler.compile import Compilation, Compiled
    from storyforge.compiler.jobs import Planned
    from storyforge.reports.plan_diff import Comparison, Row
    from storyforge.reports.storyboard_diff import Revision


LARGEST = 4 * 1024 * 1024
"""Bytes of the largest storyboard that is read for git."""


@dataclass(frozen=True)
class Versions:
    """Two versions of a storyboard, compared."""

    then: Compiled | None
    """None where there was no storyboard."""
    now: Compiled
    comparison: Comparison
    revisions: tuple[Revision, ...]

    @property
    def same(self) -> bool:
        return bool(self.comparison.before) and not self.revisions and self.comparison.unchanged


@click.command()
@click.argument("given", nargs=-1, required=True, metavar="FILE [REV|OTHER]")
@PROVIDER
@click.option("--git", "called", is_flag=True, help="Take the arguments with which git calls an external diff.")
@formats("text", "json")
@speaking
def diff(given: tuple[str, ...], provider: str | None, called: bool, form: str, color: str, quiet: bool) -> int:
    """Say what changed in a storyboard, in shots, and its cost.

    Before is what the file held at REV, a commit, branch or tag (HEAD, if nothing is named), or another storyboard.
    """
    from storyforge.model.diagnostics import as_json
    from storyforge.model.errors import UsageError

    if called:
        click.echo(_for_git(given), nl=False)
        return 0
    if len(given) > 2:
        raise UsageError("`diff` takes a storyboard and one thing to compare it with", "leave out the rest")
    file, before = Path(given[0]), given[1] if len(given) == 2 else "HEAD"
    voice = Console(color, quiet)
    with _earlier(file, before) as path:
        now, then = _read(file, provider), _read(path, provider) if path else None
        new, old = _whole(now), _whole(then) if then else None
        versions = _compared(old, new) if new and (old or not then) else None
        if form == "json":
            told = _document(versions) if versions else {"lines": _lines(path, file)}
            found = [as_json(one) for one in now.diagnostics]
            print_json({"storyforge": 1, "file": file.as_posix(), "since": before, **told, "diagnostics": found})
            return int(now.broken)
        show_diagnostics([found for found in now.diagnostics if found.severity == "error"], now, voice)
        if versions is None:
            click.echo(_line_diff(file.name, path, file), nl=False)
        elif versions.same:
            voice.say(f"nothing changed in {file.name} since {before}")
        else:
            since = f"since {before}" if path else f"new since {before}"
            click.echo("\n".join(_told(versions, f"{file.name}, {since}")))
    return int(now.broken)


@contextmanager
def _earlier(file: Path, before: str) -> Iterator[Path | None]:
    """Another storyboard, or what a file was at a revision; None where it was not there."""
    from storyforge.model.errors import UsageError
    from storyforge.reports.checkout import storyboard_at

    if os.path.isfile(before):
        yield Path(before)
        return
    if before.endswith((".yaml", ".yml")):
        raise UsageError(f"there is no file `{before}`", "name a storyboard, a commit, a branch or a tag")
    with storyboard_at(file, before) as path:
        yield path


def _read(file: Path, provider: str | None, texts: Mapping[str, str] | None = None) -> Compilation:
    from storyforge.cli.storyboard import open_storyboard

    return open_storyboard(file, provider, texts=texts)[0]


def _whole(compiled: Compilation) -> Compiled | None:
    """The storyboard, if it is all there; None where parts of it were refused."""
    from storyforge.compiler.compile import Uncompiled

    return None if isinstance(compiled, Uncompiled) or not compiled.loaded.is_whole else compiled


def _compared(then: Compiled | None, now: Compiled) -> Versions:
    from storyforge.model.storyboard import Storyboard
    from storyforge.reports.plan_diff import compare_plans
    from storyforge.reports.storyboard_diff import locate_changes, revisions

    old = then.storyboard if then else Storyboard(storyforge=1, title=now.storyboard.title)
    found = revisions(old, now.storyboard, _token_of(then or now), _token_of(now))
    return Versions(then, now, compare_plans(then, now), locate_changes(found, (then or now).source, now.source))


def _token_of(compiled: Compiled) -> Callable[[str], str]:
    return lambda source: compiled.pictures.picture(source).token


def _told(versions: Versions, head: str) -> Iterator[str]:
    """What changed, line by line: the film, then its clips, then what that costs."""
    from storyforge.model.printable import escape_text
    from storyforge.reports.plan_text import price_sources

    now, then, comparison = versions.now, versions.then, versions.comparison
    sizes = [_size(board) for board in (then, now) if board]
    yield escape_text(f"{head}: {' → '.join(dict.fromkeys(sizes))}")
    yield from (f"  {escape_text(str(one))}" for one in versions.revisions)
    rows = [row for row in comparison.rows if row.fate != "kept"]
    if not now.planned and not rows:
        return
    width = max((len(row.clip.id) for row in rows), default=0)
    for row in rows:
        sides = (row.before, (row.now,) if row.now else ())
        costs = " → ".join(dict.fromkeys(_cost(side) for side in sides if side))
        line = f"{row.fate:<9}  clip {row.clip.id:<{width}}  {row.clip.seconds:>2} s  {costs}{_besides(row)}"
        yield f"  {escape_text(line)}"
    yield f"  {_sums(comparison)}"
    yield from (f"  {note}" for note in price_sources(one.clip.provider for one in comparison.ordered))


def _besides(row: Row) -> str:
    """What a clip holds where its name does not say it, and why it is rendered anew where no shot of it changed."""
    shots = list(dict.fromkeys(shot.id for shot in row.clip.shots))
    held = f", of {', '.join(shots)}" if shots != [row.clip.id] else ""
    why = f"; {row.now.why}" if row.now and not row.now.changes and row.fate != "new" else ""
    return held + why


def _size(compiled: Compiled) -> str:
    whole = compiled.storyboard
    if whole.shots is None:
        return f"{len(whole.cast)} of the cast, {len(whole.scenes)} scene{'s' * (len(whole.scenes) != 1)}"
    shots = len(whole.shots or ())
    return f"{shots} shot{'s' * (shots != 1)}, {compiled.timeline.seconds:g} s"


def _cost(planned: Sequence[Planned]) -> str:
    from storyforge.reports.plan_diff_text import cost

    return cost(planned)


def _sums(comparison: Comparison) -> str:
    """What the change costs."""
    ordered = comparison.ordered
    if not ordered:
        return "nothing to render"
    seconds = sum(one.clip.seconds for one in ordered)
    return f"to render: {_cost(ordered)} for {len(ordered)} clip{'s' * (len(ordered) > 1)}, {seconds} s"


def _document(versions: Versions) -> dict[str, Any]:
    now, then, comparison = versions.now, versions.then, versions.comparison
    return {
        "title": now.storyboard.title,
        "provider": now.provider.name,
        "revisions": [_revision(one) for one in versions.revisions],
        "clips": [
            {
                "id": row.clip.id,
                "fate": row.fate,
                "shots": list(dict.fromkeys(shot.id for shot in row.clip.shots)),
                "before": [_priced(one) for one in row.before],
                "now": row.now and {**_priced(row.now), "paid": not row.unpaid},
            }
            for row in comparison.rows
            if row.fate != "kept"
        ],
        "film": {
            "before": then and {"shots": len(then.storyboard.shots or ()), "seconds": then.timeline.seconds},
            "shots": len(now.storyboard.shots or ()),
            "seconds": now.timeline.seconds,
        },
        "total": {
            "clips": len(comparison.ordered),
            "seconds_billed": sum(one.clip.seconds for one in comparison.ordered),
            "usd": _usd(comparison.ordered),
        },
    }


def _priced(one: Planned) -> dict[str, Any]:
    return {"id": one.clip.id, "seconds_billed": one.clip.seconds, "usd": one.usd, "fingerprint": one.job.fingerprint}


def _usd(planned: Sequence[Planned]) -> float | None:
    from storyforge.compiler.jobs import total_usd

    return total_usd(planned)


def _revision(one: Revision) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "of": one.whose,
        "id": one.id,
        "field": one.field,
        "before": one.before,
        "after": one.after,
        "told": one.told,
        "shots": list(one.shots),
        "file": one.place.file if one.place else None,
        "line": one.place.line if one.place else None,
        "past": one.past,
    }


def _for_git(given: Sequence[str]) -> str:
    """What git shows of a storyboard: two versions of this one file, both with the other files as they are now."""
    from storyforge.model.printable import escape_text

    path, *rest = given
    if len(rest) < 6:
        return f"{escape_text(path)}: not merged yet\n"
    old, new, name = Path(rest[0]), Path(rest[3]), rest[6] if len(rest) > 6 else path
    try:
        return _versions_told(Path(name), old, new)
    except Exception:  # where a driver fails, git shows nothing of the other files either
        return _line_diff(name, old, new)


def _versions_told(file: Path, old: Path, new: Path) -> str:
    sides: list[Compiled | None] = []
    for content in (old, new):
        if os.fspath(content) == os.devnull:
            sides.append(None)
            continue
        if content.stat().st_size > LARGEST:
            return _line_diff(file.as_posix(), old, new)
        texts = {os.path.realpath(file): content.read_bytes().decode()}
        board = _whole(_read(file, None, texts))
        if board is None:
            return _line_diff(file.as_posix(), old, new)
        sides.append(board)
    then, now = sides
    if now is None:
        return f"{file.as_posix()}: no longer there, with its {_size(then)}\n" if then else ""
    versions = _compared(then, now)
    if versions.same:
        return f"{file.as_posix()}: nothing of the film changed\n"
    head = file.as_posix() if then else f"{file.as_posix()}, new"
    return "".join(f"{line}\n" for line in _told(versions, head))


def _line_diff(name: str, old: Path | None, new: Path) -> str:
    """The lines that differ, where a version is no storyboard."""
    from storyforge.model.printable import escape_text

    head = f"{escape_text(name)}: no whole storyboard before or now, so its lines are compared"
    return "\n".join([head, *_lines(old, new), ""])


def _lines(old: Path | None, new: Path) -> list[str]:
    from storyforge.model.printable import escape_text
    from storyforge.system.git import line_diff

    told = line_diff(old or Path(os.devnull), new)
    return ["\t".join(map(escape_text, line.split("\t"))) for line in told.splitlines()]
