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
