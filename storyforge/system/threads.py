"""Several things done at a time, by threads or coroutines; a fault of one, or an interrupt, stops the others."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine, Iterable
from queue import SimpleQueue
from typing import Any

from storyforge.model.errors import StoryForgeError

PATIENCE = 2.0
"""Seconds that an interrupt waits for what is under way."""


class Stopped(Exception):
    """What is under way is to end: something else went wrong, or the user does not want it any more."""


class Threads:
    """A few threads, for work that mostly waits for somebody else."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._stopping = threading.Event()

    def go_on(self) -> None:
        """Raises Stopped where work is to end; long work asks from time to time."""
        if self._stopping.is_set():
            raise Stopped

    def each(self, act: Callable[[str], None], names: Iterable[str]) -> None:
        """Does something for several names. Raises the first thing that was raised for one, once all others ended."""
        # One iterator for all threads: the next item of a list is taken in one step, so no name is taken twice.
        waiting, ended = iter(list(names)), SimpleQueue[BaseException | None]()

        def work() -> None:
            try:
                for name in waiting:
                    self.go_on()
                    act(name)
            except BaseException as fault:
                self._stopping.set()
                ended.put(fault)
            else:
                ended.put(None)

        self._stopping.clear()
        # A thread that a silent server keeps is left behind: the process may end without it.
        threads = [threading.Thread(target=work, daemon=True) for _ in range(self.count)]
        try:
            for thread in threads:
                thread.start()
            faults = [ended.get() for _ in threads]
        finally:
            self._stopping.set()
            until = time.monotonic() + PATIENCE
            for thread in threads:
                thread.join(max(0.0, until - time.monotonic()))
        for fault in faults:
            if fault and not isinstance(fault, Stopped):
                raise fault


async def together(*work: Coroutine[Any, Any, Any]) -> list[Any]:
    """What each of some coroutines gives, run at the same time; the first fault ends them all."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one) for one in work]
    except BaseExceptionGroup as group:
        raise _choose_fault(group) from None
    return [task.result() for task in tasks]


def _choose_fault(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """Of several faults at once the first that can be explained, else the first."""
    faults = [_choose_fault(one) if isinstance(one, BaseExceptionGroup) else one for one in group.exceptions]
    return next((one for one in faults if isinstance(one, StoryForgeError | OSError)), faults[0])


async def in_thread(work: Callable[[threading.Event], None]) -> None:
    """Run slow work of decoders in a thread; when cancelled, its event is set and its end awaited."""
    stop = threading.Event()
    task = asyncio.create_task(asyncio.to_thread(work, stop))
    try:
        # A thread cannot be cancelled: it sees the event, and until it has ended its files must stay.
        await asyncio.shield(task)
    except asyncio.CancelledError:
        stop.set()
        await asyncio.gather(task, return_exceptions=True)
        raise
