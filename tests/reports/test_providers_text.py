"""Providers are listed with their limits and prices, and whether their keys are set; never a key."""

from __future__ import annotations

from storyforge.providers import PROVIDERS
from storyforge.reports.providers_text import providers_document, providers_text


def test_every_provider_is_told_and_no_key_is_shown(monkeypatch):
    monkeypatch.setenv("RUNWARE_API_KEY", "hunter2")
    monkeypatch.delenv("WAVESPEED_API_KEY", raising=False)
    text, document = providers_text(), providers_document()
    rows = {row["name"]: row for row in document["providers"]}
    assert list(rows) == [kind.name for kind in PROVIDERS]
    assert (rows["runware"]["keys_set"], rows["wavespeed"]["keys_set"]) == (True, False)
    assert "  keys: RUNWARE_API_KEY is set\n" in text
    assert "hunter2" not in text + str(document)
    assert "  free" in text.splitlines()
