"""What a project's files redirect, and what the user has allowed, as text and as JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from storyforge.model.printable import escape_text
from storyforge.system.trust import Allowed, Redirect, Trust, displayed_path

PASSWORD = re.compile(r"(?<=://)([^/@\s:]*):[^/@\s]*@")
"""A password in an address, which is not shown."""


def trust_text(trust: Trust) -> str:
    """Each setting that leads elsewhere, with file, line and what it reaches, and the hash of them all."""
    if not trust.redirects:
        return "nothing here leads elsewhere"
    shown = [f"{escape_text(f'{one.place}: {one.name} = {_value(one)}')}\n  {one.reaches}" for one in trust.redirects]
    return "\n".join((*shown, f"hash {trust.hash}"))


def trust_document(trust: Trust, allowed: bool) -> dict[str, Any]:
    """The same as JSON; `trusted` says whether it is allowed."""
    settings = [
        {
            "name": one.name,
            "value": _value(one),
            "file": displayed_path(one.path),
            "line": one.line,
            "reaches": one.reaches,
        }
        for one in trust.redirects
    ]
    return {
        "storyforge": 1,
        "folder": str(trust.folder),
        "hash": trust.hash,
        "trusted": allowed,
        "settings": settings,
    }


def allowed_text(found: Sequence[Allowed]) -> str:
    """All that the user has allowed, a line each."""
    return "\n".join(escape_text(f"{one.date}  {one.hash}  {one.folder}") for one in found) or "nothing was allowed yet"


def allowed_document(found: Sequence[Allowed]) -> dict[str, Any]:
    """The same as JSON."""
    return {
        "storyforge": 1,
        "allowed": [{"folder": one.folder, "hash": one.hash, "date": one.date} for one in found],
    }


def _value(one: Redirect) -> str:
    said = one.value if isinstance(one.value, str) else json.dumps(one.value, default=str)
    return PASSWORD.sub(r"\1:...@", said)
