"""A command compiles without garbage collection; a program that imports the package keeps its own."""

from __future__ import annotations

import gc

import pytest
from projects import project

from storyforge.cli.storyboard import open_storyboard
from storyforge.model.errors import UsageError
from storyforge.planning import open as planning


@pytest.fixture(autouse=True)
def thawed():
    yield
    gc.unfreeze()


def test_a_command_compiles_without_collection_and_then_collects_again(tmp_path, monkeypatch):
    during = []
    opened = planning.open_storyboard
    monkeypatch.setattr(planning, "open_storyboard", lambda *given: during.append(gc.isenabled()) or opened(*given))
    compiled = open_storyboard(project(tmp_path), "runware")
    assert [one.clip.provider for one in compiled.planned] == ["runware"] * 3
    assert during == [False]
    assert gc.isenabled()
    assert gc.get_freeze_count() > 0


def test_a_mistake_turns_collection_on_again_too(tmp_path):
    with pytest.raises(UsageError, match="no provider is called `runwear`"):
        open_storyboard(project(tmp_path), "runwear")
    assert gc.isenabled()


def test_the_package_itself_leaves_collection_alone(tmp_path, monkeypatch):
    gc.unfreeze()
    for name in ("disable", "enable", "freeze", "unfreeze"):
        monkeypatch.setattr(gc, name, lambda: pytest.fail("it was touched"))
    planning.open_storyboard(project(tmp_path), None)
