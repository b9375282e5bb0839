"""A slate of release 0.1 has the fingerprint by which its store knows it."""

import json

import pytest
from planning.old_release import lay_out

from storyforge.compiler.compile import compile_file
from storyforge.compiler.first_form import FirstForm
from storyforge.compiler.templates import Templates


@pytest.mark.parametrize("name", ["gate", "bell", "draft"])
def test_a_slate_is_the_one_that_the_store_holds(tmp_path, name):
    compiled = compile_file(lay_out(tmp_path) / f"{name}.story.yaml")
    jobs = compiled.jobs
    form = FirstForm(jobs.storyboard, jobs.providers, jobs.names, Templates())
    played = {}
    for one in compiled.planned:
        slate, fingerprint = form.make_slate(one.clip, played.get(next(iter(one.clip.after), None)))
        played[one.clip.id] = fingerprint
        path = tmp_path / ".storyforge" / "slates" / f"{fingerprint}.json"
        assert json.loads(path.read_text(encoding="utf-8"))["slate"] == slate


def test_templates_that_cannot_be_filled_in_any_more_give_no_slate(tmp_path):
    compiled = compile_file(lay_out(tmp_path) / "draft.story.yaml")
    own = tmp_path / "templates"
    own.mkdir()
    (own / "shot.jinja").write_text("{{ shot.time.of.day }}", encoding="utf-8")
    jobs = compiled.jobs
    form = FirstForm(jobs.storyboard, jobs.providers, jobs.names, Templates([tmp_path]))
    assert [form.make_slate(one.clip, None) for one in compiled.planned] == [None, None, None]
