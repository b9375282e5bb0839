"""Locks for tests, drawn by chance, and what git leaves of two sides that changed one."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

from storyforge.system.lock import Block, Lock, lock_text


def hexed(number):
    return f"{number:064x}"


NAMES = ("a", "a.2", "b", "lamp-1", "null", "Z", "米拉")


def some_block(chance):
    parts = {f"p{number}": hexed(chance.randrange(9**9))[-12:] for number in range(chance.randrange(4))}
    number = chance.randrange(1, 4)
    rendered = hexed(chance.randrange(9**9)) if number > 1 else None
    takes = hexed(chance.randrange(9**9)), hexed(chance.randrange(9**9))
    return Block(*takes, "offline", "m", chance.randrange(3, 9), number=number, rendered=rendered, parts=parts)


def changed(lock, chance):
    blocks = dict(lock.blocks)
    for name in NAMES:
        match chance.randrange(8):
            case 0 | 1:
                blocks[name] = some_block(chance)
            case 2:
                blocks.pop(name, None)
            case 3 if name in blocks:
                blocks[name] = replace(blocks[name], take=hexed(chance.randrange(9**9)))
    return Lock(blocks)


def merged(folder: Path, chance):
    """What git leaves of two sides that changed a lock."""
    base = changed(Lock(), chance)
    for name, lock in (("base", base), ("ours", changed(base, chance)), ("theirs", changed(base, chance))):
        (folder / name).write_text(lock_text(lock), encoding="utf-8")
    style = chance.choice([[], ["--diff3"]])
    command = ["git", "merge-file", "-p", *style, "-L", "ours", "-L", "base", "-L", "theirs", "ours", "base", "theirs"]
    return subprocess.run(command, cwd=folder, capture_output=True, check=False).stdout.decode()
