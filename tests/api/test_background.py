"""A render is awaited, asks in the loop of its caller, and is stopped by cancelling it."""

from __future__ import annotations

import asyncio
import threading

import pytest
from projects import project

import storyforge
from storyforge.starter import write_starter
from storyforge.system.ledger import Ledger
from storyforge.system.store import Store


@pytest.fixture
def paid(tmp_path, monkeypatch):
    """A plan whose clips cost money."""
    monkeypatch.setenv("RUNWARE_API_KEY", "a-key")
    return storyforge.plan(storyforge.compile(project(tmp_path), provider="runware"))


@pytest.mark.parametrize("awaited", [True, False])
def test_whoever_pays_is_asked_in_the_loop_that_awaits(paid, awaited):
    threads = []

    def refuse(bill):
        threads.append(threading.current_thread())
        return False

    async def refuse_later(bill):
        await asyncio.sleep(0)
        return refuse(bill)

    with pytest.raises(storyforge.StoryForgeError, match="nobody agreed to spend this"):
        asyncio.run(storyforge.render_async(paid, confirm=refuse_later if awaited else refuse))
    assert threads == [threading.main_thread()]


def test_a_render_that_waits_for_an_answer_is_cancelled(paid, tmp_path):
    async def cancel():
        asked = asyncio.Event()

        async def confirm(bill):
            asked.set()
            await asyncio.sleep(60)
            return True

        task = asyncio.create_task(storyforge.render_async(paid, confirm=confirm))
        await asked.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(asyncio.wait_for(cancel(), 20))
    assert not (tmp_path / ".storyforge").exists()


class Heard:
    """Keeps events, and calls something at the first that ends."""

    def __init__(self, ended=lambda: None):
        self.events, self.ended, self.threads = [], ended, set()

    def begin(self, steps):
        self.events.append(("begin", len(steps)))

    def start(self, step, doing):
        self.events.append(("start", step))

    def advance(self, step, share):
        self.threads.add(threading.current_thread())

    def finish(self, step, done):
        self.events.append(("finish", step))
        self.ended()

    def fail(self, step, message):
        self.events.append(("fail", message))


@pytest.mark.slow
def test_a_film_is_awaited_and_other_work_goes_on(tmp_path):
    write_starter(tmp_path)
    heard, ticks = Heard(), []

    async def tick():
        while True:
            ticks.append(None)
            await asyncio.sleep(0.01)

    async def both():
        ticking = asyncio.create_task(tick())
        done = await storyforge.render_async(tmp_path / "film.story.yaml", progress=heard)
        ticking.cancel()
        return done

    done = asyncio.run(both())
    assert done.film == tmp_path / "film.mp4"
    assert done.film.is_file()
    assert len(ticks) > 20
    assert heard.threads == {threading.main_thread()}
    assert ("finish", "film") in heard.events


@pytest.mark.slow
def test_a_film_that_is_cancelled_keeps_what_was_finished(tmp_path):
    write_starter(tmp_path)
    path = tmp_path / "film.story.yaml"

    async def cancel():
        heard = Heard(lambda: task.cancel())
        task = asyncio.create_task(
            storyforge.render_async(path, progress=heard, options=storyforge.RenderOptions(jobs=1))
        )
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancel())
    assert not (tmp_path / "film.mp4").exists()
    states = [one.state for one in storyforge.plan(storyforge.compile(path)).planned]
    assert "cached" in states
    assert "render" in states
    store = Store(tmp_path / ".storyforge")
    assert not store.is_held()
    with Ledger.from_store(store, readonly=True) as ledger:
        assert [row["outcome"] for row in ledger.rows("select outcome from runs")] == ["interrupted"]
