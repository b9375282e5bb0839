"""Stops a run from another thread, as an interrupt at the keyboard stops it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import CancelledError, Future
from typing import Any, TypeVar

Value = TypeVar("Value")


class Stop:
    """Lets the caller stop a run. What was finished is kept, and what was ordered is followed by the next run.

    A run that is stopped ends with KeyboardInterrupt in its own thread.
    """

    def __init__(self) -> None:
        self.asked = False
        """Whether the run is to stop."""
        self._lock = threading.Lock()
        self._cancel: Callable[[], object] | None = None

    def ask(self) -> None:
        """Stops the run, at once where it can be; it may be called from any thread, and more than once."""
        with self._lock:
            self.asked, cancel = True, self._cancel
            if cancel:
                cancel()

    def run(self, work: Coroutine[Any, Any, Value]) -> Value:
        """Runs a coroutine in a loop of its own, until it ends or is stopped. Must not be called where a loop runs."""

        async def cancellable() -> Value:
            loop, task = asyncio.get_running_loop(), asyncio.current_task()
            assert task is not None
            # Not `task.cancel` itself: it is called from another thread, and a task belongs to that of its loop.
            self._hold(lambda: loop.call_soon_threadsafe(task.cancel))
            try:
                return await work
            finally:
                self._hold(None)

        try:
            return asyncio.run(cancellable())
        except asyncio.CancelledError:
            raise KeyboardInterrupt from None

    def wait(self, answer: Future[Value]) -> Value:
        """Waits for an answer from another thread, until it is there or the run is stopped."""
        self._hold(answer.cancel)
        try:
            return answer.result()
        except CancelledError:
            raise KeyboardInterrupt from None
        finally:
            self._hold(None)

    def _hold(self, cancel: Callable[[], object] | None) -> None:
        with self._lock:
            self._cancel = cancel
            # Asked before there was anything to cancel: then it stops at once.
            if cancel and self.asked:
                cancel()
