"""Every field of the language, edited by itself: exactly the clips whose order changes are rendered again, and the edit's
reversal renders nothing. A field that is in no row here fails."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from projects import Faked
from ruamel.yaml import YAML

from storyforge.model.storyboard import Character, Format, Line, Look, Music, Noun, Scene, Shot, Storyboard

PROVIDERS = ("offline", "runware")

FILM: dict[str, Any] = {
    "storyforge": 1,
    "title": "The Keeper",
    "style": "lamp-lit",
    "music": {"file": "theme.wav", "gain": -20.0, "duck": True},
    "preserve": ["the storm light"],
    "extra": {"runware": {"checkNSFW": True}},
    "cast": {
        "mira": {
            "name": "the keeper",
            "reference": "refs/mira.png",
            "marks": ["a brass whistle"],
            "description": "a woman of sixty",
            "voice": "low",
            "preserve": ["her grey braid"],
            "looks": {
                "storm": {
                    "name": "the keeper in oilskin",
                    "reference": "refs/storm.png",
                    "marks": ["a yellow oilskin"],
                    "description": "soaked",
                    "voice": "hoarse",
                    "preserve": ["the wet sleeves"],
                }
            },
        },
        "otto": {"name": "the operator", "reference": "refs/otto.png", "marks": ["round glasses"]},
    },
    "scenes": {
        "lamp": {
            "name": "the lamp room",
            "reference": "refs/lamp.png",
            "description": "a round glass room",
            "marks": ["the brass lens"],
            "sound": "wind",
            "preserve": ["rain on the panes"],
        },
        "pier": {"name": "the pier", "reference": "refs/pier.png"},
    },
    "shots": [
        {
            "id": "trim",
            "scene": "lamp",
            "framing": "wide shot",
            "camera": "slow push-in",
            "action": "@mira trims the wick.",
            "sound": "a hiss",
            "music": "a low drone",
            "seconds": 4,
            "preserve": ["the wick"],
            "notes": "at dusk",
        },
        {
            "id": "call",
            "scene": "pier",
            "action": "@otto calls.",
            "dialogue": [{"otto (softly)": "Who is out there tonight?"}],
        },
        {"id": "answer", "scene": "pier", "action": "A light answers.", "seconds": 3, "continues": "call"},
        {
            "id": "storm",
            "scene": "lamp",
            "action": "@mira.storm comes in.",
            "seconds": 5,
            "seed": 7,
            "first_frame": "refs/door.png",
            "transition": "dissolve 0.5",
        },
    ],
}
ALL = {"trim", "call", "answer", "storm"}
PIER = {"call", "answer"}
LAMP = {"trim", "storm"}
"""Each character seen in a clip is in it with all that is written of them; `answer` continues `call`."""

Row = tuple[tuple[str | int, ...], Any, set[str]]

MATRIX: dict[type[Noun], dict[str, list[Row]]] = {
    Storyboard: {
        "storyforge": [],  # has one value
        "title": [(("title",), "Another", set())],
        "use": [(("use",), ["other.story.yaml"], set())],
        "language": [(("language",), "fr", ALL)],
        "provider": [(("provider",), "wavespeed", set())],  # `--provider` overrides it here
        "format": [],  # below, field by field
        "style": [(("style",), "moonlit", ALL)],
        "music": [(("music",), None, set())],  # belongs to the film
        "preserve": [(("preserve", 0), "the moonlight", ALL)],
        "prefer": [(("prefer",), "cast", set())],  # both take references and a first frame
        "extra": [(("extra", "runware", "checkNSFW"), False, ALL)],
        "cast": [(("cast", "nobody"), {"name": "nobody"}, set())],
        "scenes": [(("scenes", "nowhere"), {"name": "nowhere"}, set())],
        "shots": [],
    },
    Format: {
        "aspect": [(("format",), {"aspect": "9:16"}, ALL)],
        "resolution": [(("format",), {"resolution": "1080p"}, ALL)],
        "fps": [(("format",), {"fps": 25}, ALL)],
        "fit": [(("format",), {"fit": "blur"}, set())],  # belongs to the film, as does `fit_time`
        "fit_time": [(("format",), {"fit_time": "stretch"}, set())],
        "anchor": [(("format",), {"anchor": "sharpest"}, {"answer"})],  # the one that goes on from another
        "seam": [(("format",), {"seam": "drop"}, set())],
        "match": [(("format",), {"match": "colour"}, set())],
        "subtitles": [(("format",), {"subtitles": "burned"}, set())],  # belongs to the film
        "artist": [(("format",), {"artist": "A. Nobody"}, set())],  # belongs to the film
        "loudness": [(("format",), {"loudness": -23}, set())],  # belongs to the film
        "silence": [(("format",), {"silence": "ambience"}, set())],
        "prompt": [(("format",), {"prompt": "timed"}, ALL)],
    },
    Music: {
        "file": [(("music", "file"), "other.wav", set())],
        "gain": [(("music", "gain"), -10.0, set())],
        "duck": [(("music", "duck"), False, set())],
    },
    Character: {
        "name": [(("cast", "mira", "name"), "the old keeper", {"trim"}), (("cast", "otto", "name"), "the boy", PIER)],
        "reference": [(("cast", "mira", "reference"), "refs/door.png", {"trim"})],
        "marks": [(("cast", "mira", "marks", 0), "a silver whistle", {"trim"})],
        "description": [(("cast", "mira", "description"), "a man of sixty", {"trim"})],
        "voice": [(("cast", "otto", "voice"), "high", PIER)],
        "looks": [(("cast", "otto", "looks"), {"wet": {"marks": ["a towel"]}}, set())],
        "preserve": [(("cast", "mira", "preserve"), ["her hands"], {"trim"})],
    },
    Look: {
        "name": [(("cast", "mira", "looks", "storm", "name"), "the wet keeper", {"storm"})],
        "reference": [(("cast", "mira", "looks", "storm", "reference"), "refs/mira.png", {"storm"})],
        "marks": [(("cast", "mira", "looks", "storm", "marks", 0), "a red oilskin", {"storm"})],
        "description": [(("cast", "mira", "looks", "storm", "description"), "dripping", {"storm"})],
        "voice": [(("cast", "mira", "looks", "storm", "voice"), "loud", set())],  # she says nothing there
        "preserve": [(("cast", "mira", "looks", "storm", "preserve"), ["the hood"], {"storm"})],
    },
    Scene: {
        "name": [(("scenes", "lamp", "name"), "the lantern", LAMP)],
        "reference": [(("scenes", "lamp", "reference"), "refs/door.png", LAMP)],
        "description": [(("scenes", "lamp", "description"), "a square room", LAMP)],
        "marks": [(("scenes", "lamp", "marks", 0), "the iron stair", LAMP)],
        "sound": [(("scenes", "lamp", "sound"), "surf", LAMP)],
        "preserve": [(("scenes", "lamp", "preserve"), ["the dark"], LAMP)],
    },
    Line: {
        "who": [(("shots", 1, "dialogue"), [{"mira (softly)": "Who is out there tonight?"}], PIER)],
        "look": [(("shots", 3, "dialogue"), [{"mira.storm": "Here I am, at long last."}], {"storm"})],
        "how": [(("shots", 1, "dialogue"), [{"otto (loudly)": "Who is out there tonight?"}], PIER)],
        "text": [(("shots", 1, "dialogue"), [{"otto (softly)": "Who is out here tonight?"}], PIER)],
        "kind": [
            (("shots", 1, "dialogue"), [{f"otto (softly, {mark})": "Who is out there tonight?"}], PIER)
            for mark in ("V.O.", "O.S.")
        ],
        "language": [(("shots", 1, "dialogue"), [{"otto (softly, in French)": "Who is out there tonight?"}], PIER)],
    },
    Shot: {
        "id": [(("shots", 0, "id"), "first", set())],
        "scene": [(("shots", 3, "scene"), "pier", {"storm"})],
        "framing": [(("shots", 0, "framing"), "close shot", {"trim"})],
        "camera": [(("shots", 0, "camera"), "static", {"trim"})],
        "action": [
            (("shots", 0, "action"), "@mira lights the wick.", {"trim"}),
            (("shots", 1, "action"), "@otto waves.", PIER),
        ],
        "cast": [(("shots", 0, "cast"), ["otto"], {"trim"})],
        "dialogue": [(("shots", 0, "dialogue"), [{"mira": "There. It burns again now."}], {"trim"})],
        "sound": [(("shots", 0, "sound"), "a crackle", {"trim"})],
        "music": [(("shots", 0, "music"), "silence", {"trim"})],
        "seconds": [(("shots", 0, "seconds"), 6, {"trim"}), (("shots", 1, "seconds"), 8, PIER)],
        "transition": [(("shots", 3, "transition"), "fade 1", set())],  # belongs to the film
        "first_frame": [(("shots", 3, "first_frame"), "refs/otto.png", {"storm"})],
        "continues": [(("shots", 2, "continues"), None, {"answer"})],  # `call` is paid for, so it does not join that
        "anchor": [(("shots", 2, "anchor"), "sharpest", {"answer"}), (("shots", 1, "anchor"), "sharpest", set())],
        "clip": [(("shots", 1, "clip"), "new", set())],  # it begins one as it is
        "preserve": [(("shots", 0, "preserve", 0), "the flame", {"trim"})],
        "prefer": [(("shots", 3, "prefer"), "cast", set())],
        "prompt": [(("shots", 3, "prompt"), "timed", {"storm"})],
        "provider": [(("shots", 0, "provider"), "wavespeed", set())],  # `--provider` overrides it here
        "seed": [(("shots", 3, "seed"), 8, {"storm"}), (("shots", 0, "seed"), 8, {"trim"})],
        "take": [(("shots", 0, "take"), 2, {"trim"})],
        "extra": [(("shots", 0, "extra"), {"runware": {"steps": 3}}, {"trim"})],
        "notes": [(("shots", 0, "notes"), "at dawn", set())],
    },
}

DIFFERENT: dict[str, dict[str, set[str]]] = {
    "Storyboard.language": {"runware": PIER},  # no host reads it, but a line needs other seconds
    "Storyboard.extra": {"offline": set()},
    "Shot.extra": {"offline": set()},
    "Format.aspect": {"runware": {"trim", "call", "answer"}},  # a first frame has a shape of its own
    "Format.fps": {"runware": set()},  # hosts deliver what they deliver
    "Format.anchor": {"offline": set()},  # what is drawn is sharp throughout, and so below
    "Shot.anchor": {"offline": set()},
}
"""Where one of the two providers gets other values than the other: the clips, by row and provider."""

ROWS = [
    pytest.param(noun, name, row, id=f"{noun.__name__}.{name}{f'-{number}' if number else ''}")
    for noun, names in MATRIX.items()
    for name, rows in names.items()
    for number, row in enumerate(rows)
]


def put(film: dict[str, Any], path: tuple[str | int, ...], value: Any) -> dict[str, Any]:
    """The film with one value set; None takes it away."""
    film = copy.deepcopy(film)
    place: Any = film
    for part in path[:-1]:
        place = place[part]
    if value is None:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return film


def write(path: Path, film: dict[str, Any]) -> None:
    with path.open("w", encoding="utf-8") as file:
        YAML().dump(film, file)


@pytest.fixture
def path(tmp_path):
    (tmp_path / "refs").mkdir()
    for shade, name in enumerate(("mira", "storm", "otto", "lamp", "pier", "door")):
        Image.new("RGB", (512, 512), (40 * shade, 90, 120)).save(tmp_path / f"refs/{name}.png")
    (tmp_path / "other.story.yaml").write_text("storyforge: 1\ntitle: A bible\n", encoding="utf-8")
    for name in ("theme", "other"):
        (tmp_path / f"{name}.wav").write_bytes(name.encode())
    write(tmp_path / "keeper.story.yaml", FILM)
    return tmp_path / "keeper.story.yaml"


@pytest.mark.parametrize("noun", MATRIX)
def test_every_field_of_the_language_stands_in_the_matrix(noun):
    assert set(MATRIX[noun]) == set(noun.model_fields)


def test_every_noun_of_the_language_stands_in_the_matrix():
    assert set(MATRIX) == set(Noun.__subclasses__())


@pytest.mark.slow
@pytest.mark.parametrize(("noun", "name", "row"), ROWS)
@pytest.mark.parametrize("provider", PROVIDERS)
def test_an_edit_of_one_field_renders_exactly_the_clips_that_it_is_in(path, provider, noun, name, row):
    place, value, clips = row
    film = Faked(path, provider)
    assert film.stale() == set()
    write(path, put(FILM, place, value))
    assert film.stale() == DIFFERENT.get(f"{noun.__name__}.{name}", {}).get(provider, clips)
    film.render()
    assert film.stale() == set()
    write(path, FILM)
    assert film.stale() == set()
