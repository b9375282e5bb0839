"""Films as people edit them: after a render nothing is left to render, nor after any edit was rendered, nor when it is
taken back; and what cannot change a picture renders nothing at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from projects import Faked
from ruamel.yaml import YAML

import storyforge
from storyforge.system.project import Project

EXAMPLES = sorted((Path(__file__).parents[1] / "examples").glob("*/*.story.yaml"))
FILMS = [path for path in EXAMPLES if path.name != "bible.story.yaml"]
PROVIDERS = ("offline", "runware", "wavespeed", "scenario", "hiapi", "joypix")

Film = dict[str, Any]


def insert(film: Film) -> None:
    film["shots"].insert(1, {**film["shots"][0], "id": "put-in", "action": "Nothing moves.", "seconds": 3})


def first(field: str, value: Any) -> Callable[[Film], None]:
    return lambda film: film["shots"][0].update({field: value})


def last(field: str, value: Any) -> Callable[[Film], None]:
    return lambda film: film["shots"][-1].update({field: value})


def longer(film: Film) -> None:
    film["shots"][0]["seconds"] = film["shots"][0].get("seconds", 4) + 1


def split(film: Film) -> None:
    film["shots"][0]["seconds"] = 31


def swapped(film: Film) -> None:
    shots = film["shots"]
    shots[0], shots[-1] = shots[-1], shots[0]


def speech(film: Film) -> None:
    shot = next((shot for shot in film["shots"] if shot.get("dialogue")), None)
    if shot:
        ((who, words),) = shot["dialogue"][0].items()
        shot["dialogue"][0] = {who: f"{words} Yes."}
    else:
        film["style"] = "in silence"


def cast(film: Film) -> None:
    film.setdefault("cast", {})["nobody-yet"] = {"name": "nobody yet"}


def marks(film: Film) -> None:
    for character in film.get("cast", {}).values():
        if character and character.get("marks"):
            character["marks"][0] = "one odd sock"
            return


EDITS: dict[str, Callable[[Film], None]] = {
    "an action reworded": first("action", "Rain falls on everything."),
    "the last action reworded": last("action", "The light goes out."),
    "a framing": first("framing", "extreme wide shot"),
    "a camera": first("camera", "static"),
    "a sound": first("sound", "a far bell"),
    "a cue": first("music", "a single low note"),
    "a shot longer": longer,
    "a shot longer than any clip": split,
    "a shot put in": insert,
    "a shot taken out": lambda film: film["shots"].pop(0),
    "two shots changed over": swapped,
    "a line": speech,
    "a mark": marks,
    "a character": cast,
    "a style": lambda film: film.update(style="charcoal on grey paper"),
    "a clause": lambda film: film.update(preserve=["the grain"]),
    "a seed": first("seed", 11),
    "another take": last("take", 2),
    "a clip begun": last("clip", "new"),
    "a transition": last("transition", "fade 1"),
    "a resolution": lambda film: film.update(format={**film.get("format", {}), "resolution": "1080p"}),
}

PAIRS = [
    pytest.param(film, edit, PROVIDERS[(number + place) % len(PROVIDERS)], id=f"{film.parent.name}-{edit}")
    for place, film in enumerate(FILMS)
    for number, edit in enumerate(EDITS)
]


def copied(film: Path, folder: Path) -> Path:
    shutil.copytree(film.parent, folder, ignore=shutil.ignore_patterns(".storyforge", "*.lock", "*.mp4", "film.jpg"))
    return folder / film.name


@pytest.mark.parametrize(("film", "edit", "provider"), PAIRS)
def test_nothing_is_left_to_render_after_an_edit_was_rendered_nor_when_it_is_taken_back(tmp_path, film, edit, provider):
    path = copied(film, tmp_path / "film")
    written = path.read_bytes()
    rendered = Faked(path, provider)
    assert rendered.stale() == set()
    lines = YAML()
    board = lines.load(path)
    EDITS[edit](board)
    lines.dump(board, path)
    rendered.render()
    assert rendered.stale() == set()
    path.write_bytes(written)
    assert rendered.stale() == set()


def moved(path: Path) -> Path:
    target = path.parent.with_name("elsewhere") / "deeper"
    target.parent.mkdir()
    shutil.move(path.parent, target)
    return target / path.name


def touched(path: Path) -> Path:
    for one in path.parent.rglob("*"):
        os.utime(one, (1, 1))
    return path


def noted(path: Path) -> Path:
    text = path.read_text(encoding="utf-8")
    path.write_text("# a comment\n" + text.replace("\n  - id:", "\n\n  # and another\n  - id:"), encoding="utf-8")
    return path


def retitled(path: Path) -> Path:
    lines = YAML()
    board = lines.load(path)
    board["title"] = "Another"
    board["shots"][0]["notes"] = "ask the producer"
    lines.dump(board, path)
    return path


def reformatted(path: Path) -> Path:
    plain = YAML(typ="safe", pure=True)
    board = plain.load(path)
    plain.default_flow_style = True
    plain.width = 40
    plain.dump(board, path)
    return path


def renamed(path: Path) -> Path:
    lines = YAML()
    board = lines.load(path)
    ids = {shot["id"]: f"shot-{number}-of-them" for number, shot in enumerate(board["shots"])}
    for shot in board["shots"]:
        shot["id"] = ids[shot["id"]]
        if "continues" in shot:
            shot["continues"] = ids[shot["continues"]]
    lines.dump(board, path)
    return path


HARMLESS = [moved, touched, noted, retitled, reformatted, renamed]


@pytest.mark.parametrize("provider", ["offline", "runware", "hiapi"])
@pytest.mark.parametrize("change", HARMLESS)
@pytest.mark.parametrize("film", FILMS, ids=lambda film: film.parent.name)
def test_what_cannot_change_a_picture_renders_nothing(tmp_path, film, change, provider):
    path = copied(film, tmp_path / "film")
    rendered = Faked(path, provider)
    rendered.path = change(path)
    rendered.store = Project(rendered.path).store
    assert rendered.stale() == set()


def test_another_version_of_storyforge_renders_nothing(tmp_path, monkeypatch):
    path = copied(FILMS[0], tmp_path / "film")
    rendered = Faked(path)
    monkeypatch.setattr(storyforge, "__version__", "99.0")
    assert rendered.stale() == set()
