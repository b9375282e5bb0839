"""Progress at the command line: lines for each change, or a bar that knows every step's share."""

from __future__ import annotations

import pytest

from storyforge.cli.options import Console
from storyforge.cli.progress import Meter
from storyforge.model.progress import Work

STEPS = {"take 1f3a": Work("boat, take 2", 30), "film": Work("film", 10)}


def test_steps_are_called_by_their_names_and_never_by_their_ids(capsys):
    with Meter(Console()) as meter:
        meter.begin(STEPS)
        meter.start("take 1f3a", "rendering")
        meter.advance("take 1f3a", 1.0)
        meter.finish("take 1f3a", "rendered")
        meter.fail("film", "no room on the disk")
    assert capsys.readouterr().err.splitlines() == [
        "boat, take 2: rendering",
        "boat, take 2: rendered",
        "film: failed: no room on the disk",
    ]


@pytest.fixture
def terminal(monkeypatch):
    """A terminal on which a bar may move."""
    monkeypatch.setattr(Console, "animated", True)


def test_a_bar_moves_by_the_weight_of_its_steps_and_grows_with_those_that_come_later(terminal):
    with Meter(Console()) as meter:
        meter.begin(STEPS)
        meter.start("take 1f3a", "rendering")
        meter.advance("take 1f3a", 0.5)
        (task,) = meter.bar.tasks
        assert (task.completed, task.total, task.description) == (15, 40, "rendering boat, take 2")
        meter.begin({"piece boat": Work("boat", 60)})
        meter.finish("take 1f3a", "rendered")
        meter.advance("piece boat", 0.5)
        (task,) = meter.bar.tasks
        assert (task.completed, task.total, task.description) == (45, 100, "conforming")
