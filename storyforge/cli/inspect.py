"""What inspection finds, told at the end of a command that renders."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from storyforge.cli.options import Console, exit_code, show_diagnostics

if TYPE_CHECKING:
    from storyforge.compiler.compile import Compiled
    from storyforge.model.diagnostics import Diagnostic
    from storyforge.planning.film_plan import FilmPlan
    from storyforge.rendering.run import Outcome
    from storyforge.system.settings import Settings
    from storyforge.system.store import Store


def inspect_plan(
    compiled: Compiled,
    film_plan: FilmPlan,
    outcome: Outcome | None,
    film: Path | None,
    store: Store,
    settings: Settings,
) -> tuple[Diagnostic, ...]:
    """Findings about the finished film of a plan, and about takes that came and are not in it."""
    from storyforge.film.qc.inspect import inspect_alone, inspect_film, read_thresholds

    limits = read_thresholds(settings)
    whole = film is not None and store.film(film.stem) is not None
    came = {path.stem for path in outcome.takes.values()} if outcome else set()
    rendered = [
        (one, store.take_of(one.job.fingerprint)) for one in (*(() if whole else film_plan.planned), *film_plan.further)
    ]
    alone = [(one, take) for one, take in rendered if take in came]
    found = inspect_film(compiled, film_plan, film, limits, store) if film is not None and whole else []
    return (*found, *inspect_alone(compiled, film_plan, alone, limits, store))


def show_inspection(found: Sequence[Diagnostic], compiled: Compiled, console: Console, strict: bool) -> int:
    """Says what was found, under `--quiet` only what makes the command fail; gives the exit code for it."""
    code = exit_code(tuple(found), strict)
    show_diagnostics([one for one in found if not console.quiet or exit_code((one,), strict)], compiled, console)
    return code
