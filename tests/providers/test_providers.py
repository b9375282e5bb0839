"""The list of providers, and how one is found in it."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

import storyforge
from storyforge.model.capabilities import ALL_ASPECTS, ALL_MODES
from storyforge.model.clip import Picture
from storyforge.model.errors import UsageError
from storyforge.providers import PROVIDERS, find_kind, find_provider, is_free
from storyforge.providers.base import Provider
from storyforge.reports.plan_text import price_sources

from .suite import SCHEMAS, job_for, said, schema_of

HOSTS = [provider for provider in PROVIDERS if provider.settings]
BINDING = {"character_n": "character1 ", "image_n": "[Image 1] ", "descriptive": ""}


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda provider: provider.name)
def test_every_provider_is_found_by_its_name(provider: type[Provider]) -> None:
    found = find_provider(provider.name, {})
    assert type(found) is provider
    assert found.base_url == provider.base_url
    assert set(provider.modes) <= set(ALL_MODES)
    assert set(provider.limits.aspects) <= set(ALL_ASPECTS)


def test_names_are_unique_and_others_are_not_found() -> None:
    assert len({provider.name for provider in PROVIDERS}) == len(PROVIDERS)
    assert find_provider("runway", {}) is None
    assert find_provider("Runware", {}) is None


def test_facts_of_a_table_are_told_without_building_a_provider(monkeypatch) -> None:
    def built(self, base_url=None):
        raise AssertionError(f"{self.name} was built")

    monkeypatch.setattr(Provider, "__init__", built)
    assert [kind.name for kind in PROVIDERS if is_free(kind.name)] == ["offline"]
    assert not is_free("nobody")
    assert [find_kind(kind.name) for kind in PROVIDERS] == list(PROVIDERS)
    assert find_kind("nobody") is None
    assert len(price_sources([kind.name for kind in PROVIDERS])) == len(HOSTS)


def test_every_host_has_a_schema_and_every_schema_a_host() -> None:
    assert {path.stem for path in SCHEMAS.iterdir()} == {provider.name for provider in HOSTS}


@pytest.mark.parametrize("provider", HOSTS, ids=lambda provider: provider.name)
def test_the_environment_redirects_a_host(provider: type[Provider]) -> None:
    setting = f"{provider.name.upper()}_BASE_URL"
    for address in ("http://127.0.0.1:8765/v1", "http://127.0.0.1:8765/v1/", " https://here.example "):
        found = find_provider(provider.name, {setting: address})
        assert found is not None
        assert found.base_url == address.strip().rstrip("/")
    for nothing in ({setting: ""}, {setting: "  "}, {"OTHER_BASE_URL": "http://127.0.0.1:1"}):
        kept = find_provider(provider.name, nothing)
        assert kept is not None
        assert kept.base_url == provider.base_url


@pytest.mark.parametrize(
    "address",
    [
        "ftp://here.example",
        "here.example",
        "localhost:8765",
        "https://",
        "http:///v1",
        "https://user:hunter2@here.example",
        "https://here.example/v1?key=hunter2",
        "https://here.example/v1?",
        "https://here.example/v1#part",
        "https://here.example:port",
        "https://here.example/\nv1",
        "file:///etc/passwd",
    ],
)
def test_a_base_address_that_is_none_is_refused_unrepeated(address: str) -> None:
    with pytest.raises(UsageError, match="`RUNWARE_BASE_URL` is not a base address") as caught:
        find_provider("runware", {"RUNWARE_BASE_URL": address})
    assert "hunter2" not in f"{caught.value} {caught.value.hint}"
    assert caught.value.exit_code == 2


def test_the_animatic_is_reached_nowhere_and_cannot_be_redirected() -> None:
    found = find_provider("offline", {"OFFLINE_BASE_URL": "http://127.0.0.1:1"})
    assert found is not None
    assert found.base_url == "offline:animatic"


def test_importing_the_providers_is_cheap() -> None:
    heavy = "{'httpx', 'anyio', 'jinja2', 'networkx', 'ruamel', 'PIL', 'av', 'ffmpeg', 'rich'}"
    code = f"import sys, storyforge.providers; print(sorted({heavy} & sys.modules.keys()))"
    root = Path(storyforge.__file__).parents[1]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root)
    assert done.stdout.strip() == "[]"


PICTURES = {
    "runware": Picture("uuid:3f0a1f5e-8a63-4c7d-9d0e-8a2b5c3e1f77", None),
    "scenario": Picture("asset:asset_mira", None),
}


@pytest.mark.parametrize("provider", HOSTS, ids=lambda provider: provider.name)
def test_a_hosts_own_id_or_an_address_stands_as_it_is(provider: type[Provider]) -> None:
    picture = PICTURES.get(provider.name, Picture("https://pictures.example/mira.png", None))
    words = BINDING[provider.dialect.name] + "waits."
    job = replace(job_for(provider, "reference-to-video", words), references=(picture.token,))
    request = provider().order(job)
    schema_of(provider.name).validate(said(request))
    assert picture.source.removeprefix(f"{provider.limits.own_ids}:") in str(request.json)


@pytest.mark.parametrize("provider", HOSTS, ids=lambda provider: provider.name)
@settings(database=None, deadline=None, max_examples=40)
@given(text=some.text(min_size=1, max_size=60), seconds=some.integers(3, 15), seed=some.integers(0, 2147483647))
def test_an_authors_words_are_sent_as_they_are(provider: type[Provider], text: str, seconds: int, seed: int) -> None:
    words = BINDING[provider.dialect.name] + text
    for mode in provider.modes:
        job = replace(job_for(provider, mode, words), seconds=seconds, seed=seed)
        request = provider().order(job)
        assert schema_of(provider.name).is_valid(said(request))
        assert words in _texts(request.json)


def _texts(value: object) -> list[object]:
    if isinstance(value, dict):
        value = list(value.values())
    return [text for inner in value for text in _texts(inner)] if isinstance(value, list) else [value]
