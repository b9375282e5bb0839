"""Clips and prompts as jobs: slates, fingerprints, costs, and why each would be rendered."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Literal

from storyforge.compiler.authored import collect_authored, digest_first
from storyforge.compiler.first_form import FirstForm
from storyforge.compiler.pack import derive_seed, extra_for
from storyforge.compiler.panels import make_panels
from storyforge.compiler.partition import find_kept
from storyforge.compiler.prompt import list_templates
from storyforge.compiler.prompt_languages import find_prompt_language
from storyforge.compiler.slates import FIRST_RELEASE, fingerprint, make_slate, reword_slate
from storyforge.compiler.templates import Templates
from storyforge.language.mentions import collect_names
from storyforge.model.capabilities import Dialect
from storyforge.model.changes import Change
from storyforge.model.clip import Clip, CutName, Job, LastFrame, Prompt
from storyforge.model.dependencies import sort_by_dependency
from storyforge.model.messages import Request
from storyforge.model.storyboard import Storyboard
from storyforge.providers.base import Provider
from storyforge.system.lock import Block, Lock, part_digest

State = Literal["cached", "render", "attached", "unresolved", "refused", "failed"]
"""Of a clip: in the store; to be rendered; ordered already, to be collected; ordered, but perhaps never
accepted; refused by its host; failed there so often that it is not ordered again unasked."""

Standing = tuple[State, str] | None
"""What the ledger says of a clip without a take: its state and why; None where it says nothing."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A clip with its prompt, the job that renders it, and what the author wrote for it."""

    clip: Clip
    prompt: Prompt
    job: Job
    request: Request | None
    """None where the provider cannot take the clip, which a finding says; and of further takes."""
    fields: Mapping[str, Any]
    """Everything written in the storyboard that this clip is made from, by path."""
    usd: float | None
    block: Block | None = None
    """What the lock chose for exactly this slate."""
    take: str | None = None
    """The sha256 of the take that it plays, if it is here."""
    state: State = "render"
    why: str = ""
    changes: tuple[Change, ...] = ()
    """What the author changed since its last take, where that is why."""
    emulated: bool = False
    """Whether the take that it plays is of an emulator."""
    worded: str | None = None
    """The release that worded the take which the lock names, where today's sentences are others."""
    today: Job | None = None
    """The job as it would be ordered now, where `job` is the one that release 0.1 rendered or ordered."""

    @property
    def slate(self) -> str:
        """Fingerprint of the slate that the clip plays a take of, which need not be the one written now."""
        return self.block.slate if self.block else self.job.fingerprint


@dataclass(frozen=True, slots=True)
class Match:
    """What the lock says of a clip as it is written now."""

    fingerprint: str
    """Of the slate by which it is named there; of today's where it is not."""
    slate: str | None = None
    """Fingerprint of the slate whose take the clip plays; None where no take is named, and none is remembered."""
    block: Block | None = None
    first: bool = False
    """Whether that slate is of the first form."""


@dataclass(frozen=True, slots=True)
class _Slate:
    """All that can change a clip's take, as it is before the clip that it continues has its name."""

    fields: Mapping[str, Any]
    panels: tuple[Mapping[str, Any], ...]
    fingerprint: str


class Jobs:
    """Makes the jobs of a storyboard's clips. A clip's slate is made once, for packing and for the plan.

    `templates` are those that its prompts are written from; without them, ours.
    """

    def __init__(
        self, storyboard: Storyboard, providers: Mapping[str, Provider], templates: Templates | None = None
    ) -> None:
        self.storyboard, self.providers, self.names = storyboard, providers, collect_names(storyboard)
        self.templates = templates or Templates()
        self._language = find_prompt_language(storyboard, self.names)
        self._first_form = FirstForm(storyboard, providers, self.names, self.templates)
        self._slates: dict[tuple[CutName, str | None], _Slate] = {}
        self._firsts: dict[tuple[CutName, str | None], tuple[dict[str, Any], str] | None] = {}
        self._own: dict[tuple[str, bool], Mapping[str, str]] = {}

    def fingerprint(self, clip: Clip, before: str | None) -> str:
        """The fingerprint of a clip's job; `before` is that of the slate which the clip that it continues plays."""
        return self._slate(clip, before).fingerprint

    def job(self, clip: Clip, prompt: Prompt, before: str | None) -> Job:
        """The job that renders a clip; `before` is as in `fingerprint`."""
        slate, form = self._slate(clip, before), self.storyboard.format
        return Job(
            clip=clip.id,
            provider=clip.provider,
            mode=clip.mode,
            prompt=prompt.text,
            references=tuple(reference.picture.token for reference in clip.references),
            first_frame=clip.first_frame.token if clip.first_frame else None,
            seconds=clip.seconds,
            resolution=form.resolution,
            aspect=form.aspect,
            size=form.size,
            fps=form.fps,
            seed=clip.seed,
            take=clip.take,
            extra=extra_for(clip.provider, self.storyboard, clip.shots[0]),
            panels=slate.panels,
            language=self.storyboard.language,
            slate=slate.fields,
            fingerprint=slate.fingerprint,
        )

    def first_job(self, today: Job, clip: Clip, before: str | None, named: str | None = None) -> Job | None:
        """The job as release 0.1 would have ordered it; `named` is the fingerprint by which it is known, where that is
        another. None where the project's own templates cannot be filled in as they were."""
        found = self._first(clip, before)
        if found is None:
            return replace(today, fingerprint=named) if named else None
        slate, own = found
        return replace(today, prompt=slate["prompt"], slate=slate, fingerprint=named or own)

    def match(self, lock: Lock, clip: Clip, before: str | None) -> Match:
        """What the lock says of a clip; `before` is as in `fingerprint`.

        A block of release 0.1 is known by the author's fields that its take was rendered from, or by the slate that
        this release would have written. What a clip continues is in no field, so there the slate alone decides.
        """
        today = self.fingerprint(clip, before)
        if block := lock.find(clip.id, today):
            return Match(today, block.slate, block)
        if played := lock.find_played(clip.id, clip.seconds, today):
            return Match(today, played)
        if not lock.is_of_first(clip.id):
            return Match(today)
        if not isinstance(clip.first_frame, LastFrame) and (block := self._find_by_parts(lock, clip)):
            return Match(block.fingerprint, block.slate, block, first=True)
        first = self._first(clip, before)
        played = first and lock.find_played(clip.id, clip.seconds, first[1])
        if first is None or played is None:
            return Match(today)
        return Match(first[1], played, lock.find(clip.id, first[1]), first=True)

    def _find_by_parts(self, lock: Lock, clip: Clip) -> Block | None:
        model = self.providers[clip.provider].model
        written = digest_first(collect_authored(self.storyboard, clip, self.names), clip)
        for block in lock.find_first(clip.id, written):
            same = (block.provider, block.model, block.seconds) == (clip.provider, model, clip.seconds)
            if same and (block.rendered or block.seed == clip.seed):
                return block
        return None

    def _first(self, clip: Clip, before: str | None) -> tuple[dict[str, Any], str] | None:
        key = clip.cut, before
        if key not in self._firsts:
            self._firsts[key] = self._first_form.make_slate(clip, before)
        return self._firsts[key]

    def _slate(self, clip: Clip, before: str | None) -> _Slate:
        # By the cut and not the id alone: while shots are packed, clips of several lengths begin with the same shot.
        key = clip.cut, before
        if key not in self._slates:
            provider = self.providers[clip.provider]
            panels = tuple(make_panels(self.storyboard, clip, self.names)) if provider.draws_panels else ()
            own = self._find_own(clip, provider.dialect)
            fields = make_slate(self.storyboard, clip, provider, self.names, before, own, panels)
            self._slates[key] = _Slate(fields, panels, fingerprint(fields))
        return self._slates[key]

    def _find_own(self, clip: Clip, dialect: Dialect) -> Mapping[str, str]:
        # Of one dialect, a clip's templates differ by its opening alone.
        key = dialect.name, clip.first_frame is None
        if key not in self._own:
            names = list_templates(self.storyboard, clip, dialect, self._language, self.templates)
            self._own[key] = self.templates.find_own(names)
        return self._own[key]


def make_jobs(
    jobs: Jobs,
    clips: Sequence[tuple[Clip, Prompt]],
    lock: Lock,
    is_known: Callable[[str], bool] | None = None,
    reword: bool = False,
) -> list[Planned]:
    """The clips as jobs, in the order of the film. A clip's fingerprint holds that of the slate which the clip that it
    continues plays: the lock may have chosen another take there.

    `is_known` says of a fingerprint whether something was rendered or ordered for it: what release 0.1 rendered or
    ordered counts without a lock too. With `reword`, takes whose wording is another than today's do not count.
    """
    fingerprints: dict[str, str] = {}
    kept: dict[str, str | None] = {}
    planned = {}
    pairs = {clip.id: (clip, prompt) for clip, prompt in clips}
    # In the order in which clips must be rendered, which need not be that of the film: a fingerprint holds that of the
    # clip before.
    for name in sort_by_dependency({clip.id: clip.after for clip, _ in clips}):
        clip, prompt = pairs[name]
        frame = clip.first_frame
        follows = frame.clip if isinstance(frame, LastFrame) else None
        before = fingerprints.get(follows) if follows is not None else None
        match = jobs.match(lock, clip, before)
        kept[name] = find_kept(partial(_played, match), clip, kept.get(follows) if follows is not None else None)
        if match.block and match.block.accepted == match.fingerprint:  # kept, though what it continues is another
            kept[name] = match.block.slate
        one = _make_planned(jobs, clip, prompt, before)
        if kept[name]:
            one = _as_matched(replace(one, block=match.block), match, jobs, before)
        elif is_known and not is_known(one.job.fingerprint):
            first = jobs.first_job(one.job, clip, before)
            one = replace(one, job=first, today=one.job) if first and is_known(first.fingerprint) else one
        if one.worded and reword:
            one, kept[name] = _reword(one), None
        fingerprints[name] = one.slate
        planned[name] = one
    return [planned[clip.id] for clip, _ in clips]


def _as_matched(one: Planned, match: Match, jobs: Jobs, before: str | None) -> Planned:
    """A clip that plays what the lock names: with the job of release 0.1 where that rendered it, and with the release
    that worded the take, where today's sentences are others."""
    today, block = one.job, match.block
    if match.first:
        first = jobs.first_job(today, one.clip, before, match.fingerprint)
        one = replace(one, job=first or today, today=today if first else None)
    if block is None or today.panels or block.accepted == match.fingerprint:
        return one
    if block.is_first:
        return replace(one, worded=FIRST_RELEASE if one.job.prompt != today.prompt else None)
    return replace(one, worded=block.release if block.prompt not in (None, part_digest(today.prompt)) else None)


def _reword(one: Planned) -> Planned:
    """A clip that is to be rendered again in today's words, whatever the lock names for it."""
    job = one.today or one.job
    if one.block and one.block.fingerprint == job.fingerprint:
        slate = reword_slate(job.slate, job.prompt)
        job = replace(job, slate=slate, fingerprint=fingerprint(slate))
    return replace(one, job=job, today=None, block=None)


def _make_planned(jobs: Jobs, clip: Clip, prompt: Prompt, before: str | None) -> Planned:
    provider = jobs.providers[clip.provider]
    job = jobs.job(clip, prompt, before)
    request = provider.order(job) if provider.takes(job) else None
    written = collect_authored(jobs.storyboard, clip, jobs.names)
    return Planned(clip, prompt, job, request, written, provider.price_job(job) if request else None)


def _played(match: Match, clip: Clip, before: str | None) -> str | None:
    """What a clip plays by what the lock says of it, which holds what is played `before` it."""
    return match.slate


def is_of_first(block: Block, one: Planned) -> bool:
    """Whether a take of release 0.1 was rendered from what the author has written for a clip now."""
    return block.is_first and bool(block.parts) and block.parts == digest_first(one.fields, one.clip)


def as_today(one: Planned) -> Planned:
    """The clip with the job that would be ordered today, whatever was ordered for it by release 0.1."""
    return replace(one, job=one.today, today=None) if one.today else one


def further_take(one: Planned, number: int) -> Planned:
    """A further take of a clip: the same slate with another number, and a seed that is derived from that, since a seed
    of the author would give the same film again. The author's own number, or 1, is the clip as it is planned."""
    if number == one.job.take:
        return one
    clip = one.clip
    seed = None if one.job.seed is None else derive_seed(None, clip.references, clip.first_frame, clip.seconds, number)
    # A slate without a seed is of a host that takes none; the first form says so.
    slate = {**one.job.slate, "take": number, **({"seed": seed} if "seed" in one.job.slate else {})}
    job = replace(one.job, take=number, seed=seed, slate=slate, fingerprint=fingerprint(slate))
    return Planned(replace(clip, take=number, seed=seed), one.prompt, job, None, one.fields, one.usd)


def total_usd(planned: Sequence[Planned]) -> float | None:
    """US dollars for some clips, the same slate paid once; None where a price is unknown."""
    prices = {one.job.fingerprint: one.usd for one in planned}
    known = [usd for usd in prices.values() if usd is not None]
    return round(sum(known), 6) if len(known) == len(prices) else None
