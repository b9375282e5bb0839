from storyforge.providers.offline import Offline

from .suite import Conformance


class TestOffline(Conformance):
    provider = Offline

    def test_it_needs_no_credentials_and_costs_nothing(self) -> None:
        assert Offline.settings == ()
        assert Offline.prices is not None
        assert set(Offline.prices.usd.values()) == {0.0}
