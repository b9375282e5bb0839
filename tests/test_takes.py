"""The lock after a render: what has a take is chosen, what has none keeps its block, and nothing free hides what was paid."""

from __future__ import annotations

from dataclasses import replace

import pytest
from projects import edited, project

from storyforge.compile import compile_file
from storyforge.lock import Lock
from storyforge.store import Store, find_store
from storyforge.takes import settled


def paid(fingerprint):
    return f"job-{fingerprint[:4]}", 0.5


@pytest.fixture
def path(tmp_path):
    return project(tmp_path)


def rendered(path, provider=None, clips=("wait", "call", "boat")):
    compiled, store = compile_file(path, provider), Store(find_store(path))
    for one in compiled.planned:
        if one.clip.id in clips:
            film = store.path(f"{one.job.fingerprint}.mp4")
            film.parent.mkdir(parents=True, exist_ok=True)
            film.write_bytes(one.job.fingerprint.encode())
            store.keep_take(film, one.job.fingerprint, one.job.slate, (), {"date": "2026-05-01"})
    return settled(compiled.lock, compiled.planned, store, paid), compiled, store


def test_a_take_is_written_down_with_what_it_is_and_cost(path):
    lock, compiled, _ = rendered(path, "runware")
    one, block = compiled.planned[0], lock.blocks["wait"]
    assert (block.fingerprint, block.slate) == (one.job.fingerprint, one.job.fingerprint)
    assert (block.provider, block.model) == ("runware", "alibaba:happyhorse@1.1")
    assert (block.seconds, block.seed, block.number) == (3, one.job.seed, 1)
    assert (block.order, block.usd, block.date) == (f"job-{one.job.fingerprint[:4]}", 0.5, "2026-05-01")
    assert "shots.0.action" in block.parts


def test_an_animatic_costs_nothing_and_never_hides_what_was_paid(path):
    lock, _, store = rendered(path, "runware", ("wait",))
    drawn = rendered(path, "offline")[1]
    now = settled(lock, drawn.planned, store, paid)
    assert now.blocks["wait"] == lock.blocks["wait"]
    assert (now.blocks["call"].provider, now.blocks["call"].usd) == ("offline", 0.0)
    ordered = settled(now, rendered(path, "runware")[1].planned, store, paid)
    assert {block.provider for block in ordered.blocks.values()} == {"runware"}


def test_a_clip_without_a_take_keeps_its_block_and_one_that_is_gone_has_none(path):
    lock, _, store = rendered(path)
    edited(path, "wide shot", "full shot")
    compiled = compile_file(path)
    extra = Lock({**lock.blocks, "gone": lock.blocks["wait"]})
    assert settled(extra, compiled.planned, store, paid) == lock


def test_a_renamed_clip_takes_its_block_along(path):
    lock, _, store = rendered(path)
    chosen = Lock({**lock.blocks, "wait": replace(lock.blocks["wait"], date="2020-01-01")})
    edited(path, "id: wait", "id: waiting")
    compiled = compile_file(path)
    planned = [replace(one, block=chosen.find(one.clip.id, one.job.fingerprint)) for one in compiled.planned]
    planned = [replace(one, take=one.block.take) for one in planned]
    now = settled(chosen, planned, store, paid)
    assert sorted(now.blocks) == ["boat", "call", "waiting"]
    assert now.blocks["waiting"].date == "2020-01-01"


def test_what_was_accepted_is_forgotten_when_the_text_is_as_it_was(path):
    lock, compiled, store = rendered(path)
    block = replace(lock.blocks["wait"], accepted="f" * 64, although="action: a → b")
    planned = [replace(one, block=block, take=block.take) for one in compiled.planned[:1]]
    assert settled(Lock({"wait": block}), planned, store, paid).blocks["wait"].accepted is None
    other = [replace(one, job=replace(one.job, fingerprint="f" * 64)) for one in planned]
    assert settled(Lock({"wait": block}), other, store, paid).blocks["wait"] == block
