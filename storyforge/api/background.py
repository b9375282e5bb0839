"""`render_async`: a render that is awaited, and stopped by cancelling it."""

from __future__ import annotations

import asyncio
import inspect
import os
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from storyforge.api.road import render_with
from storyforge.model.progress import Progress, Silent, Work
from storyforge.planning.film_plan import FilmPlan
from storyforge.rendering.budget import Bill
from storyforge.rendering.render import Rendered, RenderOptions
from storyforge.rendering.session import Callbacks, ignore, refuse
from storyforge.rendering.stop import Stop


async def render_async(
    plan_or_path: FilmPlan | str | os.PathLike[str],
    *,
    out: str | os.PathLike[str] | None = None,
    confirm: Callable[[Bill], bool | Awaitable[bool]] = refuse,
    progress: Progress | None = None,
    note: Callable[[str], None] = ignore,
    options: RenderOptions | None = None,
) -> Rendered:
    """As `render`, awaited where an event loop runs: in a notebook, a server, or next to other work.

    The render works in a thread of its own. `confirm`, which may be a coroutine function, `progress` and `note` are
    called in the loop that awaits. Cancelling stops the run as an interrupt does: takes that are finished are kept,
    what was ordered is followed by the next run, and CancelledError is raised once the run has ended.

    Raises what `render` raises.
    """
    loop, stop = asyncio.get_running_loop(), Stop()

    async def ask(bill: Bill) -> bool:
        answer = confirm(bill)
        return await answer if inspect.isawaitable(answer) else answer

    # A loop is called from another thread by its `…_threadsafe` functions alone.
    callbacks = Callbacks(
        # `stop.wait` and not `result()`: a question that nobody answers must not outlast a cancelling.
        confirm=lambda bill: stop.wait(asyncio.run_coroutine_threadsafe(ask(bill), loop)),
        progress=_Relay(progress or Silent(), loop),
        note=lambda text: _call(loop, note, text),
        stop=stop,
    )

    def work() -> Rendered | None:
        """The render; None if it was stopped, for an interrupt must not pass through the loop."""
        try:
            return render_with(plan_or_path, out, options, callbacks)
        except KeyboardInterrupt:
            return None

    running = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        # Shielded: a thread cannot be cancelled, so it is asked to stop and waited for.
        done = await asyncio.shield(running)
    except asyncio.CancelledError:
        stop.ask()
        await asyncio.wait([running])
        if not running.cancelled():
            running.exception()  # it is looked at, so that asyncio does not warn of it: the cancellation is raised
        raise
    if done is None:
        raise asyncio.CancelledError
    return done


class _Relay:
    """Passes the events of a run to the loop that awaits it, in their order."""

    def __init__(self, progress: Progress, loop: asyncio.AbstractEventLoop) -> None:
        self.progress, self.loop = progress, loop

    def begin(self, steps: Mapping[str, Work]) -> None:
        _call(self.loop, self.progress.begin, steps)

    def start(self, step: str, doing: str) -> None:
        _call(self.loop, self.progress.start, step, doing)

    def advance(self, step: str, share: float) -> None:
        _call(self.loop, self.progress.advance, step, share)

    def finish(self, step: str, done: str) -> None:
        _call(self.loop, self.progress.finish, step, done)

    def fail(self, step: str, message: str) -> None:
        _call(self.loop, self.progress.fail, step, message)


def _call(loop: asyncio.AbstractEventLoop, function: Callable[..., object], *arguments: Any) -> None:
    loop.call_soon_threadsafe(function, *arguments)
