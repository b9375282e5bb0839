"""The models, the schema and a real editor's language server agree on what is a storyboard and what is not."""

import json
import shutil
import sys
from pathlib import Path

import jsonschema
import pytest

from storyforge.language.json_schema import schema_text, storyboard_schema, write_schema
from storyforge.language.load import load_storyboard
from storyforge.language.text_file import Page
from storyforge.language.yaml_tree import read_tree
from storyforge.model.diagnostics import has_errors
from storyforge.model.storyboard import ID_PATTERN, NUMBERED_ID_PATTERN, WHO_PATTERN

ROOT = Path(__file__).parents[1]
YLS = Path(__file__).parent / "yls"
TOP = "storyforge: 1\ntitle: The Keeper\n"
SHOT = TOP + "shots:\n  - id: door\n    scene: lamp-room\n    action: The door blows open.\n"

GOOD = {
    "nothing but a title": TOP,
    "nothing but a shot": SHOT,
    "keys left empty": SHOT + "    camera:\n    dialogue:\n    clip:\n    extra:\nformat:\nmusic:\nuse:\n",
    "a character with nothing but an id": TOP + "cast:\n  mira:\nscenes:\n  lamp-room:\n",
    "ids in other scripts": TOP + "cast:\n  米拉: {looks: {雨衣: {marks: [a yellow oilskin]}}}\n  Émile:\n",
    "all of the format": TOP
    + 'format: {aspect: "4:5", resolution: 1080p, fps: 30, fit: blur, fit_time: stretch, subtitles: burned, '
    + "artist: A. Nobody}\n",
    "a time-like text without quotes": TOP + "format: {aspect: 9:16}\n",
    "words that are switches elsewhere": SHOT + "    sound: no\n    music: on\n    notes: 1:30\n",
    "lines of dialogue": SHOT
    + "    dialogue:\n      - mira: You are late.\n      - otto.storm (V.O., low): The road is gone.\n",
    "transitions": SHOT + "    transition: dissolve 0.5\n",
    "a transition of ffmpeg's": SHOT + "    transition: circleopen 1\n",
    "a transition with its unit": SHOT + "    transition: fade 1 s\n",
    "numbers at their bounds": SHOT + "    seconds: 0.5\n    seed: 2147483647\n    take: 1\n",
    "fields for a provider": SHOT + "    extra: {runware: {steps: 30, deep: {list: [1, a, null]}}}\n",
    "music": TOP + "music: {file: a.ogg, gain: -60, duck: false}\n",
}

BAD = {
    "no title": ("storyforge: 1\n", 1),
    "another version": ("storyforge: 2\ntitle: T\n", 1),
    "an unknown key": (TOP + "colour: red\n", 3),
    "a blank title": ('storyforge: 1\ntitle: "  "\n', 2),
    "a number for text": (SHOT + "    camera: 3\n", 7),
    "text for a number": (SHOT + "    seconds: 4s\n", 7),
    "too short": (SHOT + "    seconds: 0.4\n", 7),
    "too long": (SHOT + "    seconds: 601\n", 7),
    "half a take": (SHOT + "    take: 1.5\n", 7),
    "a seed below nothing": (SHOT + "    seed: -1\n", 7),
    "a shape that is none": (TOP + 'format: {aspect: "2:1"}\n', 3),
    "a way to fit that is none": (TOP + "format: {fit: fill}\n", 3),
    "a bad id": (TOP + "cast:\n  1984:\n", 4),
    "a bad id of a look": (TOP + "cast:\n  mira:\n    looks:\n      in the storm: {}\n", 6),
    "a bad mention in cast": (SHOT + "    cast: [mira, mira storm]\n", 7),
    "a list for text": (SHOT + "    framing: [wide]\n", 7),
    "text for a list": (SHOT + "    preserve: the coat\n", 7),
    "an unknown key in a look": (TOP + "cast:\n  mira:\n    looks:\n      storm: {refrence: a.png}\n", 6),
    "two speakers in one line": (SHOT + "    dialogue:\n      - mira: a\n        otto: b\n", 8),
    "a line without words": (SHOT + "    dialogue:\n      - mira:\n", 8),
    "a line without a speaker": (SHOT + "    dialogue:\n      - You are late.\n", 8),
    "a speaker that is none": (SHOT + "    dialogue:\n      - the old man: Late.\n", 8),
    "a transition of no length": (SHOT + "    transition: dissolve 0.0\n", 7),
    "a transition that is none": (SHOT + "    transition: swirl 1\n", 7),
    "a choice that is none": (SHOT + "    clip: old\n", 7),
    "text for yes or no": (TOP + "music: {file: a.ogg, duck: yes}\n", 3),
    "music without a file": (TOP + "music: {gain: -3}\n", 3),
    "a shot without action": (TOP + "shots:\n  - id: a\n    scene: b\n", 4),
    "a shot with an empty action": (TOP + "shots:\n  - id: a\n    scene: b\n    action:\n", 6),
    "an empty shot": (TOP + "shots:\n  -\n", 4),
    "a key twice": (TOP + "title: T\n", 3),
    "fields for no provider": (SHOT + "    extra: {steps: 30}\n", 7),
}


@pytest.fixture(scope="module")
def validator():
    # Python's own patterns have no `\p{L}`; for these examples `\w` says the same.
    python = schema_text()
    for pattern, plain in (
        (WHO_PATTERN, r"^[^\W\d_][\w-]*(\.[^\W\d_][\w-]*)?$"),
        (ID_PATTERN, r"^[^\W\d_][\w-]*$"),
        (NUMBERED_ID_PATTERN, r"^[^\W_][\w-]*$"),
    ):
        python = python.replace(json.dumps(pattern), json.dumps(plain))
    schema = json.loads(python)
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.fixture(scope="module")
def editor():
    if not shutil.which("node") or not (YLS / "node_modules").exists():
        pytest.skip("yaml-language-server is not installed: npm ci --prefix tests/yls")
    sys.path.insert(0, str(YLS))
    from client import LanguageServer

    with LanguageServer() as server:
        yield server
    sys.path.remove(str(YLS))


@pytest.fixture
def edited(tmp_path):
    """A new file that names its schema in its first line, so that all others come one later."""
    write_schema(tmp_path / "storyboard.schema.json")

    def write(text):
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.story.yaml"
        path.write_text("# yaml-language-server: $schema=./storyboard.schema.json\n" + text, encoding="utf-8")
        return path

    return write


def test_the_schema_in_the_repository_is_the_one_the_models_write():
    written = (ROOT / "schemas" / "storyboard.schema.json").read_text(encoding="utf-8")
    assert written == schema_text(), "write it anew with write_schema(Path('schemas/storyboard.schema.json'))"


def test_every_field_is_explained_in_markdown_and_none_has_a_generated_title():
    def fields(schema):
        for noun in (schema, *schema["$defs"].values()):
            yield from noun.get("properties", {}).items()

    schema = storyboard_schema()
    assert [name for name, field in fields(schema) if not field.get("markdownDescription")] == []
    assert [name for name, field in fields(schema) if "title" in field or "anyOf" in field] == []
    assert [name for name, noun in schema["$defs"].items() if noun["additionalProperties"]] == []
    assert "$id" not in schema


@pytest.mark.parametrize("text", GOOD.values(), ids=GOOD)
def test_a_good_storyboard_is_good_to_models_and_schema(text, validator, tmp_path):
    path = tmp_path / "keeper.story.yaml"
    path.write_text(text, encoding="utf-8")
    assert load_storyboard(path)[2] == []
    assert list(validator.iter_errors(read_tree(Page("", text))[0].value)) == []


@pytest.mark.parametrize(("text", "line"), BAD.values(), ids=BAD)
def test_a_bad_storyboard_is_bad_to_models_and_schema(text, line, validator, tmp_path):
    path = tmp_path / "keeper.story.yaml"
    path.write_text(text, encoding="utf-8")
    _, _, findings = load_storyboard(path)
    assert has_errors(findings)
    tree, syntax = read_tree(Page("", text))
    assert syntax or list(validator.iter_errors(tree.value))


@pytest.mark.slow
def test_an_editor_agrees_on_every_good_storyboard(editor, edited):
    shown = {name: editor.open(edited(text)) for name, text in GOOD.items()}
    assert {name: found for name, found in shown.items() if found} == {}


@pytest.mark.slow
def test_an_editor_agrees_on_every_bad_storyboard_and_its_line(editor, edited):
    for name, (text, line) in BAD.items():
        path = edited(text)
        lines = {at for at, _ in editor.open(path)}
        ours = {found.location.line for found in load_storyboard(path)[2]}
        assert line + 1 in lines & ours, name


def test_an_editor_shows_what_a_field_means(editor, edited):
    path = edited(
        SHOT + "    transition: cut\n    dialogue:\n      - mira: You are late.\ncast:\n  mira: {marks: [a]}\n"
    )
    editor.open(path)
    assert "each has at least an `id`, a `scene` and an `action`" in editor.hover(path, 4, 2)
    assert "`@id` mentions a character" in editor.hover(path, 7, 6)
    assert "`dissolve S`" in editor.hover(path, 8, 6)
    assert "word for word" in editor.hover(path, 10, 10)
    assert "One of the cast" in editor.hover(path, 12, 4)
    assert "unmistakable details" in editor.hover(path, 12, 11)
