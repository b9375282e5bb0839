"""A run is stopped from another thread, whatever it is at."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future

import pytest

from storyforge.rendering.stop import Stop


async def endless(events: list[str], begun: threading.Event) -> None:
    begun.set()
    try:
        await asyncio.sleep(60)
    finally:
        events.append("cleaned up")


def test_work_is_cancelled_and_cleans_up():
    stop, events, begun = Stop(), [], threading.Event()
    threading.Thread(target=lambda: (begun.wait(), stop.ask())).start()
    with pytest.raises(KeyboardInterrupt):
        stop.run(endless(events, begun))
    assert events == ["cleaned up"]


def test_work_that_begins_after_the_stop_does_not_go_far():
    stop, begun = Stop(), threading.Event()
    stop.ask()
    with pytest.raises(KeyboardInterrupt):
        stop.run(endless([], begun))


def test_work_that_nobody_stops_gives_its_value():
    stop = Stop()
    assert stop.run(asyncio.sleep(0, "done")) == "done"
    stop.ask()  # there is nothing left to stop
    assert stop.asked


def test_nobody_is_waited_for_after_the_stop():
    stop, answer = Stop(), Future()
    threading.Timer(0.05, stop.ask).start()
    with pytest.raises(KeyboardInterrupt):
        stop.wait(answer)
    answered = Future()
    answered.set_result(True)
    assert Stop().wait(answered) is True
