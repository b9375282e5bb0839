"""A slate is what the author wrote and the model is given; it outlives releases, and our wording is not in it."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from projects import HEAD, edited, project

from storyforge.compiler import prompt
from storyforge.compiler.compile import compile_file
from storyforge.compiler.slates import RELEASE, fingerprint, list_pictures, own_fingerprint, phrase, reword_slate
from storyforge.providers import PROVIDERS
from storyforge.version import __version__

NAMES = [provider.name for provider in PROVIDERS]
ROOT = Path(__file__).parents[2]
SLATES = Path(__file__).parent / "slates"

SHOTS = """\
  - id: wait
    scene: pier
    framing: wide shot
    action: "@ana looks at @bo."
    dialogue:
      - ana (softly): Take it.
      - bo (V.O.): I never did.
    seconds: 4
    preserve: ["the wet coat of @bo"]
"""


def fingerprints(path, provider="runware"):
    return [one.job.fingerprint for one in compile_file(path, provider).planned]


NOTHING = {
    "an id": [("@ana", "@eva"), ("  ana:", "  eva:"), ("- ana", "- eva")],
    "a shot": [("id: wait", "id: look")],
    "a scene": [("scene: pier", "scene: quay"), ("  pier:", "  quay:")],
    "spaces and a full stop": [("looks at @bo.", "looks  at @bo")],
    "a bed under the film": [("title: The Ferry", "title: A Ferry\nmusic: theme.ogg")],
    "whose clause it is": [
        ('    preserve: ["the wet coat of @bo"]\n', ""),
        ("title: The Ferry", "title: The Ferry\npreserve: [the wet coat of @bo]"),
    ],
}


@pytest.mark.parametrize("edits", NOTHING.values(), ids=NOTHING)
@pytest.mark.parametrize("provider", ["runware", "joypix"])
def test_what_the_model_is_not_given_changes_no_slate(tmp_path, edits, provider):
    path = project(tmp_path, SHOTS)
    (tmp_path / "theme.ogg").write_bytes(b"OggS")
    before = fingerprints(path, provider)
    text = path.read_text(encoding="utf-8")
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
    assert fingerprints(path, provider) == before


SOMETHING = {
    "action": ("looks at @bo", "sees @bo"),
    "who it is": ('"@ana looks at @bo."', '"@bo looks at @ana."'),
    "framing": ("wide shot", "close shot"),
    "a line": ("I never did", "I always did"),
    "how it is said": ("softly", "loudly"),
    "who is not seen": ("bo (V.O.)", "bo"),
    "a mark": ("a green oar", "a red oar"),
    "a name": ("the ferry woman", "the ferryman"),
    "a voice": ("    marks: [a green oar]", "    marks: [a green oar]\n    voice: low"),
    "a clause": ("the wet coat of @bo", "the wet coat of @ana"),
    "the language": ("title: The Ferry", "title: The Ferry\nlanguage: fr"),
    "style": ("title: The Ferry", "title: The Ferry\nstyle: ink"),
}


@pytest.mark.parametrize("edit", SOMETHING.values(), ids=SOMETHING)
def test_what_the_model_is_given_changes_the_slate(tmp_path, edit):
    path = project(tmp_path, SHOTS)
    before = fingerprints(path)
    edited(path, *edit)
    assert fingerprints(path) != before


def test_a_voice_of_one_who_says_nothing_is_not_given(tmp_path):
    path = project(tmp_path, SHOTS.replace("      - bo (V.O.): I never did.\n", ""))
    before = fingerprints(path)
    edited(path, "    marks: [a paper boat]", "    marks: [a paper boat]\n    voice: high")
    assert fingerprints(path) == before


def test_the_name_of_one_who_has_none_is_the_id(tmp_path):
    # Else a clip of a dog and one of a cat would share a take.
    head = HEAD.replace("    name: the boy\n", "")
    path = project(tmp_path, SHOTS, head)
    before = fingerprints(path)
    path.write_text(path.read_text(encoding="utf-8").replace("bo:", "pip:").replace("@bo", "@pip"), encoding="utf-8")
    assert fingerprints(path) != before


def test_our_wording_changes_no_slate(tmp_path, monkeypatch):
    path = project(tmp_path, SHOTS)
    before = fingerprints(path)
    write = prompt.Writer.write
    monkeypatch.setattr(prompt.Writer, "write", lambda *given: replace(write(*given), text="Otherwise."))
    assert [one.job.prompt for one in compile_file(path, "runware").planned] == ["Otherwise."]
    assert fingerprints(path) == before


def test_the_projects_own_wording_does_by_its_content(tmp_path):
    path = project(tmp_path, SHOTS)
    before = fingerprints(path)
    own = tmp_path / "templates"
    own.mkdir()
    (own / "opening.jinja").write_text("Begin here.", encoding="utf-8")
    assert fingerprints(path) == before  # it opens on no picture
    (own / "preserve.jinja").write_text("Keep {{ scene.name }}.", encoding="utf-8")
    after = fingerprints(path)
    assert after != before
    (own / "preserve.jinja").write_bytes(b"Keep {{ scene.name }}.\r\n")
    assert fingerprints(path) == after
    (own / "preserve.jinja").write_text("{% include 'kept.jinja' %}", encoding="utf-8")
    (own / "kept.jinja").write_text("Keep all.", encoding="utf-8")
    first = fingerprints(path)
    (own / "kept.jinja").write_text("Keep everything.", encoding="utf-8")
    assert fingerprints(path) != first


@pytest.mark.parametrize("provider", NAMES)
def test_each_template_that_a_prompt_is_made_with_is_listed(tmp_path, monkeypatch, provider):
    path = project(tmp_path, SHOTS + "  - {id: on, scene: pier, action: Rain., first_frame: refs/pier.png}\n")
    compiled = compile_file(path, provider)
    looked = set()
    say = prompt.Writer._say
    monkeypatch.setattr(prompt.Writer, "_say", lambda self, name, **given: looked.add(name) or say(self, name, **given))
    for one in compiled.planned:
        looked.clear()
        templates, dialect = compiled.jobs.templates, compiled.provider.dialect
        writer = prompt.Writer(compiled.storyboard, dialect, templates)
        writer.write(one.clip)
        listed = prompt.list_templates(compiled.storyboard, one.clip, dialect, writer.language, templates)
        assert {f"{name}.jinja" for name in looked} == {name for name in listed if "/" not in name}


def test_pictures_are_listed_in_the_order_of_their_slots(tmp_path):
    (one,) = compile_file(project(tmp_path, SHOTS), "runware").planned
    assert tuple(list_pictures(one.job.slate)) == one.job.references


def test_a_slate_that_is_worded_again_is_another_and_knows_its_own(tmp_path):
    (one,) = compile_file(project(tmp_path, SHOTS), "runware").planned
    again = reword_slate(one.job.slate, "Otherwise.")
    assert fingerprint(again) != one.job.fingerprint
    assert own_fingerprint(again) == one.job.fingerprint


def test_a_phrase_is_one_line_without_its_end():
    assert [phrase(text) for text in ("a  b.\n", "a…", "a..", "a:", None)] == ["a b", "a…", "a..", "a", ""]


def test_the_release_is_not_older_than_the_version():
    def number(release):
        return [int(part) for part in release.split(".")[:2]]

    assert number(RELEASE) >= number(__version__), "raise `RELEASE` with the version, so that takes say who worded them"


MEANS = """\
code changed the fingerprint of a storyboard that nobody edited. Every film that was rendered by release {release} would
be ordered and paid for again. Take that change out of the slate; or leave it out where it is not given. Only what no
release has ordered yet may be written anew: `pytest tests/compiler/test_slates.py --bless`."""


@pytest.mark.parametrize("path", sorted(SLATES.glob("*.json")), ids=lambda path: path.stem)
def test_no_release_changes_the_fingerprint_of_an_unchanged_storyboard(path, request):
    boards = sorted([*ROOT.glob("examples/*/*.story.yaml"), *ROOT.glob("storyforge/starter/**/*.story.yaml")])
    now = {
        f"{board.relative_to(ROOT).as_posix()} {provider}": {
            one.clip.id: one.job.fingerprint for one in compile_file(board, provider).planned
        }
        for board in boards
        for provider in NAMES
    }
    now = {name: clips for name, clips in now.items() if clips}
    if request.config.getoption("--bless") and path.stem == RELEASE:
        path.write_text(json.dumps(now, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    then = json.loads(path.read_text(encoding="utf-8"))
    changed = {name: clips for name, clips in then.items() if name in now and now[name] != clips}
    assert not changed, MEANS.format(release=path.stem)
    assert then
