"""Several things done at a time, each in a thread; what goes wrong with one, or an interrupt, stops the others."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from queue import SimpleQueue

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
