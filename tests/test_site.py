"""The documentation as it is built: strictly, whole, and readable without a network."""

from __future__ import annotations

import importlib
import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import storyforge
from storyforge.cli import cli
from storyforge.model import storyboard
from storyforge.model.storyboard import Noun
from storyforge.reports.explain import explain, rule_names
from storyforge.system.permissions import PERMISSIONS

ROOT = Path(__file__).parents[1]


@pytest.fixture
def generators(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """`docs/generate.py`, found as MkDocs finds it."""
    monkeypatch.syspath_prepend(str(ROOT / "docs"))
    return importlib.import_module("generate")


@pytest.fixture
def hooks(generators: ModuleType) -> ModuleType:
    return importlib.import_module("hooks")


@pytest.mark.slow
def test_the_site_is_built_strictly_and_loads_nothing_from_elsewhere(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path)]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    built = {path.relative_to(tmp_path).as_posix(): path.read_text("utf-8") for path in tmp_path.rglob("*.html")}
    assert {
        "index.html",
        "tutorial.html",
        "reference/language.html",
        "source/templates/shot.jinja.html",
    } <= built.keys()
    loaded = re.compile(r"<(?:script|img|iframe)[^>]* src=\"?(?:https?:)?//|<link[^>]* href=\"?(?:https?:)?//")
    assert [name for name, text in built.items() if loaded.search(text)] == []
    assert [name for name, text in built.items() if "<!-- generate" in text] == []
    assert 'id="shot-seconds"' in built["reference/language.html"]
    assert 'href="../source/storyforge/film/transition_clips.py.html"' not in built["how-it-works.html"]
    assert 'href="source/storyforge/film/transition_clips.py.html"' in built["how-it-works.html"]


@pytest.mark.slow
def test_the_language_reference_has_every_field_with_type_default_example_and_effect(generators: ModuleType) -> None:
    text = generators.make_language_page()
    nouns = [one for one in vars(storyboard).values() if isinstance(one, type) and issubclass(one, Noun)]
    sections = dict(re.findall(r"^### \w+ \{ #([\w-]+) \}\n(.*?)(?=^##|\Z)", text, re.MULTILINE | re.DOTALL))
    wanted = {f"{noun.__name__.lower()}-{name}" for noun in nouns for name in noun.model_fields}
    assert sections.keys() == wanted
    whole = re.compile(r"\n.+\n\n- Type: .+\n- Default: .+\n- (?:Changes|See) .+\n\n```yaml\n.+\n```\n", re.DOTALL)
    assert [name for name, section in sections.items() if not whole.match(section)] == []


@pytest.mark.parametrize(
    ("noun", "name", "effect"),
    [
        ("Shot", "notes", "Changes neither an order nor the film."),
        ("Shot", "id", "Changes neither an order nor the film."),
        ("Format", "loudness", "Changes the film alone: it is put together again, and nothing is ordered."),
        ("Shot", "transition", "Changes the film alone: it is put together again, and nothing is ordered."),
        ("Shot", "framing", "Changes an order: the prompt. A clip that it changes is rendered again."),
        ("Shot", "seed", "Changes an order: its seed. A clip that it changes is rendered again."),
    ],
)
def test_what_a_field_does_to_an_order_is_found_by_compiling(
    generators: ModuleType, noun: str, name: str, effect: str
) -> None:
    assert importlib.import_module("fieldguide").describe_effect(noun, name) == effect


def test_the_command_reference_has_every_command_with_every_option(generators: ModuleType) -> None:
    text = generators.make_commands_page()
    sections = dict(re.findall(r"^## ([\w-]+)\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL))
    assert sections.keys() == cli.commands.keys()
    for name, command in cli.commands.items():
        for option in command.params:
            if option.param_type_name == "option":
                assert f"`{option.opts[-1]}" in sections[name], (name, option.opts)
            else:
                assert option.make_metavar(generators.click.Context(command)) in sections[name], (name, option.name)
    assert {name for name, section in sections.items() if "can spend money" in section} == {"render", "retake"}


def test_the_python_reference_has_every_public_name(generators: ModuleType) -> None:
    text = generators.make_api_page()
    assert set(re.findall(r"^### storyforge\.(\w+) ", text, re.MULTILINE)) == set(storyforge.__all__)
    assert "def compile(path: str | os.PathLike[str], provider: str | None = None" in text
    assert "- `usd`: " in text


def test_the_reference_of_findings_explains_each(generators: ModuleType) -> None:
    text = generators.make_findings_page()
    assert tuple(re.findall(r"^## ([\w-]+)$", text, re.MULTILINE)) == rule_names()
    for name in rule_names():
        said = (explain(name) or "").partition(": ")[2][1:].splitlines()[0]
        assert said in text


def test_the_table_of_settings_says_of_each_whether_a_project_may_set_it(generators: ModuleType) -> None:
    rows = generators.make_permissions_table().splitlines()
    assert len(rows) == 2 + len(PERMISSIONS)
    assert "|  | `*_BASE_URL` | allowed | a host's address: your key, prompts and pictures go there |" in rows
    assert "| `ffmpeg` | `STORYFORGE_FFMPEG` | allowed | a program: it is run as you, with your rights |" in rows
    assert all(any(f"`{name}`" in row for row in rows) for one in PERMISSIONS for name in one.variables)
    assert "<!-- generate: permissions -->" in (ROOT / "docs/guides/trust.md").read_text(encoding="utf-8")


def test_the_glossary_has_every_word_once_and_in_order(generators: ModuleType) -> None:
    words = generators.read_words()
    terms = re.findall(r"^\*\*(.+)\*\* \{", generators.make_glossary_page(), re.MULTILINE)
    assert terms == sorted(words["glossary"])
    assert len(terms) >= 40


def test_each_banned_word_is_found_by_its_pattern_and_not_in_what_is_written_instead(generators: ModuleType) -> None:
    for one in generators.read_words()["banned"]:
        word = re.sub(r" \(.*\)", "", one["word"]).split(", ")[0]
        said = f"with {word}" if word == "leave" else f"{word} it is" if word == "behind" else word
        assert re.search(one["pattern"], said, re.IGNORECASE), one["word"]
        assert not re.search(one["pattern"], one["write"], re.IGNORECASE), one["word"]


def test_the_house_is_drawn_from_the_code_and_nothing_is_above_what_imports_it(generators: ModuleType) -> None:
    housemap = importlib.import_module("housemap")
    imports = housemap.find_imports()
    packages = {path.parent.name for path in (ROOT / "storyforge").glob("*/__init__.py")}
    assert imports.keys() == packages | {"api"}
    floors = housemap.find_floors(imports)
    assert all(floors[room] > floors[other] for room in imports for other in imports[room])
    assert housemap.find_lines({"a": frozenset("bc"), "b": frozenset("c"), "c": frozenset()}) == [
        ("a", "b"),
        ("b", "c"),
    ]
    picture = housemap.make_house()
    assert set(re.findall(r"<title>(\w+): [A-Z]", picture)) == imports.keys()
    assert "\n" not in picture


def test_links_to_files_of_the_repository_lead_to_pages_that_show_them(hooks: ModuleType) -> None:
    def turned(page: str, text: str) -> str:
        return str(hooks.LINK.sub(lambda link: hooks.turn_link(page, link), text))

    assert turned("guides/git.md", "[x](../../action.yml)") == "[x](../source/action.yml.md)"
    assert turned("index.md", "[x](../CONTRIBUTING.md)") == "[x](contributing.md)"
    assert turned("overview.md", "[x](docs/guides/film.md#the-animatic)") == "[x](guides/film.md#the-animatic)"
    assert turned("index.md", "[x](guides/film.md)") == "[x](guides/film.md)"
    assert turned("index.md", "[x](https://c2pa.org) [y](#here)") == "[x](https://c2pa.org) [y](#here)"
    assert hooks.linked_files("index.md", "[x](../README.md) [y](../action.yml) [z](gone.md)") == {"action.yml"}


def test_a_file_that_holds_a_fence_is_shown_whole(hooks: ModuleType, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(hooks, "ROOT", tmp_path)
    (tmp_path / "a.py").write_text("```\nx\n```\n", encoding="utf-8")
    assert hooks.show_file("a.py").endswith("````python\n```\nx\n```\n\n````\n")
