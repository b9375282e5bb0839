"""Clips and prompts as jobs: slates, fingerprints, costs, and why each would be rendered."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Literal

from storyforge.compiler.authored import collect_authored
from storyforge.compiler.pack import derive_seed, extra_for
from storyforge.compiler.panels import make_panels
from storyforge.compiler.partition import find_kept
from storyforge.language.mentions import Names, collect_names
from storyforge.model.changes import Change
from storyforge.model.clip import Clip, Job, LastFrame, Prompt
from storyforge.model.dependencies import sort_by_dependency
from storyforge.model.messages import Request
from storyforge.model.storyboard import Storyboard
from storyforge.providers.base import Provider
from storyforge.system.lock import Block, Lock

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

    @property
    def slate(self) -> str:
        """Fingerprint of the slate that the clip plays a take of, which need not be the one written now."""
        return self.block.slate if self.block else self.job.fingerprint


@dataclass(frozen=True, slots=True)
class _Slate:
    """All that can change a clip's take, as it is before the clip that it continues has its name."""

    fields: Mapping[str, Any]
    panels: tuple[Mapping[str, Any], ...]
    fingerprint: str


class Jobs:
    """Makes the jobs of a storyboard's clips. A clip's slate is made once, for packing and for the plan."""

    def __init__(self, storyboard: Storyboard, providers: Mapping[str, Provider]) -> None:
        self.storyboard, self.providers, self.names = storyboard, providers, collect_names(storyboard)
        self._slates: dict[tuple[tuple[str, int], str | None], _Slate] = {}

    def fingerprint(self, clip: Clip, prompt: Prompt, before: str | None) -> str:
        """The fingerprint of a clip's job; `before` is that of the slate which the clip that it continues plays."""
        return self._slate(clip, prompt, before).fingerprint

    def job(self, clip: Clip, prompt: Prompt, before: str | None) -> Job:
        """The job that renders a clip; `before` is as in `fingerprint`."""
        slate, form = self._slate(clip, prompt, before), self.storyboard.format
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
            extra=slate.fields["extra"],
            panels=slate.panels,
            language=self.storyboard.language,
            slate=slate.fields,
            fingerprint=slate.fingerprint,
        )

    def _slate(self, clip: Clip, prompt: Prompt, before: str | None) -> _Slate:
        # By the cut and not the id alone: while shots are packed, clips of several lengths begin with the same shot.
        key = clip.cut, before
        if key not in self._slates:
            self._slates[key] = _slate(self.storyboard, clip, prompt, self.providers[clip.provider], self.names, before)
        return self._slates[key]


def make_jobs(jobs: Jobs, clips: Sequence[tuple[Clip, Prompt]], lock: Lock) -> list[Planned]:
    """The clips as jobs, in the order of the film. A clip's fingerprint holds that of the slate which the clip that it
    continues plays: the lock may have chosen another take there."""
    board = jobs.storyboard
    fingerprints: dict[str, str] = {}
    kept: dict[str, str | None] = {}
    planned = {}
    pairs = {clip.id: (clip, prompt) for clip, prompt in clips}
    # In the order in which clips must be rendered, which need not be that of the film: a fingerprint holds that of the
    # clip before.
    for name in sort_by_dependency({clip.id: clip.after for clip, _ in clips}):
        clip, prompt = pairs[name]
        provider = jobs.providers[clip.provider]
        frame = clip.first_frame
        job = jobs.job(clip, prompt, fingerprints.get(frame.clip) if isinstance(frame, LastFrame) else None)
        request = provider.order(job) if provider.takes(job) else None
        written = collect_authored(board, clip, jobs.names)
        usd = provider.price_job(job) if request else None
        named = partial(_played, lock, job.fingerprint)
        kept[clip.id] = find_kept(named, clip, kept.get(frame.clip) if isinstance(frame, LastFrame) else None)
        block = lock.find(clip.id, job.fingerprint)
        if block and block.accepted == job.fingerprint:  # the author keeps it, though what it continues is another
            kept[clip.id] = block.slate
        one = Planned(clip, prompt, job, request, written, usd, block if kept[clip.id] else None)
        fingerprints[clip.id] = one.slate
        planned[clip.id] = one
    return [planned[clip.id] for clip, _ in clips]


def _played(lock: Lock, fingerprint: str, clip: Clip, before: str | None) -> str | None:
    """What a clip of a known fingerprint, which holds what is played `before` it, plays by the lock."""
    return lock.find_played(clip.id, clip.seconds, fingerprint)


def further_take(one: Planned, number: int) -> Planned:
    """A further take of a clip: the same slate with another number, and a seed that is derived from that, since a seed
    of the author would give the same film again. The author's own number, or 1, is the clip as it is planned."""
    if number == one.job.take:
        return one
    clip = one.clip
    seed = None if one.job.seed is None else derive_seed(None, clip.references, clip.first_frame, clip.seconds, number)
    slate = {**one.job.slate, "take": number, "seed": seed}
    job = replace(one.job, take=number, seed=seed, slate=slate, fingerprint=fingerprint(slate))
    return Planned(replace(clip, take=number, seed=seed), one.prompt, job, None, one.fields, one.usd)


def total_usd(planned: Sequence[Planned]) -> float | None:
    """US dollars for some clips, the same slate paid once; None where a price is unknown."""
    prices = {one.job.fingerprint: one.usd for one in planned}
    known = [usd for usd in prices.values() if usd is not None]
    return round(sum(known), 6) if len(known) == len(prices) else None


def _slate(
    storyboard: Storyboard, clip: Clip, prompt: Prompt, provider: Provider, names: Names, before: str | None
) -> _Slate:
    """Everything that can change the take, and nothing else: no ids, titles, notes, paths, dates or version of ours."""
    frame, form = clip.first_frame, storyboard.format
    fields: dict[str, Any] = {
        "provider": provider.name,
        "model": provider.model,
        "mode": clip.mode,
        "prompt": prompt.text,
        "references": [reference.picture.token for reference in clip.references],
        "first_frame": _followed(frame, before) if isinstance(frame, LastFrame) else frame and frame.token,
        "seconds": clip.seconds,
        "resolution": form.resolution,
        "seed": clip.seed,
        "take": clip.take,
        # Of the first shot for all: shots with another `extra` are never packed together.
        "extra": extra_for(provider.name, storyboard, clip.shots[0]),
    }
    if frame is None or provider.draws_panels:
        fields["aspect"] = form.aspect  # where a host is given a first frame, the frame's own shape wins
    panels = tuple(make_panels(storyboard, clip, names)) if provider.draws_panels else ()
    if provider.draws_panels:
        # Only the animatic is drawn at the film's rate. A host's take is conformed to it, so a new rate renders nothing
        # again.
        fields |= {"fps": form.fps, "language": storyboard.language, "panels": list(panels)}
    return _Slate(fields, panels, fingerprint(fields))


def _followed(frame: LastFrame, before: str | None) -> dict[str, Any]:
    """What tells the picture that a clip ends on: its slate, and which of its frames that is if not the last."""
    return {"follows": before, **({"anchor": "sharpest"} if frame.sharpest else {})}


def fingerprint(slate: Mapping[str, Any]) -> str:
    """The hash of a slate: sha256 of its JSON with sorted keys."""
    # Takes in stores and locks are known by this hash: with another way of writing it, all of them would be paid for
    # again.
    return hashlib.sha256(
        json.dumps(slate, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
    ).hexdigest()
