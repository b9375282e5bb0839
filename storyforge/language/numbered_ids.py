"""Reads the ids of shots and scenes that look like numbers: `id: 1` is the id `1`.

YAML makes a number of it, and of `010` another than is written, so what is not plainly one number stays one and is
refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from storyforge.language.yaml_recovery import quote_text
from storyforge.language.yaml_tree import Node
from storyforge.model.diagnostics import Diagnostic

NUMBERED = ("id", "scene", "continues")
"""Fields of a shot whose ids may begin with a digit."""

WHOLE = re.compile(r"0|[1-9][0-9]*")
DATE = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}")


def read_numbered_ids(root: Node) -> list[Diagnostic]:
    """Make text of every id of a shot that is a whole number; findings about those that other readers of YAML take for
    a date."""
    shots = root.child("shots")
    return [found for shot in (shots.items or () if shots else ()) if shot.entries for found in _read(shot)]


def _read(shot: Node) -> Iterator[Diagnostic]:
    for field in NUMBERED:
        node = shot.child(field)
        if node is None or node.style:
            continue
        raw = node.page.text[node.start : node.end]
        if isinstance(node.value, str) and DATE.fullmatch(raw):
            message, hint = f"`{raw}` is a date to other readers of YAML", "put it in quotes"
            yield node.page.error("unquoted-text", node.start, node.end, message, hint, quote_text(raw))
        elif isinstance(node.value, int) and not isinstance(node.value, bool) and WHOLE.fullmatch(raw):
            # In the mapping alone: an alias may be the same number elsewhere.
            shot.value[field] = raw
