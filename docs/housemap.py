"""The house in one picture: the packages on their floors, with lines to what they import, drawn from the code."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from functools import cache
from html import escape
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "storyforge"
OUTSIDE = ("__init__", "version")
"""Modules of the top that are no rooms: the door, and a number."""

WIDTH, FLOOR, BOX, TALL = 760, 74, 128, 40
"""In pixels: of the picture, from floor to floor, of a box, and a box's height."""


def find_imports() -> dict[str, frozenset[str]]:
    """The packages that each package imports, inside functions too."""
    found: dict[str, set[str]] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                parts = (node.module or "").split(".")
                if parts[0] == "storyforge" and parts[1:]:
                    found.setdefault(room, set()).add(parts[1])
    rooms = found.keys() - {*OUTSIDE}
    return {room: frozenset((found[room] & rooms) - {room}) for room in sorted(rooms)}


def find_floors(imports: Mapping[str, frozenset[str]]) -> dict[str, int]:
    """The floor of each package, from 1: one above the highest that it imports. Raises RecursionError in a cycle."""

    @cache
    def floor(room: str) -> int:
        return 1 + max((floor(other) for other in imports[room]), default=0)

    return {room: floor(room) for room in imports}


def find_lines(imports: Mapping[str, frozenset[str]]) -> list[tuple[str, str]]:
    """The imports that are drawn: those that are not made through another package as well."""

    @cache
    def below(room: str) -> frozenset[str]:
        return imports[room].union(*(below(other) for other in imports[room]))

    return [
        (room, other)
        for room in imports
        for other in sorted(imports[room])
        if not any(other in below(between) for between in imports[room])
    ]


def make_house() -> str:
    """Returns the picture as one line of SVG, with a sentence on each package for those who cannot see it."""
    imports = find_imports()
    floors = find_floors(imports)
    top = max(floors.values())
    places: dict[str, tuple[float, float]] = {}
    for number in range(1, top + 1):
        rooms = [room for room in sorted(floors) if floors[room] == number]
        for place, room in enumerate(rooms, 1):
            # Every other floor is moved a little, so that lines do not run through boxes.
            x = WIDTH * place / (len(rooms) + 1) + (60 if number % 2 else -60)
            places[room] = (x, FLOOR * (top - number) + FLOOR / 2)
    lines = [_line(places[room], places[other]) for room, other in find_lines(imports)]
    boxes = [_box(room, *places[room]) for room in places]
    size = f'viewBox="0 0 {WIDTH} {FLOOR * top}" width="100%"'
    style = 'font-family="sans-serif" font-size="14" text-anchor="middle" fill="currentColor"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" role="img" {size} {style}>{"".join((*lines, *boxes))}</svg>'


def _line(start: tuple[float, float], end: tuple[float, float]) -> str:
    (x, y), (u, v) = start, end
    return (
        f'<line x1="{x:g}" y1="{y + TALL / 2:g}" x2="{u:g}" y2="{v - TALL / 2:g}"'
        ' stroke="currentColor" stroke-opacity="0.6"/>'
    )


def _box(room: str, x: float, y: float) -> str:
    path = PACKAGE / room / "__init__.py"
    text = (path if path.is_file() else PACKAGE / f"{room}.py").read_text(encoding="utf-8")
    said = (ast.get_docstring(ast.parse(text)) or "").splitlines()[0]
    return (
        f'<g><title>{escape(room)}: {escape(said)}</title><rect x="{x - BOX / 2:g}" y="{y - TALL / 2:g}" width="{BOX}"'
        f' height="{TALL}" rx="6" fill="#c5cae9" stroke="#3949ab"/>'
        f'<text x="{x:g}" y="{y + 5:g}" fill="#1a237e">{escape(room)}</text></g>'
    )
