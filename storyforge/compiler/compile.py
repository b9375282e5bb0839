"""The whole compiler in one call: a file to clips, prompts, jobs and findings. No clock, network or chance."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import ClassVar

from storyforge.compiler.checks import check_storyboard
from storyforge.compiler.checks.context import Context
from storyforge.compiler.jobs import Jobs, Planned, make_jobs, total_usd
from storyforge.compiler.locked_takes import LockedTakes
from storyforge.compiler.pack import Cutter
from storyforge.compiler.pictures import PictureCache, Pictures
from storyforge.compiler.pins import find_pins
from storyforge.compiler.prompt import Writer
from storyforge.compiler.prompt_room import NoRoom, PromptRoom
from storyforge.compiler.templates import Templates
from storyforge.compiler.timeline import Timeline, make_timeline
from storyforge.compiler.wording import TemplateFault
from storyforge.language.load import Source, load_storyboard
from storyforge.language.mentions import collect_names
from storyforge.model.clip import Clip, CutName, Prompt
from storyforge.model.diagnostics import Diagnostic, has_errors, locate_findings
from storyforge.model.storyboard import Format, Scene, Shot, Storyboard
from storyforge.providers import find_provider
from storyforge.providers.base import Provider
from storyforge.providers.offline import Offline
from storyforge.system.lock import Lock, lock_path, read_lock
from storyforge.system.project import Project


@dataclass(frozen=True)
class Loaded:
    """A storyboard file as it was read, before anything is decided about it."""

    project: Project
    storyboard: Storyboard | None
    """None where the file holds no storyboard."""
    source: Source
    findings: tuple[Diagnostic, ...]
    """About the text alone."""
    lock: Lock
    undecided: tuple[Diagnostic, ...]
    """About the lock."""

    @property
    def path(self) -> Path:
        """The storyboard file."""
        return self.project.path

    @property
    def is_whole(self) -> bool:
        """Whether no part of the storyboard was refused."""
        return self.storyboard is not None and not has_errors(self.findings)


# Without slots, which leave no place to keep a cached property.
@dataclass(frozen=True)
class Compiled:
    """A storyboard, compiled for a provider."""

    loaded: Loaded
    storyboard: Storyboard
    """As it was read, or with a provider chosen for each shot."""
    provider: Provider
    pictures: Pictures
    """Those that were looked at."""
    planned: tuple[Planned, ...]
    diagnostics: tuple[Diagnostic, ...]
    """Located, in file order."""
    lock: Lock
    offers: Mapping[str, tuple[tuple[str, float], ...]] = field(default_factory=dict)
    """Where hosts were chosen by price: for each clip, who can take it and for how many US dollars."""
    ignores_lock: bool = False
    """Whether it is packed as if there were no lock."""
    repacked: tuple[Planned, ...] = ()
    """The clips as they would be without the lock, where those bill fewer seconds, or as many in fewer clips."""
    wording: Mapping[Path, str | None] = field(default_factory=dict)
    """Where templates were looked for, with the sha256 of those that are used."""
    rewords: bool = False
    """Whether takes whose wording is another than today's do not count."""
    jobs: Jobs | None = field(default=None, repr=False, compare=False)
    """What its clips' jobs were made by; None where it has no clips for want of a provider."""

    @property
    def project(self) -> Project:
        """The project that the storyboard is part of."""
        return self.loaded.project

    @property
    def path(self) -> Path:
        """The storyboard file."""
        return self.project.path

    @property
    def source(self) -> Source:
        """Its files as they are written, to locate findings in."""
        return self.loaded.source

    @cached_property
    def has_first(self) -> bool:
        """Whether there are takes of release 0.1, in its lock or here."""
        return any(block.is_first for block in self.lock.blocks.values()) or self.project.store.has_first()

    @property
    def broken(self) -> bool:
        """Whether a finding about its text, its lock or its clips is an error; warnings do not count."""
        return has_errors(self.diagnostics)

    @property
    def read(self) -> dict[Path, str | None]:
        """What it was compiled from: each file that was looked for, with its sha256; None where there is none."""
        pages = {
            self.source.path(name): hashlib.sha256(page.text.encode()).hexdigest()
            for name, page in self.source.pages.items()
        }
        return {**pages, lock_path(self.path): self.lock.sha256, **self.pictures.read, **self.wording}

    @cached_property
    def timeline(self) -> Timeline:
        """The film as the storyboard has it. Clips that end on their sharpest frame play for less."""
        return make_timeline(self.planned, self.storyboard.format)

    @cached_property
    def faulty(self) -> frozenset[str]:
        """Ids of clips that cannot be ordered: their host does not take them, or a shot of theirs has an error."""
        wrong = {found.path[:2] for found in self.diagnostics if found.severity == "error"}
        shots = {
            shot.id
            for index, shot in enumerate(self.storyboard.shots or ())
            # `wrong` is asked first: most films have no error, and looking up every shot in the files takes time.
            if wrong and self.source.find_written(("shots", index)) in wrong
        }
        return frozenset(
            one.clip.id
            for one in self.planned
            if one.request is None or any(shot.id in shots for shot in one.clip.shots)
        )

    @property
    def usd(self) -> float | None:
        """Cost of all clips by the tables of prices, the same slate paid once; None where a price is unknown."""
        return total_usd(self.planned)


@dataclass(frozen=True)
class Uncompiled:
    """A file that holds no storyboard, and why. Reports show it as a film without clips; nothing can be rendered."""

    loaded: Loaded
    provider: Provider
    diagnostics: tuple[Diagnostic, ...]
    """Located, in file order; at least one is an error."""

    broken: ClassVar[bool] = True
    planned: ClassVar[tuple[Planned, ...]] = ()
    repacked: ClassVar[tuple[Planned, ...]] = ()
    offers: ClassVar[Mapping[str, tuple[tuple[str, float], ...]]] = {}
    usd: ClassVar[float | None] = total_usd(())
    timeline: ClassVar[Timeline] = make_timeline((), Format())

    @property
    def project(self) -> Project:
        """The project that the file is part of."""
        return self.loaded.project

    @property
    def path(self) -> Path:
        """The file that holds no storyboard."""
        return self.project.path

    @property
    def source(self) -> Source:
        """What could be read of its files, to locate findings in."""
        return self.loaded.source

    @property
    def lock(self) -> Lock:
        """The lock next to the file, which may name takes all the same."""
        return self.loaded.lock


Compilation = Compiled | Uncompiled
"""What compiling a file gives; findings in both cases."""


def load_file(project: Project, texts: Mapping[str, str] | None = None) -> Loaded:
    """Reads the storyboard of a project, the files that it uses and its lock. `texts`, by real path, are read in the
    place of what the files hold."""
    board, source, found = load_storyboard(project.path, texts)
    lock, undecided = read_lock(lock_path(project.path))
    return Loaded(project, board, source, tuple(found), lock, tuple(undecided))


def compile_file(
    path: Path,
    provider: str | None = None,
    environment: Mapping[str, str] | None = None,
    default: str = "offline",
    choices: Mapping[str, str] | None = None,
    repack: bool = False,
    texts: Mapping[str, str] | None = None,
) -> Compilation:
    """Reads and compiles a storyboard file; `load_file` and `compile_loaded` say what is given and returned."""
    return compile_loaded(load_file(Project(path), texts), provider, environment, default, choices, repack)


def compile_loaded(
    loaded: Loaded,
    provider: str | None = None,
    environment: Mapping[str, str] | None = None,
    default: str = "offline",
    choices: Mapping[str, str] | None = None,
    repack: bool = False,
    pictures: Pictures | None = None,
) -> Compilation:
    """Compiles a storyboard that was read; `Uncompiled` where the file held none.

    `provider` overrides what the storyboard and its shots say, `default` holds where they say nothing, and `choices`
    overrides what each shot says, by its id; `environment` gives the hosts' base addresses. `repack` packs as if there
    were no lock. `pictures` are known from an earlier compilation and not looked at again.
    """
    if loaded.storyboard is None:
        at = find_provider(provider or default, environment or {}) or Offline()
        found = (*loaded.findings, *loaded.undecided)
        return Uncompiled(loaded, at, tuple(locate_findings(found, loaded.source)))
    board = loaded.storyboard
    if board.shots and choices:
        chosen = tuple(
            shot.model_copy(update={"provider": choices.get(shot.id, shot.provider)}) for shot in board.shots
        )
        board = board.model_copy(update={"shots": chosen})
    return _compile(loaded, board, provider, environment or {}, default, repack, pictures)


def compile_throughout(compiled: Compiled, provider: str) -> Compiled:
    """The same storyboard with every clip rendered by one provider, whatever it says itself, at the host's own address;
    as it is where that provider renders every clip already."""
    if compiled.planned and {one.clip.provider for one in compiled.planned} == {provider}:
        return compiled
    return _compile(compiled.loaded, compiled.storyboard, provider, {}, provider, False, compiled.pictures)


def _compile(
    loaded: Loaded,
    storyboard: Storyboard,
    provider: str | None,
    settings: Mapping[str, str],
    default: str,
    repack: bool,
    pictures: Pictures | None,
) -> Compiled:
    source, lock = loaded.source, loaded.lock
    found = [*loaded.findings, *loaded.undecided]
    looked = PictureCache(pictures or Pictures(loaded.path.parent, loaded.project.root))
    # The model's own default is no word of the author's, so `default` goes before it.
    written = storyboard.provider if "provider" in storyboard.model_fields_set else default
    main = find_provider(provider or written, settings)
    # Everything else is still checked, as if for the animatic, so that a misspelt provider hides no other finding.
    if main is None:
        found = [*found, *_check(storyboard, source, looked, (), {}, provider, Offline())]
        told = tuple(locate_findings(found, source))
        return Compiled(loaded, storyboard, Offline(), looked.seen(), (), told, lock)
    providers = {main.name: main}
    for shot in storyboard.shots or ():
        if provider is None and shot.provider and (other := find_provider(shot.provider, settings)):
            providers[other.name] = other
    whole = _whole(storyboard)
    # Through the store, which reads the settings only where the lock names an emulated take.
    played = lock.without_emulated(loaded.project.store.is_local)
    kept = Lock() if repack else played
    templates = Templates(tuple(dict.fromkeys((looked.folder, looked.root))))
    jobs = Jobs(whole, providers, templates)
    clips, cheaper, faults = _clips(jobs, main, provider, looked, kept, templates)
    # The checks see the storyboard as written, not `whole`, from which the mistakes that they report are gone.
    found = [*found, *faults, *_check(storyboard, source, looked, clips, providers, provider, main)]
    # With the lock also where it did not decide the cut: takes that fit are played however the clips were found.
    planned, repacked = (tuple(make_jobs(jobs, one, played)) for one in (clips, cheaper))
    told = tuple(locate_findings(found, source))
    made = Compiled(loaded, storyboard, main, looked.seen(), planned, told, lock, repacked=repacked)
    return replace(made, ignores_lock=repack, wording=templates.read, jobs=jobs)


Written = tuple[tuple[Clip, Prompt], ...]
"""Clips with their prompts."""


def _clips(
    jobs: Jobs,
    main: Provider,
    asked: str | None,
    pictures: PictureCache,
    lock: Lock,
    templates: Templates,
) -> tuple[Written, Written, list[Diagnostic]]:
    """The clips with their prompts, those that there would be without the lock if that is a cheaper film, and what is
    wrong with the project's own templates."""
    board, providers = jobs.storyboard, jobs.providers
    prompts: dict[CutName, Prompt] = {}
    room = PromptRoom(board.shots or ())
    try:
        writers = {name: Writer(board, one.dialect, templates) for name, one in providers.items()}

        def length_of(clip: Clip) -> int:
            return prompt_of(clip).characters

        def prompt_of(clip: Clip) -> Prompt:
            # Writing prompts takes most of the time of packing, so each is written once for both cuts.
            if clip.cut not in prompts:
                prompt = prompts[clip.cut] = writers[clip.provider].write(clip)
                room.take(prompt, clip, providers[clip.provider].limits.max_characters)
            return prompts[clip.cut]

        def provider_of(shot: Shot) -> Provider:
            return main if asked else providers.get(shot.provider or main.name, main)

        def played_of(clip: Clip, before: str | None) -> str | None:
            return jobs.match(lock, clip, before).slate

        cutter = Cutter(board, provider_of, pictures.picture)
        # Cut without the lock too, to be able to say what it costs to keep its takes.
        anew = clips = cutter.clips(length_of)
        if lock.blocks:
            locked = LockedTakes(lock, board.shots or (), played_of)
            clips = cutter.pinned(find_pins(cutter, lock)).clips(length_of, locked)
        cheaper = anew if _bill(anew) < _bill(clips) else []
        return tuple((clip, prompt_of(clip)) for clip in clips), tuple((clip, prompt_of(clip)) for clip in cheaper), []
    except TemplateFault as fault:
        # A broken template breaks every prompt, so there are no clips; all other findings are still made.
        return (), (), [fault.diagnostic]
    except NoRoom as full:
        return (), (), [full.diagnostic]


def _bill(clips: Sequence[Clip]) -> tuple[int, int]:
    """Billed seconds of all clips, and their number."""
    return sum(clip.seconds for clip in clips), len(clips)


def _check(
    storyboard: Storyboard,
    source: Source,
    pictures: PictureCache,
    clips: tuple[tuple[Clip, Prompt], ...],
    providers: Mapping[str, Provider],
    asked: str | None,
    main: Provider,
) -> list[Diagnostic]:
    def provider_of(shot: Shot) -> Provider | None:
        return main if asked or shot.provider is None else providers.get(shot.provider)

    own = source.locate(()).file
    return check_storyboard(
        Context(
            storyboard,
            collect_names(storyboard),
            provider_of,
            main,
            pictures,
            clips,
            lambda path: source.locate(path).file == own,
        )
    )


def _whole(storyboard: Storyboard) -> Storyboard:
    """The storyboard without what cannot be compiled, so that everything else is: findings say the rest.

    Unknown scenes become empty ones, repeated shots are left out, and so are links to shots that are not there.
    """
    shots: dict[str, Shot] = {}
    for shot in storyboard.shots or ():
        shots.setdefault(shot.id, shot)
    missing = {shot.scene: Scene() for shot in shots.values() if shot.scene not in storyboard.scenes}
    loose = [shot for shot in shots.values() if shot.continues is not None and shot.continues not in shots]
    if not missing and not loose and len(shots) == len(storyboard.shots or ()):
        return storyboard
    shots |= {shot.id: shot.model_copy(update={"continues": None}) for shot in loose}
    return storyboard.model_copy(update={"shots": tuple(shots.values()), "scenes": {**storyboard.scenes, **missing}})
