import pytest

from storyforge.providers.scenario import Scenario

from .suite import DOOR, MIRA, OTTO, HostConformance

ASSETS = {MIRA: "asset_mira", OTTO: "asset_otto", DOOR: "asset_door"}


class TestScenario(HostConformance):
    provider = Scenario
    words = "character1 greets character2."
    hosted = ASSETS

    def test_a_single_reference_is_still_an_array(self) -> None:
        body = Scenario().order(self.job("reference-to-video", references=(MIRA,)), self.hosted).json
        assert body["referenceImages"] == ["asset_mira"]

    def test_the_letter_of_a_resolution_is_upper_case(self) -> None:
        assert Scenario().order(self.job("text-to-video", resolution="1080p")).json["resolution"] == "1080P"

    def test_key_and_secret_go_together(self) -> None:
        keys = {"SCENARIO_SDK_API_KEY": "key", "SCENARIO_SDK_API_SECRET": "sec"}
        assert Scenario().authorization(keys) == {"Authorization": "Basic a2V5OnNlYw=="}

    def test_nobody_is_called_and_no_price_is_told(self) -> None:
        order = self.ordered()
        assert Scenario().with_callback(order, "https://here.example") == order
        assert Scenario().read_callback({}, b'{"id": "n-1"}', "secret", 0.0) is None
        with pytest.raises(StopIteration) as stop:
            next(Scenario().price(order))
        assert stop.value.value is None
