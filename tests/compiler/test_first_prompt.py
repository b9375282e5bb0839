"""The prompts of release 0.1 are written as that release wrote them: its store holds them."""

import json

import pytest
from planning.old_release import DATA, lay_out

from storyforge.compiler.compile import compile_file
from storyforge.compiler.first_prompt import FirstWriter
from storyforge.compiler.templates import Templates
from storyforge.providers import find_provider

SENT = {
    slate["prompt"]
    for path in (DATA / "store" / "slates").iterdir()
    if (slate := json.loads(path.read_text(encoding="utf-8"))["slate"])
}


@pytest.mark.parametrize("name", ["gate", "bell", "draft"])
def test_a_prompt_of_release_0_1_is_written_to_the_letter(tmp_path, name):
    compiled = compile_file(lay_out(tmp_path) / f"{name}.story.yaml")
    for one in compiled.planned:
        dialect = find_provider(one.clip.provider, {}).dialect
        assert FirstWriter(compiled.storyboard, dialect, Templates()).write(one.clip) in SENT


def test_a_template_of_the_project_is_filled_in_as_it_was(tmp_path):
    path = lay_out(tmp_path) / "draft.story.yaml"
    own = tmp_path / "templates"
    own.mkdir()
    (own / "style.jinja").write_text("In the manner of {{ style }}.", encoding="utf-8")
    (own / "preserve.jinja").write_text("Keep {{ scene.name }}{% for one in cast %}, {{ one.kept }}{% endfor %}.")
    compiled = compile_file(path)
    clip = compiled.planned[0].clip
    written = FirstWriter(compiled.storyboard, compiled.provider.dialect, Templates([tmp_path])).write(clip)
    assert written.splitlines()[-1] == "Keep the pier, the boy."
