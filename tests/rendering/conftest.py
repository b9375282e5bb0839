"""A crew at a host that plays its part, for the tests of what is ordered."""

from __future__ import annotations

import contextlib

import pytest
from film.cards import card

from storyforge.system.ledger import Ledger

from .staging import Site, Stage


@pytest.fixture(scope="session")
def film(tmp_path_factory):
    return card(tmp_path_factory.mktemp("crew") / "film.mp4", frames=72).read_bytes()


@pytest.fixture
def stage(tmp_path, film):
    with contextlib.closing(Ledger(tmp_path / "ledger.db")) as ledger:
        yield Stage(ledger, Site(film), tmp_path)
