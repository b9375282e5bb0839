"""Choose for each clip the cheapest host that can express it, among those that the writer has keys for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from storyforge.compiler.compile import Compiled, compile_file
from storyforge.compiler.jobs import Planned


@dataclass(frozen=True, slots=True)
class Choice:
    """Which host renders what, and what the others would have cost."""

    providers: Mapping[str, str]
    """The chosen host of each shot."""
    offers: Mapping[str, tuple[tuple[str, float], ...]]
    """For each clip, the hosts that can express it with their prices in US dollars, the cheapest first."""
    shots: Mapping[str, tuple[str, ...]]
    """Of each clip."""

    def offers_for(self, compiled: Compiled) -> dict[str, tuple[tuple[str, float], ...]]:
        """The offers for the clips that are cut as they were when they were priced."""
        cut = {one.clip.id: tuple(shot.id for shot in one.clip.shots) for one in compiled.planned}
        return {name: offers for name, offers in self.offers.items() if cut.get(name) == self.shots[name]}


def choose_cheapest(
    path: Path, hosts: Sequence[str], environment: Mapping[str, str], texts: Mapping[str, str] | None = None
) -> Choice:
    """The choice among some hosts that publish a price; of equal prices the earlier host wins.

    The storyboard is cut as for the first host, as if there were no lock; another can take a clip that it cuts the same
    and has nothing against. `texts` are read in the place of what files hold.
    """
    opened = [compile_file(path, host, environment, repack=True, texts=texts) for host in hosts]
    boards = [one for one in opened if isinstance(one, Compiled)]
    providers: dict[str, str] = {}
    offers: dict[str, tuple[tuple[str, float], ...]] = {}
    cut: dict[str, tuple[str, ...]] = {}
    for one in boards[0].planned if boards else ():
        shots = cut[one.clip.id] = tuple(shot.id for shot in one.clip.shots)
        takers = [
            (board.provider.name, other.usd)
            for board in boards
            if (other := _same(one, board)) and other.usd is not None and _can(other, board)
        ]
        offers[one.clip.id] = tuple(sorted(takers, key=lambda offer: offer[1]))
        if takers:
            providers |= dict.fromkeys(shots, offers[one.clip.id][0][0])
    return Choice(providers, offers, cut)


def _same(one: Planned, compiled: Compiled) -> Planned | None:
    return next(
        (other for other in compiled.planned if (other.clip.id, other.clip.shots) == (one.clip.id, one.clip.shots)),
        None,
    )


def _can(one: Planned, compiled: Compiled) -> bool:
    """Whether a host takes a clip, and the checks find no error in its shots or in the film as a whole."""
    written = [shot.id for shot in compiled.storyboard.shots or ()]
    numbers = {written.index(shot.id) for shot in one.clip.shots}
    against = [found for found in compiled.diagnostics if found.severity == "error"]
    return one.request is not None and not any(
        found.path[:1] != ("shots",) or found.path[1:2] == () or found.path[1] in numbers for found in against
    )
