"""Says why each clip of a plan is rendered: compares what its take was rendered from with what is written now.

Reasons are in the author's words, with the values before and after and the line they are on now. What a take was
rendered from is known from the store's record, field by field; where only the lock is there, as in another clone, its
digests still tell which fields differ.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import Any

from storyforge.compiler.compile import Compiled
from storyforge.compiler.jobs import Planned, Standing, as_today, further_take, is_of_first
from storyforge.model.changes import Change
from storyforge.model.clip import Job
from storyforge.model.diagnostics import Path
from storyforge.providers import find_kind, is_free
from storyforge.system.lock import Block, part_digest
from storyforge.system.store import Store

UNCHANGED = "unchanged"
"""Why a clip keeps its take of which there is nothing to tell."""
HURT = "damaged: its take is no longer what was rendered"
"""Why a clip is rendered, or fetched from its host again, whose take here is hurt."""
EMULATED = "emulated"
"""What is said of a take that no real host made."""

_APART = ("shots.", "seconds")
"""Fields that are no reason by themselves: those of shots, and the clip's length, which follows from them."""


@dataclass(frozen=True, slots=True)
class _Past:
    """What a clip was last rendered from: values by path where they are known, else digests of them."""

    fingerprint: str
    fields: Mapping[str, Any] | None
    parts: Mapping[str, str]
    after: Sequence[str] | None


def plan_clips(
    compiled: Compiled,
    record: Mapping[str, Any],
    standing_of: Callable[[Job], Standing] = lambda job: None,
) -> tuple[Planned, ...]:
    """The clips with their takes, states and reasons, from the store, the ledger, the lock and the store's record of
    what each was last rendered from."""
    takes = {one.clip.id: take_for(one, compiled.project.store) for one in compiled.planned}
    explained = []
    for one in compiled.planned:
        take = takes[one.clip.id]
        if take:
            emulated = is_emulated(one, take, compiled.project.store)
            explained.append(replace(one, take=take, state="cached", why=_kept(one, emulated), emulated=emulated))
            continue
        one, hurt = as_chosen(one), is_hurt(one, compiled)
        if standing := standing_of(one.job):
            told = f"{HURT}; {standing[1]}" if hurt else standing[1]
            # What is ordered again is ordered in today's words.
            one = as_today(one) if standing[0] == "render" else one
            explained.append(replace(one, state=standing[0], why=told))
            continue
        if hurt:
            explained.append(replace(as_today(one), why=HURT))
            continue
        one = as_today(one)
        changes, why = _reasons(one, compiled, record, takes)
        explained.append(replace(one, why=why, changes=changes))
    return tuple(explained)


def take_for(one: Planned, store: Store) -> str | None:
    """The sha256 of the take that a clip plays, if it is here: the lock's choice, else whatever was rendered from the
    same slate."""
    if one.block and one.block.emulated and not (is_free(one.clip.provider) or store.is_local(one.clip.provider)):
        return None  # it was accepted for another host, which is reached elsewhere
    here = store.find_take(one.slate)
    chosen = one.block.take if one.block else None
    return chosen if chosen and chosen != here and store.has_take(chosen) else here


def is_hurt(one: Planned, compiled: Compiled) -> bool:
    """Whether a clip that has no take would have one if its file were whole."""
    store = compiled.project.store
    return any(store.is_hurt(take) for take in list_chosen(one, compiled))


def list_chosen(one: Planned, compiled: Compiled) -> list[str]:
    """The takes, by their sha256, that the lock and the store name for a clip as it is now, be they here or not."""
    own = compiled.lock.blocks.get(one.clip.id)
    kept = own if own and (one.job.fingerprint in (own.fingerprint, own.accepted) or is_of_first(own, one)) else None
    named = [block.take for block in (one.block, kept) if block]
    slates = dict.fromkeys((one.slate, one.job.fingerprint))
    records = [compiled.project.store.rendering(slate) for slate in slates]
    return list(dict.fromkeys([*named, *(str(record["take"]) for record in records if record)]))


def is_emulated(one: Planned, take: str, store: Store) -> bool:
    """Whether a take that a clip plays is of an emulator, by the lock or, where that names another, by the store."""
    if one.block and one.block.take == take:
        return one.block.emulated
    return bool((store.rendering(one.slate) or {}).get("emulated"))


def as_chosen(one: Planned) -> Planned:
    """The clip with the job that renders what the lock chose for it, where that is a further take of these words."""
    chosen = further_take(one, one.block.number) if one.block and one.block.rendered else one
    return replace(one, clip=chosen.clip, job=chosen.job) if chosen.job.fingerprint == one.slate else one


def _kept(one: Planned, emulated: bool) -> str:
    block = one.block
    further = block and block.rendered and block.number != one.job.take
    said = [f"take {block.number} was chosen"] if block and further else []
    if block and block.accepted == one.job.fingerprint:
        said.append(f"accepted although {block.although}" if block.although else "accepted")
    return ", ".join([*(said or [UNCHANGED]), *([EMULATED] if emulated else [])])


def _reasons(
    one: Planned,
    compiled: Compiled,
    record: Mapping[str, Any],
    takes: Mapping[str, str | None],
) -> tuple[tuple[Change, ...], str]:
    follows = [f"follows {name}" for name in one.clip.after if name in takes and not takes[name]]
    if compiled.rewords and one.worded:
        return (), "; ".join([f"its wording is of release {one.worded}", *follows])
    if _was_emulated(one, compiled):
        return (), f"its take is {EMULATED}: {one.clip.provider} itself has rendered none"
    block = compiled.lock.blocks.get(one.clip.id)
    same = bool(block and is_of_first(block, one) and not follows)
    if one.block or same or (block and block.accepted == one.job.fingerprint):
        kind = "take" if one.block or same else "accepted take"
        return (), f"its {kind} is not in the store; `storyforge pull` may bring it"
    past = _past(one, compiled, record)
    if past is None:
        return (), "; ".join(["new", *follows])
    if past.fingerprint == one.job.fingerprint:
        return (), "its take is no longer in the store"
    if _is_new_there(one, past):
        return (), "; ".join([f"new at {_title(one.clip.provider)}", *follows])
    changes = tuple(find_changes(one, past.fields, past.parts, compiled))
    if past.after is not None and list(past.after) != list(one.clip.after) and not follows:
        follows = [f"follows {name}" for name in one.clip.after] or ["follows no other clip any more"]
    told = [*(str(change) for change in changes), *follows]
    return changes, "; ".join(
        told or unwritten_reasons(one, (compiled.project.store.rendering(past.fingerprint) or {}).get("slate"))
    )


def _is_new_there(one: Planned, past: _Past) -> bool:
    """Whether a clip was rendered last by another provider, which is all there is to tell: none of it is here."""
    now = one.fields["provider"]
    if past.fields is not None:
        return bool(past.fields.get("provider", now) != now)
    digest = part_digest(now)
    return past.parts.get("provider", digest) != digest


def _title(provider: str) -> str:
    """A provider as people name it."""
    kind = find_kind(provider)
    return kind.title if kind else provider


def _was_emulated(one: Planned, compiled: Compiled) -> bool:
    """Whether a clip has a take that does not count, since it is of an emulator and its host is reached elsewhere."""
    store, fingerprint = compiled.project.store, one.job.fingerprint
    block = one.block or compiled.lock.find(one.clip.id, fingerprint)
    if block and block.emulated:
        return not (store.is_local(block.provider) and store.is_local(one.clip.provider))
    return bool((store.rendering(one.slate) or {}).get("emulated")) and not store.is_local(one.clip.provider)


def _past(one: Planned, compiled: Compiled, record: Mapping[str, Any]) -> _Past | None:
    known = record.get("clips", {}).get(one.clip.id)
    known = known if isinstance(known, dict) else None
    block: Block | None = compiled.lock.blocks.get(one.clip.id)
    if block and known and block.provider != one.clip.provider:
        block = None  # what this machine rendered last says more than another host's take
    if block and (known is None or known.get("fingerprint") != block.fingerprint):
        return _Past(block.fingerprint, _written(compiled.project.store.rendering(block.slate)), block.parts, None)
    if known is None:
        return None
    return _Past(str(known.get("fingerprint")), known.get("fields", {}), {}, known.get("after"))


def _written(rendering: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """What the author had written for a take, if the store knows."""
    fields = (rendering or {}).get("fields")
    return fields if isinstance(fields, dict) else None


def find_differences(
    one: Planned, compiled: Compiled, rendering: Mapping[str, Any] | None, parts: Mapping[str, str]
) -> tuple[Change | str, ...]:
    """How a clip differs from what a take was rendered from, by the store's record of the take or, where it knows no
    fields, by digests of them: the changes of the author, or else what is written in no storyboard."""
    fields = _written(rendering)
    changes = tuple(find_changes(one, fields, parts, compiled)) if fields or parts else ()
    return changes or tuple(unwritten_reasons(one, (rendering or {}).get("slate")))


def find_changes(
    one: Planned, before: Mapping[str, Any] | None, parts: Mapping[str, str], compiled: Compiled
) -> Iterator[Change]:
    """What differs in the fields of a clip from what they were, or from digests of them where values are not known."""
    known = before is not None
    old = parts if before is None else before
    new = one.fields if known else {path: part_digest(value) for path, value in one.fields.items()}
    places = _Places(compiled)
    shots = [shot.id for shot in one.clip.shots]
    staying = {_owner(path) for path in old} & {_owner(path) for path in new}
    was, now = (
        {path: fields[path] for path in fields if not path.startswith(_APART) and _owner(path) in staying}
        for fields in (old, new)
    )
    found = [
        *_differences(was, now, lambda path: (path, places.find_path(path, shots)), known),
        *_shot_changes(_by_shot(old), _by_shot(new), shots, places, known),
    ]
    if not found and old.get("seconds") != new.get("seconds"):
        found = list(_field("seconds", places.shot(shots[0]), old.get("seconds"), new.get("seconds"), known))
    for change in found:
        yield replace(change, place=compiled.source.locate(change.path))


def _owner(path: str) -> str:
    """Whose field it is. Who comes into a clip or leaves it does so by a shot, and the shot is the reason given."""
    return path.rpartition(".")[0] if path.startswith("cast.") else ""


class _Places:
    """Where the fields of clips are written."""

    def __init__(self, compiled: Compiled) -> None:
        self.source = compiled.source
        self.numbers = {shot.id: number for number, shot in enumerate(compiled.storyboard.shots or ())}

    def find_path(self, path: str, shots: Sequence[str]) -> Path:
        """The path in the storyboard of a field of a clip. What every shot of a clip shares is found at its first."""
        parts = tuple(path.split("."))
        own = self.shot(shots[0], *parts)
        return own if len(parts) == 1 and self.source.has(own) else parts

    def shot(self, shot: str, *rest: str) -> Path:
        return ("shots", self.numbers.get(shot, 0), *rest)


def _differences(
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    named: Callable[[str], tuple[str, Path]],
    known: bool,
) -> Iterator[Change]:
    for path in dict.fromkeys([*new, *old]):
        if old.get(path) != new.get(path):
            name, place = named(path)
            yield from _field(name, place, old.get(path), new.get(path), known)


def _field(name: str, place: Path, before: Any, after: Any, known: bool) -> Iterator[Change]:
    """A field that differs; of a list that is as long as it was, the items that differ."""
    if not known:
        yield Change(name, place)
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for number, (one, other) in enumerate(zip(before, after, strict=True)):
            if one != other:
                yield Change(f"{name}[{number}]", (*place, number), one, other, True)
    else:
        yield Change(name, place, before, after, True)


def _by_shot(fields: Mapping[str, Any]) -> list[dict[str, Any]]:
    shots: dict[int, dict[str, Any]] = {}
    for path, value in fields.items():
        head, _, rest = path.partition(".")
        if head == "shots":
            number, _, name = rest.partition(".")
            shots.setdefault(int(number), {})[name] = value
    return [shots[number] for number in sorted(shots)]


def _shot_changes(
    old: list[dict[str, Any]], new: list[dict[str, Any]], ids: Sequence[str], places: _Places, known: bool
) -> Iterator[Change]:
    """Changes in the shots of a clip. Shots are matched by their action, so that one put in front moves the others and
    changes nothing in them."""
    was, now = ([json.dumps(shot.get("action")) for shot in shots] for shots in (old, new))
    # `autojunk` would leave out what comes often among 200 shots or more.
    for kind, start, stop, begin, end in SequenceMatcher(None, was, now, autojunk=False).get_opcodes():
        if kind == "equal" or (kind == "replace" and stop - start == end - begin):
            for one, number in zip(old[start:stop], range(begin, end), strict=True):
                suffix = f" of {ids[number]}" if len(new) > 1 else ""

                def named(path: str, number: int = number, suffix: str = suffix) -> tuple[str, Path]:
                    return f"{path}{suffix}", places.shot(ids[number], path)

                yield from _differences(one, new[number], named, known)
            continue
        for number in range(begin, end):
            yield Change("shots", places.shot(ids[number]), None, ids[number], known)
        for one in old[start:stop]:
            yield Change("shots", places.shot(ids[0]), one.get("action"), None, known)


def unwritten_reasons(one: Planned, slate: object) -> list[str]:
    """Reasons that stand in no storyboard, from the slate that a clip was rendered from or would have been."""
    now, told = one.job.slate, []
    if not isinstance(slate, Mapping):
        return ["wording of the prompt changed"]
    if slate.get("model") != now["model"]:
        told.append(f'model: "{slate.get("model")}" → "{now["model"]}"')
    if slate.get("first_frame") != now.get("first_frame") and one.clip.after:
        told.append(f"follows {one.clip.after[0]}, which plays another take")
    if slate.get("templates") != now.get("templates") or not told:
        told.append("wording of the prompt changed")
    return told
