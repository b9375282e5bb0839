"""Two versions of a storyboard compared: what its author changed, and what that does to clips and their cost."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from storyforge.compiler.compile import Compilation, Compiled, Uncompiled
from storyforge.model.errors import UsageError
from storyforge.model.storyboard import Storyboard
from storyforge.reports.checkout import storyboard_at
from storyforge.reports.plan_diff import Comparison, compare_plans
from storyforge.reports.storyboard_diff import Revision, locate_changes, revisions


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
        """Whether nothing of the film changed."""
        return bool(self.comparison.before) and not self.revisions and self.comparison.unchanged


def compare_versions(then: Compiled | None, now: Compiled) -> Versions:
    """What changed from one version of a storyboard to another; None is one that did not exist."""
    # Empty but for the title: that a new storyboard has one is no news.
    old = then.storyboard if then else Storyboard(storyforge=1, title=now.storyboard.title)
    found = revisions(old, now.storyboard, _get_token(then or now), _get_token(now))
    return Versions(then, now, compare_plans(then, now), locate_changes(found, (then or now).source, now.source))


def _get_token(compiled: Compiled) -> Callable[[str], str]:
    return lambda source: compiled.pictures.picture(source).token


def find_whole(compiled: Compilation) -> Compiled | None:
    """The storyboard, if it is all there; None where parts of it were refused."""
    return None if isinstance(compiled, Uncompiled) or not compiled.loaded.is_whole else compiled


@contextmanager
def earlier_version(file: Path, before: str) -> Iterator[Path | None]:
    """Another storyboard, or what a file was at a revision; None where it was not there.
    UsageError for a name that is neither a file nor a revision, and outside of git."""
    if os.path.isfile(before):
        yield Path(before)
        return
    # Surely meant as a file: that git knows no such revision would send the reader the wrong way.
    if before.endswith((".yaml", ".yml")):
        raise UsageError(f"there is no file `{before}`", "name a storyboard, a commit, a branch or a tag")
    with storyboard_at(file, before) as path:
        yield path
