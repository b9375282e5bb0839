"""A storyboard opened under the settings around it."""

import pytest
from counting import counted
from projects import project

from storyforge.compiler.compile import Compiled, Uncompiled
from storyforge.compiler.pictures import read_picture
from storyforge.language.load import load_storyboard
from storyforge.planning.open import open_storyboard
from storyforge.system.lock import read_lock

KEYS = {"RUNWARE_API_KEY": "r", "WAVESPEED_API_KEY": "w", "JOYPIX_API_KEY": "j"}


def test_the_cheapest_host_is_found_by_one_reading_of_the_files(tmp_path):
    path = project(tmp_path)
    with counted(load_storyboard, read_lock, read_picture) as calls:
        compiled = open_storyboard(path, "cheapest", KEYS)
    assert isinstance(compiled, Compiled)
    assert max(len(offers) for offers in compiled.offers.values()) == 3
    assert calls == {"load_storyboard": 1, "read_lock": 1, "read_picture": len(compiled.pictures.files)}


@pytest.mark.parametrize("provider", [None, "cheapest"])
def test_a_file_without_a_storyboard_is_told_as_such(tmp_path, provider):
    path = tmp_path / "film.story.yaml"
    path.write_text("- a list\n", encoding="utf-8")
    assert isinstance(open_storyboard(path, provider, KEYS), Uncompiled)
