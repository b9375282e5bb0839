"""The steps of a render, and which of them must come before which.

A step is a value: equal steps are one step, and results are kept by it. As text it is the id that progress events and
JSON documents use.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from storyforge.planning.film_plan import FilmPlan

if TYPE_CHECKING:
    import networkx

    from storyforge.compiler.jobs import Planned

TAKE_WEIGHT, PIECE_WEIGHT, FILM_WEIGHT = 10, 4, 1
"""About how long a frame takes to render, to conform and to stitch, against each other."""


@dataclass(frozen=True, slots=True)
class TakeStep:
    """Renders a take. Clips with the same slate share one take, and so one step."""

    fingerprint: str

    def __str__(self) -> str:
        return f"take {self.fingerprint}"


@dataclass(frozen=True, slots=True)
class PieceStep:
    """Conforms the take of a clip to the film."""

    clip: str

    def __str__(self) -> str:
        return f"piece {self.clip}"


@dataclass(frozen=True, slots=True)
class FilmStep:
    """Stitches the pieces to the film."""

    def __str__(self) -> str:
        return "film"


Step = TakeStep | PieceStep | FilmStep


def take_step(one: Planned) -> TakeStep:
    """The step that renders the take of a clip."""
    return TakeStep(one.job.fingerprint)


def graph_takes(film_plan: FilmPlan, fps: int) -> networkx.DiGraph[Step]:
    """Steps of all takes that are missing, each after those of the clips that it continues; with their weights."""
    import networkx

    clips = {one.clip.id: one for one in film_plan.planned}
    graph: networkx.DiGraph[Step] = networkx.DiGraph()
    for one in (*film_plan.missing, *film_plan.further):
        graph.add_node(take_step(one), weight=one.clip.seconds * fps * TAKE_WEIGHT)
        before = [clips[name] for name in one.clip.after]
        # An edge adds what it begins at, and a take that is there is no step.
        graph.add_edges_from((take_step(other), take_step(one)) for other in before if other.state != "cached")
    return graph


def add_film(
    graph: networkx.DiGraph[Step], film_plan: FilmPlan, fps: int, frames: int, chain: Callable[[str], Sequence[str]]
) -> None:
    """Adds the pieces and the film, which has `frames` frames, to a graph of takes.

    `chain` names the clips whose takes must be there before a clip's piece can be made, that clip included.
    """
    clips = {one.clip.id: one for one in film_plan.planned}
    film = FilmStep()
    for one in film_plan.planned:
        piece = PieceStep(one.clip.id)
        graph.add_node(piece, weight=one.clip.seconds * fps * PIECE_WEIGHT)
        graph.add_edge(piece, film)
        needed = [clips[name] for name in chain(one.clip.id)]
        graph.add_edges_from((take_step(other), piece) for other in needed if other.state != "cached")
    graph.add_node(film, weight=frames * FILM_WEIGHT)
