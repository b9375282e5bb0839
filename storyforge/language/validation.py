"""Turns what the models refuse into findings in an author's words, and goes on without the refused parts.

pydantic's own words never reach an author: each of its error types has a sentence here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import groupby
from typing import Any, get_args

from pydantic import ValidationError

from storyforge.language.numbered_ids import NUMBERED, read_numbered_ids
from storyforge.language.source_map import Source
from storyforge.language.yaml_recovery import MANY, quote_text, too_many
from storyforge.language.yaml_tree import ID_KEYS, Node
from storyforge.model.diagnostics import Diagnostic, Fix, Path, locate_findings
from storyforge.model.spelling import nearest
from storyforge.model.storyboard import OVERLAPS, Noun, Storyboard, noun_at

Complaint = dict[str, Any]
"""One error as pydantic tells it: `type`, `loc`, `input`, `ctx`."""

WANTED = {
    "string_type": "text",
    "tuple_type": "a list",
    "float_type": "a number",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "bool_type": "`true` or `false`",
    "model_type": "a mapping of keys and values",
    "dict_type": "a mapping of keys and values",
    "mapping_type": "a mapping of keys and values",
}
"""Error types that mean another kind of value was wanted."""

HOW = {
    "text": "put it in quotes",
    "a list": "write each item on its own line after `- `, or all in `[…]`",
    "a number": "write the number alone, without quotes or a unit",
    "a whole number": "write the number alone, without quotes or a unit",
    "`true` or `false`": "write `true` or `false`, without quotes",
    "a mapping of keys and values": "write `key: value` on lines of their own, set in under this key",
}

ID_HINT = "an id is letters, digits, `-` and `_`, and begins with a letter"
NUMBERED_ID_HINT = "an id is letters, digits, `-` and `_`"
QUOTED_ID = re.compile(r"\w[\w-]*")
"""What looks like a number and is an id in quotes."""

STAND_INS: dict[str, Any] = {"storyforge": 1, "title": "untitled"}
"""What a storyboard without these is checked with, so that its other mistakes are found too."""

NAMED = (("cast",), ("scenes",), ("looks",))
"""Where things are known by their keys."""


def read_storyboard(source: Source) -> tuple[Storyboard | None, list[Diagnostic]]:
    """The storyboard that the source's tree describes, without the parts that are refused; None if the cast, the scenes
    or all shots are among them."""
    findings: list[Diagnostic] = []
    root = source.root
    assert root is not None
    unquoted = read_numbered_ids(root)
    # Without the parts that were refused others may be. Not for ever: what cannot be taken out is refused each time.
    for _ in range(8):
        try:
            # A manner may name a language in that of the film.
            return Storyboard.model_validate(
                root.value, context={"language": root.value.get("language")}
            ), unquoted + findings
        except ValidationError as error:
            complaints = _innermost(error)
            # Those of the first round are the author's; later ones are about what was left out here.
            findings = findings or explain_errors(complaints, source)
            if error.error_count() > MANY:
                page, start, _ = source.extent(error.errors(include_url=False)[MANY]["loc"])
                return None, [*unquoted, *findings, too_many(source.pages[page], start)]
            foreign = any(found.name == "unsupported-version" for found in findings)
            if foreign or not _leave_out(complaints, root):
                break
    return None, unquoted + findings


def explain_errors(complaints: Iterable[Complaint], source: Source) -> list[Diagnostic]:
    """The findings, each said once; in a language that is not ours, that it is not is the only one."""
    findings = locate_findings((_explain(found["type"], found["loc"], found, source) for found in complaints), source)
    foreign = [found for found in findings if found.name == "unsupported-version"]
    return foreign or [
        next(same) for _, same in groupby(findings, lambda found: (found.location, found.name, found.message))
    ]


def unsupported_version(path: Path, value: Any) -> Diagnostic:
    """The error about `storyforge:` with a version of the language that this release does not read."""
    hint = "write `storyforge: 1`, or work with a newer StoryForge"
    return Diagnostic("unsupported-version", "error", f"version `{value}` of the language is not known", hint, path)


def _innermost(error: ValidationError) -> list[Complaint]:
    """The complaints, each mistake once: not what only encloses another's place, nor a lack of what is misspelt."""
    complaints: list[Complaint] = [dict(found) for found in error.errors(include_url=False)[:MANY]]
    misspelt = {_meant(found["loc"]) for found in complaints if found["type"] == "extra_forbidden"}
    complaints = [found for found in complaints if found["type"] != "missing" or found["loc"] not in misspelt]
    around = {found["loc"][:depth] for found in complaints for depth in range(len(found["loc"]))}
    return [found for found in complaints if found["loc"] not in around or found["type"] == "missing"]


def _meant(path: Path) -> Path:
    """The path of the known key that an unknown one most likely means."""
    return *path[:-1], nearest(str(path[-1]), _noun(path[:-1]).model_fields) or ""


def _explain(kind: str, path: Path, found: Complaint, source: Source) -> Diagnostic:
    value, context = found["input"], found.get("ctx", {})
    if path == ("storyforge",) and kind != "missing":
        return unsupported_version(path, value)
    if kind in WANTED:
        return _wrong_type(WANTED[kind], path, value, source)
    if kind == "line_text":
        return _no_words(path, value, source)
    explain = EXPLAIN.get(kind)
    if explain is not None:
        return explain(path, value, context, source)
    return Diagnostic("bad-value", "error", f"{_called(path)} cannot be used", "see the language's page", path)


def _unknown_key(path: Path, value: Any, context: Any, source: Source) -> Diagnostic:
    key, thing, noun = str(path[-1]), _thing(path[:-1]), _noun(path[:-1])
    near = str(_meant(path)[-1])
    hint = f"did you mean `{near}`?" if near else f"its keys are {_listed(noun.model_fields)}"
    found = Diagnostic("unknown-key", "error", f"`{key}` is not a key of {thing}", hint, path, key=True)
    # Certain only where case and dashes differ; with the right key there as well, it would be written twice.
    if near == key.lower().replace("-", "_") and not source.has((*path[:-1], near)):
        return _mended(found, source, near)
    return found


def _missing(path: Path, value: Any, context: Any, source: Source) -> Diagnostic:
    thing = _thing(path[:-1])
    hint = f"write `{path[-1]}: …`" if path[-1] != "storyforge" else "write `storyforge: 1` at the top"
    return Diagnostic("missing-field", "error", f"{thing} has no `{path[-1]}`", hint, path)


def _bad_id(path: Path, value: Any, context: Any, source: Source) -> Diagnostic:
    key = path[-1] == "[key]"
    hint = NUMBERED_ID_HINT if _may_be_numbered(path) else ID_HINT
    found = Diagnostic("bad-id", "error", f"`{value}` is not an id", hint, path[:-1] if key else path, key=key)
    if isinstance(value, str) and value.startswith("@"):
        return _mended(replace(found, hint="write an id without `@`"), source, value[1:])
    return found


def _wrong_type(wanted: str, path: Path, value: Any, source: Source) -> Diagnostic:
    plain = not isinstance(value, str | dict | list) and value is not None
    raw = source.raw(path)
    # Quotes would not fix `provider: 12`: this id begins with a letter.
    if wanted == "text" and plain and _takes_id(path) and not (_may_be_numbered(path) and QUOTED_ID.fullmatch(raw)):
        return _bad_id(path, raw, None, source)
    hint = HOW[wanted] if wanted != "text" or plain else "write text"
    if _may_be_numbered(path) and plain and raw != str(value):
        hint = f"{hint}: unquoted, it means `{value}`"
    found = Diagnostic("wrong-type", "error", f"{_called(path)} is {_kind(value)}, not {wanted}", hint, path)
    return _mended(found, source, quote_text(raw)) if wanted == "text" and plain else found


def _no_words(path: Path, value: Any, source: Source) -> Diagnostic:
    ((who, words),) = value.items()
    path = (*path, who)
    if words is None or isinstance(words, str):
        return Diagnostic("blank-text", "error", f"`{who}` says nothing", "write the words of the line", path)
    return _wrong_type("text", path, words, source)


def _bad_choice(path: Path, value: Any, context: Any, source: Source) -> Diagnostic:
    noun = _noun(path[:-1])
    choices = _choices(noun.model_fields[str(path[-1])].annotation)
    near = nearest(str(value), map(str, choices))
    choice = f"one of {_listed(choices)}" if len(choices) > 2 else f"{_listed(choices, ' or ')}"
    hint = f"did you mean `{near}`? it is {choice}" if near else f"it is {choice}"
    # The right word of another type, as `fps: "24"`.
    if near == str(value):
        hint = f"write `{near}` without quotes"
    return Diagnostic("bad-choice", "error", f"{_called(path)} cannot be `{value}`", hint, path)


def _out_of_range(path: Path, value: Any, context: Any, source: Source) -> Diagnostic:
    if "ge" in context:
        message, hint = f"{_called(path)} is less than {context['ge']:g}", f"write {context['ge']:g} or more"
    elif "le" in context:
        message, hint = f"{_called(path)} is more than {context['le']:g}", f"write {context['le']:g} or less"
    else:
        path = (*path, *context.get("inside", ()))
        message, hint = f"{_called(path)} is not a finite number", "write a number"
    return Diagnostic("out-of-range", "error", message, hint, path)


def _blank(path: Path, value: Any, context: Any, source: Source) -> Diagnostic:
    message, hint = f"{_called(path)} is blank", "write something, or take it away"
    return Diagnostic("blank-text", "error", message, hint, path)


def _bad_line(path: Path, value: Any, context: Any, source: Source) -> Diagnostic:
    several = isinstance(value, dict) and len(value) > 1
    hint = "begin every line with `- `" if several else "write `- WHO: text` or `- WHO (how): text`"
    return Diagnostic("bad-line", "error", "a line of dialogue is not one `WHO: text`", hint, path)


def _bad_speaker(path: Path, value: Any, context: Any, source: Source) -> Diagnostic:
    who = next(iter(value))
    hint = "write the id of a character, then how it is said in brackets: `mira (whispering): …`"
    return Diagnostic("bad-line", "error", f"`{who}` is not `WHO` or `WHO (how)`", hint, (*path, who), key=True)


def _bad_transition(path: Path, value: Any, context: Any, source: Source) -> Diagnostic:
    kind, _, rest = str(value).partition(" ")
    near = nearest(kind, ("cut", "fade", *OVERLAPS))
    hint = "write `cut`, `dissolve S`, `fade S` or `wipe S`, with its seconds as S"
    if near and near != kind and rest:
        hint = f"did you mean `{near} {rest}`? {hint}"
    return Diagnostic("bad-transition", "error", f"`{value}` is not a transition", hint, path)


EXPLAIN: dict[str, Callable[[Path, Any, Any, Source], Diagnostic]] = {
    "extra_forbidden": _unknown_key,
    "missing": _missing,
    "string_pattern_mismatch": _bad_id,
    "literal_error": _bad_choice,
    "greater_than_equal": _out_of_range,
    "less_than_equal": _out_of_range,
    "finite_number": _out_of_range,
    "not_finite": _out_of_range,
    "blank": _blank,
    "line": _bad_line,
    "line_who": _bad_speaker,
    "transition": _bad_transition,
}


def _mended(found: Diagnostic, source: Source, text: str) -> Diagnostic:
    return replace(found, fix=Fix(*source.extent(found.path, found.key), text))


def _noun(path: Path) -> type[Noun]:
    return noun_at(path) or Storyboard


def _thing(path: Path) -> str:
    """What is at a path, in words."""
    match path:
        case ("cast", who):
            return f"the character `{who}`"
        case ("cast", who, "looks", look):
            return f"the look `{who}.{look}`"
        case ("scenes", scene):
            return f"the scene `{scene}`"
        case ("shots", _):
            return "a shot"
        case (str() as key,):
            return f"`{key}`"
    return "the storyboard"


def _called(path: Path) -> str:
    if isinstance(path[-1], str):
        return f"`{path[-1]}`"
    return f"shot {path[-1] + 1}" if len(path) == 2 and path[0] == "shots" else f"item {path[-1] + 1} of `{path[-2]}`"


def _kind(value: Any) -> str:
    match value:
        case None:
            return "empty"
        case str():
            return "text"
        case bool():
            return f"the value `{str(value).lower()}`"
        case int() | float():
            return "a number"
        case dict():
            return "a mapping"
    return "a list"


def _takes_id(path: Path) -> bool:
    """Whether this place of a shot, or at the top, holds an id."""
    field = path[-2] if isinstance(path[-1], int) else path[-1]
    return field in ID_KEYS and "extra" not in path


def _may_be_numbered(path: Path) -> bool:
    """Whether the id at a path may begin with a digit: that of a shot or a scene."""
    return (path[0] == "shots" and path[-1] in NUMBERED) or path[0] == "scenes"


def _choices(annotation: Any) -> list[Any]:
    """The values a field may have, out of the `Literal` in its type."""
    return [
        value
        for part in get_args(annotation)
        for value in (_choices(part) or ([] if isinstance(part, type) else [part]))
    ]


def _listed(names: Iterable[Any], between: str = ", ") -> str:
    return between.join(f"`{name}`" for name in names)


def _leave_out(complaints: list[Complaint], root: Node) -> bool:
    """Take the refused parts out of the tree; False where nothing worth checking would be left."""
    paths = {_refused(found["type"], found["loc"]) for found in complaints}
    if paths & {("cast",), ("scenes",), ("shots",)}:
        return False
    # Backwards, so that taking an item out of a list moves none that is still to go.
    gone = [_take(root, path) for path in sorted(paths, key=_in_order, reverse=True)]
    # A shot that continues one of these would be a second finding about the same mistake.
    ids = {left["id"] for left in gone if isinstance(left, dict) and isinstance(left.get("id"), str)}
    shots = root.child("shots")
    for shot in (shots.items or () if shots else ()) if ids else ():
        if shot.entries and shot.value.get("continues") in ids:
            shot.drop("continues")
    return True


def _in_order(path: Path) -> list[tuple[bool, str | int]]:
    return [(isinstance(part, int), part) for part in path]


def _refused(kind: str, path: Path) -> Path:
    """What has to go: a value, an entry with a bad key, or the whole that lacks something."""
    return path[:-1] if path[-1] == "[key]" or (kind == "missing" and len(path) > 1) else path


def _take(root: Node, path: Path) -> Any:
    """Take the value at a path out; a character, look or scene stays by its id, for others to mention."""
    around: Node | None = root
    for part in path[:-1]:
        around = around.child(part) if around else None
    if around is None:
        return None
    last = path[-1]
    left = around.child(last)
    if len(path) == 1 and last in STAND_INS:
        around.value[last] = STAND_INS[str(last)]
    elif left and isinstance(last, str) and path[-2:-1] in NAMED and left.entries is None:
        around.value[last] = {}
    else:
        around.drop(last)
    return left.value if left else None
