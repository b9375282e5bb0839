"""The lock: what is written is read back, in YAML too; a merge's two sides are distinguished."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from locks import some_block
from ruamel.yaml import YAML

from storyforge.system.lock import Block, Lock, lock_path, lock_text, part_digests, read_lock, write_lock

HEX = "0123456789abcdef" * 4
BLOCK = Block(
    HEX,
    HEX[::-1],
    "runware",
    "alibaba:happyhorse@1.1",
    9,
    seed=0,
    order="0012",
    usd=1.26,
    date="2026-11-21",
    parts=part_digests({"action": "She waits.", "cast.米拉.marks": ["a bell"]}),
)
OTHER = Block(
    "f" * 64, "1" * 64, "offline", "animatic", 3, rendered="e" * 64, number=2, accepted="d" * 64, although="x"
)


def test_what_is_written_is_read_back(tmp_path):
    lock = Lock({"lamp-1": BLOCK, "null": OTHER, "米拉": BLOCK})
    path = tmp_path / "film.story.lock"
    assert write_lock(path, lock)
    assert read_lock(path) == (lock, [])
    assert not write_lock(path, lock)


def test_no_character_of_a_text_ends_a_line_of_the_lock(tmp_path):
    said = "a\x1b\x85b\u2028c\u2029d\x0b\x1ce\ud800f\x7f"
    lock = Lock({"a": replace(BLOCK, although=said)})
    write_lock(tmp_path / "a.story.lock", lock)
    read = Lock({"a": replace(BLOCK, although=said.replace("\ud800", "\ufffd"))})
    assert read_lock(tmp_path / "a.story.lock") == (read, [])


def test_blocks_are_sorted_by_their_clips():
    text = lock_text(Lock({"b": BLOCK, "a.2": BLOCK, "a": BLOCK}))
    assert [line.strip() for line in text.splitlines() if line.startswith("  ") and line[2] != " "] == [
        "a:",
        "a.2:",
        "b:",
    ]


def test_yaml_reads_the_same_values():
    read = YAML(typ="safe", pure=True).load(lock_text(Lock({"null": BLOCK, "lamp-1": OTHER})))["clips"]
    assert read["null"]["order"] == "0012"
    assert read["null"]["take"] == HEX[::-1]
    assert read["null"]["usd"] == 1.26
    assert read["lamp-1"]["take"] == "1" * 64


def test_no_lock_is_an_empty_one(tmp_path):
    assert read_lock(tmp_path / "none.story.lock") == (Lock(), [])


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("storyforge: 2\n", 1, "version 2"),
        ("storyforge: 1\nclips:\n\n  a:\n    seed: x\n", 5, "`seed` is no number that it can be"),
        ("storyforge: 1\nclips:\n\n  a:\n    colour: red\n", 4, "the block of `a`"),
        ("storyforge: 1\nclips:\n    seed: 3\n", 3, "belongs to no clip"),
        ("storyforge: 1\nclips:\n\n  a:\n    take: ../../x\n", 5, "`take` is no sha256"),
        (f"storyforge: 1\nclips:\n\n  a:\n    accepted: {'A' * 64}\n", 5, "`accepted` is no sha256"),
        ("what\n", 1, "no `name: value`"),
        ('storyforge: 1\nclips:\n  "a:\n', 3, "a quote is not closed"),
    ],
)
def test_a_broken_lock_says_where(text, line, said, tmp_path):
    path = tmp_path / "film.story.lock"
    path.write_text(text, encoding="utf-8")
    lock, (found,) = read_lock(path)
    assert lock == Lock()
    assert (found.name, found.location.file, found.location.line) == ("broken-lock", "film.story.lock", line)
    assert said in found.message


@pytest.mark.parametrize("base", ["", "||||||| base\n    take: ccc\n"])
def test_a_merge_that_git_left_open_is_told_in_choices(base, tmp_path):
    ours, theirs = lock_text(Lock({"a": BLOCK, "b": OTHER})), "1" * 64
    mine = f"    take: {OTHER.take}\n" if f"    take: {OTHER.take}\n" in ours else f'    take: "{OTHER.take}"\n'
    left = f"<<<<<<< HEAD\n{mine}{base}=======\n    take: {'a' * 64}\n>>>>>>> other\n"
    path = tmp_path / "film.story.lock"
    path.write_text(ours.replace(mine, left), encoding="utf-8")
    lock, (found,) = read_lock(path)
    assert lock == Lock({"a": BLOCK, "b": OTHER})
    assert found.name == "lock-conflict"
    assert f"take {theirs[:8]} of offline" in found.message
    assert "aaaaaaaa" in found.message


def test_a_choice_is_found_by_its_clip_and_else_by_its_slate():
    lock = Lock({"a": BLOCK, "b": OTHER})
    assert lock.find("a", BLOCK.fingerprint) is BLOCK
    assert lock.find("renamed", OTHER.fingerprint) is OTHER
    assert lock.find("b", "d" * 64) is OTHER
    assert lock.find("a", "9" * 64) is None
    assert OTHER.slate == "e" * 64
    assert BLOCK.slate == HEX


def test_the_lock_stands_beside_its_storyboard():
    assert lock_path(Path("films/keeper.story.yaml")) == Path("films/keeper.story.lock")
    assert lock_path(Path("keeper.yaml")) == Path("keeper.story.lock")


def test_a_lock_says_of_emulated_takes_that_they_are_and_of_others_nothing(tmp_path):
    path = tmp_path / "film.story.lock"
    blocks = {"a": replace(some_block(Random(1)), emulated=True), "b": replace(some_block(Random(2)), seed=0, usd=0.0)}
    write_lock(path, Lock(blocks))
    assert path.read_text(encoding="utf-8").count("emulated") == 1
    assert "    emulated: true\n" in path.read_text(encoding="utf-8")
    assert read_lock(path)[0].blocks == blocks
    path.write_text(path.read_text(encoding="utf-8").replace("emulated: true", "emulated: maybe"), encoding="utf-8")
    assert "`emulated` is neither true nor false" in read_lock(path)[1][0].message
