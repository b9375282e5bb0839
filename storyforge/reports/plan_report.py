"""A plan, or a comparison of two, in the form that was asked for: text, JSON, a comment, or annotations of GitHub."""

from __future__ import annotations

from typing import TYPE_CHECKING

from storyforge.model.printable import format_json, join_lines
from storyforge.planning.film_plan import plan_repacked
from storyforge.planning.open import open_storyboard
from storyforge.reports.plan_diff import Comparison, compare_plans
from storyforge.reports.plan_diff_text import (
    Base,
    comparison_annotations,
    comparison_comment,
    comparison_document,
    comparison_text,
    fork_point,
    plan_annotations,
    plan_comment,
)
from storyforge.reports.plan_text import (
    Blames,
    packing_document,
    packing_notes,
    plan_document,
    plan_text,
    price_notes,
    wording_notes,
)

if TYPE_CHECKING:
    from storyforge.compiler.compile import Compilation
    from storyforge.model.printable import format_json, join_lines
from storyforge.planning.film_plan import FilmPlan


def plan_report(film_plan: FilmPlan, form: str, blames: Blames | None = None) -> str:
    """A plan as `text`, `json`, `markdown` or `github`, ending with a line end; it says where another packing would be
    cheaper. `blames` say who last changed each line."""
    compiled = film_plan.compilation
    cheaper = plan_repacked(compiled)
    packing = [*packing_notes(film_plan, cheaper), *wording_notes(film_plan)]
    match form:
        case "json":
            return format_json(plan_document(film_plan, compiled, blames) | packing_document(cheaper))
        case "markdown":
            return plan_comment(film_plan, compiled, blames or {}, packing)
        case "github":
            return plan_annotations(film_plan, compiled, packing) + "\n"
    notes = join_lines([*packing, *price_notes(film_plan.waiting, compiled), ""])
    return f"{plan_text(film_plan, blames)}\n{notes}"


def compare_with_base(compiled: Compilation, rev: str, provider: str | None) -> tuple[Comparison, Base]:
    """What became of a storyboard since a revision and HEAD parted, by the lock and dated prices alone. UsageError
    outside of git, and where the two share no history."""
    with fork_point(compiled.path, rev) as (base, path):
        # With the environment of now: `.env` is not in git, and both sides are to be compiled for the host it names.
        before = open_storyboard(path, provider, compiled.project.settings.environment) if path else None
        return compare_plans(before, compiled), base


def comparison_report(comparison: Comparison, base: Base, form: str, blames: Blames) -> str:
    """A comparison as `text`, `json`, `markdown` or `github`, ending with a line end."""
    match form:
        case "json":
            return format_json(comparison_document(comparison, base, blames))
        case "markdown":
            return comparison_comment(comparison, base, blames)
        case "github":
            return comparison_annotations(comparison, base) + "\n"
    return comparison_text(comparison, base, blames) + "\n"
