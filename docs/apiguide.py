"""The reference of the Python interface: all that `storyforge.__all__` names, with signatures and docstrings."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator
from functools import cached_property
from itertools import pairwise
from typing import Any

import storyforge


def make_api_page() -> str:
    """Returns the reference of all public names in Markdown: functions first, then types, then values."""
    public = [(name, getattr(storyforge, name)) for name in sorted(storyforge.__all__, key=str.lower)]
    kinds = {
        "Functions": [one for one in public if inspect.isroutine(one[1])],
        "Types": [one for one in public if inspect.isclass(one[1])],
        "Values": [one for one in public if not inspect.isroutine(one[1]) and not inspect.isclass(one[1])],
    }
    parts = []
    for title, members in kinds.items():
        if members:
            parts += [f"## {title}", *(_section(name, value) for name, value in members)]
    return "\n\n".join(parts) + "\n"


def attribute_docs(owner: type) -> dict[str, str]:
    """The texts below the attributes of a class, by attribute, those of its bases too; empty ones are left out."""
    texts: dict[str, str] = {}
    for base in reversed(owner.__mro__):
        if not base.__module__.startswith("storyforge"):
            continue
        (noun,) = ast.parse(textwrap.dedent(inspect.getsource(base))).body
        assert isinstance(noun, ast.ClassDef)
        for field, text in pairwise(noun.body):
            if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(text, ast.Expr):
                texts[field.target.id] = inspect.cleandoc(ast.literal_eval(text.value))
    return texts


def _section(name: str, value: Any) -> str:
    head = f"### storyforge.{name} {{ #{name} }}"
    if inspect.isclass(value):
        bases = ", ".join(base.__name__ for base in value.__bases__ if base is not object)
        members = "\n".join(_members(value))
        parts = (head, f"```python\nclass {name}({bases})\n```" if bases else "", inspect.getdoc(value) or "", members)
        return "\n\n".join(part for part in parts if part)
    if inspect.isroutine(value):
        kind = "async def" if inspect.iscoroutinefunction(value) else "def"
        return f"{head}\n\n```python\n{kind} {name}{_signature(value)}\n```\n\n{inspect.getdoc(value) or ''}"
    return f"{head}\n\n`{type(value).__name__}`, now `{value!r}`."


def _members(owner: type) -> Iterator[str]:
    """A line for each public attribute, property and method that a class of ours brings."""
    texts = attribute_docs(owner)
    for base in owner.__mro__:
        if not base.__module__.startswith("storyforge"):
            continue
        for name, annotation in inspect.get_annotations(base).items():
            if not name.startswith("_"):
                yield _member(f"{name}: {_plain(str(annotation))}", texts.get(name, ""))
        for name, value in vars(base).items():
            if name.startswith("_") or isinstance(value, type):
                continue
            if isinstance(value, (property, cached_property)):
                yield _member(name, inspect.getdoc(value) or "")
            elif inspect.isroutine(getattr(owner, name)) and hasattr(value, "__doc__"):
                yield _member(f"{name}{_signature(getattr(owner, name))}", inspect.getdoc(value) or "")


def _member(code: str, text: str) -> str:
    return f"- `{code}`" + (f": {' '.join(text.partition(chr(10) * 2)[0].split())}" if text else "")


def _signature(function: Any) -> str:
    """The signature as it is written, without quotes around types, broken where it is long."""
    signature = inspect.signature(function)
    text = str(signature).replace("'", "")
    if len(text) <= 100:
        return text
    parts, star = [], False
    for parameter in signature.parameters.values():
        if parameter.kind is parameter.KEYWORD_ONLY and not star:
            parts.append("*")
            star = True
        star = star or parameter.kind is parameter.VAR_POSITIONAL
        parts.append(str(parameter).replace("'", ""))
    back = str(signature.replace(parameters=())).replace("'", "").removeprefix("()")
    return "(\n    " + ",\n    ".join(parts) + f",\n){back}"


def _plain(annotation: str) -> str:
    """A type without what pydantic does to values of it."""
    return re.sub(r"Annotated\[(\w+), \w+\(\w+\)\]", r"\1", annotation)
