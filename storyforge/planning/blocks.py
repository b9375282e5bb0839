"""A lock's block of a take that is chosen for a clip."""

from __future__ import annotations

from dataclasses import replace

from storyforge.compiler.jobs import Planned
from storyforge.compiler.slates import is_first_form, own_fingerprint
from storyforge.model.changes import Change
from storyforge.planning.takes import Take
from storyforge.system.lock import Block, part_digest, part_digests


def make_block(one: Planned, take: Take) -> Block:
    """The choice of a take for a clip. One that was rendered from other words is accepted although they differ."""
    known = take.block
    if take.current:
        given, parts = _name_slate(one, take), part_digests(one.fields)
    else:
        given = known.fingerprint if known else take.slate
        parts = dict(known.parts) if known else part_digests(take.rendering.get("fields") or {})
    return Block(
        fingerprint=given,
        take=take.sha256,
        provider=take.provider,
        model=take.model,
        seconds=take.seconds,
        seed=take.seed,
        number=take.number,
        rendered=take.slate if take.slate != given else None,
        order=take.order,
        usd=take.usd,
        date=take.date,
        emulated=take.emulated,
        accepted=None if take.current else one.job.fingerprint,
        although=None if take.current else although(take),
        release=None if take.is_first else take.release,
        prompt=digest_prompt(take),
        parts=parts,
    )


def _name_slate(one: Planned, take: Take) -> str:
    """The fingerprint of a clip's own slate, in the form of the one that a take was rendered from."""
    for job in (one.job, one.today):
        if job and is_first_form(job.slate) == take.is_first:
            return own_fingerprint(job.slate) if "wording" in job.slate else job.fingerprint
    if take.block:
        return take.block.fingerprint
    own = {**take.rendering["slate"], "take": one.job.take}
    return own_fingerprint({**own, "seed": one.job.seed} if "seed" in own else own)


def digest_prompt(take: Take) -> str | None:
    """A digest of the prompt that a take was rendered with; None where its slate holds it, or it is unknown."""
    if take.is_first:
        return None  # the slate holds it
    if take.prompt is None:
        return take.block.prompt if take.block else None
    return part_digest(take.prompt)


def although(take: Take) -> str:
    """How a clip differs from what a take was rendered from, on one line; without places, which other edits move."""
    return "; ".join(str(replace(one, place=None) if isinstance(one, Change) else one) for one in take.differs)
