"""Writes the language as a JSON Schema, so that editors complete, explain and check a storyboard while it is typed.

The models are the one source. What is added is what yaml-language-server wants: `markdownDescription` for the hover, no
titles (they become a bogus heading and completion), snippets, and `null` for what may be left empty.
"""

from __future__ import annotations

import ast
import inspect
import json
import os
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

from storyforge.language.numbered_ids import NUMBERED
from storyforge.model import storyboard
from storyforge.model.storyboard import ID_PATTERN, LINE_KEY, NUMBERED_ID_PATTERN, TRANSITION, WHO_PATTERN, Storyboard
from storyforge.system.files import write_atomically
from storyforge.system.roots import FOLDER
from storyforge.system.store_place import open_store

Schema = dict[str, Any]

SCHEMA = "storyboard.schema.json"
"""The name of the schema's file."""

EXAMPLES: dict[str, dict[str, list[Any]]] = {
    "Storyboard": {
        "title": ["The Keeper"],
        "use": [["../bible.story.yaml"]],
        "language": ["en", "ja", "pt-BR"],
        "style": ["naturalistic, lamp-lit, shallow depth of field, 35 mm"],
        "preserve": [["the colour of the storm light"]],
    },
    "Shot": {
        "action": ["@mira trims the wick while @otto watches from the stairs."],
        "framing": ["wide establishing shot", "medium two-shot", "close shot"],
        "camera": ["slow push-in", "static", "handheld, following"],
        "dialogue": [[{"mira": "You are late."}, {"otto (whispering)": "The road is gone."}]],
        "transition": ["cut", "dissolve 0.5", "fade 1", "wipe 0.5", "circleopen 1"],
        "seconds": [4, 6.5],
    },
    "Character": {"name": ["the lighthouse keeper"], "marks": [["a brass whistle on a red cord"]]},
    "Scene": {"name": ["the lamp room"], "sound": ["wind, distant surf"]},
}
"""Shown with the field in an editor."""

CHARACTER = {"name": "${2:the lighthouse keeper}", "reference": "${3:refs/mira.png}", "marks": ["${4:a brass whistle}"]}
SCENE = {"name": "${2:the lamp room}", "description": "${3:what the place looks like}"}
SHOT = {"id": "${1:shot-1}", "scene": "${2:scene}", "framing": "${3:wide shot}", "action": "${4:what happens}"}
SNIPPETS: dict[str, list[Schema]] = {
    "cast": [{"label": "new character", "description": "One of the cast.", "body": {"${1:mira}": CHARACTER}}],
    "scenes": [{"label": "new scene", "description": "A place.", "body": {"${1:lamp-room}": SCENE}}],
    "shots": [{"label": "new shot", "description": "One camera view with its action.", "body": [SHOT]}],
}
"""What an editor offers to write, by key of the storyboard."""


def _ecma(pattern: re.Pattern[str]) -> str:
    """The pattern as JavaScript reads it: without the names of its groups."""
    return re.sub(r"\?P<\w+>", "", pattern.pattern)


WRITTEN = {
    r"\S": "nothing is written here",
    ID_PATTERN: "an id is letters, digits, - and _, and begins with a letter",
    NUMBERED_ID_PATTERN: "an id is letters, digits, - and _",
    WHO_PATTERN: "a character is written as its id, or with a look: mira.storm",
    _ecma(TRANSITION): "a transition is cut, dissolve S, fade S, wipe S or a kind of xfade, with its seconds as S",
}
"""What an editor says of text that does not match a pattern."""


def storyboard_schema() -> Schema:
    """The schema of a `NAME.story.yaml`, in JSON Schema 2020-12."""
    schema = Storyboard.model_json_schema()
    nouns = schema["$defs"]
    for name, texts in _said().items():
        fields = (schema if name == "Storyboard" else nouns.get(name, {})).get("properties", {})
        fields |= {field: dict(sorted({**fields[field], "description": text}.items())) for field, text in texts.items()}
    # pydantic describes what lines and transitions are read into, which is not what an author writes.
    nouns["Line"] = _line(nouns["Line"]["description"])
    nouns.pop("Transition")
    transition = nouns["Shot"]["properties"]["transition"]
    transition.update(type="string", pattern=_ecma(TRANSITION), default="cut")
    transition.pop("$ref", None)
    for name, noun in {"Storyboard": schema, **nouns}.items():
        for field, examples in EXAMPLES.get(name, {}).items():
            noun["properties"][field]["examples"] = examples
        _allow_empty(noun)
    for field in NUMBERED:
        known = nouns["Shot"]["properties"][field]
        known |= {"type": ["string", "integer", *(["null"] if "null" in known["type"] else [])], "minimum": 0}
    for name in ("Character", "Look", "Scene", "Format", "Music"):
        nouns[name]["type"] = ["object", "null"]
    for field, snippets in SNIPPETS.items():
        schema["properties"][field]["defaultSnippets"] = snippets
    nouns["Shot"]["defaultSnippets"] = [{**SNIPPETS["shots"][0], "body": SHOT}]
    tidy: Schema = _tidy(schema)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **tidy}


def schema_text() -> str:
    """The schema as it is written in `schemas/storyboard.schema.json`."""
    return json.dumps(storyboard_schema(), indent=2, ensure_ascii=False) + "\n"


def write_schema(path: Path) -> None:
    """Write the schema where an editor finds it."""
    write_atomically(path, schema_text())


def write_project_schema(folder: Path = Path()) -> Path:
    """Writes the schema where the editors of a folder's project find it: next to the store that its films have. Where
    that is, as seen from the folder. UsageError where the store is a link."""
    path = schema_path(folder)
    write_schema(folder / path)
    return path


def schema_path(folder: Path) -> Path:
    """Where the schema is for the storyboards of a folder, as seen from it."""
    store = open_store(folder / "film.story.yaml")
    place = store.top / FOLDER
    return Path(os.path.relpath(store.folder if place.is_symlink() else place, folder.resolve())) / SCHEMA


def _said() -> dict[str, dict[str, str]]:
    """What the models say of their fields, by noun and field. pydantic could read it too, but would do so whenever the
    models are imported, which is for every command."""
    return {
        noun.name: {
            field.target.id: inspect.cleandoc(text.value.value)
            for field, text in pairwise(noun.body)
            if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
            if isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant) and isinstance(text.value.value, str)
        }
        for noun in ast.parse(inspect.getsource(storyboard)).body
        if isinstance(noun, ast.ClassDef)
    }


def _line(description: str) -> Schema:
    """A line of dialogue: one key that says who speaks, with the words."""
    return {
        "type": "object",
        "description": description,
        "patternProperties": {
            _ecma(LINE_KEY): {"type": "string", "pattern": r"\S", "description": "What is said, word for word."}
        },
        "minProperties": 1,
        "maxProperties": 1,
        "additionalProperties": False,
        "defaultSnippets": [{"label": "new line", "body": {"${1:mira}": "${2:what is said}"}}],
    }


def _allow_empty(noun: Schema) -> None:
    """A field that may be left out may also be left empty; one type or list of choices, for a clear message."""
    required = noun.get("required", ())
    for field, schema in noun.get("properties", {}).items():
        for choice in schema.pop("anyOf", ()):
            schema.update({key: value for key, value in choice.items() if choice != {"type": "null"}})
        if field not in required and "type" in schema:
            schema["type"] = [schema["type"], "null"]
            if "enum" in schema:
                schema["enum"] = [*schema["enum"], None]


def _tidy(schema: Any) -> Any:
    """Everywhere: no titles, no `default: null`, no key but those that match, and what is said in markdown too."""
    if isinstance(schema, list):
        return [_tidy(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    tidy = {
        # These hold values and no schemas: a `title` in an example is an author's.
        key: value if key in ("examples", "enum", "default", "defaultSnippets") else _tidy(value)
        for key, value in schema.items()
        if not (key == "title" and isinstance(value, str)) and not (key == "default" and value is None)
    }
    if isinstance(schema.get("description"), str):
        tidy["markdownDescription"] = schema["description"]
    if isinstance(schema.get("pattern"), str):
        tidy["patternErrorMessage"] = WRITTEN[schema["pattern"]]
    if "patternProperties" in schema:
        tidy.setdefault("additionalProperties", False)
    return tidy
