from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from storyforge.model.capabilities import Prices
from storyforge.providers import PROVIDERS, answers, asking, base, host
from storyforge.providers.base import Provider, merge_extra

from .suite import job_for

FIELDS = some.recursive(
    some.none() | some.integers() | some.text(max_size=3),
    lambda inner: some.dictionaries(some.sampled_from("abc"), inner, max_size=3),
)
BODIES = some.dictionaries(some.sampled_from("abc"), FIELDS, max_size=3)


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda provider: provider.name)
@pytest.mark.parametrize("module", [base, host, answers, asking], ids=lambda module: module.__name__.rpartition(".")[2])
def test_what_is_shared_names_no_provider(module: ModuleType, provider: type[Provider]) -> None:
    words = Path(str(module.__file__)).read_text(encoding="utf-8").lower()
    assert provider.name not in words


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda provider: provider.name)
def test_a_clip_costs_its_seconds_at_the_rate_of_its_resolution(provider: type[Provider]) -> None:
    for resolution in provider.limits.resolutions:
        usd = provider.estimate_usd(resolution, 7)
        rate = provider.prices.usd[resolution] if provider.prices else None
        assert usd == (None if rate is None else pytest.approx(7 * rate))
        assert usd is None or usd == round(usd, 6)


def test_a_price_is_known_to_a_millionth_of_a_dollar() -> None:
    class Cheap(Provider):
        prices = Prices({"720p": 0.0123456}, "test", "2026-01-01")

    assert Cheap.estimate_usd("720p", 10) == 0.123456
    Cheap.prices = None
    assert Cheap.estimate_usd("720p", 10) is None


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda provider: provider.name)
def test_a_field_of_the_author_makes_the_price_unknown_unless_the_host_says_that_it_is_free(
    provider: type[Provider],
) -> None:
    job = job_for(provider, "text-to-video", "Rain.")
    drawn_here = not provider.settings
    usd = provider.estimate_usd(job.resolution, job.seconds)
    assert provider().price_job(job) == usd
    assert provider().price_job(replace(job, extra={"mood": 1})) == (0.0 if drawn_here else None)
    assert provider().price_job(replace(job, extra=dict.fromkeys(provider.free_extra))) == usd


def test_mappings_are_merged_and_all_else_is_replaced() -> None:
    body = {"kept": 1, "inputs": {"kept": 1, "list": [1, 2]}, "list": [1, 2], "scalar": 1}
    extra = {"inputs": {"list": [3], "new": 2}, "list": [3], "scalar": {"now": "deep"}}
    assert merge_extra(body, extra) == {
        "kept": 1,
        "inputs": {"kept": 1, "list": [3], "new": 2},
        "list": [3],
        "scalar": {"now": "deep"},
    }


@settings(database=None, deadline=None, max_examples=40)
@given(BODIES, BODIES)
def test_merging_twice_changes_nothing_more(body: dict[str, object], extra: dict[str, object]) -> None:
    once = merge_extra(body, extra)
    assert merge_extra(once, extra) == once
    assert merge_extra(body, {}) == body
    assert merge_extra({}, extra) == extra
