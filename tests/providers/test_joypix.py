from storyforge.providers.joypix import JoyPix

from .suite import HostConformance


class TestJoyPix(HostConformance):
    provider = JoyPix
