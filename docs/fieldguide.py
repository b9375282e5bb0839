"""The language reference, from the models: each field with its type, default, example, and what it does to an order."""

from __future__ import annotations

import json
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any

from apiguide import attribute_docs
from ruamel.yaml import YAML

from storyforge.compiler.compile import Compiled, compile_file
from storyforge.language.json_schema import storyboard_schema
from storyforge.model import storyboard
from storyforge.planning.film_key import film_key, film_names

HERE = Path(__file__).parent
HOSTS = ("runware", "wavespeed")
"""Compiled for both: one takes a first frame and references together, one does not."""

NOUNS = ("Storyboard", "Format", "Music", "Character", "Look", "Scene", "Shot", "Line")

ORDERED = {
    "provider": "where it is ordered",
    "mode": "its mode",
    "references": "its reference pictures",
    "first_frame": "its first frame",
    "seconds": "its length",
    "size": "its size",
    "fps": "its frame rate",
    "seed": "its seed",
    "extra": "further fields of the request",
}
"""Fields of a job that a host reads, in words; the prompt is reported apart."""


@dataclass(frozen=True)
class Field:
    """A field of the language as the reference shows it."""

    noun: str
    name: str
    meaning: str
    type: str
    default: str
    example: Any
    effect: str


def make_language_page() -> str:
    """Returns the language reference in Markdown, without its title."""
    parts: list[str] = []
    for noun in NOUNS:
        parts.append(f"## {noun}\n\n{_nouns()[noun]['description']}\n")
        parts += [_section(field) for field in list_fields(noun)]
    return "\n".join(parts)


def list_fields(noun: str) -> Iterator[Field]:
    """The fields of a noun in the order of the language. Raises KeyError if one has no example in `fields.toml`."""
    properties = _nouns()[noun].get("properties", {})
    required = _nouns()[noun].get("required", ())
    for name in getattr(storyboard, noun).model_fields:
        schema, path = properties.get(name, {}), f"{noun}.{name}"
        link = _noun_in(schema)
        yield Field(
            noun,
            name,
            schema.get("description") or _data()["words"].get(path) or attribute_docs(getattr(storyboard, noun))[name],
            describe_type(schema) if schema else "part of a line",
            "required" if name in required else _default(schema),
            _data()[noun][name],
            f"See [{link}](#{link.lower()})." if link else describe_effect(noun, name),
        )


def describe_type(schema: Mapping[str, Any]) -> str:
    """The type of a field in words: `number, -36 to -12`; `one of …`; `list of text`."""
    if "$ref" in schema:
        noun = schema["$ref"].rpartition("/")[2]
        return f"[{noun}](#{noun.lower()})"
    if "enum" in schema:
        return "one of " + ", ".join(f"`{json.dumps(value).strip(chr(34))}`" for value in schema["enum"] if value)
    if "const" in schema:
        return f"always `{schema['const']}`"
    if "patternProperties" in schema:
        (inner,) = schema["patternProperties"].values()
        return f"map from id to {describe_type(inner)}"
    kind = schema["type"] if isinstance(schema["type"], str) else schema["type"][0]
    if kind == "array":
        return f"list of {describe_type(schema['items'])}"
    if schema.get("pattern") == storyboard.NUMBERED_ID_PATTERN:
        return "id, which may start with a digit"
    if kind in ("number", "integer"):
        bounds = [f"{schema[name]}" for name in ("minimum", "maximum") if name in schema]
        word = "whole number" if kind == "integer" else "number"
        return word + (f", {' to '.join(bounds)}" if len(bounds) == 2 else f", at least {bounds[0]}" if bounds else "")
    if schema.get("pattern") == storyboard.ID_PATTERN:
        return "id"
    if schema.get("pattern") == storyboard.WHO_PATTERN:
        return "id, or id and look (`mira.storm`)"
    return {"string": "text", "boolean": "`true` or `false`", "object": "map from provider to fields"}[kind]


def describe_effect(noun: str, name: str) -> str:
    """What a field does to an order, found by compiling a small film before and after its example is written."""
    data = _data()
    path = data["other-places"].get(f"{noun}.{name}", data["places"][noun])
    field = "dialogue" if noun == "Line" else name
    changed: set[str] = set()
    for host in HOSTS:
        film = deepcopy(data["film"])
        film["provider"] = host
        before = _facts(json.dumps(film))
        place = film
        for step in path:
            place = place.setdefault(step, {}) if isinstance(place, dict) else place[step]
        place[field] = data[noun][name]
        after = _facts(json.dumps(film))
        changed |= {fact for fact in before if before[fact] != after[fact]}
    return _effect(changed)


def _effect(changed: set[str]) -> str:
    ordered = [words for name, words in ORDERED.items() if name in changed]
    if "prompt" in changed:
        ordered = ["the prompt", *ordered]
    if "clips" in changed:
        ordered = ["which shots share a clip, and so the clips"]
    if ordered or "order" in changed:
        what = f"Changes an order: {', '.join(ordered)}." if ordered else "Changes an order."
        return f"{what} A clip that it changes is rendered again."
    if "film" in changed:
        return "Changes the film alone: it is put together again, and nothing is ordered."
    return "Changes neither an order nor the film."


BIBLE = '{"storyforge": 1, "title": "A bible", "preserve": ["the storm light"]}'


@cache
def _facts(film: str) -> dict[str, Any]:
    """What a film, written as JSON, orders and what it is put together from, to be compared with that of another."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("theme.ogg", "audio/waltz.ogg", "refs/mira.png", "refs/mira-storm.png", "refs/lamp-room.png"):
            (Path(folder) / name).parent.mkdir(exist_ok=True)
            (Path(folder) / name).write_bytes(name.encode())
        # JSON is YAML, too.
        (Path(folder) / "bible.story.yaml").write_text(BIBLE, encoding="utf-8")
        (Path(folder) / "film.story.yaml").write_text(film, encoding="utf-8")
        compiled = compile_file(Path(folder) / "film.story.yaml")
        return _compiled_facts(compiled)


def _compiled_facts(compiled: Compiled) -> dict[str, Any]:
    assert compiled.planned, [found.message for found in compiled.diagnostics]
    facts: dict[str, Any] = {
        "clips": [len(one.clip.beats) for one in compiled.planned],
        "prompt": [one.prompt.text for one in compiled.planned],
        "order": [one.job.fingerprint for one in compiled.planned],
        "film": (film_key(compiled, {one.clip.id: "take" for one in compiled.planned}), film_names(compiled)),
    }
    return facts | {name: [getattr(one.job, name) for one in compiled.planned] for name in ORDERED}


def _section(field: Field) -> str:
    lines = [
        f"### {field.name} {{ #{field.noun.lower()}-{field.name} }}",
        field.meaning.replace("\n", " "),
        f"- Type: {field.type}",
        f"- Default: {field.default}",
        f"- {field.effect}",
    ]
    text = "\n".join((lines[0], "", lines[1], "", *lines[2:]))
    written = {"dialogue" if field.noun == "Line" else field.name: field.example}
    return f"{text}\n\n```yaml\n{_yaml(written)}```\n"


def _yaml(value: Any) -> str:
    out, yaml = StringIO(), YAML()
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.allow_unicode, yaml.width = True, 100
    yaml.dump(value, out)
    return out.getvalue()


def _default(schema: Mapping[str, Any]) -> str:
    value = schema.get("default")
    if value is None or value in ([], {}) or isinstance(value, dict):
        return "none"
    if isinstance(value, float):
        return f"`{value:g}`"
    return f"`{value}`" if isinstance(value, str) else f"`{json.dumps(value)}`"


def _noun_in(schema: Mapping[str, Any]) -> str | None:
    """The noun that a field holds, alone, in a list or in a map; None if it holds none."""
    inner = schema.get("items") or next(iter(schema.get("patternProperties", {}).values()), schema)
    return inner["$ref"].rpartition("/")[2] if "$ref" in inner else None


@cache
def _nouns() -> dict[str, dict[str, Any]]:
    schema = storyboard_schema()
    return {"Storyboard": schema, **schema["$defs"]}


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads((HERE / "fields.toml").read_text(encoding="utf-8"))
