"""Writes storyboards of any length, as an author would, for the benchmarks."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

PEOPLE = ("mira", "otto", "sabine", "osman", "vesna", "lumi")
PLACES = ("lamp-room", "quay", "bakery", "belfry", "glasshouse", "office", "street", "hall")
SCENE_LENGTH = 12
"""Shots that play in one place before the next."""


def write_board(folder: Path, shots: int) -> Path:
    """A storyboard of so many shots with cast, scenes, lines, sounds and transitions, and its pictures."""
    refs = folder / "refs"
    refs.mkdir(parents=True, exist_ok=True)
    for number, name in enumerate((*PEOPLE, *PLACES)):
        Image.new("RGB", (640, 640), (16 * number, 90, 120)).save(refs / f"{name}.png")
    lines = ["storyforge: 1", f"title: A Film of {shots} Shots", "style: cut paper, warm light", "cast:"]
    for who in PEOPLE:
        lines += [f"  {who}:", f"    name: the {who}", f"    reference: refs/{who}.png", f"    marks: [a {who} coat]"]
        lines += ["    voice: low"]
    lines += ["scenes:"]
    for place in PLACES:
        lines += [
            f"  {place}:",
            f"    reference: refs/{place}.png",
            f"    marks: [the {place} lamp]",
            "    sound: wind",
        ]
    lines += ["shots:"]
    for number in range(shots):
        who, other = PEOPLE[number % 6], PEOPLE[(number * 5 + 1) % 6]
        lines += [
            f"  - id: shot-{number}",
            f"    scene: {PLACES[number // SCENE_LENGTH % 8]}",
            "    framing: medium two-shot",
            "    camera: slow push-in",
            f'    action: "@{who} crosses to the window and shows the letter to @{other}."',
        ]
        if number % 3 == 0:
            lines += ["    dialogue:", f"      - {who}: It came this morning."]
        if number % 5 == 0:
            lines += ["    sound: paper"]
        if number % 50 == 49:
            lines += ["    transition: dissolve 0.5"]
        lines += [f"    seconds: {4 + number % 4}"]
    path = folder / "long.story.yaml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
