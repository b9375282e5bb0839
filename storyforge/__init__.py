"""StoryForge: a compiler from a storyboard to a film.

    import storyforge

    film = storyforge.compile("film.story.yaml", provider="runware")   # clips, prompts, requests, findings; pure
    plan = storyforge.plan(film)                                       # what would be rendered, why, for how much
    done = storyforge.render(plan, confirm=agree)                      # the film, if agree(bill) allows its cost

Everything here is imported when it is first used, so that `import storyforge` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from storyforge.version import __version__

if TYPE_CHECKING:
    from storyforge.api import (
        Bill,
        Choice,
        Compiled,
        Diagnostic,
        FilmPlan,
        Progress,
        Rendered,
        RenderOptions,
        Storyboard,
        StoryForgeError,
        Take,
        Versions,
        Work,
        check,
        choose,
        compile,
        diff,
        load,
        plan,
        render,
        render_async,
        schema,
        takes,
    )

__all__ = [
    "Bill",
    "Choice",
    "Compiled",
    "Diagnostic",
    "FilmPlan",
    "Progress",
    "RenderOptions",
    "Rendered",
    "StoryForgeError",
    "Storyboard",
    "Take",
    "Versions",
    "Work",
    "__version__",
    "check",
    "choose",
    "compile",
    "diff",
    "load",
    "plan",
    "render",
    "render_async",
    "schema",
    "takes",
]


def __getattr__(name: str) -> Any:
    if name in __all__:
        return getattr(import_module("storyforge.api"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
