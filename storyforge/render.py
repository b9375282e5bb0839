"""Run a plan: every clip once, after what it needs; then each take conformed, and the pieces stitched to a film.

The work is a graph of steps (takes, pieces, the film). The loop that runs it only starts, waits and records; what a
step is was decided before. One coroutine, `Execute`, renders a job and is the whole seam to whatever renders.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any, Protocol

from storyforge.choose import without_lost
from storyforge.clip import Job, LastFrame
from storyforge.compile import Compiled
from storyforge.credits import names_of, told_fields
from storyforge.errors import MediaError, StoryForgeError
from storyforge.film.anchor import anchored, handed_over
from storyforge.footage import Footage, labels
from storyforge.lock import lock_path, write_lock
from storyforge.pictures import is_local
from storyforge.plan import Planned, Standing, State, total_usd
from storyforge.providers import find_provider
from storyforge.retake import under_way
from storyforge.store import Store, file_sha256, find_store, settle
from storyforge.takes import payments, played_take, settled
from storyforge.why import judged

if TYPE_CHECKING:
    import asyncio

    import networkx

    from storyforge.film.conform import Delivery, Piece
    from storyforge.film.sound import Mix
    from storyforge.ledger import Ledger

TAKE_WEIGHT, PIECE_WEIGHT, FILM_WEIGHT = 10, 4, 1
"""About how long a frame takes to render, to conform and to stitch, against each other."""


@dataclass(frozen=True)
class FilmPlan:
    """What a render would do."""

    planned: tuple[Planned, ...]
    state: State
    """Of the film."""
    why: str
    key: str | None
    """Names the film; None while a take is missing."""
    further: tuple[Planned, ...] = ()
    """Takes of its clips that are to come besides those that it plays."""
    draft: bool = False
    """Whether it is made in small, to be looked at soon."""

    @property
    def waiting(self) -> tuple[Planned, ...]:
        """Clips that would be ordered or drawn, and further takes."""
        return tuple(one for one in (*self.planned, *self.further) if one.state == "render")

    @property
    def missing(self) -> tuple[Planned, ...]:
        """Clips without a take."""
        return tuple(one for one in self.planned if one.state != "cached")

    @property
    def usd(self) -> float | None:
        """What the clips to be rendered cost, the same slate paid once; None where a price is unknown."""
        return total_usd(self.waiting)


class Teller(Protocol):
    """Who is told how a render goes. Steps are named as a person names them: a clip's id, `film`."""

    def begin(self, steps: Mapping[str, int]) -> None:
        """The steps to come, each with its share of the work."""

    def started(self, step: str, doing: str) -> None: ...

    def moved(self, step: str, share: float) -> None: ...

    def ended(self, step: str, done: str) -> None: ...

    def failed(self, step: str, message: str) -> None: ...


@dataclass
class Outcome:
    """How a render ended."""

    film: Path | None = None
    """In the store; None where it could not be stitched."""
    takes: dict[str, Path] = field(default_factory=dict)
    """Takes that this run brought, by clip; further ones by `CLIP, take NUMBER`."""
    failures: dict[str, StoryForgeError] = field(default_factory=dict)
    """What went wrong, by step; steps that depend on it are blocked."""
    blocked: list[str] = field(default_factory=list)
    """What was not rendered because a clip that it continues failed."""
    notes: dict[str, None] = field(default_factory=dict)
    """Things to tell, each once."""


def plan_film(compiled: Compiled, collecting: bool = True, draft: bool = False) -> FilmPlan:
    """What a render of the storyboard, or of its draft, would do; reads the store, changes nothing. `collecting` looks
    for further takes that were ordered, too."""
    store = Store(find_store(compiled.path))
    compiled = without_lost(compiled, store)
    name = record_name(compiled.path, store)
    record = store.record(name)
    with standings(store) as standing_of:
        planned = judged(compiled, store, record, standing_of)
    here = {one.job.fingerprint for one in planned}
    ordered = under_way(compiled, name, store) if collecting else []
    further = with_standings([one for one in ordered if one.job.fingerprint not in here], store)
    missing = sum(one.state != "cached" for one in planned)
    if missing or not planned:
        why = f"{missing} of {len(planned)} clips have no take yet" if planned else "there is nothing to render from"
        return FilmPlan(planned, "render", why, None, further, draft)
    key = film_key(compiled, {one.clip.id: one.take or "" for one in planned}, draft)
    if store.film(key):
        return FilmPlan(planned, "cached", "unchanged", key, further, draft)
    last = None if draft else record.get("film")
    return FilmPlan(planned, "render", _film_why(film_fields(compiled), last), key, further, draft)


def with_standings(takes: Sequence[Planned], store: Store) -> tuple[Planned, ...]:
    """Further takes with what the ledger says of each."""
    with standings(store) as standing_of:
        stand = [standing_of(take.job) or ("render", "") for take in takes]
    return tuple(
        replace(take, state=state, why=f"take {take.job.take}" + (f", {why}" if why else ""))
        for take, (state, why) in zip(takes, stand, strict=True)
    )


@contextlib.contextmanager
def standings(store: Store) -> Iterator[Callable[[Job], Standing]]:
    """What the ledger says of clips that have no take."""
    path = store.path("ledger.db")
    if not path.is_file():
        yield lambda job: None
        return
    from storyforge.ledger import Ledger

    ledger = Ledger(path, readonly=True)
    try:
        yield partial(_standing, ledger)
    finally:
        ledger.close()


def _standing(ledger: Ledger, job: Job) -> Standing:
    from storyforge.conversation import Recovery
    from storyforge.providers.host import Host

    order, host = ledger.latest(job.fingerprint), find_provider(job.provider, {})
    match order.fate if order and isinstance(host, Host) else None:
        case "sending" if isinstance(host, Host) and host.recovery is Recovery.ASK:
            return "unresolved", "its order was sent and nobody knows whether it was accepted"
        case "sending":
            return "attached", "its order was sent, the answer is still to be had"
        case "sent" | "done" if order:
            return "attached", f"ordered already as {order.number}"
        case "unresolved":
            return "unresolved", "nobody knows whether its order was accepted"
        case "refused" if order:
            return "refused", f"its host refused it: {order.words}"
        case "failed" if order:
            return "render", f"the host failed: {order.words}"
    return None


def footage_of(compiled: Compiled, plan: FilmPlan, store: Store) -> Footage:
    """The takes that the film of a plan plays, as far as they are here."""
    clips = {one.clip.id: one for one in plan.planned}
    return Footage(compiled, plan.planned, store, lambda clip: played_take(clips[clip], store), draft=plan.draft)


def wanted(plan: FilmPlan, only: Sequence[str]) -> tuple[Planned, ...]:
    """Clips without a take that a render of these shots needs, those that they continue included, and their further
    takes; of all shots if none is named."""
    return needed(plan, [one.clip.id for one in plan.planned if not only or _shows(one, only)])


def _shows(one: Planned, shots: Sequence[str]) -> bool:
    return any(shot.id in shots for shot in one.clip.shots)


def renamed(plan: FilmPlan, compiled: Compiled, store: Store) -> FilmPlan:
    """The plan of a film in which other names stand than are written now: it is put together again from what is here,
    and nothing is encoded."""
    stale = plan.state == "cached" and plan.key and store.film_names(plan.key) != names_of(compiled)
    return replace(plan, state="render", why="names in it changed") if stale else plan


def needed(plan: FilmPlan, clips: Sequence[str]) -> tuple[Planned, ...]:
    """What is missing of some clips: their takes and those that they continue, and further takes of them."""
    planned = {one.clip.id: one for one in plan.planned}
    names = list(clips)
    for name in names:
        names += [before for before in planned[name].clip.after if before not in names]
    return tuple(one for one in (*plan.missing, *plan.further) if one.clip.id in names)


def film_fields(compiled: Compiled) -> dict[str, Any]:
    """What the author wrote that the film is made from besides its clips, by path."""
    assert compiled.board is not None
    board = compiled.board
    music = board.music.model_dump() if board.music else {}
    if board.music and (path := _music_path(compiled)):
        music["file"] = file_sha256(path) if path.is_file() else None
    return {
        **told_fields(compiled),
        "order of the clips": [one.clip.id for one in compiled.planned],
        **{
            f"transition of {one.clip.id}": [one.clip.transition.kind, one.clip.transition.seconds]
            for one in compiled.planned
        },
        **{
            f"anchor of {one.clip.id}": "sharpest"
            for one in compiled.planned
            if isinstance(one.clip.first_frame, LastFrame) and one.clip.first_frame.sharpest
        },
        **{f"music.{name}": value for name, value in music.items()},
        **{f"format.{name}": value for name, value in board.format.model_dump().items()},
        "shot ids in the picture": [[list(label) for label in labels(one)] for one in compiled.planned],
    }


BY_NAME = ("order of ", "transition of ", "anchor of ")
"""What is told of a film by the names of its clips, which are no part of it."""


def _film_why(fields: Mapping[str, Any], last: Any) -> str:
    if not isinstance(last, dict):
        return "not stitched yet"
    changed = [path for path in dict.fromkeys([*fields, *last]) if fields.get(path) != last.get(path)]
    return f"{', '.join(changed)} changed" if changed else "a take is another"


def film_key(compiled: Compiled, takes: Mapping[str, str], draft: bool = False) -> str:
    """Names a film by all that it is made from."""
    made = [[takes[one.clip.id], one.clip.seconds] for one in compiled.planned]
    fields = {name: value for name, value in film_fields(compiled).items() if not name.startswith(BY_NAME)}
    positions = [[one.clip.transition.kind, one.clip.transition.seconds] for one in compiled.planned]
    assert compiled.board is not None
    places = {one.clip.id: number for number, one in enumerate(compiled.planned)}
    shared: list[Any] = [[join.overlap for join in compiled.reel.joins[1:]]]
    if shortened := sorted(places[clip] for clip in anchored(one.clip for one in compiled.planned) if clip in places):
        shared.append({"sharpest": shortened})
    if compiled.board.format.match == "colour":
        shared.append([[places[name] for name in one.clip.after if name in places] for one in compiled.planned])
    small = ["draft"] if draft else []
    return hashlib.sha256(json.dumps([made, positions, shared, fields, *small], sort_keys=True).encode()).hexdigest()


def record_name(storyboard: Path, store: Store) -> str:
    """The name of a storyboard's record in the store."""
    place = film_name(storyboard, store)
    return f"{storyboard.name.partition('.')[0]}-{hashlib.sha256(place.encode()).hexdigest()[:12]}"


def film_name(storyboard: Path, store: Store) -> str:
    """A storyboard by its place beside the store, with forward slashes."""
    return storyboard.resolve().relative_to(store.folder.resolve().parent).as_posix()


def today() -> str:
    return datetime.now(UTC).date().isoformat()


class Execute(Protocol):
    """Renders a job to a file: the whole seam to whatever renders, here or on other machines."""

    async def __call__(
        self, job: Job, pictures: Mapping[str, Path], out: Path, progress: Callable[[float], None]
    ) -> tuple[str, ...]:
        """Returns notes for people; raises a StoryForgeError if it cannot."""


async def render_film(
    compiled: Compiled,
    plan: FilmPlan,
    store: Store,
    teller: Teller,
    execute: Execute,
    *,
    at_once: int,
    hosts_at_once: int = 1000,
    kept: Callable[[str], None] = lambda fingerprint: None,
    only: Sequence[str] = (),
    takes: Sequence[Planned] | None = None,
    patched: bool = False,
    locked: bool = False,
) -> Outcome:
    """Renders what is missing and stitches the film, `at_once` steps at a time here and `hosts_at_once` at the hosts,
    who have limits of their own.

    `kept` is told the fingerprint of each take that is safe in the store. `only` names shots: then no other clips are
    rendered than theirs and those that they continue. `takes` are all that is rendered, and then there is no film. A
    step that fails blocks what depends on it and nothing else; `patched` then puts a slate in the place of each missing
    clip, for a film to look at; `locked` leaves the lock as it is.
    """
    import asyncio

    slots, places = asyncio.Semaphore(at_once), asyncio.Semaphore(hosts_at_once)
    run = _Run(compiled, plan, store, teller, execute, slots, places, kept)
    graph = run.graph(only, takes)
    teller.begin({str(step): graph.nodes[step]["weight"] for step in graph})
    try:
        await run_graph(graph, run.perform, run.outcome.failures)
    finally:
        run.keep_record()
        if not locked:
            keep_lock(compiled, plan, store)
    run.outcome.blocked = [
        run.called(take_step(one))
        for one in (*plan.missing, *plan.further)
        if take_step(one) in graph
        and take_step(one) not in run.outcome.failures
        and not store.take_of(one.job.fingerprint)
    ]
    if patched and run.outcome.failures and not run.outcome.film and not only:
        await run.patch()
    return run.outcome


async def run_graph(
    graph: networkx.DiGraph[str], perform: Callable[[str], Awaitable[None]], failures: dict[str, StoryForgeError]
) -> None:
    """Performs every step after those it depends on, all that are ready at once; a failure blocks what needs it."""
    import asyncio

    import networkx

    missing = {step: graph.in_degree(step) for step in networkx.topological_sort(graph)}
    running: dict[asyncio.Task[None], str] = {}

    def start(steps: Sequence[str]) -> None:
        running.update({asyncio.ensure_future(perform(step)): step for step in steps})

    start([step for step, count in missing.items() if not count])
    try:
        while running:
            done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                step = running.pop(task)
                try:
                    task.result()
                except StoryForgeError as fault:
                    failures[step] = fault
                    continue
                for after in graph.successors(step):
                    missing[after] -= 1
                start([after for after in graph.successors(step) if not missing[after]])
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


class _Run:
    """One render under way."""

    def __init__(
        self,
        compiled: Compiled,
        plan: FilmPlan,
        store: Store,
        teller: Teller,
        execute: Execute,
        slots: asyncio.Semaphore,
        places: asyncio.Semaphore,
        kept: Callable[[str], None],
    ) -> None:
        assert compiled.board is not None
        self.compiled, self.plan, self.store, self.teller, self.slots = compiled, plan, store, teller, slots
        self.execute, self.places, self.kept = execute, places, kept
        self.format = compiled.board.format
        self.clips = {one.clip.id: one for one in plan.planned}
        self.takes = {take_step(one): one for one in (*plan.further, *reversed(plan.planned))}
        self.sources = {
            picture.token: picture.source
            for one in plan.planned
            for picture in (*(ref.picture for ref in one.clip.references), one.clip.first_frame)
            if picture is not None and not isinstance(picture, LastFrame)
        }
        self.footage = footage_of(compiled, plan, store)
        self.pieces: dict[str, Piece] = {}
        self.outcome = Outcome()

    def graph(self, only: Sequence[str], takes: Sequence[Planned] | None) -> networkx.DiGraph[str]:
        """Steps and what they depend on: `take FINGERPRINT`, `piece CLIP`, `film`."""
        import networkx

        graph: networkx.DiGraph[str] = networkx.DiGraph()
        for one in (*self.plan.missing, *self.plan.further):
            graph.add_node(take_step(one), weight=one.clip.seconds * self.format.fps * TAKE_WEIGHT)
            before = [self.clips[name] for name in one.clip.after]
            graph.add_edges_from((take_step(other), take_step(one)) for other in before if other.state != "cached")
        wanted_takes = {take_step(one) for one in (wanted(self.plan, only) if takes is None else takes)}
        if takes is not None or wanted_takes != set(graph):
            if takes is None:
                self.outcome.notes["the film is not stitched: other clips are still to be rendered"] = None
            return networkx.DiGraph(graph.subgraph(wanted_takes))
        if self.plan.key and self.plan.state == "cached":
            self.outcome.film = self.store.film(self.plan.key)
            return graph
        for one in self.plan.planned:
            frames = one.clip.seconds * self.format.fps
            graph.add_node(f"piece {one.clip.id}", weight=frames * PIECE_WEIGHT)
            graph.add_edge(f"piece {one.clip.id}", "film")
            for needed_take in (self.clips[name] for name in self.footage.grader.chain(one.clip.id)):
                if needed_take.state != "cached":
                    graph.add_edge(take_step(needed_take), f"piece {one.clip.id}")
        graph.add_node("film", weight=self.compiled.reel.frames * FILM_WEIGHT)
        return graph

    async def perform(self, step: str) -> None:
        """Does one step; what it makes is in the store when it returns."""
        kind, _, name = step.partition(" ")
        try:
            if kind == "film":
                await self._stitch()
            elif kind == "take":
                await self._render(self.takes[step], step)
            else:
                await self._conform(self.clips[name], step)
        except OSError as fault:
            self.teller.failed(self.called(step), fault.strerror or str(fault))
            raise MediaError(f"{fault.strerror or fault}", "see to the disk, then run again") from fault
        except StoryForgeError as fault:
            self.teller.failed(self.called(step), str(fault))
            raise

    def called(self, step: str) -> str:
        """A step as a person names it: by its clip, and further takes by their number too."""
        kind, _, name = step.partition(" ")
        if kind != "take":
            return name or "film"
        one = self.takes[step]
        return one.clip.id if one is self.clips[one.clip.id] else f"{one.clip.id}, take {one.job.take}"

    async def _render(self, one: Planned, step: str) -> None:
        drawn = find_provider(one.clip.provider, {})
        async with self.slots if drawn and drawn.draws_panels else self.places:
            self.teller.started(self.called(step), "collecting" if one.state == "attached" else "rendering")
            with self._scratch(f"{one.job.fingerprint}.mp4") as scratch:
                told: Callable[[float], None] = partial(self.teller.moved, step)
                notes = await self.execute(one.job, await self._given(one), scratch, told)
                self.outcome.notes.update(dict.fromkeys(notes))
                film = film_name(self.compiled.path, self.store)
                made = {"film": film, "clip": one.clip.id, "date": today(), "fields": one.fields}
                sha256 = self.store.keep_take(scratch, one.job.fingerprint, one.job.slate, notes, made)
                self.kept(one.job.fingerprint)
        self.outcome.takes[self.called(step)] = self.store.take(sha256)
        self.teller.moved(step, 1.0)
        self.teller.ended(self.called(step), "rendered")

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
            given[frame.token] = await asyncio.to_thread(handed_over, take, frame.sharpest, self.store)
        return given

    def _take(self, one: Planned) -> str:
        take = self.footage.take_of(one.clip.id)
        if take is None:
            raise MediaError(f"the take of `{one.clip.id}` is no longer in the store", "run again")
        return take

    @contextlib.contextmanager
    def _scratch(self, name: str) -> Iterator[Path]:
        path = self.store.path("tmp", name)
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)

    async def _conform(self, one: Planned, step: str) -> None:
        import asyncio

        from storyforge.film.conform import conform_take
        from storyforge.film.measure import known_measures
        from storyforge.media import in_thread, probe, together

        async with self.slots:
            take = self._take(one)
            chain = self.footage.grader.chain(one.clip.id)
            for held in [self.footage.take_of(name) for name in chain if len(chain) > 1]:
                if held:
                    await in_thread(partial(self._measure, held))
            delivery = await asyncio.to_thread(self._delivery, one)
            folder = self.store.path("pieces")
            # who measures a take and who makes its piece ask for it at the same time
            known = known_measures(self.store.measures(take))
            found = known.shape if known else await asyncio.to_thread(probe, self.store.take(take))
            told: Callable[[float], None] = partial(self.teller.moved, step)
            _, self.pieces[one.clip.id] = await together(
                in_thread(partial(self._measure, take)),
                conform_take(self.store.take(take), take, delivery, folder, found=found, progress=told),
            )
        self.teller.moved(step, 1.0)

    def _measure(self, take: str, stop: Event) -> None:
        """Looks at a take while it is at hand: whoever inspects the film finds what was measured."""
        from storyforge.film.measure import measured

        measured(self.store.take(take), self.store.measures(take), stop)

    def _delivery(self, one: Planned) -> Delivery:
        from storyforge.subtitles import unreadable

        cues = self.footage.cues(one)
        self.outcome.notes.update(dict.fromkeys(unreadable(cues)))
        return self.footage.delivery(one, cues)

    async def _stitch(self) -> None:
        self.teller.started("film", "stitching")
        key = film_key(self.compiled, {one.clip.id: self._take(one) for one in self.plan.planned}, self.plan.draft)
        path = self.store.path("films", f"{key}.mp4")
        await self._put_together(path)
        self.store.keep_film(key, names_of(self.compiled))
        self.outcome.film = path
        self.teller.moved("film", 1.0)
        self.teller.ended("film", "stitched")

    async def _put_together(self, path: Path) -> None:
        """The film of the pieces that are there, with all that goes into it beside picture and sound."""
        import asyncio

        from storyforge.credits import tags_of
        from storyforge.film.stitch import stitch_film
        from storyforge.subtitles import film_cues

        path.parent.mkdir(parents=True, exist_ok=True)
        reel = await asyncio.to_thread(self.footage.reel)
        tags = tags_of(self.compiled, reel, self.store)
        soft = self.format.subtitles == "soft"
        await stitch_film(
            [self.pieces[one.clip.id] for one in self.plan.planned],
            self.footage.joins,
            path,
            self.store.path("pieces"),
            mix=mix_of(self.compiled),
            tags=tags,
            cues=await asyncio.to_thread(film_cues, self.compiled, reel, self.store) if soft else [],
            progress=partial(self.teller.moved, "film"),
            note=self._note,
        )

    async def patch(self) -> None:
        """Stitches a film with slates for the clips that have no take; it is not kept as the film of the plan."""
        from storyforge.film.conform import conform_take

        folder = self.store.path("pieces")
        for one in self.plan.planned:
            if self.footage.take_of(one.clip.id):
                await self._conform(one, f"piece {one.clip.id}")
                continue
            with self._scratch(f"slate-{one.job.fingerprint}.mp4") as slate:
                await self._draw_slate(one, slate)
                self.pieces[one.clip.id] = await conform_take(slate, file_sha256(slate), self._delivery(one), folder)
        path = self.store.path("films", "partial.mp4")
        await self._put_together(path)
        self.outcome.film = path

    async def _draw_slate(self, one: Planned, out: Path) -> None:
        """A card that says which clip is missing, and why."""
        from storyforge.animatic.render import render_animatic

        frames = one.clip.seconds * self.format.fps
        why = next((str(fault) for step, fault in self.outcome.failures.items() if step == take_step(one)), None)
        panel = {
            "frames": frames,
            "framing": "missing",
            "camera": None,
            "action": why or f"waits for {' and '.join(one.clip.after) or 'another clip'}",
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
        name = record_name(self.compiled.path, self.store)
        old = self.store.record(name)
        clips = {
            one.clip.id: {"fingerprint": one.job.fingerprint, "fields": one.fields, "after": list(one.clip.after)}
            for one in self.plan.planned
            if self.store.take_of(one.job.fingerprint)
        }
        stitched = self.outcome.film and not self.plan.draft
        film = json.loads(json.dumps(film_fields(self.compiled))) if stitched else old.get("film")
        new = {"clips": {**old.get("clips", {}), **clips}, "film": film}
        if new != old:
            self.store.keep_record(name, new)


def keep_lock(compiled: Compiled, plan: FilmPlan, store: Store) -> bool:
    """Writes into the lock which takes the film's clips have now; False if it says so already."""
    with payments(store) as paid:
        lock = settled(compiled.lock, plan.planned, store, paid, compiled.afresh)
    return lock != compiled.lock and write_lock(lock_path(compiled.path), lock)


def take_step(one: Planned) -> str:
    """Clips with the same slate share one take, and so one step."""
    return f"take {one.job.fingerprint}"


async def draw_offline(
    job: Job, pictures: Mapping[str, Path], out: Path, progress: Callable[[float], None]
) -> tuple[str, ...]:
    """Draws a job's animatic; MediaError if it cannot."""
    from storyforge.animatic.render import render_animatic
    from storyforge.media import check_whole

    provider = find_provider(job.provider, {})
    assert provider is not None
    notes = await render_animatic(provider.order(job).json, pictures, out, progress=progress)
    await check_whole(out, job.seconds * job.fps)
    return notes


def _music_path(compiled: Compiled) -> Path | None:
    music = compiled.board.music if compiled.board else None
    return compiled.path.parent / music.file if music else None


def mix_of(compiled: Compiled) -> Mix:
    """What the film's sound is made of besides its clips."""
    from storyforge.film.music import Bed
    from storyforge.film.sound import Mix

    assert compiled.board is not None
    music, form, path = compiled.board.music, compiled.board.format, _music_path(compiled)
    bed = Bed(path, music.gain, music.duck) if music and path else None
    return Mix(bed, form.loudness, form.silence == "ambience")


def deliver(film: Path, target: Path, store: Store) -> bool:
    """Puts a copy of the finished film where it is wanted, in one step; False if it stands there already."""
    stamps = store.path("delivered.json")
    try:
        known = json.loads(stamps.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        known = {}
    name = hashlib.sha256(str(target.resolve()).encode()).hexdigest()
    if known.get(name) == [film.name, *_stamp(target)]:
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    scratch = target.with_name(f".{target.name}.part")
    try:
        shutil.copyfile(film, scratch)
        settle(scratch, target)
    finally:
        scratch.unlink(missing_ok=True)
    with store.written("delivered.json") as fresh:
        fresh.write_text(json.dumps({**known, name: [film.name, *_stamp(target)]}, indent=1), encoding="utf-8")
    return True


def _stamp(path: Path) -> list[int]:
    try:
        facts = path.stat()
    except OSError:
        return []
    return [facts.st_size, facts.st_mtime_ns]
