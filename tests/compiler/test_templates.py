"""A project's templates lie over ours, and what was looked for is known afterwards."""

import hashlib

import pytest
from counting import counted
from projects import project

from storyforge.compiler.compile import compile_file
from storyforge.compiler.templates import MAX_TEMPLATE_BYTES, Templates
from storyforge.system.resources import resource_folder

OURS = resource_folder("templates") / "style.jinja"


@pytest.fixture
def folders(tmp_path):
    """A film's folder and the project around it."""
    for folder in (tmp_path / "film", tmp_path):
        (folder / "templates").mkdir(parents=True)
    return tmp_path / "film", tmp_path


def test_the_nearest_template_is_used_and_all_places_up_to_it_are_told(folders):
    near, far = (folder / "templates/style.jinja" for folder in folders)
    templates = Templates(folders)
    assert templates.find("style.jinja") == (OURS.read_text(encoding="utf-8"), OURS)
    assert templates.read == {near: None, far: None, OURS: hashlib.sha256(OURS.read_bytes()).hexdigest()}
    far.write_text("far", encoding="utf-8")
    assert Templates(folders).find("style.jinja") == ("far", far)
    near.write_text("near", encoding="utf-8")
    templates = Templates(folders)
    assert templates.find("style.jinja") == ("near", near)
    assert templates.read == {near: hashlib.sha256(b"near").hexdigest()}


def test_a_template_is_read_once(folders):
    templates = Templates(folders)
    first = templates.find("style.jinja")
    (folders[0] / "templates/style.jinja").write_text("late", encoding="utf-8")
    assert templates.find("style.jinja") == first
    assert templates.find("nothing.jinja") is None


def test_what_is_too_large_or_leads_out_of_its_folder_is_not_read(folders):
    near, far = (folder / "templates/style.jinja" for folder in folders)
    near.write_bytes(b"x" * (MAX_TEMPLATE_BYTES + 1))
    (folders[1] / "secret").write_text("secret", encoding="utf-8")
    far.symlink_to(folders[1] / "secret")
    templates = Templates(folders)
    assert templates.find("style.jinja") == (OURS.read_text(encoding="utf-8"), OURS)
    assert (templates.read[near], templates.read[far]) == (None, None)
    near.write_bytes(b"x" * MAX_TEMPLATE_BYTES)
    assert templates.read[near] is None
    assert Templates(folders).find("style.jinja") == ("x" * MAX_TEMPLATE_BYTES, near)


def test_all_hosts_of_a_film_share_what_was_read_of_templates(tmp_path):
    path = project(tmp_path)
    path.write_text(path.read_text(encoding="utf-8").replace("id: boat", "id: boat\n    provider: runware"), "utf-8")
    with counted(Templates._look) as calls:
        compiled = compile_file(path)
    assert {one.clip.provider for one in compiled.planned} == {"offline", "runware"}
    used = [name for name, sha256 in compiled.wording.items() if sha256]
    assert calls["_look"] == len(used)
    assert compiled.wording[tmp_path / "templates/style.jinja"] is None
    assert OURS in used
