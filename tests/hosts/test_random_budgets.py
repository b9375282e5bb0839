"""Runs with random faults and budgets: no limit is passed, whatever fails and however often it is tried again."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace

import pytest

from storyforge.rendering.budget import DAY, Budget, Limit
from storyforge.rendering.terms import Terms
from storyforge.system.journal import Journal
from storyforge.system.store import Store

from .dying import Death, World, clip_job
from .test_kill_lists import KEYS, matrix

pytestmark = pytest.mark.long

__all__ = ["matrix"]

RUNS = 200
PRICE = 0.42
"""Of a clip of three seconds in 720p, at each of these hosts."""

HOSTS = ("runware", "wavespeed", "joypix")
FAULTS = (
    "reject-500", "reject-drop", "429-seconds", "402", "moderation", "accept-then-500", "accept-then-drop",
    "accept-then-not-json", "failed-job", "transient-failure", "lost-poll", "truncated-download",
)  # fmt: skip


class Films(World):
    """A project whose runs want several clips, within limits."""

    def order(self, limits: list[Limit], clips: list[str]) -> None:
        """One run for clips; whatever it cannot do is left."""
        budget = Budget(Store(self.folder), limits, journal=Journal(self.folder / "user" / "orders.db"))

        async def run_all() -> None:
            jobs = [replace(clip_job(self.host, clip), clip=clip) for clip in clips]
            # One dispatcher a clip, in turn: within one run all share the ledger and its last row before the run.
            for job in jobs:
                try:
                    await self._run(Death(None), Terms("ferry-1", budget=budget, retry=True), job)
                except Exception as fault:  # any failure of a clip leaves the others to be tried
                    self.said.append(f"{type(fault).__name__}: {fault}")

        asyncio.run(run_all())


def test_no_budget_is_passed_by_any_run(tmp_path, matrix):
    emulator, _ = matrix
    chance = random.Random(20261130)
    refused = 0
    for number in range(RUNS // 4):
        emulator.reset()
        host = chance.choice(HOSTS)
        world = Films(emulator, host, KEYS, tmp_path / str(number), f"Boat {number:03}")
        per_day = chance.choice([0.5, 0.9, 1.3, 2.0, 5.0])
        begun = emulator.desk.clock.time()
        for run in range(4):
            emulator.faults()
            rules = [f"{chance.choice(FAULTS)}:{chance.randint(1, 4)}x@{host}" for _ in range(chance.randint(0, 3))]
            emulator.faults(*rules)
            per_run = chance.choice([0.3, 0.42, 0.9, 1.5])
            before = len(world.accepted())
            clips = [f"Boat {number:03}, shot {chance.randint(1, 6)}" for _ in range(chance.randint(1, 4))]
            world.order([Limit("--max-cost", per_run, "run"), Limit("budget.per_day", per_day, "user")], clips)
            ordered = len(world.accepted()) - before
            told = f"{host}, run {run} of project {number}, {rules}, {clips}: {world.said[-6:]}"
            assert ordered * PRICE <= per_run + 1e-9, told
            if emulator.desk.clock.time() - begun < DAY:
                assert len(world.accepted()) * PRICE <= per_day + 1e-9, told
            refused += sum("BudgetError" in said for said in world.said)
            world.said.clear()
    assert refused > RUNS / 4  # limits were reached, or nothing was tried
