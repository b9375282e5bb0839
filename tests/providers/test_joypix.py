from storyforge.providers.joypix import JoyPix

from .suite import HostConformance


class TestJoyPix(HostConformance):
    provider = JoyPix

    def test_the_key_is_the_bearer(self) -> None:
        assert JoyPix().authorization({"JOYPIX_API_KEY": "key"}) == {"Authorization": "Bearer key"}
