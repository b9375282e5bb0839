"""Several things at a time: all are done, and a fault or an interrupt stops what is not done yet."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from storyforge.model.errors import MediaError
from storyforge.system.threads import Stopped, Threads, in_thread, together


def test_each_is_done_once_by_as_many_as_there_are():
    meeting, done = threading.Barrier(3), []

    def act(name):
        meeting.wait(60)
        done.append((name, threading.get_ident()))

    Threads(3).each(act, "abcdef")
    assert sorted(name for name, _ in done) == list("abcdef")
    assert len({thread for _, thread in done}) == 3


def test_what_is_raised_for_one_is_raised_and_nothing_new_is_begun():
    done = []

    def act(name):
        done.append(name)
        raise ValueError(name)

    hands = Threads(2)
    with pytest.raises(ValueError, match=r"[ab]"):
        hands.each(act, "abcdefgh")
    assert len(done) <= 2
    hands.each(done.append, "xy")  # and they work again
    assert done[-2:] in (["x", "y"], ["y", "x"])


def test_what_is_under_way_learns_that_it_is_to_end_and_the_fault_is_told_and_not_that():
    hands, under_way, learned = Threads(2), threading.Event(), []

    def act(name):
        if name == "broken":
            under_way.wait(60)
            raise KeyboardInterrupt
        under_way.set()
        try:
            while True:
                hands.go_on()
        except Stopped:
            learned.append(name)
            raise

    with pytest.raises(KeyboardInterrupt):
        hands.each(act, ["long", "broken"])
    assert learned == ["long"]


SILENT = r"""
import os, threading
from storyforge.model.errors import MediaError
from storyforge.system.threads import Threads

def wait(name):
    os.write(1, f"{name}\n".encode())
    threading.Event().wait()

try:
    Threads(4).each(wait, "abcd")
except KeyboardInterrupt:
    os.write(1, b"stopped\n")
"""


def test_an_interrupt_does_not_wait_for_what_never_answers():
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", SILENT],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(root)},
    ) as process:
        assert process.stdout is not None
        begun = [process.stdout.readline() for _ in range(4)]
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
        assert process.stdout.read() == "stopped\n"
    assert sorted(begun) == ["a\n", "b\n", "c\n", "d\n"]


def test_work_in_a_thread_is_awaited_when_it_is_cancelled():
    ended = []

    def work(stop):
        stop.wait(10)
        ended.append(True)

    async def main():
        task = asyncio.create_task(in_thread(work))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert ended == [True]


def test_coroutines_give_what_each_gives_and_the_first_fault_of_media_ends_the_others():
    async def give(value):
        await asyncio.sleep(0)
        return value

    async def fail():
        raise MediaError("the film breaks off")

    async def main():
        assert await together(give(1), give(2)) == [1, 2]
        with pytest.raises(MediaError, match="breaks off"):
            await together(asyncio.Event().wait(), fail())

    asyncio.run(asyncio.wait_for(main(), 5))
