"""A save is read once, and compiled once more only where the film is drawn for another provider than it is planned for."""

import pytest
from counting import counted
from projects import project

from storyforge.cli.options import Console
from storyforge.cli.watch import _look
from storyforge.compiler.compile import _compile
from storyforge.language.load import load_storyboard
from storyforge.rendering import preview


@pytest.mark.parametrize(("provider", "compiled"), [(None, 1), ("runware", 2)])
def test_a_save_is_read_once(tmp_path, monkeypatch, provider, compiled):
    drawn = []

    async def draw(made, out):
        drawn.append({one.clip.provider for one in made.planned})
        return preview.Sketched(1.0, (), ())

    monkeypatch.setattr(preview, "sketch_film", draw)
    with counted(load_storyboard, _compile) as calls:
        _look(project(tmp_path), tmp_path / "small.mp4", provider, Console(quiet=True))
    assert calls == {"load_storyboard": 1, "_compile": compiled}
    assert drawn == [{"offline"}]
