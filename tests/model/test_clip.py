"""The nouns of a clip: what a picture's token is before it is uploaded."""

import dataclasses

import pytest

from storyforge.model import clip
from storyforge.model.clip import LastFrame, Picture, Prompt


@pytest.mark.parametrize(
    ("picture", "token"),
    [
        (Picture("refs/mira.png", "ab12"), "sf:sha256:ab12"),
        (Picture("https://pictures.example/mira.png", None), "https://pictures.example/mira.png"),
        (Picture("asset:asset_mira", None), "asset_mira"),
        (Picture("uuid:3f0a1f5e", None), "3f0a1f5e"),
        (LastFrame("lamp-1"), "sf:last-frame:lamp-1"),
    ],
)
def test_a_picture_stands_in_a_request_by_its_token(picture: Picture | LastFrame, token: str) -> None:
    assert picture.token == token


def test_a_prompt_is_counted_in_characters_of_any_script() -> None:
    assert Prompt("米拉 waits…", ()).characters == 9


def test_nobody_changes_what_was_derived() -> None:
    nouns = [noun for noun in vars(clip).values() if dataclasses.is_dataclass(noun)]
    assert len(nouns) >= 8
    assert all(noun.__dataclass_params__.frozen for noun in nouns)
