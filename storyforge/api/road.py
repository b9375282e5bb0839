"""The road from a storyboard to a film, a function a step.

load      language/    text -> Storyboard, the place of each part, findings
check     compiler/    -> every finding, located
compile   compiler/    + provider -> clips, prompts, jobs
plan      planning/    + takes -> what would be rendered, why, for how much
render    rendering/   -> takes, the film (film/), its sidecars

Besides: `takes` lists what there is, `choose` says which a clip plays, `diff` compares with an earlier version, and
`schema` describes the language.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from storyforge.compiler.compile import Compiled, Uncompiled, compile_file
from storyforge.language.json_schema import storyboard_schema
from storyforge.language.load import load_storyboard
from storyforge.language.source_map import Source
from storyforge.model.diagnostics import Diagnostic
from storyforge.model.errors import StoryboardError, StoryForgeError
from storyforge.model.progress import Progress, Silent
from storyforge.model.storyboard import Storyboard
from storyforge.planning.choices import Choice, read_takes, use_take
from storyforge.planning.film_plan import FilmPlan, plan_film
from storyforge.planning.open import open_storyboard
from storyforge.planning.saved_plan import hold_to, read_plan
from storyforge.planning.takes import UNDECIDED, Take
from storyforge.rendering.budget import Bill
from storyforge.rendering.live_prices import ask_prices
from storyforge.rendering.render import Rendered, RenderOptions, render_plan
from storyforge.rendering.session import Callbacks, ignore, refuse
from storyforge.reports.notebook import Findings
from storyforge.reports.versions import Versions, compare_versions, earlier_version, find_whole


def load(path: str | os.PathLike[str]) -> tuple[Storyboard | None, Source, list[Diagnostic]]:
    """Reads a storyboard file and the files it uses."""
    return load_storyboard(path)


def check(path: str | os.PathLike[str], provider: str | None = None) -> Findings:
    """Every finding about a storyboard, located, in file order."""
    compiled = compile_file(Path(path), provider)
    return Findings(compiled.diagnostics, compiled.source)


def compile(path: str | os.PathLike[str], provider: str | None = None, *, repack: bool = False) -> Compiled:
    """Compiles a storyboard for a provider: clips, prompts, exact requests, findings. No network, no clock.

    Raises StoryForgeError if the file holds no storyboard; `check` gives the findings about it.
    """
    compiled = compile_file(Path(path), provider, repack=repack)
    if isinstance(compiled, Uncompiled):
        fault = next(found for found in compiled.diagnostics if found.severity == "error")
        raise StoryForgeError(f"{compiled.path.name} holds no storyboard: {fault.message}", fault.hint)
    return compiled


def plan(compiled: Compiled, *, draft: bool = False) -> FilmPlan:
    """What a render would do, why, and for how much; reads the store, changes nothing. A draft is the film in small."""
    return plan_film(compiled, draft=draft)


def takes(compiled: Compiled, clip: str | None = None) -> dict[str, tuple[Take, ...]]:
    """The takes of a film's clips, or of one, by the clip's id: those of the words as they stand now come first.

    Raises UsageError for a name that no clip has.
    """
    return {one.planned.clip.id: one.takes for one in read_takes(compiled, clip)}


def choose(path: str | os.PathLike[str], clip: str, take: str | int | Take, *, provider: str | None = None) -> Choice:
    """Writes into the lock that a clip plays a take: its number, how its id begins, or one that `takes` returned.
    Nothing is rendered; what is returned says what the choice changes.

    Raises UsageError for a take that the clip has not or cannot play, StoryboardError for a storyboard with errors.
    """
    compiled = open_storyboard(Path(path), provider)
    if any(found.severity == "error" and found.name != UNDECIDED for found in compiled.diagnostics):
        raise StoryboardError(compiled.diagnostics)
    named = take.sha256 if isinstance(take, Take) else str(take)
    return use_take(compiled, clip, named, lambda: open_storyboard(Path(path), provider))


def diff(
    path: str | os.PathLike[str], before: str | os.PathLike[str] = "HEAD", provider: str | None = None
) -> Versions:
    """What changed in a storyboard since `before`, a commit, branch or tag of its repository, or another storyboard.

    Raises UsageError outside of git and for a name that it does not know, StoryboardError where parts of a version were
    refused.
    """
    with earlier_version(Path(path), os.fspath(before)) as earlier:
        opened = [open_storyboard(file, provider) if file else None for file in (earlier, Path(path))]
        whole = [find_whole(one) if one else None for one in opened]
        for one, found in zip(opened, whole, strict=True):
            if one and not found:
                raise StoryboardError(one.diagnostics)
        then, now = whole
        # Only an earlier version may lack the file: this one was opened, or its errors were raised.
        assert now is not None
        return compare_versions(then, now)


def schema() -> dict[str, Any]:
    """The JSON Schema of the storyboard language, in JSON Schema 2020-12."""
    return storyboard_schema()


def render(
    plan_or_path: FilmPlan | str | os.PathLike[str],
    *,
    out: str | os.PathLike[str] | None = None,
    confirm: Callable[[Bill], bool] = refuse,
    progress: Progress | None = None,
    note: Callable[[str], None] = ignore,
    options: RenderOptions | None = None,
) -> Rendered:
    """Renders what is missing, stitches the film and delivers it to `out`, or next to the storyboard. Prints nothing.

    Given is a plan, the path of a storyboard, or that of a plan that `storyforge plan --out` saved; more than was
    planned is never rendered. `confirm` is asked once before anything that costs money is ordered; without it, only
    what is free is rendered. `progress` gets the events of steps, `note` what a person should know at once.

    A clip that fails is in the outcome of what is returned. Raises StoryboardError for a storyboard with errors,
    BudgetError where a limit or `confirm` forbids the cost, CredentialsError where a key is missing, and other
    StoryForgeErrors for what goes wrong outside. Must not be called where an event loop runs; there,
    `render_async` is awaited.
    """
    return render_with(plan_or_path, out, options, Callbacks(confirm=confirm, progress=progress or Silent(), note=note))


def render_with(
    plan_or_path: FilmPlan | str | os.PathLike[str],
    out: str | os.PathLike[str] | None,
    options: RenderOptions | None,
    callbacks: Callbacks,
) -> Rendered:
    """As `render`, with the callbacks of a run."""
    options = options or RenderOptions()
    film = _open_plan(plan_or_path, options, callbacks.note)
    # Also of a plan that was made by a caller, who need not have looked at its findings.
    if film.compilation.broken:
        raise StoryboardError(film.compilation.diagnostics)
    options = replace(options, out=Path(out)) if out is not None else options
    return render_plan(film, options, callbacks)


def _open_plan(
    given: FilmPlan | str | os.PathLike[str], options: RenderOptions, note: Callable[[str], None]
) -> FilmPlan:
    """A plan to render, under the settings as they are now."""
    if isinstance(given, FilmPlan):
        compiled = given.compiled
        loaded = replace(compiled.loaded, project=replace(compiled.project))  # a key may have been set since
        return replace(given, compilation=replace(compiled, loaded=loaded))
    path = Path(given)
    saved = read_plan(path) if path.suffix == ".json" else None
    if saved:
        opened = open_storyboard(saved.storyboard, saved.provider, repack=saved.repack, reword=saved.reword)
    else:
        opened = open_storyboard(path, None)
    film_plan = plan_film(opened, collecting=not options.locked)
    if saved is None:
        return film_plan
    asked = ask_prices(film_plan, note) if saved.live_prices else film_plan
    # The saved plan is only a bound: what is rendered is the film as it is now, at prices as they are now.
    return hold_to(saved, asked, film_plan.compiled)
