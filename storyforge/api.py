"""The road from a storyboard to a film, a function a step; the command line calls the same.

load      language/    text -> Storyboard, the place of each part, findings
check     compiler/    -> every finding, located
compile   compiler/    + provider -> clips, prompts, jobs
plan      planning/    + takes -> what would be rendered, why, for how much
render    rendering/   -> takes, the film (film/), its sidecars
"""

from __future__ import annotations

import os
from pathlib import Path

from storyforge.compiler.compile import Compiled, Uncompiled, compile_file
from storyforge.language.load import load_storyboard
from storyforge.language.source_map import Source
from storyforge.model.diagnostics import Diagnostic
from storyforge.model.errors import StoryForgeError
from storyforge.model.storyboard import Storyboard
from storyforge.planning.film_plan import FilmPlan, plan_film

__all__ = ["Compiled", "Diagnostic", "FilmPlan", "StoryForgeError", "Storyboard", "check", "compile", "load", "plan"]


def load(path: str | os.PathLike[str]) -> tuple[Storyboard | None, Source, list[Diagnostic]]:
    """Reads a storyboard file and the files it uses."""
    return load_storyboard(path)


def check(path: str | os.PathLike[str], provider: str | None = None) -> tuple[Diagnostic, ...]:
    """Every finding about a storyboard, located, in file order."""
    return compile_file(Path(path), provider).diagnostics


def compile(path: str | os.PathLike[str], provider: str | None = None, *, repack: bool = False) -> Compiled:
    """Compiles a storyboard for a provider: clips, prompts, exact requests, findings. No network, no clock.

    Raises StoryForgeError if the file holds no storyboard; `check` gives the findings about it.
    """
    compiled = compile_file(Path(path), provider, repack=repack)
    if isinstance(compiled, Uncompiled):
        fault = next(found for found in compiled.diagnostics if found.severity == "error")
        raise StoryForgeError(f"{compiled.path.name} holds no storyboard: {fault.message}", fault.hint)
    return compiled


def plan(compiled: Compiled) -> FilmPlan:
    """What a render would do, why, and for how much; reads the store, changes nothing."""
    return plan_film(compiled)
