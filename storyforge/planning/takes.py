"""The takes of a film's clips: which there are, how they differ from what is written now, and which the lock chose."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from storyforge.compiler.compile import Compilation, Compiled, Uncompiled
from storyforge.compiler.jobs import Planned, as_today, further_take
from storyforge.compiler.slates import FIRST_RELEASE, RELEASE, find_prompt, fingerprint, is_first_form, own_fingerprint
from storyforge.model.changes import Change
from storyforge.planning.orders import Orders, share_orders
from storyforge.planning.reasons import find_differences, take_for
from storyforge.providers import is_free
from storyforge.system.lock import Block, Lock, lock_path, part_digest, read_lock_text, read_sides
from storyforge.system.store import Store

Paid = Callable[[str], tuple[str | None, float | None]]
"""For the fingerprint of a slate: the host's number of the job that rendered it, and what that cost in US dollars."""

LONGEST_NUMBER = 3
"""Digits of a take's number; what is longer is the beginning of a sha256."""

UNDECIDED = "lock-conflict"
"""The finding about a lock that a merge left undecided: the one error in spite of which a take can be chosen."""


@dataclass(frozen=True, slots=True)
class Take:
    """A take of a clip, from the store, from the lock, or from both."""

    sha256: str
    slate: str
    """Fingerprint of the slate that it was rendered from."""
    number: int
    provider: str
    model: str
    seconds: int
    seed: int | None = None
    date: str | None = None
    order: str | None = None
    """The host's name for the job."""
    usd: float | None = None
    clip: str | None = None
    """The id of its clip when it was rendered, where the store knows."""
    here: bool = False
    """Whether its file is in the store, and whole."""
    hurt: bool = False
    """Whether it was in the store, and its file is damaged now."""
    path: Path | None = None
    """Its file; None where it is not in the store, or was not looked for."""
    emulated: bool = False
    """Whether an emulator rendered it, in the place of its host."""
    release: str = RELEASE
    """The release that worded it."""
    prompt: str | None = None
    """The prompt as it was sent; None where none was, or it is unknown."""
    chosen: bool = False
    """Whether the clip plays it, or did before its words were changed."""
    current: bool = False
    """Whether it was rendered from the words as they stand now."""
    differs: tuple[Change | str, ...] = ()
    """Else, how those differ from what it was rendered from."""
    rendering: Mapping[str, Any] = field(default_factory=dict)
    """The store's record of it."""
    block: Block | None = None
    """What the lock says of it."""

    @property
    def is_worded_before(self) -> bool:
        """Whether an older release worded it; nothing is worded for what is drawn here."""
        return self.release != RELEASE and not is_free(self.provider)

    @property
    def is_first(self) -> bool:
        """Whether the slate that it was rendered from is of the first form, that of release 0.1."""
        slate = self.rendering.get("slate")
        if slate:
            return is_first_form(slate)
        return self.block is not None and self.block.is_first

    def _repr_html_(self) -> str:
        """The take as a notebook shows it: its first frame and what is known of it."""
        from storyforge.planning.notebook import take_html

        return take_html(self)


def played_take(one: Planned, store: Store) -> str | None:
    """The sha256 of the take that a clip plays: as it was planned, or what has been rendered since."""
    return one.take or store.find_take(one.job.fingerprint)


def find_emulated(planned: Sequence[Planned], store: Store) -> list[Planned]:
    """Clips that play a take of an emulator: as they were planned, or as they have been rendered since."""

    def has_come(one: Planned) -> bool:
        here = not one.take and store.find_take(one.job.fingerprint)
        return bool(here and (store.rendering(one.job.fingerprint) or {}).get("emulated"))

    return [one for one in planned if one.emulated or has_come(one)]


def take_from_record(slate: str, record: Mapping[str, Any], paid: Paid) -> Take:
    """A take as the store knows it, by the fingerprint and the record of its slate."""
    made, (order, usd) = record["slate"], paid(slate)
    provider = str(made.get("provider", ""))
    return Take(
        str(record["take"]),
        slate,
        int(made.get("take", 1)),
        provider,
        str(made.get("model", "")),
        int(made.get("seconds", 0)),
        made.get("seed"),
        record.get("date"),
        order,
        0.0 if is_free(provider) else usd,
        record.get("clip"),
        emulated=bool(record.get("emulated")),
        release=_name_release(record),
        prompt=find_prompt(record),
        rendering=record,
    )


def take_from_block(block: Block, record: Mapping[str, Any] | None, paid: Paid = lambda slate: (None, None)) -> Take:
    """A take as the lock knows it; `record` is the store's of its slate, if it has one."""
    order, usd = paid(block.slate)
    return Take(
        block.take,
        block.slate,
        block.number,
        block.provider,
        block.model,
        block.seconds,
        block.seed,
        block.date,
        block.order or order,
        usd if block.usd is None else block.usd,
        (record or {}).get("clip"),
        emulated=block.emulated,
        release=block.release or FIRST_RELEASE,
        prompt=find_prompt(record or {}),
        rendering=record or {},
        block=block,
    )


def _name_release(record: Mapping[str, Any]) -> str:
    return str(record.get("release") or (FIRST_RELEASE if is_first_form(record["slate"]) else RELEASE))


def compare_take(one: Planned, take: Take, chosen: tuple[str, str] | None, compiled: Compiled) -> Take:
    """A take compared with the clip as it is now; `chosen` are slate and sha256 of the take that the clip plays."""
    parts = take.block.parts if take.block else {}
    own = _own_slate(take)
    current = any(_names(further_take(form, take.number), own) for form in list_forms(one, compiled))
    differs = () if current else find_differences(one, compiled, take.rendering, parts)
    path = compiled.project.store.take(take.sha256)
    here, hurt = compiled.project.store.has_take(take.sha256), compiled.project.store.is_hurt(take.sha256)
    made = replace(take, here=here, hurt=hurt, path=path if here else None, current=current, differs=differs)
    return replace(made, chosen=(take.slate, take.sha256) == chosen)


def _own_slate(take: Take) -> str:
    """The fingerprint of the slate that a take was rendered from, whatever it was worded again for."""
    slate = take.rendering.get("slate") or {}
    if "wording" in slate:
        return own_fingerprint(slate)
    block = take.block
    # Of a take that only the lock knows: another slate of the same number is another wording.
    reworded = block and not slate and block.rendered and block.prompt and block.number == 1
    return block.fingerprint if block and reworded else take.slate


def _names(one: Planned, fingerprint: str) -> bool:
    return fingerprint in (one.job.fingerprint, own_fingerprint(one.job.slate))


def list_forms(one: Planned, compiled: Compiled, ordered: bool = False) -> tuple[Planned, ...]:
    """A clip with the job that would be ordered today and, where release 0.1 rendered or `ordered` anything, with the
    one that it would have ordered: takes of both are of the words as they stand now."""
    today = as_today(one)
    if one.today:
        return today, one
    if compiled.jobs is None or not (ordered or compiled.has_first):
        return (today,)
    after = one.clip.after
    before = next((each.slate for each in compiled.planned if each.clip.id in after), None) if after else None
    first = compiled.jobs.first_job(today.job, one.clip, before)
    return (today, replace(today, job=first, today=today.job)) if first else (today,)


def find_take(takes: Sequence[Take], named: str) -> list[Take]:
    """The takes of a clip that a name means: up to three digits are the number of a take of the words as they stand
    now, or of others where those have none; four characters or more begin its sha256."""
    if named.isdecimal() and len(named) <= LONGEST_NUMBER:
        numbered = [take for take in takes if take.number == int(named)]
        return [take for take in numbered if take.current] or numbered
    found = [take for take in takes if len(named) > LONGEST_NUMBER and take.sha256.startswith(named.lower())]
    # The same film from two slates is one answer, not two that may be meant.
    return found[:1] if len({take.sha256 for take in found}) == 1 else found


def misfit(one: Planned, take: Take) -> str | None:
    """Why a take cannot be played for a clip as it is now: the film would be longer, or of another shape."""
    if take.seconds != one.job.seconds:
        return f"it lasts {take.seconds} s, and the film has {one.job.seconds} s for it"
    # What is known of neither is no misfit: the lock of another clone may say little.
    slate = take.rendering.get("slate") or {}
    parts = take.block.parts if take.block else {}
    for name, now in (("resolution", one.job.resolution), ("aspect", one.job.aspect)):
        if slate.get(name, now) != now:
            return f"its {name} is {slate[name]}, and that of the film {now}"
        if name not in slate and parts.get(f"format.{name}", part_digest(now)) != part_digest(now):
            return f"its {name} is another than that of the film, {now}"
    return None


def all_takes(compiled: Compilation, orders: Orders | None = None) -> dict[str, list[Take]]:
    """The takes of each clip of a film, with those of both sides where a merge left the lock undecided. `orders` are
    those of the store, where somebody reads them already."""
    if isinstance(compiled, Uncompiled):
        return {}
    undecided: list[Lock] = []
    if any(found.name == UNDECIDED for found in compiled.diagnostics):
        sides = read_sides(read_lock_text(lock_path(compiled.path)) or "")
        undecided = [sides.ours, sides.theirs] if sides else []
    with share_orders(compiled.project.store, orders) as shared:
        return list_takes(compiled, shared.find_payment, undecided)


def list_takes(compiled: Compiled, paid: Paid, undecided: Sequence[Lock] = ()) -> dict[str, list[Take]]:
    """All takes of each clip: those of the words as they stand now by their numbers, then others, the latest first.

    A take is a clip's if the lock says so, if it was rendered from what is written now, or if it was rendered under the
    clip's id for this film. `undecided` are the sides of a lock that a merge left.
    """
    shelf, store = _Shelf(compiled), compiled.project.store
    found = {}
    for one in compiled.planned:
        chosen = _chosen(one, compiled.lock, undecided, store)
        known = _known(one, shelf, paid, [*undecided, compiled.lock])
        takes = [compare_take(one, take, chosen, compiled) for take in known]
        # Backwards: of the same take twice the first stays, which is that of the lock and knows more.
        now = {(take.slate, take.sha256): take for take in takes[::-1] if take.current}
        # Of other words one film is one take, however often it was rendered.
        here = {take.sha256 for take in now.values()}
        past = {take.sha256: take for take in takes[::-1] if not take.current and take.sha256 not in here}
        found[one.clip.id] = [
            *sorted(now.values(), key=lambda take: take.number),
            *sorted(past.values(), key=lambda take: (take.date or "", take.number, take.sha256), reverse=True),
        ]
    return found


def _chosen(one: Planned, lock: Lock, undecided: Sequence[Lock], store: Store) -> tuple[str, str] | None:
    """The slate and the sha256 of the take that a clip plays or, where its words were changed, played; None where that
    is not decided."""
    if len({block.take for side in undecided if (block := side.blocks.get(one.clip.id))}) > 1:
        return None
    if not one.block and (take := take_for(one, store)):
        return one.job.fingerprint, take
    block = one.block or lock.blocks.get(one.clip.id)
    return (block.slate, block.take) if block else None


def _known(one: Planned, shelf: _Shelf, paid: Paid, locks: Sequence[Lock]) -> Iterator[Take]:
    """What the lock says of a clip's takes, then what the store does."""
    blocks = [block for lock in locks if (block := lock.blocks.get(one.clip.id))]
    blocks += [one.block] if one.block else []
    for block in blocks:
        yield take_from_block(block, shelf.records.get(block.slate), paid)
    for slate in shelf.slates(one, blocks):
        yield take_from_record(slate, shelf.records[slate], paid)


class _Shelf:
    """What the store knows of takes, by what finds them."""

    def __init__(self, compiled: Compiled) -> None:
        store = compiled.project.store
        self.compiled, self.film, self.top = compiled, compiled.project.film_name, store.top
        self.clips = {one.clip.id for one in compiled.planned}
        self.records = {slate: record for slate, record in store.renderings() if _is_whole(record)}
        self.of_words: dict[str, list[str]] = {}
        self.of_place: dict[tuple[Any, Any], list[str]] = {}
        for slate, record in self.records.items():
            self.of_words.setdefault(words_fingerprint(record["slate"]), []).append(slate)
            self.of_place.setdefault(self.place(slate), []).append(slate)

    def place(self, slate: str) -> tuple[Any, Any]:
        """The film and the clip that a slate was rendered for."""
        return self.records[slate].get("film"), self.records[slate].get("clip")

    def is_left(self, place: tuple[Any, Any]) -> bool:
        """Whether nothing is called so any more: a clip of this film was renamed, or a storyboard was."""
        film, clip = place
        if film == self.film:
            return clip not in self.clips
        return isinstance(film, str) and not (self.top / film).exists()

    def slates(self, one: Planned, blocks: Sequence[Block]) -> list[str]:
        """Slates of a clip that were rendered. Where such a one was under an id that is no more, the clip was renamed,
        and whatever was rendered under that id is followed."""
        slates = {block.slate for block in blocks} | {block.fingerprint for block in blocks}
        own = [slate for slate in sorted(slates) if slate in self.records]
        for form in list_forms(one, self.compiled):
            for slate in self.of_words.get(words_fingerprint(form.job.slate), ()):
                made = self.records[slate]["slate"]
                if _names(further_take(form, int(made.get("take", 1))), own_fingerprint(made)):
                    own.append(slate)
        left = [name for name, block in self.compiled.lock.blocks.items() if block is one.block]
        places = [*((self.film, name) for name in left), *map(self.place, own)]
        places = [(self.film, one.clip.id), *(place for place in places if self.is_left(place))]
        return list(dict.fromkeys([*own, *(slate for place in places for slate in self.of_place.get(place, ()))]))


def _is_whole(record: Mapping[str, Any]) -> bool:
    """Whether a record of the store can be read as one; it may have been torn or edited."""
    made = record.get("slate")
    return (
        isinstance(record.get("take"), str)
        and isinstance(made, dict)
        and isinstance(made.get("take", 1), int)
        and isinstance(made.get("seconds"), int)
    )


def words_fingerprint(slate: Mapping[str, Any]) -> str:
    """What the takes of the same words share: a hash of the slate without its number and seed."""
    return fingerprint({name: value for name, value in slate.items() if name not in ("take", "seed", "wording")})
