"""A notebook makes the starter film: the plan is a table, the render is awaited, a take is a picture."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest

CELLS = (
    "from pathlib import Path\nimport storyforge\nfrom storyforge.api import start_project\nlen(start_project(Path()).files)",
    'storyforge.check("film.story.yaml")',
    'film = storyforge.compile("film.story.yaml")\nstoryforge.plan(film)',
    'done = await storyforge.render_async("film.story.yaml")\ndone.film.name',
    "storyforge.plan(film)",
    'storyforge.takes(film)["shop-1"][0]',
)


@pytest.mark.slow
def test_a_notebook_makes_the_starter_film(tmp_path: Path) -> None:
    nbclient, nbformat = (pytest.importorskip(name, reason="of the extra `test`") for name in ("nbclient", "nbformat"))
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "IPYTHONDIR": str(tmp_path / "ipython")}
    client = nbclient.NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}})
    client.execute(env=environment)
    files, checked, planned, rendered, again, take = (cell.outputs[-1]["data"] for cell in notebook.cells)
    assert int(files["text/plain"]) > 5
    assert checked["text/html"] == "<p>nothing to say</p>"
    assert re.findall(r"<tr><td>([\w-]+)</td><td>(\w+)", planned["text/html"]) == [
        *((name, "render") for name in ("shop-1", "shop-3", "shop-5")),
        ("film", "render"),
    ]
    assert rendered["text/plain"] == "'film.mp4'"
    assert "<caption>nothing to render</caption>" in again["text/html"]
    assert "data:image/jpeg;base64," in take["text/html"]
    assert (tmp_path / "film.mp4").stat().st_size > 100_000
