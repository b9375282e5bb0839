"""Renders a plan from its confirmation to the delivered film; the command `render` and the Python API call this."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from storyforge.compiler.compile import Compiled
from storyforge.compiler.jobs import Planned
from storyforge.compiler.timeline import Timeline
from storyforge.film.assembly import make_assembly
from storyforge.film.qc.inspect import inspect_alone, inspect_film, read_thresholds
from storyforge.film.signing import find_signer
from storyforge.model.diagnostics import Diagnostic
from storyforge.model.errors import StoryForgeError, UsageError
from storyforge.planning.film_plan import FilmPlan, plan_film, select_takes, with_live_prices, with_new_names
from storyforge.planning.home import find_spared
from storyforge.planning.lock_update import hold_unchanged, keep_lock
from storyforge.planning.outputs import place_film
from storyforge.rendering.hosts import with_retries
from storyforge.rendering.run import Extent, Outcome
from storyforge.rendering.session import Callbacks, RunOptions, perform_render, prepare_run
from storyforge.rendering.sidecars import deliver_film, deliver_patched, draw_sheet, write_stems, write_subtitles

if TYPE_CHECKING:
    from storyforge.film.signing import Signer
    from storyforge.planning.orders import Orders
    from storyforge.system.lock import Block


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderOptions(RunOptions):
    """What a render is asked for."""

    out: Path | None = None
    """Where the film goes; None names it after the storyboard, in the same folder."""
    only: tuple[str, ...] = ()
    """Shots whose clips alone are rendered; then no film is stitched while others are missing."""
    patched: bool = False
    """Whether a film is stitched although clips failed, with a slate in the place of each."""
    locked: bool = False
    """Whether it fails where anything would be rendered, and leaves the lock as it is."""
    sheet: bool = False
    """Whether a contact sheet is drawn, as NAME.sheet.jpg."""
    subtitles: tuple[Literal["srt", "vtt", "ass"], ...] = ()
    """Forms in which the dialogue is written, as NAME.srt."""
    stems: bool = False
    """Whether the parts of the film's sound are written, as WAV in the folder NAME.stems."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """How a render ended."""

    plan: FilmPlan
    """What was rendered, as it was planned when the store was held."""
    outcome: Outcome | None
    """Takes, failures and notes; None where the film was finished already."""
    timeline: Timeline
    """The film as it plays; as the storyboard has it, where it could not be stitched."""
    film: Path | None
    """Where the film is; None where it could not be stitched."""
    moved: bool
    """Whether it was put there by this run; False if it was there already."""
    findings: tuple[Diagnostic, ...]
    """What the inspection of the film, or of takes that are not in it, found."""
    spared: Mapping[str, Block] = field(default_factory=dict)
    """What the lock names for clips of which this run brought another take: one of the film's own host, or a paid one.
    By clip."""
    sidecars: tuple[Path, ...] = ()
    """Contact sheet, subtitles and stems that were asked for."""


def render_plan(film_plan: FilmPlan, options: RenderOptions, callbacks: Callbacks) -> Rendered:
    """Renders what is missing of a plan, stitches the film, delivers it with its sidecars and inspects it.

    What costs money is confirmed first, by `callbacks.confirm`. Clips that fail are in the outcome. Raises UsageError
    where options or settings are wrong, `out` names what the film is made from or what is no film, or the storyboard
    was changed meanwhile, StoryForgeError where `locked` forbids the render, BudgetError, CredentialsError, and
    MediaError where the film or a sidecar cannot be made.
    """
    compiled = film_plan.compiled
    shots = {shot.id for one in film_plan.planned for shot in one.clip.shots}
    if unknown := [name for name in options.only if name not in shots]:
        raise UsageError(f"`{unknown[0]}` is no shot of {compiled.path.name}", "name shots by their ids")
    _place_files(film_plan, options)
    film_plan, needed = _select(film_plan, options)
    if options.locked and needed:
        names = ", ".join(f"`{one.clip.id}`" for one in needed)
        raise StoryForgeError(
            f"`--locked`, and {len(needed)} clip{'s have' if len(needed) > 1 else ' has'} no take here: {names}",
            "`storyforge plan` says why; `storyforge pull` brings takes that others rendered",
        )
    signer = None if film_plan.draft else find_signer(compiled.project)
    approval = prepare_run(film_plan, needed, options, callbacks)
    with hold_unchanged(compiled) as orders:
        # Planned again, now that nobody else writes: while a person was asked, another run may have rendered some of
        # it.
        again = plan_film(compiled, collecting=not options.locked, draft=film_plan.draft, orders=orders)
        again = with_live_prices(with_new_names(again), film_plan.live_prices)
        film_plan, needed = _select(again, options)
        outcome: Outcome | None = None
        finished: Path | None
        if film_plan.state == "cached" and film_plan.key and not needed:
            finished = compiled.project.store.path("films", f"{film_plan.key}.mp4")
            if not options.locked:
                keep_lock(film_plan, orders, trial=bool(options.only))
        else:
            extent = Extent(options.only, patched=options.patched, locked=options.locked)
            outcome = perform_render(film_plan, needed, approval, orders, callbacks, extent)
            finished = outcome.film
        delivered = _deliver(film_plan, outcome, finished, signer, options, orders, callbacks)
        spared = find_spared(film_plan, outcome.takes) if outcome else {}
        return replace(delivered, findings=inspect_plan(film_plan, outcome, finished), spared=spared)


def _select(film_plan: FilmPlan, options: RenderOptions) -> tuple[FilmPlan, tuple[Planned, ...]]:
    """The plan as the options change it, and what is to be rendered of it."""
    film_plan = replace(film_plan, further=()) if options.locked else film_plan
    film_plan = with_retries(film_plan) if options.retry else film_plan
    return film_plan, select_takes(film_plan, options.only)


def film_path(compiled: Compiled, draft: bool) -> Path:
    """Where the film of a storyboard goes where nothing else was said."""
    name = compiled.path.name.removesuffix(".yaml").removesuffix(".story")
    return compiled.path.with_name(f"{name}.draft.mp4" if draft else f"{name}.mp4")


def _place_files(film_plan: FilmPlan, options: RenderOptions) -> tuple[Path, Callable[[str], Path]]:
    """Where the film goes, and the path of a file next to it, by its ending. UsageError as of `place_film`."""
    compiled = film_plan.compiled
    target = options.out or film_path(compiled, film_plan.draft)
    # What is next to a draft is called after the film itself.
    called = options.out.stem if options.out else film_path(compiled, draft=False).stem

    def name_beside(ending: str) -> Path:
        return target.with_name(f"{called}.{ending}")

    beside = [
        *([name_beside("sheet.jpg")] if options.sheet else []),
        *(target.with_suffix(f".{form}") for form in options.subtitles),
        *([name_beside("stems")] if options.stems else []),
    ]
    place_film(target, compiled, beside, own=options.out is None)
    return target, name_beside


def _deliver(
    film_plan: FilmPlan,
    outcome: Outcome | None,
    finished: Path | None,
    signer: Signer | None,
    options: RenderOptions,
    orders: Orders,
    callbacks: Callbacks,
) -> Rendered:
    compiled, note = film_plan.compiled, callbacks.note
    if finished is None:
        return Rendered(film_plan, outcome, compiled.timeline, None, False, ())
    target, beside = _place_files(film_plan, options)
    reel = make_assembly(film_plan).timeline()
    if outcome and outcome.failures:
        moved = deliver_patched(finished, target, compiled.project.store)
    else:
        moved = deliver_film(compiled, reel, finished, signer, target, orders, note)
    sidecars: list[Path] = []
    if options.sheet:
        sidecars.append(draw_sheet(compiled, reel, finished, beside("sheet.jpg"), note))
    if options.subtitles:
        sidecars += write_subtitles(compiled, reel, options.subtitles, target, note)
    if options.stems:
        sidecars += write_stems(film_plan, outcome, beside("stems"), note)
    return Rendered(film_plan, outcome, reel, target, moved, (), sidecars=tuple(sidecars))


def inspect_plan(film_plan: FilmPlan, outcome: Outcome | None, film: Path | None) -> tuple[Diagnostic, ...]:
    """Findings about the finished film of a plan, and about takes that came and are not in it. Raises MediaError."""
    store, limits = film_plan.project.store, read_thresholds(film_plan.project.settings)
    whole = film is not None and store.film(film.stem) is not None
    came = {path.stem for path in outcome.takes.values()} if outcome else set()
    apart: Sequence[Planned] = (*(() if whole else film_plan.planned), *film_plan.further)
    rendered = [(one, store.find_take(one.job.fingerprint)) for one in apart]
    alone = [(one, take) for one, take in rendered if take in came]
    found = inspect_film(film_plan, film, limits) if film is not None and whole else []
    return (*found, *inspect_alone(film_plan, alone, limits))
