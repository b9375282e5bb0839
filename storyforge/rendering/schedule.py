"""Runs a graph of steps: each after those it depends on, all that are ready at once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import TYPE_CHECKING, TypeVar

from storyforge.model.errors import StoryForgeError

if TYPE_CHECKING:
    import asyncio

    import networkx

Step = TypeVar("Step", bound=Hashable)


async def run_graph(
    graph: networkx.DiGraph[Step], perform: Callable[[Step], Awaitable[None]], failures: dict[Step, StoryForgeError]
) -> None:
    """Performs every step after those it depends on, all that are ready at once; a failure blocks what needs it."""
    import asyncio

    import networkx

    missing = {step: graph.in_degree(step) for step in networkx.topological_sort(graph)}
    running: dict[asyncio.Task[None], Step] = {}

    def start(steps: Sequence[Step]) -> None:
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
                    # What depends on it is never counted down to nothing, so it never starts.
                    failures[step] = fault
                    continue
                for after in graph.successors(step):
                    missing[after] -= 1
                start([after for after in graph.successors(step) if not missing[after]])
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
