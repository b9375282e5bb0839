"""Run a plan: every clip once, after what it needs; then each take conformed, and the pieces stitched to a film.

The work is a graph of steps (takes, pieces, the film). The loop that runs it only starts, waits and records; what a
step is was decided before. One coroutine, `Execute`, renders a job and is the whole seam to whatever renders.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

from storyforge.compiler.jobs import Planned
from storyforge.compiler.pictures import is_local
from storyforge.film.anchor import handoff_frame
from storyforge.film.assembly import make_assembly, make_mix
from storyforge.model.clip import LastFrame
from storyforge.model.errors import MediaError, StoryForgeError, explain_fault
from storyforge.model.progress import Progress, Work
from storyforge.planning.film_key import film_fields, film_key, film_names
from storyforge.planning.film_plan import FilmPlan, select_takes
from storyforge.planning.lock_update import keep_lock
from storyforge.planning.orders import share_orders
from storyforge.planning.reasons import list_chosen
from storyforge.providers import is_free
from storyforge.rendering.executor import Execute
from storyforge.rendering.schedule import run_graph
from storyforge.rendering.steps import FilmStep, PieceStep, Step, TakeStep, add_film, graph_takes, take_step
from storyforge.system.files import file_sha256, make_folder, make_scratch, remove_file

if TYPE_CHECKING:
    import networkx

    from storyforge.film.conform import Delivery, Piece
    from storyforge.planning.orders import Orders


@dataclass
class Outcome:
    """How a render ended."""

    film: Path | None = None
    """In the store; None where it could not be stitched."""
    takes: dict[str, Path] = field(default_factory=dict)
    """Takes that this run brought, by the fingerprints of their slates."""
    failures: dict[Step, StoryForgeError] = field(default_factory=dict)
    """What went wrong, by step; steps that depend on it are blocked."""
    blocked: list[str] = field(default_factory=list)
    """Names of what was not rendered because a clip that it continues failed."""
    notes: dict[str, None] = field(default_factory=dict)
    """Things to tell, each once."""


def today() -> str:
    """The date in UTC as YYYY-MM-DD, as slates record it."""
    return datetime.now(UTC).date().isoformat()


@dataclass(frozen=True, slots=True)
class Extent:
    """How much of a plan is rendered, and how much of it at a time."""

    only: Sequence[str] = ()
    """Shots: then no other clips are rendered than theirs and those that they continue. All if none is named."""
    takes: Sequence[Planned] | None = None
    """All that is rendered, and then there is no film; None renders what the film needs."""
    patched: bool = False
    """Whether a film is stitched although clips failed, with a slate in the place of each."""
    locked: bool = False
    """Whether the lock stays as it is."""
    at_once: int = 1
    """Steps at a time on this machine."""
    hosts_at_once: int = 1000
    """Steps at a time at the hosts, who have limits of their own."""


def _nothing(fingerprint: str) -> None:
    """Nobody waits for a take to be safe."""


async def render_film(
    film_plan: FilmPlan,
    progress: Progress,
    execute: Execute,
    kept: Callable[[str], None] = _nothing,
    extent: Extent = Extent(),
    orders: Orders | None = None,
) -> Outcome:
    """Renders what is missing of a plan with `execute`, and stitches the film.

    `kept` gets the fingerprint of each take that is safe in the store. A step that fails blocks what depends on it and
    nothing else; its error is in the outcome.
    """
    run = _Run(film_plan, progress, execute, kept, extent, orders)
    run.set_aside()
    graph = run.graph()
    progress.begin({str(step): Work(run.name_step(step), graph.nodes[step]["weight"]) for step in graph})
    try:
        await run_graph(graph, run.perform, run.outcome.failures)
    finally:
        # Also after a failure or an interrupt: the takes that came are here, and were paid for.
        run.keep_record()
        if not extent.locked:
            keep_lock(film_plan, orders, trial=bool(extent.only) or extent.takes is not None)
    run.outcome.blocked = [
        run.name_step(take_step(one))
        for one in (*film_plan.missing, *film_plan.further)
        if take_step(one) in graph
        and take_step(one) not in run.outcome.failures
        and not run.store.find_take(one.job.fingerprint)
    ]
    if extent.patched and run.outcome.failures and not run.outcome.film and not extent.only:
        await run.patch()
    return run.outcome


class _Run:
    """One render under way."""

    def __init__(
        self,
        film_plan: FilmPlan,
        progress: Progress,
        execute: Execute,
        kept: Callable[[str], None],
        extent: Extent,
        orders: Orders | None,
    ) -> None:
        import asyncio

        self.compiled = compiled = film_plan.compiled
        self.plan, self.project, self.store = film_plan, film_plan.project, film_plan.project.store
        self.teller, self.extent, self.execute, self.kept, self.orders = progress, extent, execute, kept, orders
        self.slots, self.places = asyncio.Semaphore(extent.at_once), asyncio.Semaphore(extent.hosts_at_once)
        self.format = compiled.storyboard.format
        self.clips = {one.clip.id: one for one in film_plan.planned}
        # Reversed: of clips that share a take, the first in the film gives the step its name.
        self.takes = {take_step(one): one for one in (*film_plan.further, *reversed(film_plan.planned))}
        self.sources = {
            picture.token: picture.source
            for one in film_plan.planned
            for picture in (*(ref.picture for ref in one.clip.references), one.clip.first_frame)
            if picture is not None and not isinstance(picture, LastFrame)
        }
        self.footage = make_assembly(film_plan)
        self.pieces: dict[str, Piece] = {}
        self.outcome = Outcome()

    def set_aside(self) -> None:
        """Moves hurt files away from the places of takes that are to come, and deletes none of them."""
        for one in (*self.plan.missing, *self.plan.further):
            for take in list_chosen(one, self.compiled):
                if place := self.store.set_aside(take):
                    self.outcome.notes[f"{one.clip.id}: its take was damaged; what is left of it is {place}"] = None

    def graph(self) -> networkx.DiGraph[Step]:
        """The steps that are to be done, and what they depend on."""
        import networkx

        takes = self.extent.takes
        graph = graph_takes(self.plan, self.format.fps)
        wanted_takes = {
            take_step(one) for one in (select_takes(self.plan, self.extent.only) if takes is None else takes)
        }
        if takes is not None or wanted_takes != set(graph):
            if takes is None:
                self.outcome.notes["the film is not stitched: other clips are still to be rendered"] = None
            return networkx.DiGraph(graph.subgraph(wanted_takes))
        if self.plan.key and self.plan.state == "cached":
            self.outcome.film = self.store.film(self.plan.key)
        else:
            add_film(graph, self.plan, self.format.fps, self.compiled.timeline.frames, self.footage.grader.chain)
        return graph

    async def perform(self, step: Step) -> None:
        """Does one step; what it makes is in the store when it returns."""
        try:
            match step:
                case TakeStep():
                    await self._render(self.takes[step], step)
                case PieceStep(clip):
                    await self._conform(self.clips[clip])
                case FilmStep():
                    await self._stitch()
        except OSError as fault:
            words, hint = explain_fault(fault)
            self.teller.fail(str(step), words)
            raise MediaError(words, hint) from fault
        except StoryForgeError as fault:
            self.teller.fail(str(step), str(fault))
            raise

    def name_step(self, step: Step) -> str:
        """A step as a person names it: by its clip, and further takes by their number too."""
        match step:
            case TakeStep():
                one = self.takes[step]
                return one.clip.id if one is self.clips[one.clip.id] else f"{one.clip.id}, take {one.job.take}"
            case PieceStep(clip):
                return clip
            case FilmStep():
                return "film"

    async def _render(self, one: Planned, step: TakeStep) -> None:
        async with self.slots if is_free(one.clip.provider) else self.places:
            self.teller.start(str(step), "collecting" if one.state == "attached" else "rendering")
            with self._scratch(f"{one.job.fingerprint}.mp4") as scratch:
                told: Callable[[float], None] = partial(self.teller.advance, str(step))
                notes = await self.execute(one.job, await self._given(one), scratch, told)
                self.outcome.notes.update(dict.fromkeys(notes))
                film = self.project.film_name
                made: dict[str, Any] = {"film": film, "clip": one.clip.id, "date": today(), "fields": one.fields}
                if not is_free(one.clip.provider):
                    with share_orders(self.store, self.orders) as orders:
                        made |= orders.describe_order(one.job)
                sha256 = self.store.keep_take(scratch, one.job.fingerprint, one.job.slate, notes, made)
                # Only now: an order is done once its take is safe, and until then the next run would collect it.
                self.kept(one.job.fingerprint)
        self.outcome.takes[step.fingerprint] = self.store.take(sha256)
        self.teller.advance(str(step), 1.0)
        self.teller.finish(str(step), "rendered")

    async def _given(self, one: Planned) -> dict[str, Path]:
        """The files of a job's pictures, by token, each as it was when it was hashed."""
        import asyncio

        given = {}
        for token in {*one.job.references, *([one.job.first_frame] if one.job.first_frame else [])}:
            source = self.sources.get(token)
            if source is not None and is_local(source):
                found = self.compiled.pictures.look(source)
                given[token] = self.store.keep_picture(found.path, found.sha256)
        if isinstance(one.clip.first_frame, LastFrame):
            frame, take = one.clip.first_frame, self._take(self.clips[one.clip.first_frame.clip])
            given[frame.token] = await asyncio.to_thread(handoff_frame, take, frame.sharpest, self.store)
        return given

    def _take(self, one: Planned) -> str:
        take = self.footage.take_of(one.clip.id)
        if take is None:
            raise MediaError(f"the take of `{one.clip.id}` is no longer in the store", "run again")
        return take

    @contextlib.contextmanager
    def _scratch(self, name: str) -> Iterator[Path]:
        with make_scratch(self.store.path("tmp", name)) as path:
            remove_file(path)  # of a name that nobody else has; what renders makes the file
            yield path

    async def _conform(self, one: Planned) -> None:
        import asyncio

        from storyforge.film.conform import conform_take
        from storyforge.film.qc.measure import read_measures
        from storyforge.system.decode import probe
        from storyforge.system.threads import in_thread, together

        step = str(PieceStep(one.clip.id))
        async with self.slots:
            take = self._take(one)
            chain = self.footage.grader.chain(one.clip.id)
            # The grade of a clip needs the measures of all that it continues.
            for held in [self.footage.take_of(name) for name in chain if len(chain) > 1]:
                if held:
                    await in_thread(partial(self._measure, held))
            delivery = await asyncio.to_thread(self._delivery, one)
            folder = self.store.path("pieces")
            # who measures a take and who makes its piece ask for it at the same time
            known = read_measures(self.store.measures(take))
            found = known.shape if known else await asyncio.to_thread(probe, self.store.take(take))
            told: Callable[[float], None] = partial(self.teller.advance, step)
            _, self.pieces[one.clip.id] = await together(
                in_thread(partial(self._measure, take)),
                conform_take(self.store.take(take), take, delivery, folder, found=found, progress=told),
            )
        self.teller.advance(step, 1.0)

    def _measure(self, take: str, stop: Event) -> None:
        """Measures a take while it is at hand; the inspection of the film finds the measures in the store."""
        from storyforge.film.qc.measure import load_measures

        load_measures(self.store.take(take), self.store.measures(take), stop)

    def _delivery(self, one: Planned) -> Delivery:
        from storyforge.film.dialogue import unreadable

        cues = self.footage.cues(one)
        self.outcome.notes.update(dict.fromkeys(unreadable(cues)))
        return self.footage.delivery(one, cues)

    async def _stitch(self) -> None:
        step = str(FilmStep())
        self.teller.start(step, "stitching")
        key = film_key(self.compiled, {one.clip.id: self._take(one) for one in self.plan.planned}, self.plan.draft)
        path = self.store.path("films", f"{key}.mp4")
        await self._put_together(path)
        self.store.keep_film(key, film_names(self.compiled))
        self.outcome.film = path
        self.teller.advance(step, 1.0)
        self.teller.finish(step, "stitched")

    async def _put_together(self, path: Path) -> None:
        """The film of the pieces that are there, with all that goes into it besides picture and sound."""
        import asyncio

        from storyforge.film.dialogue import film_cues
        from storyforge.film.metadata import make_tags
        from storyforge.film.stitch import stitch_film

        make_folder(path.parent)
        reel = await asyncio.to_thread(self.footage.timeline)
        tags = make_tags(self.compiled, reel)
        soft = self.format.subtitles == "soft"
        await stitch_film(
            self.footage.place_pieces(self.pieces),
            path,
            self.store.path("pieces"),
            mix=make_mix(self.compiled),
            tags=tags,
            cues=await asyncio.to_thread(film_cues, self.compiled, reel) if soft else [],
            progress=partial(self.teller.advance, str(FilmStep())),
            note=self._note,
        )

    async def patch(self) -> None:
        """Stitches a film with slates for the clips that have no take; it is not kept as the film of the plan."""
        from storyforge.film.conform import conform_take

        folder = self.store.path("pieces")
        for one in self.plan.planned:
            if self.footage.take_of(one.clip.id):
                await self._conform(one)
                continue
            with self._scratch(f"slate-{one.job.fingerprint}.mp4") as slate:
                await self._draw_slate(one, slate)
                self.pieces[one.clip.id] = await conform_take(slate, file_sha256(slate), self._delivery(one), folder)
        # Not under the film's key: a film with cards in it must never be taken for the finished one.
        path = self.store.path("films", "partial.mp4")
        await self._put_together(path)
        self.outcome.film = path

    async def _draw_slate(self, one: Planned, out: Path) -> None:
        """A card that says which clip is missing, and why."""
        from storyforge.animatic.render import render_animatic

        frames = one.clip.seconds * self.format.fps
        fault = self.outcome.failures.get(take_step(one))
        panel = {
            "frames": frames,
            "framing": "missing",
            "camera": None,
            "action": str(fault or f"waits for {' and '.join(one.clip.after) or 'another clip'}"),
            "goes_on": False,
            "lines": [],
            "sound": None,
            "music": None,
            "cast": [],
            "scene": {"name": one.clip.id, "picture": None},
        }
        body = {
            "prompt": "",
            "size": list(self.footage.size),
            "fps": self.format.fps,
            "frames": frames,
            "language": "en",
        }
        await render_animatic({**body, "seed": None, "take": 1, "first_frame": None, "panels": [panel]}, {}, out)

    def _note(self, text: str) -> None:
        self.outcome.notes[text] = None

    def keep_record(self) -> None:
        """Remembers what each clip that has its take was rendered from, so that the next plan can say what changed."""
        old = self.store.record(self.project.record_name)
        clips = {
            one.clip.id: {"fingerprint": one.job.fingerprint, "fields": one.fields, "after": list(one.clip.after)}
            for one in self.plan.planned
            if self.store.find_take(one.job.fingerprint)
        }
        stitched = self.outcome.film and not self.plan.draft
        # As it is read again: a tuple would be written as a list, and look like a change the next time.
        film = json.loads(json.dumps(film_fields(self.compiled))) if stitched else old.get("film")
        new = {"clips": {**old.get("clips", {}), **clips}, "film": film}
        if new != old:
            self.store.keep_record(self.project.record_name, new)
