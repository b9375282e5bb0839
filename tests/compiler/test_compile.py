"""A storyboard file in, clips, prompts, requests and findings out: the same bytes on every machine."""

import json

import pytest
from counting import counted
from projects import HEAD, SHOTS, project, storyforge

from storyforge.compiler.compile import Compiled, Uncompiled, compile_file
from storyforge.language.mentions import find_faces
from storyforge.model.storyboard import Storyboard
from storyforge.providers import PROVIDERS
from storyforge.reports.compiled_document import compiled_document

NAMES = [kind.name for kind in PROVIDERS]


@pytest.mark.parametrize("name", NAMES)
def test_two_checkouts_compile_to_the_same_bytes(tmp_path, name):
    one, two = project(tmp_path / "a"), project(tmp_path / "some where" / "else")
    texts = [json.dumps(compiled_document(compile_file(path, name)), sort_keys=True) for path in (one, two)]
    assert texts[0] == texts[1]
    assert str(tmp_path) not in texts[0]


def test_a_seed_given_where_none_is_taken_is_a_warning(tmp_path):
    shots = '  - {id: a, scene: pier, action: "@ana rows.", seconds: 3, seed: 7}\n'
    compiled = compile_file(project(tmp_path, shots), "hiapi")
    assert [found.severity for found in compiled.diagnostics if found.name == "seed-not-taken"] == ["warning"]
    assert not compiled.broken


def test_a_picture_by_url_or_own_id_stands_as_it_is(tmp_path):
    path = project(tmp_path)
    text = path.read_text(encoding="utf-8").replace("refs/ana.png", "https://pics.example/ana.png")
    path.write_text(text.replace("refs/bo.png", "uuid:6a1b2c3d-0000-4000-8000-000000000000"), encoding="utf-8")
    first, second, _ = compiled_document(compile_file(path, "runware"))["clips"]
    assert first["references"][0]["source"] == "https://pics.example/ana.png"
    assert first["references"][0]["sha256"] is None
    assert first["request"]["json"][0]["inputs"]["referenceImages"][0] == "https://pics.example/ana.png"
    assert second["request"]["json"][0]["inputs"]["referenceImages"][0] == "6a1b2c3d-0000-4000-8000-000000000000"


def test_what_stands_on_the_command_line_wins_over_the_shot(tmp_path):
    shots = '  - {id: a, scene: pier, action: "@ana rows.", seconds: 3, provider: runware}\n'
    path = project(tmp_path, shots)
    assert compiled_document(compile_file(path))["clips"][0]["provider"] == "runware"
    assert "provider" not in compiled_document(compile_file(path, "offline"))["clips"][0]


def test_an_aspect_that_a_host_lacks_is_an_error_and_the_document_is_still_whole(tmp_path):
    path = project(tmp_path)
    path.write_text('format: {aspect: "21:9"}\n' + path.read_text(encoding="utf-8"), encoding="utf-8")
    compiled = compile_file(path, "runware")
    assert compiled.broken
    assert [clip["request"] is None for clip in compiled_document(compiled)["clips"]] == [True, True, True]


def test_who_is_on_screen_is_found_once_a_shot_and_once_a_part_of_a_long_one(tmp_path):
    shots = """\
  - {id: a, scene: pier, action: "@ana rows.", dialogue: [{bo: Wait.}, {ana: No.}], seconds: 4}
  - {id: b, scene: pier, action: "@bo runs.", seconds: 3}
  - {id: long, scene: pier, action: "@ana rows.", dialogue: [{ana: On.}], seconds: 30, clip: new}
"""
    path = project(tmp_path, shots)
    with counted(find_faces) as calls:
        compiled = compile_file(path)
    parts = [one for one in compiled.planned if one.clip.shots[0].id == "long"]
    assert len(parts) > 1
    assert calls["find_faces"] == 3 + len(parts)
    assert [face for one in parts for face in one.clip.beats[0].faces] == [("ana", None)] * len(parts)


def test_a_broken_storyboard_compiles_as_far_as_it_goes(tmp_path):
    shots = """\
  - {id: a, scene: peer, action: "@anna rows.", seconds: 3}
  - {id: a, scene: pier, action: "@ana rows.", seconds: 3}
  - {id: b, scene: pier, action: "@ana rows.", seconds: 3, continues: nowhere}
"""
    compiled = compile_file(project(tmp_path, shots))
    assert {found.name for found in compiled.diagnostics if found.severity == "error"} == {
        "unknown-scene",
        "unknown-character",
        "duplicate-shot",
        "unknown-shot",
    }
    assert [one.clip.id for one in compiled.planned] == ["a", "b"]


def test_a_file_that_is_no_storyboard_is_findings_alone(tmp_path):
    path = tmp_path / "x.story.yaml"
    path.write_bytes(b"\x00\xff\xfe")
    compiled = compile_file(path)
    assert isinstance(compiled, Uncompiled)
    assert [found.name for found in compiled.diagnostics] == ["not-utf8"]
    made = compiled_document(compiled)
    assert (made["title"], made["clips"], made["film"]["seconds"]) == (None, [], 0.0)


def test_what_is_compiled_always_has_a_storyboard(tmp_path):
    path = project(tmp_path)
    for text in ("title: no version or shots\n", "provider: nobody\n" + path.read_text(encoding="utf-8")):
        path.write_text(text, encoding="utf-8")
        compiled = compile_file(path)
        assert isinstance(compiled, Compiled)
        assert compiled.broken
        assert isinstance(compiled.storyboard, Storyboard)


def test_compile_prints_the_document_with_its_findings_and_ends_with_1(tmp_path):
    path = project(tmp_path, '  - {id: a, scene: pier, action: "@anna rows.", seconds: 3}\n')
    done = storyforge("compile", path.name, "--format", "json", cwd=tmp_path)
    made = json.loads(done.stdout)
    assert done.returncode == 1
    (error,) = [found for found in made["diagnostics"] if found["severity"] == "error"]
    assert (error["name"], error["file"], error["path"]) == (
        "unknown-character",
        "ferry.story.yaml",
        ["shots", 0, "action"],
    )
    assert (error["line"], error["column"]) == (18, 35)


def test_after_a_refused_shot_the_others_keep_their_numbers(tmp_path):
    shots = """\
  - {id: a, scene: pier, action: "x", seconds: 99999}
  - {id: b, scene: pier, acton: "x"}
  - {id: c, scene: pier, action: "@anna", seconds: 3}
"""
    (found,) = [one for one in compile_file(project(tmp_path, shots)).diagnostics if one.name == "unknown-character"]
    assert found.path == ("shots", 2, "action")


def test_an_accented_id_is_the_same_however_an_editor_composed_it(tmp_path):
    head = HEAD.replace("  ana:", "  e\u0301mile:")
    compiled = compile_file(
        project(tmp_path, '  - {id: a, scene: pier, action: "@\u00e9mile waits.", seconds: 3}\n', head)
    )
    assert not compiled.broken, compiled.diagnostics
    assert compiled.planned[0].clip.cast == (("\u00e9mile", None),)


def test_a_text_is_compiled_in_the_place_of_what_its_file_holds(tmp_path):
    path = project(tmp_path)
    text = path.read_text(encoding="utf-8")
    then = compiled_document(compile_file(path, "runware"))
    path.write_text("nothing", encoding="utf-8")
    assert compiled_document(compile_file(path, "runware", texts={str(path.resolve()): text})) == then
    path.unlink()
    assert compiled_document(compile_file(path, "runware", texts={str(path.resolve()): text})) == then


def test_a_clip_that_opens_on_the_sharpest_frame_says_so(tmp_path):
    shots = SHOTS.replace("continues: call\n", "continues: call\n    anchor: sharpest\n")
    third = compiled_document(compile_file(project(tmp_path, shots), "runware"))["clips"][2]
    assert third["first_frame"] == {"after": "call", "anchor": "sharpest"}
    assert third["request"]["json"][0]["inputs"]["frameImages"][0]["image"] == "sf:last-frame:call"
