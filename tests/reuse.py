"""What many tests make alike is made once: clips that are drawn, and takes that are conformed and measured.

All three depend on nothing but what they are given. The first test that makes one leaves a copy in a folder that all
workers share, and the next that needs it gets that copy instead of seconds of work. The rest of a command is done as
always, and tests of drawing, conforming and measuring work without this.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

folder: Path | None = None
"""Where it is kept; None before pytest has made it."""


def install(kept: Path) -> None:
    """Have this process reuse what is in a folder, and keep there what it makes."""
    from storyforge.animatic import render
    from storyforge.film import conform
    from storyforge.film.qc import measure

    drawn, conformed, measured = render.render_animatic, conform.conform_take, measure.load_measures

    async def reuse_animatic(body: Mapping[str, Any], pictures: Mapping[str, Path], out: Path, **how: Any) -> Any:
        if how.get("encoding"):
            return await drawn(body, pictures, out, **how)
        parts = [body, {token: _name(path) for token, path in pictures.items()}]
        name = hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
        notes, film = kept / f"{name}.notes", kept / f"{name}.film"
        if not film.exists():
            said = await drawn(body, pictures, out, **how)
            notes.write_text(json.dumps(said), encoding="utf-8")
            _copy(out, film)
        elif not out.exists():
            _copy(film, out)
        return tuple(json.loads(notes.read_text(encoding="utf-8")))

    async def reuse_piece(take: Path, sha256: str, delivery: Any, place: Path, **how: Any) -> Any:
        key = conform.piece_key(sha256, delivery, conform.version_key())
        # in this order: a piece whose film is there is whole
        pairs = [(kept / name, place / name) for name in (f"{key}.wav", f"{key}.mp4")]
        if pairs[-1][0].exists() and not pairs[-1][1].exists() and _name(take) == sha256:
            for one, target in pairs:
                _copy(one, target)
        piece = await conformed(take, sha256, delivery, place, **how)
        for one, made in pairs:
            if not one.exists():
                _copy(made, one)
        return piece

    def reuse_measures(take: Path, target: Path, stop: Any = None) -> Any:
        one = kept / f"{_name(take)}.measures"
        if one.exists() and not target.exists():
            _copy(one, target)
        found = measured(take, target, stop)
        if not one.exists():
            _copy(target, one)
        return found

    replace_function(drawn, reuse_animatic)
    replace_function(conformed, reuse_piece)
    replace_function(measured, reuse_measures)


def replace_function(one: object, other: object) -> None:
    """Put a function in another's place, wherever that was imported to."""
    for module in [module for name, module in sys.modules.items() if name.startswith("storyforge.")]:
        for name, value in list(vars(module).items()):
            if value is one:
                setattr(module, name, other)


def _name(path: Path) -> str:
    """The name of what a file holds."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _copy(made: Path, target: Path) -> None:
    """Copies a file in one step."""
    target.parent.mkdir(parents=True, exist_ok=True)
    scratch = target.with_name(f".{secrets.token_hex(8)}")
    shutil.copyfile(made, scratch)
    os.replace(scratch, target)
