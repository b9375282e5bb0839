"""Choose for each clip the cheapest host that can express it, among those that the writer has keys for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from storyforge.compiler.compile import Compiled, Loaded, compile_loaded
from storyforge.compiler.jobs import Planned
from storyforge.compiler.pictures import Pictures


@dataclass(frozen=True, slots=True)
class Choice:
    """Which host renders what, and what the others would have cost."""

    providers: Mapping[str, str]
    """The chosen host of each shot."""
    offers: Mapping[str, tuple[tuple[str, float], ...]]
    """For each clip, the hosts that can express it with their prices in US dollars, the cheapest first."""
    shots: Mapping[str, tuple[str, ...]]
    """Of each clip."""
    pictures: Pictures | None
    """Those that were looked at; None where the file holds no storyboard."""

    def offers_for(self, compiled: Compiled) -> dict[str, tuple[tuple[str, float], ...]]:
        """The offers for the clips that are cut as they were when they were priced."""
        cut = {one.clip.id: tuple(shot.id for shot in one.clip.shots) for one in compiled.planned}
        return {name: offers for name, offers in self.offers.items() if cut.get(name) == self.shots[name]}


def choose_cheapest(loaded: Loaded, hosts: Sequence[str], environment: Mapping[str, str]) -> Choice:
    """The choice among some hosts that publish a price; of equal prices the earlier host wins.

    The storyboard is cut as for the first host, as if there were no lock; another can take a clip that it cuts the same
    and has nothing against.
    """
    boards: list[Compiled] = []
    pictures: Pictures | None = None
    for host in hosts:
        board = compile_loaded(loaded, host, environment, repack=True, pictures=pictures)
        if isinstance(board, Compiled):
            boards.append(board)
            # Pictures are the same for every host, so they are read once.
            pictures = board.pictures
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
        # `sorted` is stable: of equal prices, the host that was given first stays first.
        offers[one.clip.id] = tuple(sorted(takers, key=lambda offer: offer[1]))
        if takers:
            providers |= dict.fromkeys(shots, offers[one.clip.id][0][0])
    return Choice(providers, offers, cut, pictures)


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
