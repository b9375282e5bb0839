"""A project's own templates: ours with pieces of Jinja written into them, reaching for what templates must not have.

Loops without an end are not among them: those are stopped after seconds, so a few are tried one by one elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random

from house import ROOT
from projects import Faked, project

from .damage import PIECES, spoil_bytes, spoil_text
from .watching import lay, prepared, watch

FILE = "ferry.story.yaml"

JINJA = (
    *(
        "{{ ''.__class__.__mro__ }}",
        "{{ cycler.__init__.__globals__.os.environ }}",
        "{{ self._TemplateReference__context }}",
    ),
    *("{% include '../../beside/canary.txt' %}", "{% import 'shot.jinja' as x %}", "{% extends 'cast.jinja' %}"),
    *(
        "{% for x in range(9) %}",
        "{% endfor %}",
        "{% if %}",
        "{% endif %}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    ),
    *(
        "{{ 'x' * 10000 }}",
        "{{ 9 ** 9 }}",
        "{{ '%999999d' % 1 }}",
        "{{ shot['cast'][99] }}",
        "{{ 1 / 0 }}",
        "{{ nothing }}",
    ),
    *(
        "{{ scene.name.__class__ }}",
        "{{ scene.format_map(scene) }}",
        "{{ '{0.__class__}'.format(scene) }}",
        "{{ [] | first }}",
    ),
    *(
        "{% raw %}",
        "{% set a = [] %}{{ a.append(a) }}{{ a }}",
        "{{ scene.update({'a': 1}) }}",
        "{# ",
        " #}",
        "{{",
        "}}",
        "{%",
    ),
    *(
        "{{ lipsum(9) }}",
        "{{ config }}",
        "{{ environ['RUNWARE_API_KEY'] }}",
        "{{ shot | pprint }}",
        "{{ cast | attr('x') }}",
    ),
    *(
        "{% filter upper %}",
        "{% call m() %}",
        "{% block b %}{% endblock %}",
        "{{ cast | join | length }}",
        "{{ one.shown }}",
    ),
    *(
        "{{ scene | listed }}",
        "{{ 0 | ordinal }}",
        "{{ -5 | ordinal }}",
        "{{ 'a' | ordinal }}",
        "{{ none | sentence }}",
    ),
    *(
        "{{ '' | sentence }}",
        "{{ [1, [2]] | listed }}",
        "{{ \"x\" | replace('', 'y') }}",
        "{{ caller() }}",
        "{{ super() }}",
    ),
    *(
        "{% import m %}",
        "{% include none %}",
        "{% include ['a', 'b'] %}",
        "{% do x %}",
        "{{ loop.index }}",
        "{{ varargs }}",
    ),
    *("{{ (" * 200, "{% if 1 %}" * 120, "{{ " + "-" * 3000 + "1 }}", "{{ 'é\ud800' }}", "\x00", "{{ 1e999 | int }}"),
)

NAMES = tuple(f"{name}.jinja" for name in ("opening", "cast", "shot", "heard", "style", "preserve")) + tuple(
    f"dialects/{name}.jinja" for name in ("character_n", "descriptive", "image_n")
)

COMMANDS = (
    *(("check", FILE), ("check", "--format", "json", FILE), ("plan", FILE), ("plan", "--format", "markdown", FILE)),
    *(
        ("compile", FILE),
        ("compile", "--format", "json", FILE),
        ("check", "--fix", FILE),
        ("takes", FILE),
        ("fmt", FILE),
    ),
)


@dataclass(frozen=True)
class Case:
    """The templates of a project by name, and what is done with its storyboard."""

    templates: dict[str, bytes]
    provider: str
    command: tuple[str, ...]


def faked(folder: Path) -> None:
    """A project of which every clip has a take, with a sentence for every template."""
    path = project(folder)
    path.write_text("style: ink\npreserve: [the light]\n" + path.read_text(encoding="utf-8"), encoding="utf-8")
    Faked(path)


@cache
def ours(name: str) -> str:
    """A template that comes with StoryForge."""
    return (ROOT / "templates" / name).read_text(encoding="utf-8")


def make(seed: int) -> Case:
    """The case of a seed."""
    chance = Random(seed)
    names = chance.sample(NAMES, chance.choice((1, 1, 2)))
    provider = chance.choice(("offline", "runware", "hiapi", "scenario"))
    return Case({name: spoil(chance, ours(name)) for name in names}, provider, chance.choice(COMMANDS))


def spoil(chance: Random, text: str) -> bytes:
    """A template with something wrong in it."""
    if chance.random() < 0.1:
        return spoil_bytes(chance, text.encode())
    if chance.random() < 0.3:
        return spoil_text(chance, text, (*JINJA, *PIECES)).encode(errors="replace")
    for _ in range(chance.randint(1, 3)):
        at = chance.randint(0, len(text))
        text = text[:at] + chance.choice(JINJA) + text[at:]
    return text.encode(errors="surrogatepass" if chance.random() < 0.1 else "replace")


def run(case: Case, folder: Path) -> list[str]:
    """The faults that the case finds."""
    lay(folder / "project", prepared(faked))
    for name, content in case.templates.items():
        path = folder / "project" / "templates" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    command, *rest = case.command
    told = () if command == "fmt" else ("--provider", case.provider)
    with watch(folder) as watched:
        watched.run(command, *told, *rest)
    return watched.faults
