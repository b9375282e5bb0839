"""`fmt` of several files: one that cannot be laid out keeps no other from it."""

from __future__ import annotations

from click.testing import CliRunner

from storyforge import api
from storyforge.cli import cli
from storyforge.model.errors import StoryForgeError


def test_a_file_that_cannot_be_laid_out_is_told_and_the_others_are(tmp_path, monkeypatch):
    def format_file(path):
        if path.name == "odd.story.yaml":
            raise StoryForgeError("`odd.story.yaml` cannot be laid out without a change of what it says")
        return laid_out(path)

    laid_out = api.format_file
    monkeypatch.setattr(api, "format_file", format_file)
    odd, plain = tmp_path / "odd.story.yaml", tmp_path / "plain.story.yaml"
    for path in (odd, plain):
        path.write_text("title: Blanks\nstoryforge: 1 # one \n", encoding="utf-8")
    done = CliRunner().invoke(cli, ["fmt", str(odd), str(plain)], standalone_mode=False)
    assert done.return_value == 1
    assert done.stderr == "error: `odd.story.yaml` cannot be laid out without a change of what it says\n"
    assert plain.read_text(encoding="utf-8") == "storyforge: 1 # one\ntitle: Blanks\n"
