"""All that a Python caller may use; the command line uses nothing else of what renders.

The road from a storyboard to a film comes first, a function a step (`road.py`), and what it takes and returns. Then
what else the commands do: choosing among takes, sharing, saved plans, garbage, fixes. Each name is imported when it is
first used, from the module that holds it and documents it. What is stable is named by `storyforge.__all__`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

# The same names as in `NAMES`: type checkers see imports alone, and to run them all loads most of the program.
if TYPE_CHECKING:
    from storyforge.api.background import render_async as render_async
    from storyforge.api.road import check as check
    from storyforge.api.road import choose as choose
    from storyforge.api.road import compile as compile
    from storyforge.api.road import diff as diff
    from storyforge.api.road import load as load
    from storyforge.api.road import plan as plan
    from storyforge.api.road import render as render
    from storyforge.api.road import schema as schema
    from storyforge.api.road import takes as takes
    from storyforge.compiler.compile import Compilation as Compilation
    from storyforge.compiler.compile import Compiled as Compiled
    from storyforge.compiler.compile import Uncompiled as Uncompiled
    from storyforge.language.autofix import write_fixes as write_fixes
    from storyforge.language.format.files import Formatted as Formatted
    from storyforge.language.format.files import format_file as format_file
    from storyforge.language.json_schema import schema_text as schema_text
    from storyforge.language.json_schema import write_project_schema as write_project_schema
    from storyforge.language.json_schema import write_schema as write_schema
    from storyforge.language.rename import Kind as Kind
    from storyforge.language.rename import Renamed as Renamed
    from storyforge.language.rename import rename_in_project as rename_in_project
    from storyforge.language.source_map import Source as Source
    from storyforge.model.diagnostics import Diagnostic as Diagnostic
    from storyforge.model.errors import BudgetError as BudgetError
    from storyforge.model.errors import CredentialsError as CredentialsError
    from storyforge.model.errors import MediaError as MediaError
    from storyforge.model.errors import StoryboardError as StoryboardError
    from storyforge.model.errors import StoryForgeError as StoryForgeError
    from storyforge.model.errors import UsageError as UsageError
    from storyforge.model.progress import Progress as Progress
    from storyforge.model.progress import Work as Work
    from storyforge.model.storyboard import Storyboard as Storyboard
    from storyforge.planning.choices import Choice as Choice
    from storyforge.planning.choices import ClipTakes as ClipTakes
    from storyforge.planning.choices import accept_takes as accept_takes
    from storyforge.planning.choices import check_sound as check_sound
    from storyforge.planning.choices import read_takes as read_takes
    from storyforge.planning.choices import use_take as use_take
    from storyforge.planning.choices import withdraw_takes as withdraw_takes
    from storyforge.planning.film_plan import FilmPlan as FilmPlan
    from storyforge.planning.film_plan import plan_film as plan_film
    from storyforge.planning.open import open_storyboard as open_storyboard
    from storyforge.planning.plan_cache import Memory as Memory
    from storyforge.planning.plan_cache import Printed as Printed
    from storyforge.planning.saved_plan import Saved as Saved
    from storyforge.planning.saved_plan import hold_to as hold_to
    from storyforge.planning.saved_plan import read_plan as read_plan
    from storyforge.planning.saved_plan import write_plan as write_plan
    from storyforge.planning.takes import UNDECIDED as UNDECIDED
    from storyforge.planning.takes import Take as Take
    from storyforge.rendering.budget import Bill as Bill
    from storyforge.rendering.gc import Collected as Collected
    from storyforge.rendering.gc import Rest as Rest
    from storyforge.rendering.gc import collect_garbage as collect_garbage
    from storyforge.rendering.live_prices import ask_prices as ask_prices
    from storyforge.rendering.preview import draw_small as draw_small
    from storyforge.rendering.preview import watch_sources as watch_sources
    from storyforge.rendering.remote import Tally as Tally
    from storyforge.rendering.render import Rendered as Rendered
    from storyforge.rendering.render import RenderOptions as RenderOptions
    from storyforge.rendering.render import render_plan as render_plan
    from storyforge.rendering.resolve import give_up_order as give_up_order
    from storyforge.rendering.resolve import resolve_order as resolve_order
    from storyforge.rendering.retake import Retaken as Retaken
    from storyforge.rendering.retake import retake_clip as retake_clip
    from storyforge.rendering.run import Outcome as Outcome
    from storyforge.rendering.session import Callbacks as Callbacks
    from storyforge.rendering.session import RunOptions as RunOptions
    from storyforge.rendering.share_jobs import pull_takes as pull_takes
    from storyforge.rendering.share_jobs import push_takes as push_takes
    from storyforge.reports.versions import Versions as Versions
    from storyforge.starter.project import Started as Started
    from storyforge.starter.project import start_project as start_project
    from storyforge.system.files import write_texts as write_texts
    from storyforge.system.project import find_trust as find_trust
    from storyforge.system.trust import Allowed as Allowed
    from storyforge.system.trust import Trust as Trust
    from storyforge.system.trust import list_allowed as list_allowed

NAMES = {
    "storyforge.api.background": ("render_async",),
    "storyforge.api.road": ("check", "choose", "compile", "diff", "load", "plan", "render", "schema", "takes"),
    "storyforge.compiler.compile": ("Compilation", "Compiled", "Uncompiled"),
    "storyforge.language.autofix": ("write_fixes",),
    "storyforge.language.format.files": ("Formatted", "format_file"),
    "storyforge.language.json_schema": ("schema_text", "write_project_schema", "write_schema"),
    "storyforge.language.rename": ("Kind", "Renamed", "rename_in_project"),
    "storyforge.language.source_map": ("Source",),
    "storyforge.model.diagnostics": ("Diagnostic",),
    "storyforge.model.errors": (
        "BudgetError",
        "CredentialsError",
        "MediaError",
        "StoryForgeError",
        "StoryboardError",
        "UsageError",
    ),
    "storyforge.model.progress": ("Progress", "Work"),
    "storyforge.model.storyboard": ("Storyboard",),
    "storyforge.planning.choices": (
        "Choice",
        "ClipTakes",
        "accept_takes",
        "check_sound",
        "read_takes",
        "use_take",
        "withdraw_takes",
    ),
    "storyforge.planning.film_plan": ("FilmPlan", "plan_film"),
    "storyforge.planning.open": ("open_storyboard",),
    "storyforge.planning.plan_cache": ("Memory", "Printed"),
    "storyforge.planning.saved_plan": ("Saved", "hold_to", "read_plan", "write_plan"),
    "storyforge.planning.takes": ("UNDECIDED", "Take"),
    "storyforge.rendering.budget": ("Bill",),
    "storyforge.rendering.gc": ("Collected", "Rest", "collect_garbage"),
    "storyforge.rendering.live_prices": ("ask_prices",),
    "storyforge.rendering.preview": ("draw_small", "watch_sources"),
    "storyforge.rendering.remote": ("Tally",),
    "storyforge.rendering.render": ("RenderOptions", "Rendered", "render_plan"),
    "storyforge.rendering.resolve": ("give_up_order", "resolve_order"),
    "storyforge.rendering.retake": ("Retaken", "retake_clip"),
    "storyforge.rendering.run": ("Outcome",),
    "storyforge.rendering.session": ("Callbacks", "RunOptions"),
    "storyforge.rendering.share_jobs": ("pull_takes", "push_takes"),
    "storyforge.reports.versions": ("Versions",),
    "storyforge.starter.project": ("Started", "start_project"),
    "storyforge.system.files": ("write_texts",),
    "storyforge.system.project": ("find_trust",),
    "storyforge.system.trust": ("Allowed", "Trust", "list_allowed"),
}
"""What is public, by the module that holds it."""

HOMES = {name: module for module, names in NAMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name in HOMES:
        return getattr(import_module(HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *HOMES])
