import pytest

from storyforge.providers import PROVIDERS
from storyforge.providers.extra import find_clashes
from storyforge.providers.hiapi import HiApi
from storyforge.providers.host import Host
from storyforge.providers.offline import Offline
from storyforge.providers.runware import Runware
from storyforge.providers.wavespeed import WaveSpeed

HOSTS = [kind for kind in PROVIDERS if issubclass(kind, Host)]


@pytest.mark.parametrize("kind", HOSTS)
@pytest.mark.parametrize("name", ["duration", "resolution"])
def test_what_sets_the_price_may_not_be_added_at_any_host(kind: type[Host], name: str) -> None:
    assert find_clashes(kind(), {name: 15}) == [(name,)]


@pytest.mark.parametrize("kind", HOSTS)
def test_a_field_that_no_order_sets_may_be_added_at_any_host(kind: type[Host]) -> None:
    assert find_clashes(kind(), {"surprise": {"duration": 15}}) == []


def test_a_field_that_is_set_to_the_same_value_is_a_clash_all_the_same() -> None:
    assert find_clashes(Runware(), {"numberResults": 1, "ttl": 60}) == [("numberResults",)]


def test_fields_of_other_modes_and_of_a_callback_clash_too() -> None:
    assert find_clashes(Runware(), {"width": 640, "resolution": "720p", "webhookURL": "https://a.example"}) == [
        ("width",),
        ("webhookURL",),
        ("resolution",),
    ]
    assert find_clashes(WaveSpeed(), {"image": "a", "images": []}) == [("image",), ("images",)]


def test_of_mappings_that_are_merged_the_inner_field_is_the_clash() -> None:
    assert find_clashes(Runware(), {"inputs": {"frameImages": [], "video": "a"}}) == [("inputs", "frameImages")]
    assert find_clashes(Runware(), {"inputs": {}}) == find_clashes(Runware(), {"inputs": 1}) == [("inputs",)]


def test_what_stands_outside_of_the_parameters_is_out_of_reach() -> None:
    assert find_clashes(HiApi(), {"model": "other", "callback": {"url": "https://a.example"}}) == []


def test_of_the_animatic_too_what_is_set_may_not_be_added() -> None:
    assert find_clashes(Offline(), {"seed": 3, "mood": 4}) == [("seed",)]
